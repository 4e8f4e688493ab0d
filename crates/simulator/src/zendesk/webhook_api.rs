//! The API of webhooks: listing, making, changing and deleting them, and their secrets.
//!
//! Fields, statuses and the two kinds of webhooks: developer.zendesk.com, "Webhooks" and "Creating and monitoring
//! webhooks". What a refusal looks like is not said there; its shape (`errors` with `code` and `title`) is that of Zendesk's
//! other new APIs. What is marked as a guess is the worse of what may be.

use serde_json::{Value, json};

use super::answers::{forbidden, not_found};
use super::instance::Zendesk;
use super::state::ZendeskState;
use super::webhook::{BY_TRIGGER, Webhook};
use crate::message::{Request, Response};

/// The events of tickets and of users that a webhook can be subscribed to (developer.zendesk.com, "Webhook event types").
const TICKET_EVENTS: &[&str] = &[
    "agent_assignment_changed",
    "attachment_linked_to_comment",
    "attachment_redacted_from_comment",
    "brand_changed",
    "comment_added",
    "comment_made_private",
    "comment_redacted",
    "created",
    "csat_received",
    "csat_requested",
    "custom_field_changed",
    "custom_status_changed",
    "description_changed",
    "email_ccs_changed",
    "external_id_changed",
    "followers_changed",
    "form_changed",
    "group_assignment_changed",
    "marked_as_spam",
    "merged",
    "organization_changed",
    "permanently_deleted",
    "priority_changed",
    "problem_link_changed",
    "requester_changed",
    "soft_deleted",
    "status_changed",
    "subject_changed",
    "submitter_changed",
    "tags_changed",
    "type_changed",
    "undeleted",
];
const USER_EVENTS: &[&str] = &[
    "active_changed",
    "alias_changed",
    "created",
    "custom_field_changed",
    "deleted",
    "external_id_changed",
    "identity_changed",
    "identity_created",
    "identity_deleted",
    "merged",
    "name_changed",
    "role_changed",
    "suspended_changed",
    "time_zone_changed",
    "tags_changed",
];

impl Zendesk {
    /// The user that the token belongs to is `admin`, `agent` or `end-user`.
    pub fn heard_is(&self, role: &'static str) {
        self.act(|state| {
            let user = state.api_user;
            if let Some(found) = state.users.get_mut(&user) {
                found.role = role;
            }
        });
    }

    /// No more than so many webhooks may be made. Trial accounts have ten (developer.zendesk.com, "Limits for trial accounts").
    pub fn has_room_for_webhooks(&self, most: usize) {
        self.act(|state| state.webhooks_most = most);
    }

    /// Webhooks cannot be subscribed to the events of tickets: the guide on making webhooks says so, the list of events does not.
    pub fn has_no_ticket_events(&self) {
        self.act(|state| state.ticket_events = false);
    }

    /// Every webhook as the API shows it, oldest first.
    pub fn webhooks(&self) -> Vec<Value> {
        self.act(|state| {
            let (at, by) = (state.now(), state.api_user);
            state.webhooks.iter().map(|webhook| webhook.json(at, by)).collect()
        })
    }
}

impl ZendeskState {
    /// The webhook that is sent to.
    pub(super) fn sending(&self) -> Option<&Webhook> {
        self.webhooks.iter().rev().find(|webhook| webhook.active)
    }

    /// What a webhook signs with.
    pub(super) fn secret_of<'s>(&'s self, webhook: &'s Webhook) -> &'s str {
        webhook.secret.as_deref().unwrap_or(&self.webhook_secret)
    }

    /// A person sets the first webhook up, with every event.
    pub(super) fn webhook_by_hand(&mut self, endpoint: &str) {
        self.webhooks.retain(|webhook| webhook.id != self.webhook_id);
        let mut webhook = Webhook::new(self.webhook_id.clone(), None);
        webhook.write(&json!({"name": "Heard", "endpoint": endpoint, "http_method": "POST", "request_format": "json",
            "status": "active"}));
        self.webhooks.push(webhook);
    }

