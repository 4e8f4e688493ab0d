//! The plain words of each language: `assets/words/`, with where they are from in its `NOTICE.md`.

use std::{cmp::Ordering, collections::HashSet, sync::LazyLock};

use crate::wording::language::Language;

/// What the lists say of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Listed {
    /// It is in none, so it may be anything.
    Nowhere,
    /// It is a word and a name.
    AlsoName,
    /// It is a word.
    Word,
}

/// What the lists of a language, and of English, which is mixed into every other, say of a word in small letters.
pub(super) fn listed(word: &str, language: Language) -> Listed {
    let own = find(list(language), word);
    if own == Listed::Nowhere && language != Language::English && word.len() > 2 {
        find(list(Language::English), word)
    } else {
        own
    }
}

/// Whether engineers need the word, in whatever language it stands.
pub(super) fn is_technical(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| include_str!("../../../assets/words/technical.txt").split_whitespace().collect());
    WORDS.contains(word)
}

/// Sorted by the bytes of the words, one on each line, with a `*` behind what is a name too.
const fn list(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../../assets/words/en.txt"),
        Language::German => include_str!("../../../assets/words/de.txt"),
        Language::French => include_str!("../../../assets/words/fr.txt"),
        Language::Spanish => include_str!("../../../assets/words/es.txt"),
        Language::Portuguese => include_str!("../../../assets/words/pt.txt"),
        Language::Dutch => include_str!("../../../assets/words/nl.txt"),
        Language::Italian => include_str!("../../../assets/words/it.txt"),
        Language::Japanese => include_str!("../../../assets/words/ja.txt"),
    }
}

fn find(list: &str, word: &str) -> Listed {
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = low.midpoint(high);
        let bytes = list.as_bytes();
        let start = bytes[low..middle].iter().rposition(|byte| *byte == b'\n').map_or(low, |at| low + at + 1);
        let end = bytes[middle..].iter().position(|byte| *byte == b'\n').map_or(list.len(), |at| middle + at);
        let line = &list[start..end];
        let bare = line.trim_end_matches('*');
        match bare.cmp(word) {
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
            Ordering::Equal if bare.len() == line.len() => return Listed::Word,
            Ordering::Equal => return Listed::AlsoName,
        }
    }
    Listed::Nowhere
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_every_list_is_found_and_no_other() {
        for language in Language::ALL {
            for line in list(*language).lines() {
                assert_ne!(find(list(*language), line.trim_end_matches('*')), Listed::Nowhere, "{line}");
            }
            for name in ["kowalczyk", "sousa", "", "zzz", "a1"] {
                assert_eq!(find(list(*language), name), Listed::Nowhere, "{name} in {language:?}");
            }
        }
    }
}
