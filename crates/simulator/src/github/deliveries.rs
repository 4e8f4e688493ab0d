//! The app's log of webhooks through the API, and sending one again.

use serde_json::{Value, json};

use super::Counter;
use super::auth::{Caller, bad_credentials};
use super::routes::not_found;
use crate::clock::seconds_text;
use crate::hooks::Attempt;
use crate::locked;
use crate::message::{Answer, Request};

impl Counter {
    /// The routes about webhooks that were sent; only an app may take them.
    pub(super) fn deliveries(&self, request: &Request) -> Option<Answer> {
        let parts = request.parts();
        let rest = match parts.as_slice() {
            ["api", "v3", rest @ ..] => rest,
            all => all,
        };
        let ["app", "hook", "deliveries", what @ ..] = rest else {
            return None;
        };
        let is_app = matches!(locked(&self.hub).caller(request), Some(Caller::App));
        if !is_app {
            return Some(bad_credentials());
        }
        Some(match (request.method.as_str(), what) {
            ("GET", []) => self.deliveries_listed(request),
            ("POST", [id, "attempts"]) => match id.parse().ok().and_then(|id| self.hooks.redeliver(id)) {
                Some(_) => Answer::json(202, &json!({})),
                None => not_found(),
            },
            _ => not_found(),
        })
    }

    fn deliveries_listed(&self, request: &Request) -> Answer {
        let installation = self.act(|hub| hub.options.installation_id);
        let failed_only = request.query("status") == Some("failure");
        let before: u64 = request.query("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(u64::MAX);
        let size = request.query_number("per_page").unwrap_or(30).clamp(1, 100);
        let log = self.hooks.log();
        let mut page: Vec<_> = log.iter().rev().filter(|sent| sent.id < before && sent.sent_at.is_some()).collect();
        page.retain(|sent| !failed_only || !delivered(sent.attempts.last()));
        let more = page.len() > size;
        page.truncate(size);
        let list: Vec<_> = page
            .iter()
            .map(|sent| {
                let (event, action) = sent
                    .event
                    .split_once('.')
                    .map_or((sent.event.as_str(), None), |(event, action)| (event, Some(action)));
                let status = sent.attempts.last().and_then(|attempt| attempt.outcome.clone().ok());
                let body: Value = serde_json::from_slice(&sent.body).unwrap_or_default();
                json!({
                    "id": sent.id, "guid": sent.guid, "event": event, "action": action, "redelivery": sent.redelivery,
                    "delivered_at": sent.sent_at.map(seconds_text), "duration": 0.1,
                    "status": if delivered(sent.attempts.last()) { "OK" } else { "failed to deliver" },
                    "status_code": status.unwrap_or(0), "installation_id": installation,
                    "repository_id": body["repository"]["id"], "throttled_at": null,
                })
            })
            .collect();
        let answer = Answer::json(200, &json!(list));
        match page.last() {
            Some(oldest) if more => {
                let url = &locked(&self.hub).base;
                answer.header(
                    "link",
                    format!("<{url}/app/hook/deliveries?per_page={size}&cursor={}>; rel=\"next\"", oldest.id),
                )
            }
            _ => answer,
        }
    }
}

fn delivered(last: Option<&Attempt>) -> bool {
    last.is_some_and(|attempt| attempt.outcome.as_ref().is_ok_and(|status| (200..300).contains(status)))
}
