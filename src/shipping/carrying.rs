//! The words that carry a fix over to another release line: git's own trailer, and what people and robots write.

use super::undoing::{hashes, numbers};
use crate::model::issue::Repository;

/// The commits that a message says it was picked from: `(cherry picked from commit <sha>)`, git's own words.
pub(crate) fn picked_from(message: &str) -> Vec<String> {
    let ends = message.split("(cherry picked from commit ").skip(1);
    let hashes = ends.map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>());
    hashes.filter(|hash| hash.len() >= 7).map(|hash| hash.to_ascii_lowercase()).collect()
}

/// Whether a text speaks of carrying something over to another release line.
pub(crate) fn speaks_of_carrying(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "backport",
        "back-port",
        "back port",
        "cherry-pick",
        "cherry pick",
        "cherrypick",
        "forward-port",
        "forwardport",
        "uplift",
    ];
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// The pull requests and the commits that such a text names: `Backport 1/1 commits from #2`, `Backport <sha> from #2`.
pub(crate) fn carried_over(text: &str, home: &Repository) -> (Vec<i64>, Vec<String>) {
    if speaks_of_carrying(text) { (numbers(text, home), hashes(text)) } else { (Vec::new(), Vec::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_names_what_was_picked() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(picked_from(&format!("Fix\n\n(cherry picked from commit {sha})")), [sha]);
        assert!(picked_from("(cherry picked from commit abc)").is_empty(), "too short to mean one commit");
    }

    #[test]
    fn what_is_carried_over_is_named_in_many_ways() {
        let home = Repository::parse("acme/product").unwrap();
        for text in [
            "Backport 0123abcd from #2.",
            "This will backport the following commits from `main` to `2.3`:\n - [Write the last row (#2)](https://github.com/acme/product/pull/2)",
            "Backport 1/1 commits from #2.",
            "[2.3] Cherry-pick of acme/product#2",
            "Automated cherry pick of #2: write the last row",
        ] {
            assert!(carried_over(text, &home).0.contains(&2), "{text}");
        }
        assert_eq!(carried_over("Backport 0123abcd from #2.", &home).1, ["0123abcd"]);
        assert!(carried_over("See #2", &home).0.is_empty());
    }
}
