//! Trains the kind model. Developers' issues teach ridge regression over word n-grams, the shape of a text, and sentence
//! vectors; customers' tickets and issues together teach the weights of the cues ([`super::cue_weights`]).
//!
//! It is solved in one step in the space of the examples, so the same examples give the same weights. An n-gram that
//! appears more with one kind than with the others may weigh more than one that does not (as in the naive Bayes of Wang
//! and Manning, "Baselines and Bigrams", 2012). The scores are then scaled to log-odds, by the factor that makes the
//! held-out examples likeliest.

use std::collections::BTreeMap;

use super::cue_weights;
use super::example::{KindExample, number};
use crate::analysis::cleaned;
use crate::kind::cues::CUES;
use crate::kind::features::{BUCKETS, KindFeatures, MEASURES};
use crate::kind::{KindModel, KindOdds};
use crate::ticket::TicketKind;

/// Chosen by cross-validation, like the weights of the parts of a text.
const WORDS_RIDGE: f64 = 0.3;
const MEANING_RIDGE: f64 = 1.0;
/// How much the sentence vector adds to the words.
const MEANING_GAIN: f32 = 0.35;
/// How much an n-gram's freedom depends on how well it separates the kinds.
const TELLING_SHARE: f32 = 0.6;
/// An n-gram in fewer examples is chance.
const LEAST_EXAMPLES: usize = 2;
/// Every second example is also added with its markup stripped. Otherwise plain text is classified as a question,
/// because among developers it usually is one.
const PLAIN_EVERY: usize = 2;
/// Parts of the finer cross-validations.
const FOLDS: usize = 5;
/// Parts of the coarsest: trained on one half, tested on the other.
const HALVES: usize = 2;

/// F1 scores of held-out examples.
#[derive(Debug, Clone, Copy)]
pub struct KindScore {
    /// By words alone, every fifth example held out.
    pub words: F1Score,
    /// With the sentence vector.
    pub both: F1Score,
    /// By words alone, without capitals, marks and markup.
    pub plain_words: F1Score,
    /// By words alone, trained on every second example and tested on the others.
    pub words_of_half: F1Score,
    /// With the sentence vector.
    pub both_of_half: F1Score,
    /// By words alone, with a contiguous fifth of the file held out. Where a file is sorted by project, that is an
    /// unseen project.
    pub words_elsewhere: F1Score,
    /// With the sentence vector.
    pub both_elsewhere: F1Score,
}

/// The harmonic mean of precision and recall.
#[derive(Debug, Clone, Copy)]
pub struct F1Score {
    /// Averaged over the kinds.
    pub of_all: f64,
    /// Of each kind, in the order of [`TicketKind::ALL`].
    pub of_each: [f64; 3],
}

/// How well customers' tickets are told apart that nothing was learned from.
#[derive(Debug, Clone, Copy)]
pub struct CustomerScore {
    /// By words alone.
    pub words: F1Score,
    /// With the sentence vector.
    pub both: F1Score,
    /// Which share of what is broken was taken for a question.
    pub bugs_as_questions: f64,
    /// How many tickets this was measured on.
    pub tickets: usize,
}

/// Trains on all of the developers' issues, and on what customers say: on what we wrote ourselves (`own`), and on every second of
/// the tickets. The other tickets are what the second score is measured on. The first comes from cross-validation.
#[must_use]
pub fn train_kind(
    developers: &[KindExample],
    customers: &[KindExample],
    own: &[KindExample],
) -> (Vec<u8>, KindScore, CustomerScore) {
    let near = held_out(developers, FOLDS, |at| at % FOLDS);
    let half = held_out(developers, HALVES, |at| at % HALVES);
    let elsewhere = held_out(developers, FOLDS, |at| at * FOLDS / developers.len());
    let all: Vec<&KindExample> = developers.iter().collect();
    let model = stretched(fit(&all), stretch(&near.words), stretch(&near.both));
    let score = KindScore {
        words: f1(&near.words),
        both: f1(&near.both),
        plain_words: f1(&near.plain_words),
        words_of_half: f1(&half.words),
        both_of_half: f1(&half.both),
        words_elsewhere: f1(&elsewhere.words),
        both_elsewhere: f1(&elsewhere.both),
    };
    let by = stretch(&near.words);
    let unseen: Vec<(&KindExample, KindOdds)> = near
        .numbers
        .iter()
        .zip(&near.words)
        .map(|(at, (odds, _))| (&developers[*at], KindOdds { learned: odds.learned.map(|logit| logit * by), ..*odds }))
        .collect();
    let (taught, left): (Vec<_>, Vec<_>) = customers.iter().enumerate().partition(|(at, _)| at % 2 == 0);
    let taught: Vec<&KindExample> = taught.into_iter().map(|(_, example)| example).chain(own).collect();
    let model = cue_weights::fit(model, &unseen, &taught);
    let of_customers = of_customers(&model, left.into_iter().map(|(_, example)| example));
    (model.to_bytes(), score, of_customers)
}

