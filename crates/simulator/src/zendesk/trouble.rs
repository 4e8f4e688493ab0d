//! What people do in the simulated Zendesk that integrations with it stumble over. Each says where that was reported.

use serde_json::json;

use super::change::{TicketChange, TicketDraft, ZendeskActor};
use super::comment::CommentDraft;
use super::instance::Zendesk;
use crate::random::Random;

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

    /// An agent links an incident to its problem ticket, or to none any more: a ticket has at most one, and may be linked to the
    /// next outage's later (support.zendesk.com, "Lifecycle of a Problem (and Incident) ticket").
    pub fn agent_links(&self, agent: u64, incident: u64, problem: Option<u64>) {
        self.act(|state| {
            let Some(found) = state.tickets.get_mut(&incident) else { return };
            let before = std::mem::replace(&mut found.problem_id, problem);
            found.kind = problem.map(|_| "incident".to_owned());
            let name = |ticket: Option<u64>| ticket.map(|ticket| ticket.to_string());
            let event = json!({"current": name(problem), "previous": name(before)});
            state.touched(incident, ZendeskActor { user_id: agent, channel: "web" }, "Change");
            state.emit(incident, agent, vec![("problem_link_changed", event)]);
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

    /// Somebody else answers the mail about a closed ticket, and the follow-up is theirs (zammad/zammad#5064). Returns it.
    pub fn follows_up_as(&self, person: u64, ticket: u64, text: &str) -> u64 {
        self.act(|state| {
            let Some(closed) = state.tickets.get(&ticket).cloned() else { return ticket };
            let opening = TicketDraft {
                subject: format!("Re: {}", closed.subject),
                words: Some(CommentDraft::plain(text, true)),
                requester_id: person,
                brand_id: Some(closed.brand_id),
                followup_of: Some(ticket),
                ..TicketDraft::default()
            };
            state.open(ZendeskActor { user_id: person, channel: "email" }, opening)
        })
    }

    /// An agent writes another subject over a ticket's (developer.zendesk.com, ticket events, "Subject changed").
    pub fn agent_renames(&self, agent: u64, ticket: u64, subject: &str) {
        self.act(|state| {
            let actor = ZendeskActor { user_id: agent, channel: "web" };
            let subject = Some(subject.to_owned());
            state.change(ticket, actor, TicketChange { subject, ..TicketChange::default() });
        });
    }

    /// An agent makes somebody else the requester of a ticket.
    pub fn agent_gives_to(&self, agent: u64, ticket: u64, person: u64) {
        self.act(|state| {
            let actor = ZendeskActor { user_id: agent, channel: "web" };
            state.change(ticket, actor, TicketChange { requester_id: Some(person), ..TicketChange::default() });
        });
    }

    /// Everything that Zendesk does on a bad day may happen from now on; what does, follows from `seed`.
    pub fn rough_weather(&self, seed: u64) {
        self.faults().rough(seed);
        self.hooks().rough(seed);
        let mut lot = Random::new(seed);
        // A guess: what is written is in lists a little later.
        self.lists_lag(i64::try_from(lot.next() % 3 * 4).unwrap_or(0));
        if lot.next().is_multiple_of(2) {
            self.shows_no_addresses();
        }
    }

    /// The weather is fair again: what is late arrives, and what was lost stays lost.
    pub fn fair_weather(&self) {
        self.faults().fair();
        self.hooks().fair();
    }

    /// Lists of comments and audits show what is written only so many seconds later.
    pub fn lists_lag(&self, seconds: i64) {
        self.act(|state| state.lists_lag_s = seconds);
    }

    /// No form of a comment shows where its links lead, and only audits keep what was sent along.
    pub fn shows_no_addresses(&self) {
        self.act(|state| state.shows_addresses = false);
    }

    /// This ticket is not among many, and nothing says so. By itself it is there (`zendesk/zendesk_api_client_rb#103`).
    pub fn leaves_out_of_many(&self, ticket: u64) {
        self.act(|state| state.left_out_of_many.insert(ticket));
    }

    /// Over this one ticket, whoever asks for many gets none (zammad/zammad#1161 has an import that ends at one).
    pub fn breaks_over(&self, ticket: u64) {
        self.act(|state| state.breaks_many.insert(ticket));
    }

    /// Beside many tickets nobody is sent along, although it was asked for (`zendesk/zendesk_api_client_rb#181`).
    pub fn sends_nobody_beside_many(&self) {
        self.act(|state| state.sends_beside_many = false);
    }

    /// A ticket cannot be solved without this field, which nobody fills in (facetoe/zenpy#114, facetoe/zenpy#628).
    pub fn requires_when_solving(&self, field: &str) {
        self.act(|state| state.required_when_solving = Some(field.to_owned()));
    }
}
