//! A call as a value: a request, and a function that reads the answer.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::base::http::{Request, Response};

/// A function that reads an answer.
pub type AnswerReader<T> = Box<dyn Fn(&Response) -> Result<T, HelpdeskRefusal> + Send + Sync>;

/// A request to the helpdesk and the function that reads its answer. Nothing happens until `flow` sends it.
pub struct Call<T> {
    /// What to send.
    pub request: Request,
    /// What the answer means.
    pub read: AnswerReader<T>,
}

impl<T> Call<T> {
    /// A call whose answer is read by `read`.
    pub fn new(
        request: Request,
        read: impl Fn(&Response) -> Result<T, HelpdeskRefusal> + Send + Sync + 'static,
    ) -> Self {
        Self { request, read: Box::new(read) }
    }
}

/// What an unsuccessful answer means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HelpdeskRefusal {
    /// The credentials are wrong or lack a permission. Nothing works until a person does something.
    #[error("{0}")]
    Unauthorized(String),
    /// The ticket does not exist (any more).
    #[error("{0}")]
    Gone(String),
    /// The ticket is locked. Only a follow-up is possible.
    #[error("{0}")]
    Closed(String),
    /// Too many calls. Wait this long.
    #[error("asked to wait {0:?}")]
    Limited(Duration),
    /// Somebody else changed it at the same time. Read it again, then try again.
    #[error("{0}")]
    Conflict(String),
    /// The request is wrong. Repeating it would not help.
    #[error("{0}")]
    Invalid(String),
    /// The helpdesk does not work at the moment. A write may have happened: look before repeating it.
    #[error("{0}")]
    Unavailable(String),
}

/// How long to wait after a 429 without `Retry-After`. Singer's public tap for Zendesk waits as long.
const WAIT_UNTOLD: Duration = Duration::from_mins(1);

/// What a status means at every vendor. Success is `Ok`.
///
/// # Errors
/// The [`HelpdeskRefusal`] for the status, with the helpdesk's answer shortened to one line.
pub fn outcome(response: &Response) -> Result<(), HelpdeskRefusal> {
    let said = || {
        let text = String::from_utf8_lossy(&response.body);
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
        format!("answered {}: {line}", response.status)
    };
    match response.status {
        200..=299 => Ok(()),
        401 | 403 => Err(HelpdeskRefusal::Unauthorized(refused(response))),
        404 | 410 => Err(HelpdeskRefusal::Gone(said())),
        409 | 412 => Err(HelpdeskRefusal::Conflict(said())),
        429 => Err(HelpdeskRefusal::Limited(response.retry_after().unwrap_or(WAIT_UNTOLD))),
        503 if response.retry_after().is_some() => {
            Err(HelpdeskRefusal::Limited(response.retry_after().unwrap_or(WAIT_UNTOLD)))
        }
        500..=599 | 408 => Err(HelpdeskRefusal::Unavailable(said())),
        _ => Err(HelpdeskRefusal::Invalid(said())),
    }
}

/// Why we are not let in: the status, and the sentence in the answer if there is one, but not the raw answer.
fn refused(response: &Response) -> String {
    const SAID: &[&str] = &["error_description", "description", "message", "detail", "error", "title"];
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let inner = body.as_ref().and_then(|body| body.get("error")).filter(|error| error.is_object());
    let sentence =
        inner.into_iter().chain(&body).find_map(|from| SAID.iter().find_map(|name| from.get(name)?.as_str()));
    match sentence.map(|said| said.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|said| !said.is_empty()) {
        Some(said) => format!("answered {}: {}", response.status, said.chars().take(120).collect::<String>()),
        None => format!("answered {}", response.status),
    }
}

/// Reads a successful answer as JSON.
///
/// # Errors
/// As [`outcome`]. An answer that is not the expected JSON is [`HelpdeskRefusal::Unavailable`]: it is probably a proxy's
/// page.
pub fn expect_json<T: DeserializeOwned>(response: &Response) -> Result<T, HelpdeskRefusal> {
    outcome(response)?;
    serde_json::from_slice(&response.body).map_err(|error| {
        HelpdeskRefusal::Unavailable(format!("answered {} with something else: {error}", response.status))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn why_we_are_not_let_in_is_said_without_the_raw_answer() {
        for (body, said) in [
            (r#"{"error": "Couldn't authenticate you"}"#, "answered 401: Couldn't authenticate you"),
            (
                r#"{"error": {"title": "Forbidden", "message": "You do not have access"}}"#,
                "answered 401: You do not have access",
            ),
            (r#"{"errors": [7]}"#, "answered 401"),
            ("<html><body>Sign in to continue</body></html>", "answered 401"),
            ("", "answered 401"),
        ] {
            let response = Response { status: 401, headers: HeaderMap::new(), body: body.as_bytes().into() };
            assert_eq!(outcome(&response), Err(HelpdeskRefusal::Unauthorized(said.to_owned())), "{body}");
        }
    }
}
