//! How a connection is doing, judged by its latest deliveries and sweeps.

use std::time::Duration;

use crate::base::clock::Time;

/// How long a connection must be without a delivery to count as quiet.
pub const QUIET_AFTER: Duration = Duration::from_hours(24);

/// How a connection is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionHealth {
    /// The last sweep failed, for this reason.
    Failing(String),
    /// The other side asked us to wait, with its reason.
    AskedToWait(String),
    /// What it delivers is refused, because it is not signed as it should be.
    Refusing,
    /// Nothing has ever arrived.
    Silent,
    /// The last delivery arrived then, which is long ago.
    Quiet(Time),
    /// It works.
    Working,
}

impl ConnectionHealth {
    /// Judges a connection. A failure counts more than a wait, a wait more than what is refused, and all of them more than the last
    /// delivery.
    pub fn judge(
        failed: Option<&str>,
        asked_to_wait: Option<&str>,
        is_refusing: bool,
        last_delivery: Option<Time>,
        now: Time,
    ) -> Self {
        match (failed, asked_to_wait, last_delivery) {
            (Some(reason), ..) => Self::Failing(reason.to_owned()),
            (None, Some(reason), _) => Self::AskedToWait(reason.to_owned()),
            _ if is_refusing => Self::Refusing,
            (None, None, None) => Self::Silent,
            (None, None, Some(last)) if now.since(last) > QUIET_AFTER => Self::Quiet(last),
            (None, None, Some(_)) => Self::Working,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_weighs_more_than_what_waits() {
        let now = Time::from_seconds(1_000_000);
        let judge = |failed, waits, last| ConnectionHealth::judge(failed, waits, false, last, now);
        let failing = ConnectionHealth::Failing("It answered 401.".to_owned());
        assert_eq!(judge(Some("It answered 401."), Some("limit"), Some(now)), failing.clone());
        assert_eq!(judge(None, Some("limit"), None), ConnectionHealth::AskedToWait("limit".to_owned()));
        assert_eq!(judge(None, None, None), ConnectionHealth::Silent);
        assert_eq!(judge(None, None, Some(now.minus(QUIET_AFTER))), ConnectionHealth::Working);
        let refusing = |failed, waits, last| ConnectionHealth::judge(failed, waits, true, last, now);
        assert_eq!(refusing(Some("It answered 401."), None, Some(now)), failing);
        assert_eq!(refusing(None, None, Some(now)), ConnectionHealth::Refusing);
        assert_eq!(refusing(None, None, None), ConnectionHealth::Refusing);
        let long_ago = now.minus(QUIET_AFTER * 2);
        assert_eq!(judge(None, None, Some(long_ago)), ConnectionHealth::Quiet(long_ago));
    }
}
