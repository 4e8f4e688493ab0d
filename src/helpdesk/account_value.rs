//! An organization's account value: revenue and renewal date, from fields that people fill in by hand.
//!
//! People write revenue as `412000`, `€412k` or `1.234.567,89`, and a date as `2027-03-31` or `31.03.2027`. An ambiguous
//! value is ignored: a wrong figure is worse than none.

use serde_json::Value;

use super::lenient;
use crate::{
    base::{clock::Time, limits},
    model::currency::{WrittenCurrency, without_codes},
};

/// Cents from a number, or from text with a currency, separators and a `k`, `m` or `bn` after it.
pub(super) fn cents(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => cents_of(number.as_f64()?),
        Value::String(text) => cents_of(amount(text)?),
        _ => None,
    }
}

/// What an amount is written with, if a currency is.
pub(super) fn currency(value: &Value) -> Option<WrittenCurrency> {
    value.as_str().and_then(WrittenCurrency::of)
}

#[expect(clippy::cast_possible_truncation, reason = "checked against the range a moment before")]
fn cents_of(amount: f64) -> Option<i64> {
    const MOST: f64 = 9e13; // cents stay exact in a double, and in JSON, up to 2^53
    let possible = amount.is_finite() && (0.0..=MOST).contains(&amount);
    let cents = possible.then(|| (amount * 100.0).round() as i64);
    cents.filter(|cents| *cents <= limits::REVENUE_CENTS)
}

fn amount(text: &str) -> Option<f64> {
    let text = without_codes(text).trim().to_lowercase();
    let start = text.find(|c: char| c.is_ascii_digit())?;
    if text[..start].contains('-') {
        return None;
    }
    let length = text[start..].find(|c: char| !(c.is_ascii_digit() || is_separator(c))).unwrap_or(text.len() - start);
    let (figures, rest) = text[start..].split_at(length);
    let multiplier = multiplier(rest)?;
    plain_number(figures, multiplier > 1.0)?.parse::<f64>().ok().map(|number| number * multiplier)
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '’' | '_') || c.is_whitespace()
}

/// The factor for the word after the digits; `None` if the word is not understood.
fn multiplier(rest: &str) -> Option<f64> {
    let word: String = rest.chars().filter(|c| c.is_alphanumeric()).collect();
    let unit = ["eur", "euro", "euros", "usd", "gbp", "chf", "dollars"]
        .iter()
        .find_map(|currency| word.strip_suffix(currency))
        .unwrap_or(&word);
    match unit {
        "" => Some(1.0),
        "k" | "tsd" | "thousand" => Some(1e3),
        "m" | "mm" | "mio" | "mn" | "million" => Some(1e6),
        "b" | "bn" | "mrd" | "billion" => Some(1e9),
        _ => None,
    }
}

/// Removes thousands separators and leaves a decimal point. A single separator with exactly three digits after it
/// separates thousands (`412.000`), unless a multiplier follows (`1.250m`).
fn plain_number(figures: &str, multiplied: bool) -> Option<String> {
    let figures = figures.trim_end_matches(is_separator);
    let last = figures.rfind(['.', ',']);
    let decimal = last.filter(|at| {
        let mark = figures[*at..].chars().next();
        let once = figures.chars().filter(|c| Some(*c) == mark).count() == 1;
        let both = figures.contains('.') && figures.contains(',');
        let digits = figures[at + 1..].len();
        once && (both || digits != 3 || multiplied || figures.starts_with('0'))
    });
    let whole = &figures[..decimal.unwrap_or(figures.len())];
    let fraction = decimal.map_or("", |at| &figures[at + 1..]);
    let muddled = last.is_some() && decimal.is_none() && figures.contains('.') && figures.contains(',');
    if muddled || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    Some(format!("{whole}.{fraction}0"))
}

/// A day: as [`lenient::time`], `2027/03/31` or `31.03.2027`. With slashes and the year last it is ambiguous and ignored.
pub(super) fn day(value: &Value) -> Option<Time> {
    lenient::time(value).or_else(|| {
        let text = value.as_str()?.trim();
        let (mark, year_first) = if text.contains('/') { ('/', true) } else { ('.', false) };
        let mut parts: Vec<&str> = text.split(mark).collect();
        if !year_first {
            parts.reverse();
        }
        let [year, month, day] = parts.try_into().ok()?;
        let date = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
        (year.len() == 4)
            .then(|| date.to_zoned(jiff::tz::TimeZone::UTC).ok())?
            .map(|at| Time::from_micros(at.timestamp().as_microsecond()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn revenue_is_read_as_people_write_it() {
        for (written, cents_meant) in [
            (json!(412_000), 41_200_000),
            (json!(412_000.5), 41_200_050),
            (json!("412000"), 41_200_000),
            (json!("€412k"), 41_200_000),
            (json!("412 k EUR"), 41_200_000),
            (json!("$1.2M"), 120_000_000),
            (json!("1,25 Mio €"), 125_000_000),
            (json!("1.250m"), 125_000_000),
            (json!("1,234,567.89"), 123_456_789),
            (json!("1.234.567,89 €"), 123_456_789),
            (json!("CHF 1'200'000"), 120_000_000),
            (json!("412 000"), 41_200_000),
            (json!("412.000"), 41_200_000),
            (json!("0.125"), 13),
            (json!("99.5"), 9_950),
            (json!("USD 2bn"), 200_000_000_000),
            (json!("412 000 SEK"), 41_200_000),
        ] {
            assert_eq!(cents(&written), Some(cents_meant), "{written}");
        }
    }

    #[test]
    fn what_is_no_amount_is_absent() {
        for written in ["", "unknown", "-5", "12 per seat", "10-20k", "1,2.3,4", "9999999999999999999999"] {
            assert_eq!(cents(&json!(written)), None, "{written}");
        }
        for value in [json!(null), json!(-1), json!([1]), json!(1e300), json!(1e12)] {
            assert_eq!(cents(&value), None, "{value}");
        }
    }

    #[test]
    fn a_renewal_is_read_only_where_it_is_clear() {
        let meant = Time::parse("2027-03-31T00:00:00Z");
        for written in ["2027-03-31", "2027-03-31T00:00:00+00:00", "2027/03/31", "31.03.2027", "31.3.2027"] {
            assert_eq!(day(&json!(written)), meant, "{written}");
        }
        for written in ["03/04/2027", "Q3", "", "31.02.2027", "1.2.3.4"] {
            assert_eq!(day(&json!(written)), None, "{written}");
        }
    }
}