fn of_customers<'a>(model: &KindModel, left: impl Iterator<Item = &'a KindExample>) -> CustomerScore {
    let mut said = HeldOut::default();
    for example in left {
        let words = model.words(&example.subject, &cleaned(&example.body));
        said.words.push((words, number(example.kind)));
        let both = example.vector.as_ref().map_or(words, |vector| model.both(words, vector));
        said.both.push((both, number(example.kind)));
    }
    let bugs = said.both.iter().filter(|(_, kind)| *kind == 0);
    let mistaken = bugs.clone().filter(|(odds, _)| odds.likeliest().0 == TicketKind::Question).count();
    #[expect(clippy::cast_precision_loss, reason = "some hundred examples")]
    let bugs_as_questions = mistaken as f64 / bugs.count().max(1) as f64;
    CustomerScore { words: f1(&said.words), both: f1(&said.both), bugs_as_questions, tickets: said.words.len() }
}

/// The odds that models give to examples they were not trained on, with the true kinds.
#[derive(Default)]
struct HeldOut {
    /// Which example each was.
    numbers: Vec<usize>,
    words: Vec<(KindOdds, usize)>,
    both: Vec<(KindOdds, usize)>,
    plain_words: Vec<(KindOdds, usize)>,
}

fn held_out(examples: &[KindExample], folds: usize, fold_of: impl Fn(usize) -> usize) -> HeldOut {
    let mut said = HeldOut::default();
    for fold in 0..folds {
        let (held, kept): (Vec<_>, Vec<_>) = examples.iter().enumerate().partition(|(at, _)| fold_of(*at) == fold);
        let kept: Vec<&KindExample> = kept.into_iter().map(|(_, e)| e).collect();
        let model = fit(&kept);
        for (at, example) in held {
            said.numbers.push(at);
            let kind = number(example.kind);
            let words = model.words(&example.subject, &cleaned(&example.body));
            let plain = example.plain();
            said.words.push((words, kind));
            said.plain_words.push((model.words(&plain.subject, &plain.body), kind));
            said.both.push((example.vector.as_ref().map_or(words, |v| model.both(words, v)), kind));
        }
    }
    said
}

#[expect(clippy::cast_precision_loss, reason = "some thousand examples")]
fn f1(said: &[(KindOdds, usize)]) -> F1Score {
    let mut confusion = [[0usize; 3]; 3];
    for (odds, kind) in said {
        confusion[*kind][number(odds.likeliest().0)] += 1;
    }
    let of_each = [0, 1, 2].map(|k| {
        let right = confusion[k][k] as f64;
        let wanted: usize = confusion[k].iter().sum();
        let given: usize = confusion.iter().map(|row| row[k]).sum();
        2.0 * right / (wanted + given).max(1) as f64
    });
    F1Score { of_all: of_each.iter().sum::<f64>() / 3.0, of_each }
}

/// The factor on the scores that makes the true kinds likeliest.
fn stretch(said: &[(KindOdds, usize)]) -> f32 {
    let loss = |by: f32| -> f32 {
        let surprise = |(odds, kind): &(KindOdds, usize)| {
            let total: f32 = odds.learned.iter().map(|l| (by * (l - odds.learned[*kind])).exp()).sum();
            total.ln()
        };
        said.iter().map(surprise).sum()
    };
    let tried = (4..=60).map(|quarters| 0.25 * f32::from(u8::try_from(quarters).unwrap_or(u8::MAX)));
    tried.min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(1.0)
}

/// A model with the odds by words, and those by words and vector, multiplied.
fn stretched(model: KindModel, words: f32, both: f32) -> KindModel {
    let three = |by: f32| move |weights: [f32; 3]| weights.map(|w| w * by);
    KindModel {
        bias: three(words)(model.bias),
        cues_bias: model.cues_bias,
        cues: model.cues,
        shape: model.shape.into_iter().map(three(words)).collect(),
        scale: model.scale * words,
        buckets: model.buckets,
        meaning_bias: three(both)(model.meaning_bias),
        meaning: model.meaning.into_iter().map(three(both)).collect(),
        words_share: model.words_share * both / words,
    }
}

