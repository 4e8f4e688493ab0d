//! The words that were seen, each with the terms that it comes down to.
//!
//! Most words of a ticket stood in earlier ones, and to find a word again takes a tenth of the time of stemming it.
//! Invariant: what is remembered changes no term.

use foldhash::HashMap;

use super::language::{self, Language};
use super::stopwords;
use super::words::{Stemming, Word};

/// Beyond so many words, some two megabytes, all are forgotten and seen anew.
const WORDS_REMEMBERED: usize = 16_384;

/// Words in lower case with their terms. Begins empty.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    numbers: HashMap<Box<str>, usize>,
    words: Vec<Known>,
}

/// What is known of a word.
#[derive(Debug)]
struct Known {
    /// Of which languages it is a stop word.
    stops: u8,
    /// Its term in each language in which it was met; empty for a word that says nothing there.
    terms: Vec<(Language, Box<str>)>,
}

impl Lexicon {
    /// The terms of the words of one text, whose language is told by all of them; none for words that say nothing.
    pub(super) fn terms(&mut self, words: &[Word<'_>], text: &str) -> Vec<Option<&str>> {
        if self.words.len() > WORDS_REMEMBERED {
            *self = Self::default();
        }
        let numbers: Vec<usize> = words.iter().map(|word| self.number_of(&word.lower)).collect();
        let language = language::language(numbers.iter().map(|number| self.words[*number].stops), text);
        let stemming = Stemming::of(language);
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
        self.words.push(Known { stops: stopwords::languages_of(word), terms: Vec::new() });
        number
    }
}

impl Known {
    /// Its term, if it was met in this language.
    fn in_language(&self, language: Language) -> Option<&str> {
        self.terms.iter().find(|(met_in, _)| *met_in == language).map(|(_, term)| term.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    fn terms(lexicon: &mut Lexicon, text: &str) -> Vec<String> {
        lexicon.terms(&words(text), text).into_iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn a_word_of_two_languages_has_a_term_in_each() {
        let mut lexicon = Lexicon::default();
        for _ in 0..2 {
            assert_eq!(terms(&mut lexicon, "they die when the exports are running"), ["die", "export", "run"]);
            assert_eq!(terms(&mut lexicon, "die Exports werden nicht gedruckt"), ["export", "gedruckt"]);
        }
    }

    #[test]
    fn who_forgets_reads_the_same() {
        let mut lexicon = Lexicon::default();
        let first = terms(&mut lexicon, "the exports are crashing");
        for number in 0..WORDS_REMEMBERED {
            lexicon.number_of(&number.to_string());
        }
        assert_eq!(terms(&mut lexicon, "the exports are crashing"), first);
        assert!(lexicon.words.len() < 10);
    }
}
