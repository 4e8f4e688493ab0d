//! Identity and secrets are taken out of text before it leaves (G6, nothing private leaves).
//!
//! [`redact`] replaces what it finds by a word such as `[e-mail]`. [`check`] looks again, just before something goes to GitHub,
//! and refuses the text if anything is still there. Both search by shape (addresses, cards, keys) and by what is known of the
//! customer (names, company, mail). When in doubt, they take it out: a lost word costs the reader a moment, a leaked one cannot
//! be called back. What comes out is [`plain()`]: nothing invisible, no look-alike digits.

mod capitals;
mod credentials;
mod known;
mod numbers;
mod plain;
mod private;
mod shapes;
mod spans;

use std::{collections::BTreeSet, ops::Range};

pub(in crate::wording) use self::known::{folded, is_spaceless};
pub use self::{
    capitals::without_capitals,
    plain::plain,
    private::{KnownPeople, PrivateKind},
};

/// A text with nothing private left in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The text.
    pub text: String,
    /// What was taken out, each kind once.
    pub found: Vec<PrivateKind>,
}

/// How often a text is searched at most. Taking something out may bring two halves of something else together.
const PASSES: usize = 4;

/// Takes out identity and secrets.
pub fn redact(text: &str, known: &KnownPeople) -> Redacted {
    repeat(text, |text| find(text, known))
}

/// Takes out the people and companies that are known, and nothing else.
pub fn names(text: &str, known: &KnownPeople) -> Redacted {
    repeat(text, |text| {
        let taken_out = spans::joined(spans::words_of_ours(text));
        let mut spans = known::find(text, known);
        spans.retain(|span| !spans::is_within(&taken_out, span.at.start));
        spans::merge_overlaps(spans)
    })
}

/// Takes out secrets only: passwords, keys, cards, accounts. This is for a customer's words on their way back to them.
pub fn secrets(text: &str) -> Redacted {
    repeat(text, |text| {
        let mut spans = shapes::find(text, &[]);
        spans.retain(|span| {
            matches!(span.kind, PrivateKind::Password | PrivateKind::Key | PrivateKind::Card | PrivateKind::Iban)
        });
        spans::merge_overlaps(spans)
    })
}

/// The places of a text that hold something private by its shape or by what is known, in order.
pub(super) fn places(text: &str, known: &KnownPeople) -> Vec<(Range<usize>, PrivateKind)> {
    find(text, known).into_iter().map(|span| (span.at, span.kind)).collect()
}

/// `Ok` if nothing private is in the text, otherwise what is.
///
/// Call it before the marker is added, whose hash would look like a key. Every address of ours in the text must start with one
/// of [`KnownPeople::own_urls`].
pub fn check(text: &str, known: &KnownPeople) -> Result<(), Vec<PrivateKind>> {
    let found = kinds(&find(&plain(text), known));
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// Like [`check`], for a text that contains `ours`, words that are there whoever the customers are. A name that is among them
/// gives nobody away, even if a customer is called "Customer". Only names are excused, never what looks like a secret.
pub fn check_beside(ours: &str, text: &str, known: &KnownPeople) -> Result<(), Vec<PrivateKind>> {
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
    let mut replaced = spans::own_addresses(text, known.own_urls);
    replaced.extend(spans::words_of_ours(text)); // somebody may be called Key
    let replaced = spans::joined(replaced);
    spans.extend(known::find(text, known).into_iter().filter(|span| !spans::is_within(&replaced, span.at.start)));
    spans::merge_overlaps(spans)
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
