//! A sentence vector of length one, stored as bytes.
//!
//! Invariant: `values * scale` has length one, up to rounding, so a dot product is a cosine.

use serde::{Deserialize, Serialize};

/// Bytes that are not a stored vector.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0} bytes are not a stored vector")]
pub struct SentenceVectorError(usize);

/// The meaning of a text as a direction, quantised to one byte per dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentenceVector {
    pub(crate) scale: f32,
    pub(crate) values: Box<[i8]>,
}

impl SentenceVector {
    /// Scales a vector to length one and quantises it.
    #[must_use]
    pub fn quantise(raw: &[f32]) -> Self {
        let largest = raw.iter().fold(0f32, |most, v| most.max(v.abs()));
        if largest == 0.0 || !largest.is_finite() {
            return Self { scale: 0.0, values: vec![0; raw.len()].into() };
        }
        #[expect(clippy::cast_possible_truncation, reason = "within -127..=127 by scaling")]
        let values: Box<[i8]> = raw.iter().map(|v| (v / largest * 127.0).round() as i8).collect();
        #[expect(clippy::cast_precision_loss, reason = "a few million at most")]
        let length = (dot(&values, &values) as f32).sqrt();
        Self { scale: 1.0 / length, values }
    }

    /// How many dimensions it has.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.values.len()
    }

    /// The cosine of the angle to another vector; 0 when their dimensions differ.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        cosine(&self.values, self.scale, &other.values, other.scale)
    }

    /// The bytes to store: four of the scale, then one per dimension.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.values.len());
        bytes.extend_from_slice(&self.scale.to_le_bytes());
        bytes.extend(self.values.iter().map(|v| v.cast_unsigned()));
        bytes
    }

    /// Reads what [`SentenceVector::to_bytes`] wrote.
    ///
    /// # Errors
    /// When there are too few bytes or the scale is not a number.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SentenceVectorError> {
        let (scale, values) = bytes.split_first_chunk::<4>().ok_or(SentenceVectorError(bytes.len()))?;
        let scale = f32::from_le_bytes(*scale);
        if !scale.is_finite() || values.is_empty() {
            return Err(SentenceVectorError(bytes.len()));
        }
        Ok(Self { scale, values: values.iter().map(|v| v.cast_signed()).collect() })
    }
}

/// Cosine of two quantised vectors; 0 when their dimensions differ.
pub(crate) fn cosine(a: &[i8], a_scale: f32, b: &[i8], b_scale: f32) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few million at most")]
    let product = dot(a, b) as f32;
    product * a_scale * b_scale
}

/// Integer dot product, written so that the compiler uses vector instructions.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a scan is compiled for several sets of instructions")]
pub(crate) fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_as_similar_to_itself_as_can_be() {
        let v = SentenceVector::quantise(&[0.3, -0.5, 0.2]);
        assert!((v.cosine(&v) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn stored_bytes_come_back_as_the_same_vector() {
        let v = SentenceVector::quantise(&[0.3, -0.5, 0.2]);
        assert_eq!(SentenceVector::from_bytes(&v.to_bytes()), Ok(v));
    }

    #[test]
    fn too_few_bytes_are_refused() {
        assert_eq!(SentenceVector::from_bytes(&[1, 2, 3]), Err(SentenceVectorError(3)));
    }

    #[test]
    fn an_empty_direction_is_similar_to_nothing() {
        let nothing = SentenceVector::quantise(&[0.0, 0.0]);
        let v = SentenceVector::quantise(&[1.0, 0.0]);
        assert!(nothing.cosine(&v).abs() < f32::EPSILON);
    }
}
