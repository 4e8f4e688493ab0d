//! Learns from people's answers.
//!
//! Every answer is a labeled example: what was shown, and what was right. From time to time the models are fitted
//! again, starting from the shipped ones, and are kept only if they do better on the latest answers, which they were
//! not fitted on. Once there are enough answers, the bound for joining is the lowest one that is proven for the promised
//! precision ([`crate::bound`]).
//!
//! A move is an example as well, but no answer: people move only what is in the wrong place, and say nothing of what is in the
//! right one. So it teaches which candidate is right, and never how often the first one is. (On a bank's chats, 205 moves that
//! taught that, too, cut the joins by two thirds, and the ranking alone that they teach adds half of them again.)

use std::collections::VecDeque;

use foldhash::HashMap;

use crate::bound::{self, ScoredBest};
use crate::decision::TicketDecision;
use crate::feature_table::calibration;
use crate::ledger::Correction;
use crate::logistic_regression::TrainingRows;
use crate::pair_features::PAIR_FEATURES;
use crate::scorer::{CALIBRATION_FEATURES, LogisticModel, ScorerModels, TOPIC_FEATURES, expanded, probability};
use crate::ticket::TicketKey;

/// With fewer answers nothing is fitted and no bound is set.
pub(crate) const EXAMPLES_NEEDED: usize = 50;
/// The models are fitted again after this many further answers.
const REFIT_EVERY: usize = 25;
/// How many of the latest answers are kept, and of the latest tickets.
const EXAMPLES_KEPT: usize = 4000;
/// One of this many answers, the latest, are held out to test whether a new fit is better. Into as many parts the answers fall that
/// prove a bound, each predicted by a fit on the others.
const HELD_OUT: usize = 5;
/// How strongly a new fit is held to the shipped weights.
const RIDGE: f64 = 12.0;
/// One-sided 90 % confidence, for what a new fit gains.
const CONFIDENCE_Z: f64 = 1.2816;

/// Selects one kind of lists from an example: the features of each candidate, and whether it was right.
type ExampleLists = fn(&LabeledExample) -> &Vec<(Vec<f32>, bool)>;

/// What an answer says of the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// Which topic is right. All others are wrong.
    Right,
    /// Which topic is wrong, and nothing of any other.
    Wrong,
    /// That the ticket and those that went with it are one topic, and not about the one that they left.
    Apart,
}

/// What a person said about a ticket, next to what the machine had found. Whether a candidate was right is not kept: it follows
/// from where the candidate's ticket is when the models are fitted, because a person who puts ten tickets together, one after
/// the other, has said of each that it is the same as those that came after it, too.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The number of the correction in the ledger.
    pub(crate) correction: usize,
    /// The ticket.
    pub(crate) ticket: TicketKey,
    /// What it says of other topics than the ticket's own.
    pub(crate) says: Said,
    /// Whether it teaches only which candidate is right: it was said because the ticket was in the wrong place, or what was decided
    /// did not follow from the candidates.
    only_ranks: bool,
    /// The candidates, best first.
    candidates: Vec<AnsweredCandidate>,
    calibration: Vec<f32>,
    /// Log-odds that were added to the calibrated ones, which is the duplicate prior at that time.
    offset: f32,
}

/// A candidate as it was found.
#[derive(Debug, Clone, PartialEq)]
struct AnsweredCandidate {
    ticket: TicketKey,
    /// The expanded pair features, and the topic features, if they were kept.
    features: Option<(Vec<f32>, Vec<f32>)>,
}

