//! Routing and authentication.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answers::{listed, not_found};
use super::state::ZendeskState;
use super::ticket::Ticket;
use crate::message::{Request, Response};

impl ZendeskState {
    /// Answers a request. Paths are accepted with and without `.json`.
    pub(super) fn route(&mut self, request: &Request) -> Response {
        let trimmed: Vec<&str> =
            request.parts().into_iter().map(|part| part.strip_suffix(".json").unwrap_or(part)).collect();
        if let ["agent", "tickets", id] = trimmed.as_slice() {
            return self.page(id);
        }
        let ["api", "v2", rest @ ..] = trimmed.as_slice() else {
            return not_found();
        };
        if !self.authenticates(request) {
            return Response::json(401, &json!({"error": "Couldn't authenticate you"}));
        }
        let Some(body) = request.json() else {
            let error = json!({"title": "Invalid JSON", "message": "The request body could not be parsed as JSON"});
            return Response::json(400, &json!({"error": error}));
        };
        match (request.method.as_str(), rest) {
            ("GET", ["users", "me"]) => self.user(self.api_user),
            ("GET", ["users", "show_many"]) => {
                let ids = numbers(request.parameter("ids"));
                let mut answer = json!({"users": self.users_json(ids.iter()), "next_page": null, "count": ids.len()});
                if request
                    .parameter("include")
                    .is_some_and(|include| include.split(',').any(|beside| beside == "identities"))
                {
                    answer["identities"] = self.identities_json(ids.iter());
                }
                Response::json(200, &answer)
            }
            ("GET", ["users", id]) => self.user(number(id)),
            ("GET", ["users", id, "identities"]) => match self.users.get(&number(id)) {
                Some(user) => {
                    let meta = json!({"has_more": false, "after_cursor": null, "before_cursor": null});
                    Response::json(200, &json!({"identities": user.identities(&self.base), "meta": meta}))
                }
                None => not_found(),
            },
            ("GET", ["organizations", "show_many"]) => self.organizations_named(&numbers(request.parameter("ids"))),
            ("GET", ["organizations", id]) => match self.organizations.get(&number(id)) {
                Some(organization) => Response::json(200, &json!({"organization": organization.json(&self.base)})),
                None => not_found(),
            },
            ("GET", ["ticket_fields"]) => listed("ticket_fields", &self.fields),
            ("GET", ["satisfaction_ratings"]) => listed("satisfaction_ratings", &self.ratings),
            ("GET", ["brands"]) => {
                let brand =
                    json!({"id": super::change::DEFAULT_BRAND, "name": "Practice", "default": true, "active": true});
                listed("brands", &[brand])
            }
            ("GET", ["incremental", "tickets", "cursor"]) => self.export(request),
            (_, ["webhooks", ..]) => self.webhooks(request, &rest[1..], &body),
            (_, ["macros", ..]) => self.macros(request, &rest[1..], &body),
            (_, ["triggers", ..]) => self.triggers(request, &rest[1..], &body),
            ("GET", ["trigger_categories"]) => self.trigger_categories(request),
            ("POST", ["tickets"]) => self.create(request, &body),
            ("GET", ["tickets"]) => self.tickets_listed(request),
            ("GET", ["tickets", "show_many"]) => self.tickets_named(request, &numbers(request.parameter("ids"))),
            (method, ["tickets", id, what @ ..]) => self.one_ticket(request, method, number(id), what, &body),
            _ => not_found(),
        }
    }

    fn one_ticket(&mut self, request: &Request, method: &str, id: u64, what: &[&str], body: &Value) -> Response {
        if self.tickets.get(&id).is_none_or(Ticket::is_deleted) {
            return not_found();
        }
        match (method, what) {
            ("GET", []) => self.show(request, id),
            ("PUT", []) => self.update(id, body),
            ("DELETE", []) => {
                self.soft_delete(id, self.api_actor(), "soft_deleted");
                Response::empty(204)
            }
            ("GET", ["comments"]) => self.comments(request, id),
            ("GET", ["audits"]) => self.audits(request, id),
            ("GET", ["tags"]) => Response::json(200, &json!({"tags": self.tickets[&id].tags})),
            ("PUT" | "POST" | "DELETE", ["tags"]) => self.tag(method, id, body),
            ("POST", ["merge"]) => self.merge_into(id, body),
            _ => not_found(),
        }
    }

    fn authenticates(&self, request: &Request) -> bool {
        let Some((scheme, credentials)) = request.header("authorization").and_then(|value| value.split_once(' '))
        else {
            return false;
        };
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => credentials == self.token,
            "basic" => {
                let wanted = format!("{}/token:{}", self.email, self.token);
                STANDARD.decode(credentials).is_ok_and(|given| given == wanted.as_bytes())
            }
            _ => false,
        }
    }

    fn user(&self, id: u64) -> Response {
        match self.users.get(&id) {
            Some(user) => Response::json(200, &json!({"user": user.json(&self.base)})),
            None => not_found(),
        }
    }

    fn organizations_named(&self, ids: &[u64]) -> Response {
        let known = ids.iter().filter_map(|id| self.organizations.get(id));
        let known: Vec<Value> = known.map(|organization| organization.json(&self.base)).collect();
        listed("organizations", &known)
    }
}

/// An id in a path. Anything else becomes 0, which no record has.
fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

fn numbers(list: Option<&str>) -> Vec<u64> {
    list.unwrap_or_default().split(',').filter_map(|id| id.trim().parse().ok()).collect()
}
