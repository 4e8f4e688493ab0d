//! Learns the kind model: softmax regression over hashed words and over sentence vectors.

use crate::grouping::cues;
use crate::grouping::kind::{BUCKETS, KindModel, features};
use crate::grouping::read::cleaned;
use crate::grouping::sentence::Vector;
use crate::grouping::text::Kind;

const EPOCHS: usize = 100;
const RATE: f32 = 1.0;
const DECAY: f32 = 2e-5;
const MEANING_EPOCHS: usize = 300;
const MEANING_RATE: f32 = 1.0;
const MEANING_DECAY: f32 = 1e-3;
/// How far the words are believed beside the sentence vector; chosen by cross-validation.
const WORDS_SHARE: f32 = 0.45;

/// A ticket whose kind is known.
#[derive(Debug, Clone)]
pub struct KindExample {
    /// The subject.
    pub subject: String,
    /// The body.
    pub body: String,
    /// Its sentence vector.
    pub vector: Option<Vector>,
    /// What it is.
    pub kind: Kind,
}

/// Macro-averaged F1 over the three kinds.
#[derive(Debug, Clone, Copy)]
pub struct KindScore {
    /// By words alone.
    pub words: f64,
    /// With the sentence vector.
    pub both: f64,
}

/// Trains on all examples; the score is of a five-fold cross-validation.
#[must_use]
pub fn train_kind(examples: &[KindExample]) -> (Vec<u8>, KindScore) {
    let folds = 5;
    let mut words = [[0usize; 3]; 3];
    let mut both = [[0usize; 3]; 3];
    for fold in 0..folds {
        let (held, kept): (Vec<_>, Vec<_>) = examples.iter().enumerate().partition(|(at, _)| at % folds == fold);
        let kept: Vec<&KindExample> = kept.into_iter().map(|(_, e)| e).collect();
        let model = fit(&kept);
        for (_, example) in held {
            let true_kind = number(example.kind);
            let by_words = model.words(&example.subject, &cleaned(&example.body));
            words[true_kind][number(by_words.likeliest().0)] += 1;
            let by_both = example.vector.as_ref().map_or(by_words, |v| model.both(by_words, v));
            both[true_kind][number(by_both.likeliest().0)] += 1;
        }
    }
    let all: Vec<&KindExample> = examples.iter().collect();
    (fit(&all).to_bytes(), KindScore { words: macro_f1(&words), both: macro_f1(&both) })
}

fn number(kind: Kind) -> usize {
    Kind::ALL.iter().position(|k| *k == kind).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "some thousand examples")]
fn macro_f1(confusion: &[[usize; 3]; 3]) -> f64 {
    let f1 = |k: usize| {
        let right = confusion[k][k] as f64;
        let wanted: usize = confusion[k].iter().sum();
        let given: usize = confusion.iter().map(|row| row[k]).sum();
        2.0 * right / (wanted + given).max(1) as f64
    };
    (f1(0) + f1(1) + f1(2)) / 3.0
}

/// One example: its features, what is said of it beforehand, and what is right.
struct Row {
    values: Vec<(usize, f32)>,
    known: [f32; 3],
    kind: usize,
}

fn fit(examples: &[&KindExample]) -> KindModel {
    let rows: Vec<Row> = examples
        .iter()
        .map(|e| {
            let body = cleaned(&e.body);
            let buckets = features(&e.subject, &body);
            #[expect(clippy::cast_precision_loss, reason = "some hundred features")]
            let value = 1.0 / (buckets.len().max(1) as f32).sqrt();
            let known = cues::logits(&e.subject, &body);
            Row { values: buckets.into_iter().map(|b| (b, value)).collect(), known, kind: number(e.kind) }
        })
        .collect();
    let (bias, weights) = softmax(&rows, BUCKETS, EPOCHS, RATE, DECAY);
    let largest = weights.iter().flatten().fold(1e-6f32, |most, w| most.max(w.abs()));
    #[expect(clippy::cast_possible_truncation, reason = "scaled into a byte")]
    let buckets = weights.iter().map(|w| w.map(|w| (w / largest * 127.0).round() as i8)).collect();
    let meant: Vec<Row> = examples
        .iter()
        .filter_map(|e| {
            let vector = e.vector.as_ref()?;
            let values = vector.values.iter().enumerate().map(|(at, v)| (at, f32::from(*v) * vector.scale)).collect();
            Some(Row { values, known: [0.0; 3], kind: number(e.kind) })
        })
        .collect();
    let dimensions = meant.first().map_or(0, |row| row.values.len());
    let (meaning_bias, meaning) = softmax(&meant, dimensions, MEANING_EPOCHS, MEANING_RATE, MEANING_DECAY);
    KindModel { bias, scale: largest / 127.0, buckets, meaning_bias, meaning, words_share: WORDS_SHARE }
}

/// Softmax regression by `AdaGrad` over sparse rows, in a fixed order.
fn softmax(rows: &[Row], width: usize, epochs: usize, rate: f32, decay: f32) -> ([f32; 3], Vec<[f32; 3]>) {
    let mut bias = [0f32; 3];
    let mut weights = vec![[0f32; 3]; width];
    let mut squares = vec![[1e-2f32; 3]; width];
    for epoch in 0..epochs {
        for step in 0..rows.len() {
            let Row { values, known, kind } = &rows[(step * 7919 + epoch * 31) % rows.len()];
            let mut logits = [0, 1, 2].map(|k| bias[k] + known[k]);
            for (at, value) in values {
                for k in 0..3 {
                    logits[k] += weights[*at][k] * value;
                }
            }
            let top = logits.iter().copied().fold(f32::MIN, f32::max);
            let shares = logits.map(|l| (l - top).exp());
            let total: f32 = shares.iter().sum();
            for k in 0..3 {
                let error = shares[k] / total - f32::from(u8::from(k == *kind));
                bias[k] -= 0.01 * error;
                for (at, value) in values {
                    let slope = error * value + decay * weights[*at][k];
                    squares[*at][k] += slope * slope;
                    weights[*at][k] -= rate * slope / squares[*at][k].sqrt() * 0.1;
                }
            }
        }
    }
    (bias, weights)
}
