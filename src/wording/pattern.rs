//! Regular expressions written in the source.

use regex::Regex;

/// Compiles a constant pattern, in verbose mode and without regard to case.
///
/// # Panics
/// On a pattern that is not one: a mistake in the source, which the first test that uses it finds.
#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant of the source; going on without it would let secrets pass"
)]
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(&format!("(?xi){source}")).expect("a constant pattern is valid")
}
