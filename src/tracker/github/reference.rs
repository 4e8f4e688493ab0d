//! How people point to an issue: `#7`, `GH-7`, `owner/name#7`, or its address.

use crate::model::issue::{IssueRef, Repository};

/// Reads what a person wrote or pasted. A number alone only means an issue if there is a `home`.
pub(super) fn pointed_at(text: &str, home: Option<&Repository>) -> Option<IssueRef> {
    let text = text.trim();
    let here = home.and_then(|home| short(text, home).or_else(|| Some(IssueRef::new(home.clone(), positive(text)?))));
    here.or_else(|| whole(text))
}

/// Reads a reference as GitHub does in texts. `#7` is an issue of `home`.
pub(super) fn short(word: &str, home: &Repository) -> Option<IssueRef> {
    let number = word.strip_prefix('#').or_else(|| word.strip_prefix("GH-")).or_else(|| word.strip_prefix("gh-"));
    match number {
        Some(number) => Some(IssueRef::new(home.clone(), positive(number)?)),
        None => whole(word),
    }
}

/// Reads `https://HOST/OWNER/NAME/issues/NUMBER`, or `OWNER/NAME#NUMBER`.
fn whole(text: &str) -> Option<IssueRef> {
    if let Some((repository, number)) = text.rsplit_once('#')
        && !repository.contains("://")
    {
        return Some(IssueRef::new(Repository::parse(repository)?, positive(number)?));
    }
    let path = text.split_once("://")?.1.split_once('/')?.1;
    let mut parts = path.split(['/', '?', '#']);
    let (owner, name, issues, number) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if issues != "issues" {
        return None;
    }
    Some(IssueRef::new(Repository::parse(&format!("{owner}/{name}"))?, positive(number)?))
}

/// What stands before `OWNER/NAME/issues/NUMBER` in an issue's address.
pub(super) fn site(issue: &str) -> Option<&str> {
    let (path, _) = issue.split_once("/issues/").or_else(|| issue.split_once("/pull/"))?;
    path.rsplitn(3, '/').nth(2).filter(|site| site.contains("://"))
}

fn positive(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product() -> Repository {
        Repository::parse("acme/product").unwrap()
    }

    #[test]
    fn a_pasted_address_is_read() {
        let expected = Some(IssueRef::new(product(), 7));
        assert_eq!(pointed_at("https://github.com/acme/product/issues/7", None), expected);
        assert_eq!(pointed_at("https://github.com/acme/product/issues/7#issuecomment-1", None), expected);
        assert_eq!(pointed_at(" acme/product#7", None), expected);
        for wrong in [
            "",
            "7",
            "#7",
            "acme/product",
            "https://github.com/acme/product/pull/7",
            "acme/product#0",
            "a b/c#1",
            "../x#1",
        ] {
            assert_eq!(pointed_at(wrong, None), None, "{wrong}");
        }
    }

    #[test]
    fn a_number_means_an_issue_at_home() {
        for text in ["#7", "7", "GH-7", "acme/product#7"] {
            assert_eq!(pointed_at(text, Some(&product())), Some(IssueRef::new(product(), 7)), "{text}");
        }
        for wrong in ["it", "-7", "#0", "0", ""] {
            assert_eq!(pointed_at(wrong, Some(&product())), None, "{wrong}");
        }
    }
}
