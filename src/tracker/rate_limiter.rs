//! Whether we may call the tracker now, and if not, when: pure arithmetic over a state that is stored in a row.
//!
//! A tracker limits an installation, not a process, so all replicas share the state.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{base::clock::Time, model::tracker::error::RetryAfter};

/// This fraction of the quota, one part in five, is kept for what a person waits for.
const RESERVE: u64 = 5;

/// How often we call a tracker. These limits are lower than its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// Between two issues or comments.
    pub between_creations: Duration,
    /// The same, if a person waits for it.
    pub between_urgent_creations: Duration,
    /// Between two writes of any kind.
    pub between_writes: Duration,
    /// Issues and comments per hour.
    pub creations_an_hour: u32,
    /// Issues and comments per minute.
    pub creations_a_minute: u32,
    /// Points per minute; a read costs one.
    pub points_a_minute: u32,
    /// What a write costs.
    pub points_of_a_write: u32,
}

/// What a call does to the tracker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrackerCall {
    /// Creates an issue or a comment.
    Create,
    /// Changes something.
    Write,
    /// Reads.
    Read,
}

impl TrackerCall {
    fn points(self, limits: &CallLimits) -> u32 {
        match self {
            Self::Create | Self::Write => limits.points_of_a_write,
            Self::Read => 1,
        }
    }
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Call now; it is already counted.
    Go,
    /// Not before this time.
    NotBefore(Time),
}

/// How many calls the tracker still allows, according to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Calls allowed until the reset.
    pub limit: u64,
    /// Calls left until the reset.
    pub remaining: u64,
    /// When the quota is full again.
    pub reset_at: Time,
}

/// What we called lately, and what the tracker said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RateLimiter {
    /// The tracker told us to stay away until then.
    blocked_until: Option<Time>,
    last_create_at: Option<Time>,
    last_write_at: Option<Time>,
    creations_a_minute: Window<10, 6>,
    creations_an_hour: Window<120, 30>,
    points_a_minute: Window<10, 6>,
    quota: Option<Quota>,
}

/// Counts in slots of `SECONDS`. The window is the current slot and the `SLOTS` before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Window<const SECONDS: i64, const SLOTS: i64>(Vec<(i64, u32)>);

impl<const SECONDS: i64, const SLOTS: i64> Window<SECONDS, SLOTS> {
    fn slot(now: Time) -> i64 {
        now.as_seconds().div_euclid(SECONDS)
    }

    fn forget(&mut self, now: Time) {
        let current = Self::slot(now);
        self.0.retain(|(slot, _)| (current - SLOTS..=current).contains(slot));
    }

    /// When there is room for `more` below `bound`; `None` means now.
    fn fits(&self, more: u32, bound: u32, now: Time) -> Option<Time> {
        let total: u32 = self.0.iter().map(|(_, count)| *count).fold(0, u32::saturating_add);
        let mut excess = total.saturating_add(more).checked_sub(bound).filter(|excess| *excess > 0)?;
        let mut slots = self.0.clone();
        slots.sort_unstable();
        let mut free_at = now.plus(Duration::from_secs(SECONDS.unsigned_abs()));
        for (slot, count) in slots {
            free_at = Time::from_seconds(slot.saturating_add(SLOTS + 1).saturating_mul(SECONDS));
            excess = excess.saturating_sub(count);
            if excess == 0 {
                break;
            }
        }
        Some(free_at)
    }

    fn add(&mut self, count: u32, now: Time) {
        let current = Self::slot(now);
        match self.0.iter_mut().find(|(slot, _)| *slot == current) {
            Some((_, known)) => *known = known.saturating_add(count),
            None => self.0.push((current, count)),
        }
    }
}

impl RateLimiter {
    /// Whether the call may be made now. If so, it is counted. `urgent` means that a person waits for it. Such a call
    /// keeps the hard limits, but waits less after the last creation and may use the reserve.
    pub(crate) fn admit(&mut self, call: TrackerCall, urgent: bool, limits: &CallLimits, now: Time) -> Admission {
        self.forget(now);
        if let Some(until) = self.free_at(call, urgent, limits, now).filter(|until| *until > now) {
            return Admission::NotBefore(until);
        }
        self.count(call, limits, now);
        Admission::Go
    }

    /// The tracker limited us, so nothing is called until the wait is over. A shorter wait never shortens a longer one.
    pub(crate) fn block(&mut self, retry_after: RetryAfter, now: Time) {
        self.blocked_until = self.blocked_until.max(Some(retry_after.due(now)));
    }

    /// Takes over what the tracker last said about our quota.
    pub(crate) fn observe(&mut self, quota: Option<Quota>) {
        self.quota = quota.or(self.quota);
    }

    fn forget(&mut self, now: Time) {
        self.creations_a_minute.forget(now);
        self.creations_an_hour.forget(now);
        self.points_a_minute.forget(now);
        self.blocked_until = self.blocked_until.filter(|until| *until > now);
        self.quota = self.quota.filter(|quota| quota.reset_at > now);
        // After a clock was set back, its old times must not stop all calls until it has caught up.
        self.last_create_at = self.last_create_at.filter(|at| *at <= now);
        self.last_write_at = self.last_write_at.filter(|at| *at <= now);
    }

