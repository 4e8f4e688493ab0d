//! The failure switches of a practice site, its log of calls, and its record of callers who did not keep the limits.
//!
//! Who was told to wait and comes back sooner is recorded. A request counts from its arrival: one that was on its way
//! when another was answered may arrive after that answer, so tests that assert on violations call one at a time.
//!
//! Invariant: every request is logged, whatever becomes of it; a failure that promises "no effect" is decided before
//! the site sees the request, one that promises "effect made" after.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use super::clock::{Clock, http_date};
use super::locked;
use super::pattern::Pattern;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// This status, without the effect.
    Status(u16),
    /// This status with `Retry-After` in seconds, without the effect. A caller who comes back sooner is recorded.
    RetryAfter(u16, u32),
    /// GitHub's secondary limit: 403, its message, no `Retry-After`, without the effect. GitHub asks for a minute's
    /// wait then, so a caller who comes back sooner is recorded.
    SecondaryLimit,
    /// The effect is made at once and its webhooks leave, the right answer comes this much later.
    Slow(Duration),
    /// The effect is made at once and its webhooks leave, the right answer comes with [`Faults::let_go`].
    Held,
    /// The effect is made, and the connection dropped before a byte of the answer.
    ResponseLost,
    /// The effect is made, and the connection breaks in the middle of the answer's body.
    ResponseCut,
    /// The effect is made, and this status is answered all the same.
    EffectThenStatus(u16),
    /// The connection is dropped without the effect.
    Reset,
    /// Nothing is ever answered, and the effect not made.
    NeverAnswers,
    /// 200 with a page of HTML instead of JSON, without the effect.
    Garbage,
}

/// One request as it was received, and what it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it came, in microseconds of the site's clock.
    pub at: i64,
    /// `GET`, `PUT`, ...
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The query as sent.
    pub query: String,
    /// The request's body, `Null` if it was none or not JSON.
    pub body: Value,
    /// The status answered; `None` if the answer was lost or never given.
    pub status: Option<u16>,
}

/// What a new request meets.
pub(super) enum Verdict {
    /// Answer it.
    Pass,
    /// Do this instead.
    Fail(Failure),
    /// The minute's budget is used up; come back in this many seconds.
    Limited(u32),
}

struct Rule {
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
    rules: VecDeque<Rule>,
    calls: Vec<Call>,
    limit_per_minute: Option<u32>,
    minute: Minute,
    /// Until when callers were told to stay away.
    closed_until: i64,
    violations: Vec<String>,
}

/// The failure switches of one practice site.
pub struct Faults {
    clock: Clock,
    switches: Mutex<Switches>,
    /// How often held answers were let go.
    let_go: watch::Sender<u64>,
}