impl Answer {
    /// The answer that a correction is, given the ticket's decision, if it says something about a ticket.
    pub(crate) fn of(number: usize, correction: &Correction, decision: &TicketDecision) -> Option<Self> {
        let says = match correction {
            Correction::Same { .. } | Correction::Move { .. } | Correction::Merge { .. } => Said::Right,
            Correction::NotSame { .. } => Said::Wrong,
            Correction::Split { .. } => Said::Apart,
            Correction::Undo { .. } => return None,
        };
        if decision.candidates.is_empty() || decision.features.len() != CALIBRATION_FEATURES {
            return None;
        }
        let brevity = decision.features[calibration::BREVITY];
        let candidates = decision.candidates.iter().map(|candidate| AnsweredCandidate {
            ticket: candidate.ticket.clone(),
            features: candidate
                .features
                .split_first_chunk::<PAIR_FEATURES>()
                .map(|(pair, topic)| (expanded(pair, brevity).to_vec(), topic.to_vec())),
        });
        #[expect(clippy::cast_possible_truncation, reason = "log-odds need no more precision")]
        let given =
            (decision.score.clamp(1e-4, 1.0 - 1e-4) / (1.0 - decision.score.clamp(1e-4, 1.0 - 1e-4))).ln() as f32;
        Some(Self {
            correction: number,
            ticket: decision.ticket.clone(),
            says,
            only_ranks: matches!(correction, Correction::Move { .. } | Correction::Split { .. })
                || decision.topic.as_ref() != decision.candidates.first().map(|best| &best.topic)
                || decision.mark.is_some(),
            candidates: candidates.collect(),
            calibration: decision.features.clone(),
            offset: given - decision.match_log_odds.unwrap_or(given),
        })
    }

    /// What it teaches, given which candidates are right; `None` says nothing of one.
    fn labeled(&self, is_right: impl Fn(&TicketKey) -> Option<bool>) -> Option<LabeledExample> {
        let best_right = is_right(&self.candidates.first()?.ticket)?;
        let (mut pairs, mut topics) = (Vec::new(), Vec::new());
        for candidate in &self.candidates {
            if let (Some((pair, topic)), Some(right)) = (&candidate.features, is_right(&candidate.ticket)) {
                pairs.push((pair.clone(), right));
                topics.push((topic.clone(), right));
            }
        }
        Some(LabeledExample {
            pairs,
            topics,
            calibration: self.calibration.clone(),
            offset: self.offset,
            best_right,
            only_ranks: self.only_ranks,
        })
    }
}

/// A person's answer next to what the machine had predicted.
#[derive(Debug, Clone, PartialEq)]
struct LabeledExample {
    /// Expanded pair features of each candidate that was shown, and whether it was right.
    pairs: Vec<(Vec<f32>, bool)>,
    topics: Vec<(Vec<f32>, bool)>,
    calibration: Vec<f32>,
    offset: f32,
    best_right: bool,
    only_ranks: bool,
}

/// All answers, and what was learned from them.
#[derive(Debug, Default)]
pub(crate) struct OnlineLearner {
    answers: Vec<Answer>,
    /// The log-odds that the best candidate of each ticket was right, as it was decided.
    found: VecDeque<(TicketKey, f32)>,
    example_count: usize,
    /// The bound for joining, once answers have proven one.
    pub(crate) bound: Option<f32>,
}

impl OnlineLearner {
    /// How many answers there were.
    pub(crate) fn example_count(&self) -> usize {
        self.example_count
    }

    /// Takes in a ticket: the log-odds that its best candidate is right.
    pub(crate) fn found(&mut self, ticket: &TicketKey, log_odds: f32) {
        if self.found.len() == EXAMPLES_KEPT {
            self.found.pop_front();
        }
        self.found.push_back((ticket.clone(), log_odds));
    }

    /// Takes in an answer. Returns true when it is time to fit the models again.
    pub(crate) fn observe(&mut self, answer: Answer) -> bool {
        if self.answers.len() == EXAMPLES_KEPT {
            self.answers.remove(0);
        }
        self.answers.push(answer);
        self.example_count += 1;
        self.example_count >= EXAMPLES_NEEDED && self.example_count.is_multiple_of(REFIT_EVERY)
    }

