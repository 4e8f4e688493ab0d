//! The times of an export, however they are written. Without a time zone they are UTC.
//!
//! Whether 3/4/2025 is in March or in April is decided for a whole column: by which reading more of it is a time, and then by
//! which runs on more evenly, since exports are sorted. A time that no helpdesk can have is none.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use regex::Regex;

/// From 1990 to 2100, in microseconds since 1970: what lies outside was misread.
const BELIEVABLE_US: std::ops::Range<i64> = 631_152_000_000_000..4_133_980_800_000_000;
/// The same in seconds, and in days since the end of 1899, which is how spreadsheets count.
const BELIEVABLE_S: std::ops::Range<f64> = 631_152_000.0..4_133_980_800.0;
const BELIEVABLE_DAYS: std::ops::Range<f64> = 32_874.0..73_416.0;
/// Such days until 1970.
const DAYS_UNTIL_1970: f64 = 25_569.0;
/// An export cannot hold what was written later than this after it is read: clocks differ, and zones.
const AHEAD_US: i64 = 2 * 86_400 * 1_000_000;

static CLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[^\d:.])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s*([ap])\.?\s?m\b\.?)?").ok()
});
/// What may follow a time of day: `+0200`, `GMT+02:00`, `CET`.
static ZONE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^:?\s*(?:(?:GMT|UTC|Z)?([+-])(\d{1,2}):?(\d{2})?|([A-Z]{1,5})\b)").ok());
static SLASHED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d/\d{1,2}/\d").ok());

/// The beginnings of the months' names in languages of exports.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "mrz", "maa"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mag", "mei", "maj"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "out", "ott"],
    &["nov"],
    &["dec", "déc", "dez", "dic"],
];
/// What may stand in a date beside its numbers and its month.
#[rustfmt::skip]
const AROUND: [&str; 41] = [
    "t", "at", "on", "of", "the", "st", "nd", "rd", "th", "um", "uhr", "am", "à", "le", "de", "del", "a", "h", "年", "月", "日",
    "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "mo", "mi", "do",
];
/// Minutes east of Greenwich.
#[rustfmt::skip]
const ZONES: [(&str, i64); 23] = [
    ("Z", 0), ("UTC", 0), ("GMT", 0), ("WET", 0), ("WEST", 60), ("BST", 60), ("CET", 60), ("CEST", 120), ("MEZ", 60), ("MESZ", 120),
    ("EET", 120), ("EEST", 180), ("MSK", 180), ("IST", 330), ("JST", 540), ("AEST", 600), ("AEDT", 660), ("EST", -300), ("EDT", -240),
    ("CST", -360), ("CDT", -300), ("PST", -480), ("PDT", -420),
];

/// The order of a date's numbers where the year is last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// Reads the times of one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// How they are read, and how those are that this makes no sense of.
    orders: [DateOrder; 2],
}

impl Times {
    /// Decides by a column's values how it is to be read. `now_us` is the present, in microseconds since 1970.
    pub(super) fn of_column(values: &[String], now_us: i64) -> Self {
        let is_slashed = |value: &String| SLASHED.as_ref().is_some_and(|slashed| slashed.is_match(value));
        let [usual, other] = if values.iter().any(is_slashed) {
            [DateOrder::MonthFirst, DateOrder::DayFirst]
        } else {
            [DateOrder::DayFirst, DateOrder::MonthFirst]
        };
        let latest_us = now_us.saturating_add(AHEAD_US);
        let read = |order: DateOrder| -> Vec<i64> {
            let times = values.iter().filter_map(|value| believable(value, &[order]));
            times.filter(|time| *time <= latest_us).collect()
        };
        let (by_usual, by_other) = (read(usual), read(other));
        // Only what is far more even is evidence: a few tickets of one month run on evenly either way.
        let is_other = by_other.len() > by_usual.len()
            || by_other.len() == by_usual.len() && wandering(&by_other).saturating_mul(2) < wandering(&by_usual);
        Self { orders: if is_other { [other, usual] } else { [usual, other] } }
    }

    /// Microseconds since 1970 in UTC.
    pub(super) fn microseconds(self, written: &str) -> Option<i64> {
        believable(written, &self.orders)
    }
}

/// How far it is in all from each time to the next.
fn wandering(times_us: &[i64]) -> u64 {
    times_us.windows(2).map(|two| two[0].abs_diff(two[1])).fold(0, u64::saturating_add)
}

