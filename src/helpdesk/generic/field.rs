//! How one of our fields is made from a body, and conditions on a body.
//!
//! A field is written as a place (`"data.ticket.id"`), as a place with words to translate (`{ at = "ticket.status",
//! words = { "3" = "solved" }, default = "open" }`), or as text with places in braces (`{ text =
//! "https://desk.test/{ticket.id}" }`); text without braces is a constant.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::place::BodyPlace;
use crate::helpdesk::lenient;

#[derive(Clone, Debug)]
pub(super) enum MappedField {
    At { place: BodyPlace, words: BTreeMap<String, String>, default: Option<String> },
    Text(Vec<TextPart>),
}

#[derive(Clone, Debug)]
pub(super) enum TextPart {
    Literal(String),
    BodyPlace(BodyPlace),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldTable {
    at: Option<BodyPlace>,
    text: Option<String>,
    #[serde(default)]
    words: BTreeMap<String, SettingWord>,
    default: Option<SettingWord>,
}

/// A word in the settings, which may look like a number or a boolean.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum SettingWord {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl From<SettingWord> for String {
    fn from(word: SettingWord) -> Self {
        match word {
            SettingWord::Text(text) => text,
            SettingWord::Number(number) => number.to_string(),
            SettingWord::Flag(flag) => flag.to_string(),
        }
    }
}

impl<'de> Deserialize<'de> for MappedField {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let written = match toml::Value::deserialize(source)? {
            toml::Value::String(place) => {
                let place = BodyPlace::try_from(place).map_err(de::Error::custom)?;
                return Ok(Self::At { place, words: BTreeMap::new(), default: None });
            }
            table => FieldTable::deserialize(table).map_err(de::Error::custom)?,
        };
        match (written.at, written.text) {
            (Some(place), None) => {
                let words = written.words.into_iter().map(|(from, to)| (from, to.into())).collect();
                Ok(Self::At { place, words, default: written.default.map(String::from) })
            }
            (None, Some(text)) => parts(&text).map(Self::Text).map_err(de::Error::custom),
            _ => Err(de::Error::custom("a field is a place, { at = \"place\" } or { text = \"...\" }")),
        }
    }
}

fn parts(text: &str) -> Result<Vec<TextPart>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((literal, behind)) = rest.split_once('{') {
        let (place, after) = behind.split_once('}').ok_or_else(|| format!("{text:?} has a {{ without its }}"))?;
        parts.push(TextPart::Literal(literal.to_owned()));
        parts.push(TextPart::BodyPlace(BodyPlace::try_from(place.to_owned())?));
        rest = after;
    }
    parts.push(TextPart::Literal(rest.to_owned()));
    Ok(parts)
}

impl MappedField {
    /// The field's value, translated. Absent if the body has nothing there and there is no default.
    pub(super) fn value(&self, row: &Value, top: &Value) -> Option<Value> {
        match self {
            Self::At { place, words, default } => {
                let found = place.find(row, top);
                let word = found.and_then(|value| words.get(&shown(value)));
                match (word, found) {
                    (Some(word), _) => Some(Value::String(word.clone())),
                    // With a default, only the listed words are known.
                    (None, Some(value)) if default.is_none() || words.is_empty() => Some(value.clone()),
                    _ => default.clone().map(Value::String),
                }
            }
            Self::Text(parts) => {
                let texts: Option<Vec<String>> = parts
                    .iter()
                    .map(|part| match part {
                        TextPart::Literal(text) => Some(text.clone()),
                        TextPart::BodyPlace(place) => place.find(row, top).and_then(lenient::text),
                    })
                    .collect();
                texts.map(|texts| Value::String(texts.concat()))
            }
        }
    }

    /// The field as text.
    pub(super) fn text(&self, row: &Value, top: &Value) -> Option<String> {
        self.value(row, top).as_ref().and_then(lenient::text)
    }
}

