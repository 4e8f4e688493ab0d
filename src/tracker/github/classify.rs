//! What an unsuccessful answer means, by what the caller can do about it.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::{
    base::{characters, clock::Time},
    model::tracker::error::{CallFault, FailedCall, RetryAfter, TrackerError},
};

/// Its name as people know it.
pub(super) const NAME: &str = "GitHub";
/// How long to wait if GitHub limits us without saying for how long. Its own advice is "at least one minute".
const UNSTATED_WAIT: Duration = Duration::from_mins(1);

/// A failed call to GitHub. `doing` says in a few words what was asked: "creating an issue".
pub(super) fn failed(doing: &'static str, fault: CallFault) -> FailedCall {
    FailedCall { tracker: NAME, doing, fault }
}

/// GitHub's error body; `errors` holds objects or plain strings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RefusedCall {
    message: String,
    errors: Vec<serde_json::Value>,
}

/// Turns an unsuccessful answer into an error.
pub(super) fn classify(doing: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> TrackerError {
    let refusal: RefusedCall = serde_json::from_slice(body).unwrap_or_default();
    let said: Vec<String> =
        std::iter::once(refusal.message.clone()).chain(refusal.errors.iter().filter_map(detail)).collect();
    let retry_after = limit(status, headers, &said.join("; "));
    let call = failed(
        doing,
        CallFault::Status {
            code: status.as_u16(),
            message: short(&refusal.message),
            details: refusal.errors.iter().take(3).filter_map(detail).collect(),
        },
    );
    if let Some(retry_after) = retry_after {
        return TrackerError::Limited { retry_after, call };
    }
    match status.as_u16() {
        // Closed to everybody, whatever their credentials.
        403 if is_shut(&refusal.message) => TrackerError::Invalid(call),
        300..=399 => TrackerError::Moved { repository: None, call },
        401 | 403 => TrackerError::Unauthorized(call),
        404 | 410 => TrackerError::NotFound(call),
        408 | 500..=599 => TrackerError::Unclear(call),
        _ => TrackerError::Invalid(call),
    }
}

/// Whether GitHub says that a thing is shut to us whatever our credentials: a locked issue, an archived repository, limits on
/// who may interact, an account that is blocked or has to verify its address. A person has to act, in GitHub's words.
fn is_shut(message: &str) -> bool {
    const SHUT: &[&str] = &[
        "is locked",
        "archived",
        "read-only",
        "issues are disabled",
        "has been disabled",
        "interaction",
        "limited to",
        "is blocked",
        "been blocked",
        "verified email",
        "verify your email",
        "repository access blocked",
    ];
    let message = message.to_ascii_lowercase();
    SHUT.iter().any(|words| message.contains(words))
}

/// A limit that GraphQL states in an answer of success.
pub(super) fn limited(headers: &HeaderMap, doing: &'static str) -> TrackerError {
    let retry_after = limit(StatusCode::TOO_MANY_REQUESTS, headers, "").unwrap_or(RetryAfter::In(UNSTATED_WAIT));
    TrackerError::Limited { retry_after, call: failed(doing, CallFault::GraphLimit) }
}

/// Names a field and a code, but never the value, which may be a customer's words.
fn detail(error: &serde_json::Value) -> Option<String> {
    let word = |name: &str| error.get(name).and_then(serde_json::Value::as_str).map(short);
    match (word("field"), word("code"), word("message")) {
        (Some(field), Some(code), _) => Some(format!("{field} {code}")),
        (_, _, Some(message)) => Some(message),
        _ => error.as_str().map(short),
    }
}

fn short(text: &str) -> String {
    characters::without_particulars(text).chars().take(300).filter(|c| !c.is_control()).collect()
}

/// Whether this is a limit, and how long it lasts: `retry-after`, an exhausted quota, or the words "rate limit". A
/// plain 403 is a missing permission, and waiting would not help.
fn limit(status: StatusCode, headers: &HeaderMap, message: &str) -> Option<RetryAfter> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let seconds = || text("retry-after").and_then(|value| value.parse::<u64>().ok());
    let message = message.to_ascii_lowercase();
    // A limit on making things, which GitHub answers as if they were wrong.
    if matches!(status.as_u16(), 403 | 422 | 429)
        && ["too quickly", "too recently"].iter().any(|words| message.contains(words))
    {
        return Some(RetryAfter::In(seconds().map_or(UNSTATED_WAIT * 5, Duration::from_secs)));
    }
    match status.as_u16() {
        403 | 429 => {
            let spent = text("x-ratelimit-remaining") == Some("0");
            let said = ["rate limit", "abuse detection", "temporarily blocked from content creation"]
                .iter()
                .any(|words| message.contains(words));
            if let Some(seconds) = seconds() {
                Some(RetryAfter::In(Duration::from_secs(seconds)))
            } else if spent {
                Some(reset(headers).unwrap_or(RetryAfter::In(UNSTATED_WAIT)))
            } else {
                (said || status.as_u16() == 429).then_some(RetryAfter::In(UNSTATED_WAIT))
            }
        }
        _ => None,
    }
}