/// The time, by the first of these orders that makes one of it which a helpdesk can have.
fn believable(written: &str, orders: &[DateOrder]) -> Option<i64> {
    let text = tidied(written);
    if let Some(time) = from_number(&text) {
        return Some(time);
    }
    let is_believable = |time: &i64| BELIEVABLE_US.contains(time);
    let standard = || text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond);
    let local = || text.parse::<DateTime>().ok().and_then(in_utc);
    let spelled = || orders.iter().find_map(|order| spelled(&text, *order).filter(is_believable));
    standard().filter(is_believable).or_else(|| local().filter(is_believable)).or_else(spelled)
}

/// Without odd spaces, and without what JavaScript puts in brackets behind a date.
fn tidied(written: &str) -> String {
    let end = written.find(['(', '[']).unwrap_or(written.len());
    let plain = written[..end].chars().map(|letter| match letter {
        '時' | '时' | '分' => ':',
        '秒' => ' ',
        '\u{2212}' => '-',
        letter if letter.is_whitespace() => ' ',
        letter => letter,
    });
    plain.collect::<String>().trim_matches([' ', '\'', '"']).to_owned()
}

fn in_utc(time: DateTime) -> Option<i64> {
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_microsecond())
}

/// Seconds, milliseconds or less since 1970, or a spreadsheet's days: what they mean lies far apart.
fn from_number(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    if !is_number {
        return None;
    }
    let number: f64 = text.replace(',', ".").parse().ok()?;
    let seconds = if BELIEVABLE_DAYS.contains(&number) {
        ((number - DAYS_UNTIL_1970) * 86_400.0).round()
    } else {
        [1.0, 1e3, 1e6, 1e9].iter().map(|unit| number / unit).find(|seconds| BELIEVABLE_S.contains(seconds))?
    };
    #[expect(clippy::cast_possible_truncation, reason = "it was just seen to lie before the year 2101")]
    let microseconds = (seconds * 1e6).round() as i64;
    Some(microseconds)
}

/// A date and perhaps a time of day, in any of the ways in which people and programs write them.
fn spelled(text: &str, order: DateOrder) -> Option<i64> {
    let Some(clock) = CLOCK.as_ref()?.captures(text) else {
        return in_utc(date(text, order)?.to_datetime(jiff::civil::Time::midnight()));
    };
    let number = |at: usize| clock.get(at).map_or(Some(0), |found| found.as_str().parse::<i8>().ok());
    let hour = match (number(1)?, clock.get(4).map(|half| half.as_str().to_ascii_lowercase())) {
        (hour @ 1..=12, Some(half)) => hour % 12 + if half == "p" { 12 } else { 0 },
        (hour, _) => hour,
    };
    // The letter in front of the hour is matched too, and belongs to the date.
    let (begins, ends) = (clock.get(1)?.start(), clock.get(0)?.end());
    let (offset_minutes, after) = zone(&text[ends..]);
    let date = date(&format!("{} {after}", &text[..begins]), order)?;
    let time = jiff::civil::Time::new(hour, number(2)?, number(3)?, 0).ok()?;
    in_utc(date.to_datetime(time))?.checked_sub(offset_minutes * 60_000_000)
}

/// How many minutes east of Greenwich, and what follows.
fn zone(text: &str) -> (i64, &str) {
    let Some(found) = ZONE.as_ref().and_then(|zone| zone.captures(text)) else { return (0, text) };
    let rest = &text[found.get(0).map_or(0, |whole| whole.end())..];
    if let Some(name) = found.get(4) {
        let known = ZONES.iter().find(|(zone, _)| *zone == name.as_str());
        return known.map_or((0, text), |(_, minutes)| (*minutes, rest));
    }
    let number = |at: usize| found.get(at).and_then(|digits| digits.as_str().parse::<i64>().ok()).unwrap_or(0);
    let minutes = number(2) * 60 + number(3);
    (if found.get(1).is_some_and(|sign| sign.as_str() == "-") { -minutes } else { minutes }, rest)
}

