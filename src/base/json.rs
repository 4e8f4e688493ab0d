//! Reads JSON as it is sent: half of a pair of surrogates, as a subject that was cut in the middle of an emoji has, and bytes that
//! are no UTF-8, become U+FFFD, so that one bad value costs no neighbour (buttondown/roadmap#3134). NUL, which PostgreSQL holds
//! nowhere, is left out.

use std::{borrow::Cow, marker::PhantomData, sync::LazyLock};

use memchr::memmem;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::{Deserializer, Value, error::Category};

use super::members::JsonMembers;

/// Reads JSON.
///
/// # Errors
/// If it is none, whatever becomes of its characters.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    read_by(body, |text| parse(text, PhantomData::<T>))
}

/// Reads of JSON only what is looked at. What is passed over costs no memory, and has to be JSON by its shape alone: numbers too
/// large for any type, and half a pair of surrogates, are no mistake there.
///
/// # Errors
/// If it is none, whatever becomes of its characters.
pub fn read_members(body: &[u8], looked_at: &'static JsonMembers) -> serde_json::Result<Value> {
    read_by(body, |text| parse(text, looked_at))
}

fn parse<'t, S: DeserializeSeed<'t>>(text: &'t [u8], wanted: S) -> serde_json::Result<S::Value> {
    let mut source = Deserializer::from_slice(text);
    let found = wanted.deserialize(&mut source)?;
    source.end()?;
    Ok(found)
}

fn read_by<T>(body: &[u8], read: impl Fn(&[u8]) -> serde_json::Result<T>) -> serde_json::Result<T> {
    let text = || String::from_utf8_lossy(body);
    if holds_nul(body) {
        return read(whole(&text()).as_bytes());
    }
    read(body).or_else(|error| {
        let text = text();
        match whole(&text) {
            Cow::Borrowed(same) if same.as_bytes() == body => Err(error),
            mended => read(mended.as_bytes()),
        }
    })
}

/// Why something cannot be read, without any of it: what serde says may quote a value, and that may be a customer's.
pub fn why(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Eof if error.column() == 0 => "it is no JSON",
        Category::Io | Category::Syntax => "it is no JSON",
        Category::Eof => "it ends too early",
        Category::Data => "it has another shape than expected",
    };
    match (error.line(), error.column()) {
        (0, _) => what.to_owned(),
        (line, column) => format!("{what} (line {line}, column {column})"),
    }
}

/// What stands for NUL in JSON.
static NUL: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\\u0000"));

/// Whether it may have one: every webhook is looked through.
fn holds_nul(body: &[u8]) -> bool {
    NUL.find(body).is_some()
}

/// The text with each half of a pair replaced, and without NUL.
fn whole(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let (mut kept, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        let escape = at + found;
        let unit = unit(text, escape);
        at = escape + if unit.is_some() { 6 } else { 2 };
        match unit {
            Some(0xD800..=0xDBFF) if matches!(self::unit(text, at), Some(0xDC00..=0xDFFF)) => at += 6,
            Some(0xD800..=0xDFFF) => {
                mended.push_str(text.get(kept..escape).unwrap_or_default());
                mended.push_str("\\ufffd");
                kept = at;
            }
            Some(0) => {
                mended.push_str(text.get(kept..escape).unwrap_or_default());
                kept = at;
            }
            _ => {}
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(mended)
}

/// A text with `\uXXXX` as the characters that they stand for, also where it is no JSON, for whoever looks for words in it.
pub fn unescaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut units, mut rest) = (Vec::new(), text);
    loop {
        if let Some(unit) = unit(rest, 0).and_then(|unit| u16::try_from(unit).ok()) {
            units.push(unit);
            rest = rest.get(6..).unwrap_or_default();
            continue;
        }
        shown.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        let mut characters = rest.chars();
        let Some(next) = characters.next() else { return shown };
        shown.push(next);
        rest = characters.as_str();
    }
}