impl Faults {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, switches: Mutex::default(), let_go: watch::Sender::new(0) }
    }

    /// Fails the next `count` requests that match `pattern`, after those already switched on for it.
    ///
    /// A pattern is `METHOD /path`: `*` stands for any method or for one part of the path, `**` at the end for any rest
    /// (`PUT /api/v2/tickets/*`, `* /**`).
    pub fn next(&self, count: usize, pattern: &str, failure: Failure) {
        let rule = Rule { pattern: Pattern::read(pattern), left: count, failure };
        locked(&self.switches).rules.push_back(rule);
    }

    /// Fails every request that matches `pattern` until [`Faults::heal`].
    pub fn all(&self, pattern: &str, failure: Failure) {
        self.next(usize::MAX, pattern, failure);
    }

    /// Sends every answer that is held just now (see [`Failure::Held`]) on its way.
    pub fn let_go(&self) {
        self.let_go.send_modify(|times| *times += 1);
    }

    /// What says when an answer that is held from now on is let go.
    pub(super) fn letting_go(&self) -> watch::Receiver<u64> {
        self.let_go.subscribe()
    }

    /// Switches every failure off. Limits, logs and violations stay.
    pub fn heal(&self) {
        locked(&self.switches).rules.clear();
    }

    /// Allows so many requests per minute of the clock, and answers 429 beyond; `None` lifts the limit.
    pub fn limit_per_minute(&self, limit: Option<u32>) {
        locked(&self.switches).limit_per_minute = limit;
    }

    /// Everything that was requested, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        locked(&self.switches).calls.clone()
    }

    /// How many requests matched `pattern` (see [`Faults::next`]).
    pub fn count(&self, pattern: &str) -> usize {
        let pattern = Pattern::read(pattern);
        let switches = locked(&self.switches);
        switches.calls.iter().filter(|call| pattern.fits(&call.method, &call.path)).count()
    }

    /// What callers did against the rules, in words: called before a `Retry-After` had elapsed, went over a limit.
    pub fn violations(&self) -> Vec<String> {
        locked(&self.switches).violations.clone()
    }

    /// Records a breach that only the site itself can see.
    pub(super) fn violated(&self, what: String) {
        locked(&self.switches).violations.push(what);
    }

    /// The limit per minute and how many requests are left of it, for the headers of answers.
    pub(super) fn budget(&self) -> Option<(u32, u32, i64)> {
        let switches = locked(&self.switches);
        let limit = switches.limit_per_minute?;
        let reset_s = (switches.minute.started_at + MINUTE_MICROS - (self.clock)()).max(0) / 1_000_000;
        Some((limit, limit.saturating_sub(switches.minute.used), reset_s))
    }

    /// The `Date` of an answer: the site's clock, not the machine's.
    pub(super) fn date(&self) -> String {
        http_date((self.clock)())
    }

    /// Logs an arriving request and decides what becomes of it. The number names it in [`Faults::answered`].
    pub(super) fn arrives(&self, method: &str, path: &str, query: &str, body: Value) -> (usize, Verdict) {
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
        if now < switches.closed_until {
            let early_ms = (switches.closed_until - now) / 1_000;
            switches.violations.push(format!("{method} {path} came {early_ms} ms before Retry-After had elapsed"));
        }
        let rule = switches.rules.iter_mut().find(|rule| rule.left > 0 && rule.pattern.fits(method, path));
        if let Some(rule) = rule {
            rule.left = rule.left.saturating_sub(usize::from(rule.left != usize::MAX));
            return (number, Verdict::Fail(rule.failure.clone()));
        }
        (number, switches.spend(now))
    }

    /// Completes the log of a request; an answer that says `Retry-After` closes the door for that long.
    pub(super) fn answered(&self, number: usize, status: u16, retry_after_s: Option<i64>) {
        let now = (self.clock)();
        let mut switches = locked(&self.switches);
        if let Some(call) = switches.calls.get_mut(number) {
            call.status = Some(status);
        }
        if let Some(seconds) = retry_after_s {
            switches.closed_until = switches.closed_until.max(now.saturating_add(seconds.saturating_mul(1_000_000)));
        }
    }
}

const MINUTE_MICROS: i64 = 60_000_000;

impl Switches {
    fn spend(&mut self, now: i64) -> Verdict {
        let Some(limit) = self.limit_per_minute else {
            return Verdict::Pass;
        };
        if now - self.minute.started_at >= MINUTE_MICROS {
            self.minute = Minute { started_at: now, used: 0 };
        }
        if self.minute.used < limit {
            self.minute.used += 1;
            return Verdict::Pass;
        }
        let wait_micros = self.minute.started_at + MINUTE_MICROS - now;
        Verdict::Limited(u32::try_from(wait_micros / 1_000_000 + 1).unwrap_or(60))
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

    fn arrive(faults: &Faults, method: &str, path: &str) -> Verdict {
        faults.arrives(method, path, "", Value::Null).1
    }

    #[test]
    fn a_failure_lasts_for_as_many_requests_as_were_asked_for() {
        let (faults, _) = faults();
        faults.next(2, "POST /x", Failure::Status(502));
        assert!(matches!(arrive(&faults, "GET", "/x"), Verdict::Pass));
        assert!(matches!(arrive(&faults, "POST", "/x"), Verdict::Fail(Failure::Status(502))));
        assert!(matches!(arrive(&faults, "POST", "/x"), Verdict::Fail(_)));
        assert!(matches!(arrive(&faults, "POST", "/x"), Verdict::Pass));
        assert_eq!(faults.count("POST /x"), 3);
    }

    #[test]
    fn a_caller_who_does_not_wait_is_recorded_and_one_who_waits_is_not() {
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
    fn the_budget_of_a_minute_is_renewed_in_the_next() {
        let (faults, now) = faults();
        faults.limit_per_minute(Some(1));
        assert!(matches!(arrive(&faults, "GET", "/x"), Verdict::Pass));
        now.fetch_add(10_000_000, Ordering::SeqCst);
        assert!(matches!(arrive(&faults, "GET", "/x"), Verdict::Limited(51)));
        now.fetch_add(51_000_000, Ordering::SeqCst);
        assert!(matches!(arrive(&faults, "GET", "/x"), Verdict::Pass));
    }
}
