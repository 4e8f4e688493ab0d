//! Characters that nobody sees, and those that make something else of a text.

use std::borrow::Cow;

/// A sentence of somebody else's program on one line, without what may be a customer's: addresses and long numbers.
pub fn without_particulars(sentence: &str) -> String {
    const DIGITS: usize = 5;
    let is_particular = |word: &str| word.contains('@') || word.chars().filter(char::is_ascii_digit).count() >= DIGITS;
    let words = sentence.split_whitespace().map(|word| if is_particular(word) { "\u{2026}" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Text that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it, as OWASP advises
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
pub fn no_formula(text: &str) -> Cow<'_, str> {
    const BEGINS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    if text.starts_with(BEGINS) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// What is left of a text in every form in which somebody else may show it: its letters and digits.
pub fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether a character changes the direction of what follows, so that a line can be shown in another order than it has.
pub fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character takes no space, controls a terminal, or changes the direction of what follows. Text from outside
/// is shown and sent without them, because they can hide what it says.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{3164}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
