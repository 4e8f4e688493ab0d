//! Reads tickets ahead of their decisions, as many at a time as there are threads for.
//!
//! Invariant: each ticket is read as if those before it had been placed already, so how far ahead
//! and on how many threads changes nothing.

use super::engine::Reader;
use super::read::{Draft, Reading};
use super::templates::Templates;
use super::text::Text;

/// Reads the tickets of a file in their order, ahead of the engine that decides about them.
#[derive(Debug)]
pub struct ReadAhead {
    reader: Reader,
    /// What the engine will have learned by the time that a ticket is decided.
    templates: Templates,
}

impl ReadAhead {
    pub(crate) fn new(reader: Reader, templates: Templates) -> Self {
        Self { reader, templates }
    }

    /// Reads the next tickets on up to `threads` threads.
    #[must_use]
    pub fn read_all(&mut self, texts: &[Text], threads: usize) -> Vec<Reading> {
        let drafts = self.drafts(texts);
        self.reader.add_vectors(drafts, threads)
    }

    /// Reads the next tickets without vectors, and gives what a sentence model elsewhere is to read of each;
    /// [`Reader::with_vector`] completes them.
    #[must_use]
    pub fn drafts(&mut self, texts: &[Text]) -> Vec<(Reading, String)> {
        let mut drafts = Vec::with_capacity(texts.len());
        for text in texts {
            let (draft, known) = (Draft::of(text), self.templates.known().clone());
            self.templates.saw(text.brand.as_deref().unwrap_or_default(), &draft.lines, text.created_at_us);
            drafts.push(draft.read(&known));
        }
        drafts
    }

    /// The reader that completes drafts.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }
}
