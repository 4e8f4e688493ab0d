//! The keys to customers' pages in what helpdesks send back: our own replies come back with theirs, and so do the
//! answers that quote them. Only hashes of the keys are kept.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::bytes::Regex;

/// How many letters a key has.
const LENGTH: usize = 43;

/// Stands for a key in a stored text.
pub const PLACEHOLDER: &str = "PAGE-TOKEN";

/// Somebody's words in which the placeholder is none, and reads the same.
pub fn defused(words: &str) -> String {
    words.replace(PLACEHOLDER, "PAGE\u{2011}TOKEN")
}

/// JSON, forms, markup and the mail programs that wrap links each write addresses in their own way. Everything that has
/// the shape of a key is taken for one, so no other spelling of our address is missed.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i-u)((?:/|\\/|\\u002f|%2f|&#x2f;|&#47;)c(?:/|\\/|\\u002f|%2f|&#x2f;|&#47;))([a-z0-9_-]{43})").ok()
});

/// The keys in a message, each once.
pub fn of(message: &str) -> BTreeSet<&str> {
    let found = KEY.iter().flat_map(|key| key.captures_iter(message.as_bytes()));
    found.filter_map(|one| one.get(2)).filter_map(|key| std::str::from_utf8(key.as_bytes()).ok()).collect()
}

/// A message without its keys.
pub fn without(message: &str) -> String {
    match masked(message.as_bytes()) {
        Some(masked) => String::from_utf8_lossy(&masked).into_owned(),
        None => message.to_owned(),
    }
}

/// A delivery's bytes without the keys in them; `None` if there are none.
pub fn masked(body: &[u8]) -> Option<Vec<u8>> {
    if !may_hold_one(body) {
        return None;
    }
    let key = KEY.as_ref().filter(|key| key.is_match(body))?;
    Some(key.replace_all(body, [b"${1}", PLACEHOLDER.as_bytes()].concat()).into_owned())
}

/// Whether there are as many letters of a key in a row as one has. Words are shorter, so most of a text is skipped: every webhook is
/// looked through.
fn may_hold_one(text: &[u8]) -> bool {
    let is_of_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut from = 0;
    while let Some(row) = text.get(from..from + LENGTH) {
        let Some(last) = row.iter().rposition(|byte| !is_of_key(byte)) else { return true };
        from += last + 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "q0tBvUAb_h2lL-Ck0RPb2s1T7xDbnXmWnyQ5Vm8sY4E";

    #[test]
    fn a_key_is_masked_however_its_address_is_written() {
        for (open, close) in [
            ("see https://heard.test/c/", " now"),
            (r#"{"body":"see https:\/\/heard.test\/c\/"#, r#"?answer=works"}"#),
            (r#"{"body":"https:\u002f\u002fheard.test\u002fc\u002f"#, r#""}"#),
            ("body=https%3A%2F%2Fheard.test%2Fc%2F", "%3Fanswer%3Dworks&x=1"),
            ("<a href=\"https://heard.test/c/", "\">Yes</a>"),
        ] {
            let body = format!("{open}{KEY}{close}, and once more: {open}{KEY}{close}");
            let masked = String::from_utf8(masked(body.as_bytes()).expect("there is a key")).expect("it stays text");
            assert_eq!(masked, body.replace(KEY, PLACEHOLDER));
        }
    }

    #[test]
    fn as_many_letters_as_a_key_has_are_found_wherever_they_stand() {
        for before in 0..100 {
            let text = |letters: usize| format!("{}{} and more", "ab. ".repeat(before), &KEY[..letters]);
            assert!(may_hold_one(text(LENGTH).as_bytes()), "{before}");
            assert!(!may_hold_one(text(LENGTH - 1).as_bytes()), "{before}");
        }
        assert!(may_hold_one(KEY.as_bytes()) && !may_hold_one(b"") && !may_hold_one(&[0xff; 200]));
    }

    #[test]
    fn what_holds_no_key_stays_as_it_is() {
        for body in ["", "{}", "https://acme.test/c/lothing", "/c/short", "\u{0}\u{1}", "abc/d/q0tBvUAb_h2lL"] {
            assert_eq!(masked(body.as_bytes()), None, "{body}");
        }
        assert_eq!(masked(&[0xff, 0xfe, b'/', b'c', b'/']), None);
    }
}
