//! What the words of one installation are: what many customers call things, and how its people are called.

use std::collections::BTreeSet;

use super::name_key::name_key;

/// What may leave, and what must not, beside what the lists say. In small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Words of no list that customers of at least three organizations use.
    pub terms: BTreeSet<String>,
    /// Parts of the names of people who are known here, as [`name_key`] has them.
    pub names: BTreeSet<String>,
    /// Names of people who are known here that may be in a text in whatever spelling, as [`super::name_parts`] has them. They are
    /// looked up for what a person wrote for others to read.
    pub near: BTreeSet<String>,
}

impl Vocabulary {
    /// One that says nothing.
    pub const EMPTY: Self = Self { terms: BTreeSet::new(), names: BTreeSet::new(), near: BTreeSet::new() };

    /// Whether somebody is called so.
    pub(super) fn is_name(&self, word: &str) -> bool {
        !self.names.is_empty() && self.names.contains(&name_key(word))
    }
}
