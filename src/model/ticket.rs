//! A customer's request in the helpdesk, and what is written in it.

use serde::{Deserialize, Serialize};

use super::{
    id::{CustomerId, MessageId, OrganizationId, TicketId},
    words::words,
};
use crate::base::clock::Time;

words! {
    /// A ticket's status in the helpdesk.
    pub enum TicketStatus {
        /// Somebody is working on it, or will.
        Open = "open",
        /// It waits for the customer or for somebody else.
        Pending = "pending",
        /// Answered. The customer may still reply to it.
        Solved = "solved",
        /// Locked by the helpdesk: nobody can write in it.
        Closed = "closed",
        /// Merged into another ticket, which carries on.
        Merged = "merged",
        /// Deleted, or marked as spam.
        Deleted = "deleted",
    }
}

words! {
    /// How a reply in a ticket gets to its customer.
    pub enum TicketChannel {
        /// By mail, to the address that the helpdesk has.
        Mail = "mail",
        /// By a messenger, which delivers only so long after the customer's last message.
        Messaging = "messaging",
        /// In a way of which nothing is known.
        Unknown = "unknown",
    }
}

words! {
    /// Whether a message is its author's, as far as the helpdesk knows.
    pub enum MessageTrust {
        /// Nothing speaks against it.
        Trusted = "trusted",
        /// The helpdesk is not sure who wrote it.
        Doubted = "doubted",
        /// No person wrote it.
        Automatic = "automatic",
    }
}

words! {
    /// Who wrote a message.
    pub enum MessageAuthor {
        /// The requester, whatever their role is.
        Customer = "customer",
        /// Another customer, whom somebody copied in. They answer nothing for the requester.
        Copied = "copied",
        /// A person in the support team, or one of its robots.
        Agent = "agent",
        /// Heard itself.
        Heard = "heard",
    }
}

/// A ticket as Heard keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Our id.
    pub id: TicketId,
    /// The connection it came through.
    pub connection: String,
    /// The helpdesk's id.
    pub external_id: String,
    /// Where an agent opens it.
    pub url: Option<String>,
    /// Tickets of different brands never share a topic.
    pub brand: Option<String>,
    /// The subject, from the customer or the helpdesk.
    pub subject: String,
    /// Its status in the helpdesk.
    pub status: TicketStatus,
    /// The helpdesk's tags.
    pub tags: Vec<String>,
    /// Who wrote.
    pub customer: CustomerId,
    /// The helpdesk's record of them: the one that is written to.
    pub requester_external_id: String,
    /// The organization they write for.
    pub organization: Option<OrganizationId>,
    /// The agent who looks after it: the helpdesk's id.
    pub agent_external_id: Option<String>,
    /// The agent's name, for the signature.
    pub agent_name: Option<String>,
    /// How a reply gets to the customer.
    pub channel: TicketChannel,
    /// When the customer wrote, by the helpdesk's clock.
    pub created_at: Time,
    /// When it last changed, by the helpdesk's clock.
    pub changed_at: Time,
    /// If the helpdesk merged it: the helpdesk's id of the ticket that carries on.
    pub merged_into: Option<String>,
    /// If it continues a closed one: the helpdesk's id of that.
    pub follow_up_of: Option<String>,
    /// Whether a reply in it reaches other people as well, by what the helpdesk says: further requesters, or people in copy.
    pub reaches_others: bool,
    /// Whether nothing in it is public: the customer does not know of it. It counts nowhere, and is never written to but for
    /// the note that answers an agent's own escalation (G6, nothing private leaves).
    pub internal: bool,
}

/// One public or internal entry in a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Our id.
    pub id: MessageId,
    /// The ticket.
    pub ticket: TicketId,
    /// The helpdesk's id.
    pub external_id: String,
    /// Who wrote it.
    pub author: MessageAuthor,
    /// The helpdesk's id of whoever wrote it.
    pub author_external_id: Option<String>,
    /// Whether the customer sees it.
    pub public: bool,
    /// Whether it is its author's.
    pub trust: MessageTrust,
    /// Plain text.
    pub body: String,
    /// When it was written, by the helpdesk's clock.
    pub created_at: Time,
}
