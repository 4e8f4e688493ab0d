//! GitHub does what every tracker must do.

use crate::{
    base::signature::{self, Hash},
    model::delivery::Headers,
    tracker::conformance::{TrackerSpecimen, tracker_conformance},
};

fn send(secret: &str, event: &str, body: &[u8]) -> Headers {
    let signature = hex::encode(signature::hmac(Hash::Sha256, secret.as_bytes(), &[body]));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        header("x-github-event", event),
        header("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        header("x-hub-signature-256", &format!("sha256={signature}")),
    ]
}

fn specimen() -> TrackerSpecimen {
    TrackerSpecimen {
        word: "github",
        api_url: "https://api.github.com",
        send,
        webhooks: &[
            (
                "issues",
                r#"{"action":"closed","issue":{"number":7,"body":null},"repository":{"full_name":"acme/product"}}"#,
            ),
            (
                "pull_request",
                r#"{"action":"closed","pull_request":{"number":12,"body":"Fixes #7"},"repository":{"full_name":"acme/product"}}"#,
            ),
            (
                "release",
                r#"{"action":"published","release":{"id":5,"tag_name":"v2.4.0"},"repository":{"full_name":"acme/product"}}"#,
            ),
        ],
        unknown: ("star", r#"{"action":"created","repository":{"full_name":"acme/product"}}"#),
        address: "https://github.com/acme/product/issues/7",
        other_address: "https://github.com/acme/product/pull/7",
    }
}

tracker_conformance!(specimen);
