//! What a message names: hashes, numbers and titles.

use std::collections::HashSet;

use crate::model::issue::Repository;

/// The fewest characters of a hash that mean one commit.
const SHORTEST: usize = 7;

/// The hashes in a text, shortened or whole. A word of letters alone, such as "defaced", is none, and neither is a plain
/// number, unless it is a whole hash.
pub(in crate::shipping) fn hashes(text: &str) -> Vec<String> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let word = word.to_ascii_lowercase();
        let word = word.strip_prefix('g').filter(|rest| rest.len() >= SHORTEST).unwrap_or(&word).to_owned();
        let shaped = (SHORTEST..=64).contains(&word.len()) && word.chars().all(|c| c.is_ascii_hexdigit());
        let mixed = word.len() >= 40
            || (word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(|c| c.is_ascii_alphabetic()));
        // Eight digits may be a date, and may be a hash: whoever asks compares it with hashes that are known.
        let digits = word.chars().all(|c| c.is_ascii_digit());
        if shaped && (mixed || digits) && seen.insert(word.clone()) {
            found.push(word);
        }
    }
    found
}

/// The numbers of issues or pull requests of `home` in a text: `#12`, `!12`, `GH-12`, `PR 12`, `owner/name#12`, and
/// addresses. What another repository is named with does not count.
pub(in crate::shipping) fn numbers(text: &str, home: &Repository) -> Vec<i64> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || "()[]{}<>\"'`,;\u{201c}\u{201d}".contains(c)).collect();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| words.get(before)).copied().unwrap_or_default();
        if let Some(number) = number(word, before, home)
            && seen.insert(number)
        {
            found.push(number);
        }
    }
    found
}

fn number(word: &str, before: &str, home: &Repository) -> Option<i64> {
    let word = word.trim_matches(|c: char| ".:!?*_".contains(c) && c != '!').trim_end_matches(['!', '?']);
    let digits = |text: &str| {
        let number: String = text.chars().take_while(char::is_ascii_digit).collect();
        let rest = text.get(number.len()..).unwrap_or_default();
        let ends = rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
        number.parse::<i64>().ok().filter(|number| *number > 0 && ends)
    };
    if let Some((path, rest)) =
        ["/pull/", "/merge_requests/", "/pulls/", "/issues/"].iter().find_map(|part| word.split_once(part))
    {
        return digits(rest).filter(|_| path.to_ascii_lowercase().ends_with(&home.as_str().to_ascii_lowercase()));
    }
    if let Some((repository, rest)) = word.split_once(['#', '!']) {
        let ours = repository.is_empty()
            || repository.eq_ignore_ascii_case("gh")
            || repository.eq_ignore_ascii_case("pr")
            || Repository::parse(repository).is_some_and(|named| named.is(home))
            || repository.eq_ignore_ascii_case(home.name());
        return digits(rest).filter(|_| ours);
    }
    let lower = word.to_ascii_lowercase();
    if let Some(rest) = ["gh-", "pr-", "pr"].iter().find_map(|start| lower.strip_prefix(start)) {
        return digits(rest);
    }
    let named = matches!(before.to_ascii_lowercase().trim_end_matches(['.', ':']), "pr" | "mr" | "request" | "pull");
    digits(word).filter(|_| named && word.chars().all(|c| c.is_ascii_digit()))
}

/// The titles between quotation marks. A quotation inside another belongs to the outer one.
pub(super) fn quoted(text: &str) -> Vec<String> {
    const PAIRS: &[(char, char)] = &[
        ('"', '"'),
        ('\u{201c}', '\u{201d}'),
        ('\u{201e}', '\u{201c}'),
        ('\u{ab}', '\u{bb}'),
        ('`', '`'),
        ('\u{300c}', '\u{300d}'),
        ('\'', '\''),
    ];
    let first = PAIRS.iter().filter_map(|(open, close)| {
        let begins = text.find(*open)?;
        let ends = text.rfind(*close).filter(|ends| *ends > begins)?;
        // An apostrophe inside a word quotes nothing.
        let inside_word = *open == '\'' && text.get(..begins)?.chars().next_back().is_some_and(char::is_alphanumeric);
        (!inside_word).then_some((begins, begins + open.len_utf8(), ends))
    });
    let Some((_, from, to)) = first.min_by_key(|(begins, ..)| *begins) else { return Vec::new() };
    let inner = text.get(from..to).unwrap_or_default();
    // `Revert "A" and "B"` quotes two; `Revert "Revert "A""` quotes one.
    let parts: Vec<&str> = inner.split("\" and \"").flat_map(|part| part.split("\", \"")).collect();
    parts.into_iter().map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned).collect()
}

/// A subject without the number that a squash merge adds: `Revert "It" (#99)` is change 99 itself.
pub(in crate::shipping) fn without_own_number(subject: &str) -> (&str, Option<i64>) {
    let trimmed = subject.trim_end();
    let own = trimmed.strip_suffix(')').and_then(|start| start.rsplit_once('(')).and_then(|(before, inside)| {
        let number = inside.trim().trim_start_matches(['#', '!']).parse::<i64>().ok()?;
        inside.trim().starts_with(['#', '!']).then_some((before.trim_end(), number))
    });
    match own {
        Some((before, number)) => (before, Some(number)),
        None => (trimmed, None),
    }
}

/// A title as it is compared: without its number, its kind (`fix(export): `), marks and case.
pub(in crate::shipping) fn plain(title: &str) -> String {
    let (title, _) = without_own_number(title.lines().next().unwrap_or_default());
    let kind = title.split_once(": ").filter(|(kind, _)| {
        let word = kind.split(['(', '!']).next().unwrap_or_default();
        !word.is_empty() && kind.len() <= 30 && word.chars().all(|c| c.is_ascii_lowercase()) && !kind.contains(' ')
    });
    let words = kind.map_or(title, |(_, rest)| rest);
    let letters: String = words.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether a quotation means this title. Trackers cut long titles off with an ellipsis.
pub(in crate::shipping) fn same_title(quotation: &str, title: &str) -> bool {
    let cut = quotation.trim_end_matches(')').trim_end();
    let start = cut.strip_suffix('\u{2026}').or_else(|| cut.strip_suffix("..."));
    let (quotation, title) = (plain(start.unwrap_or(quotation)), plain(title));
    if quotation.is_empty() || title.is_empty() {
        return false;
    }
    quotation == title || (start.is_some() && title.starts_with(&quotation))
}
