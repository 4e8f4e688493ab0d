//! The columns of an export, by the various names that helpdesks give them, and the ticket made of them.

use serde_json::Value;

use super::times::Times;
use grouping::{BODY_LIMIT_BYTES, TicketKind, TicketText};

/// The columns of a ticket and their names in exports: in lower case, with `_` for everything but letters and digits.
const NAMES: [(ExportColumn, &[&str]); 9] = [
    (
        ExportColumn::Id,
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
        ExportColumn::CreatedAt,
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
    (ExportColumn::Subject, &["subject", "title", "summary", "ticket_subject", "issue_title"]),
    (
        ExportColumn::Body,
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
        ExportColumn::Customer,
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
        ExportColumn::Organization,
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
    (ExportColumn::Kind, &["kind", "type", "ticket_type", "issue_type"]),
    (ExportColumn::Area, &["area", "component", "component_s", "product", "category"]),
    (ExportColumn::Brand, &["brand", "brand_id"]),
];
/// The fields that identify a person or an organization, best first.
const TOLD_BY: [&str; 4] = ["email", "id", "login", "name"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExportColumn {
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

impl ExportColumn {
    /// The column with this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let lower = name.trim_matches(|c: char| !c.is_alphanumeric() && c != '#').to_lowercase();
        let name = lower.replace(|c: char| !c.is_alphanumeric() && c != '#', "_");
        let named = NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column);
        named.or((name == "#").then_some(Self::Id))
    }
}

/// The text of a JSON value. For an object that is a person or an organization, the field that identifies it.
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

/// State that is kept from one line to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct CarriedState {
    pub(super) times: Times,
    /// The date of the last ticket that had one. A ticket without a date is assumed to follow it.
    pub(super) last_us: i64,
}

/// Makes a ticket of a line's cells, or says why that is not possible.
pub(super) fn ticket(
    cells: &[(ExportColumn, String)],
    line: u64,
    carried: &mut CarriedState,
) -> Result<TicketText, String> {
    let cell = |wanted: ExportColumn| {
        cells.iter().find(|(column, text)| *column == wanted && !text.trim().is_empty()).map(|(_, text)| text.as_str())
    };
    let (subject, body) = (cell(ExportColumn::Subject), cell(ExportColumn::Body));
    if subject.is_none() && body.is_none() {
        return Err("it has neither subject nor body".into());
    }
    if let Some(written) = cell(ExportColumn::CreatedAt).and_then(|written| carried.times.microseconds(written)) {
        carried.last_us = written;
    }
    let id = cell(ExportColumn::Id).map_or_else(|| format!("line-{line}"), |id| id.trim().to_owned());
    let mut ticket = TicketText::new(id, within(subject.unwrap_or_default()), within(body.unwrap_or_default()));
    ticket.created_at_us = carried.last_us;
    ticket.customer = cell(ExportColumn::Customer).map(str::to_owned);
    ticket.organization = cell(ExportColumn::Organization).map(str::to_owned);
    ticket.kind = cell(ExportColumn::Kind).and_then(TicketKind::from_word);
    ticket.area = cell(ExportColumn::Area).map(str::to_owned);
    ticket.brand = cell(ExportColumn::Brand).map(str::to_owned);
    Ok(ticket)
}

/// As much of a text as the grouping reads, so that waiting tickets take a bounded amount of memory.
fn within(text: &str) -> &str {
    &text[..text.ceil_char_boundary(BODY_LIMIT_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_in_any_spelling() {
        for (name, column) in [
            ("Ticket ID", ExportColumn::Id),
            ("#", ExportColumn::Id),
            ("Component/s", ExportColumn::Area),
            ("created-at", ExportColumn::CreatedAt),
            (" Requester email ", ExportColumn::Customer),
            ("Company Name", ExportColumn::Organization),
        ] {
            assert_eq!(ExportColumn::of(name), Some(column), "{name}");
        }
        assert_eq!(ExportColumn::of("Satisfaction"), None);
    }

    #[test]
    fn a_person_who_is_an_object_is_told_by_address_or_number() {
        let person = serde_json::json!({"name": "Ada", "id": 7, "email": "ada@example.com"});
        assert_eq!(text_of(&person).as_deref(), Some("ada@example.com"));
        assert_eq!(text_of(&serde_json::json!({"login": "ada"})).as_deref(), Some("ada"));
        assert_eq!(text_of(&serde_json::json!(["ada"])), None);
    }
}
