//! Which kind a ticket is: bug, feature request or question.
//!
//! Customers say outright what they want, and [`cues`] reads it. Developers write issues with headings, code and forms, and their
//! kinds are learned: a linear model over word n-grams and the shape of subject and body, with weights of one byte, and where
//! there is a sentence vector, a linear model over its dimensions. So a text with markup is judged by what was learned, and
//! any other by its cues, and by a little of what was learned. Trained by `examples/train.rs`.

pub(crate) mod cues;
pub(crate) mod features;
mod phrases;
#[cfg(test)]
mod told;

use std::sync::LazyLock;

use self::cues::CUES;
use self::features::{BUCKETS, KindFeatures, MEASURES};
use crate::sentence::SentenceVector;
use crate::ticket::TicketKind;

/// Floats that come before the weights in the file.
const HEAD_FLOATS: usize = 11;
/// How much of what was learned from developers counts for a text without markup. Chosen on the tickets that taught the cues.
pub(crate) const PLAIN_SHARE: f32 = 0.2;
/// Who says nothing outright complains most often, but nobody can be sure of that.
const UNSAID: f32 = 0.5;
/// What customers do not type.
const MARKUP: [&str; 6] = ["`", "### ", "<!--", "![", "- [ ]", "- [x]"];

/// How likely each kind is; the probabilities sum to one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct KindOdds {
    /// By what was learned of words and meaning.
    pub(crate) learned: [f32; 3],
    /// By what is said outright.
    pub(crate) said: [f32; 3],
    /// How much both are worth, where there is no markup.
    pub(crate) trust: f32,
    /// Whether only what was learned counts.
    pub(crate) has_markup: bool,
}

/// The trained weights of each kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KindModel {
    pub(crate) bias: [f32; 3],
    pub(crate) cues_bias: [f32; 3],
    pub(crate) cues: Vec<[f32; 3]>,
    pub(crate) shape: Vec<[f32; 3]>,
    /// What one step of a bucket's weight is worth.
    pub(crate) scale: f32,
    pub(crate) buckets: Vec<[i8; 3]>,
    pub(crate) meaning_bias: [f32; 3],
    /// One for each dimension of the sentence vector, or none.
    pub(crate) meaning: Vec<[f32; 3]>,
    /// The weight of the words next to the sentence vector.
    pub(crate) words_share: f32,
}

static SHIPPED: LazyLock<Option<KindModel>> =
    LazyLock::new(|| KindModel::from_bytes(include_bytes!("../assets/model/kind.bin")));

impl KindModel {
    /// Reads what `to_bytes` wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (floats, buckets) = bytes.split_at_checked(bytes.len().checked_sub(3 * BUCKETS)?)?;
        let floats: Vec<f32> = floats.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        let (head, weights) = floats.split_first_chunk::<HEAD_FLOATS>()?;
        let [b0, b1, b2, m0, m1, m2, c0, c1, c2, scale, words_share] = *head;
        let (shape, weights) = weights.as_chunks::<3>().0.split_at_checked(MEASURES)?;
        let (cues, meaning) = weights.split_at_checked(CUES)?;
        Some(Self {
            bias: [b0, b1, b2],
            cues_bias: [c0, c1, c2],
            cues: cues.to_vec(),
            shape: shape.to_vec(),
            scale,
            buckets: buckets.as_chunks::<3>().0.iter().map(|three| three.map(u8::cast_signed)).collect(),
            meaning_bias: [m0, m1, m2],
            meaning: meaning.to_vec(),
            words_share,
        })
    }

    /// The bytes to ship.
    #[cfg(any(test, feature = "training"))]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let biases = self.bias.into_iter().chain(self.meaning_bias).chain(self.cues_bias);
        let head = biases.chain([self.scale, self.words_share]);
        let floats = head.chain(self.shape.iter().chain(&self.cues).chain(&self.meaning).flatten().copied());
        floats.flat_map(f32::to_le_bytes).chain(self.buckets.iter().flatten().map(|w| w.cast_unsigned())).collect()
    }

    /// The odds by words.
    pub(crate) fn words(&self, subject: &str, body: &str) -> KindOdds {
        let measures = cues::measures(subject, body);
        let mut said = self.cues_bias;
        for (value, weights) in measures.into_iter().zip(&self.cues) {
            add(&mut said, value, *weights);
        }
        let trust = if cues::says_something(&measures) { 1.0 } else { UNSAID };
        KindOdds { learned: self.learned(subject, body), said, trust, has_markup: has_markup(subject, body) }
    }

    /// The log-odds by the n-grams and the shape.
    pub(crate) fn learned(&self, subject: &str, body: &str) -> [f32; 3] {
        let kind_features = KindFeatures::of(subject, body);
        let mut logits = self.bias;
        for (value, weights) in kind_features.shape.into_iter().zip(&self.shape) {
            add(&mut logits, value, *weights);
        }
        for (bucket, value) in kind_features.ngrams {
            add(&mut logits, value * self.scale, self.buckets[bucket].map(f32::from));
        }
        logits
    }

    /// The odds by words and sentence vector.
    pub(crate) fn both(&self, words: KindOdds, vector: &SentenceVector) -> KindOdds {
        if self.meaning.len() != vector.dimensions() {
            return words;
        }
        let mut learned = self.meaning_bias;
        add(&mut learned, self.words_share, words.learned);
        for (value, weights) in vector.values.iter().zip(&self.meaning) {
            add(&mut learned, f32::from(*value) * vector.scale, *weights);
        }
        KindOdds { learned, ..words }
    }
}

