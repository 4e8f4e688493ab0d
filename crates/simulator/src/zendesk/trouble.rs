//! What people do in the simulated Zendesk that integrations with it stumble over. Each says where that was reported.

use serde_json::json;

use super::change::{TicketChange, TicketDraft, ZendeskActor};
use super::comment::CommentDraft;
use super::instance::Zendesk;

/// What Zendesk puts in the place of each redacted letter.
const BLOCK: char = '▇';

impl Zendesk {
    /// An agent redacts these words wherever they stand in a ticket (facetoe/zenpy#640, nukosuke/go-zendesk#247).
    pub fn agent_redacts(&self, agent: u64, ticket: u64, words: &str) {
        self.act(|state| {
            let blocks: String = words.chars().map(|c| if c.is_whitespace() { c } else { BLOCK }).collect();
            let Some(found) = state.tickets.get_mut(&ticket) else { return };
            found.description = found.description.replace(words, &blocks);
            let mut events = Vec::new();
            for comment in &mut found.comments {
                let before = comment.plain_body.clone();
                comment.plain_body = comment.plain_body.replace(words, &blocks);
                comment.html_body = comment.html_body.replace(words, &blocks);
                if comment.plain_body != before {
                    events.push(("comment_redacted", json!({"comment": {"id": comment.id.to_string()}})));
                }
            }
            state.touched(ticket, ZendeskActor { user_id: agent, channel: "web" }, "CommentRedactionEvent");
            state.emit(ticket, agent, events);
        });
    }

    /// An agent makes the newest public comment of somebody internal.
    pub fn agent_makes_private(&self, agent: u64, ticket: u64, author: u64) {
        self.act(|state| {
            let Some(found) = state.tickets.get_mut(&ticket) else { return };
            let theirs = |comment: &&mut super::comment::TicketComment| comment.public && comment.author_id == author;
            let Some(comment) = found.comments.iter_mut().rev().find(theirs) else { return };
            comment.public = false;
            let event = json!({"comment": {"id": comment.id.to_string()}});
            state.touched(ticket, ZendeskActor { user_id: agent, channel: "web" }, "CommentPrivacyChange");
            state.emit(ticket, agent, vec![("comment_made_private", event)]);
        });
    }

    /// An agent opens a ticket about somebody with an internal note and nothing else
    /// (`zendesk_api_client_rb#270`, alphagov/notifications-utils#877).
    pub fn agent_opens_internally(&self, agent: u64, about: u64, subject: &str, note: &str) -> u64 {
        self.act(|state| {
            let words = CommentDraft { author_id: Some(agent), ..CommentDraft::plain(note, false) };
            let opening = TicketDraft {
                subject: subject.to_owned(),
                words: Some(words),
                requester_id: about,
                ..TicketDraft::default()
            };
            state.open(ZendeskActor { user_id: agent, channel: "web" }, opening)
        })
    }

    /// Somebody in copy, who is another customer, writes in a ticket (freescout-help-desk/freescout#3551).
    pub fn writes_in_copy(&self, person: u64, ticket: u64, text: &str) {
        self.act(|state| {
            let words = Some(CommentDraft::plain(text, true));
            let actor = ZendeskActor { user_id: person, channel: "email" };
            state.change(ticket, actor, TicketChange { words, ..TicketChange::default() });
        });
    }

    /// An agent merges the two profiles of one person: tickets and comments become the other profile's, and the first is
    /// gone (`zendesk_api_client_rb#330`, freescout-help-desk/freescout#1298).
    pub fn agent_merges_profiles(&self, agent: u64, from: u64, into: u64) {
        self.act(|state| {
            let actor = ZendeskActor { user_id: agent, channel: "web" };
            for ticket in state.tickets.values_mut() {
                for comment in ticket.comments.iter_mut().filter(|comment| comment.author_id == from) {
                    comment.author_id = into;
                }
            }
            let theirs = state.tickets.values().filter(|ticket| ticket.requester_id == from);
            let theirs: Vec<u64> = theirs.map(|ticket| ticket.id).collect();
            for ticket in theirs {
                state.change(ticket, actor, TicketChange { requester_id: Some(into), ..TicketChange::default() });
            }
            if let Some(gone) = state.users.get_mut(&from) {
                gone.deleted = true;
                "Permanently deleted user".clone_into(&mut gone.name);
                gone.email.clear();
            }
        });
    }

    /// An agent makes somebody else the requester of a ticket.
    pub fn agent_gives_to(&self, agent: u64, ticket: u64, person: u64) {
        self.act(|state| {
            let actor = ZendeskActor { user_id: agent, channel: "web" };
            state.change(ticket, actor, TicketChange { requester_id: Some(person), ..TicketChange::default() });
        });
    }

    /// Lists of comments and audits show what is written only so many seconds later.
    pub fn lists_lag(&self, seconds: i64) {
        self.act(|state| state.lists_lag_s = seconds);
    }

    /// No form of a comment shows where its links lead, and only audits keep what was sent along.
    pub fn shows_no_addresses(&self) {
        self.act(|state| state.shows_addresses = false);
    }

    /// A ticket cannot be solved without this field, which nobody fills in (facetoe/zenpy#114, facetoe/zenpy#628).
    pub fn requires_when_solving(&self, field: &str) {
        self.act(|state| state.required_when_solving = Some(field.to_owned()));
    }
}
