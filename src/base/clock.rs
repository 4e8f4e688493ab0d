//! Time as an argument: every instant that Heard stores or compares comes from a [`Clock`] that was passed in.
//!
//! An instant is truncated to microseconds, the precision of both databases, so it is the same when it is read back.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// An instant in UTC with microsecond precision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(jiff::Timestamp);

impl Time {
    /// The instant this many microseconds after 1970-01-01T00:00:00Z, limited to what a calendar can show.
    pub fn from_micros(micros: i64) -> Self {
        const EDGE: i64 = 253_402_207_200_000_000; // the last second of the year 9999, minus a day for time zones
        let clamped = micros.clamp(-EDGE, EDGE);
        Self(jiff::Timestamp::from_microsecond(clamped).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    /// The instant this many seconds after 1970-01-01T00:00:00Z.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Reads RFC 3339 (`2026-03-03T09:00:00Z`, any precision, any offset).
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse::<jiff::Timestamp>().ok().map(|at| Self::from_micros(at.as_microsecond()))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn as_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub fn as_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The same instant for calendar arithmetic, and for crates that use jiff.
    pub fn timestamp(self) -> jiff::Timestamp {
        self.0
    }

    /// The date in UTC, for sentences such as "on 3 March".
    pub fn date(self) -> jiff::civil::Date {
        self.0.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// When its day began, in UTC.
    #[must_use]
    pub fn day_began(self) -> Self {
        Self::from_seconds(self.as_seconds() - self.as_seconds().rem_euclid(86_400))
    }

    /// Later by `span`, but never beyond the end of the calendar.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self::from_micros(self.as_micros().saturating_add(micros(span)))
    }

    /// Earlier by `span`, but never before the beginning of the calendar.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self::from_micros(self.as_micros().saturating_sub(micros(span)))
    }

    /// How long after `earlier` this is; zero if it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        let span = self.as_micros().saturating_sub(earlier.as_micros());
        Duration::from_micros(u64::try_from(span).unwrap_or(0))
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where "now" comes from.
#[derive(Clone, Debug)]
pub struct Clock(ClockSource);

#[derive(Clone, Debug)]
enum ClockSource {
    System,
    /// Microseconds behind the machine's clock.
    Behind(Arc<AtomicI64>),
    Set(Arc<Mutex<Time>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(ClockSource::System)
    }

    /// A clock that stands still until [`Clock::advance`] moves it. Clones share it.
    pub fn at(start: Time) -> Self {
        Self(ClockSource::Set(Arc::new(Mutex::new(start))))
    }

    /// A clock that runs like the machine's but this much behind it, until [`Clock::advance`] lets it catch up. It is for a
    /// demo whose story takes days. Clones share it.
    pub fn behind(span: Duration) -> Self {
        Self(ClockSource::Behind(Arc::new(AtomicI64::new(micros(span)))))
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        match &self.0 {
            ClockSource::System => machine(),
            ClockSource::Behind(span) => {
                Time::from_micros(machine().as_micros().saturating_sub(span.load(Ordering::SeqCst)))
            }
            ClockSource::Set(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// This clock if it moves by itself, else the machine's: for what is paced by the time of others.
    #[must_use]
    pub fn running(&self) -> Self {
        if matches!(self.0, ClockSource::Set(_)) { Self::system() } else { self.clone() }
    }

    /// Moves a clock made with [`Clock::at`] or [`Clock::behind`] forward, the latter never past the machine's. The machine's
    /// own clock cannot be moved and ignores this.
    pub fn advance(&self, span: Duration) {
        match &self.0 {
            ClockSource::System => {}
            ClockSource::Behind(behind) => {
                // The function always returns a value, so the update cannot fail.
                let _ = behind.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    Some(left.saturating_sub(micros(span)).max(0))
                });
            }
            ClockSource::Set(at) => {
                let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
                *at = at.plus(span);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine() -> Time {
    Time::from_micros(jiff::Timestamp::now().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_stands_still_until_it_is_moved() {
        let clock = Clock::at(Time::from_seconds(100));
        let twin = clock.clone();
        assert_eq!(clock.now(), Time::from_seconds(100));
        twin.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), Time::from_seconds(105));
    }

    #[test]
    fn a_clock_that_is_behind_catches_up_and_never_overtakes() {
        let clock = Clock::behind(Duration::from_hours(48));
        let begun = clock.now();
        clock.advance(Duration::from_hours(24));
        let later = clock.now().since(begun);
        assert!(later >= Duration::from_hours(24) && later < Duration::from_hours(25), "{later:?}");
        clock.advance(Duration::from_hours(1_000));
        let caught_up = clock.now();
        assert!(Clock::system().now() >= caught_up);
        assert!(Clock::system().now().since(clock.now()) < Duration::from_hours(1));
    }

    #[test]
    fn reading_keeps_microseconds_and_offsets() {
        assert_eq!(Time::parse("2025-01-08T11:12:07.672717999+01:00"), Time::parse("2025-01-08T10:12:07.672717Z"));
        assert_eq!(Time::parse("yesterday"), None);
    }

    #[test]
    fn the_calendars_edge_holds() {
        let far = Time::from_micros(i64::MAX);
        assert_eq!(far.plus(Duration::MAX), far);
        assert_eq!(Time::from_seconds(1).since(far), Duration::ZERO);
    }
}
