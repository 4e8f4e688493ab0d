//! The lists of the API: comments, audits and tickets in pages, the incremental export.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::answers::not_found;
use super::comment::{Audit, TicketComment};
use super::state::ZendeskState;
use super::ticket::Ticket;
use crate::message::{Request, Response};
use crate::page::{PageEntry, page};
use crate::text::percent_encoded;

/// The largest and the default size of a page.
const PAGE_LIMIT: usize = 100;
/// The same for the incremental export.
const EXPORT_LIMIT: usize = 1_000;

impl ZendeskState {
    /// `GET /tickets/{id}/comments`: oldest first, unless `sort=-created_at` or `sort_order=desc` is given.
    pub(super) fn comments(&self, request: &Request, id: u64) -> Response {
        let ticket = &self.tickets[&id];
        let listed = ticket.comments.iter().filter(|comment| comment.at <= self.listed_until());
        let mut comments: Vec<Value> = listed.map(TicketComment::json).collect();
        for comment in comments.iter_mut().filter(|_| !self.shows_addresses) {
            comment["html_body"] = comment["plain_body"].clone();
            comment["metadata"] = json!({});
        }
        if request.parameter("sort") == Some("-created_at") || request.parameter("sort_order") == Some("desc") {
            comments.reverse();
        }
        let mut body = self.paged(request, "comments", comments);
        if request.parameter("include").is_some_and(|include| include.contains("users")) {
            let authors = ticket.comments.iter().map(|comment| &comment.author_id);
            let unique: BTreeSet<&u64> = authors.collect();
            body.insert("users".to_owned(), self.users_json(unique.into_iter()));
        }
        Response::json(200, &Value::Object(body))
    }

    pub(super) fn audits(&self, request: &Request, id: u64) -> Response {
        let listed = self.tickets[&id].audits.iter().filter(|audit| audit.at <= self.listed_until());
        let audits = listed.map(Audit::json).collect();
        Response::json(200, &Value::Object(self.paged(request, "audits", audits)))
    }

    /// What is newer than this is not in lists yet.
    fn listed_until(&self) -> i64 {
        self.now() - self.lists_lag_s * 1_000_000
    }

    pub(super) fn tickets_listed(&self, request: &Request) -> Response {
        let tickets = self.tickets.values().filter(|ticket| !ticket.is_deleted());
        let tickets = tickets.map(|ticket| ticket.json(&self.base)).collect();
        Response::json(200, &Value::Object(self.paged(request, "tickets", tickets)))
    }

