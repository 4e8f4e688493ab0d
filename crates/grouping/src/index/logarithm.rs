//! Natural logarithms of counts, most of which are small and asked for thousands of times a ticket.

use std::sync::LazyLock;

const KNOWN: usize = 4096;

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
static LOGARITHMS: LazyLock<Vec<f32>> = LazyLock::new(|| (0..KNOWN).map(|count| (count as f32).ln()).collect());

/// The natural logarithm of a count; of none, negative infinity.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
pub(crate) fn ln(count: usize) -> f32 {
    LOGARITHMS.get(count).copied().unwrap_or_else(|| (count as f32).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_and_small_counts_have_the_same_logarithm() {
        assert!((ln(KNOWN) - ln(KNOWN - 1)).abs() < 1e-3);
        assert!((ln(1)).abs() < f32::EPSILON);
    }
}
