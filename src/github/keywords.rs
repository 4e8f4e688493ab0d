//! Closing keywords: `Fixes #7`, as GitHub reads them in pull requests and commits.
//!
//! What stands in code, in a fence or in an HTML comment (many templates carry one) does not count, as on GitHub:
//! <https://docs.github.com/en/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue>.

use crate::model::issue::{Repository, parse_reference};

const KEYWORDS: &[&str] = &["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];
/// What may stand around a word without being part of it.
const AROUND: &[char] = &['(', ')', '[', ']', '{', '}', '*', '_', '"', '\'', ',', ';', '.', '!', '?', '~'];

/// The issues that a text closes by keyword, each once, in the order of the text. `#7` is meant in `home`.
pub fn parse_closing_keywords(text: &str, home: &Repository) -> Vec<(Repository, i64)> {
    let text = visible(text);
    let mut words = text.split_whitespace().peekable();
    let mut closed = Vec::new();
    while let Some(word) = words.next() {
        if !is_keyword(word) {
            continue;
        }
        if let Some(named) = words.peek().and_then(|next| reference(next, home))
            && !closed.contains(&named)
        {
            closed.push(named);
        }
    }
    closed
}

/// The pull requests that a text says it carries over: `Backport of #12`, `Automated cherry pick of #12`.
pub(super) fn backported(text: &str, home: &Repository) -> Vec<(Repository, i64)> {
    let text = visible(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_matches(AROUND).trim_end_matches(':').to_ascii_lowercase();
        let backports = matches!(word.as_str(), "backport" | "backports" | "backporting");
        let picks = matches!(word.as_str(), "pick" | "cherry-pick" | "cherry-picks" | "cherrypick");
        if !backports && !picks {
            continue;
        }
        let rest =
            words.iter().skip(at + 1).skip_while(|word| matches!(word.to_ascii_lowercase().as_str(), "of" | "pr"));
        let named = rest.map_while(|word| reference(word, home));
        found.extend(named.take(10));
    }
    found
}

/// The commits that a message says it was picked from: git's own `(cherry picked from commit <sha>)`.
pub(super) fn picked_from(message: &str) -> Vec<String> {
    hashes_after(message, "(cherry picked from commit ")
}

/// The commits that a message reverts: git's own `This reverts commit <sha>`.
pub(super) fn reverted_commits(message: &str) -> Vec<String> {
    hashes_after(message, "This reverts commit ")
}

/// The pull requests that a message reverts: GitHub's own `Reverts owner/name#12`.
pub(super) fn reverted_pull_requests(message: &str, home: &Repository) -> Vec<(Repository, i64)> {
    let mut found = Vec::new();
    for line in message.lines() {
        if let Some(rest) = line.trim().strip_prefix("Reverts ")
            && let Some(named) = rest.split_whitespace().next().and_then(|word| reference(word, home))
        {
            found.push(named);
        }
    }
    found
}

fn hashes_after(text: &str, words: &str) -> Vec<String> {
    let ends = text.split(words).skip(1);
    let hashes = ends.map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>());
    hashes.filter(|hash| hash.len() >= 7).map(|hash| hash.to_ascii_lowercase()).collect()
}

fn is_keyword(word: &str) -> bool {
    let word = word.trim_start_matches(AROUND).trim_end_matches(':').to_ascii_lowercase();
    KEYWORDS.contains(&word.as_str())
}

/// Reads `#7`, `GH-7`, `owner/name#7` or an issue's URL.
fn reference(word: &str, home: &Repository) -> Option<(Repository, i64)> {
    let word = word.trim_matches(AROUND).trim_end_matches(':');
    let short = word.strip_prefix('#').or_else(|| word.strip_prefix("GH-")).or_else(|| word.strip_prefix("gh-"));
    match short {
        Some(number) => {
            let number = number.parse::<i64>().ok().filter(|number| *number > 0)?;
            Some((home.clone(), number))
        }
        None => parse_reference(word),
    }
}

/// The text without HTML comments, fenced blocks, and code between backticks.
fn visible(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut without_comments = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("<!--") {
        without_comments.push_str(before);
        without_comments.push(' ');
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    without_comments.push_str(rest);

    let mut kept = String::with_capacity(without_comments.len());
    let mut fence: Option<&str> = None;
    for line in without_comments.lines() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => {
                push_without_code(&mut kept, line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}

/// Leaves out what stands between two backticks of one line.
fn push_without_code(kept: &mut String, line: &str) {
    let mut parts = line.split('`').peekable();
    let mut code = false;
    while let Some(part) = parts.next() {
        if !code || parts.peek().is_none() {
            kept.push_str(part);
        } else {
            kept.push('\u{fffc}');
        }
        code = !code;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Repository {
        Repository::parse("acme/product").unwrap()
    }

    fn closed(text: &str) -> Vec<String> {
        parse_closing_keywords(text, &home()).into_iter().map(|(name, number)| format!("{name}#{number}")).collect()
    }

    #[test]
    fn every_form_that_github_takes_is_taken() {
        assert_eq!(closed("Fixes #7"), ["acme/product#7"]);
        assert_eq!(
            closed("this CLOSES: #7, resolved acme/other#8. Fix GH-9"),
            ["acme/product#7", "acme/other#8", "acme/product#9"]
        );
        assert_eq!(closed("(fixes https://github.com/acme/product/issues/12)"), ["acme/product#12"]);
        assert_eq!(closed("**Fixes** #3\r\nFixes #3"), ["acme/product#3"]);
    }

    #[test]
    fn a_mention_is_not_a_closing() {
        for text in
            ["See #7", "hotfix #7", "fixes the bug of #7", "Fixes#7", "prefixes #7", "fixes #0", "fixes #-1", "fixes"]
        {
            assert!(closed(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_keyword_closes_one_issue_and_not_those_after_it() {
        assert_eq!(closed("Fixes #7, #8"), ["acme/product#7"]);
    }

    #[test]
    fn templates_code_and_fences_close_nothing() {
        let text =
            "<!-- Fixes #1 -->\n`Fixes #2`\n```\nFixes #3\n```\n~~~\nFixes #4\n~~~\nFixes #5\n<!-- open\nFixes #6";
        assert_eq!(closed(text), ["acme/product#5"]);
        assert_eq!(closed("Fixes `code` #7"), Vec::<String>::new());
    }

    #[test]
    fn backports_and_reverts_name_what_they_carry() {
        let twelve = vec![(home(), 12)];
        assert_eq!(backported("Backport of #12 to 1.x", &home()), twelve);
        assert_eq!(backported("Automated cherry pick of #12: fix it", &home()), twelve);
        assert_eq!(backported("Backport acme/product#12", &home()), twelve);
        assert!(backported("Backport the exporter", &home()).is_empty());
        let sha = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(picked_from(&format!("Fix\n\n(cherry picked from commit {sha})")), [sha]);
        assert_eq!(reverted_commits(&format!("Revert \"Fix\"\n\nThis reverts commit {sha}.")), [sha]);
        assert_eq!(reverted_pull_requests("Revert \"Fix\"\n\nReverts acme/product#12", &home()), twelve);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reading(text in "\\PC*|[`#<!\\-> \nfixesFIXES0-9/]{0,200}") {
            let _ = parse_closing_keywords(&text, &home());
            let _ = backported(&text, &home());
        }
    }
}