    /// Cursor pages if `page[size]` is given, numbered pages otherwise.
    pub(super) fn paged(&self, request: &Request, name: &str, list: Vec<Value>) -> Map<String, Value> {
        let total = list.len();
        let by_cursor = request.parameter("page[size]").is_some();
        let size = request.parameter_number("page[size]").or_else(|| request.parameter_number("per_page"));
        let size = size.unwrap_or(PAGE_LIMIT).clamp(1, PAGE_LIMIT);
        let start = if by_cursor {
            request
                .parameter("page[after]")
                .and_then(read_cursor)
                .and_then(|place| usize::try_from(place).ok())
                .unwrap_or(0)
        } else {
            (request.parameter_number("page").unwrap_or(1).max(1) - 1).saturating_mul(size)
        };
        let end = start.saturating_add(size).min(total);
        let page: Vec<Value> = list.into_iter().skip(start).take(size).collect();
        let more = end < total;
        let mut body = Map::from_iter([(name.to_owned(), Value::Array(page))]);
        let address = |name: &str, value: &str| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(request.query.iter().filter(|(known, _)| known != name));
            query.append_pair(name, value);
            format!("{}{}?{}", self.base, request.path, query.finish())
        };
        if by_cursor {
            let after = cursor(end as u64);
            let next = address("page[after]", &after);
            body.insert(
                "meta".to_owned(),
                json!({"has_more": more, "after_cursor": after, "before_cursor": cursor(start as u64)}),
            );
            body.insert("links".to_owned(), json!({"next": more.then_some(next), "prev": null}));
        } else {
            let next = address("page", &(start / size).saturating_add(2).to_string());
            body.insert("count".to_owned(), json!(total));
            body.insert("next_page".to_owned(), json!(more.then_some(next)));
            body.insert("previous_page".to_owned(), Value::Null);
        }
        body
    }

    /// `GET /incremental/tickets/cursor`: tickets in the order in which they last changed, deleted ones included.
    ///
    /// Zendesk withholds the last minute, as documented. The option `export_lag_s` shortens that.
    pub(super) fn export(&self, request: &Request) -> Response {
        let now = self.now();
        let mut changed: Vec<&Ticket> = self.tickets.values().collect();
        changed.sort_by_key(|ticket| ticket.change);
        changed.retain(|ticket| ticket.updated_at <= now - self.export_lag_s * 1_000_000);
        match (request.parameter("cursor"), request.parameter("start_time")) {
            (Some(text), _) => {
                let Some(place) = read_cursor(text) else {
                    return Response::json(400, &json!({"error": "InvalidValue", "description": "Invalid cursor"}));
                };
                changed.retain(|ticket| ticket.change > place);
            }
            (None, Some(text)) => {
                let Ok(start_s) = text.parse::<i64>() else {
                    return Response::json(400, &json!({"error": "InvalidValue", "description": "Invalid start_time"}));
                };
                if start_s > now / 1_000_000 - self.export_lag_s {
                    let text = "Too recent start_time. Use a start_time older than 60 seconds";
                    return Response::json(422, &json!({"error": "StartTimeTooRecent", "description": text}));
                }
                changed.retain(|ticket| ticket.updated_at >= start_s.saturating_mul(1_000_000));
            }
            (None, None) => {
                let text = "Missing required parameter: start_time";
                return Response::json(400, &json!({"error": "InvalidValue", "description": text}));
            }
        }
        let size = request.parameter_number("per_page").unwrap_or(EXPORT_LIMIT).clamp(1, EXPORT_LIMIT);
        let more = changed.len() > size;
        changed.truncate(size);
        let last = changed.last().map(|ticket| ticket.change);
        let place = last.or_else(|| request.parameter("cursor").and_then(read_cursor)).unwrap_or(0);
        let after = cursor(place);
        let url = format!("{}/api/v2/incremental/tickets/cursor.json?cursor={}", self.base, percent_encoded(&after));
        let tickets: Vec<Value> = changed.iter().map(|ticket| ticket.json(&self.base)).collect();
        let mut body = Map::from_iter([
            ("tickets".to_owned(), json!(tickets)),
            ("after_cursor".to_owned(), json!(after)),
            ("after_url".to_owned(), json!(url)),
            ("before_cursor".to_owned(), Value::Null),
            ("before_url".to_owned(), Value::Null),
            ("end_of_stream".to_owned(), json!(!more)),
        ]);
        for (name, load) in self.side_loads(request.parameter("include"), &changed) {
            body.insert(name.to_owned(), load);
        }
        Response::json(200, &Value::Object(body))
    }

    /// A ticket as a page for people.
    pub(super) fn page(&self, id: &str) -> Response {
        let Some(ticket) = id.parse().ok().and_then(|id: u64| self.tickets.get(&id)) else {
            return not_found();
        };
        let remark = |comment: &TicketComment| if comment.public { "" } else { "internal note" };
        let entries: Vec<PageEntry<'_>> = ticket
            .comments
            .iter()
            .map(|comment| PageEntry {
                author: &comment.author,
                remark: remark(comment),
                html: comment.html_body.clone(),
            })
            .collect();
        page("Practice helpdesk", &format!("{} #{}", ticket.subject, ticket.id), &ticket.status, &entries)
    }
}

fn cursor(place: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("place {place}"))
}

fn read_cursor(text: &str) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix("place ")?.parse().ok()
}
