//! The columns of an export by any of the names that helpdesks give them, and the ticket they make.

use serde_json::Value;

use super::times::Times;
use grouping::{BODY_LIMIT_BYTES, Kind, Text};

/// What a ticket is made of, and the names it goes by in exports (in lower case, `_` for all but letters and digits).
const NAMES: [(Column, &[&str]); 9] = [
    (
        Column::Id,
        &[
            "id",
            "ticket_id",
            "ticket",
            "ticket_number",
            "key",
            "issue_key",
            "number",
            "conversation_id",
            "case_number",
            "case_id",
            "issue_id",
        ],
    ),
    (
        Column::CreatedAt,
        &[
            "created_at",
            "created",
            "created_date",
            "date_created",
            "created_time",
            "created_on",
            "creation_date",
            "date",
            "date_time",
            "opened_at",
            "opened",
            "timestamp",
            "time",
            "submitted_at",
            "received_at",
        ],
    ),
    (Column::Subject, &["subject", "title", "summary", "ticket_subject", "issue_title"]),
    (
        Column::Body,
        &[
            "body",
            "description",
            "message",
            "text",
            "content",
            "comment",
            "first_message",
            "first_comment",
            "ticket_description",
            "description_text",
            "question",
            "details",
        ],
    ),
    (
        Column::Customer,
        &[
            "customer",
            "customer_id",
            "customer_email",
            "requester",
            "requester_id",
            "requester_email",
            "requester_name",
            "email",
            "contact",
            "contact_id",
            "contact_email",
            "from",
            "sender",
            "user",
            "user_id",
            "author",
            "reporter",
        ],
    ),
    (
        Column::Organization,
        &[
            "organization",
            "organization_id",
            "organization_name",
            "organisation",
            "company",
            "company_id",
            "company_name",
            "account",
            "account_id",
            "account_name",
        ],
    ),
    (Column::Kind, &["kind", "type", "ticket_type", "issue_type"]),
    (Column::Area, &["area", "component", "component_s", "product", "category"]),
    (Column::Brand, &["brand", "brand_id"]),
];
/// By which of its own fields a person or organization is told from others, best first.
const TOLD_BY: [&str; 4] = ["email", "id", "login", "name"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    CreatedAt,
    Subject,
    Body,
    Customer,
    Organization,
    Kind,
    Area,
    Brand,
}

impl Column {
    /// The column that goes by this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let lower = name.trim_matches(|c: char| !c.is_alphanumeric() && c != '#').to_lowercase();
        let name = lower.replace(|c: char| !c.is_alphanumeric() && c != '#', "_");
        let named = NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column);
        named.or((name == "#").then_some(Self::Id))
    }
}

/// The text of a JSON value; of an object that is a person or an organization, what tells it from others.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(fields) => TOLD_BY.iter().find_map(|field| match fields.get(*field)? {
            Value::Object(_) | Value::Array(_) => None,
            simple => text_of(simple),
        }),
        _ => None,
    }
}

/// What is carried from one line to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carried {
    pub(super) times: Times,
    /// When the last dated ticket was written: one without a date is taken to follow it.
    pub(super) last_us: i64,
}

/// Makes a ticket of a line's cells, or says why not.
pub(super) fn ticket(cells: &[(Column, String)], line: u64, carried: &mut Carried) -> Result<Text, String> {
    let cell = |wanted: Column| {
        cells.iter().find(|(column, text)| *column == wanted && !text.trim().is_empty()).map(|(_, text)| text.as_str())
    };
    let (subject, body) = (cell(Column::Subject), cell(Column::Body));
    if subject.is_none() && body.is_none() {
        return Err("it has neither subject nor body".into());
    }
    if let Some(written) = cell(Column::CreatedAt).and_then(|written| carried.times.microseconds(written)) {
        carried.last_us = written;
    }
    let id = cell(Column::Id).map_or_else(|| format!("line-{line}"), |id| id.trim().to_owned());
    let mut ticket = Text::new(id, within(subject.unwrap_or_default()), within(body.unwrap_or_default()));
    ticket.created_at_us = carried.last_us;
    ticket.customer = cell(Column::Customer).map(str::to_owned);
    ticket.organization = cell(Column::Organization).map(str::to_owned);
    ticket.kind = cell(Column::Kind).and_then(Kind::from_word);
    ticket.area = cell(Column::Area).map(str::to_owned);
    ticket.brand = cell(Column::Brand).map(str::to_owned);
    Ok(ticket)
}

/// As much of a text as the grouping reads: what is kept of waiting tickets stays bounded.
fn within(text: &str) -> &str {
    &text[..text.ceil_char_boundary(BODY_LIMIT_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_in_any_spelling() {
        for (name, column) in [
            ("Ticket ID", Column::Id),
            ("#", Column::Id),
            ("Component/s", Column::Area),
            ("created-at", Column::CreatedAt),
            (" Requester email ", Column::Customer),
            ("Company Name", Column::Organization),
        ] {
            assert_eq!(Column::of(name), Some(column), "{name}");
        }
        assert_eq!(Column::of("Satisfaction"), None);
    }

    #[test]
    fn a_person_who_is_an_object_is_told_by_address_or_number() {
        let person = serde_json::json!({"name": "Ada", "id": 7, "email": "ada@example.com"});
        assert_eq!(text_of(&person).as_deref(), Some("ada@example.com"));
        assert_eq!(text_of(&serde_json::json!({"login": "ada"})).as_deref(), Some("ada"));
        assert_eq!(text_of(&serde_json::json!(["ada"])), None);
    }
}
