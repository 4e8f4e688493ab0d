//! Why a call brought nothing, by what the caller can do about it.
//!
//! The line that matters is between [`Trouble::NotSent`] and [`Trouble::Unclear`]: after the second, GitHub may have done
//! what was asked, so it is looked up and never simply repeated (G3).

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::{base::clock::Time, model::issue::Repository};

/// How long to wait where GitHub limits us without saying so; its own advice is "at least one minute".
const UNSTATED_WAIT: Duration = Duration::from_mins(1);
/// No stated wait is believed beyond this: a primary limit resets within the hour.
const LONGEST_WAIT: Duration = Duration::from_hours(2);

/// A call that did not bring what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// GitHub limits us. The whole installation waits, not only this call.
    #[error("{why}")]
    Limited {
        /// Until when.
        wait: Wait,
        /// In a sentence.
        why: String,
    },
    /// The credentials are wrong, or do not permit this. A person has to act.
    #[error("{0}")]
    Unauthorized(String),
    /// It does not exist, or we may not see it: GitHub does not tell the two apart.
    #[error("{0}")]
    NotFound(String),
    /// The repository has another name now. Nothing was done.
    #[error("{why}")]
    Moved {
        /// The new name, where it could be learned.
        repository: Option<Repository>,
        /// In a sentence.
        why: String,
    },
    /// GitHub understood and refused; the same request would be refused again.
    #[error("{0}")]
    Invalid(String),
    /// The request never left. It may be tried again without looking.
    #[error("{0}")]
    NotSent(String),
    /// A timeout, a broken connection or a server's error: it may have happened. Look before doing it again.
    #[error("{0}")]
    Unclear(String),
}

/// How long GitHub wants to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until an instant of GitHub's clock.
    Until(Time),
    /// From now on.
    For(Duration),
}

impl Wait {
    /// The first instant at which to try again.
    pub fn due(self, now: Time) -> Time {
        match self {
            Self::Until(time) => time.clamp(now, now.plus(LONGEST_WAIT)),
            Self::For(span) => now.plus(span.min(LONGEST_WAIT)),
        }
    }
}

/// GitHub's error body; `errors` holds objects or plain strings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: String,
    errors: Vec<serde_json::Value>,
}

/// Turns an answer that is no success into trouble. `doing` says in a few words what was asked: "creating an issue".
pub(super) fn classify(doing: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Trouble {
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let why = sentence(doing, status, &refusal);
    if let Some(wait) = limited(status, headers, &refusal.message) {
        return Trouble::Limited { wait, why };
    }
    match status.as_u16() {
        300..=399 => Trouble::Moved { repository: None, why },
        401 | 403 => Trouble::Unauthorized(why),
        404 | 410 => Trouble::NotFound(why),
        408 | 500..=599 => Trouble::Unclear(why),
        _ => Trouble::Invalid(why),
    }
}

fn sentence(doing: &str, status: StatusCode, refusal: &Refusal) -> String {
    use std::fmt::Write as _;
    let mut text = format!("GitHub answered {} to {doing}", status.as_u16());
    if !refusal.message.is_empty() {
        let _ = write!(text, ": {}", short(&refusal.message));
    }
    let details: Vec<String> = refusal.errors.iter().take(3).filter_map(detail).collect();
    if !details.is_empty() {
        let _ = write!(text, " ({})", details.join("; "));
    }
    text
}

/// Names a field and a code; never the value, which may be a customer's words.
fn detail(error: &serde_json::Value) -> Option<String> {
    let word = |name: &str| error.get(name).and_then(serde_json::Value::as_str).map(short);
    match (word("field"), word("code"), word("message")) {
        (Some(field), Some(code), _) => Some(format!("{field} {code}")),
        (_, _, Some(message)) => Some(message),
        _ => error.as_str().map(short),
    }
}

fn short(text: &str) -> String {
    text.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Whether this is a limit, and how long it lasts: `retry-after`, an exhausted budget, or the words "rate limit".
/// A plain 403 is a permission, and waiting would not help.
fn limited(status: StatusCode, headers: &HeaderMap, message: &str) -> Option<Wait> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let seconds = || text("retry-after").and_then(|value| value.parse::<u64>().ok());
    match status.as_u16() {
        403 | 429 => {
            let spent = text("x-ratelimit-remaining") == Some("0");
            let said = message.to_ascii_lowercase().contains("rate limit") || message.contains("abuse detection");
            if let Some(seconds) = seconds() {
                Some(Wait::For(Duration::from_secs(seconds)))
            } else if spent {
                Some(reset(headers).unwrap_or(Wait::For(UNSTATED_WAIT)))
            } else {
                (said || status.as_u16() == 429).then_some(Wait::For(UNSTATED_WAIT))
            }
        }
        _ => None,
    }
}

/// The budget's reset, as a span by GitHub's own clock where the answer carries it, so that ours may be wrong.
fn reset(headers: &HeaderMap) -> Option<Wait> {
    let at = headers.get("x-ratelimit-reset")?.to_str().ok()?.trim().parse::<i64>().ok()?;
    let at = Time::from_seconds(at);
    Some(match date(headers) {
        Some(now) => Wait::For(at.since(now) + Duration::from_secs(1)),
        None => Wait::Until(at),
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

    fn trouble(status: u16, pairs: &[(&'static str, &'static str)], body: &str) -> Trouble {
        classify("creating an issue", StatusCode::from_u16(status).unwrap(), &headers(pairs), body.as_bytes())
    }

    fn wait(trouble: Trouble) -> Wait {
        match trouble {
            Trouble::Limited { wait, .. } => wait,
            other => panic!("not limited: {other:?}"),
        }
    }

    #[test]
    fn a_plain_403_is_a_permission_and_not_a_limit() {
        let body = r#"{"message":"Resource not accessible by integration"}"#;
        assert!(matches!(trouble(403, &[("x-ratelimit-remaining", "4999")], body), Trouble::Unauthorized(_)));
    }

    #[test]
    fn a_limit_says_how_long_it_lasts_by_githubs_own_clock() {
        assert_eq!(wait(trouble(403, &[("retry-after", "7")], "")), Wait::For(Duration::from_secs(7)));
        let spent = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795355635"),
            ("date", "Sun, 22 Nov 2026 13:52:25 GMT"),
        ];
        assert_eq!(wait(trouble(429, &spent, "")), Wait::For(Duration::from_secs(1_795_355_635 - 1_795_355_545 + 1)));
        let words = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(wait(trouble(403, &[], words)), Wait::For(UNSTATED_WAIT));
    }

    #[test]
    fn nobody_can_make_us_wait_for_a_year() {
        let now = Time::from_seconds(1_000);
        assert_eq!(Wait::For(Duration::from_hours(9_000)).due(now), now.plus(LONGEST_WAIT));
        assert_eq!(Wait::Until(Time::from_seconds(1)).due(now), now);
    }

    #[test]
    fn only_a_server_error_is_unclear() {
        assert!(matches!(trouble(502, &[], "<html>"), Trouble::Unclear(_)));
        assert!(matches!(trouble(422, &[], "{}"), Trouble::Invalid(_)));
        assert!(matches!(trouble(404, &[], "{}"), Trouble::NotFound(_)));
        assert!(matches!(trouble(307, &[], "{}"), Trouble::Moved { .. }));
    }

    #[test]
    fn a_refusal_names_the_field_and_not_its_value() {
        let body = r#"{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field","value":"Ana's secret"}]}"#;
        assert_eq!(
            trouble(422, &[], body).to_string(),
            "GitHub answered 422 to creating an issue: Validation Failed (title missing_field)"
        );
    }
}
