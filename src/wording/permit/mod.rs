//! Words leave by permission (G6, nothing private leaves): what is not known to be harmless stays in the house.
//!
//! A list of what is private will never hold everything, so this is a list of what is not: plain words of the text's language,
//! technical words, words that many companies here use, and numbers and codes of a few shapes. Anything else becomes a
//! placeholder, the same one for the same words throughout an issue. The shapes of [`super::redact`] are the second net.
//! docs/words.md says how to measure it.

mod addresses;
mod credentials;
mod decode;
mod gap;
mod japanese;
mod judge;
mod ledger;
mod lists;
mod name_key;
mod names;
mod numbers;
mod pieces;
mod sentence;
mod terms;
mod vocabulary;

use self::{gap::Gap, ledger::Hole};
pub use self::{
    ledger::Placeholders,
    name_key::name_key,
    names::{beginnings_of, name_parts, names_somebody},
    terms::{capitals_of, terms_of},
    vocabulary::Vocabulary,
};
use super::{
    redact::{self, KnownPeople},
    tongue,
};

/// What may leave beside the plain words.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    /// What this installation's customers call things, and how its people are called.
    pub vocabulary: &'a Vocabulary,
    /// Who must not be named, whatever the lists say.
    pub known: &'a KnownPeople<'a>,
}

/// A text as it may leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permitted {
    /// The text, with placeholders.
    pub text: String,
    /// How many words there are in it and how many of them stayed.
    pub words: WordCount,
}

impl Permitted {
    /// Whether more than placeholders is left.
    #[must_use]
    pub fn says_something(&self) -> bool {
        const LETTERS: usize = 6;
        let mut inside = false;
        let outside = |c: &char| {
            inside = *c == '[' || inside && *c != ']';
            !inside && c.is_alphabetic()
        };
        self.text.chars().filter(outside).count() >= LETTERS
    }
}

/// How many words stayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WordCount {
    /// Of the words before.
    pub kept: usize,
    /// The words before.
    pub all: usize,
}

/// The text with a placeholder for everything that has no permission to leave.
pub fn permit(text: &str, allowed: &Allowed, ledger: &mut Placeholders) -> Permitted {
    let text = decode::decode(text);
    let language = tongue::written_in(&text);
    let mut gaps: Vec<Gap> =
        credentials::find(&text).into_iter().map(|at| Gap { at, hole: Hole::Credentials }).collect();
    let shapes = redact::places(&text, allowed.known);
    gaps.extend(shapes.into_iter().map(|(at, kind)| Gap { at, hole: Hole::Private(kind) }));
    gaps.extend(addresses::find(&text));
    let shapes = merged(gaps);
    let pieces = pieces::of(&text);
    // Half of a number or of a key is as private as the whole.
    let whole = pieces.iter().filter_map(|piece| {
        let gap = over(&shapes, piece)?;
        Some(Gap { at: gap.at.start.min(piece.at.start)..gap.at.end.max(piece.at.end), hole: gap.hole })
    });
    let by_shape = merged(shapes.iter().cloned().chain(whole).collect());
    let judged = judge::gaps(&text, &pieces, &|piece| over(&by_shape, piece).is_none(), language, allowed.vocabulary);
    let all = pieces.len();
    let gaps = merged(by_shape.into_iter().chain(judged).collect());
    let kept = pieces.iter().filter(|piece| over(&gaps, piece).is_none()).count();
    Permitted { text: written(&text, &gaps, ledger), words: WordCount { kept, all } }
}

/// The text without its sentences about credentials, so that none of them is chosen as a quotation.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let text = decode::decode(text);
    let mut left = String::with_capacity(text.len());
    let mut end = 0;
    for at in credentials::find(&text) {
        left.push_str(&text[end..at.start]);
        end = at.end;
    }
    left.push_str(&text[end..]);
    left
}

/// The gap that a piece touches, of gaps that are in order.
fn over<'g>(gaps: &'g [Gap], piece: &pieces::Token) -> Option<&'g Gap> {
    let next = gaps.partition_point(|gap| gap.at.end <= piece.at.start);
    gaps.get(next).filter(|gap| gap.at.start < piece.at.end)
}

/// In order, without overlaps. Two of one kind with only a space between them are one.
fn merged(mut gaps: Vec<Gap>) -> Vec<Gap> {
    gaps.retain(|gap| !gap.at.is_empty());
    gaps.sort_by_key(|gap| (gap.at.start, std::cmp::Reverse(gap.at.end)));
    let mut merged: Vec<Gap> = Vec::with_capacity(gaps.len());
    for gap in gaps {
        match merged.last_mut() {
            Some(last) if gap.at.start < last.at.end => last.at.end = last.at.end.max(gap.at.end),
            _ => merged.push(gap),
        }
    }
    merged
}

fn written(text: &str, gaps: &[Gap], ledger: &mut Placeholders) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    let mut at = 0;
    while at < gaps.len() {
        let gap = &gaps[at];
        let mut last = gap;
        while let Some(next) = gaps.get(at + 1)
            && next.hole == gap.hole
            && text[last.at.end..next.at.start].chars().all(|c| c == ' ' || c == '-' || c == '.')
        {
            last = next;
            at += 1;
        }
        at += 1;
        shown.push_str(&text[end..gap.at.start]);
        shown.push_str(&ledger.placeholder(gap.hole, &text[gap.at.start..last.at.end]));
        end = last.at.end;
    }
    shown.push_str(&text[end..]);
    shown
}

#[cfg(test)]
mod tests;
