//! What every vendor's code has to do: the same tests for each, with one [`Specimen`] per connection.
//!
//! `conformance!(specimen)` in a vendor's tests makes one test of each function below.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use proptest::{collection, prelude::*, test_runner::Config};
use serde_json::Value;
use url::Url;

use super::{
    Authentic, Forged, Helpdesk, HelpdeskCredentials, HelpdeskEvent, HelpdeskRefusal, Incoming, Reply, Signing,
    registry,
};
use crate::{
    base::{
        clock::Time,
        http::{Request, Response},
        limits,
        secret::Secret,
    },
    model::delivery::Headers,
};

/// Gives the headers and the secret in the URL for a body, a secret and a time.
type Send = fn(secret: &str, body: &[u8], at: Time) -> (Headers, Option<String>);

/// One connection of a vendor, and examples of what it receives.
pub(super) struct Specimen {
    /// The vendor's word.
    pub(super) word: &'static str,
    /// The connection without its webhook secrets.
    pub(super) credentials: HelpdeskCredentials,
    /// Two secrets that are both valid, and one that never was. A vendor that cannot sign uses the first.
    pub(super) secrets: [&'static str; 3],
    /// How the vendor sends a body: headers, and the secret in the URL.
    pub(super) send: Send,
    /// Deliveries that can be read, each with its name.
    pub(super) deliveries: &'static [(&'static str, &'static str)],
    /// A valid delivery of no interest.
    pub(super) unknown: &'static str,
    /// Answers to calls, each with the name of the call.
    pub(super) answers: &'static [(&'static str, &'static str)],
}

/// Makes a test of each function of the suite, for the specimen that `$specimen()` returns.
macro_rules! conformance {
    ($($test:ident),+ of $specimen:path) => {
        $(#[test] fn $test() { $crate::helpdesk::conformance::$test(&$specimen()); })+
    };
    ($specimen:path) => {
        $crate::helpdesk::conformance::conformance!(
            what_about_promises_is_described, only_the_sender_is_believed, either_of_two_secrets_is_believed,
            the_same_delivery_has_the_same_keys, what_is_sent_can_be_read, an_unknown_event_is_ignored_by_name,
            reading_never_panics, no_call_leaves_its_place_or_tells_a_secret, every_refusal_is_told_apart,
            a_good_answer_is_understood, no_answer_makes_a_call_panic
            of $specimen
        );
    };
}
pub(super) use conformance;

const NOW: i64 = 1_795_318_508;

pub(super) fn now() -> Time {
    Time::from_seconds(NOW)
}

impl Specimen {
    pub(super) fn open(&self) -> Box<dyn Helpdesk> {
        let mut credentials = self.credentials.clone();
        if credentials.path_secret.is_none() {
            credentials.webhook_secrets = self.secrets[..2].iter().map(|secret| Secret::new(*secret)).collect();
        }
        registry::open(self.word, credentials).unwrap()
    }

    fn signs(&self) -> bool {
        self.open().about().signing != Signing::PathSecret
    }

    pub(super) fn receive(&self, body: &str) -> Authentic {
        let (headers, path) = (self.send)(self.secrets[0], body.as_bytes(), now());
        verify(&*self.open(), &headers, path.as_deref(), body.as_bytes()).unwrap()
    }
}

fn verify(desk: &dyn Helpdesk, headers: &Headers, path: Option<&str>, body: &[u8]) -> Result<Authentic, Forged> {
    let body = Bytes::copy_from_slice(body);
    desk.verify(&Incoming { headers, path_secret: path, body: &body }, now())
}

pub(super) fn answer(status: u16, body: &str) -> Response {
    Response { status, headers: HeaderMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
}

/// Whether an answer can be read.
type AnswerCheck = dyn Fn(&Response) -> Result<(), HelpdeskRefusal>;

/// A call whose result does not matter, only that its answer is read.
struct Described {
    name: &'static str,
    request: Request,
    read: Box<AnswerCheck>,
}

fn described(desk: &dyn Helpdesk, id: &str) -> Vec<Described> {
    fn push<T: 'static>(into: &mut Vec<Described>, name: &'static str, call: Option<super::Call<T>>) {
        if let Some(call) = call {
            let request = call.request.clone();
            let read = Box::new(move |response: &Response| call.read(response).map(|_| ()));
            into.push(Described { name, request, read });
        }
    }
    let reply = Reply {
        text: "Hi \"Ann\"\n{id}",
        html: "<p>Hi</p>",
        author: Some("84"),
        idempotency_key: "update-1",
        seen_at: None,
    };
    let mut all = Vec::new();
    push(&mut all, "identity", desk.identity());
    push(&mut all, "ticket", desk.ticket(id));
    push(&mut all, "tickets", desk.tickets(&[id, "5159"]));
    push(&mut all, "merged_into", desk.merged_into(id));
    push(&mut all, "messages", desk.messages(id, None));
    push(&mut all, "messages", desk.messages(id, Some("a&b=c/../d")));
    push(&mut all, "keyed_writes", desk.keyed_writes(id, None));
    push(&mut all, "keyed_writes", desk.keyed_writes(id, Some("a&b=c/../d")));
    push(&mut all, "changed_since", desk.changed_since(now(), None));
    push(&mut all, "changed_since", desk.changed_since(now(), Some("a&b=c/../d")));
    push(&mut all, "reply", desk.reply(id, &reply));
    push(&mut all, "note", desk.note(id, "<b> \"quoted\"\n{text}", "note-1"));
    push(&mut all, "tag", desk.tag(id, &["heard linked", "bug"]));
    push(&mut all, "reopen", desk.reopen(id));
    push(&mut all, "follow_up", desk.follow_up(id, Some("42"), "Re: \"x\"", &reply, true));
    push(&mut all, "webhooks", desk.webhooks("https://heard.test/hooks/acme"));
    all
}

pub(super) fn what_about_promises_is_described(specimen: &Specimen) {
    let desk = specimen.open();
    let about = desk.about();
    assert_eq!(about.word, specimen.word);
    let calls = described(&*desk, "5158");
    for (name, promised) in [
        ("ticket", about.reads_tickets),
        ("messages", about.finds_replies),
        ("changed_since", about.sweeps),
        ("reply", about.replies),
        ("note", about.notes),
        ("tag", about.tags),
        ("reopen", about.reopens),
        ("follow_up", about.follows_up),
    ] {
        assert_eq!(calls.iter().any(|call| call.name == name), promised, "{name}");
    }
    let signed_as_agent = calls.iter().any(|call| {
        let body = call.request.body.as_ref().map(|(_, body)| String::from_utf8_lossy(body).into_owned());
        call.name == "reply" && body.is_some_and(|body| body.contains("84"))
    });
    assert_eq!(signed_as_agent, about.signs_as_agent, "signs_as_agent");
}

pub(super) fn only_the_sender_is_believed(specimen: &Specimen) {
    let desk = specimen.open();
    let body = specimen.deliveries[0].1.as_bytes();
    let good = (specimen.send)(specimen.secrets[0], body, now());
    let try_with = |headers: &Headers, path: Option<&str>, body: &[u8]| verify(&*desk, headers, path, body).err();
    assert_eq!(try_with(&good.0, good.1.as_deref(), body), None);
    assert_eq!(try_with(&Vec::new(), None, body), Some(Forged::Missing), "nothing");
    let stranger = (specimen.send)(specimen.secrets[2], body, now());
    assert_eq!(try_with(&stranger.0, stranger.1.as_deref(), body), Some(Forged::Wrong), "another secret");
    let empty = (specimen.send)("", body, now());
    assert!(try_with(&empty.0, empty.1.as_deref(), body).is_some(), "an empty secret");
    if !specimen.signs() {
        let short = &specimen.secrets[0][..specimen.secrets[0].len() - 1];
        assert_eq!(try_with(&good.0, Some(short), body), Some(Forged::Wrong), "a part of the secret");
        return;
    }
    assert_eq!(try_with(&Vec::new(), Some(specimen.secrets[0]), body), Some(Forged::Missing), "secret in the URL");
    for absent in &good.0 {
        let without: Headers = good.0.iter().filter(|header| *header != absent).cloned().collect();
        let twice: Headers = good.0.iter().chain([absent]).cloned().collect();
        if absent.0.contains("signature") || absent.0.contains("timestamp") {
            assert_eq!(try_with(&without, None, body), Some(Forged::Missing), "without {}", absent.0);
            assert!(try_with(&twice, None, body).is_some(), "with {} twice", absent.0);
        }
    }
    let spaced = [body, b" "].concat();
    for (what, changed) in [("re-serialised", spaced.as_slice()), ("cut", &body[..body.len() - 1]), ("no body", b"")] {
        assert_eq!(try_with(&good.0, None, changed), Some(Forged::Wrong), "{what}");
    }
    let past = limits::REPLAY_WINDOW + Duration::from_secs(1);
    for at in [now().minus(past), now().plus(past)] {
        let (headers, _) = (specimen.send)(specimen.secrets[0], body, at);
        assert_eq!(try_with(&headers, None, body), Some(Forged::Stale), "signed at {at}");
    }
    let late = now().minus(limits::REPLAY_WINDOW);
    let (mut headers, _) = (specimen.send)(specimen.secrets[0], body, late);
    assert_eq!(try_with(&headers, None, body), None, "at the window's edge");
    for (name, value) in &mut headers {
        if name.contains("timestamp") {
            good.0.iter().filter(|(other, _)| other == name).for_each(|(_, fresh)| value.clone_from(fresh));
        }
    }
    assert_eq!(try_with(&headers, None, body), Some(Forged::Wrong), "an old signature with a fresh timestamp");
}

pub(super) fn either_of_two_secrets_is_believed(specimen: &Specimen) {
    let secrets = if specimen.signs() { &specimen.secrets[..2] } else { &specimen.secrets[..1] };
    for secret in secrets {
        let body = specimen.deliveries[0].1.as_bytes();
        let (headers, path) = (specimen.send)(secret, body, now());
        let believed = verify(&*specimen.open(), &headers, path.as_deref(), body).unwrap();
        assert_eq!(believed.body, body);
        assert!(believed.headers.iter().all(|(name, _)| !name.contains("signature") && name != "authorization"));
    }
}

pub(super) fn the_same_delivery_has_the_same_keys(specimen: &Specimen) {
    let desk = specimen.open();
    for (name, body) in specimen.deliveries {
        let (first, again) = (specimen.receive(body), specimen.receive(body));
        assert_eq!((&first.key, first.signed), (&again.key, again.signed), "{name}");
        assert!(first.signed.is_none() || specimen.signs(), "{name}");
        assert!(first.key.is_some(), "{name} has no key");
        let (headers, path) = (specimen.send)(specimen.secrets[0], body.as_bytes(), now());
        for (place, (header, _)) in headers.iter().enumerate() {
            let (mut changed, mut without) = (headers.clone(), headers.clone());
            changed[place].1.push('x');
            without.remove(place);
            for copy in [changed, without] {
                let Ok(copy) = verify(&*desk, &copy, path.as_deref(), body.as_bytes()) else { continue };
                let same_signed = first.signed.is_some() && copy.signed == first.signed;
                assert!(copy.key == first.key || same_signed, "{name} counts twice with another {header}");
            }
        }
    }
}

pub(super) fn what_is_sent_can_be_read(specimen: &Specimen) {
    let desk = specimen.open();
    for (name, body) in specimen.deliveries {
        let events = desk.read(&specimen.receive(body)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!events.is_empty() && !matches!(events[0], HelpdeskEvent::Ignored(_)), "{name}: {events:?}");
    }
}

pub(super) fn an_unknown_event_is_ignored_by_name(specimen: &Specimen) {
    let events = specimen.open().read(&specimen.receive(specimen.unknown)).unwrap();
    assert!(matches!(&events[..], [HelpdeskEvent::Ignored(name)] if !name.is_empty()), "{events:?}");
}

pub(super) fn reading_never_panics(specimen: &Specimen) {
    let desk = specimen.open();
    let read = |body: Vec<u8>| {
        let _ = desk.read(&Authentic::vouch(None, None, Headers::new(), body.into()));
    };
    let texts: Vec<&str> = specimen.deliveries.iter().map(|(_, body)| *body).collect();
    mangled(&texts, read);
}

pub(super) fn no_call_leaves_its_place_or_tells_a_secret(specimen: &Specimen) {
    const STRANGE: [&str; 11] =
        ["", ".", "..", "../../admin", "%2e%2e", "//evil.test/", "\\\\evil.test", "a b", "x?y=1", "x#y", "é/\u{0}"];
    let desk = specimen.open();
    let plain = described(&*desk, "5158");
    for id in STRANGE {
        for (call, usual) in described(&*desk, id).iter().zip(&plain) {
            let path = &call.request.path;
            assert!(path.starts_with('/') && !path.starts_with("//"), "{}: {path}", call.name);
            let url = Url::parse(&format!("https://desk.test{path}")).unwrap();
            let as_sent = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
            assert_eq!((url.host_str(), as_sent.as_str()), (Some("desk.test"), path.as_str()), "{}", call.name);
            let depth = |path: &str| path.split('?').next().map(|path| path.matches('/').count());
            assert_eq!(depth(path), depth(&usual.request.path), "{} of {id:?}", call.name);
        }
    }
    for Described { name, request, .. } in plain {
        let token = specimen.credentials.token.as_ref().map_or("-", Secret::expose);
        for secret in specimen.secrets.iter().chain([&token]) {
            assert!(!request.path.contains(secret), "{name} tells a secret in its path");
            assert!(!request.headers.iter().any(|(_, value)| value.contains(secret)), "{name} tells a secret");
        }
        assert!(request.credential.is_some(), "{name} is not authenticated");
        if let Some(("application/json", body)) = &request.body {
            let body: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(body.is_object() || body.is_array(), "{name}");
        }
    }
}

pub(super) fn every_refusal_is_told_apart(specimen: &Specimen) {
    for call in described(&*specimen.open(), "5158") {
        let refusal = |status: u16| (call.read)(&answer(status, "<html>no</html>")).unwrap_err();
        let name = call.name;
        assert!(matches!(refusal(401), HelpdeskRefusal::Unauthorized(_)), "{name} 401");
        assert!(matches!(refusal(403), HelpdeskRefusal::Unauthorized(_)), "{name} 403");
        assert!(matches!(refusal(404), HelpdeskRefusal::Gone(_)), "{name} 404");
        assert!(matches!(refusal(409), HelpdeskRefusal::Conflict(_)), "{name} 409");
        assert!(matches!(refusal(422), HelpdeskRefusal::Invalid(_)), "{name} 422");
        assert!(matches!(refusal(302), HelpdeskRefusal::Invalid(_)), "{name} 302");
        assert!(matches!(refusal(429), HelpdeskRefusal::Limited(_)), "{name} 429");
        assert!(matches!(refusal(500), HelpdeskRefusal::Unavailable(_)), "{name} 500");
        assert!(matches!(refusal(503), HelpdeskRefusal::Unavailable(_)), "{name} 503");
        let mut wait = answer(429, "");
        wait.headers.insert("retry-after", http::HeaderValue::from_static("7"));
        assert_eq!((call.read)(&wait).unwrap_err(), HelpdeskRefusal::Limited(Duration::from_secs(7)), "{name}");
        if specimen.answers.iter().any(|(of, _)| *of == name) {
            assert!(matches!(refusal(200), HelpdeskRefusal::Unavailable(_)), "{name}: a proxy's page is not an answer");
        }
    }
}

pub(super) fn a_good_answer_is_understood(specimen: &Specimen) {
    let calls = described(&*specimen.open(), "5158");
    for (name, body) in specimen.answers {
        let mut asked = calls.iter().filter(|call| call.name == *name).peekable();
        assert!(asked.peek().is_some(), "nothing asks for {name}");
        for call in asked {
            (call.read)(&answer(200, body)).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        }
    }
}

pub(super) fn no_answer_makes_a_call_panic(specimen: &Specimen) {
    let calls = described(&*specimen.open(), "5158");
    let texts: Vec<&str> = specimen.answers.iter().map(|(_, body)| *body).chain(["{}"]).collect();
    mangled(&texts, |body| {
        for call in &calls {
            let response = Response { status: 200, headers: HeaderMap::new(), body: body.clone().into() };
            let _ = (call.read)(&response);
        }
    });
}

/// Runs `read` on damaged texts: with a JSON value of another type, with overwritten bytes, truncated, and on noise.
fn mangled(texts: &[&str], read: impl Fn(Vec<u8>)) {
    let values = ["null", "[]", "{}", "-1", "1e308", "\"\"", "\"..\"", "\"\\u0000é\"", "true", "[[[[{}]]]]"];
    let damage = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..values.len(), 0..4_u8);
    let noise = collection::vec(any::<u8>(), 0..200);
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let by_byte = b'"';
    proptest!(config, |((which, at, value, how) in damage, noise in noise)| {
        let text = which.get(texts);
        let position = at.index(text.len());
        read(match how {
            0 => replaced(text, position, values[value]),
            1 => text.as_bytes()[..position].to_vec(),
            2 => text.bytes().enumerate().map(|(i, byte)| if i == position { by_byte } else { byte }).collect(),
            _ => noise,
        });
    });
}

/// The JSON with its `nth` value replaced, in document order.
fn replaced(text: &str, nth: usize, by: &str) -> Vec<u8> {
    fn walk(value: &mut Value, left: &mut Option<usize>, by: &Value) {
        match left {
            None => return,
            Some(0) => {
                *value = by.clone();
                *left = None;
                return;
            }
            Some(count) => *count -= 1,
        }
        match value {
            Value::Array(list) => list.iter_mut().for_each(|value| walk(value, left, by)),
            Value::Object(fields) => fields.values_mut().for_each(|value| walk(value, left, by)),
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_str(text).unwrap();
    let values = text.matches([':', ',']).count() + 1;
    walk(&mut value, &mut Some(nth % values), &serde_json::from_str(by).unwrap());
    value.to_string().into_bytes()
}
