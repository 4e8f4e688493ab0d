//! How one of our fields is made from a body.
//!
//! A field is written as a place (`"data.ticket.id"`), as a place with words to translate (`{ at = "ticket.status",
//! words = { "3" = "solved" }, default = "open" }`), as the first of several places that has a value (`{ at = ["name",
//! "email"] }`), as all of them joined (`{ all = ["first", "last"], between = " " }`), or as text with places in braces
//! (`{ text = "https://desk.test/{ticket.id}" }`); text without braces is a constant.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::place::BodyPlace;
use crate::helpdesk::lenient;

#[derive(Clone, Debug)]
pub(super) enum MappedField {
    At { places: Vec<BodyPlace>, words: BTreeMap<String, String>, default: Option<String> },
    All { places: Vec<BodyPlace>, between: String },
    Text(Vec<TextPart>),
}

/// What a field says where it has to be one of a few words.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FieldWord {
    Word(Value),
    /// Nothing is there, or a word of which the settings know none, and there is no default.
    Nothing,
    /// A list or an object is there. No default is for that.
    Unclear,
}

#[derive(Clone, Debug)]
pub(super) enum TextPart {
    Literal(String),
    BodyPlace(BodyPlace),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldTable {
    at: Option<Places>,
    all: Option<Vec<BodyPlace>>,
    between: Option<String>,
    text: Option<String>,
    #[serde(default)]
    words: BTreeMap<String, SettingWord>,
    default: Option<SettingWord>,
}

/// One place, or several in the order in which they are looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "toml::Value")]
struct Places(Vec<BodyPlace>);

impl TryFrom<toml::Value> for Places {
    type Error = String;

