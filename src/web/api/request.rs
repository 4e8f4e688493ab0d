//! What every request of the API says: how it came, and what it is about.

use serde::{Deserialize as _, Deserializer, de::Error as _};

use crate::web::problem::{Problem, ProblemType};

/// How an API call is named where it is written down how something came about.
pub(super) const VIA: &str = "api";

/// Reads an id of a path or a body.
pub(super) fn id<T>(text: &str, parse: fn(&str) -> Option<T>, noun: &str) -> Result<T, Problem> {
    parse(text).ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no {noun} {text:?}.")))
}

/// Reads a whole number of a body. JSON has one kind of numbers, so `90.0` is 90.
pub(super) fn whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(body: D) -> Result<Option<T>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(body)? else { return Ok(None) };
    let written_with_a_point =
        || number.as_f64().filter(|it| it.fract() == 0.0).and_then(|it| format!("{it:.0}").parse::<i64>().ok());
    let whole = number.as_i64().or_else(written_with_a_point).and_then(|whole| T::try_from(whole).ok());
    whole
        .map(Some)
        .ok_or_else(|| D::Error::custom("a whole number was expected, and none that is too large or too small"))
}
