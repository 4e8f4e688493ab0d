//! The tracker GitHub against a server that answers as GitHub does, rightly and wrongly, over real HTTP.

mod fixes;
mod long;
mod signing_in;
mod writing;

use heard::{
    base::{http::Origin, secret::Secret},
    model::{
        issue::{IssueRef, NewIssue, Repository},
        tracker::TrackerAccess,
    },
    tracker::{Tracker, TrackerCredentials, registry},
};
use serde_json::{Value, json};

use crate::double::{Answer, Double, Seen, ok};

/// A throw-away key, made for this test and used nowhere else.
const APP_KEY: &str = include_str!("github/app.pem");

/// GitHub with a token, and with an App.
trait OpenGithub {
    fn token(&self) -> Box<dyn Tracker>;
    fn app(&self) -> Box<dyn Tracker>;
}

impl OpenGithub for Double {
    fn token(&self) -> Box<dyn Tracker> {
        client(&self.url, TrackerAccess::Token(Secret::new("tok")))
    }

    fn app(&self) -> Box<dyn Tracker> {
        client(&self.url, TrackerAccess::App { id: 12345, private_key: Secret::new(APP_KEY) })
    }
}

fn open(url: &str, access: TrackerAccess) -> Result<Box<dyn Tracker>, String> {
    let credentials = TrackerCredentials { api_url: Origin::parse(url).unwrap(), access, webhook_secrets: Vec::new() };
    registry::open("github", credentials)
}

fn client(url: &str, access: TrackerAccess) -> Box<dyn Tracker> {
    open(url, access).unwrap()
}

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn seven() -> IssueRef {
    IssueRef::new(product(), 7)
}

fn new_issue() -> NewIssue {
    NewIssue { title: "Export fails".into(), body: "3 customers".into(), labels: vec!["heard".into()] }
}

fn issue(number: i64, body: &str) -> Value {
    json!({
        "id": 70 + number, "node_id": "I_7", "number": number, "title": "Export fails", "body": body, "state": "open",
        "html_url": format!("https://github.test/acme/product/issues/{number}"), "user": null, "labels": [{"name": "bug"}],
        "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "a_field_of_next_year": {"x": 1},
    })
}

/// What every GitHub App needs before it can do anything.
fn signing_in(seen: &Seen, token: &str) -> Option<Answer> {
    if seen.path.ends_with("/installation") {
        return Some(ok(json!({ "id": 100, "account": null, "permissions": { "issues": "write" } })));
    }
    let minting = seen.path == "/app/installations/100/access_tokens";
    minting
        .then(|| (201, Vec::new(), json!({ "token": token, "permissions": {}, "expires_at": "2099-01-01T00:00:00Z" })))
}