/// The unit that an escape at this place stands for: `\uXXXX`.
fn unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn why_something_cannot_be_read_never_quotes_it() {
        let of = |text: &str| why(&read::<Vec<u8>>(text.as_bytes()).unwrap_err());
        assert_eq!(of(r#"["ana@customer.test"]"#), "it has another shape than expected (line 1, column 20)");
        assert_eq!(of("ana@customer.test"), "it is no JSON (line 1, column 1)");
        assert_eq!(of("[1"), "it ends too early (line 1, column 2)");
        let shape = serde_json::from_value::<u8>(json!("ana@customer.test")).unwrap_err();
        assert_eq!(why(&shape), "it has another shape than expected");
    }

    #[test]
    fn escapes_are_read_also_where_the_rest_is_no_json() {
        assert_eq!(
            unescaped(r#"{"a": "Zo\u00eb \uD83D\uDE00 \ud83d x\u00""#),
            "{\"a\": \"Zoë \u{1f600} \u{fffd} x\\u00\""
        );
        assert_eq!(unescaped("ü\\uü"), "ü\\uü");
    }

    #[test]
    fn half_a_pair_costs_nothing_but_itself() {
        let read = |text: &str| read::<Value>(text.as_bytes()).unwrap();
        assert_eq!(read(r#"{"a": "Export \ud83d", "b": 1}"#), json!({"a": "Export \u{fffd}", "b": 1}));
        assert_eq!(read(r#"{"a": "\ude00 x \ud83d\ude00 y\\ud83d"}"#), json!({"a": "\u{fffd} x \u{1f600} y\\ud83d"}));
        assert_eq!(read(r#"["\ud83d\ud83d\ude00"]"#), json!(["\u{fffd}\u{1f600}"]));
        assert_eq!(super::read::<Value>(b"[\"a\xff\"]").unwrap(), json!(["a\u{fffd}"]));
        assert_eq!(read(r#"{"a\u0000": "x\u0000y\\u0000\ud83d"}"#), json!({"a": "xy\\u0000\u{fffd}"}));
        assert!(super::read::<Value>(b"{\"a\": ").is_err());
        assert!(super::read::<Value>(b"\\").is_err());
    }

    #[test]
    fn what_is_looked_at_is_read_the_same_as_with_all_the_rest() {
        static LOOKED_AT: JsonMembers = JsonMembers::Of(&[
            ("id", JsonMembers::All),
            ("detail", JsonMembers::Of(&[("id", JsonMembers::All)])),
            ("event", JsonMembers::All),
        ]);
        let read = |text: &str| read_members(text.as_bytes(), &LOOKED_AT).unwrap();
        let found =
            read(r#"{"id": 1, "x": {"id": 2}, "detail": {"y": ["z"], "\u0069d": "3"}, "event": {"a": [{"b": 4}]}}"#);
        assert_eq!(found, json!({"id": 1, "detail": {"id": "3"}, "event": {"a": [{"b": 4}]}}));
        assert_eq!(read(r#"{"id": 1, "id": "Zo\ud83d", "detail": 5}"#), json!({"id": "Zo\u{fffd}", "detail": null}));
        assert_eq!(read(r#"{"x\ud83d": 1, "id": "a\u0000"}"#), json!({"id": "a"}));
        assert_eq!(read(r#"{"x": ["\ud83d", 1e999], "id": 7}"#), json!({"id": 7}));
        assert_eq!(super::read_members(b"{\"x\": \"\xff\", \"id\": 7}", &LOOKED_AT).unwrap(), json!({"id": 7}));
        for other in ["[1, {\"id\": 2}]", "\"id\"", "7", "-7", "7.5", "true", "null"] {
            assert_eq!(read(other), json!(null), "{other}");
        }
        for broken in ["", "{", "{\"x\": [}", "{\"id\": 1} x", "{\"x\": \"", "{\"x\": tru}", "{\"id\": 1e999}"] {
            assert!(super::read_members(broken.as_bytes(), &LOOKED_AT).is_err(), "{broken}");
        }
    }
}
