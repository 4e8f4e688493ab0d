//! Where something private was found, and how it is replaced.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::private::PrivateKind;
use crate::wording::pattern::pattern;

/// A place in a text, in bytes, with what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) at: Range<usize>,
    pub(super) kind: PrivateKind,
}

/// In order, with overlapping places merged into one, so that no part of either is left. The more serious kind names it.
pub(super) fn merge_overlaps(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.at.is_empty());
    spans.sort_by_key(|span| (span.at.start, span.at.end, span.kind));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.at.start < last.at.end => {
                let is_part_of_a_link = last.kind == PrivateKind::Link && span.at.end <= last.at.end;
                last.kind = if is_part_of_a_link { PrivateKind::Link } else { last.kind.min(span.kind) };
                last.at.end = last.at.end.max(span.at.end);
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// Replaces each place by its word. Two of the same kind with only a space between them become one word.
pub(super) fn replace(text: &str, spans: &[Span]) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    let mut last = None;
    for span in spans {
        let between = text.get(end..span.at.start).unwrap_or_default();
        if last != Some(span.kind) || !between.trim_matches([' ', '-', '.']).is_empty() {
            replaced.push_str(between);
            let word = span.kind.word();
            // "callme" right before a number must stay a word of its own.
            if replaced.ends_with(|c: char| c.is_ascii_alphanumeric()) {
                replaced.push(' ');
            }
            replaced.push_str(word);
        }
        last = Some(span.kind);
        end = span.at.end;
    }
    replaced.push_str(text.get(end..).unwrap_or_default());
    replaced
}

/// Places in order, with overlapping ones joined.
pub(super) fn joined(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| place.start);
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match joined.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => joined.push(place),
        }
    }
    joined
}

/// Whether one of these places, which are in order and do not overlap, holds a byte.
pub(super) fn is_within(places: &[Range<usize>], at: usize) -> bool {
    places.get(places.partition_point(|place| place.end <= at)).is_some_and(|place| place.contains(&at))
}

/// The places of our own addresses. A name inside one is part of the address.
pub(super) fn own_addresses(text: &str, own_urls: &[&str]) -> Vec<Range<usize>> {
    let found = own_urls.iter().filter(|own| !own.is_empty()).flat_map(|own| text.match_indices(own));
    found.map(|(at, own)| at..at + own.len()).collect()
}

/// The places where something was taken out already: `[name]`, `[name 2]`.
pub(super) fn words_of_ours(text: &str) -> Vec<Range<usize>> {
    static OURS: LazyLock<Regex> = LazyLock::new(|| {
        let kinds = PrivateKind::ALL.iter().map(|kind| kind.word().trim_matches(['[', ']']).replace([' ', '-'], "."));
        let kinds: Vec<String> = kinds.chain(["word".to_owned(), "credentials".to_owned()]).collect();
        pattern(&format!(r"\[({})(\ [0-9]+)?\]", kinds.join("|")))
    });
    OURS.find_iter(text).map(|found| found.range()).collect()
}

/// The last few words before a place: enough to tell what follows, and short enough to read for every number in a long text.
pub(super) fn tail(text: &str, end: usize) -> &str {
    let mut start = end.saturating_sub(40);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..end]
}
