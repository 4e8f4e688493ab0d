//! Shows where a text has the words behind a decision.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::term_cache::TermCache;
use super::words::words;

/// How long a quoted passage is, in bytes.
const PASSAGE_BYTES: usize = 200;

/// A piece of a text with its highlights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The piece, cut at word boundaries.
    pub text: String,
    /// Byte ranges within `text` that matched.
    pub highlights: Vec<Range<usize>>,
}

/// The byte ranges of the words that stem to one of the terms, in order.
#[must_use]
pub fn highlights(text: &str, terms: &[String]) -> Vec<Range<usize>> {
    let wanted: BTreeSet<&str> = terms.iter().map(String::as_str).collect();
    let words = words(text);
    let mut term_cache = TermCache::default();
    let mut found: Vec<Range<usize>> = Vec::new();
    for (word, term) in words.iter().zip(term_cache.terms(&words, text)) {
        let matched = wanted.contains(word.lower.as_ref()) || term.is_some_and(|term| wanted.contains(term));
        if !matched {
            continue;
        }
        match found.last_mut() {
            Some(last) if word.range.start < last.end => {
                last.start = last.start.min(word.range.start);
                last.end = last.end.max(word.range.end);
            }
            _ => found.push(word.range.clone()),
        }
    }
    found
}

/// The piece of a text with the most matching words; `None` when none match.
#[must_use]
pub fn passage(text: &str, terms: &[String]) -> Option<Passage> {
    let all = highlights(text, terms);
    let start = all
        .iter()
        .map(|first| {
            let inside = all.iter().filter(|m| m.start >= first.start && m.end <= first.start + PASSAGE_BYTES).count();
            (inside, std::cmp::Reverse(first.start))
        })
        .max()?
        .1
        .0;
    let from = text[..start]
        .rfind(['\n', '.', '!', '?'])
        .map_or(0, |at| at + 1)
        .max(text.floor_char_boundary(start.saturating_sub(PASSAGE_BYTES / 4)));
    let to = text.floor_char_boundary(from + PASSAGE_BYTES);
    let cut = &text[from..to];
    let to = if to < text.len() {
        from + cut.rfind(char::is_whitespace).filter(|at| from + at > start).unwrap_or(cut.len())
    } else {
        to
    };
    let lead = text[from..to].len() - text[from..to].trim_start().len();
    let from = from + lead;
    Some(Passage {
        text: text[from..to].trim_end().to_owned(),
        highlights: all
            .into_iter()
            .filter(|m| m.start >= from && m.end <= to)
            .map(|m| m.start - from..m.end - from)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_words_are_highlighted() {
        let text = "The exports crashed again";
        let found = highlights(text, &["export".into(), "crash".into()]);
        let shown: Vec<&str> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(shown, ["exports", "crashed"]);
    }

    #[test]
    fn the_densest_passage_is_quoted() {
        let text = format!("{} The export crashed with a timeout.", "Something else entirely. ".repeat(40));
        let quoted = passage(&text, &["export".into(), "crash".into(), "timeout".into()]).unwrap();
        assert_eq!(quoted.text, "The export crashed with a timeout.");
        assert_eq!(quoted.highlights.len(), 3);
    }

    #[test]
    fn text_without_a_match_gives_no_passage() {
        assert_eq!(passage("nothing here", &["export".into()]), None);
    }
}
