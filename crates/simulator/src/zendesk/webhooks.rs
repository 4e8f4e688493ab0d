//! Zendesk's webhooks: the envelope of events, the short template of triggers, the signature.
//!
//! Shapes: developer.zendesk.com, "Ticket events" and "Verifying webhooks". Unlike in the REST API, ids
//! are strings there, and status, priority and type are in upper case.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::options::WebhookMode;
use super::state::ZendeskState;
use super::ticket::Ticket;
use super::webhook::Webhook;
use crate::clock::{nanos_text, seconds_text};
use crate::hooks::{Delivery, WebhookDraft};

impl ZendeskState {
    /// Queues the webhooks about a ticket: one per change or one for all of them, as the account is set up.
    pub(super) fn emit(&mut self, ticket_id: u64, actor_id: u64, changes: Vec<(&'static str, Value)>) {
        if changes.is_empty() {
            return;
        }
        match self.mode {
            WebhookMode::Events if self.is_called_by_triggers() => {
                self.emit_triggered(ticket_id, actor_id, changes[0].0);
            }
            WebhookMode::Events => {
                for (kind, change) in changes {
                    self.emit_event(ticket_id, actor_id, kind, &change);
                }
            }
            WebhookMode::Trigger => self.emit_trigger(ticket_id, actor_id, changes[0].0),
        }
    }

    fn emit_event(&mut self, ticket_id: u64, actor_id: u64, kind: &str, change: &Value) {
        let kind = format!("zen:event-type:ticket.{kind}");
        if !self.subscribed(&kind) {
            return;
        }
        let id = self.random.uuid();
        let Some(ticket) = self.tickets.get(&ticket_id) else {
            return;
        };
        let body = json!({
            "account_id": self.account_id,
            "id": id,
            "subject": format!("zen:ticket:{ticket_id}"),
            "time": nanos_text(self.now()),
            "type": kind,
            "zendesk_event_version": "2022-11-06",
            "detail": detail(ticket, actor_id),
            "event": change,
        });
        self.queue_webhook(id, kind, &body);
    }

    /// Queues the webhook about a user (developer.zendesk.com, "User events").
    pub(super) fn emit_user(&mut self, user_id: u64, kind: &str, change: &Value) {
        let kind = format!("zen:event-type:user.{kind}");
        if self.mode != WebhookMode::Events || !self.subscribed(&kind) {
            return;
        }
        let id = self.random.uuid();
        let Some(user) = self.users.get(&user_id) else {
            return;
        };
        let body = json!({
            "account_id": self.account_id,
            "id": id,
            "subject": format!("zen:user:{user_id}"),
            "time": nanos_text(self.now()),
            "type": kind,
            "zendesk_event_version": "2022-06-20",
            "detail": {
                "created_at": seconds_text(user.created_at),
                "updated_at": seconds_text(self.now()),
                "email": user.email,
                "external_id": user.external_id.clone().unwrap_or_default(),
                "default_group_id": "0",
                "id": user_id.to_string(),
                "organization_id": user.organization_id.unwrap_or(0).to_string(),
                "role": user.role,
            },
            "event": change,
        });
        self.queue_webhook(id, kind, &body);
    }

    /// The template that the setup guide gives. It is short, so that nothing in it needs escaping.
    fn emit_trigger(&mut self, ticket_id: u64, actor_id: u64, kind: &str) {
        let Some(ticket) = self.tickets.get(&ticket_id) else {
            return;
        };
        let body = json!({
            "heard": 1,
            "ticket_id": ticket_id.to_string(),
            "updated_at": seconds_text(ticket.updated_at),
            "current_user_id": actor_id.to_string(),
            "event": if kind == "created" { "created" } else { "updated" },
        });
        let id = self.random.ulid();
        self.queue_webhook(id, format!("trigger.{kind}"), &body);
    }

    /// What the triggers that call the webhook send, with their placeholders filled in.
    fn emit_triggered(&mut self, ticket_id: u64, actor_id: u64, kind: &str) {
        let Some(ticket) = self.tickets.get(&ticket_id) else {
            return;
        };
        let update_type = if kind == "created" { "Create" } else { "Change" };
        let filled = [
            ("{{ticket.id}}", ticket_id.to_string()),
            ("{{ticket.updated_at_with_timestamp}}", seconds_text(ticket.updated_at)),
            ("{{current_user.id}}", actor_id.to_string()),
        ];
        for template in self.called_by(actor_id, update_type) {
            let text = filled.iter().fold(template, |text, (name, value)| text.replace(name, value));
            let id = self.random.ulid();
            let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
            self.queue_webhook(id, format!("trigger.{kind}"), &body);
        }
    }

    fn queue_webhook(&mut self, guid: String, event: String, body: &Value) {
        let invocation = self.random.ulid();
        let headers = vec![
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
            ("user-agent".to_owned(), "Zendesk Webhook".to_owned()),
            ("x-zendesk-account-id".to_owned(), self.account_id.to_string()),
            ("x-zendesk-webhook-id".to_owned(), self.sending().map_or(&self.webhook_id, |one| &one.id).clone()),
            ("x-zendesk-webhook-invocation-id".to_owned(), invocation),
        ];
        self.pending_webhooks.push(WebhookDraft { guid, event, headers, body: body.to_string().into_bytes() });
    }

    /// A webhook that a person set up in a test without naming events gets all of them.
    fn subscribed(&self, kind: &str) -> bool {
        self.sending().is_none_or(|webhook| {
            webhook.subscriptions.is_empty() || webhook.subscriptions.iter().any(|wanted| wanted == kind)
        })
    }

    fn is_called_by_triggers(&self) -> bool {
        self.sending().is_some_and(Webhook::is_for_triggers)
    }
}

fn detail(ticket: &Ticket, actor_id: u64) -> Value {
    let upper = |word: &Option<String>| word.as_ref().map(|word| word.to_uppercase());
    let text = |id: Option<u64>| id.map(|id| id.to_string());
    json!({
        "id": ticket.id.to_string(),
        "actor_id": actor_id.to_string(),
        "assignee_id": text(ticket.assignee_id),
        "brand_id": ticket.brand_id.to_string(),
        "created_at": seconds_text(ticket.created_at),
        "custom_status": "",
        "description": ticket.description,
        "external_id": ticket.external_id,
        "form_id": "8646151517822",
        "group_id": null,
        "is_public": ticket.comments.iter().any(|comment| comment.public),
        "organization_id": text(ticket.organization_id),
        "priority": upper(&ticket.priority),
        "requester_id": ticket.requester_id.to_string(),
        "status": ticket.status.to_uppercase(),
        "subject": ticket.subject,
        "submitter_id": ticket.submitter_id.to_string(),
        "tags": ticket.tags,
        "type": upper(&ticket.kind),
        "updated_at": seconds_text(ticket.updated_at),
        "via": {"channel": if ticket.channel == "api" { "web_service" } else { ticket.channel }},
    })
}

/// Zendesk's signature: base64 of HMAC-SHA256 over the time and the body. The key is the secret as it is written.
pub(super) fn signed(delivery: &Delivery, secret: &str, now: i64) -> Vec<(String, String)> {
    let timestamp = seconds_text(now);
    let signature = signature(secret, &timestamp, &delivery.body);
    vec![
        ("x-zendesk-webhook-signature-timestamp".to_owned(), timestamp),
        ("x-zendesk-webhook-signature".to_owned(), signature),
    ]
}

fn signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(timestamp.as_bytes());
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zendesk's own example, with the key of its test deliveries.
    #[test]
    fn the_signature_is_zendesks() {
        let secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";
        let made = signature(secret, "2021-03-25T05:09:27Z", br#"{"event":"ticket.updated","id":123}"#);
        assert_eq!(made, "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=");
    }
}