    /// `/webhooks...`. Only for admins, and for agents in a role that is allowed to.
    pub(super) fn webhooks(&mut self, request: &Request, rest: &[&str], body: &Value) -> Response {
        if !self.is_admin() {
            return forbidden("You do not have access to this page");
        }
        match (request.method.as_str(), rest) {
            ("GET", []) => {
                let (at, by) = (self.now(), self.api_user);
                let list = self.webhooks.iter().map(|webhook| webhook.json(at, by)).collect();
                Response::json(200, &Value::Object(self.paged(request, "webhooks", list)))
            }
            ("POST", []) => self.make_webhook(&body["webhook"]),
            ("GET", [id]) => match self.webhooks.iter().find(|webhook| webhook.id == *id) {
                Some(webhook) => Response::json(200, &json!({"webhook": webhook.json(self.now(), self.api_user)})),
                None => not_found(),
            },
            ("PUT" | "PATCH", [id]) => self.change_webhook(id, &body["webhook"]),
            ("DELETE", [id]) => self.delete_webhook(id),
            ("GET" | "POST", [id, "signing_secret"]) => {
                let Some(webhook) = self.webhooks.iter().find(|webhook| webhook.id == *id) else { return not_found() };
                let secret = json!({"algorithm": "sha256", "secret": self.secret_of(webhook)});
                let status = if request.method == "GET" { 200 } else { 201 };
                Response::json(status, &json!({"signing_secret": secret}))
            }
            _ => not_found(),
        }
    }

    pub(super) fn is_admin(&self) -> bool {
        self.users.get(&self.api_user).is_some_and(|user| user.role == "admin")
    }

    fn make_webhook(&mut self, wanted: &Value) -> Response {
        for required in ["name", "endpoint", "http_method", "request_format", "status"] {
            if wanted[required].as_str().is_none_or(str::is_empty) {
                return wrong("InvalidWebhook", &format!("{required} is missing"));
            }
        }
        if self.webhooks.len() >= self.webhooks_most {
            return forbidden("The limit of webhooks of this account is reached");
        }
        let is_first = !self.webhooks.iter().any(|webhook| webhook.id == self.webhook_id);
        let id = if is_first { self.webhook_id.clone() } else { self.random.ulid() };
        let secret = if is_first { None } else { Some(self.random.uuid()) };
        let mut webhook = Webhook::new(id, secret);
        webhook.write(wanted);
        if let Err(refused) = self.may_be(&webhook) {
            return refused;
        }
        let shown = webhook.json(self.now(), self.api_user);
        self.webhooks.push(webhook);
        Response::json(201, &json!({ "webhook": shown }))
    }

    /// Whether triggers call a webhook stays as it is: "You can't change an existing webhook's connection method."
    fn change_webhook(&mut self, id: &str, wanted: &Value) -> Response {
        let Some(place) = self.webhooks.iter().position(|webhook| webhook.id == id) else { return not_found() };
        let mut changed = self.webhooks[place].clone();
        changed.write(wanted);
        if changed.is_for_triggers() != self.webhooks[place].is_for_triggers() {
            return wrong("InvalidWebhook", "The connection method of a webhook cannot be changed");
        }
        if let Err(refused) = self.may_be(&changed) {
            return refused;
        }
        self.webhooks[place] = changed;
        Response::empty(204)
    }

    /// A webhook that a trigger calls is not deleted: a guess.
    fn delete_webhook(&mut self, id: &str) -> Response {
        if self.is_called(id) {
            return wrong("WebhookInUse", "The webhook is connected to active triggers or automations");
        }
        let before = self.webhooks.len();
        self.webhooks.retain(|webhook| webhook.id != id);
        if self.webhooks.len() < before { Response::empty(204) } else { not_found() }
    }

    fn may_be(&self, webhook: &Webhook) -> Result<(), Response> {
        let of_events = !webhook.subscriptions.is_empty() && !webhook.is_for_triggers();
        if webhook.is_for_triggers() && webhook.subscriptions.len() > 1 {
            return Err(wrong("InvalidWebhook", "conditional_ticket_events cannot be mixed with other subscriptions"));
        }
        if of_events && (webhook.method != "POST" || webhook.format != "json") {
            return Err(wrong("InvalidWebhook", "A webhook that is subscribed to events must send JSON with POST"));
        }
        let unknown = webhook.subscriptions.iter().find(|kind| !self.offers(kind));
        unknown.map_or(Ok(()), |kind| {
            Err(wrong("InvalidWebhook", &format!("{kind} is not a subscription of this account")))
        })
    }

    /// Whether there is such a subscription. Zendesk's answer to one that there is not is a guess.
    fn offers(&self, kind: &str) -> bool {
        if kind == BY_TRIGGER {
            return true;
        }
        match kind.strip_prefix("zen:event-type:").and_then(|name| name.split_once('.')) {
            Some(("ticket", name)) => self.ticket_events && TICKET_EVENTS.contains(&name),
            Some(("user", name)) => USER_EVENTS.contains(&name),
            _ => false,
        }
    }
}

fn wrong(code: &str, title: &str) -> Response {
    Response::json(400, &json!({"errors": [{"code": code, "title": title}]}))
}
