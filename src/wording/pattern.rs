//! Regular expressions written in the source.

use regex::Regex;

/// Compiles a constant pattern in verbose mode, ignoring case.
///
/// # Panics
/// On an invalid pattern. That is a mistake in the source, and the first test that uses the pattern finds it.
#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant of the source; going on without it would let secrets pass"
)]
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(&format!("(?xi){source}")).expect("a constant pattern is valid")
}
