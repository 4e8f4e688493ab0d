//! The failure switches of a simulator, its log of calls, and its record of callers who ignored a limit.
//!
//! A caller who was told to wait and comes back early is recorded. A request counts from its arrival. One that was on
//! its way while another was being answered may arrive after that answer, so tests that assert on violations make one
//! call at a time.
//!
//! Invariant: every request is logged, however it ends. A failure without the effect is decided before the vendor sees
//! the request, a failure after the effect once the vendor has carried it out.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::Value;
use tokio::sync::watch;

use super::clock::{Clock, http_date};
use super::failure::Failure;
use super::lock::locked;
use super::pattern::Pattern;
use super::weather::Weather;

/// One request as it was received, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it arrived, in microseconds of the simulator's clock.
    pub at: i64,
    /// `GET`, `PUT`, ...
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The query as sent.
    pub query: String,
    /// The request's body, `Null` if there was none or it was not JSON.
    pub body: Value,
    /// The status of the answer. `None` if it was lost or never given.
    pub status: Option<u16>,
}

/// What happens to a request that arrives.
pub(super) enum Admission {
    /// Answer it.
    Pass,
    /// Fail it like this.
    Fail(Failure),
    /// It is over the limit per minute. The caller may come back in this many seconds.
    Limited(u32),
}

struct FaultRule {
    pattern: Pattern,
    left: usize,
    failure: Failure,
}

#[derive(Default)]
struct Minute {
    started_at: i64,
    used: u32,
}

#[derive(Default)]
struct Switches {
    rules: VecDeque<FaultRule>,
    calls: Vec<Call>,
    limit_per_minute: Option<u32>,
    minute: Minute,
    /// When callers who were told to wait may come back.
    blocked_until: i64,
    violations: Vec<String>,
    weather: Option<Weather>,
}

/// The failure switches of one simulator.
pub struct Faults {
    clock: Clock,
    switches: Mutex<Switches>,
    /// How often held answers were released.
    let_go: watch::Sender<u64>,
}

impl Faults {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, switches: Mutex::default(), let_go: watch::Sender::new(0) }
    }

    /// Fails the next `count` requests that match `pattern`, after those already switched on for it.
    ///
    /// A pattern is `METHOD /path`. `*` matches any method or one segment of the path, `**` at the end matches the rest:
    /// `PUT /api/v2/tickets/*`, `* /**`.
    pub fn next(&self, count: usize, pattern: &str, failure: Failure) {
        let rule = FaultRule { pattern: Pattern::read(pattern), left: count, failure };
        locked(&self.switches).rules.push_back(rule);
    }

    /// Fails every request that matches `pattern` until [`Faults::heal`].
    pub fn all(&self, pattern: &str, failure: Failure) {
        self.next(usize::MAX, pattern, failure);
    }

    /// Releases every answer that is being held (see [`Failure::Held`]).
    pub fn let_go(&self) {
        self.let_go.send_modify(|times| *times += 1);
    }

    /// Reports when an answer that is held from now on is released.
    pub(super) fn letting_go(&self) -> watch::Receiver<u64> {
        self.let_go.subscribe()
    }

    /// Switches all failures off. Limits, logs and violations stay.
    pub fn heal(&self) {
        locked(&self.switches).rules.clear();
    }

    /// Lets requests meet rough weather that follows from `seed`, after the failures that were switched on.
    pub(super) fn rough(&self, seed: u64) {
        locked(&self.switches).weather = Some(Weather::new(seed));
    }

    /// The weather is fair again.
    pub(super) fn fair(&self) {
        locked(&self.switches).weather = None;
    }

    /// Allows this many requests per minute and answers 429 to the rest. `None` lifts the limit.
    pub fn limit_per_minute(&self, limit: Option<u32>) {
        locked(&self.switches).limit_per_minute = limit;
    }

    /// Every request, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        locked(&self.switches).calls.clone()
    }

    /// How many requests matched `pattern` (see [`Faults::next`]).
    pub fn count(&self, pattern: &str) -> usize {
        let pattern = Pattern::read(pattern);
        let switches = locked(&self.switches);
        switches.calls.iter().filter(|call| pattern.fits(&call.method, &call.path)).count()
    }

    /// The rules that callers broke, in words: they called before `Retry-After` had elapsed, or exceeded a limit.
    pub fn violations(&self) -> Vec<String> {
        locked(&self.switches).violations.clone()
    }

    /// Records a violation that only the vendor can see.
    pub(super) fn violated(&self, what: String) {
        locked(&self.switches).violations.push(what);
    }

    /// The limit per minute, how much of it is left, and the seconds until it is renewed.
    pub(super) fn limits(&self) -> Option<(u32, u32, i64)> {
        let switches = locked(&self.switches);
        let limit = switches.limit_per_minute?;
        let reset_s = (switches.minute.started_at + MINUTE_MICROS - (self.clock)()).max(0) / 1_000_000;
        Some((limit, limit.saturating_sub(switches.minute.used), reset_s))
    }

    /// The `Date` of an answer, by the simulator's clock and not the machine's.
    pub(super) fn date(&self) -> String {
        http_date((self.clock)())
    }

    /// Logs a request that arrives and decides what happens to it. [`Faults::answered`] takes the number.
    pub(super) fn arrives(&self, method: &str, path: &str, query: &str, body: Value) -> (usize, Admission) {
        let now = (self.clock)();
        let mut switches = locked(&self.switches);
        let number = switches.calls.len();
        let call = Call {
            at: now,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body,
            status: None,
        };
        switches.calls.push(call);
        if now < switches.blocked_until {
            let early_ms = (switches.blocked_until - now) / 1_000;
            switches.violations.push(format!("{method} {path} came {early_ms} ms before Retry-After had elapsed"));
        }
        let rule = switches.rules.iter_mut().find(|rule| rule.left > 0 && rule.pattern.fits(method, path));
        if let Some(rule) = rule {
            rule.left = rule.left.saturating_sub(usize::from(rule.left != usize::MAX));
            return (number, Admission::Fail(rule.failure.clone()));
        }
        let met = switches.weather.as_mut().and_then(|weather| weather.request(method, path));
        if let Some(failure) = met {
            return (number, Admission::Fail(failure));
        }
        (number, switches.spend(now))
    }

    /// Completes the log of a request. After an answer with `Retry-After`, callers have to wait that long.
    pub(super) fn answered(&self, number: usize, status: u16, retry_after_s: Option<i64>) {
        let now = (self.clock)();
        let mut switches = locked(&self.switches);
        if let Some(call) = switches.calls.get_mut(number) {
            call.status = Some(status);
        }
        if let Some(seconds) = retry_after_s {
            switches.blocked_until = switches.blocked_until.max(now.saturating_add(seconds.saturating_mul(1_000_000)));
        }
    }
}

