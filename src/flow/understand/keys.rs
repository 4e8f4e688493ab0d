//! The keys to customers' pages in what helpdesks send back: our own replies come back with theirs, and so do the
//! answers that quote them. Only hashes of the keys are kept.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::bytes::Regex;

use crate::flow::tell::compose::PAGE;

/// The keys in a message, each once. `pages` is how the address of every page begins.
pub(super) fn of<'m>(body: &'m str, pages: &str) -> BTreeSet<&'m str> {
    let key = |part: &'m str| part.split(|c: char| !is_of_key(c)).next().filter(|key| !key.is_empty());
    body.split(pages).skip(1).filter_map(key).collect()
}

/// A message without its keys.
pub(super) fn without(body: &str, pages: &str) -> String {
    let mut parts = body.split(pages);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.extend([pages, PAGE, part.trim_start_matches(is_of_key)]);
    }
    kept
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// A delivery's bytes without the keys in them; `None` if there are none. JSON, forms and markup each write addresses
/// in their own way. Everything that has the shape of a key is taken for one, so no other spelling of our address is
/// missed.
pub(super) fn masked(body: &[u8]) -> Option<Vec<u8>> {
    static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i-u)((?:/|\\/|\\u002f|%2f|&#x2f;|&#47;)c(?:/|\\/|\\u002f|%2f|&#x2f;|&#47;))[a-z0-9_-]{43}").ok()
    });
    let key = KEY.as_ref().filter(|key| key.is_match(body))?;
    Some(key.replace_all(body, [b"${1}", PAGE.as_bytes()].concat()).into_owned())
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
            assert_eq!(masked, body.replace(KEY, PAGE));
        }
    }

    #[test]
    fn what_holds_no_key_stays_as_it_is() {
        for body in ["", "{}", "https://acme.test/c/lothing", "/c/short", "\u{0}\u{1}", "abc/d/q0tBvUAb_h2lL"] {
            assert_eq!(masked(body.as_bytes()), None, "{body}");
        }
        assert_eq!(masked(&[0xff, 0xfe, b'/', b'c', b'/']), None);
    }
}
