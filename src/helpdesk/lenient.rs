//! Reads what vendors send, in whatever type they send it.
//!
//! One vendor sends an id as a string and the next as a number; tags are a list or a line of words; any field may be
//! missing. Nothing in this file fails: a value that cannot be read counts as absent.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::base::clock::Time;

/// An id or a short text: a string that is not empty, or a whole number.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// An id that is a whole number. Anything else is a placeholder that was not filled in.
pub(super) fn digits(text: &str) -> Option<String> {
    let id = !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    id.then(|| text.to_owned())
}

/// Tags: a list, or one line of words between spaces or commas.
pub(super) fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        Value::String(line) => line
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// A number as people write it: `1` for `1.0`, too.
pub(super) fn number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 => format!("{value:.0}"),
        _ => number.to_string(),
    }
}

/// A yes or no: a JSON boolean, a word, or a number, of which 0 alone is no. What else there is may be either.
pub(super) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => number.as_f64().map(|number| number != 0.0),
        Value::String(word) => match word.trim().to_lowercase().as_str() {
            "true" | "yes" | "1" | "y" | "t" | "on" => Some(true),
            "false" | "no" | "0" | "n" | "f" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// An instant: RFC 3339, a date with or without a time (in UTC), or the seconds, milliseconds or microseconds since 1970,
/// told apart by their size.
pub(super) fn time(value: &Value) -> Option<Time> {
    match value {
        Value::String(text) => time_of_text(text.trim()),
        Value::Number(number) => number.as_i64().and_then(time_of_number),
        _ => None,
    }
}

fn time_of_text(text: &str) -> Option<Time> {
    let civil = |at: jiff::civil::DateTime| at.to_zoned(jiff::tz::TimeZone::UTC).ok();
    Time::parse(text)
        .or_else(|| text.parse().ok().and_then(civil).map(|at| Time::from_micros(at.timestamp().as_microsecond())))
        .or_else(|| text.parse().ok().and_then(time_of_number))
}

/// A number that is too small for an instant of recent decades is something else, such as a year or an amount.
fn time_of_number(number: i64) -> Option<Time> {
    const SECONDS_FROM: i64 = 100_000_000; // 1973
    const MILLISECONDS_FROM: i64 = 100_000_000_000;
    const MICROSECONDS_FROM: i64 = 100_000_000_000_000;
    match number {
        ..SECONDS_FROM => None,
        SECONDS_FROM..MILLISECONDS_FROM => Some(Time::from_seconds(number)),
        MILLISECONDS_FROM..MICROSECONDS_FROM => Some(Time::from_micros(number.saturating_mul(1_000))),
        MICROSECONDS_FROM.. => Some(Time::from_micros(number)),
    }
}

/// For `#[serde(deserialize_with)]`: [`text`].
pub(super) fn de_text<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(source).map(|value| text(&value))
}

/// For `#[serde(deserialize_with)]`: [`words`].
pub(super) fn de_words<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    Value::deserialize(source).map(|value| words(&value))
}

/// For `#[serde(deserialize_with)]`: [`flag`].
pub(super) fn de_flag<'de, D: Deserializer<'de>>(source: D) -> Result<Option<bool>, D::Error> {
    Value::deserialize(source).map(|value| flag(&value))
}

/// For `#[serde(deserialize_with)]`: [`time`].
pub(super) fn de_time<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Time>, D::Error> {
    Value::deserialize(source).map(|value| time(&value))
}

/// For `#[serde(deserialize_with)]`: the value if it can be read as a `T`, else the default.
pub(super) fn de_or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    source: D,
) -> Result<T, D::Error> {
    Value::deserialize(source).map(|value| serde_json::from_value(value).unwrap_or_default())
}

/// For `#[serde(deserialize_with)]`: the rows of a list that can be read as a `T`, without the others.
pub(super) fn de_rows<'de, D: Deserializer<'de>, T: DeserializeOwned>(source: D) -> Result<Vec<T>, D::Error> {
    Ok(match Value::deserialize(source)? {
        Value::Array(rows) => rows.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect(),
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_may_be_a_string_or_a_number() {
        assert_eq!(text(&json!("5158")), Some("5158".into()));
        assert_eq!(text(&json!(u64::MAX)), Some("18446744073709551615".into()));
        for nothing in [json!(""), json!(" "), json!(null), json!(1.5), json!([1]), json!({}), json!(true)] {
            assert_eq!(text(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_yes_may_be_written_in_several_ways() {
        for yes in [json!(true), json!("True"), json!(" YES "), json!(1), json!(1.0), json!("1"), json!("on")] {
            assert_eq!(flag(&yes), Some(true), "{yes}");
        }
        for no in [json!(false), json!("No"), json!(0), json!(0.0), json!("off")] {
            assert_eq!(flag(&no), Some(false), "{no}");
        }
        for neither in [json!("perhaps"), json!(""), json!(null), json!([true]), json!({})] {
            assert_eq!(flag(&neither), None, "{neither}");
        }
    }

    #[test]
    fn tags_may_be_a_list_or_a_line() {
        assert_eq!(words(&json!(["a", 1, null])), ["a", "1"]);
        assert_eq!(words(&json!("a  b,c")), ["a", "b", "c"]);
        assert!(words(&json!(5)).is_empty());
    }

    #[test]
    fn an_instant_may_be_written_in_several_ways() {
        let at = Time::parse("2026-11-22T03:35:08Z");
        for written in [
            json!("2026-11-22T03:35:08Z"),
            json!("2026-11-22T04:35:08+01:00"),
            json!("2026-11-22 03:35:08"),
            json!("1795318508"),
            json!(1_795_318_508),
            json!(1_795_318_508_000_i64),
            json!(1_795_318_508_000_000_i64),
        ] {
            assert_eq!(time(&written), at, "{written}");
        }
        assert_eq!(time(&json!("2026-11-22")), Time::parse("2026-11-22T00:00:00Z"));
        for nothing in [json!("soon"), json!("2027"), json!(""), json!(null), json!(1.5), json!({})] {
            assert_eq!(time(&nothing), None, "{nothing}");
        }
    }
}
