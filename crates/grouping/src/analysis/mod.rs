//! Analysis of a ticket: from its text to terms, codes, a fingerprint and a sentence vector.
//!
//! It does not depend on the index, so it can run ahead, in parallel and outside any lock. Invariant: the same text
//! gives the same [`AnalyzedTicket`].

mod clean;
mod codes;
mod highlights;
mod language;
mod lines;
mod stopwords;
mod term_cache;
mod term_counts;
mod words;

use super::hash::Fnv;
use super::kind::KindOdds;
use super::sentence::SentenceVector;
use super::ticket::{TicketKey, TicketKind, TicketText};

pub use codes::{Code, CodeKind};
pub use highlights::{Passage, highlights, passage};
use lines::FoldedLine;
pub(crate) use lines::{BoilerplateLines, LineKeys};
pub(crate) use stopwords::languages_of;
pub(crate) use term_cache::TermCache;
pub use term_counts::Fingerprint;
pub(crate) use term_counts::{TermCount, TermCounts};

/// A longer body is a pasted log, and its beginning says what it is about.
pub const BODY_LIMIT_BYTES: usize = 16 * 1024;
/// How many characters of a subject are compared by trigrams.
const TRIGRAM_LIMIT_CHARS: usize = 120;

/// An analyzed ticket: everything the index needs, without the text itself.
#[derive(Debug, Clone)]
pub struct AnalyzedTicket {
    pub(crate) id: TicketKey,
    pub(crate) created_at_us: i64,
    pub(crate) customer: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) area: Option<String>,
    pub(crate) brand: String,
    pub(crate) stated_kind: Option<TicketKind>,
    pub(crate) kind: KindOdds,
    pub(crate) terms: TermCounts,
    pub(crate) trigrams: Box<[u16]>,
    pub(crate) codes: Vec<Code>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) vector: Option<SentenceVector>,
    pub(crate) lines: LineKeys,
}

impl AnalyzedTicket {
    /// Analyzes a ticket without a sentence vector and without any known boilerplate.
    #[must_use]
    pub fn of(text: &TicketText) -> Self {
        Self::without(text, &BoilerplateLines::default())
    }

    /// Analyzes a ticket without a sentence vector, with the known boilerplate removed from its body.
    pub(crate) fn without(text: &TicketText, known: &BoilerplateLines) -> Self {
        CleanedTicket::of(text).analyze(known, &mut TermCache::default()).0
    }

    /// Adds the sentence vector of the built-in model, which also says something about the kind.
    #[must_use]
    pub fn with_vector(mut self, vector: Option<SentenceVector>) -> Self {
        if let Some(vector) = vector.as_ref().filter(|_| self.stated_kind.is_none()) {
            self.kind = self.kind.with_vector(vector);
        }
        self.vector = vector;
        self
    }

    /// Adds the vector of another model, which says nothing about the kind.
    pub(crate) fn with_foreign_vector(mut self, vector: Option<SentenceVector>) -> Self {
        self.vector = vector;
        self
    }

    /// Near one for a message of a few words, near zero for a long report.
    #[expect(clippy::cast_precision_loss, reason = "some hundred terms")]
    pub(crate) fn brevity(&self) -> f32 {
        8.0 / (8.0 + self.terms.len() as f32)
    }

    /// The ticket.
    #[must_use]
    pub fn id(&self) -> &TicketKey {
        &self.id
    }

    /// The sentence vector, to be stored and passed in again at the next start.
    #[must_use]
    pub fn vector(&self) -> Option<&SentenceVector> {
        self.vector.as_ref()
    }
}

/// A ticket whose body is cleaned and divided into lines, before boilerplate is removed.
#[derive(Debug)]
pub(crate) struct CleanedTicket<'a> {
    text: &'a TicketText,
    body: String,
    folded: Vec<FoldedLine>,
    pub(crate) lines: LineKeys,
}

impl<'a> CleanedTicket<'a> {
    pub(crate) fn of(text: &'a TicketText) -> Self {
        let body = cleaned(&text.body);
        let folded = lines::folded(text.brand.as_deref().unwrap_or_default(), &body);
        Self { text, lines: LineKeys::of(&folded), folded, body }
    }

    /// The brand that its lines count for.
    pub(crate) fn brand(&self) -> &str {
        self.text.brand.as_deref().unwrap_or_default()
    }

    /// When the ticket was written.
    pub(crate) fn created_at_us(&self) -> i64 {
        self.text.created_at_us
    }

