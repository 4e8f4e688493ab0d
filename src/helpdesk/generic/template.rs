//! A request as written in the settings, with placeholders such as `{ticket}` and `{text}`.
//!
//! A value stays one unit wherever it is filled in: one segment of a path, one JSON string, one value of a form. A brace in a
//! customer's text is never read as a placeholder.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderName, Method};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::place::BodyPlace;
use crate::{
    base::http::{Request, Response},
    helpdesk::{HelpdeskRefusal, expect_json, lenient, outcome, path::segment},
};

/// Headers that belong to the connection itself.
const NOT_OURS: &[&str] =
    &["host", "content-length", "content-type", "transfer-encoding", "connection", "authorization"];

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestTemplate {
    method: Option<String>,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<toml::Table>,
    form: Option<BTreeMap<String, String>>,
    /// Sequences that the helpdesk's own templates would evaluate. An invisible character is put into them.
    #[serde(default)]
    part: Vec<String>,
    /// Where the answer has the id of what was written.
    id_in_body: Option<BodyPlace>,
    /// The header whose last segment is the id of what was written.
    id_in_header: Option<String>,
}

/// The values of the placeholders. A JSON field whose placeholder has no value is left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filling<'f> {
    pub(super) ticket: &'f str,
    pub(super) text: Option<&'f str>,
    pub(super) html: Option<&'f str>,
    pub(super) author: Option<&'f str>,
    pub(super) requester: Option<&'f str>,
    pub(super) subject: Option<&'f str>,
    pub(super) key: Option<&'f str>,
    pub(super) tags: Option<&'f [&'f str]>,
    pub(super) after: Option<&'f str>,
    pub(super) page: Option<usize>,
    pub(super) by: Option<&'f str>,
}

impl Filling<'_> {
    fn text_of(&self, name: &str) -> Option<String> {
        match name {
            "ticket" => Some(self.ticket.to_owned()),
            "text" => self.text.map(str::to_owned),
            "html" => self.html.map(str::to_owned),
            "author" => self.author.map(str::to_owned),
            "requester" => self.requester.map(str::to_owned),
            "subject" => self.subject.map(str::to_owned),
            "key" => self.key.map(str::to_owned),
            "tags" => self.tags.map(|tags| tags.join(" ")),
            "after" => self.after.map(str::to_owned),
            "page" => self.page.map(|page| page.to_string()),
            "by" => self.by.map(str::to_owned),
            _ => None,
        }
    }
}

/// A piece of a template's text.
#[derive(Debug, PartialEq, Eq)]
enum TemplatePiece<'t> {
    Literal(&'t str),
    Placeholder(&'t str),
}

/// Splits text at its placeholders. `{{` and `}}` are literal braces.
fn pieces(text: &str) -> Result<Vec<TemplatePiece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (literal, behind) = rest.split_at(at);
        pieces.push(TemplatePiece::Literal(literal));
        if behind.starts_with("{{") || behind.starts_with("}}") {
            pieces.push(TemplatePiece::Literal(&behind[..1]));
            rest = &behind[2..];
        } else {
            let placeholder = behind.strip_prefix('{').and_then(|behind| behind.split_once('}'));
            let (name, after) = placeholder.ok_or_else(|| format!("{text:?} has a brace without its partner"))?;
            pieces.push(TemplatePiece::Placeholder(name));
            rest = after;
        }
    }
    pieces.push(TemplatePiece::Literal(rest));
    Ok(pieces)
}

/// Fills in the placeholders. One without a value is empty.
fn fill(text: &str, filling: &Filling<'_>, shape: impl Fn(&str) -> String) -> String {
    // The braces were checked when the settings were read.
    let pieces = pieces(text).unwrap_or_default();
    let filled = pieces.into_iter().map(|piece| match piece {
        TemplatePiece::Literal(literal) => literal.to_owned(),
        TemplatePiece::Placeholder(name) => filling.text_of(name).map(|value| shape(&value)).unwrap_or_default(),
    });
    filled.collect()
}

impl RequestTemplate {
    /// A GET of this path.
    pub(super) fn get(path: &str) -> Self {
        Self {
            method: None,
            path: path.to_owned(),
            headers: BTreeMap::new(),
            json: None,
            form: None,
            part: Vec::new(),
            id_in_body: None,
            id_in_header: None,
        }
    }

    /// Looks for mistakes that would make every request wrong.
    ///
    /// # Errors
    /// One sentence with the option that is wrong. `known` are the placeholders that have a value here.
    pub(super) fn check(&self, known: &[&str]) -> Result<(), String> {
        self.method()?;
        if !self.path.starts_with('/') || self.path.starts_with("//") {
            return Err(format!("path {:?} must start with one /", self.path));
        }
        if self.json.is_some() && self.form.is_some() {
            return Err("json and form exclude each other".to_owned());
        }
        for name in self.headers.keys() {
            let parsed =
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no header's name"))?;
            if NOT_OURS.contains(&parsed.as_str()) {
                return Err(format!("the header {name} cannot be set here"));
            }
        }
        let json = self.json.as_ref().map(json_value).unwrap_or_default();
        let mut texts = vec![self.path.clone()];
        texts.extend(self.headers.values().chain(self.form.iter().flatten().map(|(_, value)| value)).cloned());
        collect_texts(&json, &mut texts);
        for text in &texts {
            for piece in pieces(text)? {
                if let TemplatePiece::Placeholder(name) = piece
                    && !known.contains(&name.strip_suffix(":number").unwrap_or(name))
                {
                    return Err(format!("{{{name}}} stands for nothing here; known are {}", known.join(", ")));
                }
            }
        }
        Ok(())
    }

