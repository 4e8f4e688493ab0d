//! How lists are cut: `after` and `limit`, and the words that filter them.

use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    base::limits::LIST_ROWS_MAX,
    web::problem::{Problem, ProblemType},
};

/// How many rows a page of a list has by default.
pub const LIST_ROWS: i64 = 50;

/// Where a page of a list begins and how long it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Cut {
    /// The `next` of the page before.
    #[param(format = Uuid)]
    pub after: Option<String>,
    /// How many rows at most, up to 200; 50 where it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// How many rows are wanted at most, if somebody says so.
pub fn rows_wanted(limit: Option<i64>) -> Result<Option<i64>, Problem> {
    let wrong = || Problem::saying(ProblemType::Malformed, format!("`limit` is between 1 and {LIST_ROWS_MAX}."));
    match limit {
        Some(limit) if !(1..=LIST_ROWS_MAX).contains(&limit) => Err(wrong()),
        limit => Ok(limit),
    }
}

/// The cursor of a list whose rows are found by a number. Every cursor looks like an id, so that the description can say how it looks.
pub fn cursor_at(place: u64) -> String {
    Uuid::from_u128(u128::from(place)).to_string()
}

/// The number in such a cursor.
pub fn place_at(cursor: &str) -> Option<u64> {
    Uuid::parse_str(cursor).ok().map(|cursor| u64::try_from(cursor.as_u128()).unwrap_or(u64::MAX))
}

impl Cut {
    /// How many rows the page has at most.
    pub fn limit(&self) -> Result<i64, Problem> {
        Ok(rows_wanted(self.limit)?.unwrap_or(LIST_ROWS))
    }

    /// The row to begin after; each list has its own kind of cursor.
    pub fn after<T>(&self, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(text) = self.after.as_deref() else { return Ok(None) };
        let wrong =
            || Problem::saying(ProblemType::Malformed, "`after` is not a cursor of this list; take it from `next`.");
        parse(text).map(Some).ok_or_else(wrong)
    }

    /// Cuts off the one row that was fetched too many, and from it knows whether there is a next page.
    pub fn page<T>(&self, mut rows: Vec<T>, cursor: impl FnOnce(&T) -> String) -> (Vec<T>, Option<String>) {
        let wanted = usize::try_from(self.limit.unwrap_or(LIST_ROWS)).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next = rows.last().filter(|_| more).map(cursor);
        (rows, next)
    }
}

/// Reads an optional word of a query. The answer to an unknown word lists the known ones.
pub fn word<T: Copy + 'static>(
    name: &str,
    text: Option<&str>,
    parse: fn(&str) -> Option<T>,
    known: &[&str],
) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || Problem::saying(ProblemType::Malformed, format!("`{name}` is one of {}.", known.join(", ")));
    parse(text).map(Some).ok_or_else(wrong)
}

/// The words of an enum, for [`word`].
macro_rules! all_words {
    ($type:ty) => {
        &<$type>::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()
    };
}
pub(crate) use all_words;

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(limit: Option<i64>, after: Option<&str>) -> Cut {
        Cut { after: after.map(str::to_owned), limit }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let two = cut(Some(2), None);
        assert_eq!(two.page(vec![1, 2, 3], ToString::to_string), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(two.page(vec![1, 2], ToString::to_string), (vec![1, 2], None));
        assert_eq!(two.page(Vec::<i32>::new(), ToString::to_string), (vec![], None));
    }

    #[test]
    fn a_limit_that_no_page_has_is_refused() {
        let limits = [None, Some(1), Some(7), Some(LIST_ROWS_MAX)].map(|limit| cut(limit, None).limit().ok());
        assert_eq!(limits, [Some(50), Some(1), Some(7), Some(LIST_ROWS_MAX)]);
        assert!([-4, 0, LIST_ROWS_MAX + 1, i64::MAX].iter().all(|limit| cut(Some(*limit), None).limit().is_err()));
    }

    #[test]
    fn a_wrong_cursor_is_told() {
        let after = |text: &str| cut(None, Some(text)).after(place_at);
        assert!(after("x").is_err() && after("7").is_err() && after("").is_err());
        assert!(matches!(after(&cursor_at(7)), Ok(Some(7))));
        assert!(matches!(after(&cursor_at(u64::MAX)), Ok(Some(u64::MAX))));
        assert!(matches!(after("0197a000-0000-7000-8000-000000000000"), Ok(Some(u64::MAX))), "of another list");
        assert!(matches!(cut(None, None).after(place_at), Ok(None)));
    }
}
