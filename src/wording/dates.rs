//! Dates said as people say them: "a few hours ago", "on Tuesday 3 March", "in June".
//!
//! No day is named that could be wrong for the reader: the time zone they live in is not known, so the last hours are
//! "a few hours ago" and not "this morning". What lies in the future, by the error of some clock, is now.

use std::time::Duration;

use jiff::civil::Date;

use super::{
    language::Language,
    phrases::{DatePhrases, phrases},
    text,
};
use crate::base::clock::Time;

/// How long ago something was, as precisely as people remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpokenDate {
    /// Less than two hours ago.
    Moment,
    /// Less than eighteen hours ago.
    Hours,
    /// Within the last sixty days.
    Day(Date),
    /// Longer ago, in the present year.
    Month(Date),
    /// Longer ago, in another year.
    MonthOfYear(Date),
}

impl SpokenDate {
    /// How long before `now` something was.
    pub(super) fn of(at: Time, now: Time) -> Self {
        let at = at.min(now);
        let (then, present) = (at.date(), now.date());
        if now.since(at) < Duration::from_hours(2) {
            Self::Moment
        } else if now.since(at) < Duration::from_hours(18) {
            Self::Hours
        } else if (present - then).get_days() <= 60 {
            Self::Day(then)
        } else if then.year() == present.year() {
            Self::Month(then)
        } else {
            Self::MonthOfYear(then)
        }
    }

    /// As an adverb inside a sentence: `on Tuesday 3 March`, `vor einigen Stunden`, `en juin`.
    pub(super) fn in_words(self, language: Language) -> String {
        let dates = &phrases(language).dates;
        match self {
            Self::Moment => dates.moment.clone(),
            Self::Hours => dates.hours.clone(),
            Self::Day(date) => fill(&dates.day, date, dates),
            Self::Month(date) => dates.in_month[month(date)].clone(),
            Self::MonthOfYear(date) => fill(&dates.in_month_of_year, date, dates),
        }
    }
}

/// A whole date for an issue, in the order of the language: `3 March 2026`.
pub(super) fn full_date(date: Date, language: Language) -> String {
    let dates = &phrases(language).dates;
    fill(&dates.full_date, date, dates)
}

/// How long somebody has waited, in the largest unit that fits: `three weeks`, `four months`.
pub(super) fn elapsed(from: Time, now: Time, language: Language) -> String {
    let waited = &phrases(language).waited;
    let days = now.since(from).as_secs() / 86_400;
    let (number, unit) = match days {
        0 => return waited.under_a_day.clone(),
        1..13 => (days, &waited.days),
        13..70 => ((days + 3) / 7, &waited.weeks), // to the nearest week, at least two
        70..366 => ((days / 30).min(12), &waited.months),
        _ => return waited.over_a_year.clone(),
    };
    let spelled = usize::try_from(number).ok().and_then(|at| waited.numbers.get(at));
    let spelled = spelled.cloned().unwrap_or_else(|| number.to_string());
    let unit = if number == 1 { &unit.one } else { &unit.many };
    text::fill(&waited.pattern, &[("number", &spelled), ("unit", unit)])
}

fn fill(pattern: &str, date: Date, dates: &DatePhrases) -> String {
    let day = if date.day() == 1 { dates.first_of_month.clone() } else { date.day().to_string() };
    let values = [
        ("day", day.as_str()),
        ("month", &dates.months[month(date)]),
        ("in_month", &dates.in_month[month(date)]),
        ("year", &date.year().to_string()),
        ("weekday", &dates.weekdays[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0).min(6)]),
    ];
    text::fill(pattern, &values)
}

/// The place of a date's month among twelve.
fn month(date: Date) -> usize {
    usize::try_from(date.month() - 1).unwrap_or(0).min(11)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse(text).expect("a time")
    }

    fn said(then: &str, now: &str, language: Language) -> String {
        SpokenDate::of(at(then), at(now)).in_words(language)
    }

    fn english(then: &str, now: &str) -> String {
        said(then, now, Language::English)
    }

    #[test]
    fn near_times_name_no_part_of_a_day() {
        assert_eq!(english("2026-03-03T14:30:00Z", "2026-03-03T15:00:00Z"), "a little while ago");
        assert_eq!(english("2026-03-03T02:00:00Z", "2026-03-03T15:00:00Z"), "a few hours ago");
        assert_eq!(english("2026-03-02T15:00:00Z", "2026-03-03T15:00:00Z"), "on Monday 2 March");
    }

    #[test]
    fn far_times_are_dates_then_months_then_months_of_a_year() {
        let now = "2026-03-20T12:00:00Z";
        assert_eq!(english("2026-03-03T12:00:00Z", now), "on Tuesday 3 March");
        assert_eq!(english("2026-01-02T12:00:00Z", now), "in January");
        assert_eq!(english("2025-06-02T12:00:00Z", now), "in June 2025");
    }

    #[test]
    fn a_time_in_the_future_is_now() {
        assert_eq!(english("2026-03-20T12:00:00Z", "2026-03-03T12:00:00Z"), "a little while ago");
    }

    #[test]
    fn every_language_says_dates_in_its_own_order() {
        for (language, day, month, year, full) in [
            (Language::English, "on Sunday 1 March", "in January", "in August 2025", "1 March 2026"),
            (Language::German, "am 1. März", "im Januar", "im August 2025", "1. März 2026"),
            (Language::French, "le dimanche 1er mars", "en janvier", "en août 2025", "1er mars 2026"),
            (Language::Spanish, "el domingo 1 de marzo", "en enero", "en agosto de 2025", "1 de marzo de 2026"),
            (Language::Portuguese, "em 1 de março", "em janeiro", "em agosto de 2025", "1 de março de 2026"),
            (Language::Dutch, "op zondag 1 maart", "in januari", "in augustus 2025", "1 maart 2026"),
            (Language::Italian, "domenica 1 marzo", "a gennaio", "ad agosto 2025", "1 marzo 2026"),
            (Language::Japanese, "3月1日(日)に", "1月に", "2025年8月に", "2026年3月1日"),
        ] {
            let now = "2026-03-20T12:00:00Z";
            assert_eq!(said("2026-03-01T12:00:00Z", now, language), day);
            assert_eq!(said("2026-01-02T12:00:00Z", now, language), month);
            assert_eq!(said("2025-08-02T12:00:00Z", now, language), year);
            assert_eq!(full_date(at("2026-03-01T12:00:00Z").date(), language), full);
        }
    }

    #[test]
    fn waiting_is_said_in_the_largest_unit() {
        let now = at("2026-03-31T12:00:00Z");
        let since = |text| elapsed(at(text), now, Language::English);
        assert_eq!(since("2026-03-31T11:00:00Z"), "less than a day");
        assert_eq!(since("2026-03-30T11:00:00Z"), "one day");
        assert_eq!(since("2026-03-28T11:00:00Z"), "three days");
        assert_eq!(since("2026-03-02T11:00:00Z"), "four weeks");
        assert_eq!(since("2025-12-20T11:00:00Z"), "three months");
        assert_eq!(since("2020-12-20T11:00:00Z"), "more than a year");
        assert_eq!(elapsed(at("2026-03-28T11:00:00Z"), now, Language::Japanese), "3日");
    }
}
