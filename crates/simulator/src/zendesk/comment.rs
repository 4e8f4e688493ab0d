//! One entry in a ticket's thread, public or internal, and the audit that recorded it.

use serde_json::{Value, json};

use crate::clock::seconds_text;
use crate::text::{as_html, as_plain, without_addresses, without_comments};

/// One entry in the thread of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketComment {
    /// Equals the id of the event in the audit.
    pub id: u64,
    /// The audit that recorded it.
    pub audit_id: u64,
    /// The user it is by.
    pub(super) author_id: u64,
    /// The user's name.
    pub author: String,
    /// Whether the customer sees it.
    pub public: bool,
    /// As plain text.
    pub plain_body: String,
    /// As HTML, without HTML comments.
    pub html_body: String,
    /// When it was written, in microseconds.
    pub(super) at: i64,
    /// Whether it was written through the API, whoever its author is.
    pub(super) by_api: bool,
    /// `web`, `email` or `api`.
    pub(super) channel: &'static str,
    /// What whoever wrote it through the API wanted to be kept with it.
    pub(super) metadata: Value,
    /// Zendesk's flags: 0 and 2 not to be trusted, 3 not signed in, 4 automatic, 11 on behalf of somebody
    /// (developer.zendesk.com, "Comment flags").
    pub(super) flags: Vec<u8>,
}

/// A comment to be added.
#[derive(Debug, Clone)]
pub(super) struct CommentDraft {
    pub(super) plain: String,
    pub(super) html: String,
    pub(super) public: bool,
    pub(super) author_id: Option<u64>,
    /// What a caller of the API wants to be kept with the change, as `metadata.custom` of the audit.
    pub(super) metadata: Value,
    pub(super) flags: Vec<u8>,
}

impl CommentDraft {
    pub(super) fn plain(text: &str, public: bool) -> Self {
        Self {
            plain: text.to_owned(),
            html: as_html(text),
            public,
            author_id: None,
            metadata: json!({}),
            flags: Vec::new(),
        }
    }

    /// Reads `comment` and `metadata` of a request's ticket. `None` if the comment is empty.
    pub(super) fn read(ticket: &Value) -> Option<Self> {
        let comment = &ticket["comment"];
        let metadata = ticket["metadata"].as_object().map_or_else(|| json!({}), |custom| json!(custom));
        let html = comment["html_body"].as_str().map(without_comments).filter(|html| !html.trim().is_empty());
        let text = comment["body"].as_str().filter(|text| !text.trim().is_empty());
        let (plain, html) = match (html, text) {
            (Some(html), _) => (as_plain(&html), html),
            (None, Some(text)) => (text.to_owned(), as_html(text)),
            (None, None) => return None,
        };
        // Public is Zendesk's default, except on a ticket that has been made private.
        let public = comment["public"].as_bool().unwrap_or(true);
        Some(Self { plain, html, public, author_id: comment["author_id"].as_u64(), metadata, flags: Vec::new() })
    }
}

impl TicketComment {
    pub(super) fn json(&self) -> Value {
        let mut metadata = json!({"system": {}, "custom": self.metadata});
        if !self.flags.is_empty() {
            metadata["flags"] = json!(self.flags);
            metadata["flags_options"] =
                self.flags.iter().map(|flag| (flag.to_string(), json!({"trusted": false}))).collect();
        }
        json!({
            "id": self.id,
            "type": "Comment",
            "author_id": self.author_id,
            "body": without_addresses(&self.html_body),
            "html_body": self.html_body,
            "plain_body": without_addresses(&self.html_body),
            "public": self.public,
            "attachments": [],
            "audit_id": self.audit_id,
            "via": {"channel": self.channel, "source": {"from": {}, "to": {}, "rel": null}},
            "created_at": seconds_text(self.at),
            "metadata": metadata,
        })
    }
}

/// One update of a ticket: who made it, and every change in it.
#[derive(Debug, Clone)]
pub(super) struct Audit {
    pub(super) id: u64,
    pub(super) ticket_id: u64,
    pub(super) author_id: u64,
    pub(super) at: i64,
    pub(super) channel: &'static str,
    pub(super) events: Vec<Value>,
    pub(super) metadata: Value,
}

impl Audit {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "ticket_id": self.ticket_id,
            "author_id": self.author_id,
            "created_at": seconds_text(self.at),
            "metadata": {"system": {}, "custom": self.metadata},
            "via": {"channel": self.channel, "source": {"from": {}, "to": {}, "rel": null}},
            "events": self.events,
        })
    }
}
