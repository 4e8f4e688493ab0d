//! What a helpdesk tells us, in terms that are the same for all vendors.
//!
//! G10, webhooks are hints: if tickets can be read, an event only says which ticket to look at. If they cannot, the
//! event contains what the delivery said.

use crate::{
    base::clock::Time,
    model::{
        currency::WrittenCurrency,
        standing::Standing,
        ticket::{MessageAuthor, MessageTrust, TicketChannel, TicketStatus},
    },
};

/// One thing that a delivery says.
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
    /// Something about a person changed that no ticket shows: their address, or whether mail reaches them.
    Person {
        /// The helpdesk's id.
        person: String,
    },
    /// A person was deleted.
    PersonGone {
        /// The helpdesk's id.
        person: String,
    },
    /// Two records are one person now. Which of the two carries on does not matter.
    PeopleMerged {
        /// The helpdesk's id of the one.
        one: String,
        /// The helpdesk's id of the other.
        other: String,
    },
    /// Something that does not concern us, by its name.
    Ignored(String),
}

impl HelpdeskEvent {
    /// What it is, in a word: the sender's own where it does not concern us.
    pub fn word(&self) -> &str {
        match self {
            Self::Ticket(_) => "ticket_changed",
            Self::Deleted { .. } => "ticket_deleted",
            Self::Merged { .. } => "ticket_merged",
            Self::Rated { .. } => "ticket_rated",
            Self::Person { .. } => "person_changed",
            Self::PersonGone { .. } => "person_deleted",
            Self::PeopleMerged { .. } => "people_merged",
            Self::Ignored(name) => name,
        }
    }

    /// The ticket that it speaks of, if it is one.
    pub fn ticket(&self) -> Option<&str> {
        match self {
            Self::Ticket(change) => Some(&change.ticket),
            Self::Deleted { ticket } | Self::Merged { ticket, .. } | Self::Rated { ticket, .. } => Some(ticket),
            Self::Person { .. } | Self::PersonGone { .. } | Self::PeopleMerged { .. } | Self::Ignored(_) => None,
        }
    }

    /// The person that it speaks of, if it is one.
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::Person { person } | Self::PersonGone { person } => Some(person),
            Self::PeopleMerged { one, .. } => Some(one),
            _ => None,
        }
    }
}

/// A change to one ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketChange {
    /// The helpdesk's id of the ticket.
    pub ticket: String,
    /// The helpdesk's id of whoever changed it. Our own changes are ignored (G7, our own writes change nothing).
    pub actor: Option<String>,
    /// The ticket as in the delivery, if tickets cannot be read.
    pub snapshot: Option<TicketSnapshot>,
    /// The messages in the delivery, if they cannot be read.
    pub messages: Vec<MessageSnapshot>,
}

/// A ticket as it is in the helpdesk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketSnapshot {
    /// The helpdesk's id.
    pub external_id: String,
    /// The URL where an agent opens it.
    pub url: Option<String>,
    /// The brand, if the account has several.
    pub brand: Option<String>,
    /// The subject.
    pub subject: String,
    /// The status.
    pub status: TicketStatus,
    /// Every tag.
    pub tags: Vec<String>,
    /// Who wrote.
    pub requester: PersonSnapshot,
    /// The ticket's organization if it names one, else the requester's.
    pub organization: Option<OrganizationSnapshot>,
    /// The assigned agent.
    pub agent: Option<PersonSnapshot>,
    /// How a reply gets to the customer.
    pub channel: TicketChannel,
    /// When it was created.
    pub created_at: Time,
    /// When it last changed. A snapshot that is older than what we know changes nothing (G2, twice, late or out of
    /// order changes nothing).
    pub changed_at: Time,
    /// For a merged ticket, the one it was merged into.
    pub merged_into: Option<String>,
    /// If it continues a closed ticket, that ticket.
    pub follow_up_of: Option<String>,
    /// If an agent said that it is an incident of a problem ticket, that ticket.
    pub problem: Option<String>,
    /// Whether a public reply reaches other people as well: further requesters, or people in copy.
    pub reaches_others: bool,
    /// What was written first, if it is part of the ticket.
    pub description: Option<String>,
    /// The helpdesk's id of whoever wrote that; `None` means whoever opened the ticket, who need not have it any more.
    pub described_by: Option<String>,
}

