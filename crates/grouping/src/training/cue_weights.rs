//! Fits the weights of the cues next to what was learned from words: a multinomial logistic regression, by gradient descent
//! in a fixed order, so that the same examples give the same weights.

use crate::kind::cues::{CUES, measures};
use crate::kind::{KindModel, KindOdds, PLAIN_SHARE, has_markup};

use super::example::{KindExample, number};
use crate::analysis::cleaned;

/// How strongly weights are held to zero.
const RIDGE: f64 = 1.0;
const STEPS: usize = 3_000;
const STEP: f64 = 0.4;
/// How much all developers' issues without markup count next to all customers' tickets.
const DEVELOPERS: f64 = 0.3;
/// How much a ticket of each kind counts. To misread what a customer calls broken is worse than the rest, because they would be
/// answered as if they had asked something.
const KINDS: [f64; 3] = [2.4, 1.0, 1.0];
/// The subject of a ticket that says everything in its body.
const NO_SUBJECT: &str = "Hello";

/// A text to learn from.
struct Row {
    cues: [f32; CUES],
    learned: [f64; 3],
    kind: usize,
    weight: f64,
}

/// The model with the weights that fit best. `developers` come with the odds that a model gave them that did not learn from
/// them.
pub(super) fn fit(model: KindModel, developers: &[(&KindExample, KindOdds)], customers: &[&KindExample]) -> KindModel {
    let plain: Vec<_> = developers.iter().filter(|(example, _)| !has_markup(&example.subject, &example.body)).collect();
    let each = |of: f64, all: usize| of / f64::from(u32::try_from(all.max(1)).unwrap_or(u32::MAX));
    let row = |example: &KindExample, learned: [f32; 3], weight| Row {
        cues: measures(&example.subject, &cleaned(&example.body)),
        learned: learned.map(|logit| f64::from(logit * PLAIN_SHARE)),
        kind: number(example.kind),
        weight,
    };
    let issues = plain.iter().map(|(example, odds)| row(example, odds.learned, each(DEVELOPERS, plain.len())));
    // Messages without a subject are read in either place.
    let in_bodies: Vec<KindExample> = customers
        .iter()
        .filter(|example| example.body.is_empty())
        .map(|example| KindExample {
            subject: NO_SUBJECT.to_owned(),
            body: example.subject.clone(),
            ..(*example).clone()
        })
        .collect();
    let tickets = customers.iter().copied().chain(&in_bodies).map(|example| {
        let learned = model.learned(&example.subject, &cleaned(&example.body));
        row(example, learned, each(KINDS[number(example.kind)], customers.len()))
    });
    let rows: Vec<Row> = issues.chain(tickets).collect();
    let ridge = each(RIDGE, customers.len());
    let mut bias = [0.0f64; 3];
    let mut weights = [[0.0f64; 3]; CUES];
    for _ in 0..STEPS {
        let mut bias_slope = [0.0f64; 3];
        let mut slope = weights.map(|kinds| kinds.map(|weight| weight * ridge));
        for row in &rows {
            let errors = row.errors(&bias, &weights);
            for (kind, error) in errors.into_iter().enumerate() {
                bias_slope[kind] += error;
                slope.iter_mut().zip(row.cues).for_each(|(slope, cue)| slope[kind] += error * f64::from(cue));
            }
        }
        (0..3).for_each(|kind| bias[kind] -= STEP * bias_slope[kind]);
        for (weights, slope) in weights.iter_mut().zip(&slope) {
            (0..3).for_each(|kind| weights[kind] -= STEP * slope[kind]);
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "weights are kept in four bytes")]
    let short = |values: [f64; 3]| values.map(|value| value as f32);
    KindModel { cues_bias: short(bias), cues: weights.into_iter().map(short).collect(), ..model }
}

impl Row {
    /// By how much each kind is thought too probable, times the weight.
    fn errors(&self, bias: &[f64; 3], weights: &[[f64; 3]; CUES]) -> [f64; 3] {
        let logits: [f64; 3] = std::array::from_fn(|kind| {
            let said: f64 = self.cues.iter().zip(weights).map(|(cue, kinds)| f64::from(*cue) * kinds[kind]).sum();
            bias[kind] + said + self.learned[kind]
        });
        let top = logits.iter().copied().fold(f64::MIN, f64::max);
        let total: f64 = logits.iter().map(|logit| (logit - top).exp()).sum();
        std::array::from_fn(|kind| {
            let right = f64::from(u8::from(self.kind == kind));
            self.weight * ((logits[kind] - top).exp() / total - right)
        })
    }
}
