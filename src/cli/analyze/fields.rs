//! The fields of a ticket in JSON, wherever they lie in it: `fields.summary`, `source.author.email`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::cells::{ExportCells, is_nothing, unescaped};
use super::column_words::ExportColumn;
use super::columns::{NameMeaning, NamedColumn, in_order, of_path};

/// Fields that lie deeper are not looked for, nor more of them than this in one ticket.
const DEEPEST: usize = 6;
const MOST: usize = 500;
/// Of how many paths it is remembered what they mean. Some answers have ever new names.
const REMEMBERED: usize = 10_000;

/// What the paths of a file mean.
#[derive(Debug, Default)]
pub(super) struct FieldMeanings {
    named: Vec<NamedColumn>,
    known: HashMap<String, NameMeaning>,
}

/// A field with a simple value.
struct JsonField {
    path: String,
    meaning: NameMeaning,
    text: String,
}

impl FieldMeanings {
    pub(super) fn new(named: Vec<NamedColumn>) -> Self {
        Self { named, known: HashMap::new() }
    }

    fn of(&mut self, path: &str) -> NameMeaning {
        if let Some(known) = self.known.get(path) {
            return *known;
        }
        let meaning = of_path(path, &self.named);
        if self.known.len() < REMEMBERED {
            self.known.insert(path.to_owned(), meaning);
        }
        meaning
    }

    /// The cells of a ticket.
    pub(super) fn cells(&mut self, ticket: &Map<String, Value>) -> ExportCells {
        let mut fields = Vec::new();
        self.collect(ticket, "", 0, &mut fields);
        let fits = fields.iter().enumerate().filter_map(|(at, field)| Some((at, field.meaning.fit?)));
        let order = in_order(fits);
        ExportCells {
            people: fields
                .iter()
                .filter(|field| field.meaning.is_of_people && !is_nothing(&field.text))
                .map(|field| unescaped(&field.text).into_owned())
                .collect(),
            taken: order.iter().map(|(at, column)| (*column, fields[*at].text.clone())).collect(),
        }
    }

    /// The paths of a ticket that hold something: each with the column that it is, if it is one.
    pub(super) fn paths(&mut self, ticket: &Map<String, Value>) -> Vec<(String, NameMeaning)> {
        let mut fields = Vec::new();
        self.collect(ticket, "", 0, &mut fields);
        fields.into_iter().map(|field| (field.path, field.meaning)).collect()
    }

    fn collect(&mut self, object: &Map<String, Value>, outer: &str, depth: usize, fields: &mut Vec<JsonField>) {
        for (name, value) in object {
            if fields.len() >= MOST {
                return;
            }
            let path = if outer.is_empty() { name.clone() } else { format!("{outer}.{name}") };
            let meaning = self.of(&path);
            match value {
                Value::String(text) => fields.push(JsonField { path, meaning, text: text.clone() }),
                Value::Number(number) => fields.push(JsonField { path, meaning, text: number.to_string() }),
                Value::Null | Value::Bool(_) => {}
                Value::Object(_) | Value::Array(_) => {
                    let text = meaning.fit.and_then(|fit| within(fit.column, value));
                    match (text, first_object(value)) {
                        (Some(text), _) => fields.push(JsonField { path, meaning, text }),
                        (None, Some(inner)) if depth < DEEPEST => self.collect(inner, &path, depth + 1, fields),
                        (None, _) => {}
                    }
                }
            }
        }
    }
}

/// The columns of a ticket that an object has.
pub(super) fn columns_of(object: &Map<String, Value>, named: &[NamedColumn]) -> Vec<ExportColumn> {
    let mut meanings = FieldMeanings::new(named.to_vec());
    meanings.cells(object).taken.into_iter().map(|(column, _)| column).collect()
}

