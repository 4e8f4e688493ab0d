//! The `SentencePiece` "unigram" tokenizer of multilingual models, from a `tokenizer.json`.
//!
//! For each word it chooses the pieces whose summed log-probabilities are highest (Viterbi). NFKC stands in for the
//! precompiled character map of the original.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::{error::ModelError, normalizer::check_unigram};

/// What `SentencePiece` puts in the place of a space.
const SPACE: char = '\u{2581}';
/// Longer pieces are not looked up; no vocabulary in use has them.
const PIECE_LIMIT_CHARS: usize = 24;
/// How much worse an unknown character is than the rarest piece, as in `SentencePiece`.
const UNKNOWN_PENALTY: f64 = 10.0;

#[derive(Debug)]
pub(super) struct Unigram {
    pieces: HashMap<Box<str>, (i32, f64)>,
    unknown: i32,
    unknown_score: f64,
    start: i32,
    end: i32,
}

impl Unigram {
    pub(super) fn from_json(described: &serde_json::Value) -> Result<Self, ModelError> {
        check_unigram(&described["normalizer"])?;
        let listed = described["model"]["vocab"]
            .as_array()
            .ok_or_else(|| ModelError::NotUnderstood("tokenizer.json has no vocabulary".into()))?;
        let mut pieces = HashMap::with_capacity(listed.len());
        let mut rarest = 0f64;
        for (entry, id) in listed.iter().zip(0..) {
            if let (Some(piece), Some(score)) = (entry[0].as_str(), entry[1].as_f64()) {
                rarest = rarest.min(score);
                pieces.insert(piece.into(), (id, score));
            }
        }
        let special = |names: [&str; 2]| {
            names
                .iter()
                .find_map(|name| pieces.get(*name).map(|(id, _)| *id))
                .ok_or_else(|| ModelError::NotUnderstood(format!("its vocabulary has no {}", names[0])))
        };
        let (start, end) = (special(["<s>", "[CLS]"])?, special(["</s>", "[SEP]"])?);
        let unknown = described["model"]["unk_id"]
            .as_i64()
            .and_then(|id| i32::try_from(id).ok())
            .map_or_else(|| special(["<unk>", "[UNK]"]), Ok)?;
        Ok(Self { pieces, unknown, unknown_score: rarest - UNKNOWN_PENALTY, start, end })
    }

    /// The token ids of a text, between those of start and end, at most `limit` in all.
    pub(super) fn ids(&self, text: &str, limit: usize) -> Vec<i32> {
        let mut ids = vec![self.start];
        for word in text.split_whitespace() {
            if ids.len() >= limit {
                break;
            }
            let word: String = std::iter::once(SPACE).chain(word.nfkc()).collect();
            self.push_word(&word, &mut ids);
        }
        ids.truncate(limit.saturating_sub(1));
        ids.push(self.end);
        ids
    }

    fn push_word(&self, word: &str, ids: &mut Vec<i32>) {
        let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        let mut best: Vec<Option<(f64, usize, i32)>> = vec![None; ends.len()];
        best[0] = Some((0.0, 0, self.unknown));
        for from in 0..ends.len() - 1 {
            let Some((score, _, _)) = best[from] else {
                continue;
            };
            for to in from + 1..ends.len().min(from + 1 + PIECE_LIMIT_CHARS) {
                let known = self.pieces.get(&word[ends[from]..ends[to]]).copied();
                let (id, piece_score) = match known {
                    Some(found) => found,
                    None if to == from + 1 => (self.unknown, self.unknown_score),
                    None => continue,
                };
                let total = score + piece_score;
                if best[to].is_none_or(|(reached, _, _)| total > reached) {
                    best[to] = Some((total, from, id));
                }
            }
        }
        let mut path = Vec::new();
        let mut at = ends.len() - 1;
        while at > 0 {
            let Some((_, from, id)) = best[at] else { break };
            path.push(id);
            at = from;
        }
        path.reverse();
        for id in path {
            let repeats_unknown = id == self.unknown && ids.last() == Some(&self.unknown);
            if !repeats_unknown {
                ids.push(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer() -> Unigram {
        Unigram::from_json(&serde_json::json!({"model": {"type": "Unigram", "unk_id": 2, "vocab": [
            ["<s>", 0.0], ["</s>", 0.0], ["<unk>", 0.0],
            ["\u{2581}ex", -2.0], ["port", -2.0], ["\u{2581}export", -3.0], ["\u{2581}", -5.0]
        ]}}))
        .unwrap()
    }

    #[test]
    fn the_likeliest_pieces_win() {
        assert_eq!(tokenizer().ids("export", 64), [0, 5, 1]);
    }

    #[test]
    fn unknown_characters_in_a_row_are_one_unknown() {
        assert_eq!(tokenizer().ids("ññ", 64), [0, 6, 2, 1]);
    }
}
