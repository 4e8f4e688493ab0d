//! Codes, identifiers, versions and stack frames: words that name one cause exactly.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// How many codes of one text are kept; a pasted log has thousands.
const CODE_LIMIT: usize = 48;

/// The sort of a code. Two texts conflict when both name codes of a sort and none in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// `E1042`, `ORA-00942`, `0x80070005`, "error 500".
    Error,
    /// `NullPointerException`, `TypeError`.
    Exception,
    /// `org.acme.Export.run`.
    Frame,
    /// `2.4.1`.
    Version,
    /// `snake_case`, `camelCase`, `--flags`, file names.
    Identifier,
}

/// How many sorts there are.
const SORTS: usize = 5;

/// One code, folded to lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Code {
    /// Its sort.
    pub kind: CodeKind,
    /// How it is written, in lower case.
    pub name: String,
}

/// How the names of exceptions end, as in the pattern below.
const EXCEPTION_ENDS: [&str; 4] = ["Exception", "Error", "Fault", "Panic"];

static PATTERNS: LazyLock<Vec<(CodeKind, Regex)>> = LazyLock::new(|| {
    [
        (CodeKind::Frame, r"\b(?:[a-z_]\w*\.){2,}[A-Za-z_$][\w$]*"),
        (CodeKind::Exception, r"\b[A-Z]\w*(?:Exception|Error|Fault|Panic)\b"),
        (CodeKind::Error, r"\b0x[0-9a-fA-F]{3,16}\b|\b[A-Z]{1,8}[-_]?\d{2,8}\b"),
        (CodeKind::Error, r"(?i)\b(?:error|code|status|http|fehler|erreur)[ :#=]{1,3}(?:code[ :#=]{1,3})?(\d{2,6})\b"),
        (CodeKind::Version, r"\b[vV]?\d{1,4}\.\d{1,4}(?:\.\d{1,6}){0,2}(?:[-.]?(?:rc|beta|alpha|m)\d*)?\b"),
        (CodeKind::Identifier, r"\b[A-Za-z]\w*\.(?:[a-z]{2,4})\b|\b[a-z]+(?:_[a-z0-9]+)+\b|\b[a-z]+(?:[A-Z][a-z0-9]+)+\b|\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b|--[a-z][a-z-]{2,}"),
    ]
    .into_iter()
    .filter_map(|(kind, pattern)| Some((kind, Regex::new(pattern).ok()?)))
    .collect()
});

/// Which sorts of codes a text may contain, judged by a character or word that the sort needs. Most texts contain none,
/// and finding that out with the patterns takes long.
fn possible(text: &str) -> [bool; SORTS] {
    let mut possible = [false; SORTS];
    possible[CodeKind::Exception as usize] = EXCEPTION_ENDS.iter().any(|end| text.contains(end));
    // Digits of other scripts count as well.
    let is_digit = |byte: u8| byte.is_ascii_digit() || !byte.is_ascii();
    let following = text.bytes().skip(1).chain([b' ']);
    for (byte, next) in text.bytes().zip(following) {
        let dotted = byte == b'.' && (next.is_ascii_alphabetic() || matches!(next, b'_' | b'$'));
        let humped = (byte.is_ascii_lowercase() || byte.is_ascii_digit()) && next.is_ascii_uppercase();
        possible[CodeKind::Frame as usize] |= dotted;
        possible[CodeKind::Error as usize] |= is_digit(byte);
        possible[CodeKind::Version as usize] |= byte == b'.' && is_digit(next);
        possible[CodeKind::Identifier as usize] |= dotted || humped || byte == b'_' || (byte, next) == (b'-', b'-');
    }
    possible
}

/// The codes of a text, sorted, each once.
pub(super) fn codes(text: &str) -> Vec<Code> {
    let mut found: Vec<Code> = Vec::new();
    if !text.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'_' || b == b'.') {
        return found;
    }
    let possible = possible(text);
    for (kind, pattern) in PATTERNS.iter().filter(|(kind, _)| possible[*kind as usize]) {
        for captures in pattern.captures_iter(text).take(CODE_LIMIT) {
            let Some(matched) = captures.get(1).or_else(|| captures.get(0)) else {
                continue;
            };
            let name = matched.as_str().trim_start_matches('-').to_lowercase();
            let name = match kind {
                CodeKind::Version => name.trim_start_matches('v').to_owned(),
                _ => name,
            };
            found.push(Code { kind: *kind, name });
        }
    }
    found.sort();
    found.dedup();
    found.truncate(CODE_LIMIT);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, kind: CodeKind) -> Vec<String> {
        codes(text).into_iter().filter(|code| code.kind == kind).map(|code| code.name).collect()
    }

    #[test]
    fn error_codes_are_found_in_their_usual_forms() {
        assert_eq!(
            names("ORA-00942 then 0x80070005, HTTP 503 and error code: 1042", CodeKind::Error),
            ["0x80070005", "1042", "503", "ora-00942"]
        );
    }

    #[test]
    fn exceptions_versions_and_frames_are_told_apart() {
        let text = "NullPointerException in v2.4.1 at org.acme.export.Csv.run(Csv.java:12)";
        assert_eq!(names(text, CodeKind::Exception), ["nullpointerexception"]);
        assert_eq!(names(text, CodeKind::Version), ["2.4.1"]);
        assert_eq!(names(text, CodeKind::Frame), ["org.acme.export.csv"]);
    }

    #[test]
    fn no_pattern_matches_where_it_is_not_looked_for() {
        let letters: Vec<char> = "aZx0_.- $é٣".chars().collect();
        let mut texts = vec![String::new()];
        for length in 0..4 {
            let longest: Vec<String> = texts.iter().filter(|text| text.chars().count() == length).cloned().collect();
            texts.extend(longest.iter().flat_map(|text| letters.iter().map(move |letter| format!("{text}{letter}"))));
        }
        texts.extend(EXCEPTION_ENDS.map(|end| format!("A{end}")));
        texts.extend(
            ["0xabc", "E 10", "error ٣٣", "Error:  12", "v1.2-rc1", "aBc", "a.rs", "--dry-run"].map(String::from),
        );
        for text in texts {
            let possible = possible(&text);
            for (kind, pattern) in PATTERNS.iter() {
                assert!(possible[*kind as usize] || !pattern.is_match(&text), "{kind:?} in {text:?}");
            }
        }
    }

    #[test]
    fn plain_sentences_have_no_codes() {
        assert!(codes("My card did not arrive yet, where is it?").is_empty());
    }
}