/// The date in a text that holds nothing else.
fn date(text: &str, order: DateOrder) -> Option<jiff::civil::Date> {
    let mut numbers: Vec<(i16, usize)> = Vec::new();
    let mut month = None;
    for word in words(text) {
        if word.starts_with(|letter: char| letter.is_ascii_digit()) {
            numbers.push((word.parse().ok()?, word.len()));
        } else if !AROUND.contains(&word.as_str()) {
            month = Some(named_month(&word).filter(|_| month.is_none())?);
        }
    }
    let ((year, digits), month, day) = match (month, numbers.as_slice()) {
        (Some(month), [(day, 1 | 2), year @ (_, 2 | 4)] | [year @ (_, 4), (day, 1 | 2)]) => (*year, month, *day),
        (None, [year @ (_, 4), (month, 1 | 2), (day, 1 | 2)]) => (*year, *month, *day),
        (None, [(first, 1 | 2), (second, 1 | 2), year @ (_, 2 | 4)]) => match order {
            DateOrder::DayFirst => (*year, *second, *first),
            DateOrder::MonthFirst => (*year, *first, *second),
        },
        _ => return None,
    };
    let year = if digits == 4 { year } else { year + if year < 70 { 2_000 } else { 1_900 } };
    jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The runs of digits and of letters, in lower case.
fn words(text: &str) -> Vec<String> {
    let sort = |letter: char| match letter {
        '年' | '月' | '日' => 3,
        letter if letter.is_ascii_digit() => 1,
        letter if letter.is_alphabetic() => 2,
        _ => 0,
    };
    let mut words: Vec<String> = Vec::new();
    let mut before = 0;
    for letter in text.chars() {
        let here = sort(letter);
        if here != before {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| here != 0) {
            word.extend(letter.to_lowercase());
        }
        before = here;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn named_month(word: &str) -> Option<i16> {
    let at = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    i16::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In 2027, so that all of these lie in the past.
    const NOW_US: i64 = 1_800_000_000_000_000;

    fn column(values: &[&str]) -> Vec<String> {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let times = Times::of_column(&values, NOW_US);
        let read = |value: &String| {
            let us = times.microseconds(value);
            us.map_or_else(|| "none".to_owned(), |us| Timestamp::from_microsecond(us).unwrap().to_string())
        };
        values.iter().map(read).collect()
    }

    fn one(value: &str) -> String {
        column(&[value]).remove(0)
    }

    #[test]
    fn times_are_read_however_helpdesks_write_them() {
        for written in [
            "2025-03-04T15:06:00Z",
            "2025-03-04T17:06:00+02:00",
            "2025-03-04T17:06:00.000+0200",
            "2025-03-04 15:06:00 UTC",
            "2025-03-04 15:06:00 +0000",
            "2025-03-04 16:06:00 CET",
            "2025-03-04 15:06",
            "2025/03/04 15:06",
            "2025年3月4日 15時06分",
            "04.03.2025 15:06",
            "4.3.25 15:06",
            "04.03.2025, 15:06 Uhr",
            "3/4/2025 3:06 PM",
            "3/4/25 15:06",
            "03/04/2025 15:06",
            "3/4/2025, 3:06:00\u{202f}PM",
            "04/Mar/25 3:06 PM",
            "04/Mar/25 15:06",
            "Mar 4, 2025, 3:06 PM",
            "March 4, 2025 03:06 PM",
            "March 4th, 2025 at 3:06 p.m.",
            "4 Mar 2025 15:06",
            "4. März 2025 15:06",
            "Tue, 4 Mar 2025 15:06:00 +0000",
            "Tue Mar 04 2025 17:06:00 GMT+0200 (Eastern European Standard Time)",
            "Tue Mar  4 15:06:00 UTC 2025",
            "1741100760",
            "1741100760.0",
            "1741100760000",
            "45720.6291666667",
            "45720,6291666667",
        ] {
            assert_eq!(one(written), "2025-03-04T15:06:00Z", "{written}");
        }
        assert_eq!(one("March 4, 2025"), "2025-03-04T00:00:00Z");
        assert_eq!(one("45720"), "2025-03-04T00:00:00Z");
    }

    #[test]
    fn what_no_helpdesk_can_have_is_no_time() {
        for written in [
            "yesterday",
            "",
            "17",
            "0026-01-10 14:05",
            "0010-01-26",
            "1899-12-30",
            "Q3 2025",
            "13/13/2025",
            "25:61",
            "v2.4.1",
        ] {
            assert_eq!(one(written), "none", "{written}");
        }
    }

    #[test]
    fn one_day_above_twelve_tells_the_order_of_a_whole_column() {
        assert_eq!(column(&["2/3/2025", "31/1/2025"])[0], "2025-03-02T00:00:00Z");
        assert_eq!(column(&["2/3/2025", "1/31/2025"])[0], "2025-02-03T00:00:00Z");
        assert_eq!(column(&["1.10.26 14:05", "13.10.26 9:00"])[0], "2026-10-01T14:05:00Z");
    }

    #[test]
    fn the_reading_that_runs_on_evenly_is_believed_and_none_that_lies_ahead() {
        let british = ["1/2/2025", "2/2/2025", "3/2/2025", "4/2/2025", "5/2/2025"];
        assert_eq!(column(&british)[4], "2025-02-05T00:00:00Z");
        let american = ["2/1/2025", "2/2/2025", "2/3/2025", "2/4/2025", "2/5/2025"];
        assert_eq!(column(&american)[4], "2025-02-05T00:00:00Z");
        // It is January of 2027: what is meant cannot be in June.
        assert_eq!(column(&["6/1/2027"])[0], "2027-01-06T00:00:00Z");
    }
}