/// The weights that give the right kind the highest scores.
fn fit(written: &[&KindExample]) -> KindModel {
    let plain: Vec<KindExample> = written.iter().step_by(PLAIN_EVERY).map(|example| example.plain()).collect();
    let examples: Vec<&KindExample> = written.iter().copied().chain(&plain).collect();
    let kinds: Vec<usize> = examples.iter().map(|e| number(e.kind)).collect();
    let bodies: Vec<String> = examples.iter().map(|e| cleaned(&e.body)).collect();
    let kind_features: Vec<KindFeatures> =
        examples.iter().zip(&bodies).map(|(e, body)| KindFeatures::of(&e.subject, body)).collect();
    let freedom = freedom(&kind_features, &kinds);
    let free = |column: usize| freedom.get(&column).copied().unwrap_or(0.0);
    let shape_mean: [f32; MEASURES] = std::array::from_fn(|at| mean(kind_features.iter().map(|s| s.shape[at])));
    let rows: Vec<SparseRow> = kind_features
        .iter()
        .map(|kind_features| {
            let ngrams = kind_features.ngrams.iter().map(|(bucket, value)| (*bucket, value * free(*bucket)));
            let shape =
                kind_features.shape.iter().zip(shape_mean).enumerate().map(|(at, (v, m))| (BUCKETS + at, v - m));
            ngrams.filter(|(_, value)| *value > 0.0).chain(shape).collect()
        })
        .collect();
    let wanted: Vec<[f64; 3]> = kinds.iter().map(|kind| std::array::from_fn(|k| right(*kind, k))).collect();
    let (mut bias, weights) = ridge(&rows, &wanted, BUCKETS + MEASURES, WORDS_RIDGE);
    let (ngrams, shape) = weights.split_at(BUCKETS);
    for (weights, mean) in shape.iter().zip(shape_mean) {
        (0..3).for_each(|k| bias[k] -= weights[k] * mean);
    }
    let ngrams: Vec<[f32; 3]> = ngrams.iter().enumerate().map(|(at, weights)| weights.map(|w| w * free(at))).collect();
    let largest = ngrams.iter().flatten().fold(1e-6f32, |most, w| most.max(w.abs()));
    #[expect(clippy::cast_possible_truncation, reason = "scaled into a byte")]
    let buckets = ngrams.iter().map(|weights| weights.map(|w| (w / largest * 127.0).round() as i8)).collect();
    let (meaning_bias, meaning) = fit_meaning(&examples);
    KindModel {
        bias,
        cues_bias: [0.0; 3],
        cues: vec![[0.0; 3]; CUES],
        shape: shape.to_vec(),
        scale: largest / 127.0,
        buckets,
        meaning_bias,
        meaning,
        words_share: 1.0,
    }
}

/// The weights of a sentence vector's dimensions.
fn fit_meaning(examples: &[&KindExample]) -> ([f32; 3], Vec<[f32; 3]>) {
    let told: Vec<(Vec<f32>, usize)> = examples
        .iter()
        .filter_map(|e| {
            let vector = e.vector.as_ref()?;
            Some((vector.values.iter().map(|v| f32::from(*v) * vector.scale).collect(), number(e.kind)))
        })
        .collect();
    let dimensions = told.first().map_or(0, |(values, _)| values.len());
    let means: Vec<f32> = (0..dimensions).map(|at| mean(told.iter().map(|(values, _)| values[at]))).collect();
    let centred = |values: &Vec<f32>| values.iter().zip(&means).enumerate().map(|(at, (v, m))| (at, v - m)).collect();
    let rows: Vec<SparseRow> = told.iter().map(|(values, _)| centred(values)).collect();
    let wanted: Vec<[f64; 3]> = told.iter().map(|(_, kind)| std::array::from_fn(|k| right(*kind, k))).collect();
    let (mut bias, mut weights) = ridge(&rows, &wanted, dimensions, MEANING_RIDGE);
    for (weights, mean) in weights.iter_mut().zip(&means) {
        *weights = weights.map(|w| w * MEANING_GAIN);
        (0..3).for_each(|k| bias[k] -= weights[k] * mean / MEANING_GAIN);
    }
    (bias.map(|b| b * MEANING_GAIN), weights)
}

#[expect(clippy::cast_precision_loss, reason = "some thousand examples")]
fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len().max(1) as f32;
    values.sum::<f32>() / count
}

/// The target of a score: above the others for the right kind, and all summing to zero.
fn right(kind: usize, k: usize) -> f64 {
    f64::from(u8::from(kind == k)) - 1.0 / 3.0
}

