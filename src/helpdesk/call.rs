//! A call as a value: a request, and a function that reads the answer.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::refusal;
use crate::base::{
    http::{Request, Response},
    json,
};

/// A function that reads an answer.
type AnswerReader<T> = Box<dyn Fn(&Response) -> Result<CallAnswer<T>, HelpdeskRefusal> + Send + Sync>;

/// What an answer says.
pub enum CallAnswer<T> {
    /// All that was asked.
    Whole(T),
    /// A part. The rest is the answer to another call.
    More(Box<Call<T>>),
}

/// A request to the helpdesk and the function that reads its answer. Nothing happens until `flow` sends it.
pub struct Call<T> {
    /// What to send.
    pub request: Request,
    /// What the answer means.
    reader: AnswerReader<T>,
    /// What to send where the answer is longer than we read.
    pub shorter: Option<Box<Self>>,
}

impl<T> Call<T> {
    /// A call whose answer is read by `read`.
    pub fn new(
        request: Request,
        read: impl Fn(&Response) -> Result<T, HelpdeskRefusal> + Send + Sync + 'static,
    ) -> Self {
        Self::leading(request, move |response| read(response).map(CallAnswer::Whole))
    }

    /// A call whose answer may lead to another one.
    pub fn leading(
        request: Request,
        read: impl Fn(&Response) -> Result<CallAnswer<T>, HelpdeskRefusal> + Send + Sync + 'static,
    ) -> Self {
        Self { request, reader: Box::new(read), shorter: None }
    }

    /// The same, with a call for less of it where the answer is longer than we read. Only for what reads.
    #[must_use]
    pub fn or_shorter(self, call: Self) -> Self {
        Self { shorter: Some(Box::new(call)), ..self }
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// What the helpdesk refused, or why its answer cannot be read.
    pub fn read(&self, response: &Response) -> Result<CallAnswer<T>, HelpdeskRefusal> {
        (self.reader)(response)
    }

    /// Reads an answer that is all that was asked.
    ///
    /// # Errors
    /// As [`Self::read`], and if the answer leads to another call.
    pub fn read_whole(&self, response: &Response) -> Result<T, HelpdeskRefusal> {
        match self.read(response)? {
            CallAnswer::Whole(value) => Ok(value),
            CallAnswer::More(call) => {
                Err(HelpdeskRefusal::Unavailable(format!("answered a part; {} has the rest", call.request.path)))
            }
        }
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
    /// The same write was taken before, in other words: it is known by our key. Whether it is what we meant, only a person
    /// can say.
    #[error("{0}")]
    Repeated(String),
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
/// The [`HelpdeskRefusal`] for the status. What the helpdesk said stands in it only as far as it is about us.
pub fn outcome(response: &Response) -> Result<(), HelpdeskRefusal> {
    let said = || refusal::in_codes(response);
    match response.status {
        200..=299 => Ok(()),
        401 | 403 => Err(HelpdeskRefusal::Unauthorized(refusal::in_words(response))),
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

/// Reads a successful answer as JSON.
///
/// # Errors
/// As [`outcome`]. An answer that is not the expected JSON is [`HelpdeskRefusal::Unavailable`]: it is probably a proxy's
/// page.
pub fn expect_json<T: DeserializeOwned>(response: &Response) -> Result<T, HelpdeskRefusal> {
    outcome(response)?;
    json::read(&response.body).map_err(|error| {
        let why = json::why(&error);
        HelpdeskRefusal::Unavailable(format!("answered {} with something else: {why}", response.status))
    })
}