/// A person as they are in the helpdesk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonSnapshot {
    /// The helpdesk's id.
    pub external_id: String,
    /// The name; may be empty.
    pub name: String,
    /// The mail address.
    pub email: Option<String>,
    /// Whether the helpdesk says that the address is theirs. What is not known is not verified.
    pub verified: bool,
    /// The id that the company itself gave them.
    pub company_id: Option<String>,
    /// The language, as BCP 47.
    pub locale: Option<String>,
    /// The name of their time zone in the IANA database, such as `Europe/Berlin`, else the one that Rails has for it.
    pub time_zone: Option<String>,
    /// What the helpdesk says of the record; `None` if it says nothing.
    pub standing: Option<Standing>,
}

/// An address of a person, as the helpdesk has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressSnapshot {
    /// The mail address.
    pub email: String,
    /// Whether the helpdesk says that it is theirs, and theirs alone.
    pub verified: bool,
    /// Whether mail to it comes back.
    pub undeliverable: bool,
}

/// An organization as it is in the helpdesk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationSnapshot {
    /// The helpdesk's id.
    pub external_id: String,
    /// The name.
    pub name: String,
    /// The plan, from the field that the settings name.
    pub plan: Option<String>,
    /// Revenue per year in cents, from the field that the settings name.
    pub revenue_cents: Option<i64>,
    /// What that is written with, if a currency is.
    pub revenue_currency: Option<WrittenCurrency>,
    /// The renewal date, from the field that the settings name.
    pub renewal_at: Option<Time>,
    /// The segment, from the field that the settings name.
    pub segment: Option<String>,
}

/// A message as it is in the helpdesk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSnapshot {
    /// The helpdesk's id.
    pub external_id: String,
    /// Customer or agent. `flow` recognises Heard's own messages by their id and by
    /// [`MessageSnapshot::author_external_id`].
    pub author: MessageAuthor,
    /// The helpdesk's id of whoever wrote it.
    pub author_external_id: Option<String>,
    /// Whether a mail system wrote it, by its name or address.
    pub by_mailer: bool,
    /// Whether it is its author's.
    pub trust: MessageTrust,
    /// Whether the customer sees it.
    pub public: bool,
    /// Plain text.
    pub body: String,
    /// Every form in which the helpdesk shows the message, one after the other: what we wrote is looked for in all of them
    /// (G4, one update per customer and milestone). It is never stored.
    pub as_shown: String,
    /// Our key for the write that made it, where the helpdesk keeps it with the message.
    pub written_with: Option<String>,
    /// When it was written.
    pub created_at: Time,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotPage<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The cursor of the next page; `None` on the last page.
    pub next: Option<String>,
}

/// What a sweep found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedTickets {
    /// The helpdesk's ids of the changed tickets, each with the time of its change, oldest first.
    pub tickets: Vec<(String, Time)>,
    /// Where to continue; kept between sweeps.
    pub cursor: Option<String>,
    /// Whether there are more right now.
    pub more: bool,
}

/// Who we are in the helpdesk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The helpdesk's id of the account that Heard writes as.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// What the account is not allowed to do although Heard needs it, in a sentence.
    pub lacks: Option<String>,
}

/// A write that the helpdesk remembers with the key that whoever wrote it gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedWrite {
    /// The key.
    pub key: String,
    /// The ids of what was written, as in [`WriteReceipt::external_ids`].
    pub external_ids: Vec<String>,
}

/// The result of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteReceipt {
    /// The ids under which the write comes back as an event, such as those of the message and the audit (G7).
    pub external_ids: Vec<String>,
    /// The ticket it was written to; for a follow-up, the new ticket.
    pub ticket: String,
}
