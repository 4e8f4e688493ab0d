//! A text as it is searched: one spelling for everything that looks the same.

use std::borrow::Cow;

use crate::base::characters::is_invisible;

/// The text as it is searched: without invisible characters, and with plain digits, letters and `@` in place of their
/// look-alikes.
///
/// GitHub shows `&#64;` as `@` and a zero-width space as nothing. Neither may hide an address.
pub fn plain(text: &str) -> String {
    let decoded = if text.contains('&') {
        let decoded = text.replace("&#64;", "@").replace("&#x40;", "@").replace("&commat;", "@").replace("&#46;", ".");
        Cow::Owned(decoded)
    } else {
        Cow::Borrowed(text)
    };
    let kept = decoded.chars().filter(|c| matches!(c, '\n' | '\t') || !is_invisible(*c));
    kept.map(ascii_twin).collect()
}

/// The plain form of full-width characters, odd spaces and dashes.
fn ascii_twin(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' if !matches!(c, '！' | '？' | '，' | '：' | '（' | '）' | '～') => {
            char::from_u32(c as u32 - 0xfee0).unwrap_or(c)
        }
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2012}' | '\u{2212}' => '-',
        '﹫' => '@',
        c => c,
    }
}
