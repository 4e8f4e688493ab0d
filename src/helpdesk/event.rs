//! What a helpdesk tells us, in our words.
//!
//! Deliveries are hints (G10): where tickets can be read, an event only says which ticket to look at. Where they cannot,
//! the event carries what the delivery said.

use crate::{
    base::clock::Time,
    model::ticket::{MessageAuthor, TicketStatus},
};

/// One thing a delivery says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpdeskEvent {
    /// Something about this ticket changed.
    Ticket(Box<TicketChange>),
    /// The ticket is gone.
    Deleted {
        /// The helpdesk's id.
        ticket: String,
    },
    /// The ticket was merged into another, which carries on.
    Merged {
        /// The helpdesk's id of the ticket that ended.
        ticket: String,
        /// The helpdesk's id of the ticket that carries on.
        into: String,
    },
    /// The customer rated the ticket.
    Rated {
        /// The helpdesk's id.
        ticket: String,
        /// Satisfied, or not.
        good: bool,
    },
    /// Nothing that concerns us; the name says what it was.
    Ignored(String),
}

/// A change of one ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketChange {
    /// The helpdesk's id of the ticket.
    pub ticket: String,
    /// Who changed it, as the helpdesk's id: ours is an echo (G7).
    pub actor: Option<String>,
    /// The ticket as the delivery has it, where tickets cannot be read.
    pub snapshot: Option<TicketSnapshot>,
    /// The messages the delivery carries, where they cannot be read.
    pub messages: Vec<MessageSnapshot>,
}

/// A ticket as the helpdesk has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketSnapshot {
    /// The helpdesk's id.
    pub external_id: String,
    /// Where an agent opens it.
    pub url: Option<String>,
    /// The brand, where the account has several.
    pub brand: Option<String>,
    /// The subject.
    pub subject: String,
    /// Where it stands.
    pub status: TicketStatus,
    /// Every tag.
    pub tags: Vec<String>,
    /// Who wrote.
    pub requester: PersonSnapshot,
    /// The requester's organization, or the ticket's own where it names one.
    pub organization: Option<OrganizationSnapshot>,
    /// The agent who cares for it.
    pub agent: Option<PersonSnapshot>,
    /// When it was created.
    pub created_at: Time,
    /// When it last changed: an older snapshot than the one we have changes nothing (G2).
    pub changed_at: Time,
    /// The ticket that carries on, for a merged one.
    pub merged_into: Option<String>,
    /// What the customer wrote first, where the ticket itself has it.
    pub description: Option<String>,
}

/// A person as the helpdesk has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonSnapshot {
    /// The helpdesk's id.
    pub external_id: String,
    /// The name; may be empty.
    pub name: String,
    /// The address.
    pub email: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
}

/// An organization as the helpdesk has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationSnapshot {
    /// The helpdesk's id.
    pub external_id: String,
    /// The name.
    pub name: String,
    /// The plan, from the field that the settings name.
    pub plan: Option<String>,
    /// Revenue a year in cents, from the field that the settings name.
    pub revenue_cents: Option<i64>,
    /// The renewal date, from the field that the settings name.
    pub renewal_at: Option<Time>,
    /// The segment, from the field that the settings name.
    pub segment: Option<String>,
}

/// A message as the helpdesk has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSnapshot {
    /// The helpdesk's id.
    pub external_id: String,
    /// Customer or agent; `flow` recognises Heard's own by [`MessageSnapshot::author_external_id`] and by its id.
    pub author: MessageAuthor,
    /// The helpdesk's id of who wrote it.
    pub author_external_id: Option<String>,
    /// Whether the customer sees it.
    pub public: bool,
    /// Plain text.
    pub body: String,
    /// When.
    pub created_at: Time,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotPage<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

/// What the sweep learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedTickets {
    /// The helpdesk's ids of the tickets that changed, oldest change first, each with the time of its change.
    pub tickets: Vec<(String, Time)>,
    /// Where to go on; kept between sweeps.
    pub cursor: Option<String>,
    /// Whether there is more right now.
    pub more: bool,
}

/// Who we are in the helpdesk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The helpdesk's id of the account that Heard writes as.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Whether it may do what Heard needs; else what is missing, in a sentence.
    pub lacks: Option<String>,
}

/// What a write left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteReceipt {
    /// The ids under which the write will come back as an event: message, audit (G7).
    pub external_ids: Vec<String>,
    /// The ticket it was written in; a follow-up's is new.
    pub ticket: String,
}
