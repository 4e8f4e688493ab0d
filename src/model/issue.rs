//! The issue: GitHub's, one for a topic, and never anything else.

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// Where the filing of a topic's issue is. The row exists before the call is made (G3).
    pub enum Filing {
        /// The intent is written; the call may be under way.
        Wanted = "wanted",
        /// The call's outcome is not known: it is looked up, never repeated blindly.
        Unclear = "unclear",
        /// The issue exists.
        Filed = "filed",
        /// GitHub refused; a person can try again.
        Refused = "refused",
        /// The issue was deleted, or we may not see it any more.
        Gone = "gone",
    }
}

words! {
    /// What GitHub says of the issue.
    pub enum IssueState {
        /// Open.
        Open = "open",
        /// Closed, whatever for. Closed is not shipped (G5).
        Closed = "closed",
    }
}

words! {
    /// Why GitHub says it was closed.
    pub enum CloseReason {
        /// Done, by somebody's word.
        Completed = "completed",
        /// Decided against.
        NotPlanned = "not_planned",
        /// The same as another issue.
        Duplicate = "duplicate",
    }
}

/// `owner/name` of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Repository(String);

impl Repository {
    /// Reads `owner/name`.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.trim().split_once('/')?;
        let fine = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                && part != "."
                && part != ".."
        };
        (fine(owner) && fine(name)).then(|| Self(format!("{owner}/{name}")))
    }

    /// `owner/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads `https://HOST/OWNER/NAME/issues/NUMBER`, or `OWNER/NAME#NUMBER`, as a person pastes it.
pub fn parse_reference(text: &str) -> Option<(Repository, i64)> {
    let text = text.trim();
    if let Some((repository, number)) = text.rsplit_once('#')
        && !repository.contains("://")
    {
        return Some((Repository::parse(repository)?, positive(number)?));
    }
    let path = text.split_once("://")?.1.split_once('/')?.1;
    let mut parts = path.split(['/', '?', '#']);
    let (owner, name, issues, number) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if issues != "issues" {
        return None;
    }
    Some((Repository::parse(&format!("{owner}/{name}"))?, positive(number)?))
}

fn positive(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_reference_is_read() {
        let expected = Some((Repository("acme/product".into()), 7));
        assert_eq!(parse_reference("https://github.com/acme/product/issues/7"), expected);
        assert_eq!(parse_reference("https://github.com/acme/product/issues/7#issuecomment-1"), expected);
        assert_eq!(parse_reference("acme/product#7"), expected);
        for wrong in
            ["", "acme/product", "https://github.com/acme/product/pull/7", "acme/product#0", "a b/c#1", "../x#1"]
        {
            assert_eq!(parse_reference(wrong), None, "{wrong}");
        }
    }
}
