//! The sentence vectors of a partition in one block, which is scanned as a whole.

use rten_simd::{Isa, SimdOp};

use super::top_k::{ScoredMember, TopK};
use crate::sentence::{SentenceVector, cosine, dot};

/// Vectors of members, one row each, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct EmbeddingRows {
    dimensions: usize,
    values: Vec<i8>,
    scales: Vec<f32>,
    members: Vec<u32>,
    sum: Vec<f32>,
}

/// What a scan over all rows found.
#[derive(Debug, Default)]
pub(crate) struct ScanResult {
    /// The nearest rows, best first; `score` is the cosine.
    pub(crate) nearest: Vec<ScoredMember>,
    /// Mean cosine to all rows.
    pub(crate) mean: f32,
    /// Standard deviation of the cosines to all rows.
    pub(crate) deviation: f32,
}

impl EmbeddingRows {
    /// Adds a row. A vector of another model, with other dimensions, is left out.
    pub(crate) fn push(&mut self, member: u32, vector: &SentenceVector) {
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

    /// The cosine between a vector and a row.
    pub(crate) fn cosine(&self, vector: &SentenceVector, row: usize) -> f32 {
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

    /// Compares several vectors with every row in one pass, because reading the rows is what takes the time. Rows that
    /// are added later are left to [`EmbeddingRows::finish`].
    pub(crate) fn start(&self, vectors: &[&SentenceVector], limit: usize) -> Vec<PartialScan> {
        let mut partial = vec![PartialScan::new(limit); vectors.len()];
        let each = vectors.iter().zip(&mut partial).filter(|(vector, _)| vector.dimensions() == self.dimensions);
        ScanOperation { rows: self, vectors: each.map(|(vector, partial)| (*vector, partial)).collect() }.dispatch();
        partial
    }

    /// Compares a vector with the rows that were added since its scan was started.
    #[expect(clippy::cast_precision_loss, reason = "a few million rows at most")]
    pub(crate) fn finish(&self, vector: &SentenceVector, mut partial: PartialScan) -> ScanResult {
        if self.members.is_empty() || vector.dimensions() != self.dimensions {
            return ScanResult::default();
        }
        ScanOperation { rows: self, vectors: vec![(vector, &mut partial)] }.dispatch();
        let count = self.len() as f64;
        let mean = partial.sum / count;
        let deviation = (partial.squares / count - mean * mean).max(0.0).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "both lie within -1..=1")]
        let (mean, deviation) = (mean as f32, deviation as f32);
        ScanResult { nearest: partial.best.sorted(), mean, deviation }
    }
}

/// A scan of the first rows for one ticket. It is completed when the ticket is decided.
#[derive(Debug, Clone)]
pub struct PartialScan {
    rows: usize,
    sum: f64,
    squares: f64,
    best: TopK,
}

impl PartialScan {
    /// A scan that has not seen any row and keeps the `limit` nearest.
    pub(crate) fn new(limit: usize) -> Self {
        Self { rows: 0, sum: 0.0, squares: 0.0, best: TopK::new(limit, f32::NEG_INFINITY) }
    }
}

/// How many rows, about twenty kilobytes, stay in the cache while each vector is compared with them.
const ROWS_AT_HAND: usize = 48;

/// Scans up to the last row with the widest instructions of this machine. Each vector meets the rows in their order, so
/// sums are the same to the bit however many vectors there are.
struct ScanOperation<'a> {
    rows: &'a EmbeddingRows,
    vectors: Vec<(&'a SentenceVector, &'a mut PartialScan)>,
}

impl SimdOp for ScanOperation<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only inlined code is compiled for those instructions")]
    #[expect(clippy::cast_precision_loss, reason = "products are far below 2^24")]
    fn eval<I: Isa>(mut self, _: I) {
        let rows = self.rows;
        let first = self.vectors.iter().map(|(_, partial)| partial.rows).min().unwrap_or(rows.len());
        let mut from = first;
        while from < rows.len() {
            let to = (from + ROWS_AT_HAND).min(rows.len());
            for (vector, partial) in &mut self.vectors {
                for row in from.max(partial.rows)..to {
                    let (values, scale) = rows.row(row);
                    let score = dot(&vector.values, values) as f32 * vector.scale * scale;
                    partial.sum += f64::from(score);
                    partial.squares += f64::from(score) * f64::from(score);
                    partial.best.offer(ScoredMember { member: rows.members[row], score });
                }
                partial.rows = partial.rows.max(to);
            }
            from = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(number: u16) -> SentenceVector {
        let raw: Vec<f32> = (0..24).map(|at| f32::from((number * 31 + at * at * 7 % 41) % 53) - 26.0).collect();
        SentenceVector::quantise(&raw)
    }

    #[test]
    fn scanning_many_vectors_ahead_finds_to_the_bit_what_each_finds_alone() {
        let mut rows = EmbeddingRows::default();
        let queries: Vec<SentenceVector> = (500..520).map(vector).collect();
        let queries: Vec<&SentenceVector> = queries.iter().collect();
        assert_eq!(rows.start(&queries, 5).iter().map(|partial| partial.rows).max(), Some(0));
        (0..130).for_each(|number| rows.push(2 * u32::from(number), &vector(number)));
        let partial = rows.start(&queries, 5);
        (130..170).for_each(|number| rows.push(2 * u32::from(number), &vector(number)));
        for (vector, partial) in queries.iter().zip(partial) {
            let (ahead, alone) = (rows.finish(vector, partial), rows.finish(vector, PartialScan::new(5)));
            assert_eq!(ahead.nearest, alone.nearest);
            assert_eq!(
                (ahead.mean.to_bits(), ahead.deviation.to_bits()),
                (alone.mean.to_bits(), alone.deviation.to_bits())
            );
            assert_eq!(alone.nearest.len(), 5);
        }
    }

    #[test]
    fn a_vector_of_another_model_finds_nothing() {
        let mut rows = EmbeddingRows::default();
        rows.push(1, &vector(1));
        let other = SentenceVector::quantise(&[1.0; 8]);
        let partial = rows.start(&[&other], 5).remove(0);
        assert!(rows.finish(&other, partial).nearest.is_empty());
    }
}
