//! Lines of forms and mail programs are learned, and pull nothing together any more.

use grouping::{Decision, Engine, Reading, Text, marks};

use super::engine;

const HOUR_US: i64 = 3_600_000_000;
const MINUTE_US: i64 = HOUR_US / 60;
/// One ticket of so many comes by the form.
const BY_FORM: usize = 8;

/// What a customer writes into the form of a shop.
fn by_form(number: usize, words: &str) -> String {
    format!(
        "Acme contact form, submitted through the customer portal\nOrder number: {number}\n\
         Please describe your issue below as precisely as possible:\n{words}\n\
         The sender consented to the storage of personal details for answering this request"
    )
}

/// Problems that have little in common, each told in its own words.
fn problem(number: usize) -> (String, String) {
    let things = ["basket", "voucher", "parcel", "newsletter", "password", "avatar", "receipt", "calendar", "map"];
    let troubles = ["vanished", "is blurred", "arrived twice", "stays empty", "is refused", "blinks", "lags"];
    let places = ["at home", "on my tablet", "in the train", "with my new phone", "since the update", "abroad"];
    let (thing, trouble) = (things[number % 9], troubles[number * 3 % 7]);
    (format!("{thing} {trouble}"), format!("My {thing} {trouble} {}, and I tried {number} times", places[number % 6]))
}

/// So many tickets, `apart_us` apart from each other.
fn tickets(count: usize, apart_us: i64) -> Vec<Text> {
    (0..count)
        .map(|number| {
            let (subject, words) = problem(number);
            let body = if number % BY_FORM == 0 { by_form(number, &words) } else { words };
            ticket(&number.to_string(), number, apart_us, &subject, &body)
        })
        .collect()
}

fn ticket(id: &str, at: usize, apart_us: i64, subject: &str, body: &str) -> Text {
    let mut text = Text::new(id, subject, body);
    text.created_at_us = i64::try_from(1 + at).unwrap() * apart_us;
    text
}

fn after(tickets: &[Text]) -> Engine {
    let mut engine = engine();
    for text in tickets {
        engine.place(text, text.id.as_str());
    }
    engine
}

/// Somebody meets again what the ticket `right` told of, and says so by the form.
fn asked_by_form(apart_us: i64) -> Decision {
    let mut engine = after(&tickets(320, apart_us));
    let words = "Invoices cannot be printed in colour any more";
    engine.place(&ticket("right", 320, apart_us, "Trouble with the printer", words), "right");
    let again = by_form(99_321, "The printer makes every invoice black and white instead of colour");
    engine.decide(&ticket("asked", 321, apart_us, "Request", &again))
}

#[test]
fn a_form_hides_the_right_topic_until_its_lines_are_learned() {
    // All within some hours: nothing is learned from what comes at once.
    let unlearned = asked_by_form(MINUTE_US);
    assert_ne!(unlearned.candidates[0].topic.as_str(), "right", "{unlearned:?}");
    assert!(unlearned.words.iter().any(|word| word.term.starts_with("consent")), "{:?}", unlearned.words);
    let learned = asked_by_form(HOUR_US);
    assert_eq!(learned.candidates[0].topic.as_str(), "right", "{learned:?}");
}

#[test]
fn a_template_line_is_never_shown_as_a_reason() {
    let decision = asked_by_form(HOUR_US);
    let terms: Vec<String> = decision.words.iter().chain(&decision.codes).map(|shared| shared.term.clone()).collect();
    assert!(!terms.is_empty());
    assert!(marks(&by_form(99_321, ""), &terms).is_empty(), "{terms:?}");
}

#[test]
fn the_reports_of_an_outage_stay_what_they_say() {
    let mut texts = tickets(640, HOUR_US);
    for (number, text) in texts.iter_mut().enumerate().step_by(6) {
        // For days, one ticket of six says nothing but this.
        *text = ticket(&format!("outage-{number}"), number, HOUR_US, &text.subject, "The login page stays white");
    }
    let engine = after(&texts);
    let decision = engine.decide(&ticket("asked", 641, HOUR_US, "Help", "The login page stays white"));
    assert!(decision.candidates[0].topic.as_str().starts_with("outage-"), "{decision:?}");
    assert!(decision.words.iter().any(|word| word.term == "white"), "{:?}", decision.words);
}

#[test]
fn reading_ahead_on_any_number_of_threads_is_reading_one_by_one() {
    let mut texts = tickets(320, HOUR_US);
    texts.iter_mut().skip(1).step_by(2).for_each(|text| text.brand = Some("south".into()));
    texts
        .extend(tickets(320, HOUR_US).into_iter().map(|text| Text { id: format!("again-{}", text.id).into(), ..text }));
    let mut engine = engine();
    let one_by_one: Vec<String> = texts
        .iter()
        .map(|text| {
            let reading = engine.reader().read(text);
            engine.place_reading(&reading, text.id.as_str(), None);
            format!("{reading:?}")
        })
        .collect();
    assert_ne!(one_by_one[632], format!("{:?}", Reading::of(&texts[632])), "something was learned by then");
    for (block, threads) in [(64, 1), (64, 3), (7, 2), (1_000, 4)] {
        let mut ahead = super::engine().read_ahead(threads);
        let read: Vec<String> =
            texts.chunks(block).flat_map(|texts| ahead.read_all(texts)).map(|reading| format!("{reading:?}")).collect();
        assert!(read == one_by_one, "blocks of {block} on {threads} threads");
    }
}

#[test]
fn who_is_placed_again_is_not_counted_again() {
    let texts = tickets(320, HOUR_US);
    let mut engine = after(&texts);
    let asked = ticket("asked", 321, HOUR_US, "Request", &by_form(7, "The basket lags"));
    let reader = engine.reader();
    for text in texts.iter().skip(1).cycle().take(2_000) {
        let reading = reader.read(text);
        engine.place_reading(&reading, text.id.as_str(), None);
    }
    assert_eq!(format!("{:?}", engine.reader().read(&asked)), format!("{:?}", reader.read(&asked)));
}