    fn try_from(written: toml::Value) -> Result<Self, String> {
        match written {
            toml::Value::String(place) => Ok(Self(vec![place.try_into()?])),
            toml::Value::Array(places) if !places.is_empty() => {
                let text = |place: toml::Value| place.as_str().map(str::to_owned).ok_or("a place is text");
                places.into_iter().map(|place| text(place)?.try_into()).collect::<Result<_, String>>().map(Self)
            }
            _ => Err("at is a place or a list of places".to_owned()),
        }
    }
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
                return Ok(Self::At { places: vec![place], words: BTreeMap::new(), default: None });
            }
            table => FieldTable::deserialize(table).map_err(de::Error::custom)?,
        };
        let translates = !written.words.is_empty() || written.default.is_some();
        match (written.at, written.all, written.text, written.between) {
            (Some(Places(places)), None, None, None) => {
                let words = written.words.into_iter().map(|(from, to)| (from, to.into())).collect();
                Ok(Self::At { places, words, default: written.default.map(String::from) })
            }
            (None, Some(places), None, between) if !translates => {
                Ok(Self::All { places, between: between.unwrap_or_else(|| " ".to_owned()) })
            }
            (None, None, Some(text), None) => parts(&text).map(Self::Text).map_err(de::Error::custom),
            _ => Err(de::Error::custom(
                "a field is a place, { at = \"place\" }, { all = [\"place\", \"place\"] } or { text = \"...\" }",
            )),
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
            Self::At { places, words, default } => {
                let found = places.iter().find_map(|place| place.find(row, top).filter(|value| **value != ""));
                let word = found.and_then(|value| words.get(&shown(value)));
                match (word, found) {
                    (Some(word), _) => Some(Value::String(word.clone())),
                    // With a default, only the listed words are known.
                    (None, Some(value)) if default.is_none() || words.is_empty() => Some(value.clone()),
                    _ => default.clone().map(Value::String),
                }
            }
            Self::All { places, between } => {
                let found = places.iter().filter_map(|place| place.find(row, top)).filter_map(lenient::text);
                let found: Vec<String> = found.filter(|text| !text.is_empty()).collect();
                (!found.is_empty()).then(|| Value::String(found.join(between)))
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

    /// Every value of the field, as far as it is a place: the entries of the list there, or each of the values there.
    pub(super) fn values(&self, row: &Value, top: &Value) -> Option<Value> {
        match self {
            Self::At { places, words, .. } if words.is_empty() => {
                let found = places.iter().map(|place| place.find_all(row, top)).find(|found| !found.is_empty());
                match found.unwrap_or_default()[..] {
                    [] => self.value(row, top),
                    [one] => Some(one.clone()),
                    ref several => Some(several.iter().map(|value| (*value).clone()).collect()),
                }
            }
            _ => self.value(row, top),
        }
    }

    /// The field as one of a few words, or why there is none. Words are compared without their case.
    pub(super) fn said(&self, row: &Value, top: &Value) -> FieldWord {
        let Self::At { places, words, default } = self else {
            return self.value(row, top).map_or(FieldWord::Nothing, FieldWord::Word);
        };
        let by_default = || default.clone().map_or(FieldWord::Nothing, |word| FieldWord::Word(Value::String(word)));
        let is_there = |value: &&Value| **value != "" && !value.is_null();
        match places.iter().find_map(|place| place.find(row, top).filter(is_there)) {
            None => by_default(),
            Some(Value::Array(_) | Value::Object(_)) => FieldWord::Unclear,
            Some(value) if words.is_empty() => FieldWord::Word(value.clone()),
            Some(value) => {
                let word = shown(value).trim().to_lowercase();
                let given = words.iter().find(|(from, _)| from.trim().to_lowercase() == word);
                given.map_or_else(by_default, |(_, to)| FieldWord::Word(Value::String(to.clone())))
            }
        }
    }

    /// The field as yes or no. `None` where nothing is there, and where it cannot be told: with words to translate, of a value of
    /// which no word is given, and of a list or an object whatever the default is.
    pub(super) fn flag(&self, row: &Value, top: &Value) -> Option<bool> {
        match self.said(row, top) {
            FieldWord::Word(value) => lenient::flag(&value),
            FieldWord::Nothing | FieldWord::Unclear => None,
        }
    }

    /// The field as text.
    pub(super) fn text(&self, row: &Value, top: &Value) -> Option<String> {
        self.value(row, top).as_ref().and_then(lenient::text)
    }
}

/// A value as it would be written in the settings.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => lenient::number(number),
        other => lenient::text(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Case {
        field: MappedField,
    }

    fn read(text: &str) -> Result<Case, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_yes_or_no_is_neither_where_it_cannot_be_told() {
        let flag = |field: &str, value: Value| {
            let body = json!({ "is": value });
            read(&format!("field = {field}")).unwrap().field.flag(&body, &body)
        };
        let private = "{ at = 'is', words = { true = 'false', false = 'true' } }";
        assert_eq!(flag(private, json!(false)), Some(true));
        assert_eq!(flag(private, json!("True")), Some(false));
        for unknown in [json!(1), json!("yes"), json!(["false"]), json!({"a": false}), json!(null), json!("")] {
            assert_eq!(flag(private, unknown.clone()), None, "{unknown}");
        }
        let comment = "{ at = 'is', words = { Comment = 'false' }, default = 'true' }";
        assert_eq!(flag(comment, json!("Correspond")), Some(true));
        assert_eq!(flag(comment, json!(" comment ")), Some(false));
        assert_eq!(flag(comment, json!(["Comment"])), None, "a list says nothing, whatever the default is");
        assert_eq!(flag(comment, json!(null)), Some(true), "the default is for what is not there");
        assert_eq!(flag("'is'", json!("yes")), Some(true));
        assert_eq!(flag("{ text = 'true' }", json!(null)), Some(true));
    }

    #[test]
    fn a_field_is_a_place_a_translation_or_a_text() {
        let body = json!({"ticket": {"id": 7, "status": 3, "open": true}});
        let value = |text: &str| read(text).unwrap().field.text(&body, &body);
        assert_eq!(value("field = 'ticket.id'").as_deref(), Some("7"));
        assert_eq!(value("field = { at = 'ticket.status', words = { 3 = 'solved' } }").as_deref(), Some("solved"));
        assert_eq!(value("field = { at = 'ticket.status', words = { 4 = 'closed' } }").as_deref(), Some("3"));
        let defaulted = "field = { at = 'ticket.status', words = { 4 = 'closed' }, default = 'open' }";
        assert_eq!(value(defaulted).as_deref(), Some("open"));
        assert_eq!(value("field = { at = 'ticket.open', words = { true = 'open' } }").as_deref(), Some("open"));
        assert_eq!(value("field = { at = 'gone', default = 5 }").as_deref(), Some("5"));
        assert_eq!(value("field = { text = 'https://x/{ticket.id}' }").as_deref(), Some("https://x/7"));
        assert_eq!(value("field = { text = 'https://x/{gone}' }"), None);
        assert_eq!(value("field = { at = ['gone', 'ticket.id'] }").as_deref(), Some("7"), "the first that is there");
        assert_eq!(value("field = { all = ['ticket.id', 'gone', 'ticket.status'] }").as_deref(), Some("7 3"));
        assert_eq!(value("field = { all = ['ticket.id', 'ticket.status'], between = '-' }").as_deref(), Some("7-3"));
        assert_eq!(value("field = { all = ['gone'] }"), None);
        for wrong in [
            "field = { at = [] }",
            "field = { all = ['a'], default = 1 }",
            "field = 5",
            "field = { text = '{a' }",
            "field = {}",
            "field = { at = 'a', values = 1 }",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
