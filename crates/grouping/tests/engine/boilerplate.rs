//! Lines of forms and mail programs are learned, and no longer make tickets look similar.

use grouping::{AnalyzedTicket, Engine, TicketDecision, TicketText, highlights};

use super::engine;

const HOUR_US: i64 = 3_600_000_000;
const MINUTE_US: i64 = HOUR_US / 60;
/// One ticket in this many comes through the form.
const BY_FORM: usize = 8;

/// What a customer writes into a shop's form.
fn by_form(number: usize, words: &str) -> String {
    format!(
        "Acme contact form, submitted through the customer portal\nOrder number: {number}\n\
         Please describe your issue below as precisely as possible:\n{words}\n\
         The sender consented to the storage of personal details for answering this request"
    )
}

/// Problems that have little in common, each in its own words.
fn problem(number: usize) -> (String, String) {
    let things = ["basket", "voucher", "parcel", "newsletter", "password", "avatar", "receipt", "calendar", "map"];
    let troubles = ["vanished", "is blurred", "arrived twice", "stays empty", "is refused", "blinks", "lags"];
    let places = ["at home", "on my tablet", "in the train", "with my new phone", "since the update", "abroad"];
    let (thing, trouble) = (things[number % 9], troubles[number * 3 % 7]);
    (format!("{thing} {trouble}"), format!("My {thing} {trouble} {}, and I tried {number} times", places[number % 6]))
}

/// This many tickets, `apart_us` apart.
fn tickets(count: usize, apart_us: i64) -> Vec<TicketText> {
    (0..count)
        .map(|number| {
            let (subject, words) = problem(number);
            let body = if number % BY_FORM == 0 { by_form(number, &words) } else { words };
            ticket(&number.to_string(), number, apart_us, &subject, &body)
        })
        .collect()
}

fn ticket(id: &str, at: usize, apart_us: i64, subject: &str, body: &str) -> TicketText {
    let mut text = TicketText::new(id, subject, body);
    text.created_at_us = i64::try_from(1 + at).unwrap() * apart_us;
    text
}

fn after(tickets: &[TicketText]) -> Engine {
    let mut engine = engine();
    for text in tickets {
        engine.place(text, text.id.as_str());
    }
    engine
}

/// Another customer has the problem of the ticket `right` and reports it through the form.
fn asked_by_form(apart_us: i64) -> TicketDecision {
    let mut engine = after(&tickets(320, apart_us));
    let words = "Invoices cannot be printed in colour any more";
    engine.place(&ticket("right", 320, apart_us, "Trouble with the printer", words), "right");
    let again = by_form(99_321, "The printer makes every invoice black and white instead of colour");
    engine.decide(&ticket("asked", 321, apart_us, "Request", &again))
}

#[test]
fn a_form_hides_the_right_topic_until_its_lines_are_learned() {
    // All within some hours: what arrives at once is not learned.
    let unlearned = asked_by_form(MINUTE_US);
    assert_ne!(unlearned.candidates[0].topic.as_str(), "right", "{unlearned:?}");
    assert!(unlearned.words.iter().any(|word| word.term.starts_with("consent")), "{:?}", unlearned.words);
    let learned = asked_by_form(HOUR_US);
    assert_eq!(learned.candidates[0].topic.as_str(), "right", "{learned:?}");
}

#[test]
fn boilerplate_is_never_shown_as_a_reason() {
    let decision = asked_by_form(HOUR_US);
    let terms: Vec<String> = decision.words.iter().chain(&decision.codes).map(|shared| shared.term.clone()).collect();
    assert!(!terms.is_empty());
    assert!(highlights(&by_form(99_321, ""), &terms).is_empty(), "{terms:?}");
}

#[test]
fn the_reports_of_an_outage_are_not_boilerplate() {
    let mut texts = tickets(640, HOUR_US);
    for (number, text) in texts.iter_mut().enumerate().step_by(6) {
        // For days, one ticket in six says only this.
        *text = ticket(&format!("outage-{number}"), number, HOUR_US, &text.subject, "The login page stays white");
    }
    let engine = after(&texts);
    let decision = engine.decide(&ticket("asked", 641, HOUR_US, "Help", "The login page stays white"));
    assert!(decision.candidates[0].topic.as_str().starts_with("outage-"), "{decision:?}");
    assert!(decision.words.iter().any(|word| word.term == "white"), "{:?}", decision.words);
}

#[test]
fn analyzing_ahead_on_any_number_of_threads_gives_the_same_as_one_by_one() {
    let mut texts = tickets(320, HOUR_US);
    texts.iter_mut().skip(1).step_by(2).for_each(|text| text.brand = Some("south".into()));
    texts.extend(
        tickets(320, HOUR_US).into_iter().map(|text| TicketText { id: format!("again-{}", text.id).into(), ..text }),
    );
    let mut engine = engine();
    let one_by_one: Vec<String> = texts
        .iter()
        .map(|text| {
            let analyzed = engine.analyzer().analyze(text);
            engine.place_analyzed(&analyzed, text.id.as_str(), None);
            format!("{analyzed:?}")
        })
        .collect();
    assert_ne!(one_by_one[632], format!("{:?}", AnalyzedTicket::of(&texts[632])), "something was learned by then");
    for (block, threads) in [(64, 1), (64, 3), (7, 2), (1_000, 4)] {
        let mut stream_analyzer = super::engine().stream_analyzer(threads);
        let read: Vec<String> = texts
            .chunks(block)
            .flat_map(|texts| stream_analyzer.analyze_all(texts))
            .map(|analyzed| format!("{analyzed:?}"))
            .collect();
        assert!(read == one_by_one, "blocks of {block} on {threads} threads");
    }
}

#[test]
fn a_ticket_that_is_placed_again_is_not_counted_again() {
    let texts = tickets(320, HOUR_US);
    let mut engine = after(&texts);
    let query = ticket("asked", 321, HOUR_US, "Request", &by_form(7, "The basket lags"));
    let analyzer = engine.analyzer();
    for text in texts.iter().skip(1).cycle().take(2_000) {
        let analyzed = analyzer.analyze(text);
        engine.place_analyzed(&analyzed, text.id.as_str(), None);
    }
    assert_eq!(format!("{:?}", engine.analyzer().analyze(&query)), format!("{:?}", analyzer.analyze(&query)));
}
