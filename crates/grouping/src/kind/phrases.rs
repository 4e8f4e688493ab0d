//! The phrases of `assets/cues`: how they are written down, and where a text has them.

use std::collections::HashMap;
use std::ops::Range;

/// How many words `...` stands for at most.
const GAP: usize = 4;

/// Phrases, found by their first word.
#[derive(Debug, Default)]
pub(super) struct PhraseIndex {
    phrases: Vec<Phrase>,
    by_word: HashMap<String, Vec<usize>>,
    /// By the beginning of their first word.
    by_beginning: HashMap<String, Vec<usize>>,
    /// Looked for anywhere, because their script has no spaces.
    anywhere: Vec<(String, PhraseLine)>,
}

/// The line of a phrase and the list that it stands in. All phrases of one line are one cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PhraseLine {
    pub(super) list: usize,
    pub(super) line: usize,
}

#[derive(Debug)]
struct Phrase {
    pieces: Vec<Piece>,
    of: PhraseLine,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word(String),
    Beginning(String),
    Gap,
}

impl Piece {
    fn read(word: &str) -> Self {
        match word.strip_suffix('*') {
            _ if word == "..." => Self::Gap,
            Some(beginning) => Self::Beginning(beginning.to_owned()),
            None => Self::Word(word.to_owned()),
        }
    }

    fn is(&self, word: &str) -> bool {
        match self {
            Self::Word(this) => this == word,
            Self::Beginning(this) => word.starts_with(this),
            Self::Gap => false,
        }
    }
}

/// A list that the file names and the code does not know, by its line.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: there is no list {name:?}")]
pub(super) struct UnknownList {
    line: usize,
    name: String,
}

impl PhraseIndex {
    /// Reads a file of phrases under `[names]` of lists.
    pub(super) fn read(source: &str, names: &[&str]) -> Result<Self, UnknownList> {
        let mut index = Self::default();
        let mut list = 0;
        for (line, text) in source.lines().enumerate().map(|(at, text)| (at, text.trim())) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let known = names.iter().position(|known| *known == name);
                list = known.ok_or_else(|| UnknownList { line: line + 1, name: name.to_owned() })?;
                continue;
            }
            for phrase in spelled_out(text) {
                index.add(&phrase, PhraseLine { list, line });
            }
        }
        Ok(index)
    }

    fn add(&mut self, phrase: &str, of: PhraseLine) {
        if phrase.chars().any(is_unspaced) {
            self.anywhere.push((phrase.to_owned(), of));
            return;
        }
        let pieces: Vec<Piece> = phrase.split_whitespace().map(Piece::read).collect();
        let number = self.phrases.len();
        match pieces.first() {
            Some(Piece::Word(word)) => self.by_word.entry(word.clone()).or_default().push(number),
            Some(Piece::Beginning(word)) => self.by_beginning.entry(word.clone()).or_default().push(number),
            Some(Piece::Gap) | None => return,
        }
        self.phrases.push(Phrase { pieces, of });
    }

    /// Every line that a text has a phrase of, with the place of its first word, in order. Where words have no spaces, the
    /// place is that of the word it begins in.
    pub(super) fn found(&self, words: &[&str]) -> Vec<(usize, PhraseLine)> {
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let exact = self.by_word.get(*word).into_iter().flatten();
            let begun = word.char_indices().filter_map(|(end, c)| self.by_beginning.get(&word[..end + c.len_utf8()]));
            for number in exact.chain(begun.flatten()) {
                let phrase = &self.phrases[*number];
                if follows(&phrase.pieces[1..], words, at + 1..words.len()) {
                    found.push((at, phrase.of));
                }
            }
            if word.chars().any(is_unspaced) {
                let inside = self.anywhere.iter().filter(|(phrase, _)| word.contains(phrase.as_str()));
                found.extend(inside.map(|(_, of)| (at, *of)));
            }
        }
        found
    }
}

/// Whether the pieces stand at the beginning of a range of words.
fn follows(pieces: &[Piece], words: &[&str], range: Range<usize>) -> bool {
    let Some((piece, rest)) = pieces.split_first() else { return true };
    if *piece == Piece::Gap {
        let from = range.start..=range.start + GAP;
        return from.into_iter().any(|start| start <= range.end && follows(rest, words, start..range.end));
    }
    words[range.clone()].first().is_some_and(|word| piece.is(word)) && follows(rest, words, range.start + 1..range.end)
}

/// A line with each choice of its `(one|other)`.
fn spelled_out(line: &str) -> Vec<String> {
    let Some((before, rest)) = line.split_once('(') else { return vec![line.to_owned()] };
    let Some((choices, after)) = rest.split_once(')') else { return vec![line.to_owned()] };
    let choices: Vec<&str> = choices.split('|').collect();
    spelled_out(after)
        .iter()
        .flat_map(|after| choices.iter().map(move |choice| format!("{before}{choice}{after}")))
        .collect()
}

/// Whether a character belongs to a script that is written without spaces, as far as `assets/cues` has any.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str, text: &str) -> Vec<usize> {
        let index = PhraseIndex::read(source, &["one"]).unwrap();
        index.found(&text.split(' ').collect::<Vec<_>>()).into_iter().map(|(_, of)| of.line).collect()
    }

    #[test]
    fn a_line_stands_for_each_of_its_choices() {
        assert_eq!(spelled_out("(can|could) you (add|allow)").len(), 4);
        assert_eq!(lines("(can|could) you ... add", "could you perhaps some day add it"), [0]);
        assert!(lines("(can|could) you ... add", "could you perhaps some day in june add it").is_empty());
    }

    #[test]
    fn a_star_stands_for_every_end_of_a_word() {
        assert_eq!(lines("crash*\nno longer", "it crashed and no longer starts"), [0, 1]);
        assert!(lines("crash", "it crashed").is_empty());
    }

    #[test]
    fn what_is_written_without_spaces_is_found_anywhere() {
        assert_eq!(lines("動かない", "アプリが動かないです"), [0]);
    }

    #[test]
    fn a_list_that_nobody_knows_is_named_with_its_line() {
        let error = PhraseIndex::read("\n[two]\n", &["one"]).unwrap_err();
        assert_eq!(error.to_string(), "line 2: there is no list \"two\"");
    }
}
