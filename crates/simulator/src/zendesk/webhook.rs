//! One webhook of the account.

use serde_json::{Value, json};

use crate::clock::seconds_text;

/// The one subscription of webhooks that triggers and automations call.
pub(super) const BY_TRIGGER: &str = "conditional_ticket_events";

/// A webhook of the account.
#[derive(Debug, Clone)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) endpoint: String,
    /// Empty where a test set it up without naming any.
    pub(super) subscriptions: Vec<String>,
    pub(super) method: String,
    pub(super) format: String,
    pub(super) active: bool,
    /// Its own secret; `None` for the first one, whose is the account's option.
    pub(super) secret: Option<String>,
    name: String,
}

impl Webhook {
    /// One about which nothing is said yet.
    pub(super) fn new(id: String, secret: Option<String>) -> Self {
        Self {
            id,
            endpoint: String::new(),
            subscriptions: Vec::new(),
            method: String::new(),
            format: String::new(),
            active: false,
            secret,
            name: String::new(),
        }
    }

    /// What is sent takes the place of what was there, the list of subscriptions as a whole (a guess).
    pub(super) fn write(&mut self, wanted: &Value) {
        let texts = [
            ("name", &mut self.name),
            ("endpoint", &mut self.endpoint),
            ("http_method", &mut self.method),
            ("request_format", &mut self.format),
        ];
        for (field, place) in texts {
            if let Some(text) = wanted[field].as_str() {
                text.clone_into(place);
            }
        }
        if let Some(status) = wanted["status"].as_str() {
            self.active = status == "active";
        }
        if let Some(kinds) = wanted["subscriptions"].as_array() {
            self.subscriptions = kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
    }

    pub(super) fn is_for_triggers(&self) -> bool {
        self.subscriptions.iter().any(|kind| kind == BY_TRIGGER)
    }

    /// As the API shows it.
    pub(super) fn json(&self, at: i64, by: u64) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "endpoint": self.endpoint,
            "http_method": self.method,
            "request_format": self.format,
            "status": if self.active { "active" } else { "inactive" },
            "subscriptions": self.subscriptions,
            "authentication": null,
            "created_at": seconds_text(at),
            "created_by": by.to_string(),
        })
    }
}
