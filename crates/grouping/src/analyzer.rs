//! Analyzes tickets as the engine would analyze them now.

use crate::analysis::{AnalyzedTicket, BoilerplateLines, CleanedTicket, TermCache};
use crate::parallel::{AnalyzerThread, AnalyzerThreads};
use crate::sentence::{InferenceThread, ModelError, SentenceEncoder, SentenceModel, SentenceVector};
use crate::ticket::TicketText;

/// Analyzes tickets as the engine would analyze them now. Share it between threads.
#[derive(Debug, Clone)]
pub struct Analyzer {
    encoder: Option<SentenceEncoder>,
    /// Whether vectors come from the built-in model. The kind model was trained on those and uses no others.
    is_builtin: bool,
    pub(crate) boilerplate: BoilerplateLines,
}

impl Analyzer {
    /// An analyzer without an engine, where nothing is decided.
    ///
    /// # Errors
    /// When the sentence model cannot be loaded.
    pub fn new(model: &SentenceModel) -> Result<Self, ModelError> {
        let is_builtin = *model == SentenceModel::Builtin;
        Ok(Self { encoder: SentenceEncoder::load(model)?, is_builtin, boilerplate: BoilerplateLines::default() })
    }

    /// Analyzes one ticket.
    #[must_use]
    pub fn analyze(&self, text: &TicketText) -> AnalyzedTicket {
        let (analyzed, sentence) = self.analyze_words(text);
        self.with_vector(analyzed, self.encoder.as_ref().and_then(|encoder| encoder.encode(&sentence)))
    }

    /// Analyzes one ticket whose vector was stored or made elsewhere. That saves running the sentence model.
    #[must_use]
    pub fn analyze_with(&self, text: &TicketText, vector: SentenceVector) -> AnalyzedTicket {
        self.with_vector(self.analyze_words(text).0, Some(vector))
    }

    /// Analyzes one ticket without a vector, and returns the text that a sentence model should embed.
    #[must_use]
    pub fn analyze_words(&self, text: &TicketText) -> (AnalyzedTicket, String) {
        CleanedTicket::of(text).analyze(&self.boilerplate, &mut TermCache::default())
    }

    /// An analyzed ticket with the vector that this analyzer's model made.
    #[must_use]
    pub fn with_vector(&self, analyzed: AnalyzedTicket, vector: Option<SentenceVector>) -> AnalyzedTicket {
        if self.is_builtin { analyzed.with_vector(vector) } else { analyzed.with_foreign_vector(vector) }
    }

    /// Analyzes many tickets on up to `threads` threads. The result is the same as one by one.
    #[must_use]
    pub fn analyze_all(&self, texts: &[TicketText], threads: usize) -> Vec<AnalyzedTicket> {
        let prepare =
            |text| PreparedTicket { cleaned: CleanedTicket::of(text), known: self.boilerplate.clone(), stored: None };
        self.analyze_prepared(&texts.iter().map(prepare).collect::<Vec<_>>(), &mut AnalyzerThreads::new(threads))
    }

    /// Completes prepared tickets.
    pub(crate) fn analyze_prepared(
        &self,
        tickets: &[PreparedTicket<'_>],
        threads: &mut AnalyzerThreads,
    ) -> Vec<AnalyzedTicket> {
        let analyze = |inference: Option<&InferenceThread>, cache: &mut TermCache, prepared: &PreparedTicket<'_>| {
            let (analyzed, sentence) = prepared.cleaned.analyze(&prepared.known, cache);
            let made = || self.encoder.as_ref()?.encode_on(inference?, &sentence);
            self.with_vector(analyzed, prepared.stored.cloned().or_else(made))
        };
        let analyzed = threads.map(tickets, |AnalyzerThread { inference, term_cache }, prepared| {
            analyze(Some(inference), term_cache, prepared)
        });
        let left_undone = |prepared| analyze(None, &mut TermCache::default(), prepared);
        analyzed
            .into_iter()
            .zip(tickets)
            .map(|(done, prepared)| done.unwrap_or_else(|| left_undone(prepared)))
            .collect()
    }
}

/// A ticket that can be analyzed independently of the others.
pub(crate) struct PreparedTicket<'a> {
    pub(crate) cleaned: CleanedTicket<'a>,
    /// The boilerplate that is known for it.
    pub(crate) known: BoilerplateLines,
    /// Its vector, if one was stored.
    pub(crate) stored: Option<&'a SentenceVector>,
}
