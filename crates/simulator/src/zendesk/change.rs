//! How a ticket changes, through people and through the API alike: each change makes one audit and its webhooks.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::comment::{Audit, CommentDraft, TicketComment};
use super::state::ZendeskState;
use super::ticket::Ticket;

/// Who changes something, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct ZendeskActor {
    pub(super) user_id: u64,
    /// `web`, `email` or `api`.
    pub(super) channel: &'static str,
}

/// A ticket to be opened.
#[derive(Debug, Clone, Default)]
pub(super) struct TicketDraft {
    pub(super) subject: String,
    pub(super) words: Option<CommentDraft>,
    pub(super) requester_id: u64,
    pub(super) tags: BTreeSet<String>,
    pub(super) status: Option<String>,
    pub(super) custom_fields: Vec<(u64, Value)>,
    pub(super) brand_id: Option<u64>,
    pub(super) assignee_id: Option<u64>,
    pub(super) priority: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) followup_of: Option<u64>,
}

/// The fields to change. What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct TicketChange {
    pub(super) words: Option<CommentDraft>,
    pub(super) status: Option<String>,
    pub(super) tags: Option<BTreeSet<String>>,
    pub(super) custom_fields: Vec<(u64, Value)>,
    pub(super) subject: Option<String>,
    pub(super) priority: Option<String>,
    pub(super) assignee_id: Option<u64>,
    pub(super) requester_id: Option<u64>,
}

/// The brand of tickets that do not name one.
pub(super) const DEFAULT_BRAND: u64 = 8_447_346_621_310;

impl ZendeskState {
    /// Opens a ticket.
    pub(super) fn open(&mut self, actor: ZendeskActor, opening: TicketDraft) -> u64 {
        let id = self.new_ticket_id();
        let now = self.now();
        let ticket = Ticket {
            id,
            subject: opening.subject,
            description: opening.words.as_ref().map(|words| words.plain.clone()).unwrap_or_default(),
            status: opening.status.unwrap_or_else(|| "new".to_owned()),
            kind: opening.kind,
            priority: opening.priority,
            tags: opening.tags,
            custom_fields: opening.custom_fields.into_iter().collect(),
            requester_id: opening.requester_id,
            // "The submitter always becomes the author of the first comment": Zendesk's reference of tickets.
            submitter_id: opening.words.as_ref().and_then(|words| words.author_id).unwrap_or(actor.user_id),
            assignee_id: opening.assignee_id,
            organization_id: self.users.get(&opening.requester_id).and_then(|user| user.organization_id),
            brand_id: opening.brand_id.unwrap_or(DEFAULT_BRAND),
            followup_of: opening.followup_of,
            followup_ids: Vec::new(),
            problem_id: None,
            merged_into: None,
            channel: actor.channel,
            external_id: opening.external_id,
            rating: None,
            created_at: now,
            updated_at: now,
            comments: Vec::new(),
            audits: Vec::new(),
            change: 0,
        };
        self.tickets.insert(id, ticket);
        if let Some(source) = opening.followup_of.and_then(|source| self.tickets.get_mut(&source)) {
            source.followup_ids.push(id);
        }
        let mut events = vec![json!({"type": "Create", "field_name": "subject"})];
        if let Some(words) = opening.words {
            let author = words.author_id.unwrap_or(opening.requester_id);
            let (_, event) = self.add_comment(id, actor, author, words);
            events.push(event);
        }
        self.record(id, actor, events);
        self.emit(id, actor.user_id, vec![("created", json!({}))]);
        id
    }

    /// Applies a change in one audit and returns the audit's id. The caller has checked that the ticket can be updated.
    pub(super) fn change(&mut self, id: u64, actor: ZendeskActor, change: TicketChange) -> u64 {
        let mut events = Vec::new();
        let mut webhook_events = Vec::new();
        if let Some(words) = change.words.clone() {
            let author = words.author_id.unwrap_or(actor.user_id);
            let (comment, event) = self.add_comment(id, actor, author, words);
            events.push(event);
            webhook_events.push(("comment_added", self.comment_event(&comment)));
        }
        if let Some(ticket) = self.tickets.get_mut(&id) {
            rewrite(ticket, change, &mut events, &mut webhook_events);
        }
        let audit = self.record(id, actor, events);
        self.emit(id, actor.user_id, webhook_events);
        audit
    }

