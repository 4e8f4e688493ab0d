//! What a helpdesk says when it refuses something, as far as it may be logged and shown. It likes to repeat what it was sent:
//! "Email: ana@customer.test has already been taken". That is a customer's, so of most answers only codes are kept.

use serde_json::Value;

use crate::base::{characters, http::Response};

/// How many codes are told.
const CODES: usize = 4;
/// The longest code.
const CODE_CHARACTERS: usize = 40;

/// The status, with the codes in the answer: `answered 422: RecordInvalid, email, DuplicateValue`.
pub(super) fn in_codes(response: &Response) -> String {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let mut codes = Vec::new();
    if let Some(body) = &body {
        collect(body, &mut codes);
    }
    codes.truncate(CODES);
    with(response.status, &codes.join(", "))
}

/// The status, with the answer's sentence: why we are not let in is about us. Addresses and numbers are left out all the same.
pub(super) fn in_words(response: &Response) -> String {
    const SAID: &[&str] = &["error_description", "description", "message", "detail", "error", "title"];
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let inner = body.as_ref().and_then(|body| body.get("error")).filter(|error| error.is_object());
    let sentence =
        inner.into_iter().chain(&body).find_map(|from| SAID.iter().find_map(|name| from.get(name)?.as_str()));
    let sentence = sentence.map(characters::without_particulars).unwrap_or_default();
    with(response.status, &sentence.chars().take(120).collect::<String>())
}

fn with(status: u16, said: &str) -> String {
    if said.is_empty() { format!("answered {status}") } else { format!("answered {status}: {said}") }
}

/// The codes under the names that vendors have for them, and the names of the fields that are wrong.
fn collect(value: &Value, codes: &mut Vec<String>) {
    const NAMES: &[&str] = &["error", "code", "type", "error_code", "reason"];
    let add = |code: &str, codes: &mut Vec<String>| {
        if is_code(code) && !codes.iter().any(|known| known == code) {
            codes.push(code.to_owned());
        }
    };
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if let (true, Some(code)) = (NAMES.contains(&name.as_str()), inner.as_str()) {
                    add(code, codes);
                }
            }
            for (name, inner) in fields {
                match inner {
                    Value::Object(wrong) if name == "details" || name == "errors" => {
                        for (field, why) in wrong {
                            add(field, codes);
                            collect(why, codes);
                        }
                    }
                    _ => collect(inner, codes),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|one| collect(one, codes)),
        _ => {}
    }
}

/// Whether a text is a word that a program has for a mistake, and nobody's name, address or number.
fn is_code(text: &str) -> bool {
    let is_joint = |c: char| matches!(c, '_' | '-' | '.' | ':');
    let looks_made = text.contains(is_joint) || text.chars().skip(1).any(|c| c.is_ascii_uppercase());
    (looks_made || COMMON.contains(&text))
        && text.len() <= CODE_CHARACTERS
        && text.chars().all(|c| c.is_ascii_alphabetic() || is_joint(c))
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Single words that are codes or fields.
const COMMON: &[&str] = &[
    "base",
    "blank",
    "body",
    "comment",
    "email",
    "forbidden",
    "id",
    "invalid",
    "locked",
    "missing",
    "name",
    "phone",
    "requester",
    "status",
    "subject",
    "suspended",
    "tags",
    "taken",
    "ticket",
    "url",
    "user",
];

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec().into() }
    }

    #[test]
    fn why_we_are_not_let_in_is_said_without_the_raw_answer() {
        for (body, said) in [
            (r#"{"error": "Couldn't authenticate you"}"#, "answered 401: Couldn't authenticate you"),
            (
                r#"{"error": {"title": "Forbidden", "message": "You do not have access"}}"#,
                "answered 401: You do not have access",
            ),
            (
                r#"{"message": "ana.lima@initech.test with +1 415 5550199 may not"}"#,
                "answered 401: \u{2026} with +1 415 \u{2026} may not",
            ),
            (r#"{"errors": [7]}"#, "answered 401"),
            ("<html><body>Sign in to continue</body></html>", "answered 401"),
            ("", "answered 401"),
        ] {
            assert_eq!(in_words(&answer(401, body)), said, "{body}");
        }
    }

    /// `error` and `details` as Zendesk has them: zendesk's "Error responses" and its users API.
    #[test]
    fn of_any_other_refusal_only_the_codes_are_kept() {
        let taken = r#"{"error": "RecordInvalid", "description": "Record validation errors", "details": {"email": [
            {"description": "Email: ana.lima@initech.test is already being used by another user", "error": "DuplicateValue"}]}}"#;
        assert_eq!(in_codes(&answer(422, taken)), "answered 422: RecordInvalid, email, DuplicateValue");
        for (body, said) in [
            (r#"{"error": {"title": "Ana Lima", "message": "phone +1 415 5550199"}}"#, "answered 422"),
            (r#"{"error": "Lima"}"#, "answered 422"),
            (r#"{"error": "ana.lima@initech.test"}"#, "answered 422"),
            (r#"{"error": "invalid for Ana"}"#, "answered 422"),
            (r#"{"errors": [{"code": "invalid_value", "message": "Ana"}]}"#, "answered 422: invalid_value"),
            (
                r#"{"type": "error.list", "errors": [{"code": "parameter_invalid", "field": "x"}]}"#,
                "answered 422: error.list, parameter_invalid",
            ),
            ("ana.lima@initech.test is unknown here", "answered 422"),
            ("", "answered 422"),
        ] {
            assert_eq!(in_codes(&answer(422, body)), said, "{body}");
        }
    }
}
