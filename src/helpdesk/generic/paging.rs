//! How the pages of a list follow each other: by a cursor in each answer, or counted.

use super::{place::BodyPlace, template::RequestTemplate};

/// How the pages of one list follow each other.
#[derive(Clone, Copy)]
pub(super) enum Paging<'p> {
    /// There is only one.
    One,
    /// By the cursor at this place.
    ByCursor(&'p BodyPlace),
    /// By their number, until one is empty.
    ByNumber,
}

impl<'p> Paging<'p> {
    const NUMBER: &'static str = "{page}";

    pub(super) fn of(path: &str, next: Option<&'p BodyPlace>) -> Self {
        match next {
            _ if path.contains(Self::NUMBER) => Self::ByNumber,
            Some(next) => Self::ByCursor(next),
            None => Self::One,
        }
    }

    pub(super) fn check(path: &str, next: Option<&BodyPlace>) -> Result<(), String> {
        RequestTemplate::get(path).check(&["ticket", "after", "page"])?;
        match (path.contains(Self::NUMBER), next.is_some()) {
            (true, true) => Err("{page} and next exclude each other".to_owned()),
            (false, true) if !path.contains("{after}") => {
                Err("{after} must stand where the cursor of the next page goes".to_owned())
            }
            _ => Ok(()),
        }
    }
}
