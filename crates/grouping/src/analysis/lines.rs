//! The lines of a message, which tell the lines of a form from what a customer wrote.
//!
//! A line has a key that ignores case, blanks and numbers, and that differs between brands. Invariant: removing lines
//! never leaves a message without words.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::HashSet;

use super::codes::{CodeKind, codes};
use crate::hash::Fnv;

/// The lines of a ticket's body that may turn out to be boilerplate. A line that is most of its text does not count,
/// because it is what the ticket says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LineKeys {
    /// Keys of the lines, sorted, each once.
    pub(crate) keys: Box<[u64]>,
    /// A key of the whole body. The same body sent again says nothing new about its lines.
    pub(crate) body: u64,
}

impl LineKeys {
    /// Of the lines of a cleaned body.
    pub(super) fn of(folded: &[FoldedLine]) -> Self {
        let written = folded.iter().filter(|line| line.letters > 0);
        let all: usize = written.clone().map(|line| line.letters).sum();
        let mut whole = Fnv::new();
        for line in written.clone() {
            whole.write(&line.key.to_le_bytes());
        }
        let mut keys: Vec<u64> = written.filter(|line| 2 * line.letters <= all).map(|line| line.key).collect();
        keys.sort_unstable();
        keys.dedup();
        Self { keys: keys.into(), body: if folded.is_empty() { 0 } else { whole.0 } }
    }
}

/// A line without its case, blanks and numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoldedLine {
    letters: usize,
    key: u64,
}

/// All lines of a brand's body, in order. A body of one line has none, because that line is what it says.
pub(super) fn folded(brand: &str, body: &str) -> Vec<FoldedLine> {
    if !body.trim().contains('\n') {
        return Vec::new();
    }
    let mut of_brand = Fnv::new();
    of_brand.write(brand.as_bytes());
    body.lines().map(|line| fold(of_brand.0, line)).collect()
}

/// The boilerplate of all brands, as known at one moment. Cheap to clone; never changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct BoilerplateLines(pub(crate) Arc<HashSet<u64>>);

impl BoilerplateLines {
    /// The body without its boilerplate, given its lines. A line that names an error, a version or a place in the code
    /// stays, and so does everything if no word would be left.
    pub(super) fn without<'a>(&self, folded: &[FoldedLine], body: &'a str) -> Cow<'a, str> {
        if !folded.iter().any(|line| self.0.contains(&line.key)) {
            return Cow::Borrowed(body);
        }
        let own = |(line, folded): &(&str, &FoldedLine)| !self.0.contains(&folded.key) || names_a_cause(line);
        let kept: Vec<&str> = body.lines().zip(folded).filter(own).map(|(line, _)| line).collect();
        let says_nothing = || !kept.iter().any(|line| line.contains(char::is_alphabetic));
        if kept.len() == folded.len() || says_nothing() {
            return Cow::Borrowed(body);
        }
        Cow::Owned(kept.join("\n"))
    }
}

fn names_a_cause(line: &str) -> bool {
    codes(line).iter().any(|code| code.kind != CodeKind::Identifier)
}

fn fold(of_brand: u64, line: &str) -> FoldedLine {
    let mut key = of_brand;
    let mut take = |c: char| key = (key ^ u64::from(u32::from(c))).wrapping_mul(Fnv::PRIME);
    let (mut letters, mut last) = (0, ' ');
    for c in line.trim().chars() {
        let folded = match c {
            _ if c.is_whitespace() => ' ',
            _ if c.is_numeric() => '#',
            _ => c,
        };
        if folded.is_ascii_alphabetic() {
            letters += 1;
            take(folded.to_ascii_lowercase());
        } else if folded.is_alphabetic() {
            letters += 1;
            folded.to_lowercase().for_each(&mut take);
        } else if folded != last || !matches!(folded, ' ' | '#') {
            take(folded);
        }
        last = folded;
    }
    FoldedLine { letters, key }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(brand: &str, line: &str) -> u64 {
        folded(brand, &format!("{line}\nanother"))[0].key
    }

    fn lines(body: &str) -> LineKeys {
        LineKeys::of(&folded("", body))
    }

    fn without(form: &BoilerplateLines, brand: &str, body: &str) -> String {
        form.without(&folded(brand, body), body).into_owned()
    }

    fn known(lines: &[&str]) -> BoilerplateLines {
        BoilerplateLines(Arc::new(lines.iter().map(|line| key("", line)).collect()))
    }

    #[test]
    fn case_blanks_and_numbers_do_not_make_a_different_line() {
        assert_eq!(key("", "Order number: 4711"), key("", "  order  NUMBER: 12 "));
        assert_ne!(key("", "Order number: 4711"), key("", "Order number: none"));
        assert_ne!(key("north", "Sent from my phone"), key("south", "Sent from my phone"));
    }

    #[test]
    fn a_line_that_is_most_of_a_text_is_not_counted() {
        assert_eq!(lines("I cannot log in").keys.len(), 0);
        assert_eq!(lines("I cannot log in since monday\nSent from Mail").keys.len(), 1);
        assert_eq!(lines("1234\n- - -\n").keys.len(), 0, "a line without letters says nothing");
    }

    #[test]
    fn boilerplate_is_removed() {
        let form = known(&["Order number: 1", "Please describe your issue below:"]);
        let body = "Order number: 99\nPlease describe your issue below:\nThe export stops.";
        assert_eq!(without(&form, "", body), "The export stops.");
        assert_eq!(without(&form, "south", body), body, "another brand has other forms");
    }

    #[test]
    fn a_form_that_nobody_filled_in_stays() {
        let form = known(&["Order number: 1", "Please describe your issue below:"]);
        let body = "Order number: 99\nPlease describe your issue below:\n";
        assert_eq!(without(&form, "", body), body);
    }

    #[test]
    fn a_line_that_names_an_error_stays_whatever_was_learned() {
        let form = known(&["Error code: 500", "Sent from our app"]);
        assert_eq!(without(&form, "", "Error code: 502\nSent from our app\nhelp"), "Error code: 502\nhelp");
    }
}