    /// Closes the sources and moves their conversation to the target.
    pub(super) fn merge(
        &mut self,
        sources: &[u64],
        target: u64,
        actor: ZendeskActor,
        comments: [Option<CommentDraft>; 2],
    ) {
        let [source_words, target_words] = comments;
        for &source in sources {
            let subject = self.tickets.get(&target).map(|ticket| ticket.subject.clone()).unwrap_or_default();
            let text = format!("This request was closed and merged into request #{target} \"{subject}\".");
            let words = source_words.clone().unwrap_or_else(|| CommentDraft::plain(&text, false));
            let mut tags = self.tickets.get(&source).map(|ticket| ticket.tags.clone()).unwrap_or_default();
            tags.insert("closed_by_merge".to_owned());
            let change = TicketChange {
                words: Some(words),
                status: Some("closed".to_owned()),
                tags: Some(tags),
                ..TicketChange::default()
            };
            self.change(source, actor, change);
            if let Some(ticket) = self.tickets.get_mut(&source) {
                ticket.merged_into = Some(target);
            }
            self.emit(source, actor.user_id, vec![("merged", json!({"target_ticket_id": target.to_string()}))]);
            let last = self.tickets.get(&source).and_then(|ticket| ticket.comments.iter().rev().nth(1));
            let last = last.map(|comment| comment.plain_body.clone()).unwrap_or_default();
            let text = format!(
                "Request #{source} was closed and merged into this request. Last comment in request #{source}:\n\n{last}"
            );
            let words = target_words.clone().unwrap_or_else(|| CommentDraft::plain(&text, false));
            self.change(target, actor, TicketChange { words: Some(words), ..TicketChange::default() });
        }
    }

    /// Deletes a ticket: it is no longer found, but the export still lists it.
    pub(super) fn soft_delete(&mut self, id: u64, actor: ZendeskActor, kind: &'static str) {
        let Some(ticket) = self.tickets.get_mut(&id) else {
            return;
        };
        let previous = std::mem::replace(&mut ticket.status, "deleted".to_owned());
        self.record(id, actor, vec![field_change("status", &json!(previous), &json!("deleted"))]);
        self.emit(id, actor.user_id, vec![(kind, json!({}))]);
    }

    /// A deleted ticket is open again.
    pub(super) fn undelete(&mut self, id: u64, actor: ZendeskActor) {
        let Some(ticket) = self.tickets.get_mut(&id) else {
            return;
        };
        "open".clone_into(&mut ticket.status);
        self.record(id, actor, vec![field_change("status", &json!("deleted"), &json!("open"))]);
        self.emit(id, actor.user_id, vec![("undeleted", json!({}))]);
    }

    /// Records the customer's satisfaction rating.
    pub(super) fn rate(&mut self, id: u64, score: &str, comment: Option<&str>) {
        let rating_id = self.new_id();
        let Some(ticket) = self.tickets.get_mut(&id) else {
            return;
        };
        ticket.rating = Some((score.to_owned(), comment.map(str::to_owned)));
        let actor = ZendeskActor { user_id: ticket.requester_id, channel: "web" };
        let rating = json!({
            "id": rating_id, "ticket_id": id, "requester_id": ticket.requester_id,
            "assignee_id": ticket.assignee_id, "group_id": null, "score": score, "comment": comment,
        });
        self.ratings.push(rating);
        self.record(id, actor, vec![field_change("satisfaction_score", &json!("offered"), &json!(score))]);
        let webhook_events =
            json!({"rating": {"id": rating_id.to_string(), "score": score.to_uppercase(), "comment": comment}});
        self.emit(id, actor.user_id, vec![("csat_received", webhook_events)]);
    }

    fn add_comment(
        &mut self,
        id: u64,
        actor: ZendeskActor,
        author_id: u64,
        words: CommentDraft,
    ) -> (TicketComment, Value) {
        let comment = TicketComment {
            id: self.new_id(),
            // The audit is recorded after everything it contains. It fills this in.
            audit_id: 0,
            author_id,
            author: self.users.get(&author_id).map(|user| user.name.clone()).unwrap_or_default(),
            public: words.public,
            plain_body: words.plain,
            html_body: words.html,
            at: self.now(),
            by_api: actor.channel == "api",
            channel: actor.channel,
            metadata: words.metadata,
            flags: words.flags,
        };
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket.comments.push(comment.clone());
        }
        let event = comment.json();
        (comment, event)
    }

    /// Something about a ticket was changed that is no field and no comment.
    pub(super) fn touched(&mut self, id: u64, actor: ZendeskActor, kind: &str) {
        self.record(id, actor, vec![json!({ "type": kind })]);
    }

    fn comment_event(&self, comment: &TicketComment) -> Value {
        let author = self.users.get(&comment.author_id);
        json!({
            "comment": {
                "id": comment.id.to_string(),
                "body": comment.plain_body,
                "is_public": comment.public,
                "author": {
                    "id": comment.author_id.to_string(),
                    "is_staff": author.is_some_and(super::user::User::is_staff),
                    "name": comment.author,
                },
            },
            "meta": {"sequence": {"id": format!("{:026}", comment.id), "position": 1}},
        })
    }

    /// Records the audit and moves the ticket to the end of the export.
    fn record(&mut self, id: u64, actor: ZendeskActor, mut events: Vec<Value>) -> u64 {
        let (audit_id, change, now) = (self.new_id(), self.new_change(), self.now());
        for event in &mut events {
            if event["id"].is_null() {
                event["id"] = json!(self.new_id());
            } else {
                event["audit_id"] = json!(audit_id);
            }
        }
        let metadata = events.iter().find_map(|event| event["metadata"]["custom"].as_object());
        let metadata = metadata.map_or_else(|| json!({}), |custom| json!(custom));
        let ZendeskActor { user_id: author_id, channel } = actor;
        let audit = Audit { id: audit_id, ticket_id: id, author_id, at: now, channel, events, metadata };
        if let Some(ticket) = self.tickets.get_mut(&id) {
            for comment in ticket.comments.iter_mut().filter(|comment| comment.audit_id == 0) {
                comment.audit_id = audit_id;
            }
            ticket.audits.push(audit);
            ticket.updated_at = now;
            ticket.change = change;
        }
        audit_id
    }
}

