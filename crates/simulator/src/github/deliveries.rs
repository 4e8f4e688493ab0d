//! The API for the app's webhook deliveries: listing them, and sending one again.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::answers::{bad_credentials, not_found};
use super::auth::Caller;
use super::state::GithubState;
use crate::clock::seconds_text;
use crate::hooks::{Attempt, Hooks};
use crate::lock::locked;
use crate::message::{Request, Response};

/// Answers the routes for webhook deliveries, which only the app may use. `None` for any other route.
pub(super) fn delivery_log(state: &Mutex<GithubState>, hooks: &Hooks, request: &Request) -> Option<Response> {
    let parts = request.parts();
    let rest = match parts.as_slice() {
        ["api", "v3", rest @ ..] => rest,
        all => all,
    };
    let ["app", "hook", "deliveries", what @ ..] = rest else {
        return None;
    };
    let state = locked(state);
    let is_app = matches!(state.caller(request), Some(Caller::App));
    if !is_app {
        return Some(bad_credentials());
    }
    Some(match (request.method.as_str(), what) {
        ("GET", []) => listed(&state, hooks, request),
        ("POST", [id, "attempts"]) => match id.parse().ok().and_then(|id| hooks.redeliver(id)) {
            Some(_) => Response::json(202, &json!({})),
            None => not_found(),
        },
        _ => not_found(),
    })
}

fn listed(state: &GithubState, hooks: &Hooks, request: &Request) -> Response {
    let installation = state.options.installation_id;
    let failed_only = request.parameter("status") == Some("failure");
    let before: u64 = request.parameter("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(u64::MAX);
    let size = request.parameter_number("per_page").unwrap_or(30).clamp(1, 100);
    let log = hooks.log();
    let mut page: Vec<_> = log.iter().rev().filter(|sent| sent.id < before && sent.sent_at.is_some()).collect();
    page.retain(|sent| !failed_only || !delivered(sent.attempts.last()));
    let more = page.len() > size;
    page.truncate(size);
    let list: Vec<_> = page
        .iter()
        .map(|sent| {
            let (event, action) =
                sent.event.split_once('.').map_or((sent.event.as_str(), None), |(event, action)| (event, Some(action)));
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
    let answer = Response::json(200, &json!(list));
    match page.last() {
        Some(oldest) if more => {
            let url = &state.base;
            answer.header(
                "link",
                format!("<{url}/app/hook/deliveries?per_page={size}&cursor={}>; rel=\"next\"", oldest.id),
            )
        }
        _ => answer,
    }
}

fn delivered(last: Option<&Attempt>) -> bool {
    last.is_some_and(|attempt| attempt.outcome.as_ref().is_ok_and(|status| (200..300).contains(status)))
}
