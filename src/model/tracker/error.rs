//! Why a call to a tracker failed, sorted by what the caller can do about it.
//!
//! The important difference is between [`TrackerError::NotSent`] and [`TrackerError::Unclear`]. After the second, the
//! tracker may have done what we asked, so we look before we ask again (G3, one open issue per topic).

use std::time::Duration;

use crate::{
    base::{clock::Time, unreached::Unreached},
    model::issue::{IssueRef, Repository},
};

/// The longest stated wait that we believe: limits reset within the hour.
pub const LONGEST_WAIT: Duration = Duration::from_hours(2);

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackerError {
    /// The tracker limits us. All our calls wait, not just this one.
    #[error("{call}")]
    Limited {
        /// For how long.
        retry_after: RetryAfter,
        /// The call.
        call: FailedCall,
    },
    /// The credentials are wrong or do not permit this. A person has to act.
    #[error("{0}")]
    Unauthorized(FailedCall),
    /// It does not exist, or we may not see it. Trackers do not tell the two apart.
    #[error("{0}")]
    NotFound(FailedCall),
    /// The repository has a new name. Nothing was done.
    #[error("{call}")]
    Moved {
        /// The new name, if we could learn it.
        repository: Option<Repository>,
        /// The call.
        call: FailedCall,
    },
    /// The tracker understood and refused. It would refuse the same request again.
    #[error("{0}")]
    Invalid(FailedCall),
    /// The request was never sent. It may be tried again without looking.
    #[error("{0}")]
    NotSent(FailedCall),
    /// A timeout, a broken connection or a server's error. It may have happened, so look before trying again.
    #[error("{0}")]
    Unclear(FailedCall),
}

/// How long a tracker wants to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// Until this instant of the tracker's clock.
    At(Time),
    /// From now on.
    In(Duration),
}

impl RetryAfter {
    /// The first instant at which to try again.
    pub fn due(self, now: Time) -> Time {
        match self {
            Self::At(time) => time.clamp(now, now.plus(LONGEST_WAIT)),
            Self::In(span) => now.plus(span.min(LONGEST_WAIT)),
        }
    }
}

/// A call, and what went wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCall {
    /// The tracker's name, as people know it.
    pub tracker: &'static str,
    /// What was asked for, in a few words: "creating an issue".
    pub doing: &'static str,
    /// What happened.
    pub fault: CallFault,
}

/// What went wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFault {
    /// The answer's status was not a success.
    Status {
        /// The status.
        code: u16,
        /// The tracker's own message; empty if it sent none.
        message: String,
        /// What it says about single fields: their names, never their values.
        details: Vec<String>,
    },
    /// The answer could not be read. This is what the reader said.
    Unreadable(String),
    /// The answer was cut off, or was too long.
    CutOff,
    /// Its answer is longer than Heard reads.
    TooLong,
    /// No answer came in time.
    TimedOut,
    /// The connection broke.
    Disconnected,
    /// No connection could be made, and why.
    Unreachable(Unreached),
    /// The request could not be built.
    Unbuildable(String),
    /// Another call of ours was told to wait, and that wait is not over.
    Blocked,
    /// It answered, and said in the answer that we ask too much.
    GraphLimit,
    /// Signing in took too long.
    SignInTimedOut,
    /// Signing in failed.
    SignInFailed(String),
    /// Our App is not installed where this repository is.
    NotInstalled(Repository),
    /// The repository is not shown to us, and it may be there.
    Unseen(Repository),
    /// The answer about who we are had no name in it.
    Nameless,
    /// The repository has a new name.
    Renamed(Repository),
    /// There are more recent issues than we look through.
    TooManyIssues(Repository),
    /// The issue has more comments than we look through.
    TooManyComments(IssueRef),
}

impl std::fmt::Display for FailedCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tracker, doing, fault } = self;
        match fault {
            CallFault::Status { code, message, details } => {
                write!(f, "{tracker} answered {code} to {doing}")?;
                if !message.is_empty() {
                    write!(f, ": {message}")?;
                }
                if details.is_empty() { Ok(()) } else { write!(f, " ({})", details.join("; ")) }
            }
            CallFault::Unreadable(why) => write!(f, "{tracker}'s answer to {doing} could not be read: {why}"),
            CallFault::CutOff => write!(f, "{tracker}'s answer to {doing} broke off"),
            CallFault::TooLong => write!(f, "{tracker}'s answer to {doing} was too long"),
            CallFault::TimedOut => write!(f, "{tracker} did not answer to {doing} in time"),
            CallFault::Disconnected => write!(f, "the connection to {tracker} broke while {doing}"),
            CallFault::Unreachable(why) => write!(f, "{tracker} could not be reached: {why}"),
            CallFault::Unbuildable(why) => write!(f, "the request for {doing} could not be built: {why}"),
            CallFault::Blocked => f.write_str("it had asked another call of ours to wait"),
            CallFault::GraphLimit => write!(f, "{tracker} said while {doing} that the rate limit is exceeded"),
            CallFault::SignInTimedOut => write!(f, "{tracker} did not sign us in in time"),
            CallFault::SignInFailed(why) => write!(f, "signing in to {tracker} failed: {why}"),
            CallFault::NotInstalled(repository) => write!(f, "the {tracker} App is not installed in {repository}"),
            CallFault::Unseen(repository) => {
                write!(
                    f,
                    "{tracker} does not show us {repository} any more: it was deleted, or our access was taken away"
                )
            }
            CallFault::Nameless => write!(f, "{tracker} does not say who we are"),
            CallFault::Renamed(repository) => write!(f, "{repository} has another name now"),
            CallFault::TooManyIssues(repository) => {
                write!(f, "{repository} has too many recent issues to look for one by its marker")
            }
            CallFault::TooManyComments(issue) => write!(f, "{issue} has too many comments to look for one"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_make_us_wait_for_a_year() {
        let now = Time::from_seconds(1_000);
        assert_eq!(RetryAfter::In(Duration::from_hours(9_000)).due(now), now.plus(LONGEST_WAIT));
        assert_eq!(RetryAfter::At(Time::from_seconds(1)).due(now), now);
    }
}