/// Whether a text is written as developers write issues.
pub(crate) fn has_markup(subject: &str, body: &str) -> bool {
    MARKUP.iter().any(|mark| subject.contains(mark) || body.contains(mark))
}

fn add(logits: &mut [f32; 3], value: f32, weights: [f32; 3]) {
    for (logit, weight) in logits.iter_mut().zip(weights) {
        *logit += value * weight;
    }
}

impl KindOdds {
    /// The odds by the words of subject and body.
    #[must_use]
    pub fn of(subject: &str, body: &str) -> Self {
        SHIPPED.as_ref().map_or_else(Self::default, |model| model.words(subject, body))
    }

    /// Adds what the sentence vector says.
    #[must_use]
    pub fn with_vector(self, vector: &SentenceVector) -> Self {
        SHIPPED.as_ref().map_or(self, |model| model.both(self, vector))
    }

    /// The likeliest kind and its probability.
    #[must_use]
    pub fn likeliest(&self) -> (TicketKind, f32) {
        let logits: [f32; 3] = if self.has_markup {
            self.learned
        } else {
            std::array::from_fn(|kind| self.trust * (PLAIN_SHARE * self.learned[kind] + self.said[kind]))
        };
        let top = logits.iter().copied().fold(f32::MIN, f32::max);
        let total: f32 = logits.iter().map(|l| (l - top).exp()).sum();
        let mut best = (TicketKind::Bug, f32::MIN);
        for (kind, logit) in TicketKind::ALL.into_iter().zip(logits) {
            if logit > best.1 {
                best = (kind, logit);
            }
        }
        (best.0, 1.0 / total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_a_text_without_words_sum_to_one() {
        let odds = KindOdds::of("", "");
        assert!(odds.likeliest().1 >= 1.0 / 3.0 && odds.likeliest().1 <= 1.0);
    }

    #[test]
    fn weights_come_back_from_their_bytes() {
        let model = KindModel {
            bias: [0.1, 0.2, 0.3],
            cues_bias: [0.6, 0.5, 0.4],
            cues: vec![[0.1, 0.2, -0.3]; CUES],
            shape: vec![[1.0, 2.0, -3.0]; MEASURES],
            scale: 0.5,
            buckets: vec![[1, -2, 3]; BUCKETS],
            meaning_bias: [0.4, 0.5, 0.6],
            meaning: vec![[0.5, 0.25, -1.0]; 4],
            words_share: 0.6,
        };
        assert_eq!(KindModel::from_bytes(&model.to_bytes()), Some(model));
    }

    #[test]
    fn bytes_that_are_cut_short_are_no_model() {
        assert_eq!(KindModel::from_bytes(&vec![0; 3 * BUCKETS + 4]), None);
        assert_eq!(KindModel::from_bytes(&[1, 2, 3]), None);
    }
}