    /// The models after all answers, and the lowest bound that is proven for the promised precision and not below `lowest`. Each
    /// model stays as shipped unless its new fit does better on the latest answers by more than chance. `is_right` says of an answer
    /// that holds and of a candidate's ticket whether the two are one topic now. Of a ticket, the latest answer counts and the
    /// latest move.
    pub(crate) fn refit(
        &mut self,
        shipped: &ScorerModels,
        (precision, lowest): (f64, f64),
        is_right: impl Fn(&Answer, &TicketKey) -> Option<bool>,
    ) -> ScorerModels {
        let key = |answer: &Answer| (answer.ticket.clone(), answer.only_ranks);
        let latest: HashMap<(TicketKey, bool), usize> =
            self.answers.iter().enumerate().map(|(at, answer)| (key(answer), at)).collect();
        let examples: Vec<LabeledExample> = self
            .answers
            .iter()
            .enumerate()
            .filter(|(at, answer)| latest.get(&key(answer)) == Some(at))
            .filter_map(|(_, answer)| answer.labeled(|candidate| is_right(answer, candidate)))
            .collect();
        let (earlier, latest) = held_out(&examples);
        let mut models = shipped.clone();
        let rankings: [(ExampleLists, usize); 2] = [(|l| &l.pairs, 2 * PAIR_FEATURES), (|l| &l.topics, TOPIC_FEATURES)];
        for (model, (lists, width)) in [&mut models.pair, &mut models.topic].into_iter().zip(rankings) {
            let tried = ranking_rows(earlier, lists, width).rerank(model, RIDGE);
            if is_better(latest, |example, by| ranking_loss(lists(example), by), &tried, model) {
                *model = ranking_rows(&examples, lists, width).rerank(model, RIDGE);
            }
        }
        let answers: Vec<LabeledExample> = examples.into_iter().filter(|example| !example.only_ranks).collect();
        self.bound = None;
        if answers.len() < EXAMPLES_NEEDED {
            return models;
        }
        let (earlier, latest) = held_out(&answers);
        let tried = calibration_rows(earlier).refit(&models.calibration, RIDGE);
        let better = is_better(latest, |example, by| Some(calibration_loss(example, by)), &tried, &models.calibration);
        let mut scored = predicted(&answers, &models.calibration, better);
        scored.extend(self.unanswered());
        self.bound = bound::proven(scored, precision, lowest);
        if better {
            models.calibration = calibration_rows(&answers).refit(&models.calibration, RIDGE);
        }
        models
    }

    /// The tickets about which nobody said anything that proves a bound. A ticket that was decided twice counts as it was last.
    fn unanswered(&self) -> Vec<ScoredBest> {
        let mut latest: HashMap<&TicketKey, f32> =
            self.found.iter().map(|(ticket, log_odds)| (ticket, *log_odds)).collect();
        for answer in self.answers.iter().filter(|answer| !answer.only_ranks) {
            latest.remove(&answer.ticket);
        }
        latest.into_values().map(ScoredBest::unanswered).collect()
    }
}

/// The examples that a new fit is tried on, and the latest, on which it is tested.
fn held_out(examples: &[LabeledExample]) -> (&[LabeledExample], &[LabeledExample]) {
    examples.split_at(examples.len() - examples.len() / HELD_OUT)
}

fn ranking_rows(examples: &[LabeledExample], lists: ExampleLists, width: usize) -> TrainingRows {
    let mut rows = TrainingRows::new(width);
    for example in examples {
        rows.push_list(lists(example).iter().map(|(features, right)| (&features[..], *right)), 1.0, 0.0);
    }
    rows
}

fn calibration_rows(examples: &[LabeledExample]) -> TrainingRows {
    let mut rows = TrainingRows::new(CALIBRATION_FEATURES);
    for example in examples {
        let row = (&example.calibration[..], example.best_right);
        rows.push_list(std::iter::once(row), 1.0, example.offset);
    }
    rows
}

/// Whether a model predicts the answers better than the one kept so far, by more than the spread of its gains explains.
#[expect(clippy::cast_precision_loss, reason = "some thousand answers")]
fn is_better(
    examples: &[LabeledExample],
    loss: impl Fn(&LabeledExample, &LogisticModel) -> Option<f64>,
    tried: &LogisticModel,
    kept: &LogisticModel,
) -> bool {
    let gain = |example| Some(loss(example, kept)? - loss(example, tried)?);
    let gains: Vec<f64> = examples.iter().filter_map(gain).collect();
    let count = gains.len().max(1) as f64;
    let mean = gains.iter().sum::<f64>() / count;
    let spread = (gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / count).sqrt();
    mean > CONFIDENCE_Z * spread / count.sqrt()
}

/// The log loss of which candidate was right; `None` when none was.
fn ranking_loss(shown: &[(Vec<f32>, bool)], model: &LogisticModel) -> Option<f64> {
    let logits: Vec<(f64, bool)> =
        shown.iter().map(|(features, right)| (f64::from(model.logit(features)), *right)).collect();
    let top = logits.iter().map(|l| l.0).fold(f64::MIN, f64::max);
    let all: f64 = logits.iter().map(|l| (l.0 - top).exp()).sum();
    let right: f64 = logits.iter().filter(|l| l.1).map(|l| (l.0 - top).exp()).sum();
    (right > 0.0).then(|| -(right / all).max(1e-9).ln())
}