    /// The analyzed ticket without its vector, and the text that the sentence model should embed.
    pub(crate) fn analyze(&self, known: &BoilerplateLines, term_cache: &mut TermCache) -> (AnalyzedTicket, String) {
        let text = self.text;
        let brand = text.brand.clone().unwrap_or_default();
        let body = known.without(&self.folded, &self.body);
        let subject = within(&text.subject, BODY_LIMIT_BYTES);
        let both = format!("{subject}\n{body}");
        let (terms, fingerprint) = terms(subject, &body, &both, term_cache);
        let analyzed = AnalyzedTicket {
            id: text.id.clone(),
            created_at_us: text.created_at_us,
            customer: text.customer.clone(),
            organization: text.organization.clone(),
            area: text.area.clone(),
            stated_kind: text.kind,
            kind: match text.kind {
                // A stated kind needs no prediction.
                Some(_) => KindOdds::default(),
                // The whole body counts here: a form for bugs says what its tickets are.
                None => KindOdds::of(subject, &self.body),
            },
            terms,
            trigrams: trigrams(if subject.trim().is_empty() { &body } else { subject }),
            codes: codes::codes(&both),
            fingerprint,
            vector: None,
            lines: self.lines.clone(),
            brand,
        };
        (analyzed, sentence(&text.subject, &body))
    }
}

/// The terms of both parts with their counts, and the fingerprint of their order.
fn terms(subject: &str, body: &str, both: &str, term_cache: &mut TermCache) -> (TermCounts, Fingerprint) {
    let mut words = words::words(subject);
    let in_subject = words.len();
    words.extend(words::words(body));
    let terms = term_cache.terms(&words, both).into_iter().enumerate();
    let located: Vec<(&str, bool)> = terms.filter_map(|(at, term)| Some((term?, at < in_subject))).collect();
    let fingerprint = Fingerprint::of(located.iter().map(|(term, _)| *term));
    (TermCounts::of(located), fingerprint)
}

/// The customer's own words of a body, as all models read them.
pub fn cleaned(body: &str) -> String {
    clean::clean(within(body, BODY_LIMIT_BYTES))
}

/// The text that the sentence model embeds for a ticket.
fn sentence(subject: &str, body: &str) -> String {
    match (subject.trim(), body.trim()) {
        (subject, "") => subject.to_owned(),
        ("", body) => body.to_owned(),
        (subject, body) => format!("{subject}. {body}"),
    }
}

fn within(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// Hashes of all trigrams of letters, sorted, each once. Similar spellings share most of them.
fn trigrams(text: &str) -> Box<[u16]> {
    let letters: Vec<char> = std::iter::once(' ')
        .chain(text.chars().take(TRIGRAM_LIMIT_CHARS))
        .chain([' '])
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .flat_map(char::to_lowercase)
        .collect();
    let mut hashes: Vec<u16> = letters
        .windows(3)
        .filter(|run| run.iter().filter(|c| **c == ' ').count() < 2)
        .map(|run| {
            let mut hash = Fnv::new();
            for c in run {
                hash.write(&u32::from(*c).to_le_bytes());
            }
            #[expect(clippy::cast_possible_truncation, reason = "folded to 16 bits on purpose")]
            let folded = (hash.0 ^ (hash.0 >> 16) ^ (hash.0 >> 32) ^ (hash.0 >> 48)) as u16;
            folded
        })
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Analyzer, SentenceModel};

    fn read(subject: &str, body: &str) -> AnalyzedTicket {
        AnalyzedTicket::of(&TicketText::new("1", subject, body))
    }

    #[test]
    fn case_spacing_and_courtesy_do_not_change_the_fingerprint() {
        let plain = read("Export crashes", "It stops at 50 %.");
        let polite = read("export  crashes!", "Hello,\nIt stops at 50%\nThanks,\nAda");
        assert_eq!(plain.fingerprint, polite.fingerprint);
    }

    #[test]
    fn another_number_is_another_fingerprint() {
        assert_ne!(read("Error 500", "").fingerprint, read("Error 502", "").fingerprint);
    }

    #[test]
    fn a_typing_error_leaves_most_trigrams() {
        let (right, wrong) = (read("password reset", ""), read("pasword reset", ""));
        let shared = right.trigrams.iter().filter(|s| wrong.trigrams.contains(s)).count();
        assert!(shared * 10 > right.trigrams.len() * 7);
    }

    #[test]
    fn only_the_built_in_model_adds_to_what_words_say_of_the_kind() {
        let text = TicketText::new("1", "Export", "It stops at half of the rows.");
        let vector = SentenceVector::quantise(&[1.0; 384]);
        let kind = |model| Analyzer::new(&model).unwrap().analyze_with(&text, vector.clone()).kind;
        assert_eq!(kind(SentenceModel::Given), AnalyzedTicket::of(&text).kind);
        assert_ne!(kind(SentenceModel::Builtin), AnalyzedTicket::of(&text).kind);
    }

    #[test]
    fn an_empty_ticket_has_no_terms_and_no_codes() {
        let empty = read("", "");
        assert!(empty.terms.len() == 0 && empty.codes.is_empty());
    }
}
