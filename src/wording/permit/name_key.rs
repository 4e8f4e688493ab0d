//! A word as names are compared: without case and accents, and `Müller` as `Mueller`.

use unicode_normalization::UnicodeNormalization as _;

use crate::wording::redact;

/// The word in that form.
pub fn name_key(word: &str) -> String {
    let plain: String = redact::folded(word).nfc().collect();
    plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}
