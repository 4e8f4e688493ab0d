//! Closing keywords: `Fixes #7`, as GitHub reads them in pull requests and commits.
//!
//! As on GitHub, keywords in code, in a fenced block or in an HTML comment (many templates have one) do not count:
//! <https://docs.github.com/en/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue>.

use std::collections::HashSet;

use super::reference;
use crate::{
    model::{
        fix::{PullRequestClaims, PullRequestRef},
        issue::{IssueRef, Repository},
    },
    shipping,
    tracker::markdown::visible,
};

const KEYWORDS: &[&str] = &["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];
/// Words that deny or limit what a keyword in the same sentence says.
const LIMITS: &[&str] = &[
    "not",
    "never",
    "no",
    "without",
    "cannot",
    "cant",
    "doesnt",
    "wont",
    "dont",
    "isnt",
    "partially",
    "partly",
    "partial",
    "half",
    "almost",
    "nearly",
    "hopefully",
    "maybe",
    "perhaps",
    "probably",
    "possibly",
    "might",
    "may",
    "should",
    "could",
    "would",
    "attempt",
    "attempts",
    "try",
    "tries",
    "trying",
    "towards",
    "toward",
    "workaround",
    "temporarily",
    "only",
    "unless",
    "until",
    "nicht",
    "teilweise",
    "pas",
    "partiellement",
    "parcialmente",
];
/// The same in several words.
const PHRASES: &[&str] = &[
    "part of",
    "in part",
    "step to",
    "first step",
    "first half",
    "work in progress",
    "remains open",
    "stays open",
    "stay open",
    "keep open",
    "to be continued",
    "instead of",
];
/// What a template says beside its example. An example that nobody took out closes an issue all the same.
const EXAMPLES: &[&str] = &[
    "example",
    "e.g.",
    "for instance",
    "such as",
    "issue number",
    "issue id",
    "if applicable",
    "if any",
    "replace",
    "remove this",
    "delete this",
    "placeholder",
    "template",
    "z. b.",
    "z.b.",
    "beispiel",
    "par exemple",
    "por ejemplo",
];
/// Characters that may surround a word without being part of it.
const AROUND: &[char] = &['(', ')', '[', ']', '{', '}', '*', '_', '"', '\'', ',', ';', '.', '!', '?', '~'];

/// The issues that a text closes by keyword, each once, in the order of the text. `#7` is an issue of `home`.
pub(super) fn closed_issues(text: &str, home: &Repository) -> Vec<IssueRef> {
    let text = visible(text);
    let mut words = text.split_whitespace().peekable();
    // A text of 65,536 characters may name seven thousand.
    let (mut closed, mut seen) = (Vec::new(), HashSet::new());
    while let Some(word) = words.next() {
        if !is_keyword(word) {
            continue;
        }
        if let Some(named) = words.peek().and_then(|next| reference(next, home))
            && seen.insert((named.repository.clone(), named.number))
        {
            closed.push(named);
        }
    }
    closed
}

/// The text without addresses of other sites: `https://codeberg.org/acme/product/issues/7` is no issue of ours. `url` is the address
/// of what says it; without it no address is known to be of this site.
pub(super) fn at_home(text: &str, url: Option<&str>) -> String {
    let site = url.and_then(reference::site);
    let is_ours = |word: &str| {
        let rest = site.and_then(|site| word.trim_start_matches(AROUND).strip_prefix(site));
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let kept = text.split_inclusive(char::is_whitespace).map(|word| {
        if !word.contains("://") || is_ours(word) {
            return word.to_owned();
        }
        let end = word.chars().last().filter(|c| c.is_whitespace());
        std::iter::once('\u{fffc}').chain(end).collect()
    });
    kept.collect()
}

/// What a pull request says about itself. `url` is its address.
pub(super) fn claims(title: &str, body: &str, home: &Repository, url: Option<&str>) -> PullRequestClaims {
    let text = at_home(&format!("{title}\n\n{body}"), url);
    PullRequestClaims {
        closes: closed_issues(&text, home),
        denies: denied_issues(&text, home),
        closing_lines: closing_lines(&text, home),
        backports: backported(&text, home),
        picked_from: shipping::picked_from(&text),
        reverts: reverted_pull_requests(body, home),
    }
}

/// The issues that a text closes by keyword while it denies or limits that it does, in the same sentence: "This does not
/// fix #7", "Partially fixes #7", "Fixes #7 only for exports". GitHub closes them all the same.
pub(super) fn denied_issues(text: &str, home: &Repository) -> Vec<IssueRef> {
    let text = visible(text).replace(['\u{2019}', '\u{2018}'], "'");
    let mut denied: Vec<IssueRef> = Vec::new();
    for line in text.lines() {
        let lower = line.to_lowercase();
        if EXAMPLES.iter().any(|words| lower.contains(words)) {
            denied.extend(closed_issues(line, home));
        }
    }
    for sentence in text
        .split(['\n', ';'])
        .flat_map(|line| line.split(". "))
        .flat_map(|part| part.split("! "))
        .flat_map(|part| part.split("? "))
    {
        let named = closed_issues(sentence, home);
        let limits = |word: &str| {
            let word = word.trim_matches(AROUND).trim_matches(':').to_lowercase();
            LIMITS.contains(&word.as_str()) || word.ends_with("n't")
        };
        let phrase = sentence.to_lowercase();
        if !named.is_empty()
            && (sentence.split_whitespace().any(limits) || PHRASES.iter().any(|words| phrase.contains(words)))
        {
            denied.extend(named);
        }
    }
    denied
}

/// The lines that close an issue by keyword, as they are compared with those of other pull requests.
fn closing_lines(text: &str, home: &Repository) -> Vec<String> {
    let text = visible(text);
    let closing = text.lines().filter(|line| !closed_issues(line, home).is_empty());
    let plain = |line: &str| {
        let words = line.split(|c: char| !c.is_alphanumeric() && !"#/.".contains(c)).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ").to_lowercase()
    };
    closing.map(plain).collect()
}

/// The pull requests that a text says it carries over: `Backport of #12`, `Backport 1/1 commits from #12`.
fn backported(text: &str, home: &Repository) -> Vec<PullRequestRef> {
    let text = visible(text);
    let (numbers, _) = shipping::carried_over(&text, home);
    let closed: HashSet<i64> = closed_issues(&text, home).iter().map(|issue| issue.number).collect();
    let is_pull = |number: &i64| !closed.contains(number);
    numbers
        .into_iter()
        .filter(is_pull)
        .take(10)
        .map(|number| PullRequestRef { repository: home.clone(), number })
        .collect()
}

/// The pull requests that a message reverts: GitHub's own `Reverts owner/name#12`.
pub(super) fn reverted_pull_requests(message: &str, home: &Repository) -> Vec<PullRequestRef> {
    let mut found = Vec::new();
    for line in message.lines() {
        let line = line.trim();
        let rest = ["Reverts ", "reverts ", "This reverts ", "This PR reverts "]
            .iter()
            .find_map(|start| line.strip_prefix(start));
        if let Some(rest) = rest
            && let Some(named) = rest.split_whitespace().next().and_then(|word| reference(word, home))
        {
            found.push(pull_request(named));
        }
    }
    found
}

/// GitHub numbers issues and pull requests together.
fn pull_request(at: IssueRef) -> PullRequestRef {
    PullRequestRef { repository: at.repository, number: at.number }
}

fn is_keyword(word: &str) -> bool {
    let word = word.trim_start_matches(AROUND).trim_end_matches(':').to_ascii_lowercase();
    KEYWORDS.contains(&word.as_str())
}

/// Reads a word as a reference.
fn reference(word: &str, home: &Repository) -> Option<IssueRef> {
    reference::short(word.trim_matches(AROUND).trim_end_matches(':'), home)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Repository {
        Repository::parse("acme/product").unwrap()
    }

    fn closed(text: &str) -> Vec<String> {
        closed_issues(text, &home()).iter().map(ToString::to_string).collect()
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
    fn an_address_of_another_site_is_no_issue_of_ours() {
        let url = Some("https://github.com/acme/product/pull/9");
        let read = |text: &str, url| claims("", text, &home(), url).closes.len();
        assert_eq!(read("Fixes https://github.com/acme/product/issues/7", url), 1);
        assert_eq!(read("Fixes https://github.com/acme/product/issues/7", None), 0, "nobody knows which site this is");
        for foreign in [
            "Fixes https://codeberg.org/acme/product/issues/7",
            "Fixes https://bitbucket.org/acme/product/issues/7/title",
            "Fixes https://sentry.io/acme/product/issues/7/",
            "Fixes https://github.com.evil.test/acme/product/issues/7",
            "Fixes [#7](https://redirect.github.com/dep/dep/issues/7)",
        ] {
            assert_eq!(read(foreign, url), 0, "{foreign}");
        }
        assert_eq!(read("See https://codeberg.org/a/b\nFixes #7", url), 1);
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
    fn a_keyword_that_is_denied_or_limited_in_its_sentence_is_a_doubt() {
        for text in [
            "Only adds logging. This does NOT fix #1, which stays open.",
            "This doesn\u{2019}t fix #1.",
            "Partially fixes #1",
            "Fixes #1 only for exports",
            "Should fix #1",
            "This is the first step to resolve #1",
            "It will never close #1",
            "Example: closes #1",
            "Link the issue here, e.g. Fixes #1",
            "Closes #1 (replace with the issue number)",
            "- [ ] Closes #1, if applicable",
        ] {
            assert_eq!(denied_issues(text, &home()).len(), 1, "{text}");
            assert_eq!(closed(text), ["acme/product#1"], "GitHub closes it: {text}");
        }
        for text in [
            "Fixes #1",
            "This is not a refactoring. Fixes #1",
            "Rows are not lost any more.\nCloses #1",
            "Does not touch #2\n\nFixes #1",
        ] {
            assert!(denied_issues(text, &home()).is_empty(), "{text}");
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
        for code in [
            "````\n```\nFixes #7\n```\n````",
            "`` Fixes #7 ``",
            "    Fixes #7",
            "`Fixes\n#7`",
            "> ```\n> Fixes #7\n> ```",
            "- ```\n  Fixes #7\n  ```",
            "```\nFixes #7",
        ] {
            assert_eq!(closed(code), Vec::<String>::new(), "{code}");
        }
    }

    #[test]
    fn backports_and_reverts_name_what_they_carry() {
        let twelve = [PullRequestRef { repository: home(), number: 12 }];
        assert_eq!(backported("Backport of #12 to 1.x", &home()), twelve);
        assert_eq!(backported("Automated cherry pick of #12: fix it", &home()), twelve);
        assert_eq!(backported("Backport acme/product#12", &home()), twelve);
        assert!(backported("Backport the exporter", &home()).is_empty());
        assert_eq!(reverted_pull_requests("Revert \"Fix\"\n\nReverts acme/product#12", &home()), twelve);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reading(text in "\\PC*|[`#<!\\-> \nfixesFIXES0-9/]{0,200}") {
            let _ = closed_issues(&text, &home());
            let _ = backported(&text, &home());
        }
    }
}
