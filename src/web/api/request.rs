//! What every request of the API says: who acts, and what it is about.

use crate::{
    model::decision::Actor,
    web::problem::{Problem, ProblemType},
};

/// How an API call is named where it is written down how something came about.
pub(super) const VIA: &str = "api";

/// Who acts through the API.
pub(super) fn actor() -> Actor {
    Actor::admin()
}

/// Reads an id of a path or a body.
pub(super) fn id<T>(text: &str, parse: fn(&str) -> Option<T>, noun: &str) -> Result<T, Problem> {
    parse(text).ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no {noun} {text:?}.")))
}