/// How freely each bucket may be weighted: more if it is rare or separates the kinds.
#[expect(clippy::cast_precision_loss, reason = "some thousand examples")]
fn freedom(kind_features: &[KindFeatures], kinds: &[usize]) -> BTreeMap<usize, f32> {
    let mut counts: BTreeMap<usize, [usize; 3]> = BTreeMap::new();
    for (kind_features, kind) in kind_features.iter().zip(kinds) {
        for (bucket, _) in &kind_features.ngrams {
            counts.entry(*bucket).or_default()[*kind] += 1;
        }
    }
    let all = kinds.len() as f32;
    let of_kind: [f32; 3] = std::array::from_fn(|k| kinds.iter().filter(|kind| **kind == k).count() as f32);
    counts.retain(|_, counts| counts.iter().sum::<usize>() >= LEAST_EXAMPLES);
    let free = |counts: [usize; 3]| {
        let seen = counts.iter().sum::<usize>() as f32;
        let telling = [0, 1, 2].map(|k| {
            let within = (counts[k] as f32 + 0.5) / of_kind[k].max(1.0);
            let without = (seen - counts[k] as f32 + 1.0) / (all - of_kind[k]).max(1.0);
            (within / without).ln().abs()
        });
        let telling = telling.into_iter().fold(0.0, f32::max);
        (((1.0 + all) / (1.0 + seen)).ln() + 1.0).sqrt() * (1.0 - TELLING_SHARE + TELLING_SHARE * telling)
    };
    counts.into_iter().map(|(bucket, counts)| (bucket, free(counts))).collect()
}

/// The columns of one example that are not zero.
type SparseRow = Vec<(usize, f32)>;

/// The bias and the weights that come closest to the targets, kept small by `strength`.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "weights are kept in four bytes")]
fn ridge(rows: &[SparseRow], wanted: &[[f64; 3]], width: usize, match_score: f64) -> ([f32; 3], Vec<[f32; 3]>) {
    let mut columns: Vec<Vec<(usize, f64)>> = vec![Vec::new(); width];
    for (at, row) in rows.iter().enumerate() {
        for (column, value) in row {
            columns[*column].push((at, f64::from(*value)));
        }
    }
    let mut alike = vec![vec![0.0f64; rows.len()]; rows.len()];
    for column in &columns {
        for (place, (at, value)) in column.iter().enumerate() {
            column[..=place].iter().for_each(|(other, o)| alike[*at][*other] += value * o);
        }
    }
    let medoid = (0..rows.len()).map(|at| alike[at][at]).sum::<f64>() / rows.len().max(1) as f64;
    let constant = 0.1 * medoid;
    for (at, row) in alike.iter_mut().enumerate() {
        row[..=at].iter_mut().for_each(|value| *value += constant);
        row[at] += match_score * (medoid + constant);
    }
    let shares = solve(alike, wanted);
    let sum = |of: &[(usize, f64)]| -> [f32; 3] {
        [0, 1, 2].map(|k| of.iter().map(|(at, value)| value * shares[*at][k]).sum::<f64>() as f32)
    };
    let everywhere: Vec<(usize, f64)> = (0..rows.len()).map(|at| (at, constant)).collect();
    (sum(&everywhere), columns.iter().map(|column| sum(column)).collect())
}

/// Solves a symmetric positive definite system, given its lower half, by Cholesky's method.
fn solve(mut lower: Vec<Vec<f64>>, wanted: &[[f64; 3]]) -> Vec<[f64; 3]> {
    for at in 0..lower.len() {
        let (above, rest) = lower.split_at_mut(at);
        let row = &mut rest[0];
        for (column, other) in above.iter().enumerate() {
            let done: f64 = row[..column].iter().zip(&other[..column]).map(|(a, b)| a * b).sum();
            row[column] = (row[column] - done) / other[column];
        }
        let done: f64 = row[..at].iter().map(|a| a * a).sum();
        row[at] = (row[at] - done).max(f64::MIN_POSITIVE).sqrt();
    }
    let mut solved = wanted.to_vec();
    for at in 0..solved.len() {
        let done = |k: usize| -> f64 { (0..at).map(|before| lower[at][before] * solved[before][k]).sum() };
        let done = [done(0), done(1), done(2)];
        solved[at] = std::array::from_fn(|k| (solved[at][k] - done[k]) / lower[at][at]);
    }
    for at in (0..solved.len()).rev() {
        let done = |k: usize| -> f64 { (at + 1..solved.len()).map(|after| lower[after][at] * solved[after][k]).sum() };
        let done = [done(0), done(1), done(2)];
        solved[at] = std::array::from_fn(|k| (solved[at][k] - done[k]) / lower[at][at]);
    }
    solved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_of_equations_is_solved() {
        let solved = solve(vec![vec![4.0, 0.0], vec![2.0, 3.0]], &[[10.0, 4.0, 0.0], [8.0, 2.0, 1.0]]);
        for (row, wanted) in [(4.0, 2.0), (2.0, 3.0)].into_iter().zip([[10.0, 4.0, 0.0], [8.0, 2.0, 1.0]]) {
            for k in 0..3 {
                assert!((row.0 * solved[0][k] + row.1 * solved[1][k] - wanted[k]).abs() < 1e-9);
            }
        }
    }
}
