//! Regular expressions written in the source.

use std::{iter, ops::Range, sync::OnceLock};

use regex::{Match, Regex};

/// Compiles a constant pattern in verbose mode, ignoring case.
///
/// # Panics
/// On an invalid pattern. That is a mistake in the source, and the first test that uses the pattern finds it.
#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant of the source; going on without it would let secrets pass"
)]
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(&format!("(?xi){source}")).expect("a constant pattern is valid")
}

/// A pattern for texts of any length and language.
///
/// Where a pattern asks for a word boundary (`\b`), `regex` leaves its fast engines at the first letter that is not ASCII
/// (<https://docs.rs/regex/latest/regex/#unicode>): a text with one accent took ten times as long as one without. So there is a
/// sieve beside it that looks at bytes. It is true wherever the pattern is, and hardly anywhere else. Only where the sieve finds
/// something is the pattern itself asked, and what it finds is what counts.
pub(super) struct Pattern {
    source: &'static str,
    sieve: Regex,
    /// Made when it is first needed: most patterns are never found.
    exact: OnceLock<Regex>,
    has_it: bool,
}

/// Instead of `\b`: anywhere but between two ASCII letters or figures. What letter a byte is part of is left open.
const NOT_INSIDE: &str = r"(?-u:\b{start-half}|\b{end-half})";

impl Pattern {
    /// Compiles a constant pattern in verbose mode, ignoring case. It must not match the empty text, nor contain `\B`, which a
    /// sieve would have to read the other way round.
    ///
    /// # Panics
    /// Like [`pattern`].
    pub(super) fn new(source: &'static str) -> Self {
        let sieve = pattern(&source.replace(r"\b", NOT_INSIDE));
        let has_it = sieve.capture_names().any(|name| name == Some("it"));
        Self { source, sieve, exact: OnceLock::new(), has_it }
    }

    /// Whether it is anywhere in the text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.sieve.find(text).is_some_and(|first| self.exact().is_match_at(text, first.start()))
    }

    /// Where it is, one after the other.
    pub(super) fn find_iter<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Match<'t>> {
        let mut end = 0;
        iter::from_fn(move || {
            let first = self.sieve.find_at(text, end)?;
            let found = self.exact().find_at(text, first.start())?;
            end = found.end();
            Some(found)
        })
    }

    /// The places that it is about, one after the other: of the group `it` if it has one, otherwise of the whole.
    pub(super) fn places<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> {
        self.find_iter(text).map(move |found| {
            let groups = self.has_it.then(|| self.exact().captures_at(text, found.start())).flatten();
            groups.and_then(|groups| groups.name("it")).unwrap_or(found).range()
        })
    }

    fn exact(&self) -> &Regex {
        if self.source.contains(r"\b") { self.exact.get_or_init(|| pattern(self.source)) } else { &self.sieve }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Letters, figures and signs, each of every length in bytes; those that some case or script makes special among them.
    const CHARACTERS: &[char] = &[
        'a', 'Z', 'k', 's', '_', '0', '9', ' ', '-', '.', ':', '@', '\n', '\'', '’', '“', '…', 'é', 'É', 'ß', 'ſ',
        '\u{212a}', 'ı', 'ж', 'α', 'の', '日', '々', 'ー', '。', '、', 'ก', '٣', '²', '½', '\u{301}', '\u{200b}',
        '\u{200d}', '‿', '\u{a0}', '🙂', '𝐚', '\u{e000}',
    ];

    #[test]
    fn a_sieve_is_open_wherever_a_boundary_of_words_is() {
        let (boundary, sieve) = (pattern(r"\b"), pattern(NOT_INSIDE));
        let ends = || CHARACTERS.iter().copied().map(Some).chain([None]);
        let mut closed = 0;
        for (before, after) in ends().flat_map(|before| ends().map(move |after| (before, after))) {
            let text: String = before.into_iter().chain(after).collect();
            let middle = before.map_or(0, char::len_utf8);
            let at = |regex: &Regex| regex.find_iter(&text).any(|found| found.start() == middle);
            assert!(at(&sieve) || !at(&boundary), "{text:?}");
            closed += usize::from(!at(&sieve));
        }
        assert_eq!(closed, 7 * 7, "it is closed between two ASCII letters or figures, and nowhere else");
    }

    const SOURCES: &[&str] = &[
        r"\b(pin|pass|kennwort)\b",
        r"(\+|\b|\()\(?\+?\(?\d[\d\ ().\-/\t]*\d",
        r"\b([\p{L}\p{N}-]+\.)+\p{L}{2,20}/[^\s]+",
        r"\bpass\s?[:=]\s*(?<it>[^\s\[]\S*)",
        r"(\b|_)(é|è|ß)\b\s?:? | \bk\b | s\b",
        r"[\w.+-]+\s*@\s*[\w-]+",
    ];

    fn text() -> impl Strategy<Value = String> {
        let words =
            ["pin", "pass", "PASS: ", "Kennwort", "12", "(+1", "é", "ß", "\u{212a}", "ſ", "a.bc/d", "é.fr/é", "x@y"];
        let words = words.into_iter().map(str::to_owned);
        let part = prop::sample::select(words.chain(CHARACTERS.iter().map(char::to_string)).collect::<Vec<_>>());
        prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn through_a_sieve_is_found_what_is_found_without(text in text()) {
            static PATTERNS: std::sync::LazyLock<Vec<(Pattern, Regex)>> =
                std::sync::LazyLock::new(|| SOURCES.iter().map(|source| (Pattern::new(source), pattern(source))).collect());
            for (sieved, plain) in PATTERNS.iter() {
                let found: Vec<_> = sieved.find_iter(&text).collect();
                prop_assert_eq!(&found, &plain.find_iter(&text).collect::<Vec<_>>());
                prop_assert_eq!(sieved.is_match(&text), !found.is_empty());
                let groups = plain.captures_iter(&text);
                let places = groups.filter_map(|found| Some(found.name("it").or_else(|| found.get(0))?.range()));
                prop_assert_eq!(sieved.places(&text).collect::<Vec<_>>(), places.collect::<Vec<_>>());
            }
        }
    }
}
