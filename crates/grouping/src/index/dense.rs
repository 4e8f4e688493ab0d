//! The sentence vectors of a shelf in one block, scanned as a whole.

use rten_simd::{Isa, SimdOp};

use super::best::{Best, Found};
use crate::sentence::{Vector, cosine, dot};

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

    /// Compares each vector with every row, all of them on one way through the rows: reading these is what takes the time.
    /// What comes later is left to [`Rows::finish`].
    pub(crate) fn begin(&self, vectors: &[&Vector], limit: usize) -> Vec<Begun> {
        let mut begun = vec![Begun::new(limit); vectors.len()];
        let each = vectors.iter().zip(&mut begun).filter(|(vector, _)| vector.dimensions() == self.dimensions);
        Compared { rows: self, vectors: each.map(|(vector, begun)| (*vector, begun)).collect() }.dispatch();
        begun
    }

    /// Compares a vector with the rows that came since it was begun.
    #[expect(clippy::cast_precision_loss, reason = "a few million rows at most")]
    pub(crate) fn finish(&self, vector: &Vector, mut begun: Begun) -> Scan {
        if self.members.is_empty() || vector.dimensions() != self.dimensions {
            return Scan::default();
        }
        Compared { rows: self, vectors: vec![(vector, &mut begun)] }.dispatch();
        let count = self.len() as f64;
        let mean = begun.sum / count;
        let deviation = (begun.squares / count - mean * mean).max(0.0).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "both lie within -1..=1")]
        let (mean, deviation) = (mean as f32, deviation as f32);
        Scan { nearest: begun.best.sorted(), mean, deviation }
    }
}

/// How a vector compares with the first rows.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    rows: usize,
    sum: f64,
    squares: f64,
    best: Best,
}

impl Begun {
    /// Compared with none so far; so many of the nearest are wanted.
    pub(crate) fn new(limit: usize) -> Self {
        Self { rows: 0, sum: 0.0, squares: 0.0, best: Best::new(limit, f32::NEG_INFINITY) }
    }
}

/// So many rows, some twenty kilobytes, stay at hand while each vector is compared with them.
const ROWS_AT_HAND: usize = 48;

/// Takes the comparison of vectors to the last row, with the widest instructions this machine has. Each is compared with
/// the rows in their order, so that sums are the same to the bit however many vectors there are.
struct Compared<'a> {
    rows: &'a Rows,
    vectors: Vec<(&'a Vector, &'a mut Begun)>,
}

impl SimdOp for Compared<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for those instructions")]
    #[expect(clippy::cast_precision_loss, reason = "products are far below 2^24")]
    fn eval<I: Isa>(mut self, _: I) {
        let rows = self.rows;
        let first = self.vectors.iter().map(|(_, begun)| begun.rows).min().unwrap_or(rows.len());
        let mut from = first;
        while from < rows.len() {
            let to = (from + ROWS_AT_HAND).min(rows.len());
            for (vector, begun) in &mut self.vectors {
                for row in from.max(begun.rows)..to {
                    let (values, scale) = rows.row(row);
                    let score = dot(&vector.values, values) as f32 * vector.scale * scale;
                    begun.sum += f64::from(score);
                    begun.squares += f64::from(score) * f64::from(score);
                    begun.best.offer(Found { member: rows.members[row], score });
                }
                begun.rows = begun.rows.max(to);
            }
            from = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(number: u16) -> Vector {
        let raw: Vec<f32> = (0..24).map(|at| f32::from((number * 31 + at * at * 7 % 41) % 53) - 26.0).collect();
        Vector::quantise(&raw)
    }

    #[test]
    fn many_vectors_compared_ahead_find_what_each_finds_alone_to_the_bit() {
        let mut rows = Rows::default();
        let asked: Vec<Vector> = (500..520).map(vector).collect();
        let asked: Vec<&Vector> = asked.iter().collect();
        assert_eq!(rows.begin(&asked, 5).iter().map(|begun| begun.rows).max(), Some(0));
        (0..130).for_each(|number| rows.push(2 * u32::from(number), &vector(number)));
        let begun = rows.begin(&asked, 5);
        (130..170).for_each(|number| rows.push(2 * u32::from(number), &vector(number)));
        for (vector, begun) in asked.iter().zip(begun) {
            let (ahead, alone) = (rows.finish(vector, begun), rows.finish(vector, Begun::new(5)));
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
        let mut rows = Rows::default();
        rows.push(1, &vector(1));
        let other = Vector::quantise(&[1.0; 8]);
        let begun = rows.begin(&[&other], 5).remove(0);
        assert!(rows.finish(&other, begun).nearest.is_empty());
    }
}
