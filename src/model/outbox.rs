//! What Heard writes outside besides updates and issues. Each message is stored before the call is made, so that none is
//! forgotten, and its key keeps it from being written twice.

use super::{
    id::{OutboxMessageId, TicketId, TopicId},
    words::words,
};
use crate::base::clock::Time;

/// A message of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxMessage {
    /// Our id.
    pub id: OutboxMessageId,
    /// What makes it the same message when it is wanted again.
    pub key: String,
    /// What is written, and where.
    pub content: OutboxContent,
    /// How far it is.
    pub state: OutboxState,
    /// When the call was last begun.
    pub attempted_at: Option<Time>,
}

/// What is written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxContent {
    /// An internal note in a ticket.
    Note {
        /// The ticket.
        ticket: TicketId,
        /// The note.
        text: String,
        /// The key of the note that has to stand before it in the thread.
        after: Option<String>,
    },
    /// A ticket is opened again.
    Reopen {
        /// The ticket.
        ticket: TicketId,
    },
    /// A comment on a topic's issue.
    Comment {
        /// The topic.
        topic: TopicId,
        /// The comment, without our marker.
        text: String,
    },
    /// A row that this version of Heard cannot read, such as one that a newer replica wrote. It is shown to people and
    /// never dropped (G11, nothing fails silently).
    Unreadable {
        /// Its kind, as stored.
        kind: String,
    },
}

words! {
    /// The kinds of messages that this version writes.
    pub enum OutboxKind {
        /// An internal note in a ticket.
        Note = "note",
        /// A ticket is opened again.
        Reopen = "reopen",
        /// A comment on an issue.
        Comment = "comment",
    }
}

words! {
    /// How far a message is.
    pub enum OutboxState {
        /// The call has not been made, or was refused for now. It may be made without looking.
        Wanted = "wanted",
        /// The call was begun and its end is not known. Look before making it again.
        Unclear = "unclear",
        /// It is written.
        Done = "done",
        /// It will never be written: its ticket or issue is gone, or something newer says more.
        Dropped = "dropped",
    }
}

impl OutboxState {
    /// Whether nothing is left to do.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Dropped)
    }
}
