//! Reads tickets ahead of their decisions, as many at a time as there are threads for.
//!
//! Invariant: each ticket is read as if those before it had been placed already, so how far ahead
//! and on how many threads changes nothing.

use super::parallel::Workers;
use super::read::{Draft, Lexicon, Reading, TemplateLines};
use super::reader::{Drafted, Reader};
use super::sentence::Vector;
use super::templates::Templates;
use super::text::Text;

/// Reads the tickets of a file in their order, ahead of the engine that decides about them.
#[derive(Debug)]
pub struct ReadAhead {
    reader: Reader,
    /// What the engine will have learned by the time that a ticket is decided.
    templates: Templates,
    workers: Workers,
}

impl ReadAhead {
    pub(crate) fn new(reader: Reader, templates: Templates, threads: usize) -> Self {
        Self { reader, templates, workers: Workers::new(threads) }
    }

    /// Reads the next tickets.
    #[must_use]
    pub fn read_all(&mut self, texts: &[Text]) -> Vec<Reading> {
        self.read_with(texts, &[])
    }

    /// The same where vectors were kept, which saves the sentence model's work: each text's, as far as there is one.
    #[must_use]
    pub fn read_with(&mut self, texts: &[Text], kept: &[Option<Vector>]) -> Vec<Reading> {
        let texts: Vec<&Text> = texts.iter().collect();
        let drafts = self.workers.map(&texts, |_, text| Draft::of(text));
        let drafts = drafts.into_iter().zip(texts).map(|(draft, text)| draft.unwrap_or_else(|| Draft::of(text)));
        let kept = kept.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        let drafted = |(draft, kept)| {
            let (draft, known) = self.next(draft);
            Drafted { draft, known, kept }
        };
        let drafted: Vec<_> = drafts.zip(kept).map(drafted).collect();
        self.reader.read_drafts(&drafted, &mut self.workers)
    }

    /// Reads the next tickets without vectors, and gives what a sentence model elsewhere is to read of each;
    /// [`Reader::with_vector`] completes them.
    #[must_use]
    pub fn drafts(&mut self, texts: &[Text]) -> Vec<(Reading, String)> {
        let mut lexicon = Lexicon::default();
        let drafts = texts.iter().map(|text| self.next(Draft::of(text)));
        drafts.map(|(draft, known)| draft.read(&known, &mut lexicon)).collect()
    }

    /// A draft with the template lines that are known for it; its own lines are known of from then on.
    fn next<'a>(&mut self, draft: Draft<'a>) -> (Draft<'a>, TemplateLines) {
        let known = self.templates.known().clone();
        self.templates.saw(draft.brand(), &draft.lines, draft.created_at_us());
        (draft, known)
    }

    /// The reader that completes drafts.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }
}