/// When the quota is full again. If the answer has GitHub's own clock, it is a span by that clock, so ours may be
/// wrong.
fn reset(headers: &HeaderMap) -> Option<RetryAfter> {
    let at = headers.get("x-ratelimit-reset")?.to_str().ok()?.trim().parse::<i64>().ok()?;
    let at = Time::from_seconds(at);
    Some(match date(headers) {
        Some(now) => RetryAfter::In(at.since(now) + Duration::from_secs(1)),
        None => RetryAfter::At(at),
    })
}

/// GitHub's clock at the moment of the answer.
pub(super) fn date(headers: &HeaderMap) -> Option<Time> {
    let text = headers.get("date")?.to_str().ok()?;
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Time::from_micros(parsed.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn classified(status: u16, pairs: &[(&'static str, &'static str)], body: &str) -> TrackerError {
        classify("creating an issue", StatusCode::from_u16(status).unwrap(), &headers(pairs), body.as_bytes())
    }

    fn wait(error: TrackerError) -> RetryAfter {
        match error {
            TrackerError::Limited { retry_after, .. } => retry_after,
            other => panic!("not limited: {other:?}"),
        }
    }

    #[test]
    fn a_plain_403_is_a_permission_and_not_a_limit() {
        let body = r#"{"message":"Resource not accessible by integration"}"#;
        assert!(matches!(classified(403, &[("x-ratelimit-remaining", "4999")], body), TrackerError::Unauthorized(_)));
    }

    #[test]
    fn a_limit_says_how_long_it_lasts_by_githubs_own_clock() {
        assert_eq!(wait(classified(403, &[("retry-after", "7")], "")), RetryAfter::In(Duration::from_secs(7)));
        let spent = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795355635"),
            ("date", "Sun, 22 Nov 2026 13:52:25 GMT"),
        ];
        assert_eq!(
            wait(classified(429, &spent, "")),
            RetryAfter::In(Duration::from_secs(1_795_355_635 - 1_795_355_545 + 1))
        );
        let words = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(wait(classified(403, &[], words)), RetryAfter::In(UNSTATED_WAIT));
    }

    #[test]
    fn what_is_shut_for_everybody_is_no_matter_of_credentials() {
        for message in ["Unable to create comment because issue is locked.", "Repository was archived so is read-only."]
        {
            let body = format!(r#"{{"message":"{message}"}}"#);
            assert!(matches!(classified(403, &[], &body), TrackerError::Invalid(_)), "{message}");
        }
    }

    /// cli/cli#4801, intel/dffml#1408, mendhak/Codeplex-Issues-Importer#95
    #[test]
    fn what_was_submitted_too_quickly_is_a_limit_and_not_wrong() {
        let body = r#"{"message":"Validation Failed","errors":[{"message":"was submitted too quickly"}]}"#;
        for (status, body) in [
            (422, r#"{"message":"was submitted too quickly"}"#),
            (403, r#"{"message":"was submitted too quickly"}"#),
            (422, body),
            (422, r#"{"message":"Validation Failed","errors":["was submitted too quickly"]}"#),
        ] {
            assert_eq!(wait(classified(status, &[], body)), RetryAfter::In(UNSTATED_WAIT * 5), "{body}");
        }
        let blocked = r#"{"message":"You have triggered an abuse detection mechanism and have been temporarily blocked from content creation."}"#;
        assert_eq!(wait(classified(403, &[], blocked)), RetryAfter::In(UNSTATED_WAIT));
    }

    /// slapperwan/gh4a#1376, utterance/utterances#536
    #[test]
    fn limits_on_who_may_interact_are_no_matter_of_credentials() {
        for message in [
            "Interactions on this repository have been restricted to collaborators only.",
            "User is blocked",
            "You must have a verified email address to do that.",
        ] {
            let body = format!(r#"{{"message":"{message}"}}"#);
            assert!(matches!(classified(403, &[], &body), TrackerError::Invalid(_)), "{message}");
        }
    }

    #[test]
    fn only_a_server_error_is_unclear() {
        assert!(matches!(classified(502, &[], "<html>"), TrackerError::Unclear(_)));
        assert!(matches!(classified(422, &[], "{}"), TrackerError::Invalid(_)));
        assert!(matches!(classified(404, &[], "{}"), TrackerError::NotFound(_)));
        assert!(matches!(classified(307, &[], "{}"), TrackerError::Moved { .. }));
    }

    #[test]
    fn a_refusal_names_the_field_and_not_its_value() {
        let body = r#"{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field","value":"Ana's secret"}]}"#;
        assert_eq!(
            classified(422, &[], body).to_string(),
            "GitHub answered 422 to creating an issue: Validation Failed (title missing_field)"
        );
    }
}
