//! What every tracker's code must do, checked without making a call: the same tests for all, with one
//! [`TrackerSpecimen`] per tracker.
//!
//! `tracker_conformance!(specimen)` in a tracker's tests makes one test of each function below. What goes over the wire
//! is tested in `tests/it`, against a server that answers as the tracker does.

use bytes::Bytes;
use proptest::{prelude::*, test_runner::Config};

use super::{Tracker, TrackerCredentials, VerifiedWebhook, registry};
use crate::{
    base::{clock::Time, http::Origin, secret::Secret},
    model::{
        delivery::{Delivery, DeliveryState, Forged, Headers},
        id::DeliveryId,
        issue::{IssueRef, Repository},
        tracker::{TrackerAccess, TrackerHint},
    },
};

/// One tracker, with examples of what it receives.
pub(super) struct TrackerSpecimen {
    /// Its word.
    pub(super) word: &'static str,
    /// Its API.
    pub(super) api_url: &'static str,
    /// The headers with which it sends a webhook of this event.
    pub(super) send: fn(secret: &str, event: &str, body: &[u8]) -> Headers,
    /// Webhooks that concern us, each with its event.
    pub(super) webhooks: &'static [(&'static str, &'static str)],
    /// A well-formed webhook that does not concern us, with its event.
    pub(super) unknown: (&'static str, &'static str),
    /// The address of issue 7 in `acme/product`.
    pub(super) address: &'static str,
    /// The address of something else there.
    pub(super) other_address: &'static str,
}

