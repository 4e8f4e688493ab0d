//! Macros, triggers and the categories of triggers.
//!
//! Fields and statuses follow Zendesk's "Support API" 2.0.0 description (`MacroObject`, `TriggerObject`,
//! `TriggerWithCategoryRequest`): a macro is made with 200, a trigger with 201. What is marked as a guess is not said there.

use serde_json::{Value, json};

use super::answers::{forbidden, invalid, not_found};
use super::instance::Zendesk;
use super::state::ZendeskState;
use crate::clock::seconds_text;
use crate::message::{Request, Response};

impl Zendesk {
    /// Every macro as the API shows it, oldest first.
    pub fn macros(&self) -> Vec<Value> {
        self.act(|state| state.macros.clone())
    }

    /// Every trigger as the API shows it, oldest first.
    pub fn triggers(&self) -> Vec<Value> {
        self.act(|state| state.triggers.clone())
    }

    /// Triggers have no categories in this account ("Ticket trigger categories are not enabled for your account").
    pub fn has_no_trigger_categories(&self) {
        self.act(|state| state.trigger_categories = None);
    }
}

impl ZendeskState {
    /// `/macros...`. Admins see the personal ones of everybody, too; `access=shared` leaves these out.
    pub(super) fn macros(&mut self, request: &Request, rest: &[&str], body: &Value) -> Response {
        let wanted = &body["macro"];
        match (request.method.as_str(), rest) {
            ("GET", []) => {
                let shared = request.parameter("access") == Some("shared");
                let listed = self.macros.iter().filter(|one| !shared || one["restriction"]["type"] != "User");
                let listed = listed.cloned().collect();
                Response::json(200, &Value::Object(self.paged(request, "macros", listed)))
            }
            ("POST", []) => {
                if let Some(refused) = lacking(wanted) {
                    return refused;
                }
                let made = self.rule("macros", wanted, &json!({"restriction": null}));
                self.macros.push(made.clone());
                Response::json(200, &json!({ "macro": made }))
            }
            (method, [id]) => changed(&mut self.macros, method, id, "macro", wanted),
            _ => not_found(),
        }
    }

    /// `/triggers...`.
    pub(super) fn triggers(&mut self, request: &Request, rest: &[&str], body: &Value) -> Response {
        let wanted = &body["trigger"];
        match (request.method.as_str(), rest) {
            ("GET", []) => {
                let listed = self.triggers.clone();
                Response::json(200, &Value::Object(self.paged(request, "triggers", listed)))
            }
            ("POST", []) => {
                if !self.is_admin() {
                    return forbidden("You do not have access to this page");
                }
                if let Some(refused) = lacking(wanted).or_else(|| self.without_a_category(wanted)) {
                    return refused;
                }
                let made = self.rule("triggers", wanted, &json!({}));
                self.triggers.push(made.clone());
                Response::json(201, &json!({ "trigger": made }))
            }
            (method, [id]) => changed(&mut self.triggers, method, id, "trigger", wanted),
            _ => not_found(),
        }
    }

    /// `GET /trigger_categories`, whose ids are strings.
    pub(super) fn trigger_categories(&self, request: &Request) -> Response {
        let Some(ids) = &self.trigger_categories else {
            let title = "Ticket trigger categories are not enabled for your account";
            return Response::json(403, &json!({"errors": [{"code": "TriggerCategoriesNotEnabled", "title": title}]}));
        };
        let listed =
            ids.iter().map(|id| json!({"id": id.to_string(), "name": "Notifications", "position": 0})).collect();
        Response::json(200, &Value::Object(self.paged(request, "trigger_categories", listed)))
    }

    /// Where there are categories, a trigger has to have one (PipedreamHQ/pipedream#17497). The answer is a guess.
    fn without_a_category(&self, wanted: &Value) -> Option<Response> {
        let ids = self.trigger_categories.as_ref()?;
        let named = wanted["category_id"].as_str().and_then(|id| id.parse().ok());
        let is_fine = named.is_some_and(|id| ids.contains(&id)) || wanted["category"]["name"].is_string();
        (!is_fine).then(|| invalid("category_id", "Category: cannot be blank"))
    }

    fn rule(&mut self, folder: &str, wanted: &Value, more: &Value) -> Value {
        let id = self.new_id();
        let now = seconds_text(self.now());
        let mut rule = json!({"id": id, "url": format!("{}/api/v2/{folder}/{id}.json", self.base), "active": true,
            "description": null, "position": 1, "default": false, "created_at": now, "updated_at": now});
        for from in [more, wanted] {
            merge(&mut rule, from);
        }
        rule
    }

    /// Whether an active trigger calls this webhook.
    pub(super) fn is_called(&self, webhook: &str) -> bool {
        self.triggers.iter().any(|trigger| trigger["active"] == true && message(trigger, webhook).is_some())
    }

    /// The messages that active triggers send to the webhook when this user creates or changes a ticket.
    pub(super) fn called_by(&self, actor: u64, update_type: &str) -> Vec<String> {
        let Some(webhook) = self.sending() else { return Vec::new() };
        let active = self.triggers.iter().filter(|trigger| trigger["active"] == true);
        let meant = active.filter(|trigger| {
            let all = trigger["conditions"]["all"].as_array().into_iter().flatten();
            let any: Vec<&Value> = trigger["conditions"]["any"].as_array().into_iter().flatten().collect();
            let holds = |condition: &&Value| holds(condition, actor, update_type);
            all.into_iter().all(|condition| holds(&condition)) && (any.is_empty() || any.iter().any(holds))
        });
        meant.filter_map(|trigger| message(trigger, &webhook.id)).collect()
    }
}

/// Only the conditions that a connection uses are known.
fn holds(condition: &Value, actor: u64, update_type: &str) -> bool {
    let is = match condition["field"].as_str() {
        Some("update_type") => condition["value"] == update_type,
        Some("current_user_id") => condition["value"].as_str().and_then(|id| id.parse().ok()) == Some(actor),
        _ => return false,
    };
    if condition["operator"] == "is_not" { !is } else { is }
}

/// What a trigger sends to this webhook. Actions of other kinds have values of other shapes (n8n-io/n8n#28075).
fn message(trigger: &Value, webhook: &str) -> Option<String> {
    let actions = trigger["actions"].as_array()?;
    let calls =
        actions.iter().find(|action| action["field"] == "notification_webhook" && action["value"][0] == webhook)?;
    calls["value"][1].as_str().map(str::to_owned)
}

/// A rule needs a title and an action.
fn lacking(wanted: &Value) -> Option<Response> {
    if wanted["title"].as_str().is_none_or(|title| title.trim().is_empty()) {
        return Some(invalid("title", "Title: cannot be blank"));
    }
    wanted["actions"].as_array().is_none_or(Vec::is_empty).then(|| invalid("actions", "Actions: cannot be blank"))
}

fn changed(rules: &mut Vec<Value>, method: &str, id: &str, name: &str, wanted: &Value) -> Response {
    let Some(place) = rules.iter().position(|rule| id.parse().is_ok_and(|id: u64| rule["id"] == id)) else {
        return not_found();
    };
    match method {
        "GET" => Response::json(200, &json!({ name: rules[place] })),
        "PUT" => {
            merge(&mut rules[place], wanted);
            Response::json(200, &json!({ name: rules[place] }))
        }
        "DELETE" => {
            rules.remove(place);
            Response::empty(204)
        }
        _ => not_found(),
    }
}

fn merge(rule: &mut Value, from: &Value) {
    for (name, value) in from.as_object().into_iter().flatten() {
        rule[name] = value.clone();
    }
}
