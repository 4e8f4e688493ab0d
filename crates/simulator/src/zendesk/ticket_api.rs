//! Reading and writing tickets through the API, with Zendesk's refusals.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::answers::invalid;
use super::change::{TicketChange, TicketDraft, ZendeskActor};
use super::comment::CommentDraft;
use super::state::ZendeskState;
use super::ticket::Ticket;
use crate::clock;
use crate::message::{Request, Response};

const STATUSES: [&str; 6] = ["new", "open", "pending", "hold", "solved", "closed"];
/// How many tickets can be asked for by their numbers at once.
const NAMED_LIMIT: usize = 100;
/// Zendesk's documented limit of an idempotency key.
const KEY_LIMIT: usize = 255;

impl ZendeskState {
    pub(super) const fn api_actor(&self) -> ZendeskActor {
        ZendeskActor { user_id: self.api_user, channel: "api" }
    }

    pub(super) fn show(&self, request: &Request, id: u64) -> Response {
        let ticket = &self.tickets[&id];
        let mut body = Map::from_iter([("ticket".to_owned(), ticket.json(&self.base))]);
        for (name, load) in self.side_loads(request.parameter("include"), &[ticket]) {
            body.insert(name.to_owned(), load);
        }
        Response::json(200, &Value::Object(body))
    }

    /// `GET /tickets/show_many`: without a word about those that are not there (`zendesk/zendesk_api_client_rb#103`), in an order of
    /// its own, and none at all where there is a number too many (`Speedygeek/ZendeskApi_v2#72`, facetoe/zenpy#467).
    pub(super) fn tickets_named(&self, request: &Request, ids: &[u64]) -> Response {
        let given = request.parameter("ids").unwrap_or_default().split(',').count();
        if given > NAMED_LIMIT || given != ids.len() {
            let text = "ids must be a list of at most 100 numbers";
            return Response::json(400, &json!({"error": "InvalidValue", "description": text}));
        }
        if ids.iter().any(|id| self.breaks_many.contains(id)) {
            return Response::json(500, &json!({"error": "InternalError", "description": "Something went wrong"}));
        }
        let named: BTreeSet<u64> = ids.iter().filter(|id| !self.left_out_of_many.contains(*id)).copied().collect();
        let found: Vec<&Ticket> =
            named.iter().rev().filter_map(|id| self.tickets.get(id)).filter(|ticket| !ticket.is_deleted()).collect();
        let list: Vec<Value> = found.iter().map(|ticket| ticket.json(&self.base)).collect();
        let mut body = Map::from_iter([("count".to_owned(), json!(list.len())), ("tickets".to_owned(), json!(list))]);
        let include = request.parameter("include").filter(|_| self.sends_beside_many);
        for (name, load) in self.side_loads(include, &found) {
            body.insert(name.to_owned(), load);
        }
        Response::json(200, &Value::Object(body))
    }

    /// `POST /tickets`, with follow-ups of closed tickets and idempotency keys.
    pub(super) fn create(&mut self, request: &Request, body: &Value) -> Response {
        let key = request.header("idempotency-key").map(str::to_owned);
        if let Some(answer) = key.as_deref().and_then(|key| self.created_before(key, body)) {
            return answer;
        }
        let opening = match self.opening(&body["ticket"]) {
            Ok(opening) => opening,
            Err(refusal) => return refusal,
        };
        let id = self.open(self.api_actor(), opening);
        if let Some(key) = key.clone() {
            self.idempotent.insert(key, (body.clone(), id));
        }
        let answer = self.created(id);
        if key.is_some() { answer.header("x-idempotency-lookup", "miss") } else { answer }
    }

    fn created_before(&self, key: &str, body: &Value) -> Option<Response> {
        let refused =
            |text: &str| Response::json(400, &json!({"error": "IdempotentRequestError", "description": text}));
        if key.len() > KEY_LIMIT {
            return Some(refused("The idempotency key is too long"));
        }
        let (earlier, id) = self.idempotent.get(key)?;
        if earlier != body {
            return Some(refused("Request parameters do not match the given idempotency key"));
        }
        Some(self.created(*id).header("x-idempotency-lookup", "hit"))
    }

