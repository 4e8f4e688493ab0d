//! What must not leave is taken out of text before it does (G6): identity, and secrets.
//!
//! [`redact`] replaces what it finds by a word such as `[e-mail]`; [`gate`] looks again, last thing before something is
//! handed to GitHub, and refuses if anything is still there. Both find by shape (addresses, cards, keys) and by what is
//! known of the customer (names, company, mail). Where a shape is in doubt it is taken out: a lost word costs a reader a
//! moment, a leaked one cannot be called back. The text that comes out is [`plain()`]: nothing invisible, no look-alike digits.

mod credentials;
mod known;
mod numbers;
mod plain;
mod private;
mod shapes;
mod spans;

use std::collections::BTreeSet;

pub use self::{
    plain::plain,
    private::{KnownPeople, PrivateKind},
};

/// A text without what must not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The text.
    pub text: String,
    /// What was taken out, each kind once.
    pub found: Vec<PrivateKind>,
}

/// How often a text is read again, should taking something out bring something else together.
const PASSES: usize = 4;

/// Takes out identity and secrets.
pub fn redact(text: &str, known: &KnownPeople) -> Redacted {
    repeat(text, |text| find(text, known))
}

/// Takes out secrets only: passwords, keys, cards, accounts. For a customer's words on their way back to this customer.
pub fn secrets(text: &str) -> Redacted {
    repeat(text, |text| {
        let mut spans = shapes::find(text, &[]);
        spans.retain(|span| {
            matches!(span.kind, PrivateKind::Password | PrivateKind::Key | PrivateKind::Card | PrivateKind::Iban)
        });
        spans::settle(spans)
    })
}

/// Lets a text pass that holds nothing private; otherwise says what it holds.
///
/// Give it what was written for the issue, before the marker with its hash is put around. Every address of ours in it must
/// begin as one of [`KnownPeople::own_urls`].
pub fn gate(text: &str, known: &KnownPeople) -> Result<(), Vec<PrivateKind>> {
    let found = kinds(&find(&plain(text), known));
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// As [`gate`], for a text that is written around `ours`, the words that stand in it whoever the customers are: of those
/// nobody learns that a customer is called "Customer". Only names are let off; what looks like a secret never is.
pub fn gate_beside(ours: &str, text: &str, known: &KnownPeople) -> Result<(), Vec<PrivateKind>> {
    let (ours, text) = (plain(ours), plain(text));
    let spoken = |text: &str, span: &spans::Span| text[span.at.clone()].to_lowercase();
    let usual: BTreeSet<String> = find(&ours, known).iter().map(|span| spoken(&ours, span)).collect();
    let is_ours = |span: &spans::Span| {
        matches!(span.kind, PrivateKind::Name | PrivateKind::Organization) && usual.contains(&spoken(&text, span))
    };
    let found: Vec<spans::Span> = find(&text, known).into_iter().filter(|span| !is_ours(span)).collect();
    if found.is_empty() { Ok(()) } else { Err(kinds(&found)) }
}

fn find(text: &str, known: &KnownPeople) -> Vec<spans::Span> {
    let mut spans = shapes::find(text, known.own_urls);
    let mut settled = spans::own_addresses(text, known.own_urls);
    settled.extend(spans::words_of_ours(text)); // somebody may be called Key
    spans.extend(
        known::find(text, known).into_iter().filter(|span| !settled.iter().any(|at| at.contains(&span.at.start))),
    );
    spans::settle(spans)
}

fn repeat(text: &str, find: impl Fn(&str) -> Vec<spans::Span>) -> Redacted {
    let mut text = plain(text);
    let mut found = Vec::new();
    for _ in 0..PASSES {
        let spans = find(&text);
        if spans.is_empty() {
            break;
        }
        found.extend(kinds(&spans));
        text = spans::replace(&text, &spans);
    }
    found.sort_unstable();
    found.dedup();
    Redacted { text, found }
}

fn kinds(spans: &[spans::Span]) -> Vec<PrivateKind> {
    let mut kinds: Vec<PrivateKind> = spans.iter().map(|span| span.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[cfg(test)]
mod tests;