/// The text of a value that is no simple one: the words of a document, such as Jira has, or the first of several names.
fn within(column: ExportColumn, value: &Value) -> Option<String> {
    if matches!(column, ExportColumn::Subject | ExportColumn::Body) {
        let mut words = String::new();
        // A list is one of several messages.
        if value.is_object() {
            collect_words(value, 0, &mut words);
        }
        return Some(words).filter(|words| !words.trim().is_empty());
    }
    match value {
        Value::Array(all) => all.iter().find_map(|one| match one {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }),
        _ => None,
    }
}

/// The texts of a document, each paragraph on a line.
fn collect_words(value: &Value, depth: usize, words: &mut String) {
    match value {
        Value::Array(parts) if depth < 32 => parts.iter().for_each(|part| collect_words(part, depth + 1, words)),
        Value::Object(part) if depth < 32 => {
            if let Some(Value::String(text)) = part.get("text") {
                words.push_str(text);
            }
            if let Some(inner) = part.get("content") {
                collect_words(inner, depth + 1, words);
                words.push('\n');
            }
        }
        _ => {}
    }
}

fn first_object(value: &Value) -> Option<&Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        Value::Array(all) => all.first().and_then(Value::as_object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(ticket: &Value) -> Vec<(ExportColumn, String)> {
        FieldMeanings::default().cells(ticket.as_object().unwrap()).taken
    }

    fn first(ticket: &Value, wanted: ExportColumn) -> Option<String> {
        cells(ticket).into_iter().find(|(column, _)| *column == wanted).map(|(_, text)| text)
    }

    #[test]
    fn a_ticket_of_jira_is_read() {
        let ticket = serde_json::json!({
            "id": "10001", "key": "SUP-1",
            "fields": {
                "summary": "Export fails", "created": "2025-03-04T15:06:00.000+0000", "issuetype": {"id": "7", "name": "Bug"},
                "reporter": {"displayName": "Ada", "emailAddress": "ada@x.test", "accountId": "5b"},
                "assignee": {"emailAddress": "tess@us.test"}, "components": [{"id": "3", "name": "Export"}],
                "description": {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "At half."}]}]},
            },
        });
        assert_eq!(first(&ticket, ExportColumn::Subject).as_deref(), Some("Export fails"));
        assert_eq!(first(&ticket, ExportColumn::Body).as_deref().map(str::trim), Some("At half."));
        assert_eq!(first(&ticket, ExportColumn::Customer).as_deref(), Some("ada@x.test"));
        assert_eq!(first(&ticket, ExportColumn::Kind).as_deref(), Some("Bug"));
        assert_eq!(first(&ticket, ExportColumn::Area).as_deref(), Some("Export"));
        assert_eq!(first(&ticket, ExportColumn::CreatedAt).as_deref(), Some("2025-03-04T15:06:00.000+0000"));
    }

    #[test]
    fn a_conversation_of_intercom_is_read() {
        let ticket = serde_json::json!({
            "type": "conversation", "id": "12", "created_at": 1_741_100_760,
            "source": {"type": "email", "id": "9", "subject": "Export", "body": "<p>At half.</p>", "author": {"type": "user", "email": "ada@x.test"}},
            "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "5f"}]},
        });
        assert_eq!(first(&ticket, ExportColumn::Id).as_deref(), Some("12"));
        assert_eq!(first(&ticket, ExportColumn::Subject).as_deref(), Some("Export"));
        assert_eq!(first(&ticket, ExportColumn::Customer).as_deref(), Some("5f"));
    }

    #[test]
    fn a_person_who_is_an_object_is_told_by_address_or_number() {
        let of = |person: Value| first(&serde_json::json!({"requester": person}), ExportColumn::Customer);
        assert_eq!(
            of(serde_json::json!({"name": "Ada", "id": 7, "email": "ada@x.test"})).as_deref(),
            Some("ada@x.test")
        );
        assert_eq!(of(serde_json::json!({"login": "ada"})).as_deref(), Some("ada"));
        assert_eq!(of(serde_json::json!(["ada@x.test", "bob@x.test"])).as_deref(), Some("ada@x.test"));
    }
}
