//! How often each term appears in a ticket, in two allocations however many terms there are.

use crate::hash::Fnv;

/// How often a term appears in subject and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TermCount {
    pub(crate) subject: u8,
    pub(crate) body: u8,
}

/// The terms of a ticket in alphabetical order, with their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TermCounts {
    /// The names of all terms, one after the other.
    names: Box<str>,
    /// Where each name ends, and its count.
    terms: Box<[(u32, TermCount)]>,
}

impl TermCounts {
    /// Of terms in any order, each with whether it is in the subject.
    pub(super) fn of(mut terms: Vec<(&str, bool)>) -> Self {
        terms.sort_unstable();
        let mut names = String::with_capacity(terms.iter().map(|(name, _)| name.len()).sum());
        let mut counted: Vec<(u32, TermCount)> = Vec::with_capacity(terms.len());
        let mut last = None;
        for (name, in_subject) in terms {
            if last != Some(name) {
                names.push_str(name);
                counted.push((u32::try_from(names.len()).unwrap_or(u32::MAX), TermCount::default()));
                last = Some(name);
            }
            if let Some((_, count)) = counted.last_mut() {
                let part = if in_subject { &mut count.subject } else { &mut count.body };
                *part = part.saturating_add(1);
            }
        }
        Self { names: names.into(), terms: counted.into() }
    }

    /// How many terms there are.
    pub(crate) fn len(&self) -> usize {
        self.terms.len()
    }

    /// Each term with its count, in alphabetical order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, TermCount)> {
        let mut from = 0;
        self.terms.iter().map(move |(end, count)| {
            let name = &self.names[from..*end as usize];
            from = *end as usize;
            (name, *count)
        })
    }
}

/// A fingerprint that stays the same when the text is sent again with other spacing, case or courtesies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// A hash of the terms in their order.
    pub(crate) hash: u64,
    /// How many terms went into it.
    pub(crate) term_count: u32,
}

impl Fingerprint {
    pub(super) fn of<'a>(terms: impl Iterator<Item = &'a str>) -> Self {
        let (mut hash, mut term_count) = (Fnv::new(), 0);
        for term in terms {
            hash.write(term.as_bytes());
            term_count += 1;
        }
        Self { hash: hash.0, term_count }
    }

    /// The hash as it is stored with a link.
    #[must_use]
    pub fn as_hex(self) -> String {
        format!("{:016x}", self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_counted_by_part_and_sorted() {
        let term_counts =
            TermCounts::of(vec![("row", false), ("export", true), ("row", false), ("export", false), ("é", true)]);
        let count = |subject, body| TermCount { subject, body };
        let expected = [("export", count(1, 1)), ("row", count(0, 2)), ("é", count(1, 0))];
        assert_eq!(term_counts.iter().collect::<Vec<_>>(), expected);
        assert_eq!(term_counts.len(), 3);
    }

    #[test]
    fn a_count_stops_at_the_largest_byte() {
        let term_counts = TermCounts::of(vec![("row", false); 300]);
        assert_eq!(term_counts.iter().collect::<Vec<_>>(), [("row", TermCount { subject: 0, body: 255 })]);
    }
}
