//! The sentence vectors of a shelf in one block, scanned as a whole.

use rten_simd::{Isa, SimdOp};

use super::best::{Best, Found};
use crate::grouping::sentence::{Vector, cosine, dot};

/// Vectors of members, one row each, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    dimensions: usize,
    values: Vec<i8>,
    scales: Vec<f32>,
    members: Vec<u32>,
    sum: Vec<f32>,
}

/// What a scan over all rows found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The nearest rows, best first; `score` is the cosine.
    pub(crate) nearest: Vec<Found>,
    /// Mean cosine to all rows.
    pub(crate) mean: f32,
    /// Standard deviation of the cosines to all rows.
    pub(crate) deviation: f32,
}

impl Rows {
    /// Adds a row; a vector of another model (other dimensions) is left out.
    pub(crate) fn push(&mut self, member: u32, vector: &Vector) {
        if self.dimensions == 0 {
            self.dimensions = vector.dimensions();
            self.sum = vec![0.0; self.dimensions];
        }
        if vector.dimensions() != self.dimensions {
            return;
        }
        self.values.extend_from_slice(&vector.values);
        self.scales.push(vector.scale);
        self.members.push(member);
        for (sum, value) in self.sum.iter_mut().zip(&vector.values) {
            *sum += f32::from(*value) * vector.scale;
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// The row of a member, if it has one.
    pub(crate) fn row_of(&self, member: u32) -> Option<usize> {
        self.members.binary_search(&member).ok()
    }

    /// A row's values and scale.
    pub(crate) fn row(&self, row: usize) -> (&[i8], f32) {
        let from = row * self.dimensions;
        (&self.values[from..from + self.dimensions], self.scales[row])
    }

    /// The cosine of a vector to a row.
    pub(crate) fn cosine(&self, vector: &Vector, row: usize) -> f32 {
        let (values, scale) = self.row(row);
        cosine(&vector.values, vector.scale, values, scale)
    }

    /// The cosine between two rows.
    pub(crate) fn between(&self, a: usize, b: usize) -> f32 {
        let ((a, a_scale), (b, b_scale)) = (self.row(a), self.row(b));
        cosine(a, a_scale, b, b_scale)
    }

    /// The mean of all rows.
    #[expect(clippy::cast_precision_loss, reason = "a few million rows at most")]
    pub(crate) fn mean(&self) -> Vec<f32> {
        let count = self.len().max(1) as f32;
        self.sum.iter().map(|sum| sum / count).collect()
    }

    /// Compares a vector with every row.
    pub(crate) fn scan(&self, vector: &Vector, limit: usize) -> Scan {
        if self.members.is_empty() || vector.dimensions() != self.dimensions {
            return Scan::default();
        }
        Cosines { rows: self, vector, limit }.dispatch()
    }
}

/// A scan, run with the widest instructions this machine has.
struct Cosines<'a> {
    rows: &'a Rows,
    vector: &'a Vector,
    limit: usize,
}

impl SimdOp for Cosines<'_> {
    type Output = Scan;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for those instructions")]
    #[expect(clippy::cast_precision_loss, reason = "a few million rows at most")]
    fn eval<I: Isa>(self, _: I) -> Scan {
        let (rows, vector) = (self.rows, self.vector);
        let (mut sum, mut squares) = (0f64, 0f64);
        let mut best = Best::new(self.limit, f32::NEG_INFINITY);
        let each = rows.values.chunks_exact(rows.dimensions).zip(&rows.scales).zip(&rows.members);
        for ((values, scale), member) in each {
            let score = dot(&vector.values, values) as f32 * vector.scale * scale;
            sum += f64::from(score);
            squares += f64::from(score) * f64::from(score);
            best.offer(Found { member: *member, score });
        }
        let count = rows.len() as f64;
        let mean = sum / count;
        let deviation = (squares / count - mean * mean).max(0.0).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "both lie within -1..=1")]
        let (mean, deviation) = (mean as f32, deviation as f32);
        Scan { nearest: best.sorted(), mean, deviation }
    }
}
