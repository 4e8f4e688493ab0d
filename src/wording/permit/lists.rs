//! The plain words of each language: `assets/words/`, with where they are from in its `NOTICE.md`.

use std::{collections::HashSet, sync::LazyLock};

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
    let own = list(language).find(word);
    if own == Listed::Nowhere && language != Language::English && word.len() > 2 {
        list(Language::English).find(word)
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

/// How many characters each listed word has that a run of Japanese begins with, of words that are no names too.
pub(super) fn japanese_at(run: &str, longest: usize) -> Vec<usize> {
    list(Language::Japanese).lengths_at(run, longest)
}

/// The words of one language.
struct List {
    text: &'static str,
    words: Vec<ListedWord>,
}

/// Where a word is in the text of its list. Eight bytes, because there are 166,000.
#[derive(Clone, Copy)]
struct ListedWord {
    start: u32,
    length: u8,
    is_name: bool,
}

impl List {
    fn of(text: &'static str) -> Self {
        let mut end = 0;
        let words = text.split_inclusive('\n').filter_map(|line| {
            let start = end;
            end += line.len();
            let length = line.trim_end_matches(['\n', '*']).len();
            // A word that is longer than this would be in no list, so that it goes. There is none.
            Some(ListedWord {
                start: u32::try_from(start).ok()?,
                length: u8::try_from(length).ok()?,
                is_name: line.contains('*'),
            })
        });
        Self { text, words: words.collect() }
    }

    fn word(&self, listed: ListedWord) -> &'static str {
        let start = listed.start as usize;
        &self.text[start..start + usize::from(listed.length)]
    }

    fn find(&self, word: &str) -> Listed {
        let at = self.words.partition_point(|listed| self.word(*listed) < word);
        match self.words.get(at).filter(|listed| self.word(**listed) == word) {
            Some(listed) if listed.is_name => Listed::AlsoName,
            Some(_) => Listed::Word,
            None => Listed::Nowhere,
        }
    }

    fn lengths_at(&self, run: &str, longest: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut left = self.words.as_slice();
        for (length, (at, c)) in (1..=longest).zip(run.char_indices()) {
            let begun = &run[..at + c.len_utf8()];
            left = &left[left.partition_point(|listed| self.word(*listed) < begun)..];
            left = &left[..left.partition_point(|listed| self.word(*listed).starts_with(begun))];
            // Of words that begin alike, the shortest comes first.
            match left.first() {
                Some(first) if usize::from(first.length) == begun.len() && !first.is_name => found.push(length),
                Some(_) => {}
                None => break,
            }
        }
        found
    }
}

/// The list of a language, which is made at its first use.
fn list(language: Language) -> &'static List {
    static LISTS: [LazyLock<List>; 8] = [
        LazyLock::new(|| List::of(text(Language::English))),
        LazyLock::new(|| List::of(text(Language::German))),
        LazyLock::new(|| List::of(text(Language::French))),
        LazyLock::new(|| List::of(text(Language::Spanish))),
        LazyLock::new(|| List::of(text(Language::Portuguese))),
        LazyLock::new(|| List::of(text(Language::Dutch))),
        LazyLock::new(|| List::of(text(Language::Italian))),
        LazyLock::new(|| List::of(text(Language::Japanese))),
    ];
    &LISTS[language as usize]
}

/// Sorted by the bytes of the words, one on each line, with a `*` behind what is a name too.
const fn text(language: Language) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_every_list_is_found_and_no_other() {
        for language in Language::ALL {
            for line in text(*language).lines() {
                let expected = if line.ends_with('*') { Listed::AlsoName } else { Listed::Word };
                assert_eq!(list(*language).find(line.trim_end_matches('*')), expected, "{line}");
            }
            for name in ["kowalczyk", "sousa", "", "zzz", "a1", "\u{10ffff}"] {
                assert_eq!(list(*language).find(name), Listed::Nowhere, "{name} in {language:?}");
            }
        }
    }
}
