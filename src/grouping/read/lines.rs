//! The lines of a message, by which the lines of a form are told from what a customer wrote.
//!
//! A line is known by a key that stays the same with other case, blanks and numbers, and differs
//! from brand to brand. Invariant: a message is never left without words by what is taken out.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::Fnv;
use super::codes::{CodeKind, codes};

/// The lines of a ticket's body that may turn out to be template lines: short of those that are
/// most of its text, because that is what it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    /// Keys of the lines, sorted, each once.
    pub(crate) keys: Box<[u64]>,
    /// A key of the whole body: who sends the same again shows nothing new about its lines.
    pub(crate) body: u64,
}

impl Lines {
    /// Of a body without quotes, signatures and markup.
    pub(super) fn of(brand: &str, body: &str) -> Self {
        if !body.trim().contains('\n') {
            return Self::default();
        }
        let lines: Vec<(usize, u64)> = body.lines().map(|line| folded(brand, line)).filter(|line| line.0 > 0).collect();
        let all: usize = lines.iter().map(|(letters, _)| letters).sum();
        let mut whole = Fnv::new();
        for (_, key) in &lines {
            whole.write(&key.to_le_bytes());
        }
        let mut keys: Vec<u64> = lines.iter().filter(|(letters, _)| 2 * letters <= all).map(|(_, key)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        Self { keys: keys.into(), body: whole.0 }
    }
}

/// The template lines known at one moment, of all brands. Cheap to clone; never changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct TemplateLines(pub(crate) Arc<HashSet<u64>>);

impl TemplateLines {
    /// The body without its template lines. A line that names an error, a version or a place in
    /// the code stays, form or not; and so does everything when no word would be left.
    pub(super) fn without<'a>(&self, brand: &str, body: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(body);
        }
        let own = |line: &&str| !self.0.contains(&folded(brand, line).1) || names_a_cause(line);
        let kept: Vec<&str> = body.lines().filter(own).collect();
        let says_nothing = || !kept.iter().any(|line| line.contains(char::is_alphabetic));
        if kept.len() == body.lines().count() || says_nothing() {
            return Cow::Borrowed(body);
        }
        Cow::Owned(kept.join("\n"))
    }
}

fn names_a_cause(line: &str) -> bool {
    codes(line).iter().any(|code| code.kind != CodeKind::Identifier)
}

/// How many letters a line has, and what it is known by.
fn folded(brand: &str, line: &str) -> (usize, u64) {
    let mut hash = Fnv::new();
    hash.write(brand.as_bytes());
    let (mut letters, mut last) = (0, ' ');
    for c in line.trim().chars() {
        let folded = match c {
            _ if c.is_whitespace() => ' ',
            _ if c.is_numeric() => '#',
            _ => c,
        };
        if folded.is_alphabetic() {
            letters += 1;
            for c in folded.to_lowercase() {
                hash.write(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        } else if folded != last || !matches!(folded, ' ' | '#') {
            hash.write(folded.encode_utf8(&mut [0; 4]).as_bytes());
        }
        last = folded;
    }
    (letters, hash.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(brand: &str, line: &str) -> u64 {
        folded(brand, line).1
    }

    fn known(lines: &[&str]) -> TemplateLines {
        TemplateLines(Arc::new(lines.iter().map(|line| key("", line)).collect()))
    }

    #[test]
    fn case_blanks_and_numbers_make_no_other_line() {
        assert_eq!(key("", "Order number: 4711"), key("", "  order  NUMBER: 12 "));
        assert_ne!(key("", "Order number: 4711"), key("", "Order number: none"));
        assert_ne!(key("north", "Sent from my phone"), key("south", "Sent from my phone"));
    }

    #[test]
    fn what_is_most_of_a_text_is_no_line_of_a_form() {
        assert_eq!(Lines::of("", "I cannot log in").keys.len(), 0);
        assert_eq!(Lines::of("", "I cannot log in since monday\nSent from Mail").keys.len(), 1);
        assert_eq!(Lines::of("", "1234\n- - -\n").keys.len(), 0, "a line without letters says nothing");
    }

    #[test]
    fn template_lines_are_taken_out() {
        let form = known(&["Order number: 1", "Please describe your issue below:"]);
        let body = "Order number: 99\nPlease describe your issue below:\nThe export stops.";
        assert_eq!(form.without("", body), "The export stops.");
        assert_eq!(form.without("south", body), body, "another brand has other forms");
    }

    #[test]
    fn a_form_that_nobody_filled_in_stays() {
        let form = known(&["Order number: 1", "Please describe your issue below:"]);
        let body = "Order number: 99\nPlease describe your issue below:\n";
        assert_eq!(form.without("", body), body);
    }

    #[test]
    fn a_line_that_names_an_error_stays_whatever_was_learned() {
        let form = known(&["Error code: 500", "Sent from our app"]);
        assert_eq!(form.without("", "Error code: 502\nSent from our app\nhelp"), "Error code: 502\nhelp");
    }
}
