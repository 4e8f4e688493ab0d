//! What a helpdesk says of its record of a person, and what is known of a reply to them.

use super::words::words;

words! {
    /// Whether the helpdesk delivers to a person, by its record of them.
    pub enum Standing {
        /// Nothing speaks against it.
        Reachable = "reachable",
        /// The helpdesk has no address of theirs: a caller, a visitor.
        NoAddress = "no_address",
        /// Their address sends mail back.
        Undeliverable = "undeliverable",
        /// They are suspended: the helpdesk takes a reply and sends no mail.
        Suspended = "suspended",
        /// They were deleted.
        Gone = "gone",
    }
}

/// Why a reply does not reach the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// The helpdesk has no address of theirs.
    NoAddress,
    /// Mail to their address comes back.
    Undeliverable,
    /// They are suspended.
    Suspended,
    /// They were deleted.
    Gone,
    /// The messenger delivers nothing so long after their last message.
    WindowOver,
    /// It is not known how the helpdesk would deliver it.
    NotKnown,
    /// It was sent, and came back.
    CameBack,
}

/// How a customer would be told in a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// By mail: a reply in their ticket.
    Mail,
    /// By the messenger that they wrote with.
    Messenger,
    /// In a new ticket that follows the closed one.
    FollowUp,
    /// Heard has no way to write there.
    NoWay,
    /// A reply would not reach them, or it is not known whether it does.
    Not(Undelivered),
}

impl Reached {
    /// The way as the API says it; `None` if there is none.
    pub const fn by(self) -> Option<&'static str> {
        match self {
            Self::Mail => Some("mail"),
            Self::Messenger => Some("messenger"),
            Self::FollowUp => Some("follow_up"),
            Self::NoWay | Self::Not(_) => None,
        }
    }

    /// Whether they may be told: where it is not known whether a reply arrives, a person is asked.
    pub const fn may_arrive(self) -> bool {
        matches!(self, Self::Mail | Self::Messenger | Self::FollowUp | Self::Not(Undelivered::NotKnown))
    }
}

/// Why it is not known whether the customer has an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The helpdesk's tickets cannot be read.
    CannotBeRead,
    /// The ticket in which they were being told was deleted.
    TicketGone,
    /// The ticket has more messages than are read.
    TooLong,
    /// Its text has no link by which it would be known again.
    NoLink,
    /// The helpdesk has, or may have, opened a ticket for the attempt in other words than the update has now.
    InOtherWords,
}
