//! Natural logarithms of counts. Most counts are small, and thousands are needed for every ticket.

use std::sync::LazyLock;

const KNOWN: usize = 4096;

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
static LOGARITHMS: LazyLock<Vec<f32>> = LazyLock::new(|| (0..KNOWN).map(|count| (count as f32).ln()).collect());

/// The natural logarithm of a count; negative infinity for zero.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
pub(crate) fn ln(count: usize) -> f32 {
    LOGARITHMS.get(count).copied().unwrap_or_else(|| (count as f32).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_inside_and_outside_the_table_have_the_same_logarithm() {
        assert!((ln(KNOWN) - ln(KNOWN - 1)).abs() < 1e-3);
        assert!((ln(1)).abs() < f32::EPSILON);
    }
}