/// The log loss of whether the best candidate was right.
fn calibration_loss(example: &LabeledExample, model: &LogisticModel) -> f64 {
    let p = f64::from(probability(model.logit(&example.calibration) + example.offset)).clamp(1e-6, 1.0 - 1e-6);
    -(if example.best_right { p } else { 1.0 - p }).ln()
}

/// How probable each answer was by a model that did not learn from it, and whether the best candidate was right. `refits` says whether
/// the model will be fitted to all of them: then each part of the answers is predicted by a fit on the other parts.
fn predicted(answers: &[LabeledExample], model: &LogisticModel, refits: bool) -> Vec<ScoredBest> {
    let by = |model: &LogisticModel, part: &[LabeledExample]| -> Vec<ScoredBest> {
        let scored = |one: &LabeledExample| ScoredBest {
            score: probability(model.logit(&one.calibration) + one.offset),
            was_right: Some(one.best_right),
        };
        part.iter().map(scored).collect()
    };
    if !refits {
        return by(model, answers);
    }
    let mut all = Vec::with_capacity(answers.len());
    for part in answers.chunks(answers.len().div_ceil(HELD_OUT).max(1)) {
        let others: Vec<LabeledExample> =
            answers[..all.len()].iter().chain(&answers[all.len() + part.len()..]).cloned().collect();
        all.extend(by(&calibration_rows(&others).refit(model, RIDGE), part));
    }
    all
}

/// The lower limit of a share, with one-sided 90 % confidence (Wilson's,
/// <https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval>).
pub(crate) fn wilson(right: f64, count: f64) -> f64 {
    let (share, square) = (right / count, CONFIDENCE_Z * CONFIDENCE_Z);
    let middle = share + square / (2.0 * count);
    let spread = CONFIDENCE_Z * ((share * (1.0 - share) + square / (4.0 * count)) / count).sqrt();
    (middle - spread) / (1.0 + square / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_answers_prove_nothing() {
        assert!(wilson(10.0, 10.0) < 0.95);
        assert!(wilson(60.0, 60.0) > 0.95);
    }

    fn calibrated_by(bias: f32) -> LogisticModel {
        let none = vec![0.0; CALIBRATION_FEATURES];
        LogisticModel { mean: none.clone(), deviation: vec![1.0; CALIBRATION_FEATURES], weights: none, bias }
    }

    fn example(best_right: bool) -> LabeledExample {
        let calibration = vec![0.0; CALIBRATION_FEATURES];
        LabeledExample {
            pairs: Vec::new(),
            topics: Vec::new(),
            calibration,
            offset: 0.0,
            best_right,
            only_ranks: false,
        }
    }

    #[test]
    fn a_new_fit_must_be_better_than_chance() {
        let (tried, kept) = (calibrated_by(0.1), calibrated_by(0.0));
        let is_kept = |right: usize| {
            let answers: Vec<LabeledExample> = (0..100).map(|number| example(number < right)).collect();
            is_better(&answers, |example, by| Some(calibration_loss(example, by)), &tried, &kept)
        };
        // At 53 of 100 it predicts better on the whole, but a lucky coin would too.
        assert_eq!([45, 53, 65].map(is_kept), [false, false, true]);
        assert!(!is_better(&[], |example, by| Some(calibration_loss(example, by)), &tried, &kept));
    }

    #[test]
    fn no_answer_is_predicted_by_what_was_learned_from_it() {
        // Of a hundred answers the last twenty are all wrong: by a fit on them they would be improbable.
        let answers: Vec<LabeledExample> = (0..100).map(|number| example(number < 80)).collect();
        let model = calibrated_by(3.0);
        let found = predicted(&answers, &model, true);
        assert_eq!(found.len(), answers.len());
        let whole = calibration_rows(&answers).refit(&model, RIDGE);
        let by_all = probability(whole.logit(&answers[99].calibration));
        assert!(found[99].score > by_all && found[0].score < by_all, "{found:?} {by_all}");
    }
}
