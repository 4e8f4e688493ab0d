//! Shorter pages of a list, for texts of which a hundred are too much for one answer.

use std::borrow::Cow;

use url::form_urlencoded::{Serializer, parse};

/// The usual page, and into how many a page is parted.
const USUAL: usize = 100;
pub(super) const PARTS: usize = 10;

/// The same place of the same list with a tenth of the rows on each page. `None` if its pages are short already, or are not numbered.
pub(super) fn shorter(path: &str) -> Option<String> {
    let (base, query) = path.split_once('?')?;
    let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = parse(query.as_bytes()).collect();
    let field = |name: &str| fields.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_ref());
    if field("per_page")?.parse() != Ok(USUAL) || field("after").is_some() || field("before").is_some() {
        return None;
    }
    let page: usize = field("page").map_or(Some(1), |page| page.parse().ok())?;
    let first = page.checked_sub(1)?.checked_mul(PARTS)? + 1;
    let others = fields.iter().filter(|(name, _)| name != "per_page" && name != "page");
    let mut query = Serializer::new(String::new());
    query.extend_pairs(others).append_pair("per_page", &(USUAL / PARTS).to_string());
    query.append_pair("page", &first.to_string());
    Some(format!("{base}?{}", query.finish()))
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
    fn what_is_short_already_or_has_no_numbers_is_not_parted() {
        for path in ["/x", "/x?per_page=10&page=21", "/x?per_page=100&after=abc", "/x?per_page=100&page=0", "/x?page=2"]
        {
            assert_eq!(shorter(path), None, "{path}");
        }
    }
}
