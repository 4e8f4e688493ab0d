//! Reading a ticket: from its text to terms, codes, a fingerprint and a sentence vector.
//!
//! Reading needs no state of the index, so it can run ahead, in parallel and outside any lock.
//! Invariant: the same text gives the same [`Reading`].

mod clean;
mod codes;
mod counts;
mod language;
mod lexicon;
mod lines;
mod marks;
mod stopwords;
mod words;

use super::hash::Fnv;
use super::kind::KindOdds;
use super::sentence::Vector;
use super::text::{Kind, Text, TicketKey};

pub use codes::{Code, CodeKind};
pub use counts::Fingerprint;
pub(crate) use counts::{Count, Counts};
pub(crate) use lexicon::Lexicon;
use lines::Folded;
pub(crate) use lines::{Lines, TemplateLines};
pub use marks::{Passage, marks, passage};

/// More of a body than this is a pasted log; its beginning says what it is.
pub const BODY_LIMIT_BYTES: usize = 16 * 1024;
/// Most characters of a subject that are compared letter by letter.
const SHINGLED_LIMIT_CHARS: usize = 120;

/// A ticket as it was read: everything the index needs, and no longer its text.
#[derive(Debug, Clone)]
pub struct Reading {
    pub(crate) id: TicketKey,
    pub(crate) created_at_us: i64,
    pub(crate) customer: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) area: Option<String>,
    pub(crate) brand: String,
    pub(crate) stated_kind: Option<Kind>,
    pub(crate) kind: KindOdds,
    pub(crate) terms: Counts,
    pub(crate) shingles: Box<[u16]>,
    pub(crate) codes: Vec<Code>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) vector: Option<Vector>,
    pub(crate) lines: Lines,
}

impl Reading {
    /// Reads a ticket without a sentence vector, as if no template line were known.
    #[must_use]
    pub fn of(text: &Text) -> Self {
        Self::leaving_out(text, &TemplateLines::default())
    }

    /// Reads a ticket without a sentence vector and without the template lines of its body.
    pub(crate) fn leaving_out(text: &Text, known: &TemplateLines) -> Self {
        Draft::of(text).read(known, &mut Lexicon::default()).0
    }

    /// The same reading with its sentence vector of the built-in model, which says of which kind it is, too.
    #[must_use]
    pub fn with_vector(mut self, vector: Option<Vector>) -> Self {
        if let Some(vector) = vector.as_ref().filter(|_| self.stated_kind.is_none()) {
            self.kind = self.kind.with_vector(vector);
        }
        self.vector = vector;
        self
    }

    /// The same reading with the vector of another model, which says nothing of its kind.
    pub(crate) fn with_vector_of_another(mut self, vector: Option<Vector>) -> Self {
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

    /// The sentence vector, to be stored and given back at the next start.
    #[must_use]
    pub fn vector(&self) -> Option<&Vector> {
        self.vector.as_ref()
    }
}

/// A ticket with its body cleaned and cut into lines, before template lines are taken out.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    text: &'a Text,
    body: String,
    folded: Vec<Folded>,
    pub(crate) lines: Lines,
}

impl<'a> Draft<'a> {
    pub(crate) fn of(text: &'a Text) -> Self {
        let body = cleaned(&text.body);
        let folded = lines::folded(text.brand.as_deref().unwrap_or_default(), &body);
        Self { text, lines: Lines::of(&folded), folded, body }
    }

    /// The brand that its lines are counted for.
    pub(crate) fn brand(&self) -> &str {
        self.text.brand.as_deref().unwrap_or_default()
    }

    /// When the ticket was written.
    pub(crate) fn created_at_us(&self) -> i64 {
        self.text.created_at_us
    }

    /// The reading, still without its vector, and what the sentence model reads for that.
    pub(crate) fn read(&self, known: &TemplateLines, lexicon: &mut Lexicon) -> (Reading, String) {
        let text = self.text;
        let brand = text.brand.clone().unwrap_or_default();
        let body = known.without(&self.folded, &self.body);
        let subject = within(&text.subject, BODY_LIMIT_BYTES);
        let both = format!("{subject}\n{body}");
        let (terms, fingerprint) = terms(subject, &body, &both, lexicon);
        let reading = Reading {
            id: text.id.clone(),
            created_at_us: text.created_at_us,
            customer: text.customer.clone(),
            organization: text.organization.clone(),
            area: text.area.clone(),
            stated_kind: text.kind,
            kind: match text.kind {
                // Nobody asks how likely a kind is that was stated.
                Some(_) => KindOdds::default(),
                // A form for bugs says what its tickets are.
                None => KindOdds::of(subject, &self.body),
            },
            terms,
            shingles: shingles(if subject.trim().is_empty() { &body } else { subject }),
            codes: codes::codes(&both),
            fingerprint,
            vector: None,
            lines: self.lines.clone(),
            brand,
        };
        (reading, sentence(&text.subject, &body))
    }
}

/// The terms of both parts with how often they stand there, and the fingerprint of their order.
fn terms(subject: &str, body: &str, both: &str, lexicon: &mut Lexicon) -> (Counts, Fingerprint) {
    let mut words = words::words(subject);
    let in_subject = words.len();
    words.extend(words::words(body));
    let terms = lexicon.terms(&words, both).into_iter().enumerate();
    let told: Vec<(&str, bool)> = terms.filter_map(|(at, term)| Some((term?, at < in_subject))).collect();
    let fingerprint = Fingerprint::of(told.iter().map(|(term, _)| *term));
    (Counts::of(told), fingerprint)
}

/// The customer's own words of a body, as all models read them.
pub fn cleaned(body: &str) -> String {
    clean::clean(within(body, BODY_LIMIT_BYTES))
}

/// What the sentence model reads of a ticket.
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

/// Hashes of all runs of three letters, sorted, each once: near-equal spellings share most.
fn shingles(text: &str) -> Box<[u16]> {
    let letters: Vec<char> = std::iter::once(' ')
        .chain(text.chars().take(SHINGLED_LIMIT_CHARS))
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
    use crate::{Reader, SentenceModel};

    fn read(subject: &str, body: &str) -> Reading {
        Reading::of(&Text::new("1", subject, body))
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
    fn a_typing_error_leaves_most_shingles() {
        let (right, wrong) = (read("password reset", ""), read("pasword reset", ""));
        let shared = right.shingles.iter().filter(|s| wrong.shingles.contains(s)).count();
        assert!(shared * 10 > right.shingles.len() * 7);
    }

    #[test]
    fn of_which_kind_a_ticket_is_only_the_built_in_model_may_say_beside_the_words() {
        let text = Text::new("1", "Export", "It stops at half of the rows.");
        let vector = Vector::quantise(&[1.0; 384]);
        let kind = |model| Reader::new(&model).unwrap().read_with(&text, vector.clone()).kind;
        assert_eq!(kind(SentenceModel::Given), Reading::of(&text).kind);
        assert_ne!(kind(SentenceModel::Builtin), Reading::of(&text).kind);
    }

    #[test]
    fn an_empty_ticket_is_read_as_nothing() {
        let empty = read("", "");
        assert!(empty.terms.len() == 0 && empty.codes.is_empty());
    }
}
