//! The words of a text as they are judged: each with what stands around it.

use std::ops::Range;

/// One word, number or code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Where it is.
    pub(super) at: Range<usize>,
    /// The word between spaces that it belongs to.
    pub(super) chunk: Range<usize>,
    /// Whether there is a figure in that.
    pub(super) figures: bool,
    /// Whether a sentence, a line or a quotation begins with it.
    pub(super) begins: bool,
    /// Whether only a space is between it and the one before.
    pub(super) follows: bool,
}

/// What parts one word from the next within a run without spaces.
const PARTING: &[char] = &[
    '/', '-', '’', '\'', '=', ':', ',', ';', '(', ')', '[', ']', '{', '}', '<', '>', '|', '+', '…', '–', '—', '"', '“',
    '”', '„', '«', '»', '*', '~', '?', '!', '。', '、', '！', '？', '「', '」', '・', '&', '#', '`', '：', '（', '）',
    '，', '％', '〜', '～', '→', '•', '·', '^',
];

pub(super) fn of(text: &str) -> Vec<Token> {
    let mut pieces: Vec<Token> = Vec::new();
    for chunk in chunks(text) {
        let core = trimmed(text, &chunk);
        let word = &text[core.clone()];
        let figures = word.contains(|c: char| c.is_ascii_digit());
        let parts = if is_one(word) { vec![core.clone()] } else { parted(text, &core) };
        for at in parts.into_iter().filter(|at| text[at.clone()].chars().any(char::is_alphanumeric)) {
            let before = pieces.last().map_or(0, |last: &Token| last.at.end);
            let between = &text[before..at.start];
            let begins = pieces.is_empty()
                || between.contains([
                    '.', '!', '?', '\n', '。', ':', '…', '"', '“', '„', '«', '•', '>', '*', '！', '？', '-', '(',
                ]);
            pieces.push(Token { at, chunk: core.clone(), figures, begins, follows: between == " " });
        }
    }
    pieces
}

/// A path, an address, a code or a number with its own signs is judged as a whole.
fn is_one(word: &str) -> bool {
    let slashes = word.matches('/').count();
    let digits = word.contains(|c: char| c.is_ascii_digit());
    word.contains(['@', '\\', '%', '_'])
        || word.contains("::")
        || slashes > 1
        || word.starts_with(['/', '~'])
        || digits
            && !word.contains(['=', '(', '>', '|', '"', '<', ';', '&'])
            && !word.contains(super::japanese::is_japanese)
}

fn chunks(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                found.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn trimmed(text: &str, chunk: &Range<usize>) -> Range<usize> {
    let word = &text[chunk.clone()];
    let outside = |c: char| !c.is_alphanumeric() && !matches!(c, '@' | '/' | '\\' | '+' | '%' | '$' | '€' | '£' | '_');
    let from = word.len() - word.trim_start_matches(outside).len();
    let to = word.trim_end_matches(|c: char| outside(c) || matches!(c, '/' | '+')).len();
    if from < to { chunk.start + from..chunk.start + to } else { chunk.clone() }
}

fn parted(text: &str, chunk: &Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = chunk.start;
    let word = &text[chunk.clone()];
    for (at, c) in word.char_indices() {
        if PARTING.contains(&c) {
            found.push(start..chunk.start + at);
            start = chunk.start + at + c.len_utf8();
        }
    }
    found.push(start..chunk.end);
    found.retain(|at| !at.is_empty());
    found
}
