//! What the words of one installation are: what many customers call things, and how its people are called.

use std::collections::BTreeSet;

/// What may leave, and what must not, beside what the lists say. All in small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Words of no list that customers of at least three organizations use.
    pub terms: BTreeSet<String>,
    /// Parts of the names of people who are known here.
    pub names: BTreeSet<String>,
}

impl Vocabulary {
    /// One that says nothing.
    pub const EMPTY: Self = Self { terms: BTreeSet::new(), names: BTreeSet::new() };
}
