//! Which kind a ticket is of: bug, feature request or question.
//!
//! A linear model over hashed words, pairs of words and marks of subject and body, with weights of
//! one byte; where a sentence vector is at hand, a second linear model over its dimensions speaks
//! too. Trained by `examples/train_grouping.rs`.

use std::sync::LazyLock;

use super::cues;
use super::read::hash_of;
use super::sentence::Vector;
use super::text::Kind;

/// Hashed features share so many weights for each kind.
pub(crate) const BUCKETS: usize = 1 << 16;
/// Only so many words of a body are read; more is a pasted log.
const BODY_WORDS: usize = 400;

/// How likely each kind is; sums to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindOdds {
    pub(crate) logits: [f32; 3],
}

/// The trained weights: for each kind a bias, the buckets and, if there are any, the dimensions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KindModel {
    pub(crate) bias: [f32; 3],
    pub(crate) scale: f32,
    pub(crate) buckets: Vec<[i8; 3]>,
    pub(crate) meaning_bias: [f32; 3],
    pub(crate) meaning: Vec<[f32; 3]>,
    pub(crate) words_share: f32,
}

static SHIPPED: LazyLock<Option<KindModel>> =
    LazyLock::new(|| KindModel::from_bytes(include_bytes!("../../assets/model/kind.bin")));

impl KindModel {
    /// Reads what [`KindModel::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut at = 0;
        let mut float = || {
            let value = bytes.get(at..at + 4)?.try_into().ok().map(f32::from_le_bytes);
            at += 4;
            value
        };
        let mut three = || Some([float()?, float()?, float()?]);
        let (bias, meaning_bias, rest) = (three()?, three()?, three()?);
        let [scale, words_share, dimensions] = rest;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count, written so")]
        let dimensions = dimensions as usize;
        let meaning = (0..dimensions).map(|_| three()).collect::<Option<Vec<_>>>()?;
        let buckets: Vec<[i8; 3]> = bytes
            .get(36 + 12 * dimensions..)?
            .chunks_exact(3)
            .map(|c| [c[0].cast_signed(), c[1].cast_signed(), c[2].cast_signed()])
            .collect();
        (buckets.len() == BUCKETS).then_some(Self { bias, scale, buckets, meaning_bias, meaning, words_share })
    }

    /// The bytes to ship.
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut float = |value: f32| bytes.extend_from_slice(&value.to_le_bytes());
        self.bias.into_iter().chain(self.meaning_bias).for_each(&mut float);
        [self.scale, self.words_share, self.meaning.len() as f32].into_iter().for_each(&mut float);
        self.meaning.iter().flatten().copied().for_each(&mut float);
        bytes.extend(self.buckets.iter().flatten().map(|w| w.cast_unsigned()));
        bytes
    }
}

impl KindModel {
    /// What the words say, and the plain cues among them beside which the weights were learned.
    pub(crate) fn words(&self, subject: &str, body: &str) -> KindOdds {
        let mut logits = self.bias;
        for (logit, cue) in logits.iter_mut().zip(cues::logits(subject, body)) {
            *logit += cue;
        }
        let features = features(subject, body);
        #[expect(clippy::cast_precision_loss, reason = "some hundred features")]
        let scale = self.scale / (features.len().max(1) as f32).sqrt();
        for bucket in features {
            for (logit, weight) in logits.iter_mut().zip(self.buckets[bucket]) {
                *logit += f32::from(weight) * scale;
            }
        }
        KindOdds { logits }
    }

    /// What the words and the sentence vector say.
    pub(crate) fn both(&self, words: KindOdds, vector: &Vector) -> KindOdds {
        if self.meaning.len() != vector.dimensions() {
            return words;
        }
        let mut meant = self.meaning_bias;
        for (value, weights) in vector.values.iter().zip(&self.meaning) {
            for (logit, weight) in meant.iter_mut().zip(weights) {
                *logit += f32::from(*value) * vector.scale * weight;
            }
        }
        let mut logits = words.logits;
        for (logit, meant) in logits.iter_mut().zip(meant) {
            *logit = self.words_share * *logit + (1.0 - self.words_share) * meant;
        }
        KindOdds { logits }
    }
}