    fn created(&self, id: u64) -> Response {
        let ticket = &self.tickets[&id];
        let audit = ticket.audits.first().map(super::comment::Audit::json);
        Response::json(201, &json!({"ticket": ticket.json(&self.base), "audit": audit}))
            .header("location", format!("{}/api/v2/tickets/{id}.json", self.base))
    }

    fn opening(&mut self, ticket: &Value) -> Result<TicketDraft, Response> {
        let words = CommentDraft::read(ticket).ok_or_else(|| invalid("base", "Description: cannot be blank"))?;
        let followup_of = ticket["via_followup_source_id"].as_u64();
        if let Some(source) = followup_of {
            let closed = self.tickets.get(&source).is_some_and(|source| source.status == "closed");
            if !closed {
                return Err(invalid("base", "Via followup source: is not a closed ticket"));
            }
        }
        let source = followup_of.and_then(|source| self.tickets.get(&source)).cloned();
        let requester_id = self
            .requester(ticket)
            .or_else(|| source.as_ref().map(|source| source.requester_id))
            .unwrap_or(self.api_user);
        let subject = ticket["subject"].as_str().map(str::to_owned);
        // A follow-up takes over the tags of its source unless it brings its own.
        let tags = tags_of(&ticket["tags"]).or_else(|| source.as_ref().map(|source| source.tags.clone()));
        let status = status_of(ticket)?;
        if let Some(field) = self.required_when_solving.as_ref().filter(|_| status.as_deref() == Some("solved")) {
            return Err(invalid("base", &format!("{field}: is required when solving a ticket")));
        }
        Ok(TicketDraft {
            subject: subject.or_else(|| source.as_ref().map(|source| source.subject.clone())).unwrap_or_default(),
            words: Some(CommentDraft { author_id: words.author_id.or(Some(self.api_user)), ..words }),
            requester_id,
            tags: tags.unwrap_or_default(),
            status,
            custom_fields: fields_of(ticket),
            brand_id: ticket["brand_id"].as_u64().or_else(|| source.as_ref().map(|source| source.brand_id)),
            assignee_id: ticket["assignee_id"].as_u64(),
            priority: ticket["priority"].as_str().map(str::to_owned),
            kind: ticket["type"].as_str().map(str::to_owned),
            external_id: ticket["external_id"].as_str().map(str::to_owned),
            followup_of,
        })
    }

    fn requester(&mut self, ticket: &Value) -> Option<u64> {
        if let Some(id) = ticket["requester_id"].as_u64() {
            return Some(id);
        }
        let email = ticket["requester"]["email"].as_str()?;
        let known = self.users.values().find(|user| user.email == email).map(|user| user.id);
        let name = ticket["requester"]["name"].as_str().unwrap_or(email);
        Some(known.unwrap_or_else(|| self.add_user(name, email, "end-user")))
    }

    /// `PUT /tickets/{id}`.
    pub(super) fn update(&mut self, id: u64, body: &Value) -> Response {
        let wanted = &body["ticket"];
        if let Some(refusal) = self.refuses(id, wanted) {
            return refusal;
        }
        let status = match status_of(wanted) {
            Ok(status) => status,
            Err(refusal) => return refusal,
        };
        let words = CommentDraft::read(wanted);
        let author = words.as_ref().and_then(|words| words.author_id);
        if author.is_some_and(|author| !self.users.contains_key(&author)) {
            return invalid("comment", "Author: is invalid");
        }
        let change = TicketChange {
            words,
            status,
            tags: tags_of(&wanted["tags"]),
            custom_fields: fields_of(wanted),
            subject: wanted["subject"].as_str().map(str::to_owned),
            priority: wanted["priority"].as_str().map(str::to_owned),
            assignee_id: wanted["assignee_id"].as_u64(),
            ..TicketChange::default()
        };
        self.change(id, self.api_actor(), change);
        let ticket = &self.tickets[&id];
        let audit = ticket.audits.last().map(super::comment::Audit::json);
        Response::json(200, &json!({"ticket": ticket.json(&self.base), "audit": audit}))
    }