/// Makes a test of each function in the suite, for the specimen that `$specimen()` makes.
macro_rules! tracker_conformance {
    ($($test:ident),+ of $specimen:path) => {
        $(#[tokio::test] async fn $test() { $crate::tracker::conformance::$test(&$specimen()); })+
    };
    ($specimen:path) => {
        $crate::tracker::conformance::tracker_conformance!(
            it_says_what_it_is, only_the_sender_is_believed, without_a_secret_nobody_is_believed,
            what_is_sent_can_be_read, an_unknown_event_is_ignored_by_name, reading_never_panics,
            an_issue_is_pointed_at_by_address_or_number, no_words_of_a_customer_do_anything
            of $specimen
        );
    };
}
pub(super) use tracker_conformance;

/// Two secrets that are valid at the same time, and one that never was.
const SECRETS: [&str; 3] = ["the new secret of ours", "the old secret of ours", "a guess of somebody"];

impl TrackerSpecimen {
    fn open(&self, secrets: &[&str]) -> Box<dyn Tracker> {
        let credentials = TrackerCredentials {
            api_url: Origin::parse(self.api_url).unwrap(),
            access: TrackerAccess::Token(Secret::new("token")),
            webhook_secrets: secrets.iter().map(|secret| Secret::new(*secret)).collect(),
        };
        registry::open(self.word, credentials).unwrap()
    }

    fn tracker(&self) -> Box<dyn Tracker> {
        self.open(&SECRETS[..2])
    }

    /// A webhook as it is stored after it was verified.
    fn delivery(&self, event: &str, body: &[u8]) -> Delivery {
        let headers = (self.send)(SECRETS[0], event, body);
        let VerifiedWebhook { key, signed, headers } = self.tracker().verify(&headers, body).unwrap();
        let now = Time::from_seconds(1);
        Delivery {
            id: DeliveryId::generate(now),
            connection: self.word.to_owned(),
            key,
            signed: Some(signed.to_vec()),
            headers,
            body: Bytes::copy_from_slice(body),
            received_at: now,
            state: DeliveryState::Received,
            error: None,
        }
    }
}

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

pub(super) fn it_says_what_it_is(specimen: &TrackerSpecimen) {
    let tracker = specimen.tracker();
    let about = tracker.about();
    assert_eq!(about.word, specimen.word);
    assert!(about.word.chars().all(|c| c.is_ascii_lowercase()) && !about.name.is_empty());
    assert!(about.webhook_bytes > 0 && about.body_characters > 1_000);
    assert!(about.limits.creations_a_minute > 0 && about.limits.points_a_minute > about.limits.points_of_a_write);
    assert_eq!(tracker.quota(), None, "nothing was heard of it yet");
}

pub(super) fn only_the_sender_is_believed(specimen: &TrackerSpecimen) {
    let (event, body) = specimen.webhooks[0];
    let tracker = specimen.tracker();
    let verify = |headers: &Headers| tracker.verify(headers, body.as_bytes());
    let sent = |secret| (specimen.send)(secret, event, body.as_bytes());
    let new = verify(&sent(SECRETS[0])).unwrap();
    assert_eq!(verify(&sent(SECRETS[1])).unwrap().headers, new.headers, "either of two secrets is good");
    assert!(new.headers.iter().all(|(_, value)| !value.contains(SECRETS[0])), "no secret is kept");
    assert_eq!(verify(&sent(SECRETS[2])), Err(Forged::Wrong));
    assert_eq!(verify(&Vec::new()), Err(Forged::Missing));
}

pub(super) fn without_a_secret_nobody_is_believed(specimen: &TrackerSpecimen) {
    let (event, body) = specimen.webhooks[0];
    for secrets in [&[][..], &[""]] {
        let sent = (specimen.send)("", event, body.as_bytes());
        assert_eq!(specimen.open(secrets).verify(&sent, body.as_bytes()), Err(Forged::Missing));
    }
}

pub(super) fn what_is_sent_can_be_read(specimen: &TrackerSpecimen) {
    for (event, body) in specimen.webhooks {
        let hints = specimen.tracker().read(&specimen.delivery(event, body.as_bytes())).unwrap();
        assert!(!hints.is_empty() && !hints.iter().any(|hint| matches!(hint, TrackerHint::Ignored(_))), "{event}");
    }
}

pub(super) fn an_unknown_event_is_ignored_by_name(specimen: &TrackerSpecimen) {
    let (event, body) = specimen.unknown;
    let hints = specimen.tracker().read(&specimen.delivery(event, body.as_bytes())).unwrap();
    assert!(matches!(&hints[..], [TrackerHint::Ignored(name)] if !name.is_empty()), "{hints:?}");
}

pub(super) fn reading_never_panics(specimen: &TrackerSpecimen) {
    let events: Vec<&str> = specimen.webhooks.iter().map(|(event, _)| *event).collect();
    let tracker = specimen.tracker();
    proptest!(Config::with_cases(64), |(nth in 0..events.len(), body in proptest::collection::vec(any::<u8>(), 0..300))| {
        let _ = tracker.read(&specimen.delivery(events[nth], &body));
    });
    for (event, body) in specimen.webhooks {
        for end in (0..body.len()).filter(|end| body.is_char_boundary(*end)) {
            let _ = tracker.read(&specimen.delivery(event, &body.as_bytes()[..end]));
        }
    }
}

pub(super) fn an_issue_is_pointed_at_by_address_or_number(specimen: &TrackerSpecimen) {
    let tracker = specimen.tracker();
    let seven = Some(IssueRef::new(product(), 7));
    for text in [specimen.address, " acme/product#7 "] {
        assert_eq!(tracker.reference(text, None), seven, "{text}");
        assert_eq!(tracker.reference(text, Some(&product())), seven, "{text}");
    }
    for text in ["#7", "7"] {
        assert_eq!(tracker.reference(text, Some(&product())), seven, "{text}");
        assert_eq!(tracker.reference(text, None), None, "{text}");
    }
    for text in ["", "it", "#0", "-1", "acme/product", specimen.other_address] {
        assert_eq!(tracker.reference(text, Some(&product())), None, "{text}");
    }
}

pub(super) fn no_words_of_a_customer_do_anything(specimen: &TrackerSpecimen) {
    let tracker = specimen.tracker();
    proptest!(|(text in "\\PC{0,60}|[@#<>!`a-z0-9/:\\[\\]() \\n\\r]{0,120}|(fixes|closes) #[0-9]{1,3}")| {
        for line in [tracker.neutral(&text), tracker.neutral_title(&text)] {
            prop_assert!(line.lines().count() <= 1, "{}", line);
            let chars: Vec<char> = line.chars().collect();
            let joined = chars.windows(2).find(|pair| matches!(pair[0], '@') && pair[1].is_alphanumeric());
            prop_assert_eq!(joined, None, "a mention in {}", line);
        }
        prop_assert!(!tracker.neutral(&text).contains(['<', '>']));
    });
}
