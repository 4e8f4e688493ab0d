//! The scorer: three small logistic models.
//!
//! The pair model scores how similar an earlier ticket is to the new one. The topic model ranks topics
//! ([`crate::ranking`]). The calibration model says how probable it is that the first of them is right. The weights are
//! fitted offline (`examples/train.rs`) and are where an installation's own learning starts.

use serde::{Deserialize, Serialize};

use crate::feature_table::{calibration, topic};
use crate::pair_features::PAIR_FEATURES;

/// How many features a topic is ranked by.
pub(crate) const TOPIC_FEATURES: usize = topic::CENTRE_FIT_IF_BRIEF + 1;

/// How many features the best topic's probability depends on.
pub(crate) const CALIBRATION_FEATURES: usize = calibration::TABLE.len();

/// A logistic model over standardised features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LogisticModel {
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: f32,
}

impl LogisticModel {
    /// The log-odds.
    pub(crate) fn logit(&self, features: &[f32]) -> f32 {
        self.bias + self.contributions(features).sum::<f32>()
    }

    /// What each feature adds to the log-odds.
    pub(crate) fn contributions<'a>(&'a self, features: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        features
            .iter()
            .zip(&self.mean)
            .zip(&self.deviation)
            .zip(&self.weights)
            .map(|(((feature, mean), deviation), weight)| ((feature - mean) / deviation).clamp(-6.0, 6.0) * weight)
    }
}

/// The models of one mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScorerModels {
    /// How similar two tickets are, over [`expanded`] features.
    pub(crate) pair: LogisticModel,
    /// Which topic comes first.
    pub(crate) topic: LogisticModel,
    /// How probable it is that the first is right, if duplicates and new topics were equally common.
    pub(crate) calibration: LogisticModel,
}

/// All shipped weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScorerWeights {
    /// Which training made them; stored with every decision.
    pub(crate) version: String,
    /// For words alone.
    pub(crate) words: ScorerModels,
    /// For words and sentence vectors.
    pub(crate) meaning: ScorerModels,
}

/// Pair features, and each of them again multiplied by how brief the ticket is. What matters between two short messages
/// is not what matters between two long reports.
pub(crate) fn expanded(features: &[f32; PAIR_FEATURES], brevity: f32) -> [f32; 2 * PAIR_FEATURES] {
    let mut both = [0.0; 2 * PAIR_FEATURES];
    both[..PAIR_FEATURES].copy_from_slice(features);
    for (at, feature) in features.iter().enumerate() {
        both[PAIR_FEATURES + at] = feature * (brevity - 0.5);
    }
    both
}

/// Turns log-odds into a probability.
pub(crate) fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// The shipped weights.
pub(crate) fn shipped() -> Result<ScorerWeights, serde_json::Error> {
    serde_json::from_str(include_str!("weights.json"))
}

impl LogisticModel {
    /// Whether it has a weight for each of `count` features and divides by nothing.
    pub(crate) fn fits(&self, count: usize) -> bool {
        self.weights.len() == count
            && self.mean.len() == count
            && self.deviation.len() == count
            && self.deviation.iter().all(|d| *d > 0.0)
    }
}

impl ScorerWeights {
    /// Whether all models fit the features of this build.
    pub(crate) fn fits(&self) -> bool {
        [&self.words, &self.meaning].into_iter().all(|models| {
            models.pair.fits(2 * PAIR_FEATURES)
                && models.topic.fits(TOPIC_FEATURES)
                && models.calibration.fits(CALIBRATION_FEATURES)
        })
    }
}