const MINUTE_MICROS: i64 = 60_000_000;

impl Switches {
    fn spend(&mut self, now: i64) -> Admission {
        let Some(limit) = self.limit_per_minute else {
            return Admission::Pass;
        };
        if now - self.minute.started_at >= MINUTE_MICROS {
            self.minute = Minute { started_at: now, used: 0 };
        }
        if self.minute.used < limit {
            self.minute.used += 1;
            return Admission::Pass;
        }
        let wait_micros = self.minute.started_at + MINUTE_MICROS - now;
        Admission::Limited(u32::try_from(wait_micros / 1_000_000 + 1).unwrap_or(60))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn faults() -> (Faults, Arc<AtomicI64>) {
        let now = Arc::new(AtomicI64::new(1_000_000_000));
        let clock = Arc::clone(&now);
        (Faults::new(Arc::new(move || clock.load(Ordering::SeqCst))), now)
    }

    fn arrive(faults: &Faults, method: &str, path: &str) -> Admission {
        faults.arrives(method, path, "", Value::Null).1
    }

    #[test]
    fn a_failure_lasts_for_the_number_of_requests_asked_for() {
        let (faults, _) = faults();
        faults.next(2, "POST /x", Failure::Status(502));
        assert!(matches!(arrive(&faults, "GET", "/x"), Admission::Pass));
        assert!(matches!(arrive(&faults, "POST", "/x"), Admission::Fail(Failure::Status(502))));
        assert!(matches!(arrive(&faults, "POST", "/x"), Admission::Fail(_)));
        assert!(matches!(arrive(&faults, "POST", "/x"), Admission::Pass));
        assert_eq!(faults.count("POST /x"), 3);
    }

    #[test]
    fn only_a_caller_who_does_not_wait_is_recorded() {
        let (faults, now) = faults();
        let (number, _) = faults.arrives("GET", "/x", "", Value::Null);
        faults.answered(number, 429, Some(5));
        now.fetch_add(4_000_000, Ordering::SeqCst);
        arrive(&faults, "GET", "/x");
        assert_eq!(faults.violations(), ["GET /x came 1000 ms before Retry-After had elapsed"]);
        now.fetch_add(1_000_000, Ordering::SeqCst);
        arrive(&faults, "GET", "/x");
        assert_eq!(faults.violations().len(), 1);
    }

    #[test]
    fn the_limit_per_minute_is_renewed_after_a_minute() {
        let (faults, now) = faults();
        faults.limit_per_minute(Some(1));
        assert!(matches!(arrive(&faults, "GET", "/x"), Admission::Pass));
        now.fetch_add(10_000_000, Ordering::SeqCst);
        assert!(matches!(arrive(&faults, "GET", "/x"), Admission::Limited(51)));
        now.fetch_add(51_000_000, Ordering::SeqCst);
        assert!(matches!(arrive(&faults, "GET", "/x"), Admission::Pass));
    }
}
