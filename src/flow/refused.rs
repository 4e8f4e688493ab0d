//! The deliveries that were refused because of their signature since the last good one, by connection. A wrong secret shows nowhere
//! else: nothing of what is refused is kept, and the sweep brings most of it a little later (G11, nothing fails silently).
//!
//! Anybody can send what is refused. So only the settings' connections are counted, in the memory of this process alone, and a line
//! is logged once a minute. The next good delivery ends it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{base::clock::Time, model::delivery::Forged};

/// A connection is spoken of in the log so often at most.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// What was refused of one connection since its last good delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedSoFar {
    /// How many deliveries.
    pub count: u64,
    /// When the first of them came.
    pub since: Time,
    /// When the latest of them came.
    pub latest: Time,
    /// What was wrong. A wrong signature counts more than none, which any stranger may send.
    pub why: Forged,
}

#[derive(Default)]
struct OfConnection {
    so_far: Option<RefusedSoFar>,
    logged_at: Option<Time>,
}

/// What was refused of every connection.
#[derive(Default)]
pub struct RefusedDeliveries(Mutex<BTreeMap<String, OfConnection>>);

impl RefusedDeliveries {
    /// Counts one that was refused. The result is what to log, where it is time for that.
    pub fn add(&self, connection: &str, why: Forged, now: Time) -> Option<RefusedSoFar> {
        let mut all = self.all();
        let one = all.entry(connection.to_owned()).or_default();
        let before = one.so_far.unwrap_or(RefusedSoFar { count: 0, since: now, latest: now, why });
        let why = if before.why == Forged::Missing { why } else { before.why };
        let so_far = RefusedSoFar { count: before.count.saturating_add(1), since: before.since, latest: now, why };
        one.so_far = Some(so_far);
        if one.logged_at.is_some_and(|at| now.since(at) < LOG_EVERY) {
            return None;
        }
        one.logged_at = Some(now);
        Some(so_far)
    }

    /// A good one came.
    pub fn end(&self, connection: &str) {
        if let Some(one) = self.all().get_mut(connection) {
            one.so_far = None;
        }
    }

    /// What was refused of a connection. A good delivery that another process took ends it as well.
    pub fn of(&self, connection: &str, last_good: Option<Time>) -> Option<RefusedSoFar> {
        let so_far = self.all().get(connection)?.so_far?;
        last_good.is_none_or(|good| good <= so_far.latest).then_some(so_far)
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, OfConnection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_are_refused_a_line_is_logged_once_a_minute() {
        let refused = RefusedDeliveries::default();
        let begun = Time::from_seconds(1_000_000);
        let mut lines = Vec::new();
        for second in 0..150 {
            // A stranger's come between those of the helpdesk, which are good.
            if second % 2 == 0 {
                refused.end("acme");
            }
            let now = begun.plus(Duration::from_secs(second));
            lines.extend(refused.add("acme", Forged::Wrong, now).map(|_| second));
        }
        assert_eq!(lines, [0, 60, 120]);
    }

    #[test]
    fn a_good_delivery_ends_it_whichever_process_took_it() {
        let refused = RefusedDeliveries::default();
        let begun = Time::from_seconds(1_000_000);
        let later = begun.plus(Duration::from_secs(90));
        refused.add("acme", Forged::Missing, begun);
        refused.add("acme", Forged::Wrong, later);
        refused.add("acme", Forged::Missing, later);
        let so_far = RefusedSoFar { count: 3, since: begun, latest: later, why: Forged::Wrong };
        assert_eq!(refused.of("acme", Some(begun)), Some(so_far));
        assert_eq!(refused.of("acme", Some(later.plus(LOG_EVERY))), None, "another process took a good one");
        assert_eq!(refused.of("other", None), None);
        refused.end("acme");
        assert_eq!(refused.of("acme", None), None);
    }
}
