//! The judge: three small logistic models.
//!
//! The pair model says how much an earlier ticket resembles the new one. The topic model ranks
//! topics ([`super::ranking`]); the belief model says how probable it is that the first is right. The weights are learned offline
//! (`examples/train_grouping.rs`) and ship as the prior of what an installation learns itself.

use serde::{Deserialize, Serialize};

use super::names::{belief, topic};
use super::signals::PAIR_SIGNALS;

/// How many signals a topic is ranked by.
pub(crate) const TOPIC_SIGNALS: usize = topic::CENTRE_FIT_IF_BRIEF + 1;

/// How many signals the best topic is believed by.
pub(crate) const BELIEF_SIGNALS: usize = belief::TABLE.len();

/// A logistic model over standardised signals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Logistic {
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: f32,
}

impl Logistic {
    /// The log-odds.
    pub(crate) fn logit(&self, signals: &[f32]) -> f32 {
        self.bias + self.contributions(signals).sum::<f32>()
    }

    /// What each signal adds to the log-odds.
    pub(crate) fn contributions<'a>(&'a self, signals: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        signals
            .iter()
            .zip(&self.mean)
            .zip(&self.deviation)
            .zip(&self.weights)
            .map(|(((signal, mean), deviation), weight)| ((signal - mean) / deviation).clamp(-6.0, 6.0) * weight)
    }
}

/// The models of one mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Models {
    /// How much two tickets resemble each other; over [`expanded`] signals.
    pub(crate) pair: Logistic,
    /// Which topic comes first.
    pub(crate) topic: Logistic,
    /// How probable it is that the first one is right, at even odds of a repeat.
    pub(crate) belief: Logistic,
}

/// All shipped weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Weights {
    /// Which training made them; stored with every decision.
    pub(crate) version: String,
    /// When words alone decide.
    pub(crate) words: Models,
    /// With sentence vectors.
    pub(crate) meaning: Models,
}

/// Pair signals, and each once more for how brief the ticket is: what matters between two short
/// messages is not what matters between two long reports.
pub(crate) fn expanded(signals: &[f32; PAIR_SIGNALS], brevity: f32) -> [f32; 2 * PAIR_SIGNALS] {
    let mut both = [0.0; 2 * PAIR_SIGNALS];
    both[..PAIR_SIGNALS].copy_from_slice(signals);
    for (at, signal) in signals.iter().enumerate() {
        both[PAIR_SIGNALS + at] = signal * (brevity - 0.5);
    }
    both
}

/// Turns log-odds into a probability.
pub(crate) fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// The shipped weights.
pub(crate) fn shipped() -> Result<Weights, serde_json::Error> {
    serde_json::from_str(include_str!("weights.json"))
}

impl Logistic {
    /// Whether it has a weight for each of `count` signals and divides by nothing.
    pub(crate) fn fits(&self, count: usize) -> bool {
        self.weights.len() == count
            && self.mean.len() == count
            && self.deviation.len() == count
            && self.deviation.iter().all(|d| *d > 0.0)
    }
}

impl Weights {
    /// Whether all models fit the signals of this build.
    pub(crate) fn fits(&self) -> bool {
        [&self.words, &self.meaning].into_iter().all(|models| {
            models.pair.fits(2 * PAIR_SIGNALS) && models.topic.fits(TOPIC_SIGNALS) && models.belief.fits(BELIEF_SIGNALS)
        })
    }
}
