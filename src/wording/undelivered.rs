//! Why something did not reach a customer, and what support can do about it.

use crate::model::standing::{Reached, Undelivered};

/// How somebody would be reached, as support reads it.
#[must_use]
pub const fn reached(how: Reached) -> &'static str {
    match how {
        Reached::Mail => "by mail, as a reply in their ticket",
        Reached::Messenger => "by the messenger that they wrote with",
        Reached::FollowUp => "by mail, in a new ticket that follows the closed one",
        Reached::NoWay => {
            "Heard cannot write to them there: the connection is gone from the settings, or has no way to reply set up."
        }
        Reached::Not(why) => sentence(why),
    }
}

/// The reason, as support reads it: what is so, and what to do.
#[must_use]
pub const fn sentence(why: Undelivered) -> &'static str {
    match why {
        Undelivered::NoAddress => {
            "Could not be delivered: the helpdesk has no address of theirs. Call them, or add an address and send it again; \
             if they know it, cancel this."
        }
        Undelivered::Undeliverable => {
            "Could not be delivered: mail to their address comes back. Correct the address in the helpdesk and send it again, \
             or tell them in another way and cancel this."
        }
        Undelivered::Suspended => {
            "Could not be delivered: they are suspended in the helpdesk, which takes a reply and sends them nothing. Lift the \
             suspension and send it again, or tell them in another way and cancel this."
        }
        Undelivered::Gone => {
            "Could not be delivered: they were deleted in the helpdesk. Nothing is left to do but to cancel this."
        }
        Undelivered::WindowOver => {
            "Could not be delivered: they wrote by a messenger, which takes replies for a day after their last message. Write to \
             them with a template of the messenger or in another way, then cancel this; or send it again once they have written."
        }
        Undelivered::NotKnown => {
            "It is not known whether the helpdesk delivers a reply in this channel. See how the customer is reached, then send \
             it or cancel it."
        }
        Undelivered::CameBack => {
            "Could not be delivered: the mail came back; the ticket has the report. Correct the address in the helpdesk and \
             send it again, or tell them in another way and cancel this."
        }
    }
}
