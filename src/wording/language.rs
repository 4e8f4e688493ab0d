//! The languages we write in, and dates said as people say them: "this morning", "on Tuesday 3 March", "in June".
//!
//! A date never names a day that is wrong for the reader. Where the reader's time zone is not known, the last hours are
//! "a few hours ago" and not "this morning", which would be a guess. What lies in the future by a clock's error is now.

mod dates;

use std::time::Duration;

use jiff::{civil::Date, tz::TimeZone};

use crate::base::clock::Time;

/// A language that we have every text in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English, as written everywhere.
    English,
    /// German, with Sie.
    German,
    /// French, with vous.
    French,
    /// Spanish, with usted.
    Spanish,
    /// Portuguese, with você.
    Portuguese,
    /// Dutch, with u.
    Dutch,
    /// Italian, with Lei.
    Italian,
    /// Japanese, in the polite form.
    Japanese,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Portuguese,
        Self::Dutch,
        Self::Italian,
        Self::Japanese,
    ];

    /// The primary subtag of BCP 47, which is also the name of the template's file.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::Dutch => "nl",
            Self::Italian => "it",
            Self::Japanese => "ja",
        }
    }

    /// Whether somebody fluent has read our texts. Where nobody has, an update is a draft only.
    pub const fn reviewed(self) -> bool {
        matches!(self, Self::English)
    }
}

/// The language for a helpdesk's locale such as `de`, `pt-BR` or `fr_CA`; English where we have none.
pub fn pick(locale: Option<&str>) -> Language {
    let primary = locale.unwrap_or_default().trim().split(['-', '_']).next().unwrap_or_default().to_lowercase();
    Language::ALL.iter().copied().find(|language| language.code() == primary).unwrap_or(Language::English)
}

/// How long ago, as precisely as people remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Less than two hours ago, on a day we cannot name.
    Moment,
    /// Less than eighteen hours ago, on a day we cannot name.
    Hours,
    /// On the reader's present day, before noon.
    Morning,
    /// On the reader's present day.
    Today,
    /// On the reader's day before.
    Yesterday,
    /// Within the last sixty days.
    Day(Date),
    /// Longer ago; the year only where it is not the present one.
    Month(Date, Option<i16>),
}

impl When {
    /// How long before `now` something was. `zone` is the reader's, where it is known.
    pub fn of(at: Time, now: Time, zone: Option<&TimeZone>) -> Self {
        let at = at.min(now);
        let day = |time: Time| time.timestamp().to_zoned(zone.cloned().unwrap_or(TimeZone::UTC));
        let (then, present) = (day(at), day(now));
        let days = (present.date() - then.date()).get_days();
        match zone {
            Some(_) if days == 0 && then.hour() < 12 => Self::Morning,
            Some(_) if days == 0 => Self::Today,
            Some(_) if days == 1 => Self::Yesterday,
            None if now.since(at) < Duration::from_hours(2) => Self::Moment,
            None if now.since(at) < Duration::from_hours(18) => Self::Hours,
            _ if days <= 60 => Self::Day(then.date()),
            _ => Self::Month(then.date(), (then.year() != present.year()).then(|| then.year())),
        }
    }

    /// As an adverb inside a sentence: `on Tuesday 3 March`, `heute Morgen`, `en juin`.
    pub fn say(self, language: Language) -> String {
        dates::say(self, language)
    }
}

/// A whole date for a page or an issue, in the order of the language: `3 March 2026`.
pub fn full_date(date: Date, language: Language) -> String {
    dates::full(date, language)
}

/// How long somebody has waited, in the largest fitting unit: `three weeks`, `four months`.
pub fn elapsed(from: Time, now: Time, language: Language) -> String {
    dates::elapsed(now.since(from), language)
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;

    fn at(text: &str) -> Time {
        Time::parse(text).expect("a time")
    }

    fn english(then: &str, now: &str, zone: Option<&TimeZone>) -> String {
        When::of(at(then), at(now), zone).say(Language::English)
    }

    #[test]
    fn a_locale_picks_a_language() {
        for (locale, language) in [
            (Some("de"), Language::German),
            (Some("pt-BR"), Language::Portuguese),
            (Some("FR_ca"), Language::French),
            (Some("xx"), Language::English),
            (Some(""), Language::English),
            (None, Language::English),
        ] {
            assert_eq!(pick(locale), language, "{locale:?}");
        }
    }

    #[test]
    fn near_times_are_said_by_the_readers_day() {
        let berlin = TimeZone::fixed(Offset::constant(1));
        let zone = Some(&berlin);
        assert_eq!(english("2026-03-03T08:00:00Z", "2026-03-03T15:00:00Z", zone), "this morning");
        assert_eq!(english("2026-03-03T13:00:00Z", "2026-03-03T15:00:00Z", zone), "today");
        // 23:30 UTC is half past midnight in Berlin: the reader's same day.
        assert_eq!(english("2026-03-02T23:30:00Z", "2026-03-03T15:00:00Z", zone), "this morning");
        assert_eq!(english("2026-03-02T22:30:00Z", "2026-03-03T15:00:00Z", zone), "yesterday");
    }

    #[test]
    fn without_a_zone_no_part_of_a_day_is_guessed() {
        assert_eq!(english("2026-03-03T14:30:00Z", "2026-03-03T15:00:00Z", None), "a little while ago");
        assert_eq!(english("2026-03-03T02:00:00Z", "2026-03-03T15:00:00Z", None), "a few hours ago");
        assert_eq!(english("2026-03-02T15:00:00Z", "2026-03-03T15:00:00Z", None), "on Monday 2 March");
    }

    #[test]
    fn far_times_are_dates_then_months_then_months_of_a_year() {
        let now = "2026-03-20T12:00:00Z";
        assert_eq!(english("2026-03-03T12:00:00Z", now, None), "on Tuesday 3 March");
        assert_eq!(english("2026-01-02T12:00:00Z", now, None), "in January");
        assert_eq!(english("2025-06-02T12:00:00Z", now, None), "in June 2025");
    }

    #[test]
    fn a_time_in_the_future_is_now() {
        assert_eq!(english("2026-03-20T12:00:00Z", "2026-03-03T12:00:00Z", None), "a little while ago");
        assert_eq!(english("2026-03-20T12:00:00Z", "2026-03-03T13:00:00Z", Some(&TimeZone::UTC)), "today");
    }

    #[test]
    fn waiting_is_said_in_the_largest_unit() {
        let now = at("2026-03-31T12:00:00Z");
        let since = |text| elapsed(at(text), now, Language::English);
        assert_eq!(since("2026-03-31T11:00:00Z"), "less than a day");
        assert_eq!(since("2026-03-28T11:00:00Z"), "three days");
        assert_eq!(since("2026-03-02T11:00:00Z"), "four weeks");
        assert_eq!(since("2025-12-20T11:00:00Z"), "three months");
        assert_eq!(since("2020-12-20T11:00:00Z"), "more than a year");
    }
}
