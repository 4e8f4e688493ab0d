//! What stops a step, sorted by what can be done about it.

use std::time::Duration;

use crate::{
    base::{clock::Time, http::CallError},
    helpdesk::HelpdeskRefusal,
    model::{
        refusal::{Missing, Refusal},
        tracker::error::TrackerError,
    },
    store::StoreError,
};

/// Why a request is not granted. `wording` has the sentences.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What it names does not exist.
    #[error("{0}")]
    NotFound(Missing),
    /// What it names exists, but this cannot be done.
    #[error("{0}")]
    Refused(Refusal),
    /// The database failed; trying again helps.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Missing> for Error {
    fn from(missing: Missing) -> Self {
        Self::NotFound(missing)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why Heard cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something that the settings name cannot be used. The sentence says what.
    #[error("{0}")]
    Settings(String),
    /// Keys cannot be generated.
    #[error("The system gives no randomness: {0}")]
    Randomness(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a job ends without being done.
#[derive(Debug)]
pub enum Stop {
    /// The cause may pass. The job is tried again for as long as it lasts, and shown while it fails (G12, intake never
    /// stops).
    Later {
        /// How long to wait first; `None` leaves it to the backoff.
        after: Option<Duration>,
        /// What happened.
        sentence: String,
    },
    /// Somebody else is working on it, or its time has not come. Nothing is wrong.
    Wait(Duration),
    /// There was nothing to do. What the health page says about it stays there.
    Nothing,
    /// Trying again would not help until a person acts (G11, nothing fails silently).
    GiveUp(String),
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(missing) => Self::GiveUp(missing.to_string()),
            Error::Refused(refusal) => Self::GiveUp(refusal.to_string()),
            Error::Store(error) => Self::Store(error),
        }
    }
}

impl Stop {
    /// Try again after the backoff.
    pub fn later(sentence: impl Into<String>) -> Self {
        Self::Later { after: None, sentence: sentence.into() }
    }
}

/// How long we wait before we ask again, in case a wrong credential was put right.
const CREDENTIAL_WAIT: Duration = Duration::from_mins(2);

/// A call to a helpdesk that failed.
#[derive(Debug)]
pub enum CallFailed {
    /// Nothing happened there.
    NotSent(String),
    /// It may have happened: look before doing it again.
    Unclear(String),
    /// The other side said no.
    Refused(HelpdeskRefusal),
    /// Nobody calls before this is over: the other side asked us to wait.
    Paused(Duration, String),
}

impl From<CallError> for CallFailed {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(why) => Self::NotSent(why),
            CallError::Unclear(why) | CallError::TooLong(why) => Self::Unclear(why),
        }
    }
}

impl From<HelpdeskRefusal> for CallFailed {
    fn from(refusal: HelpdeskRefusal) -> Self {
        match refusal {
            HelpdeskRefusal::Unavailable(why) => Self::Unclear(why),
            other => Self::Refused(other),
        }
    }
}

impl CallFailed {
    /// For a call that only reads, or whose write may simply be repeated.
    pub fn stop(self, whom: &str) -> Stop {
        match self {
            Self::NotSent(why) | Self::Unclear(why) | Self::Refused(HelpdeskRefusal::Conflict(why)) => {
                Stop::later(format!("{whom}: {why}"))
            }
            Self::Paused(after, why) => Stop::Later { after: Some(after), sentence: format!("{whom}: {why}") },
            Self::Refused(HelpdeskRefusal::Limited(after)) => {
                Stop::Later { after: Some(after), sentence: format!("{whom} asked us to wait") }
            }
            Self::Refused(HelpdeskRefusal::Unauthorized(why)) => Stop::Later {
                after: Some(CREDENTIAL_WAIT),
                sentence: format!("{whom} refuses our credentials ({why}); check the token and its permissions"),
            },
            Self::Refused(refusal) => Stop::GiveUp(format!("{whom} {refusal}")),
        }
    }
}

impl Stop {
    /// For a call to the tracker that only reads, or whose write may simply be repeated.
    pub fn tracker(error: TrackerError, now: Time) -> Self {
        match error {
            TrackerError::Limited { retry_after, call } => Self::Later {
                after: Some(retry_after.due(now).since(now)),
                sentence: format!("{} asked us to wait: {call}", call.tracker),
            },
            TrackerError::Unauthorized(call) => Self::Later {
                after: Some(CREDENTIAL_WAIT),
                sentence: format!(
                    "{} refuses our credentials ({call}); check the token or the App's permissions",
                    call.tracker
                ),
            },
            TrackerError::NotSent(call) | TrackerError::Unclear(call) | TrackerError::Moved { call, .. } => {
                Self::later(format!("{}: {call}", call.tracker))
            }
            TrackerError::NotFound(call) | TrackerError::Invalid(call) => {
                Self::GiveUp(format!("{}: {call}", call.tracker))
            }
        }
    }
}
