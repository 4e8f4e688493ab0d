//! What people do in the practice helpdesk, and what they see, as sentences for the demo and the tests.
//!
//! An id that does not exist changes nothing and sees nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Helpdesk;
use super::change::{Actor, Change, Opening};
use super::comment::{Comment, Words};
use super::desk::Desk;
use super::newcomers::{NewCustomer, NewTicket, address_for};
use super::ticket::Ticket;

impl Helpdesk {
    /// Introduces a customer.
    pub fn customer(&self, name: &str) -> NewCustomer<'_> {
        NewCustomer {
            helpdesk: self,
            name: name.to_owned(),
            email: None,
            locale: "en-US".to_owned(),
            company: None,
            fields: Vec::new(),
        }
    }

    /// Introduces an agent of the support team and returns their user id.
    pub fn agent(&self, name: &str) -> u64 {
        self.state.act(|desk| desk.add_user(name, &address_for(name).replace("@customer.", "@support."), "agent"))
    }

    /// Begins a ticket that this customer writes.
    pub fn ticket_from(&self, customer: u64) -> NewTicket<'_> {
        let opening = Opening { requester_id: customer, ..Opening::default() };
        NewTicket { helpdesk: self, opening, body: String::new() }
    }

    /// The requester of a ticket writes back. A pending or solved ticket opens again; a closed one stays as it is,
    /// and a follow-up is opened instead. Returns the ticket the words are in.
    pub fn customer_replies(&self, ticket: u64, text: &str) -> u64 {
        self.state.act(|desk| {
            let Some(current) = desk.tickets.get(&ticket).cloned() else {
                return ticket;
            };
            let actor = Actor { user_id: current.requester_id, channel: "email" };
            let words = Some(Words::plain(text, true));
            if current.status == "closed" {
                let opening = Opening {
                    subject: format!("Re: {}", current.subject),
                    words,
                    requester_id: current.requester_id,
                    brand_id: Some(current.brand_id),
                    followup_of: Some(ticket),
                    ..Opening::default()
                };
                return desk.open(actor, opening);
            }
            let reopens = matches!(current.status.as_str(), "pending" | "solved");
            let status = reopens.then(|| "open".to_owned());
            desk.change(ticket, actor, Change { words, status, ..Change::default() });
            ticket
        })
    }

    /// An agent answers the customer.
    pub fn agent_replies(&self, agent: u64, ticket: u64, text: &str) {
        self.agent_changes(agent, ticket, Change { words: Some(Words::plain(text, true)), ..Change::default() });
    }

    /// An agent writes an internal note.
    pub fn agent_notes(&self, agent: u64, ticket: u64, text: &str) {
        self.agent_changes(agent, ticket, Change { words: Some(Words::plain(text, false)), ..Change::default() });
    }

    /// An agent adds a tag.
    pub fn agent_tags(&self, agent: u64, ticket: u64, tag: &str) {
        self.with_tags(agent, ticket, |tags| {
            tags.insert(tag.to_owned());
        });
    }

    /// An agent removes a tag.
    pub fn agent_untags(&self, agent: u64, ticket: u64, tag: &str) {
        self.with_tags(agent, ticket, |tags| {
            tags.remove(tag);
        });
    }

    /// An agent sets the status: `open`, `pending`, `hold`, `solved`, `closed`.
    pub fn agent_sets_status(&self, agent: u64, ticket: u64, status: &str) {
        self.agent_changes(agent, ticket, Change { status: Some(status.to_owned()), ..Change::default() });
    }

    /// An agent sets a custom field.
    pub fn agent_sets_field(&self, agent: u64, ticket: u64, field: u64, value: Value) {
        self.agent_changes(agent, ticket, Change { custom_fields: vec![(field, value)], ..Change::default() });
    }

    /// An agent writes a better subject.
    pub fn agent_renames(&self, agent: u64, ticket: u64, subject: &str) {
        self.agent_changes(agent, ticket, Change { subject: Some(subject.to_owned()), ..Change::default() });
    }

    /// An agent takes the ticket.
    pub fn agent_takes(&self, agent: u64, ticket: u64) {
        self.agent_changes(agent, ticket, Change { assignee_id: Some(agent), ..Change::default() });
    }

    /// An agent gives the ticket to another customer.
    pub fn agent_changes_requester(&self, agent: u64, ticket: u64, customer: u64) {
        self.agent_changes(agent, ticket, Change { requester_id: Some(customer), ..Change::default() });
    }

    /// Time passed: a solved ticket is closed and takes no update any more.
    pub fn close(&self, ticket: u64) {
        let system = self.state.act(|desk| desk.api_user);
        self.agent_sets_status(system, ticket, "closed");
    }

    /// An agent deletes a ticket.
    pub fn delete(&self, agent: u64, ticket: u64) {
        self.state.act(|desk| desk.bin(ticket, Actor { user_id: agent, channel: "web" }, "soft_deleted"));
    }

    /// An agent marks a ticket as spam.
    pub fn mark_as_spam(&self, agent: u64, ticket: u64) {
        self.state.act(|desk| desk.bin(ticket, Actor { user_id: agent, channel: "web" }, "marked_as_spam"));
    }

    /// An agent merges one ticket into another.
    pub fn merge(&self, agent: u64, source: u64, target: u64) {
        self.state.act(|desk| desk.merge(&[source], target, Actor { user_id: agent, channel: "web" }, [None, None]));
    }

    /// The customer rates the service, `good` or `bad`.
    pub fn customer_rates(&self, ticket: u64, score: &str, comment: Option<&str>) {
        self.state.act(|desk| desk.rate(ticket, score, comment));
    }

    /// The account's administrator deletes a customer: the tickets stay, the user is not active any more.
    pub fn delete_customer(&self, customer: u64) {
        self.state.act(|desk| {
            if let Some(user) = desk.users.get_mut(&customer) {
                user.deleted = true;
                user.email = String::new();
            }
        });
    }

    /// The API token stops to be accepted and this one is accepted instead.
    pub fn rotate_token(&self, token: &str) {
        self.state.act(|desk| token.clone_into(&mut desk.token));
    }

    /// Webhooks are signed with this secret from now on; the API tells it.
    pub fn rotate_webhook_secret(&self, secret: &str) {
        self.state.act(|desk| secret.clone_into(&mut desk.webhook_secret));
    }

    /// Zendesk sends an event this practice site knows nothing of: `ticket.KIND` with this `event`.
    pub fn announces(&self, ticket: u64, kind: &'static str, event: Value) {
        self.state.act(|desk| desk.announce(ticket, desk.api_user, vec![(kind, event)]));
    }

    /// A ticket as it is now, deleted ones included.
    pub fn ticket(&self, ticket: u64) -> Option<Ticket> {
        self.state.act(|desk| desk.tickets.get(&ticket).cloned())
    }

    /// The ids of all tickets, oldest first.
    pub fn tickets(&self) -> Vec<u64> {
        self.state.act(|desk| desk.tickets.keys().copied().collect())
    }

    /// Everything said in a ticket, notes included, oldest first.
    pub fn thread(&self, ticket: u64) -> Vec<Comment> {
        self.ticket(ticket).map(|ticket| ticket.comments).unwrap_or_default()
    }

    /// What the customer sees of the thread.
    pub fn customer_sees(&self, ticket: u64) -> Vec<Comment> {
        self.thread(ticket).into_iter().filter(|comment| comment.public).collect()
    }

    /// The internal notes of a ticket.
    pub fn notes(&self, ticket: u64) -> Vec<Comment> {
        self.thread(ticket).into_iter().filter(|comment| !comment.public).collect()
    }

    /// What Heard told the customer in this ticket: public, and written through the API, in whoever's name.
    pub fn replies_by_heard(&self, ticket: u64) -> Vec<Comment> {
        self.customer_sees(ticket).into_iter().filter(|comment| comment.by_api).collect()
    }

    /// The notes Heard left for support in this ticket.
    pub fn notes_by_heard(&self, ticket: u64) -> Vec<Comment> {
        self.notes(ticket).into_iter().filter(|comment| comment.by_api).collect()
    }

    /// Everything Heard told one customer, over all their tickets.
    pub fn heard_by(&self, customer: u64) -> Vec<Comment> {
        let theirs = |desk: &mut Desk| {
            let tickets = desk.tickets.values().filter(|ticket| ticket.requester_id == customer);
            let comments = tickets.flat_map(|ticket| ticket.comments.iter());
            comments.filter(|comment| comment.public && comment.by_api).cloned().collect()
        };
        self.state.act(theirs)
    }

    /// The user id of the product in this helpdesk.
    pub fn heard_user(&self) -> u64 {
        self.state.act(|desk| desk.api_user)
    }

    fn agent_changes(&self, agent: u64, ticket: u64, change: Change) {
        self.state.act(|desk| {
            if desk.tickets.get(&ticket).is_some_and(|current| !matches!(current.status.as_str(), "closed" | "deleted"))
            {
                desk.change(ticket, Actor { user_id: agent, channel: "web" }, change);
            }
        });
    }

    fn with_tags(&self, agent: u64, ticket: u64, edit: impl FnOnce(&mut BTreeSet<String>)) {
        let mut tags = self.ticket(ticket).map(|ticket| ticket.tags).unwrap_or_default();
        edit(&mut tags);
        self.agent_changes(agent, ticket, Change { tags: Some(tags), ..Change::default() });
    }
}
