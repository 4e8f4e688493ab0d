//! Words that were seen before, each with its terms.
//!
//! Most words of a ticket appeared in earlier ones, and looking a word up takes a tenth of the time of stemming it.
//! Invariant: the cache changes no term.

use foldhash::HashMap;

use super::language::{self, TextLanguage};
use super::stopwords;
use super::words::{TermStemmer, Word};

/// With more words than this, about two megabytes, the cache starts again from empty.
const WORDS_CACHED: usize = 16_384;

/// Words in lower case with their terms.
#[derive(Debug, Default)]
pub(crate) struct TermCache {
    numbers: HashMap<Box<str>, usize>,
    words: Vec<CachedWord>,
}

/// What is known of a word.
#[derive(Debug)]
struct CachedWord {
    /// The languages in which it is a stop word.
    stops: u8,
    /// Its term in each language so far; empty where it is a stop word.
    terms: Vec<(TextLanguage, Box<str>)>,
}

impl TermCache {
    /// The terms of the words of one text, in the language of the whole text; `None` for words without a term.
    pub(super) fn terms(&mut self, words: &[Word<'_>], text: &str) -> Vec<Option<&str>> {
        if self.words.len() > WORDS_CACHED {
            *self = Self::default();
        }
        let numbers: Vec<usize> = words.iter().map(|word| self.number_of(&word.lower)).collect();
        let language = language::language(numbers.iter().map(|number| self.words[*number].stops), text);
        let stemming = TermStemmer::of(language);
        for (word, number) in words.iter().zip(&numbers) {
            let known = &mut self.words[*number];
            if known.in_language(language).is_none() {
                let term = stemming.term(&word.lower, known.stops).unwrap_or_default();
                known.terms.push((language, term.into()));
            }
        }
        let term = |number: usize| self.words[number].in_language(language).filter(|term| !term.is_empty());
        numbers.into_iter().map(term).collect()
    }

    fn number_of(&mut self, word: &str) -> usize {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = self.words.len();
        self.numbers.insert(word.into(), number);
        self.words.push(CachedWord { stops: stopwords::languages_of(word), terms: Vec::new() });
        number
    }
}

impl CachedWord {
    /// Its term in a language, if it was needed there before.
    fn in_language(&self, language: TextLanguage) -> Option<&str> {
        self.terms.iter().find(|(met_in, _)| *met_in == language).map(|(_, term)| term.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    fn terms(term_cache: &mut TermCache, text: &str) -> Vec<String> {
        term_cache.terms(&words(text), text).into_iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn a_word_of_two_languages_has_a_term_in_each() {
        let mut term_cache = TermCache::default();
        for _ in 0..2 {
            assert_eq!(terms(&mut term_cache, "they die when the exports are running"), ["die", "export", "run"]);
            assert_eq!(terms(&mut term_cache, "die Exports werden nicht gedruckt"), ["export", "gedruckt"]);
        }
    }

    #[test]
    fn an_emptied_cache_gives_the_same_terms() {
        let mut term_cache = TermCache::default();
        let first = terms(&mut term_cache, "the exports are crashing");
        for number in 0..WORDS_CACHED {
            term_cache.number_of(&number.to_string());
        }
        assert_eq!(terms(&mut term_cache, "the exports are crashing"), first);
        assert!(term_cache.words.len() < 10);
    }
}
