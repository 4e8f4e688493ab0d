//! Analyzes the tickets of a stream ahead of their decisions, on several threads.
//!
//! Invariant: each ticket is analyzed as if those before it were already placed. So the result does not depend on how far
//! ahead it happens or on how many threads.

use crate::analysis::{AnalyzedTicket, BoilerplateLines, CleanedTicket, TermCache};
use crate::analyzer::{Analyzer, PreparedTicket};
use crate::boilerplate::BoilerplateLearner;
use crate::parallel::AnalyzerThreads;
use crate::sentence::SentenceVector;
use crate::ticket::TicketText;

/// Analyzes tickets in their order, ahead of the engine that decides about them.
#[derive(Debug)]
pub struct StreamAnalyzer {
    analyzer: Analyzer,
    /// What the engine will know about boilerplate by the time a ticket is decided.
    boilerplate: BoilerplateLearner,
    threads: AnalyzerThreads,
}

impl StreamAnalyzer {
    pub(crate) fn new(analyzer: Analyzer, boilerplate: BoilerplateLearner, threads: usize) -> Self {
        Self { analyzer, boilerplate, threads: AnalyzerThreads::new(threads) }
    }

    /// Analyzes the next tickets.
    #[must_use]
    pub fn analyze_all(&mut self, texts: &[TicketText]) -> Vec<AnalyzedTicket> {
        self.analyze_with(texts, &[])
    }

    /// The same with each text's stored vector, where there is one. That saves running the sentence model.
    #[must_use]
    pub fn analyze_with(&mut self, texts: &[TicketText], stored: &[Option<SentenceVector>]) -> Vec<AnalyzedTicket> {
        let texts: Vec<&TicketText> = texts.iter().collect();
        let cleaned = self.threads.map(&texts, |_, text| CleanedTicket::of(text));
        let cleaned =
            cleaned.into_iter().zip(texts).map(|(done, text)| done.unwrap_or_else(|| CleanedTicket::of(text)));
        let stored = stored.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        let prepare = |(cleaned, stored)| {
            let (cleaned, known) = self.next(cleaned);
            PreparedTicket { cleaned, known, stored }
        };
        let prepared: Vec<_> = cleaned.zip(stored).map(prepare).collect();
        self.analyzer.analyze_prepared(&prepared, &mut self.threads)
    }

    /// Analyzes the next tickets without vectors, and returns with each the text that a sentence model elsewhere should
    /// embed. [`Analyzer::with_vector`] completes them.
    #[must_use]
    pub fn analyze_words(&mut self, texts: &[TicketText]) -> Vec<(AnalyzedTicket, String)> {
        let mut cache = TermCache::default();
        let cleaned = texts.iter().map(|text| self.next(CleanedTicket::of(text)));
        cleaned.map(|(cleaned, known)| cleaned.analyze(&known, &mut cache)).collect()
    }

    /// A cleaned ticket with the boilerplate known before it. Its own lines count from the next ticket on.
    fn next<'a>(&mut self, cleaned: CleanedTicket<'a>) -> (CleanedTicket<'a>, BoilerplateLines) {
        let known = self.boilerplate.known().clone();
        self.boilerplate.observe(cleaned.brand(), &cleaned.lines, cleaned.created_at_us());
        (cleaned, known)
    }

    /// The analyzer that completes tickets with their vectors.
    #[must_use]
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }
}
