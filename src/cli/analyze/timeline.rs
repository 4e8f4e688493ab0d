//! Splits the time that an export covers into periods of the calendar or, without dates, into parts with the same number
//! of tickets.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// The maximum number of periods in a chart, and their number without a calendar.
const MOST_PARTS: usize = 24;
const EQUAL_PARTS: usize = 12;
/// If at least this percentage of tickets has no date, dates are not used.
const UNDATED_PERCENT: usize = 10;

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
    /// The same number of tickets in each, in the order of the file.
    Equal,
}

/// The periods of an export.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    pub(super) unit: Unit,
    starts: Vec<Date>,
    tickets: usize,
    /// Whether the export ends before the last period does.
    pub(super) is_last_open: bool,
}

impl Unit {
    /// The name of a period, shown above its column.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week of",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
            Self::Year => "Year",
            Self::Equal => "Part of the file",
        }
    }

    fn start(self, date: Date) -> Date {
        match self {
            Self::Day | Self::Equal => date,
            Self::Week => {
                let into = i64::from(date.weekday().since(Weekday::Monday));
                date.checked_sub(into.days()).unwrap_or(date)
            }
            Self::Month => date.first_of_month(),
            Self::Quarter => {
                let into = i64::from((date.month() - 1) % 3);
                date.first_of_month().checked_sub(into.months()).unwrap_or(date)
            }
            Self::Year => date.first_of_year(),
        }
    }

    fn length(self) -> Span {
        match self {
            Self::Day | Self::Equal => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        }
    }

    fn label(self, start: Date) -> String {
        match self {
            Self::Day | Self::Week => start.strftime("%-d %b").to_string(),
            Self::Month => start.strftime("%b %Y").to_string(),
            Self::Quarter => format!("Q{} {}", (start.month() - 1) / 3 + 1, start.year()),
            Self::Year | Self::Equal => start.year().to_string(),
        }
    }
}

impl Timeline {
    /// The periods of tickets in file order. A time of zero means that it is not known.
    pub(super) fn of(times_us: &[i64]) -> Self {
        let equal = Self { unit: Unit::Equal, starts: Vec::new(), tickets: times_us.len(), is_last_open: false };
        let dated = times_us.iter().copied().filter(|time| *time != 0);
        let undated = times_us.len() - dated.clone().count();
        let (Some(first), Some(last)) = (dated.clone().min().and_then(date), dated.max().and_then(date)) else {
            return equal;
        };
        if undated * 100 > times_us.len() * UNDATED_PERCENT || first == last {
            return equal;
        }
        [Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year]
            .into_iter()
            .find_map(|unit| {
                let starts: Vec<Date> = unit
                    .start(first)
                    .series(unit.length())
                    .take_while(|start| *start <= last)
                    .take(MOST_PARTS + 1)
                    .collect();
                let after = starts.last()?.checked_add(unit.length()).ok()?;
                let is_last_open = last.tomorrow().is_ok_and(|next| next < after);
                (starts.len() <= MOST_PARTS).then_some(Self { unit, starts, is_last_open, ..equal.clone() })
            })
            .unwrap_or(equal)
    }

    /// How many periods there are.
    pub(super) fn len(&self) -> usize {
        if self.unit == Unit::Equal { EQUAL_PARTS } else { self.starts.len() }
    }

    /// The period of the ticket at an index; `None` if it has no date.
    pub(super) fn part(&self, place: usize, time_us: i64) -> Option<usize> {
        if self.unit == Unit::Equal {
            return Some(place * EQUAL_PARTS / self.tickets.max(1));
        }
        let date = date(time_us).filter(|_| time_us != 0)?;
        self.starts.partition_point(|start| *start <= date).checked_sub(1)
    }

    /// The name of each period.
    pub(super) fn labels(&self) -> Vec<String> {
        if self.unit == Unit::Equal {
            return (1..=EQUAL_PARTS).map(|part| part.to_string()).collect();
        }
        self.starts.iter().map(|start| self.unit.label(*start)).collect()
    }
}

fn date(us: i64) -> Option<Date> {
    Some(Timestamp::from_microsecond(us).ok()?.to_zoned(TimeZone::UTC).date())
}

/// A day as people write it.
pub(super) fn day(us: i64) -> Option<String> {
    Some(date(us)?.strftime("%-d %B %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(written: &[&str]) -> Vec<i64> {
        written.iter().map(|time| format!("{time}T12:00:00Z").parse::<Timestamp>().unwrap().as_microsecond()).collect()
    }

    fn parts(written: &[&str]) -> (Unit, Vec<String>) {
        let timeline = Timeline::of(&times(written));
        (timeline.unit, timeline.labels())
    }

    #[test]
    fn the_unit_fits_the_span() {
        assert_eq!(
            parts(&["2025-03-04", "2025-03-06"]),
            (Unit::Day, ["4 Mar", "5 Mar", "6 Mar"].map(String::from).into())
        );
        assert_eq!(parts(&["2025-01-01", "2025-05-31"]).0, Unit::Week);
        assert_eq!(parts(&["2024-02-01", "2025-11-30"]).0, Unit::Month);
        assert_eq!(parts(&["2021-02-01", "2025-11-30"]).0, Unit::Quarter);
        assert_eq!(parts(&["2005-02-01", "2025-11-30"]).0, Unit::Year);
        assert_eq!(
            parts(&["1925-02-01", "2025-11-30"]).0,
            Unit::Equal,
            "a wrong date does not make a chart of a century"
        );
    }

    #[test]
    fn every_ticket_falls_into_the_part_that_holds_its_day() {
        let times = times(&["2025-01-01", "2025-01-05", "2025-01-06", "2025-03-31"]);
        let timeline = Timeline::of(&times);
        assert_eq!(timeline.labels()[..2], ["30 Dec", "6 Jan"]);
        let found: Vec<_> = times.iter().enumerate().map(|(place, time)| timeline.part(place, *time)).collect();
        assert_eq!(found, [Some(0), Some(0), Some(1), Some(timeline.len() - 1)]);
        assert!(timeline.is_last_open);
        assert_eq!(timeline.part(0, 0), None);
    }

    #[test]
    fn without_dates_parts_hold_equally_many_tickets() {
        let timeline = Timeline::of(&[0; 24]);
        assert_eq!(timeline.unit, Unit::Equal);
        assert_eq!((timeline.part(0, 0), timeline.part(23, 0)), (Some(0), Some(11)));
    }
}
