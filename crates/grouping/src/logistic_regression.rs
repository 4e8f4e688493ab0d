//! Fits logistic models with Newton's method, in f64 and in a fixed order, so that the same rows give the same weights.

use crate::scorer::LogisticModel;

/// Newton steps at most; it converges long before.
const STEPS: usize = 30;
/// The smallest standard deviation that a feature is divided by.
#[cfg(feature = "training")]
const DEVIATION_FLOOR: f64 = 1e-3;

/// Rows of features to learn from, in lists: one list for each ticket.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrainingRows {
    width: usize,
    values: Vec<f32>,
    right: Vec<bool>,
    weights: Vec<f32>,
    offsets: Vec<f32>,
    lists: Vec<std::ops::Range<usize>>,
}

impl TrainingRows {
    pub(crate) fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.right.len()
    }

    /// Adds the rows of one ticket, all with the same weight and the same log-odds known beforehand.
    pub(crate) fn push_list<'a>(&mut self, rows: impl Iterator<Item = (&'a [f32], bool)>, weight: f32, offset: f32) {
        let from = self.len();
        for (features, right) in rows.filter(|(features, _)| features.len() == self.width) {
            self.values.extend_from_slice(features);
            self.right.push(right);
            self.weights.push(weight);
            self.offsets.push(offset);
        }
        self.lists.push(from..self.len());
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.width..(at + 1) * self.width]
    }

    /// A row's standardised features after a leading one for the bias.
    fn standard(&self, at: usize, mean: &[f64], deviation: &[f64], into: &mut [f64]) {
        into[0] = 1.0;
        for (j, value) in self.row(at).iter().enumerate() {
            into[j + 1] = ((f64::from(*value) - mean[j]) / deviation[j]).clamp(-6.0, 6.0);
        }
    }

    /// The logistic model of these rows, held to another model by `ridge`.
    pub(crate) fn refit(&self, prior: &LogisticModel, ridge: f64) -> LogisticModel {
        let mean: Vec<f64> = prior.mean.iter().map(|v| f64::from(*v)).collect();
        let deviation: Vec<f64> = prior.deviation.iter().map(|v| f64::from(*v)).collect();
        let start: Vec<f64> = std::iter::once(prior.bias).chain(prior.weights.iter().copied()).map(f64::from).collect();
        let weights = self.descend(&mean, &deviation, &start, ridge);
        model(&mean, &deviation, &weights)
    }

    fn descend(&self, mean: &[f64], deviation: &[f64], start: &[f64], ridge: f64) -> Vec<f64> {
        let n = self.width + 1;
        let mut weights = start.to_vec();
        let mut row = vec![0f64; n];
        for _ in 0..STEPS {
            let mut slope = vec![0f64; n];
            let mut bend = vec![0f64; n * n];
            for at in 0..self.len() {
                self.standard(at, mean, deviation, &mut row);
                let known = f64::from(self.offsets[at]);
                let logit = known + row.iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>();
                let p = 1.0 / (1.0 + (-logit).exp());
                let weight = f64::from(self.weights[at]);
                let error = weight * (f64::from(u8::from(self.right[at])) - p);
                add_outer(&mut bend, &row, weight * p * (1.0 - p));
                for (s, x) in slope.iter_mut().zip(&row) {
                    *s += error * x;
                }
            }
            hold(&mut slope, &mut bend, &weights, start, ridge);
            if step(&mut weights, bend, slope) < 1e-7 {
                break;
            }
        }
        weights
    }

    /// The ranking model of these rows, held to another by `ridge`.
    pub(crate) fn rerank(&self, prior: &LogisticModel, ridge: f64) -> LogisticModel {
        let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
        self.ranking_from(&wide(&prior.mean), &wide(&prior.deviation), &wide(&prior.weights), ridge)
    }

    fn ranking_from(&self, mean: &[f64], deviation: &[f64], start: &[f64], ridge: f64) -> LogisticModel {
        let n = self.width;
        let mut weights = start.to_vec();
        let mut row = vec![0f64; n + 1];
        for _ in 0..STEPS {
            let mut slope = vec![0f64; n];
            let mut bend = vec![0f64; n * n];
            for list in &self.lists {
                let rights = self.right[list.clone()].iter().filter(|right| **right).count();
                if rights == 0 || rights == list.len() {
                    continue;
                }
                let rows: Vec<Vec<f64>> = list
                    .clone()
                    .map(|at| {
                        self.standard(at, mean, deviation, &mut row);
                        row[1..].to_vec()
                    })
                    .collect();
                let logits: Vec<f64> = rows.iter().map(|r| r.iter().zip(&weights).map(|(x, w)| x * w).sum()).collect();
                let top = logits.iter().copied().fold(f64::MIN, f64::max);
                let all: Vec<f64> = logits.iter().map(|l| (l - top).exp()).collect();
                let total: f64 = all.iter().sum();
                let right_total: f64 =
                    all.iter().zip(list.clone()).filter(|(_, at)| self.right[*at]).map(|(e, _)| e).sum();
                let weight = f64::from(self.weights[list.start]);
                let mut expected = vec![0f64; n];
                for ((r, e), at) in rows.iter().zip(&all).zip(list.clone()) {
                    let p = e / total;
                    let wanted = if self.right[at] { e / right_total.max(1e-300) } else { 0.0 };
                    add_outer(&mut bend, r, weight * p);
                    for j in 0..n {
                        slope[j] += weight * (wanted - p) * r[j];
                        expected[j] += p * r[j];
                    }
                }
                add_outer(&mut bend, &expected, -weight);
            }
            hold(&mut slope, &mut bend, &weights, start, ridge);
            if step(&mut weights, bend, slope) < 1e-6 {
                break;
            }
        }
        model(mean, deviation, &std::iter::once(0.0).chain(weights).collect::<Vec<f64>>())
    }
}

