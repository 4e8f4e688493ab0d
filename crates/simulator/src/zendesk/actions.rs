//! What people do and see in the simulated Zendesk, for the demo and the tests.
//!
//! An id that does not exist changes nothing and returns nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::{TicketChange, TicketDraft, ZendeskActor};
use super::comment::{CommentDraft, TicketComment};
use super::drafts::{NewCustomer, NewTicket, address_for};
use super::instance::Zendesk;
use super::state::ZendeskState;
use super::ticket::Ticket;

impl Zendesk {
    /// Adds a customer.
    pub fn customer(&self, name: &str) -> NewCustomer<'_> {
        NewCustomer {
            helpdesk: self,
            name: name.to_owned(),
            email: None,
            locale: "en-US".to_owned(),
            zone: None,
            zone_name: None,
            company: None,
            external_id: None,
            verified: [true, true],
            fields: Vec::new(),
        }
    }

    /// Adds an agent of the support team and returns their user id.
    pub fn agent(&self, name: &str) -> u64 {
        self.act(|state| state.add_user(name, &address_for(name).replace("@customer.", "@support."), "agent"))
    }

    /// Starts a ticket by this customer.
    pub fn ticket_from(&self, customer: u64) -> NewTicket<'_> {
        let opening = TicketDraft { requester_id: customer, ..TicketDraft::default() };
        NewTicket { helpdesk: self, opening, body: String::new(), channel: "email" }
    }

    /// The requester of a ticket replies. A pending or solved ticket is reopened. A closed one stays as it is, and a
    /// follow-up is opened instead. Returns the ticket that holds the reply.
    pub fn customer_replies(&self, ticket: u64, text: &str) -> u64 {
        self.act(|state| {
            let Some(current) = state.tickets.get(&ticket).cloned() else {
                return ticket;
            };
            let actor = ZendeskActor { user_id: current.requester_id, channel: "email" };
            let words = Some(CommentDraft::plain(text, true));
            if current.status == "closed" {
                let opening = TicketDraft {
                    subject: format!("Re: {}", current.subject),
                    words,
                    requester_id: current.requester_id,
                    brand_id: Some(current.brand_id),
                    followup_of: Some(ticket),
                    ..TicketDraft::default()
                };
                return state.open(actor, opening);
            }
            let reopens = matches!(current.status.as_str(), "pending" | "solved");
            let status = reopens.then(|| "open".to_owned());
            state.change(ticket, actor, TicketChange { words, status, ..TicketChange::default() });
            ticket
        })
    }

    /// An agent replies to the customer.
    pub fn agent_replies(&self, agent: u64, ticket: u64, text: &str) {
        self.agent_changes(
            agent,
            ticket,
            TicketChange { words: Some(CommentDraft::plain(text, true)), ..TicketChange::default() },
        );
    }

    /// An agent writes an internal note.
    pub fn agent_notes(&self, agent: u64, ticket: u64, text: &str) {
        self.agent_changes(
            agent,
            ticket,
            TicketChange { words: Some(CommentDraft::plain(text, false)), ..TicketChange::default() },
        );
    }

    /// An agent adds a tag.
    pub fn agent_tags(&self, agent: u64, ticket: u64, tag: &str) {
        self.with_tags(agent, ticket, |tags| {
            tags.insert(tag.to_owned());
        });
    }

    /// An agent sets the status: `open`, `pending`, `hold`, `solved`, `closed`.
    pub fn agent_sets_status(&self, agent: u64, ticket: u64, status: &str) {
        self.agent_changes(agent, ticket, TicketChange { status: Some(status.to_owned()), ..TicketChange::default() });
    }

    /// Zendesk closes a solved ticket after a while. It can no longer be updated.
    pub fn close(&self, ticket: u64) {
        let system = self.act(|state| state.api_user);
        self.agent_sets_status(system, ticket, "closed");
    }

    /// An agent deletes a ticket.
    pub fn delete(&self, agent: u64, ticket: u64) {
        self.act(|state| state.soft_delete(ticket, ZendeskActor { user_id: agent, channel: "web" }, "soft_deleted"));
    }

    /// An agent restores a deleted ticket.
    pub fn agent_restores(&self, agent: u64, ticket: u64) {
        self.act(|state| state.undelete(ticket, ZendeskActor { user_id: agent, channel: "web" }));
    }

    /// An agent merges one ticket into another.
    pub fn merge(&self, agent: u64, source: u64, target: u64) {
        self.act(|state| state.merge(&[source], target, ZendeskActor { user_id: agent, channel: "web" }, [None, None]));
    }

    /// The customer rates the service, `good` or `bad`.
    pub fn customer_rates(&self, ticket: u64, score: &str, comment: Option<&str>) {
        self.act(|state| state.rate(ticket, score, comment));
    }

    /// The API token is replaced by this one.
    pub fn rotate_token(&self, token: &str) {
        self.act(|state| token.clone_into(&mut state.token));
    }

    /// Webhooks are signed with this secret from now on. The API returns it.
    pub fn rotate_webhook_secret(&self, secret: &str) {
        self.act(|state| secret.clone_into(&mut state.webhook_secret));
    }

    /// Zendesk sends an event that the simulator does not know: `ticket.KIND` with this `event`.
    pub fn announces(&self, ticket: u64, kind: &'static str, event: Value) {
        self.act(|state| state.emit(ticket, state.api_user, vec![(kind, event)]));
    }

    /// A ticket as it is now, also if it is deleted.
    pub fn ticket(&self, ticket: u64) -> Option<Ticket> {
        self.act(|state| state.tickets.get(&ticket).cloned())
    }

    /// The ids of all tickets, oldest first.
    pub fn tickets(&self) -> Vec<u64> {
        self.act(|state| state.tickets.keys().copied().collect())
    }

    /// All comments of a ticket, notes included, oldest first.
    pub fn thread(&self, ticket: u64) -> Vec<TicketComment> {
        self.ticket(ticket).map(|ticket| ticket.comments).unwrap_or_default()
    }

    /// The comments that the customer sees.
    pub fn customer_sees(&self, ticket: u64) -> Vec<TicketComment> {
        self.thread(ticket).into_iter().filter(|comment| comment.public).collect()
    }

    /// The internal notes of a ticket.
    pub fn notes(&self, ticket: u64) -> Vec<TicketComment> {
        self.thread(ticket).into_iter().filter(|comment| !comment.public).collect()
    }

    /// Heard's replies to the customer in this ticket: public and written through the API, whoever their author is.
    pub fn replies_by_heard(&self, ticket: u64) -> Vec<TicketComment> {
        self.customer_sees(ticket).into_iter().filter(|comment| comment.by_api).collect()
    }

    /// Heard's internal notes in this ticket.
    pub fn notes_by_heard(&self, ticket: u64) -> Vec<TicketComment> {
        self.notes(ticket).into_iter().filter(|comment| comment.by_api).collect()
    }

    /// Heard's replies to one customer in all their tickets.
    pub fn heard_by(&self, customer: u64) -> Vec<TicketComment> {
        let theirs = |state: &mut ZendeskState| {
            let tickets = state.tickets.values().filter(|ticket| ticket.requester_id == customer);
            let comments = tickets.flat_map(|ticket| ticket.comments.iter());
            comments.filter(|comment| comment.public && comment.by_api).cloned().collect()
        };
        self.act(theirs)
    }

    /// Heard's user id.
    pub fn heard_user(&self) -> u64 {
        self.act(|state| state.api_user)
    }

    fn agent_changes(&self, agent: u64, ticket: u64, change: TicketChange) {
        self.act(|state| {
            if state
                .tickets
                .get(&ticket)
                .is_some_and(|current| !matches!(current.status.as_str(), "closed" | "deleted"))
            {
                state.change(ticket, ZendeskActor { user_id: agent, channel: "web" }, change);
            }
        });
    }

    fn with_tags(&self, agent: u64, ticket: u64, edit: impl FnOnce(&mut BTreeSet<String>)) {
        let mut tags = self.ticket(ticket).map(|ticket| ticket.tags).unwrap_or_default();
        edit(&mut tags);
        self.agent_changes(agent, ticket, TicketChange { tags: Some(tags), ..TicketChange::default() });
    }
}