    /// Whether a placeholder is used anywhere.
    pub(super) fn uses(&self, name: &str) -> bool {
        let mut texts: Vec<String> = self.form.iter().flatten().map(|(_, value)| value.clone()).collect();
        collect_texts(&self.json.as_ref().map(json_value).unwrap_or_default(), &mut texts);
        texts.iter().any(|text| text.contains(&format!("{{{name}}}")) || text.contains(&format!("{{{name}:")))
    }

    /// Whether the answer has the id of what was written.
    pub(super) fn tells_id(&self) -> bool {
        self.id_in_body.is_some() || self.id_in_header.is_some()
    }

    fn method(&self) -> Result<Method, String> {
        let word =
            self.method.as_deref().unwrap_or(if self.json.is_some() || self.form.is_some() { "POST" } else { "GET" });
        match word.to_ascii_uppercase().as_str() {
            "GET" => Ok(Method::GET),
            "POST" => Ok(Method::POST),
            "PUT" => Ok(Method::PUT),
            "PATCH" => Ok(Method::PATCH),
            "DELETE" => Ok(Method::DELETE),
            _ => Err(format!("method {word:?} is not GET, POST, PUT, PATCH or DELETE")),
        }
    }

    /// The request, without its credential.
    pub(super) fn request(&self, filling: &Filling<'_>) -> Request {
        let mut request = Request::get(fill(&self.path, filling, segment));
        request.method = self.method().unwrap_or(Method::GET);
        request = request.header("accept", "application/json");
        if let Some(key) = filling.key {
            request = request.header("idempotency-key", one_line(key));
        }
        for (name, value) in &self.headers {
            request = request.header(name.to_ascii_lowercase(), fill(value, filling, one_line));
        }
        let plain = |value: &str| value.to_owned();
        if let Some(json) = &self.json {
            let body = self.filled(&json_value(json), filling).unwrap_or_default();
            request.body = Some(("application/json", Bytes::from(body.to_string())));
        } else if let Some(form) = &self.form {
            let mut body = form_urlencoded::Serializer::new(String::new());
            for (name, value) in form {
                body.append_pair(name, &self.parted(&fill(value, filling, plain)));
            }
            request.body = Some(("application/x-www-form-urlencoded", Bytes::from(body.finish())));
        }
        request
    }

    /// JSON with its texts filled in. Absent if it is a single placeholder without a value.
    fn filled(&self, value: &Value, filling: &Filling<'_>) -> Option<Value> {
        Some(match value {
            Value::String(text) => match lone_placeholder(text) {
                Some("tags") => filling.tags?.iter().map(|tag| Value::from(*tag)).collect(),
                Some(name) => match name.strip_suffix(":number") {
                    Some(name) => number(filling.text_of(name)?),
                    None => Value::String(self.parted(&filling.text_of(name)?)),
                },
                None => Value::String(self.parted(&fill(text, filling, str::to_owned))),
            },
            Value::Array(list) => list.iter().filter_map(|value| self.filled(value, filling)).collect(),
            Value::Object(fields) => {
                let fields =
                    fields.iter().filter_map(|(name, value)| Some((name.clone(), self.filled(value, filling)?)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            other => other.clone(),
        })
    }

    /// Puts a zero-width space into every sequence that the helpdesk would evaluate.
    fn parted(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for sequence in self.part.iter().filter(|sequence| sequence.chars().count() > 1) {
            let mut characters = sequence.chars();
            let first = characters.next().map(String::from).unwrap_or_default();
            let apart = format!("{first}\u{200b}{}", characters.as_str());
            while text.contains(sequence.as_str()) {
                text = text.replace(sequence.as_str(), &apart);
            }
        }
        text
    }

    /// The id of what was written.
    ///
    /// # Errors
    /// As [`outcome`]. Also if the settings promise an id and the answer has none: then it probably did not come from the
    /// helpdesk (it may be a login page), and we do not know whether the write happened.
    pub(super) fn written_id(&self, response: &Response) -> Result<Option<String>, HelpdeskRefusal> {
        wrote(response)?;
        let missing =
            || HelpdeskRefusal::Unavailable(format!("answered {} without the id of what was written", response.status));
        if let Some(place) = &self.id_in_body {
            let body: Value = expect_json(response)?;
            return place.find(&body, &body).and_then(lenient::text).ok_or_else(missing).map(Some);
        }
        if let Some(name) = &self.id_in_header {
            let value = response.header(name).map(|value| value.trim_end_matches('/'));
            let id = value.and_then(|value| value.rsplit('/').next()).filter(|id| !id.is_empty());
            return id.map(|id| Some(id.to_owned())).ok_or_else(missing);
        }
        Ok(None)
    }
}

/// As [`outcome`], with 423 Locked as a closed ticket.
pub(super) fn wrote(response: &Response) -> Result<(), HelpdeskRefusal> {
    match outcome(response) {
        Err(HelpdeskRefusal::Invalid(said)) if response.status == 423 => Err(HelpdeskRefusal::Closed(said)),
        other => other,
    }
}

fn json_value(table: &toml::Table) -> Value {
    serde_json::to_value(table).unwrap_or_default()
}

fn collect_texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| collect_texts(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| collect_texts(value, into)),
        _ => {}
    }
}

fn lone_placeholder(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains(['{', '}']))
}

fn number(text: String) -> Value {
    text.parse::<i64>().map_or(Value::String(text), Value::from)
}

/// A header's value must not have line breaks or control characters.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
