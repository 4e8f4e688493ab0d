//! The tokenizer of BERT-like models: words first, then the longest known pieces of each.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{error::ModelError, normalizer::BertNormalizer};

/// A longer word becomes the unknown token, as BERT does.
const WORD_LIMIT_CHARS: usize = 100;

#[derive(Debug)]
pub(super) struct WordPiece {
    pieces: HashMap<Box<str>, i32>,
    start: i32,
    end: i32,
    unknown: i32,
    normalizer: BertNormalizer,
}

impl WordPiece {
    /// One piece per line; its id is the line's number.
    pub(super) fn from_vocabulary(vocabulary: &str) -> Result<Self, ModelError> {
        let pieces = vocabulary.lines().zip(0..).map(|(piece, id)| (piece.trim_end().into(), id)).collect();
        Self::new(pieces, BertNormalizer::UNCASED)
    }

    /// A Hugging Face `tokenizer.json` of type `WordPiece`.
    pub(super) fn from_json(described: &serde_json::Value) -> Result<Self, ModelError> {
        let listed = described["model"]["vocab"]
            .as_object()
            .ok_or_else(|| ModelError::NotUnderstood("tokenizer.json has no vocabulary".into()))?;
        let pieces = listed
            .iter()
            .filter_map(|(piece, id)| {
                let id = i32::try_from(id.as_i64()?).ok()?;
                Some((piece.as_str().into(), id))
            })
            .collect();
        Self::new(pieces, BertNormalizer::from_json(&described["normalizer"])?)
    }

    fn new(pieces: HashMap<Box<str>, i32>, normalizer: BertNormalizer) -> Result<Self, ModelError> {
        let known = |piece: &str| {
            pieces
                .get(piece)
                .copied()
                .ok_or_else(|| ModelError::NotUnderstood(format!("its vocabulary has no {piece}")))
        };
        Ok(Self { start: known("[CLS]")?, end: known("[SEP]")?, unknown: known("[UNK]")?, pieces, normalizer })
    }

    /// The token ids of a text, between those of start and end, at most `limit` in all.
    pub(super) fn ids(&self, text: &str, limit: usize) -> Vec<i32> {
        let mut ids = vec![self.start];
        let mut word = String::new();
        for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
            if ids.len() >= limit {
                break;
            }
            if c.is_whitespace() {
                self.push_word(&mut word, &mut ids);
            } else if stands_alone(c) {
                self.push_word(&mut word, &mut ids);
                word.push(c);
                self.push_word(&mut word, &mut ids);
            } else {
                word.push(c);
            }
        }
        self.push_word(&mut word, &mut ids);
        ids.truncate(limit.saturating_sub(1));
        ids.push(self.end);
        ids
    }

    fn push_word(&self, word: &mut String, ids: &mut Vec<i32>) {
        if word.is_empty() {
            return;
        }
        let mut plain: String = if self.normalizer.strip_accents {
            word.nfd().filter(|c| !is_combining_mark(*c)).collect()
        } else {
            word.clone()
        };
        if self.normalizer.lower_case {
            plain = plain.chars().flat_map(char::to_lowercase).collect();
        }
        word.clear();
        let before = ids.len();
        if plain.chars().count() > WORD_LIMIT_CHARS || !self.push_pieces(&plain, ids) {
            ids.truncate(before);
            ids.push(self.unknown);
        }
    }

    /// Appends the longest known pieces from the left. Returns false when a remainder has none.
    fn push_pieces(&self, word: &str, ids: &mut Vec<i32>) -> bool {
        let mut rest = word;
        let mut candidate = String::new();
        while !rest.is_empty() {
            let prefix = if rest.len() == word.len() { "" } else { "##" };
            let found = rest.char_indices().map(|(at, c)| at + c.len_utf8()).rev().find_map(|end| {
                candidate.clear();
                candidate.push_str(prefix);
                candidate.push_str(&rest[..end]);
                self.pieces.get(candidate.as_str()).map(|id| (end, *id))
            });
            let Some((end, id)) = found else {
                return false;
            };
            ids.push(id);
            rest = &rest[end..];
        }
        true
    }
}

/// Punctuation and CJK ideographs are words of their own.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '!'..='/' | ':'..='@' | '['..='`' | '{'..='~' | '¡'..='¿' | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}'
        | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}'
        | '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer() -> WordPiece {
        WordPiece::from_vocabulary("[CLS]\n[SEP]\n[UNK]\nex\n##port\n##s\ncrash\n!\ncafe\n").unwrap()
    }

    #[test]
    fn words_fall_into_their_longest_known_pieces() {
        assert_eq!(tokenizer().ids("Exports crash!", 64), [0, 3, 4, 5, 6, 7, 1]);
    }

    #[test]
    fn accents_and_case_make_no_difference() {
        assert_eq!(tokenizer().ids("CAFÉ", 64), [0, 8, 1]);
    }

    #[test]
    fn a_word_without_known_pieces_is_unknown() {
        assert_eq!(tokenizer().ids("crash zebra", 64), [0, 6, 2, 1]);
    }

    #[test]
    fn a_long_text_ends_at_the_limit_with_the_end_token() {
        let ids = tokenizer().ids(&"crash ".repeat(500), 10);
        assert_eq!((ids.len(), ids.last()), (10, Some(&1)));
    }
}
