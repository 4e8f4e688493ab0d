//! The formats in which exports write a time. Without a time zone it is UTC.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use regex::Regex;

/// Patterns with a time zone, then without one, with and without a time of day. Those with slashes are separate, because they
/// can be read in two orders.
const ZONED: [&str; 3] = ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f%z"];
const PLAIN: [&str; 16] = [
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d/%b/%y %I:%M %p",
    "%d/%b/%Y %H:%M",
    "%b %d, %Y, %I:%M %p",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y %H:%M",
    "%d %b %Y",
    "%d-%b-%Y",
];
const MONTH_FIRST: [&str; 5] =
    ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y"];
const DAY_FIRST: [&str; 5] =
    ["%d/%m/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M %p", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"];
/// Larger numbers are milliseconds since 1970, not seconds.
const MOST_SECONDS: i64 = 100_000_000_000;

static SLASHED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(\d{1,2})/(\d{1,2})/\d{4}\b").ok());

/// Reads the times of one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    slashed: [[&'static str; 5]; 2],
}

impl Times {
    /// Decides from a file's beginning whether 3/4/2025 is in March or in April: a number above twelve shows which is the day.
    pub(super) fn of_file(head: &str) -> Self {
        let day_first = SLASHED.as_ref().is_some_and(|slashed| {
            slashed.captures_iter(head).any(|date| date[1].parse::<u8>().is_ok_and(|first| first > 12))
        });
        Self { slashed: if day_first { [DAY_FIRST, MONTH_FIRST] } else { [MONTH_FIRST, DAY_FIRST] } }
    }

    /// Microseconds since 1970 in UTC.
    pub(super) fn microseconds(self, written: &str) -> Option<i64> {
        let written = written.trim().trim_end_matches(" UTC").trim_end_matches(" GMT");
        if let Ok(time) = written.parse::<Timestamp>() {
            return Some(time.as_microsecond());
        }
        let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_microsecond());
        if let Ok(time) = written.parse::<DateTime>() {
            return utc(time);
        }
        let zoned = ZONED.iter().find_map(|pattern| Timestamp::strptime(pattern, written).ok());
        let mailed = || jiff::fmt::rfc2822::parse(written).ok().map(|zoned| zoned.timestamp());
        if let Some(time) = zoned.or_else(mailed) {
            return Some(time.as_microsecond());
        }
        for pattern in PLAIN.iter().chain(self.slashed.iter().flatten()) {
            if let Ok(time) = DateTime::strptime(pattern, written) {
                return utc(time);
            }
            if let Ok(date) = Date::strptime(pattern, written) {
                return utc(date.to_datetime(Time::midnight()));
            }
        }
        let number: i64 = written.parse().ok()?;
        number.checked_mul(if number > MOST_SECONDS { 1_000 } else { 1_000_000 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(written: &str) -> Option<String> {
        let us = Times::of_file("").microseconds(written)?;
        Some(Timestamp::from_microsecond(us).unwrap().to_string())
    }

    #[test]
    fn times_are_read_however_helpdesks_write_them() {
        for written in [
            "2025-03-04T15:06:00Z",
            "2025-03-04T17:06:00+02:00",
            "2025-03-04T17:06:00.000+0200",
            "2025-03-04 15:06:00 UTC",
            "2025-03-04 15:06:00 +0000",
            "2025-03-04 15:06",
            "2025/03/04 15:06",
            "04.03.2025 15:06",
            "3/4/2025 3:06 PM",
            "03/04/2025 15:06",
            "04/Mar/25 3:06 PM",
            "Mar 4, 2025, 3:06 PM",
            "4 Mar 2025 15:06",
            "Tue, 4 Mar 2025 15:06:00 +0000",
            "1741100760",
            "1741100760000",
        ] {
            assert_eq!(day(written).as_deref(), Some("2025-03-04T15:06:00Z"), "{written}");
        }
        assert_eq!(day("March 4, 2025").as_deref(), Some("2025-03-04T00:00:00Z"));
        assert_eq!(day("yesterday"), None);
    }

    #[test]
    fn one_day_above_twelve_tells_the_order_of_all_slashed_dates_of_a_file() {
        let american = Times::of_file("1/31/2025\n2/3/2025").microseconds("2/3/2025");
        let british = Times::of_file("2/3/2025\n31/1/2025").microseconds("2/3/2025");
        assert_eq!(american, Times::of_file("").microseconds("2025-02-03"));
        assert_eq!(british, Times::of_file("").microseconds("2025-03-02"));
    }
}
