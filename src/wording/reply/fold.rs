//! Text as it is compared: small letters without accents, because people leave them out, and plain apostrophes.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use crate::wording::pattern::pattern;

/// The text in small letters, without accents, in plain forms of its characters.
pub(super) fn folded(text: &str) -> String {
    static YES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bs[íì]\b"));
    // "sí" is yes and "si" is if: the one place where the accent decides.
    let text = YES.replace_all(text, "ssi");
    let bare = text.nfkd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).nfc();
    let mut folded = String::with_capacity(text.len());
    for c in bare.flat_map(char::to_lowercase) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            '\u{2018}' | '\u{2019}' | '\u{b4}' | '`' => folded.push('\''),
            c => folded.push(c),
        }
    }
    folded
}

/// The words of a folded text. An apostrophe parts two words, but "n't" is the word "not".
pub(super) fn words(folded: &str) -> Vec<String> {
    let spelled = folded.replace("can't", "can not").replace("won't", "will not").replace("n't", " not");
    spelled
        .split(|c: char| !c.is_alphanumeric() && c != '*')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
