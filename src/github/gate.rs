//! Whether we may call GitHub now, and when if not: pure arithmetic over a state that is kept in a row.
//!
//! GitHub limits one installation, not one process, so the state is shared by all replicas. Our bounds stay below
//! GitHub's (80 creations a minute, 500 an hour, 900 points a minute):
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Meter, Wait};
use crate::base::clock::Time;

/// Issues and comments notify people: three seconds apart, one where a person waits for it.
const BETWEEN_CREATIONS: Duration = Duration::from_secs(3);
const BETWEEN_URGENT_CREATIONS: Duration = Duration::from_secs(1);
/// GitHub's own advice for every other write.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);
const CREATIONS_AN_HOUR: u32 = 400;
const CREATIONS_A_MINUTE: u32 = 60;
const POINTS_A_MINUTE: u32 = 600;
/// One part in this many of the primary budget is kept for what a person waits for.
const RESERVE: u64 = 5;

/// What a call does to GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Makes an issue or a comment.
    Create,
    /// Changes something.
    Write,
    /// Reads.
    Read,
}

impl Act {
    fn points(self) -> u32 {
        match self {
            Self::Create | Self::Write => 5,
            Self::Read => 1,
        }
    }
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Call now; it is already counted.
    Go,
    /// Not before this.
    NotBefore(Time),
}

/// What was called of late, and what GitHub said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// GitHub told us to stay away until then.
    parked_until: Option<Time>,
    last_create_at: Option<Time>,
    last_write_at: Option<Time>,
    creations_a_minute: Window<10, 6>,
    creations_an_hour: Window<120, 30>,
    points_a_minute: Window<10, 6>,
    primary: Option<Primary>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Primary {
    limit: u64,
    remaining: u64,
    reset_at: Time,
}

/// Counts in slots of `SECONDS`; `SLOTS` of them, and the one that has begun, make the window.
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

    /// When `more` fits under `bound`; `None` means now.
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

impl Gate {
    /// Whether the call may be made now; if so it is counted. `urgent` is what a person waits for: it keeps the hard
    /// bounds, but not the spacing of creations and not the reserve.
    pub fn admit(&mut self, act: Act, urgent: bool, now: Time) -> Admission {
        self.forget(now);
        if let Some(until) = self.blocked_until(act, urgent, now).filter(|until| *until > now) {
            return Admission::NotBefore(until);
        }
        self.count(act, now);
        Admission::Go
    }

    /// GitHub limited us: nothing is called until its wait is over. A shorter wait never shortens a longer one.
    pub fn park(&mut self, wait: Wait, now: Time) {
        self.parked_until = self.parked_until.max(Some(wait.due(now)));
    }

    /// Until when GitHub told us to stay away, for the health page.
    pub fn parked_until(&self) -> Option<Time> {
        self.parked_until
    }

    /// Takes over what GitHub's last answers said of our primary budget.
    pub fn observe(&mut self, meter: &Meter) {
        if let Some(core) = meter.budgets.get("core") {
            self.primary = Some(Primary { limit: core.limit, remaining: core.remaining, reset_at: core.reset_at });
        }
    }

    fn forget(&mut self, now: Time) {
        self.creations_a_minute.forget(now);
        self.creations_an_hour.forget(now);
        self.points_a_minute.forget(now);
        self.parked_until = self.parked_until.filter(|until| *until > now);
        self.primary = self.primary.filter(|primary| primary.reset_at > now);
        // A clock that was set back must not lock the gate until it has caught up.
        self.last_create_at = self.last_create_at.filter(|at| *at <= now);
        self.last_write_at = self.last_write_at.filter(|at| *at <= now);
    }

    fn blocked_until(&self, act: Act, urgent: bool, now: Time) -> Option<Time> {
        let spent = self.primary.and_then(|primary| {
            let reserve = if urgent { 0 } else { primary.limit / RESERVE };
            (primary.remaining <= reserve).then_some(primary.reset_at)
        });
        let points = self.points_a_minute.fits(act.points(), POINTS_A_MINUTE, now);
        let after = |at: Option<Time>, span: Duration| at.map(|at| at.plus(span));
        let write = (act != Act::Read).then(|| after(self.last_write_at, BETWEEN_WRITES)).flatten();
        let spacing = if urgent { BETWEEN_URGENT_CREATIONS } else { BETWEEN_CREATIONS };
        let create = (act == Act::Create).then(|| {
            let minute = self.creations_a_minute.fits(1, CREATIONS_A_MINUTE, now);
            let hour = self.creations_an_hour.fits(1, CREATIONS_AN_HOUR, now);
            after(self.last_create_at, spacing).max(minute).max(hour)
        });
        self.parked_until.max(spent).max(points).max(write).max(create.flatten())
    }