    /// `PUT` adds tags, `POST` sets them, `DELETE` removes them.
    pub(super) fn tag(&mut self, method: &str, id: u64, body: &Value) -> Response {
        if let Some(refusal) = self.refuses(id, body) {
            return refusal;
        }
        let given = tags_of(&body["tags"]).unwrap_or_default();
        let now = &self.tickets[&id].tags;
        let tags: BTreeSet<String> = match method {
            "PUT" => now.union(&given).cloned().collect(),
            "POST" => given,
            _ => now.difference(&given).cloned().collect(),
        };
        self.change(id, self.api_actor(), TicketChange { tags: Some(tags), ..TicketChange::default() });
        let status = match method {
            "PUT" => 200,
            "POST" => 201,
            _ => return Response::empty(204),
        };
        Response::json(status, &json!({"tags": self.tickets[&id].tags}))
    }

    /// `POST /tickets/{target}/merge`.
    pub(super) fn merge_into(&mut self, target: u64, body: &Value) -> Response {
        let sources: Vec<u64> = body["ids"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        let open = |id: &u64| {
            self.tickets.get(id).is_some_and(|ticket| !matches!(ticket.status.as_str(), "closed" | "deleted"))
        };
        if !sources.iter().chain([&target]).all(open) {
            return invalid("base", "Ticket: is closed or does not exist");
        }
        let words = |text: &str, public: &str| {
            body[text].as_str().map(|words| CommentDraft::plain(words, body[public].as_bool().unwrap_or(false)))
        };
        let comments =
            [words("source_comment", "source_comment_is_public"), words("target_comment", "target_comment_is_public")];
        self.merge(&sources, target, self.api_actor(), comments);
        let id = self.random.uuid().replace('-', "");
        let status = json!({
            "id": id, "url": format!("{}/api/v2/job_statuses/{id}.json", self.base), "job_type": "Ticket Merge",
            "total": null, "progress": null, "status": "queued", "message": null, "results": null,
        });
        Response::json(200, &json!({"job_status": status}))
    }

    /// Why a ticket does not take a write, if it does not: it is closed, or somebody was faster.
    fn refuses(&self, id: u64, wanted: &Value) -> Option<Response> {
        let ticket = &self.tickets[&id];
        if ticket.status == "closed" {
            return Some(invalid("status", "Status: closed prevents ticket update"));
        }
        let safe = wanted["safe_update"].as_bool() == Some(true) || wanted["safe_update"].as_str() == Some("true");
        let seen = wanted["updated_stamp"].as_str().and_then(clock::parse);
        // Stamps have whole seconds.
        let newest = clock::parse(&clock::seconds_text(ticket.updated_at));
        if safe && seen < newest {
            let text = "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.";
            return Some(Response::json(409, &json!({"error": "UpdateConflict", "description": text})));
        }
        None
    }
}

fn status_of(ticket: &Value) -> Result<Option<String>, Response> {
    match ticket["status"].as_str() {
        None => Ok(None),
        Some(status) if STATUSES.contains(&status) => Ok(Some(status.to_owned())),
        Some(status) => Err(invalid("status", &format!("Status: {status} is not valid"))),
    }
}

/// A list, or words in one string; tags never contain spaces.
fn tags_of(tags: &Value) -> Option<BTreeSet<String>> {
    let words: Vec<&str> = match tags {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => vec![text],
        _ => return None,
    };
    Some(
        words
            .iter()
            .flat_map(|words| words.split([' ', ',']))
            .filter(|tag| !tag.is_empty())
            .map(str::to_lowercase)
            .collect(),
    )
}

fn fields_of(ticket: &Value) -> Vec<(u64, Value)> {
    let fields = ticket["custom_fields"].as_array().into_iter().flatten();
    fields.filter_map(|field| Some((field["id"].as_u64()?, field["value"].clone()))).collect()
}
