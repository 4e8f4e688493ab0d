//! What the customer wrote just now: without the mail they answer, however it is quoted, and without footers and signatures.

use std::collections::BTreeSet;

use super::fold;
use crate::wording::quote;

/// Lines of up to this many characters end a sentence. A longer one was broken to fit.
const WRAPPED: usize = 60;

/// Their words, a sentence or paragraph on each line. `answers` is what we had written.
pub(super) fn of(body: &str, answers: Option<&str>) -> String {
    let ours: BTreeSet<String> =
        answers.unwrap_or_default().lines().map(compared).filter(|line| !line.is_empty()).collect();
    let mut own = String::new();
    let mut is_wrapped = false;
    for line in quote::written(body) {
        let line = line.trim();
        if line.is_empty() || !own.is_empty() && ours.contains(&compared(line)) {
            is_wrapped = false;
            continue;
        }
        if !own.is_empty() {
            own.push(if is_wrapped { ' ' } else { '\n' });
        }
        own.push_str(line);
        is_wrapped = line.chars().count() > WRAPPED;
    }
    own
}

/// A line without links, marks and case, because mail programs change them. Shorter than two words it may be anybody's.
fn compared(line: &str) -> String {
    let words: Vec<String> = line
        .split_whitespace()
        .filter(|word| !word.contains("://") && !word.starts_with('{'))
        .flat_map(|word| fold::words(&fold::folded(word)))
        .collect();
    if words.len() < 2 { String::new() } else { words.join(" ") }
}
