//! Texts of others that are keys of our tables: ids, names, addresses, tags.
//!
//! PostgreSQL refuses a key of some 2,700 bytes and more, and SQLite takes any. So their length is held before either is asked.

use crate::base::{limits, signature::sha256};

/// Whether a text is short enough to be a key.
pub fn fits(text: &str) -> bool {
    text.chars().nth(limits::KEY_CHARACTERS).is_none()
}

/// The text, or its hash if it is too long: whoever sends it again is known by that as well.
pub fn kept(text: String) -> String {
    if fits(&text) { text } else { hex::encode(sha256(&[text.as_bytes()])) }
}

/// Cuts a text down to the length of a key.
pub fn cut(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(limits::KEY_CHARACTERS) {
        text.truncate(at);
    }
}