impl KindOdds {
    /// Judges by the words of subject and body.
    #[must_use]
    pub fn of(subject: &str, body: &str) -> Self {
        SHIPPED
            .as_ref()
            .map_or_else(|| Self { logits: cues::logits(subject, body) }, |model| model.words(subject, body))
    }

    /// Lets the sentence vector speak too.
    #[must_use]
    pub fn with_vector(self, vector: &Vector) -> Self {
        SHIPPED.as_ref().map_or(self, |model| model.both(self, vector))
    }

    /// The likeliest kind and how likely it is.
    #[must_use]
    pub fn likeliest(&self) -> (Kind, f32) {
        let top = self.logits.iter().copied().fold(f32::MIN, f32::max);
        let total: f32 = self.logits.iter().map(|l| (l - top).exp()).sum();
        let mut best = (Kind::Bug, f32::MIN);
        for (kind, logit) in Kind::ALL.into_iter().zip(self.logits) {
            if logit > best.1 {
                best = (kind, logit);
            }
        }
        (best.0, 1.0 / total)
    }
}

/// The buckets of a text's features, sorted, each once: runs of up to three words of subject and
/// body, told apart and together, how each begins, and marks.
pub(crate) fn features(subject: &str, body: &str) -> Vec<usize> {
    let mut found = Vec::new();
    for (part, text, limit) in [("s", subject, usize::MAX), ("b", body, BODY_WORDS)] {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| !word.is_empty())
            .take(limit)
            .collect();
        for length in 1..=3 {
            for run in words.windows(length) {
                let of = |part| bucket(&std::iter::once(part).chain(run.iter().copied()).collect::<Vec<_>>());
                found.extend([of(part), of("any")]);
            }
        }
        found.push(bucket(&[part, "first", words.first().unwrap_or(&"")]));
        found.push(bucket(&[part, "first two", words.first().unwrap_or(&""), words.get(1).unwrap_or(&"")]));
        for mark in ["?", "!", "```", "http", "#", "at ", ".js", "error:", "exception"] {
            if lower.contains(mark) {
                found.push(bucket(&[part, "mark", mark]));
            }
        }
        found.push(bucket(&[part, "length", &words.len().checked_ilog2().unwrap_or(0).to_string()]));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn bucket(parts: &[&str]) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "folded into the buckets on purpose")]
    let folded = hash_of(parts) as usize;
    folded % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(subject: &str, body: &str) -> Kind {
        KindOdds::of(subject, body).likeliest().0
    }

    #[test]
    fn plain_cases_are_told_apart() {
        assert_eq!(kind("App crashes on start", "It throws an exception since the update. Error: null"), Kind::Bug);
        assert_eq!(
            kind("Feature request: add dark mode", "It would be nice to have a dark theme."),
            Kind::FeatureRequest
        );
        assert_eq!(
            kind("How to configure the proxy?", "Is there a way to do that? How can I find it?"),
            Kind::Question
        );
    }

    #[test]
    fn the_shares_of_a_text_without_words_sum_to_one() {
        let odds = KindOdds::of("", "");
        assert!(odds.likeliest().1 > 0.0 && odds.likeliest().1 <= 1.0);
    }

    #[test]
    fn weights_come_back_from_their_bytes() {
        let model = KindModel {
            bias: [0.1, 0.2, 0.3],
            scale: 0.5,
            buckets: vec![[1, -2, 3]; BUCKETS],
            meaning_bias: [0.0; 3],
            meaning: vec![[0.5, 0.25, -1.0]; 4],
            words_share: 0.6,
        };
        assert_eq!(KindModel::from_bytes(&model.to_bytes()), Some(model));
    }
}
