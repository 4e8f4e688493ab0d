//! The console's keys, and its lists that follow what is typed, pressed in a real browser.

use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::{driver, picture, sign_in};
use crate::{
    databases,
    world::{Options, World},
};

/// One problem in four people's words, and a wish.
const WRITTEN: [(&str, &str, &str); 5] = [
    (
        "Ana Sousa",
        "CSV export is missing its last row",
        "Hello, every CSV export of our monthly report is missing its last row. Can you look at it?",
    ),
    (
        "Bob Stone",
        "Last row missing in CSV export",
        "When I export the monthly report as CSV, the last row is not in the file.",
    ),
    (
        "Cem Kaya",
        "Monthly report CSV misses a row",
        "Our monthly report as CSV export misses its last row. Please look at it.",
    ),
    (
        "Dora Lind",
        "Export of the CSV report: last row",
        "Hi, the last row of each CSV export is missing again in our monthly report.",
    ),
    ("Eve Noon", "Dark colours", "I would like dark colours at night."),
];
const ESCAPE: &str = "\u{e00c}";
const CONTROL: &str = "\u{e009}";
const SPACE: &str = " ";

/// Somebody with a keyboard.
struct Typist<'w> {
    window: Client,
    world: &'w World,
}

impl Typist<'_> {
    async fn opens(&self, path: &str) {
        self.window.goto(&format!("{}{path}", self.world.url())).await.unwrap();
    }

    /// Presses keys wherever the page's focus is.
    async fn presses(&self, keys: &str) {
        self.window.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    async fn sees(&self, what: &str) {
        self.window.wait().for_element(Locator::Css(what)).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    }

    async fn asks(&self, script: &str) -> Value {
        self.window.execute(script, vec![]).await.unwrap()
    }

    async fn reads(&self) -> String {
        self.window.find(Locator::Css("main")).await.unwrap().text().await.unwrap()
    }

    /// How many customers a topic has for sure, and how many are likely.
    async fn counts(&self, topic: &str) -> (i64, i64) {
        let topic = self.world.get(&format!("/api/v1/topics/{topic}")).await;
        (topic["customer_count"].as_i64().unwrap(), topic["likely"]["customer_count"].as_i64().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn triage_is_answered_by_single_keys_and_one_takes_the_answer_back() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::with(&database.url, Options::default()).await;
    let mut topics = Vec::new();
    let mut tickets = Vec::new();
    for (name, subject, body) in WRITTEN {
        let customer = world.helpdesk.customer(name).add();
        let ticket = world.helpdesk.ticket_from(customer).subject(subject).body(body).send();
        topics.push(world.topic_of(ticket).await["id"].as_str().unwrap().to_owned());
        tickets.push(world.id_of(ticket).await);
    }
    world.settles().await;
    let first = topics[0].as_str();
    for (dark, theme) in [(false, "light"), (true, "dark")] {
        let window = driver.window(dark).await;
        window.set_window_size(1440, 900).await.unwrap();
        sign_in(&window, &world).await;
        let typist = Typist { window, world: &world };
        pictures(&typist, &tickets[1], theme).await;
        if dark {
            several_at_once(&typist, first).await;
            one_alone(&typist, &topics, &tickets[2]).await;
            switched_off(&typist, first).await;
        }
        typist.window.close().await.unwrap();
    }
}

async fn pictures(typist: &Typist<'_>, ticket: &str, theme: &str) {
    for (width, height, screen) in [(1440, 900, "desk"), (390, 844, "phone")] {
        typist.window.set_window_size(width, height).await.unwrap();
        for (path, name) in [
            ("/triage".to_owned(), "triage-group"),
            (format!("/triage?ticket={ticket}&find=dark"), "triage-find"),
            ("/topics".to_owned(), "topics-keys"),
        ] {
            typist.opens(&path).await;
            if screen == "desk" {
                typist.presses("j").await;
            }
            let wide = typist.asks(super::WIDER_THAN_THE_SCREEN).await;
            assert_eq!(wide, json!([]), "{path} scrolls sideways at {width} pixels");
            let hints =
                typist.asks("return [...document.querySelectorAll('kbd')].some(one => one.checkVisibility())").await;
            assert_eq!(hints, json!(screen == "desk"), "{path}: a phone has no keys");
            picture(&typist.window, &format!("{name}-{screen}-{theme}")).await;
        }
    }
    typist.window.set_window_size(1440, 900).await.unwrap();
}

/// J walks, the space bar unticks, S answers, Z takes it back.
async fn several_at_once(typist: &Typist<'_>, first: &str) {
    typist.opens("/triage").await;
    typist.presses("j").await;
    typist.presses("J").await;
    typist.presses("k").await;
    typist.presses(SPACE).await;
    let ticked = "return [...document.querySelectorAll('[data-row]')].map(one => one.checked)";
    assert_eq!(typist.asks(ticked).await, json!([false, true, true]), "the first one is unticked");
    for held in [CONTROL, "\u{e00a}", "\u{e03d}"] {
        typist.presses(&format!("{held}s")).await;
    }
    assert_eq!(typist.counts(first).await, (1, 3), "whoever holds another key means something else");
    typist.presses("s").await;
    typist.sees(".toast").await;
    assert_eq!(typist.counts(first).await, (3, 1));
    typist.presses("z").await;
    typist.sees(".asks").await;
    assert_eq!(typist.counts(first).await, (1, 3), "the answer is taken back");
    assert!(typist.reads().await.contains("These 3 look like one"), "and the question is there again");
}

/// A number shows another topic, a slash leads to the field, and what is typed there is found at once and presses nothing.
async fn one_alone(typist: &Typist<'_>, topics: &[String], ticket: &str) {
    let (first, second, dark) = (topics[0].as_str(), topics[1].as_str(), topics[4].as_str());
    typist.opens(&format!("/triage?ticket={ticket}")).await;
    typist.presses("2").await;
    typist.sees(&format!("[aria-current=true][href$='topic={second}']")).await;
    typist.presses("/").await;
    typist.presses("colours").await;
    let found = format!("#found a[href$='topic={dark}']");
    typist.sees(&found).await;
    let typed = "return document.activeElement.name + '=' + document.activeElement.value";
    assert_eq!(typist.asks(typed).await, json!("find=colours"), "the field is still the one that is typed in");
    assert_eq!(typist.counts(first).await, (1, 3), "no letter of it answered anything");
    typist.presses(ESCAPE).await;
    typist.window.find(Locator::Css(&found)).await.unwrap().click().await.unwrap();
    typist.sees(&format!("form.answers input[value='{dark}']")).await;
    assert!(typist.reads().await.contains("You found this one"));
    typist.presses("s").await;
    typist.sees(".toast").await;
    assert_eq!(typist.counts(dark).await.0, 2);
    typist.presses("z").await;
    typist.sees(&format!("form.answers input[value='{first}']")).await;
    assert_eq!(typist.counts(dark).await.0, 1, "the answer is taken back, and the question is there again");
    typist.presses("n").await;
    typist.world.until("it is parted", async || typist.counts(first).await == (1, 2)).await;
    typist.sees(".asks").await;
    typist.presses("z").await;
    typist.world.until("that is taken back too", async || typist.counts(first).await == (1, 3)).await;
}

/// Nobody has to have keys.
async fn switched_off(typist: &Typist<'_>, first: &str) {
    typist.opens("/triage").await;
    let before = typist.counts(first).await;
    typist.window.find(Locator::Css("[data-keys]")).await.unwrap().click().await.unwrap();
    for _ in 0..2 {
        assert_eq!(typist.asks("return document.querySelector('.answers kbd').checkVisibility()").await, json!(false));
        typist.presses("s").await;
        typist.presses("j").await;
        assert_eq!(typist.counts(first).await, before);
        assert_eq!(typist.asks("return document.activeElement.matches('[data-row]')").await, json!(false));
        typist.opens("/triage").await;
    }
    typist.window.find(Locator::Css("[data-keys]")).await.unwrap().click().await.unwrap();
    assert_eq!(typist.asks("return document.querySelector('.answers kbd').checkVisibility()").await, json!(true));
}
