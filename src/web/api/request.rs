//! What every request of the API says: how it came, and what it is about.

use crate::web::problem::{Problem, ProblemType};

/// How an API call is named where it is written down how something came about.
pub(super) const VIA: &str = "api";

/// Reads an id of a path or a body.
pub(super) fn id<T>(text: &str, parse: fn(&str) -> Option<T>, noun: &str) -> Result<T, Problem> {
    parse(text).ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no {noun} {text:?}.")))
}
