//! How lists are cut: `after` and `limit`, and the words that filter them.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    base::limits::LIST_ROWS_MAX,
    web::problem::{Problem, ProblemType},
};

/// How many rows a page of a list has by default.
const LIST_ROWS: i64 = 50;

/// Where a page of a list begins and how long it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Cut {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// How many rows at most, up to 200; 50 where it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

impl Cut {
    /// How many rows the page has at most.
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(LIST_ROWS).clamp(1, LIST_ROWS_MAX)
    }

    /// The row to begin after; each list has its own kind of cursor.
    pub fn after<T>(&self, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(text) = self.after.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
        let wrong =
            || Problem::saying(ProblemType::Malformed, "`after` is not a cursor of this list; take it from `next`.");
        parse(text).map(Some).ok_or_else(wrong)
    }

    /// Cuts off the one row that was fetched too many, and from it knows whether there is a next page.
    pub fn page<T>(&self, mut rows: Vec<T>, cursor: impl FnOnce(&T) -> String) -> (Vec<T>, Option<String>) {
        let wanted = usize::try_from(self.limit()).unwrap_or(usize::MAX);
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
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
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
    fn a_limit_is_held_between_one_and_the_most() {
        let limits = [None, Some(-4), Some(0), Some(7), Some(i64::MAX)].map(|limit| cut(limit, None).limit());
        assert_eq!(limits, [50, 1, 1, 7, LIST_ROWS_MAX]);
    }

    #[test]
    fn a_wrong_cursor_is_told() {
        assert!(cut(None, Some("x")).after(|text| text.parse::<u32>().ok()).is_err());
        assert!(matches!(cut(None, Some("7")).after(|text| text.parse::<u32>().ok()), Ok(Some(7))));
        assert!(matches!(cut(None, Some("")).after(|text| text.parse::<u32>().ok()), Ok(None)));
    }
}
