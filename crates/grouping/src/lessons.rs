//! What people's answers teach the judge.
//!
//! Every answer is a row to learn from: what was shown, what was right. Now and then the models are
//! refitted towards the shipped ones and kept only if they do better on the latest answers, which
//! they had not seen. Once there are enough answers, the bound for joining is the lowest one that
//! has proven the promised precision on them.

use super::decision::Decision;
use super::fitting::Rows;
use super::judge::{BELIEF_SIGNALS, Logistic, Models, TOPIC_SIGNALS, expanded, probability};
use super::ledger::Correction;
use super::names::belief;
use super::signals::PAIR_SIGNALS;
use super::text::TopicKey;

/// Before so many answers nothing is refitted and no bound is set.
pub(crate) const ANSWERS_NEEDED: usize = 100;
/// Refitted after so many further answers.
const REFIT_EVERY: usize = 50;
/// The latest answers that are kept; older ones are forgotten.
const ANSWERS_KEPT: usize = 4000;
/// The latest of `HELD_OUT` answers judge whether a refit is better.
const HELD_OUT: usize = 5;
/// How strongly refits are held towards the shipped weights.
const RIDGE: f64 = 12.0;
/// One-sided 90 % confidence: in the precision above the bound, and in what a refit gains.
const CONFIDENCE_Z: f64 = 1.2816;
/// A bound rests on at least so many answers above it.
const BOUND_NEEDS: usize = 30;
/// No bound is lower, whatever the answers say.
const LOWEST_BOUND: f32 = 0.8;

/// Picks the signals of what was shown, and whether each was right.
type Shown = fn(&Lesson) -> &Vec<(Vec<f32>, bool)>;

/// One answer next to what the machine had thought.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lesson {
    /// Expanded pair signals of each candidate that was shown, and whether it was right.
    pairs: Vec<(Vec<f32>, bool)>,
    topics: Vec<(Vec<f32>, bool)>,
    belief: Vec<f32>,
    /// Log-odds that were added to the belief.
    offset: f32,
    best_right: bool,
}

impl Lesson {
    /// The lesson of a correction about the ticket of a decision, if it says something about what
    /// was shown: what a person chose is right and everything else is wrong; a refusal says only
    /// what is wrong.
    pub(crate) fn of(correction: &Correction, decision: &Decision) -> Option<Self> {
        let verdict = |topic: &TopicKey| match correction {
            Correction::Same { topic: right, .. }
            | Correction::Move { to: right, .. }
            | Correction::Merge { into: right, .. } => Some(topic == right),
            Correction::NotSame { topic: wrong, .. } | Correction::Split { from: wrong, .. } => {
                (topic == wrong).then_some(false)
            }
            Correction::Undo { .. } => None,
        };
        let best = decision.candidates.first()?;
        let best_right = verdict(&best.topic)?;
        if decision.evidence.len() != BELIEF_SIGNALS {
            return None;
        }
        let brevity = decision.evidence[belief::BREVITY];
        let (mut pairs, mut topics) = (Vec::new(), Vec::new());
        for candidate in &decision.candidates {
            let Some((pair, topic)) = candidate.evidence.split_first_chunk::<PAIR_SIGNALS>() else {
                continue;
            };
            let Some(right) = verdict(&candidate.topic) else { continue };
            pairs.push((expanded(pair, brevity).to_vec(), right));
            topics.push((topic.to_vec(), right));
        }
        #[expect(clippy::cast_possible_truncation, reason = "log-odds need no more precision")]
        let given =
            (decision.score.clamp(1e-4, 1.0 - 1e-4) / (1.0 - decision.score.clamp(1e-4, 1.0 - 1e-4))).ln() as f32;
        let offset = given - decision.belief.unwrap_or(given);
        Some(Self { pairs, topics, belief: decision.evidence.clone(), offset, best_right })
    }
}

/// All answers, and what was learned from them so far.
#[derive(Debug, Default)]
pub(crate) struct Lessons {
    kept: Vec<Lesson>,
    heard: usize,
    /// The learned bound for joining, once answers have proven one.
    pub(crate) bound: Option<f32>,
}

impl Lessons {
    /// How many answers were heard.
    pub(crate) fn heard(&self) -> usize {
        self.heard
    }

    /// Takes an answer in; true when it is time to refit.
    pub(crate) fn hear(&mut self, lesson: Lesson) -> bool {
        if self.kept.len() == ANSWERS_KEPT {
            self.kept.remove(0);
        }
        self.kept.push(lesson);
        self.heard += 1;
        self.heard >= ANSWERS_NEEDED && self.heard.is_multiple_of(REFIT_EVERY)
    }

    /// The models after all answers, and the bound they prove for the promised precision. Each model
    /// is kept as shipped unless its refit does better on the latest answers, by more than chance would.
    pub(crate) fn refit(&mut self, shipped: &Models, precision: f64) -> Models {
        let split = self.kept.len() - self.kept.len() / HELD_OUT;
        let (earlier, latest) = self.kept.split_at(split);
        let mut models = shipped.clone();
        let rankings: [(Shown, usize); 2] = [(|l| &l.pairs, 2 * PAIR_SIGNALS), (|l| &l.topics, TOPIC_SIGNALS)];
        for (model, (lists, width)) in [&mut models.pair, &mut models.topic].into_iter().zip(rankings) {
            let tried = ranking_rows(earlier, lists, width).rerank(model, RIDGE);
            if is_better(latest, |lesson, by| ranking_loss(lists(lesson), by), &tried, model) {
                *model = ranking_rows(&self.kept, lists, width).rerank(model, RIDGE);
            }
        }
        let tried = belief_rows(earlier).refit(&models.belief, RIDGE);
        let better = is_better(latest, |lesson, by| Some(belief_loss(lesson, by)), &tried, &models.belief);
        self.bound = proven_bound(latest, if better { &tried } else { &models.belief }, precision);
        if better {
            models.belief = belief_rows(&self.kept).refit(&models.belief, RIDGE);
        }
        models
    }
}

