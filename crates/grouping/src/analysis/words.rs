//! Divides text into words and reduces each to its term.
//!
//! Words are runs of letters and digits. Scripts without spaces (Chinese, Japanese, Thai, ...) are divided into
//! overlapping pairs of characters. `camelCase` gives its parts as well as the whole.

use std::borrow::Cow;
use std::ops::Range;

use rust_stemmers::Stemmer;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::language::TextLanguage;

/// Longer runs are hashes or encoded attachments and not words.
const WORD_LIMIT_BYTES: usize = 48;

/// A word of a text, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) lower: Cow<'a, str>,
    pub(super) range: Range<usize>,
}

/// All words of a text, in lower case, in order.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if is_unspaced(c) {
            push_run(text, start.take().map(|from| from..at), &mut found);
            let end = match chars.peek() {
                Some((next, following)) if is_unspaced(*following) => *next + following.len_utf8(),
                _ => at + c.len_utf8(),
            };
            let alone = end == at + c.len_utf8();
            let continues = found.last().is_some_and(|last: &Word<'_>| last.range.end > at);
            if !(alone && continues) {
                found.push(Word { lower: text[at..end].into(), range: at..end });
            }
        } else if c.is_alphanumeric() || (is_apostrophe(c) && start.is_some()) {
            start.get_or_insert(at);
        } else {
            push_run(text, start.take().map(|from| from..at), &mut found);
        }
    }
    push_run(text, start.map(|from| from..text.len()), &mut found);
    found
}

fn push_run<'a>(text: &'a str, run: Option<Range<usize>>, found: &mut Vec<Word<'a>>) {
    let Some(run) = run else { return };
    let word = text[run.clone()].trim_end_matches(is_apostrophe);
    if word.is_empty() || word.len() > WORD_LIMIT_BYTES {
        return;
    }
    let range = run.start..run.start + word.len();
    push_parts(word, range.start, found);
    found.push(Word { lower: lower(word), range });
}

/// A word in lower case with a plain apostrophe. Most words need no change.
fn lower(word: &str) -> Cow<'_, str> {
    if !word.is_ascii() {
        word.to_lowercase().replace('’', "'").into()
    } else if word.bytes().any(|b| b.is_ascii_uppercase()) {
        word.to_ascii_lowercase().into()
    } else {
        word.into()
    }
}

/// Adds the parts of `camelCase`.
fn push_parts(word: &str, offset: usize, found: &mut Vec<Word<'_>>) {
    if !word.is_ascii() || !word.bytes().any(|b| b.is_ascii_lowercase()) {
        return;
    }
    let bytes = word.as_bytes();
    let humps: Vec<usize> =
        (1..bytes.len()).filter(|at| bytes[*at].is_ascii_uppercase() && bytes[*at - 1].is_ascii_lowercase()).collect();
    if humps.is_empty() {
        return;
    }
    let starts = std::iter::once(0).chain(humps.iter().copied());
    let ends = humps.iter().copied().chain([bytes.len()]);
    for (from, to) in starts.zip(ends) {
        if to - from > 1 {
            found.push(Word { lower: word[from..to].to_ascii_lowercase().into(), range: offset + from..offset + to });
        }
    }
}

fn is_apostrophe(c: char) -> bool {
    c == '\'' || c == '’'
}

/// Whether a character belongs to a script that is written without spaces.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// Reduces words of one language to terms: no stop words, stemmed, without accents.
pub(super) struct TermStemmer {
    language: TextLanguage,
    stemmer: Option<Stemmer>,
}

impl TermStemmer {
    pub(super) fn of(language: TextLanguage) -> Self {
        Self { language, stemmer: language.stemming().map(Stemmer::create) }
    }

    /// The term of a word in lower case, given the languages in which it is a stop word. `None` for a stop word of this
    /// language and for a single letter.
    pub(super) fn term(&self, word: &str, stops: u8) -> Option<String> {
        if self.language.is_among(stops) {
            return None;
        }
        let word = word.strip_suffix("'s").unwrap_or(word);
        let mut chars = word.chars();
        let single = chars.next().is_some_and(|c| c.is_alphabetic() && !is_unspaced(c)) && chars.next().is_none();
        if word.is_empty() || single {
            return None;
        }
        let word = match self.language {
            TextLanguage::English => plain(word),
            _ => word.into(),
        };
        let stem = match &self.stemmer {
            Some(stemmer) => stemmer.stem(&word),
            None => Cow::Borrowed(word.as_ref()),
        };
        Some(plain(&stem).into_owned())
    }
}

/// A word without accents.
fn plain(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return word.into();
    }
    word.nfkd().filter(|c| !is_combining_mark(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::term_cache::TermCache;
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        TermCache::default().terms(&words(text), text).into_iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn inflections_have_the_same_term() {
        assert_eq!(terms("the exports are crashing"), terms("export crashes"));
    }

    #[test]
    fn german_is_stemmed_as_german() {
        assert_eq!(terms("Die Rechnungen werden nicht gedruckt"), ["rechnung", "gedruckt"]);
    }

    #[test]
    fn identifiers_give_their_parts_and_themselves() {
        assert_eq!(terms("OutputStream"), ["output", "stream", "outputstream"]);
    }

    #[test]
    fn text_without_spaces_is_divided_into_pairs() {
        assert_eq!(terms("登录失败"), ["登录", "录失", "失败"]);
    }

    #[test]
    fn accents_make_no_difference() {
        assert_eq!(terms("cafés résumé"), terms("cafes resume"));
    }
}