/// Fitting without a prior model, which only training does.
#[cfg(feature = "training")]
impl TrainingRows {
    /// Adds all rows of another set, with the weights of their lists scaled to sum up to `total`.
    pub(crate) fn append(&mut self, other: &Self, total: f32) {
        let of_list = |list: &std::ops::Range<usize>| other.weights.get(list.start).copied().unwrap_or(0.0);
        let sum: f32 = other.lists.iter().map(of_list).sum();
        let from = self.len();
        self.values.extend_from_slice(&other.values);
        self.right.extend_from_slice(&other.right);
        self.weights.extend(other.weights.iter().map(|w| w * total / sum.max(1e-6)));
        self.offsets.extend_from_slice(&other.offsets);
        self.lists.extend(other.lists.iter().map(|list| from + list.start..from + list.end));
    }

    /// Weighted mean and standard deviation of each feature.
    fn moments(&self) -> (Vec<f64>, Vec<f64>) {
        let total: f64 = self.weights.iter().map(|w| f64::from(*w)).sum::<f64>().max(1e-9);
        let mut mean = vec![0f64; self.width];
        let mut square = vec![0f64; self.width];
        for at in 0..self.len() {
            let weight = f64::from(self.weights[at]);
            for (j, value) in self.row(at).iter().enumerate() {
                mean[j] += weight * f64::from(*value);
                square[j] += weight * f64::from(*value) * f64::from(*value);
            }
        }
        let deviation = (0..self.width)
            .map(|j| {
                mean[j] /= total;
                (square[j] / total - mean[j] * mean[j]).max(0.0).sqrt().max(DEVIATION_FLOOR)
            })
            .collect();
        (mean, deviation)
    }

    /// The logistic model of "this row is right", held to zero by `ridge`.
    pub(crate) fn logistic(&self, ridge: f64) -> LogisticModel {
        let (mean, deviation) = self.moments();
        let start = vec![0f64; self.width + 1];
        let weights = self.descend(&mean, &deviation, &start, ridge);
        model(&mean, &deviation, &weights)
    }

    /// The model that ranks a right row of each list before the wrong ones (a softmax over the list). Lists without
    /// both are skipped. Its bias is 0, because ranking needs none.
    pub(crate) fn ranking(&self, ridge: f64) -> LogisticModel {
        let (mean, deviation) = self.moments();
        self.ranking_from(&mean, &deviation, &vec![0f64; self.width], ridge)
    }
}

fn add_outer(bend: &mut [f64], row: &[f64], weight: f64) {
    let n = row.len();
    for (i, a) in row.iter().enumerate() {
        let scaled = weight * a;
        for (cell, b) in bend[i * n..=i * n + i].iter_mut().zip(row) {
            *cell += scaled * b;
        }
    }
}

/// Adds the ridge that pulls the weights back to where they started.
fn hold(slope: &mut [f64], bend: &mut [f64], weights: &[f64], start: &[f64], ridge: f64) {
    let n = weights.len();
    for j in 0..n {
        slope[j] -= ridge * (weights[j] - start[j]);
        bend[j * n + j] += ridge + 1e-9;
    }
}

/// One Newton step. Returns how far it went.
fn step(weights: &mut [f64], bend: Vec<f64>, slope: Vec<f64>) -> f64 {
    let change = solve(bend, slope);
    let length = change.iter().map(|c| c.abs()).fold(0.0, f64::max);
    let scale = if length > 2.0 { 2.0 / length } else { 1.0 };
    for (weight, change) in weights.iter_mut().zip(&change) {
        *weight += scale * change;
    }
    length
}

/// Solves a symmetric positive definite system given by its lower half (Cholesky).
fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let mut sum = a[i * n + j];
            for k in 0..j {
                sum -= a[i * n + k] * a[j * n + k];
            }
            a[i * n + j] = if i == j { sum.max(1e-12).sqrt() } else { sum / a[j * n + j] };
        }
    }
    for i in 0..n {
        for k in 0..i {
            b[i] -= a[i * n + k] * b[k];
        }
        b[i] /= a[i * n + i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            b[i] -= a[k * n + i] * b[k];
        }
        b[i] /= a[i * n + i];
    }
    b
}

#[expect(clippy::cast_possible_truncation, reason = "weights are kept in f32")]
fn model(mean: &[f64], deviation: &[f64], weights: &[f64]) -> LogisticModel {
    let narrow = |values: &[f64]| values.iter().map(|v| *v as f32).collect();
    LogisticModel {
        mean: narrow(mean),
        deviation: narrow(deviation),
        weights: narrow(&weights[1..]),
        bias: weights[0] as f32,
    }
}