fn rewrite(
    ticket: &mut Ticket,
    change: TicketChange,
    events: &mut Vec<Value>,
    webhook_events: &mut Vec<(&'static str, Value)>,
) {
    if let Some(tags) = change.tags.filter(|tags| *tags != ticket.tags) {
        let added: Vec<_> = tags.difference(&ticket.tags).collect();
        let removed: Vec<_> = ticket.tags.difference(&tags).collect();
        webhook_events.push(("tags_changed", json!({"tags_added": added, "tags_removed": removed})));
        events.push(field_change("tags", &json!(ticket.tags), &json!(tags)));
        ticket.tags = tags;
    }
    for (field, value) in change.custom_fields {
        let previous = ticket.custom_fields.get(&field).cloned().unwrap_or_default();
        if previous == value {
            continue;
        }
        webhook_events.push((
            "custom_field_changed",
            json!({
                "current": {"value": value}, "previous": {"value": previous},
                "custom_field": {"id": field.to_string(), "title": "Field", "type": "text"},
            }),
        ));
        events.push(field_change(&field.to_string(), &previous, &value));
        ticket.custom_fields.insert(field, value);
    }
    if let Some(subject) = change.subject.filter(|subject| *subject != ticket.subject) {
        webhook_events.push(("subject_changed", json!({"current": subject, "previous": ticket.subject})));
        events.push(field_change("subject", &json!(ticket.subject), &json!(subject)));
        ticket.subject = subject;
    }
    if let Some(priority) = change.priority.filter(|priority| Some(priority) != ticket.priority.as_ref()) {
        let previous = ticket.priority.as_ref().map(|word| word.to_uppercase());
        webhook_events.push(("priority_changed", json!({"current": priority.to_uppercase(), "previous": previous})));
        events.push(field_change("priority", &json!(ticket.priority), &json!(priority)));
        ticket.priority = Some(priority);
    }
    reassign(ticket, change.requester_id, change.assignee_id, events, webhook_events);
    if let Some(status) = change.status.filter(|status| *status != ticket.status) {
        let event = json!({"current": status.to_uppercase(), "previous": ticket.status.to_uppercase()});
        webhook_events.push(("status_changed", event));
        events.push(field_change("status", &json!(ticket.status), &json!(status)));
        ticket.status = status;
    }
}

/// Gives the ticket another customer or another agent.
fn reassign(
    ticket: &mut Ticket,
    requester_id: Option<u64>,
    assignee_id: Option<u64>,
    events: &mut Vec<Value>,
    webhook_events: &mut Vec<(&'static str, Value)>,
) {
    if let Some(requester) = requester_id.filter(|requester| *requester != ticket.requester_id) {
        let event = json!({"current": requester.to_string(), "previous": ticket.requester_id.to_string()});
        webhook_events.push(("requester_changed", event));
        events.push(field_change("requester_id", &json!(ticket.requester_id), &json!(requester)));
        ticket.requester_id = requester;
    }
    if let Some(assignee) = assignee_id.filter(|assignee| Some(*assignee) != ticket.assignee_id) {
        let previous = ticket.assignee_id.map(|id| id.to_string());
        webhook_events
            .push(("agent_assignment_changed", json!({"current": assignee.to_string(), "previous": previous})));
        events.push(field_change("assignee_id", &json!(ticket.assignee_id), &json!(assignee)));
        ticket.assignee_id = Some(assignee);
    }
}

fn field_change(field: &str, previous: &Value, value: &Value) -> Value {
    json!({"type": "Change", "field_name": field, "previous_value": previous, "value": value})
}