    fn free_at(&self, call: TrackerCall, urgent: bool, limits: &CallLimits, now: Time) -> Option<Time> {
        let spent = self.quota.and_then(|quota| {
            let reserve = if urgent { 0 } else { quota.limit / RESERVE };
            (quota.remaining <= reserve).then_some(quota.reset_at)
        });
        let points = self.points_a_minute.fits(call.points(limits), limits.points_a_minute, now);
        let after = |at: Option<Time>, span: Duration| at.map(|at| at.plus(span));
        let write = (call != TrackerCall::Read).then(|| after(self.last_write_at, limits.between_writes)).flatten();
        let spacing = if urgent { limits.between_urgent_creations } else { limits.between_creations };
        let create = (call == TrackerCall::Create).then(|| {
            let minute = self.creations_a_minute.fits(1, limits.creations_a_minute, now);
            let hour = self.creations_an_hour.fits(1, limits.creations_an_hour, now);
            after(self.last_create_at, spacing).max(minute).max(hour)
        });
        self.blocked_until.max(spent).max(points).max(write).max(create.flatten())
    }

    fn count(&mut self, call: TrackerCall, limits: &CallLimits, now: Time) {
        self.points_a_minute.add(call.points(limits), now);
        if let Some(quota) = &mut self.quota {
            quota.remaining = quota.remaining.saturating_sub(1);
        }
        if call != TrackerCall::Read {
            self.last_write_at = Some(now);
        }
        if call == TrackerCall::Create {
            self.last_create_at = Some(now);
            self.creations_a_minute.add(1, now);
            self.creations_an_hour.add(1, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: CallLimits = CallLimits {
        between_creations: Duration::from_secs(3),
        between_urgent_creations: Duration::from_secs(1),
        between_writes: Duration::from_secs(1),
        creations_an_hour: 400,
        creations_a_minute: 60,
        points_a_minute: 600,
        points_of_a_write: 5,
    };

    fn at(seconds: i64) -> Time {
        Time::from_seconds(1_000_000 + seconds)
    }

    /// Calls as often as the limiter allows, and returns when.
    fn calls(call: TrackerCall, urgent: bool, seconds: i64) -> Vec<i64> {
        let (mut limiter, mut now, mut made) = (RateLimiter::default(), at(0), Vec::new());
        while now < at(seconds) {
            match limiter.admit(call, urgent, &LIMITS, now) {
                Admission::Go => made.push(now.as_seconds()),
                Admission::NotBefore(until) => {
                    assert!(until > now, "the limiter must say a later time");
                    now = until;
                }
            }
        }
        made
    }

    fn most_within(made: &[i64], span: i64) -> usize {
        made.iter()
            .map(|start| made.iter().filter(|at| (*start..*start + span).contains(*at)).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn no_hour_sees_more_creations_than_we_allow() {
        for urgent in [false, true] {
            let made = calls(TrackerCall::Create, urgent, 3 * 3_600);
            assert!(most_within(&made, 3_600) <= 400, "{urgent}");
            assert!(most_within(&made, 60) <= 60, "{urgent}");
            assert!(made.len() > 1_000, "and the limiter does not starve us: {}", made.len());
        }
    }

    #[test]
    fn no_minute_sees_more_points_than_we_allow() {
        assert!(most_within(&calls(TrackerCall::Read, false, 600), 60) <= 600);
        assert!(most_within(&calls(TrackerCall::Write, false, 600), 60) <= 60);
    }

    #[test]
    fn an_urgent_creation_waits_one_second_and_not_three() {
        let mut limiter = RateLimiter::default();
        assert_eq!(limiter.admit(TrackerCall::Create, false, &LIMITS, at(0)), Admission::Go);
        assert_eq!(limiter.admit(TrackerCall::Create, false, &LIMITS, at(1)), Admission::NotBefore(at(3)));
        assert_eq!(limiter.admit(TrackerCall::Create, true, &LIMITS, at(1)), Admission::Go);
    }

    #[test]
    fn a_blocked_limiter_lets_nothing_through_and_survives_a_restart() {
        let mut limiter = RateLimiter::default();
        limiter.block(RetryAfter::In(Duration::from_secs(90)), at(0));
        limiter.block(RetryAfter::In(Duration::from_secs(10)), at(0));
        let mut limiter: RateLimiter = serde_json::from_str(&serde_json::to_string(&limiter).unwrap()).unwrap();
        assert_eq!(limiter.admit(TrackerCall::Read, true, &LIMITS, at(89)), Admission::NotBefore(at(90)));
        assert_eq!(limiter.admit(TrackerCall::Read, true, &LIMITS, at(90)), Admission::Go);
    }

    #[test]
    fn the_last_fifth_of_the_quota_is_for_people() {
        let mut limiter = RateLimiter::default();
        limiter.observe(Some(Quota { limit: 5_000, remaining: 1_000, reset_at: at(600) }));
        assert_eq!(limiter.admit(TrackerCall::Read, false, &LIMITS, at(0)), Admission::NotBefore(at(600)));
        assert_eq!(limiter.admit(TrackerCall::Read, true, &LIMITS, at(0)), Admission::Go);
        assert_eq!(limiter.admit(TrackerCall::Read, false, &LIMITS, at(600)), Admission::Go);
    }

    #[test]
    fn the_state_stays_small() {
        let mut limiter = RateLimiter::default();
        for second in 0..20_000 {
            let _ = limiter.admit(TrackerCall::Create, true, &LIMITS, at(second));
        }
        assert!(serde_json::to_string(&limiter).unwrap().len() < 3_000);
    }

    #[test]
    fn a_row_of_an_older_version_is_read() {
        assert_eq!(serde_json::from_str::<RateLimiter>("{}").unwrap(), RateLimiter::default());
    }
}