    fn count(&mut self, act: Act, now: Time) {
        self.points_a_minute.add(act.points(), now);
        if let Some(primary) = &mut self.primary {
            primary.remaining = primary.remaining.saturating_sub(1);
        }
        if act != Act::Read {
            self.last_write_at = Some(now);
        }
        if act == Act::Create {
            self.last_create_at = Some(now);
            self.creations_a_minute.add(1, now);
            self.creations_an_hour.add(1, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::Budget;

    fn at(seconds: i64) -> Time {
        Time::from_seconds(1_000_000 + seconds)
    }

    /// Calls as often as the gate lets one, and says when.
    fn calls(act: Act, urgent: bool, seconds: i64) -> Vec<i64> {
        let (mut gate, mut now, mut made) = (Gate::default(), at(0), Vec::new());
        while now < at(seconds) {
            match gate.admit(act, urgent, now) {
                Admission::Go => made.push(now.as_seconds()),
                Admission::NotBefore(until) => {
                    assert!(until > now, "the gate must say a later time");
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
            let made = calls(Act::Create, urgent, 3 * 3_600);
            assert!(most_within(&made, 3_600) <= 400, "{urgent}");
            assert!(most_within(&made, 60) <= 60, "{urgent}");
            assert!(made.len() > 1_000, "and the gate does not starve us: {}", made.len());
        }
    }

    #[test]
    fn no_minute_sees_more_points_than_we_allow() {
        assert!(most_within(&calls(Act::Read, false, 600), 60) <= 600);
        assert!(most_within(&calls(Act::Write, false, 600), 60) <= 60);
    }

    #[test]
    fn an_urgent_creation_waits_one_second_and_not_three() {
        let mut gate = Gate::default();
        assert_eq!(gate.admit(Act::Create, false, at(0)), Admission::Go);
        assert_eq!(gate.admit(Act::Create, false, at(1)), Admission::NotBefore(at(3)));
        assert_eq!(gate.admit(Act::Create, true, at(1)), Admission::Go);
    }

    #[test]
    fn a_parked_gate_lets_nothing_through_and_survives_a_restart() {
        let mut gate = Gate::default();
        gate.park(Wait::For(Duration::from_secs(90)), at(0));
        gate.park(Wait::For(Duration::from_secs(10)), at(0));
        let mut gate: Gate = serde_json::from_str(&serde_json::to_string(&gate).unwrap()).unwrap();
        assert_eq!(gate.admit(Act::Read, true, at(89)), Admission::NotBefore(at(90)));
        assert_eq!(gate.admit(Act::Read, true, at(90)), Admission::Go);
    }

    #[test]
    fn the_last_fifth_of_the_budget_is_for_people() {
        let mut gate = Gate::default();
        let core = Budget { limit: 5_000, remaining: 1_000, reset_at: at(600) };
        gate.observe(&Meter { budgets: [("core".to_owned(), core)].into(), date: None });
        assert_eq!(gate.admit(Act::Read, false, at(0)), Admission::NotBefore(at(600)));
        assert_eq!(gate.admit(Act::Read, true, at(0)), Admission::Go);
        assert_eq!(gate.admit(Act::Read, false, at(600)), Admission::Go);
    }

    #[test]
    fn the_state_stays_small() {
        let mut gate = Gate::default();
        for second in 0..20_000 {
            let _ = gate.admit(Act::Create, true, at(second));
        }
        assert!(serde_json::to_string(&gate).unwrap().len() < 3_000);
    }

    #[test]
    fn a_row_of_an_older_version_is_read() {
        assert_eq!(serde_json::from_str::<Gate>("{}").unwrap(), Gate::default());
    }
}