fn ranking_rows(lessons: &[Lesson], lists: Shown, width: usize) -> Rows {
    let mut rows = Rows::new(width);
    for lesson in lessons {
        rows.push_list(lists(lesson).iter().map(|(signals, right)| (&signals[..], *right)), 1.0, 0.0);
    }
    rows
}

fn belief_rows(lessons: &[Lesson]) -> Rows {
    let mut rows = Rows::new(BELIEF_SIGNALS);
    for lesson in lessons {
        let row = (&lesson.belief[..], lesson.best_right);
        rows.push_list(std::iter::once(row), 1.0, lesson.offset);
    }
    rows
}

/// Whether a model is less surprised by answers than the one that is kept so far, on the whole and beyond what the
/// spread of its gains makes likely by chance.
#[expect(clippy::cast_precision_loss, reason = "some thousand answers")]
fn is_better(
    lessons: &[Lesson],
    surprise: impl Fn(&Lesson, &Logistic) -> Option<f64>,
    tried: &Logistic,
    kept: &Logistic,
) -> bool {
    let gain = |lesson| Some(surprise(lesson, kept)? - surprise(lesson, tried)?);
    let gains: Vec<f64> = lessons.iter().filter_map(gain).collect();
    let count = gains.len().max(1) as f64;
    let mean = gains.iter().sum::<f64>() / count;
    let spread = (gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / count).sqrt();
    mean > CONFIDENCE_Z * spread / count.sqrt()
}

/// The surprise at which shown candidate was right; none where none of them was.
fn ranking_loss(shown: &[(Vec<f32>, bool)], model: &Logistic) -> Option<f64> {
    let logits: Vec<(f64, bool)> =
        shown.iter().map(|(signals, right)| (f64::from(model.logit(signals)), *right)).collect();
    let top = logits.iter().map(|l| l.0).fold(f64::MIN, f64::max);
    let all: f64 = logits.iter().map(|l| (l.0 - top).exp()).sum();
    let right: f64 = logits.iter().filter(|l| l.1).map(|l| (l.0 - top).exp()).sum();
    (right > 0.0).then(|| -(right / all).max(1e-9).ln())
}

/// The surprise at whether the best candidate was right.
fn belief_loss(lesson: &Lesson, model: &Logistic) -> f64 {
    let p = f64::from(probability(model.logit(&lesson.belief) + lesson.offset)).clamp(1e-6, 1.0 - 1e-6);
    -(if lesson.best_right { p } else { 1.0 - p }).ln()
}

/// The lowest bound above which the answers prove the precision with confidence (Wilson's lower
/// limit, <https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval>).
#[expect(clippy::cast_precision_loss, reason = "some thousand answers")]
fn proven_bound(lessons: &[Lesson], model: &Logistic, precision: f64) -> Option<f32> {
    let mut scored: Vec<(f32, bool)> = lessons
        .iter()
        .map(|l| (probability(model.logit(&l.belief) + l.offset), l.best_right))
        .filter(|(score, _)| *score >= LOWEST_BOUND)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut bound) = (0usize, None);
    for (at, (score, was_right)) in scored.iter().enumerate() {
        right += usize::from(*was_right);
        let count = at + 1;
        let last_of_tie = scored.get(count).is_none_or(|next| next.0 < *score);
        if last_of_tie && count >= BOUND_NEEDS && wilson(right as f64, count as f64) >= precision {
            bound = Some(*score);
        }
    }
    bound
}

fn wilson(right: f64, count: f64) -> f64 {
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

    fn believing(bias: f32) -> Logistic {
        let none = vec![0.0; BELIEF_SIGNALS];
        Logistic { mean: none.clone(), deviation: vec![1.0; BELIEF_SIGNALS], weights: none, bias }
    }

    fn lesson(best_right: bool) -> Lesson {
        let belief = vec![0.0; BELIEF_SIGNALS];
        Lesson { pairs: Vec::new(), topics: Vec::new(), belief, offset: 0.0, best_right }
    }

    #[test]
    fn a_refit_must_do_better_than_by_chance() {
        let (tried, kept) = (believing(0.1), believing(0.0));
        let is_kept = |right: usize| {
            let answers: Vec<Lesson> = (0..100).map(|number| lesson(number < right)).collect();
            is_better(&answers, |lesson, by| Some(belief_loss(lesson, by)), &tried, &kept)
        };
        // At 53 of 100 it is less surprised on the whole, as it might be by the luck of a coin.
        assert_eq!([45, 53, 65].map(is_kept), [false, false, true]);
        assert!(!is_better(&[], |lesson, by| Some(belief_loss(lesson, by)), &tried, &kept));
    }

    #[test]
    fn many_errors_prove_no_bound() {
        let model = believing(3.0);
        let all_right: Vec<Lesson> = (0..100).map(|_| lesson(true)).collect();
        let half_right: Vec<Lesson> = (0..100).map(|n| lesson(n % 2 == 0)).collect();
        assert!(proven_bound(&all_right, &model, 0.95).is_some());
        assert_eq!(proven_bound(&half_right, &model, 0.95), None);
    }
}
