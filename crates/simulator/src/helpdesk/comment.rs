//! One entry in a ticket's thread, public or internal, and the audit that recorded it.

use serde_json::{Value, json};

use crate::clock::seconds_text;
use crate::text::{as_html, as_plain, without_comments};

/// One entry in the thread of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The same as the id of the audit's event.
    pub id: u64,
    /// The audit that recorded it.
    pub audit_id: u64,
    /// The user in whose name it stands.
    pub author_id: u64,
    /// That user's name.
    pub author: String,
    /// Whether the customer sees it.
    pub public: bool,
    /// What a reader sees.
    pub plain_body: String,
    /// As it is shown, without HTML comments.
    pub html_body: String,
    /// When it was made, in microseconds.
    pub at: i64,
    /// Whether it was written through the API, in whoever's name.
    pub by_api: bool,
    /// `web`, `email` or `api`.
    pub channel: &'static str,
}

/// What somebody wants to say.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub(super) plain: String,
    pub(super) html: String,
    pub(super) public: bool,
    pub(super) author_id: Option<u64>,
}

impl Words {
    pub(super) fn plain(text: &str, public: bool) -> Self {
        Self { plain: text.to_owned(), html: as_html(text), public, author_id: None }
    }

    /// Reads `ticket.comment` of a write; `None` if it says nothing.
    pub(super) fn read(comment: &Value) -> Option<Self> {
        let html = comment["html_body"].as_str().map(without_comments).filter(|html| !html.trim().is_empty());
        let text = comment["body"].as_str().filter(|text| !text.trim().is_empty());
        let (plain, html) = match (html, text) {
            (Some(html), _) => (as_plain(&html), html),
            (None, Some(text)) => (text.to_owned(), as_html(text)),
            (None, None) => return None,
        };
        // Zendesk's default is public, except on a ticket that has been made private.
        let public = comment["public"].as_bool().unwrap_or(true);
        Some(Self { plain, html, public, author_id: comment["author_id"].as_u64() })
    }
}

impl Comment {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "type": "Comment",
            "author_id": self.author_id,
            "body": self.plain_body,
            "html_body": self.html_body,
            "plain_body": self.plain_body,
            "public": self.public,
            "attachments": [],
            "audit_id": self.audit_id,
            "via": {"channel": self.channel, "source": {"from": {}, "to": {}, "rel": null}},
            "created_at": seconds_text(self.at),
            "metadata": {"system": {}, "custom": {}},
        })
    }
}

/// One update of a ticket: who did it, and every change in it.
#[derive(Debug, Clone)]
pub(super) struct Audit {
    pub(super) id: u64,
    pub(super) ticket_id: u64,
    pub(super) author_id: u64,
    pub(super) at: i64,
    pub(super) channel: &'static str,
    pub(super) events: Vec<Value>,
}

impl Audit {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "ticket_id": self.ticket_id,
            "author_id": self.author_id,
            "created_at": seconds_text(self.at),
            "metadata": {"system": {}, "custom": {}},
            "via": {"channel": self.channel, "source": {"from": {}, "to": {}, "rel": null}},
            "events": self.events,
        })
    }
}
