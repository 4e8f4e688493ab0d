//! What a webhook said, without anybody's words: which fields it had, and how much stood in each.
//!
//! What is kept is named here, and everything else is hidden, whatever it looks like: a helpdesk's fields are free, and a name, an
//! address or a number of a customer may stand in any of them. Kept are the names of fields, yes and no, ids of digits and hex,
//! times, and the words by which a sender says what happened.

use serde_json::{Map, Value};

use crate::{base::json, model::delivery::Headers};

/// Fields by which a sender says what happened. They count near the top only: deeper down a field of this name may be anybody's.
const WORDS: [&str; 5] = ["type", "event", "event_type", "action", "status"];
/// How deep the fields that are known by these names may stand.
const WORDS_DEPTH: usize = 2;
/// How many entries of a list are shown.
const LISTED: usize = 20;
/// What stands for the name of a field that may be somebody's words.
const HIDDEN: &str = "(hidden)";

/// A body as it may be shown.
pub fn body(bytes: &[u8]) -> String {
    let shown = json::read::<Value>(bytes).ok().map(|value| mask("", value, 0));
    let written = shown.and_then(|value| serde_json::to_string_pretty(&value).ok());
    written.unwrap_or_else(|| format!("{} bytes that are no JSON", bytes.len()))
}

/// Headers as they may be shown: those that say what happened.
pub fn headers(headers: Headers) -> Headers {
    headers.into_iter().map(|(name, value)| (name, word(&value))).collect()
}

/// The name of an event, if it is one.
pub fn word(text: &str) -> String {
    if is_word(text) { text.to_owned() } else { letters(text) }
}

fn mask(field: &str, value: Value, depth: usize) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value,
        Value::Number(number) => {
            if is_id_field(field) {
                Value::Number(number)
            } else {
                Value::from("(a number)")
            }
        }
        Value::String(text) => Value::from(if may_stay(field, &text, depth) { text } else { letters(&text) }),
        Value::Array(all) => {
            let more = all.len().saturating_sub(LISTED);
            let shown = all.into_iter().take(LISTED).map(|one| mask(field, one, depth + 1));
            Value::Array(shown.chain((more > 0).then(|| Value::from(format!("({more} more)")))).collect())
        }
        Value::Object(fields) => {
            let shown = fields.into_iter().map(|(name, value)| {
                let masked = mask(&name, value, depth + 1);
                (if is_name(&name) { name } else { HIDDEN.to_owned() }, masked)
            });
            Value::Object(shown.collect::<Map<_, _>>())
        }
    }
}

fn may_stay(field: &str, text: &str, depth: usize) -> bool {
    (is_id_field(field) && is_id(text))
        || (is_time_field(field) && is_time(text))
        || (WORDS.contains(&field) && depth <= WORDS_DEPTH && is_word(text))
}

fn is_id_field(field: &str) -> bool {
    field == "id" || field.ends_with("_id")
}

fn is_time_field(field: &str) -> bool {
    field == "time" || field.ends_with("_at")
}

fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.chars().any(|letter| letter.is_ascii_digit())
        && text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}

fn is_time(text: &str) -> bool {
    (10..=35).contains(&text.len())
        && text.starts_with(|letter: char| letter.is_ascii_digit())
        && text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, 'T' | 'Z' | ':' | '.' | '+' | '-'))
}

fn is_word(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | ':' | '-' | '/'))
}

/// Whether the name of a field is one that a program gave it.
fn is_name(field: &str) -> bool {
    field.len() <= 40
        && field.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && field.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn letters(text: &str) -> String {
    match text.chars().count() {
        0 => String::new(),
        1 => "(1 character)".to_owned(),
        count => format!("({count} characters)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_shown_and_nobodys_words_are() {
        let said = r#"{"type": "zen:event-type:ticket.comment_added", "time": "2026-11-22T03:36:00Z", "id": "0b3f7a52-9d5e",
            "subject": "zen:ticket:5158", "detail": {"id": "5158", "status": "OPEN", "tags": "vip anna", "is_public": true},
            "event": {"comment": {"id": 9876543210, "body": "It still fails", "author": {"name": "Ann Doe", "phone": 491511234567}}}}"#;
        let shown = body(said.as_bytes());
        for kept in [
            r#""type": "zen:event-type:ticket.comment_added""#,
            r#""time": "2026-11-22T03:36:00Z""#,
            r#""id": "0b3f7a52-9d5e""#,
            r#""id": 9876543210"#,
            r#""status": "OPEN""#,
            r#""is_public": true"#,
            r#""body": "(14 characters)""#,
            r#""subject": "(15 characters)""#,
            r#""phone": "(a number)""#,
        ] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
        for words in ["still fails", "Ann", "vip", "491511234567"] {
            assert!(!shown.contains(words), "{words}: {shown}");
        }
    }

    #[test]
    fn a_customers_words_do_not_pass_as_something_else() {
        for said in [
            r#"{"ana@acme.test": 1}"#,
            r#"{"fields": {"it": {"type": "Ana"}}}"#,
            r#"{"type": "Ana wrote"}"#,
            r#"{"requester_id": "Ana"}"#,
            r#"{"requester_id": "ana@acme.test"}"#,
            r#"{"created_at": "Ana"}"#,
            r#"["Ana"]"#,
            r#""Ana""#,
            "Ana wrote no JSON",
        ] {
            let shown = body(said.as_bytes());
            assert!(!shown.contains("Ana") && !shown.contains("ana"), "{said}: {shown}");
        }
        let many = format!("[{}]", vec!["1"; 30].join(","));
        assert!(body(many.as_bytes()).contains("(10 more)"));
        let sent =
            vec![("x-github-event".to_owned(), "issues".to_owned()), ("x-from".to_owned(), "Ana Doe".to_owned())];
        assert_eq!(headers(sent.clone()), [sent[0].clone(), ("x-from".to_owned(), "(7 characters)".to_owned())]);
    }
}