/// A value as it would be written in the settings.
fn shown(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        other => lenient::text(other).unwrap_or_default(),
    }
}

/// A condition on a body: `{ at = "type", in = ["a", "b"] }`, `{ at = "user", empty = true }`,
/// `{ at = "creator", same_as = "$.ticket.requester" }`. If it has several tests, all have to pass.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    at: BodyPlace,
    #[serde(rename = "in")]
    among: Option<Vec<SettingWord>>,
    not_in: Option<Vec<SettingWord>>,
    same_as: Option<BodyPlace>,
    empty: Option<bool>,
}

impl Condition {
    /// Whether it is true. A condition without a test is true if the place has a value.
    pub(super) fn holds(&self, row: &Value, top: &Value) -> bool {
        let found = self.at.find(row, top);
        let text = found.map(shown).unwrap_or_default();
        let is_empty = found.is_none_or(|value| *value == "" || *value == Value::Array(Vec::new()));
        let listed = |words: &Vec<SettingWord>| words.iter().any(|word| String::from(word.clone()) == text);
        let same = |other: &BodyPlace| found.is_some() && other.find(row, top).map(shown) == found.map(shown);
        let untested = self.among.is_none() && self.not_in.is_none() && self.same_as.is_none() && self.empty.is_none();
        !(untested && is_empty)
            && self.among.as_ref().is_none_or(listed)
            && !self.not_in.as_ref().is_some_and(listed)
            && self.same_as.as_ref().is_none_or(same)
            && self.empty.is_none_or(|empty| empty == is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Case {
        field: Option<MappedField>,
        when: Option<Condition>,
    }

    fn read(text: &str) -> Result<Case, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_field_is_a_place_a_translation_or_a_text() {
        let body = json!({"ticket": {"id": 7, "status": 3, "open": true}});
        let value = |text: &str| read(text).unwrap().field.unwrap().text(&body, &body);
        assert_eq!(value("field = 'ticket.id'").as_deref(), Some("7"));
        assert_eq!(value("field = { at = 'ticket.status', words = { 3 = 'solved' } }").as_deref(), Some("solved"));
        assert_eq!(value("field = { at = 'ticket.status', words = { 4 = 'closed' } }").as_deref(), Some("3"));
        let defaulted = "field = { at = 'ticket.status', words = { 4 = 'closed' }, default = 'open' }";
        assert_eq!(value(defaulted).as_deref(), Some("open"));
        assert_eq!(value("field = { at = 'ticket.open', words = { true = 'open' } }").as_deref(), Some("open"));
        assert_eq!(value("field = { at = 'gone', default = 5 }").as_deref(), Some("5"));
        assert_eq!(value("field = { text = 'https://x/{ticket.id}' }").as_deref(), Some("https://x/7"));
        assert_eq!(value("field = { text = 'https://x/{gone}' }"), None);
        for wrong in ["field = 5", "field = { text = '{a' }", "field = {}", "field = { at = 'a', values = 1 }"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_condition_holds_as_it_is_written() {
        let body = json!({"type": "Status", "by": "ann", "ann": "ann", "n": 1, "none": null, "list": []});
        let holds = |text: &str| read(&format!("when = {text}")).unwrap().when.unwrap().holds(&body, &body);
        for yes in [
            "{ at = 'type' }",
            "{ at = 'type', in = ['Status'] }",
            "{ at = 'n', in = [1] }",
            "{ at = 'type', not_in = ['x'] }",
            "{ at = 'none', empty = true }",
            "{ at = 'list', empty = true }",
            "{ at = 'by', same_as = '$.ann' }",
        ] {
            assert!(holds(yes), "{yes}");
        }
        for no in [
            "{ at = 'none' }",
            "{ at = 'type', in = ['x'] }",
            "{ at = 'none', same_as = 'gone' }",
            "{ at = 'type', empty = true }",
            "{ at = 'by', same_as = 'type' }",
        ] {
            assert!(!holds(no), "{no}");
        }
    }
}
