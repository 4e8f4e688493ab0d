//! What must hold for any bytes from outside: nothing panics, and what is read keeps its promises.
//!
//! Each function is one fuzz target. `tests/it/fuzzed.rs` is built with this file as well, and runs each for a moment.

use std::sync::OnceLock;

use bytes::Bytes;
use heard::{
    base::{clock::Time, http::Origin, secret::Secret},
    cli::analyze,
    helpdesk::{self, Authentic, Helpdesk, HelpdeskCredentials, Incoming},
    model::{
        command::IssueCommand,
        delivery::{Delivery, DeliveryState, Headers},
        id::DeliveryId,
        tracker::TrackerAccess,
    },
    tracker::{self, Tracker, TrackerCredentials},
    wording::{
        bounce, html, page_key, quote,
        redact::{self, KnownPeople},
        reply::{self, CustomerReply},
        templates::MessageTemplates,
    },
};

/// The longest text that is taken: what is slow by its length alone is no finding.
const LONGEST: usize = 64 * 1024;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).into_owned()
}

fn desk(word: &str) -> Box<dyn Helpdesk> {
    let signs = word != "generic";
    let secret = || Secret::new("a-secret-that-nobody-knows");
    let credentials = HelpdeskCredentials {
        connection: "desk".to_owned(),
        user: Some("heard@acme.test".to_owned()),
        token: Some(secret()),
        webhook_secrets: if signs { vec![secret()] } else { Vec::new() },
        path_secret: (!signs).then(secret),
        options: toml::Table::new(),
    };
    helpdesk::registry::open(word, credentials).expect("these credentials are enough")
}

fn delivery(connection: &str, headers: Headers, bytes: &[u8]) -> Delivery {
    Delivery {
        id: DeliveryId::generate(Time::from_seconds(1_764_000_000)),
        connection: connection.to_owned(),
        key: None,
        signed: None,
        headers,
        body: Bytes::copy_from_slice(bytes),
        received_at: Time::from_seconds(1_764_000_000),
        state: DeliveryState::Received,
        error: None,
    }
}

/// A webhook of a helpdesk: nobody who does not know the secret is believed, and reading what was believed panics never.
fn webhook(desk: &dyn Helpdesk, bytes: &[u8]) {
    let body = Bytes::copy_from_slice(bytes);
    let headers = Headers::new();
    let request = Incoming { headers: &headers, path_secret: None, body: &body };
    assert!(desk.verify(&request, Time::from_seconds(1_764_000_000)).is_err(), "it was not signed");
    let _ = desk.read(&Authentic::stored(&delivery("desk", headers, bytes)));
    let _ = page_key::masked(bytes);
}

/// Zendesk's webhooks.
pub fn zendesk(bytes: &[u8]) {
    static DESK: OnceLock<Box<dyn Helpdesk>> = OnceLock::new();
    webhook(DESK.get_or_init(|| desk("zendesk")).as_ref(), bytes);
}

/// The webhooks of any helpdesk that sends JSON.
pub fn generic(bytes: &[u8]) {
    static DESK: OnceLock<Box<dyn Helpdesk>> = OnceLock::new();
    webhook(DESK.get_or_init(|| desk("generic")).as_ref(), bytes);
}

/// GitHub's webhooks: the first line is the event, what follows is the body.
pub fn github(bytes: &[u8]) {
    static HUB: OnceLock<(tokio::runtime::Runtime, Box<dyn Tracker>)> = OnceLock::new();
    let (_, hub) = HUB.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        let credentials = TrackerCredentials {
            api_url: Origin::parse("https://api.github.com").expect("an address"),
            access: TrackerAccess::Token(Secret::new("token")),
            webhook_secrets: vec![Secret::new("a-secret-that-nobody-knows")],
        };
        let inside = runtime.enter();
        let hub = tracker::registry::open("github", credentials).expect("these credentials are enough");
        drop(inside);
        (runtime, hub)
    });
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let body = bytes.get(end + 1..).unwrap_or_default();
    let headers = vec![("x-github-event".to_owned(), text(&bytes[..end]))];
    assert!(hub.verify(&headers, body).is_err(), "it was not signed");
    let _ = hub.read(&delivery("github", headers, body));
    let _ = IssueCommand::parse(&text(body));
}

/// A mail as a helpdesk passes it on: what it means, what of it is theirs, whether it came back.
pub fn mail(bytes: &[u8]) {
    let text = text(bytes);
    let (subject, body) = text.split_once('\n').unwrap_or(("", &text));
    let answered = CustomerReply { body, subject: Some(subject), answers: Some(subject), after: None };
    let _ = reply::read(&answered);
    let _ = reply::own_words(&answered);
    let _ = reply::is_automatic(subject, body);
    let _ = bounce::is_one(false, body);
    let _ = quote::own(body);
    if let Some(best) = quote::best(body, subject, 200) {
        assert!(best.chars().count() <= 201, "a quotation has its length: {best:?}");
    }
    let _ = page_key::of(body);
    assert!(page_key::of(&page_key::without(body)).is_empty(), "no key is left: {body:?}");
    assert!(!html::of_text(body).contains("<script"), "text makes no markup");
}

/// The redactor: what it leaves, the gate lets through.
pub fn redaction(bytes: &[u8]) {
    let known = KnownPeople { names: &["Ana Sousa"], emails: &["ana@lovelace.test"], ..KnownPeople::default() };
    let text = text(bytes);
    let left = redact::redact(&text, &known).text;
    assert!(!left.contains("ana@lovelace.test"), "{left:?}");
    let _ = redact::check(&left, &known);
    let _ = redact::secrets(&text);
}

/// A message as an operator writes it: it is taken or refused, and never harms the start.
pub fn template(bytes: &[u8]) {
    for name in ["shipped/en", "frame/en"] {
        let _ = MessageTemplates::with_overrides(vec![(name.to_owned(), text(bytes))]);
    }
}

/// An export of tickets, in any layout and encoding.
pub fn export(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("it can be written");
    if let Ok((tickets, unreadable)) = analyze::counts(file.path()) {
        assert!(tickets + unreadable <= bytes.len() + 1, "a line for each byte at most");
    }
}
