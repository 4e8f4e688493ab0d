//! Shorter pages of a list, for texts of which a hundred are too much for one answer.

use std::borrow::Cow;

use url::form_urlencoded::{Serializer, parse};

/// The usual page, and into how many a page is parted.
const USUAL: usize = 100;
pub(super) const PARTS: usize = 10;

/// A path with its base, the fields of its query without those of its page, how many rows a page has, and which one it is.
struct NumberedPage<'p> {
    base: &'p str,
    others: Vec<(Cow<'p, str>, Cow<'p, str>)>,
    rows: usize,
    number: usize,
}

impl<'p> NumberedPage<'p> {
    /// `None` where the pages have no numbers, or no stated size.
    fn of(path: &'p str) -> Option<Self> {
        let (base, query) = path.split_once('?')?;
        let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = parse(query.as_bytes()).collect();
        let field = |name: &str| fields.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_ref());
        if field("after").is_some() || field("before").is_some() {
            return None;
        }
        let rows = field("per_page")?.parse().ok()?;
        let number: usize = field("page").map_or(Some(1), |page| page.parse().ok())?;
        let others = fields.iter().filter(|(name, _)| name != "per_page" && name != "page").cloned().collect();
        Some(Self { base, others, rows, number }).filter(|page| page.number > 0)
    }

    fn path(&self, rows: usize, number: usize) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.others).append_pair("per_page", &rows.to_string());
        query.append_pair("page", &number.to_string());
        format!("{}?{}", self.base, query.finish())
    }
}

/// The same place of the same list with a tenth of the rows on each page. `None` if its pages are short already, or are not numbered.
pub(super) fn shorter(path: &str) -> Option<String> {
    let page = NumberedPage::of(path).filter(|page| page.rows == USUAL)?;
    let first = (page.number - 1).checked_mul(PARTS)? + 1;
    Some(page.path(USUAL / PARTS, first))
}

/// Where to read on behind a page that was read in tenths: once its last tenth is read, in usual pages.
pub(super) fn onward(next: String) -> String {
    let page =
        NumberedPage::of(&next).filter(|page| page.rows == USUAL / PARTS && (page.number - 1).is_multiple_of(PARTS));
    page.map(|page| page.path(USUAL, (page.number - 1) / PARTS + 1)).unwrap_or(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_on_in_tenths_of_it() {
        let read = |path: &str| shorter(path);
        assert_eq!(
            read("/repos/a/b/pulls?state=all&per_page=100").as_deref(),
            Some("/repos/a/b/pulls?state=all&per_page=10&page=1")
        );
        assert_eq!(read("/x?per_page=100&page=3&sort=created").as_deref(), Some("/x?sort=created&per_page=10&page=21"));
    }

    #[test]
    fn behind_the_last_tenth_of_a_page_the_next_is_read_whole() {
        let read = |path: &str| onward(path.to_owned());
        assert_eq!(read("/x?sort=created&per_page=10&page=31"), "/x?sort=created&per_page=100&page=4");
        for path in ["/x?per_page=10&page=30", "/x?per_page=100&page=11", "/x?page=11", "/x"] {
            assert_eq!(read(path), path);
        }
    }

    #[test]
    fn what_is_short_already_or_has_no_numbers_is_not_parted() {
        for path in ["/x", "/x?per_page=10&page=21", "/x?per_page=100&after=abc", "/x?per_page=100&page=0", "/x?page=2"]
        {
            assert_eq!(shorter(path), None, "{path}");
        }
    }
}
