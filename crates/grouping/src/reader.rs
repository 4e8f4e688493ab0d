//! Reads tickets as the engine would read them now.

use super::parallel::{Worker, Workers};
use super::read::{Draft, Lexicon, Reading, TemplateLines};
use super::sentence::{Lane, ModelError, SentenceModel, Sentences, Vector};
use super::text::Text;

/// Reads tickets as the engine would read them now: share it between threads.
#[derive(Debug, Clone)]
pub struct Reader {
    sentences: Option<Sentences>,
    /// Whether the vectors are those of the built-in model, from which kinds were learned too.
    is_builtin: bool,
    pub(super) templates: TemplateLines,
}

impl Reader {
    /// A reader by itself, for reading where nothing is decided.
    ///
    /// # Errors
    /// When the sentence model cannot be loaded.
    pub fn new(model: &SentenceModel) -> Result<Self, ModelError> {
        let is_builtin = *model == SentenceModel::Builtin;
        Ok(Self { sentences: Sentences::load(model)?, is_builtin, templates: TemplateLines::default() })
    }

    /// Reads one ticket.
    #[must_use]
    pub fn read(&self, text: &Text) -> Reading {
        let (reading, sentence) = self.draft(text);
        self.with_vector(reading, self.sentences.as_ref().and_then(|model| model.vector(&sentence)))
    }

    /// Reads one ticket whose vector was kept, which saves the sentence model's work, or was made elsewhere.
    #[must_use]
    pub fn read_with(&self, text: &Text, vector: Vector) -> Reading {
        self.with_vector(self.draft(text).0, Some(vector))
    }

    /// Reads one ticket without a vector, and gives what a sentence model is to read of it.
    #[must_use]
    pub fn draft(&self, text: &Text) -> (Reading, String) {
        Draft::of(text).read(&self.templates, &mut Lexicon::default())
    }

    /// A reading with the vector that the model of this reader made.
    #[must_use]
    pub fn with_vector(&self, reading: Reading, vector: Option<Vector>) -> Reading {
        if self.is_builtin { reading.with_vector(vector) } else { reading.with_vector_of_another(vector) }
    }

    /// Reads many tickets on up to `threads` threads; the same as one by one.
    #[must_use]
    pub fn read_all(&self, texts: &[Text], threads: usize) -> Vec<Reading> {
        let of = |text| Drafted { draft: Draft::of(text), known: self.templates.clone(), kept: None };
        self.read_drafts(&texts.iter().map(of).collect::<Vec<_>>(), &mut Workers::new(threads))
    }

    /// Completes drafts.
    pub(super) fn read_drafts(&self, drafts: &[Drafted<'_>], workers: &mut Workers) -> Vec<Reading> {
        let read = |lane: Option<&Lane>, lexicon: &mut Lexicon, drafted: &Drafted<'_>| {
            let (reading, sentence) = drafted.draft.read(&drafted.known, lexicon);
            let made = || self.sentences.as_ref()?.vector_on(lane?, &sentence);
            self.with_vector(reading, drafted.kept.cloned().or_else(made))
        };
        let readings = workers.map(drafts, |Worker { lane, lexicon }, drafted| read(Some(lane), lexicon, drafted));
        let left_undone = |drafted| read(None, &mut Lexicon::default(), drafted);
        readings.into_iter().zip(drafts).map(|(done, drafted)| done.unwrap_or_else(|| left_undone(drafted))).collect()
    }
}

/// A ticket that is read but for what its brand's template lines change.
pub(super) struct Drafted<'a> {
    pub(super) draft: Draft<'a>,
    /// The template lines that are known for it.
    pub(super) known: TemplateLines,
    /// Its vector, if one was kept.
    pub(super) kept: Option<&'a Vector>,
}
