//! The words of a text that an installation keeps: terms of no list, and names.

use std::{collections::BTreeSet, ops::RangeInclusive};

use super::{credentials, decode, judge, pieces, sentence};
use crate::wording::tongue;

/// How many letters a term has.
const LETTERS: RangeInclusive<usize> = 3..=30;

/// How much of a text is read for terms.
const READ: usize = 8_000;

/// How many terms one text is kept with at most.
const TERMS_MAX: usize = 60;

/// The words of a text that are in no list, and are no names by how they are written and where they stand.
#[must_use]
pub fn terms_of(text: &str) -> BTreeSet<String> {
    let text = decode::decode(&text.chars().take(READ).collect::<String>());
    let language = tongue::written_in(&text);
    let secrets = credentials::find(&text);
    let pieces = pieces::of(&text);
    let word = |at: usize| &text[pieces[at].at.clone()];
    let mut terms = BTreeSet::new();
    for (at, piece) in pieces.iter().enumerate() {
        let before = if at > 0 { word(at - 1).to_lowercase() } else { String::new() };
        let secret = secrets.iter().any(|secret| secret.contains(&piece.at.start));
        if secret || sentence::is_honorific(&before) || !judge::is_written_as_term(word(at), &before, language) {
            continue;
        }
        let small = word(at).to_lowercase();
        if LETTERS.contains(&small.chars().count()) && judge::is_unknown(&small, language) {
            terms.insert(small);
        }
        if terms.len() == TERMS_MAX {
            break;
        }
    }
    terms
}

/// The words of a text with a capital letter, in small ones: each may be somebody's name.
#[must_use]
pub fn capitals_of(text: &str) -> BTreeSet<String> {
    let text = decode::decode(text);
    let words = pieces::of(&text).into_iter().map(|piece| text[piece.at].to_owned());
    words.filter(|word| word.starts_with(char::is_uppercase)).map(|word| word.to_lowercase()).collect()
}
