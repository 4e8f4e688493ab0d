//! Why nobody knows whether a customer has an update, and what support can do about it.

use crate::model::standing::Doubt;

/// The reason, as support reads it: what is so, and what to do.
#[must_use]
pub const fn sentence(why: Doubt) -> &'static str {
    match why {
        Doubt::CannotBeRead => {
            "It is not known whether the customer has it, and this helpdesk cannot be read. Look in the ticket, then say under \
             Updates that they have it, or send it again there."
        }
        Doubt::TicketGone => {
            "It is not known whether the customer has it: the ticket in which they were being told was deleted. Say under \
             Updates that they have it, or send it again there in another ticket."
        }
        Doubt::TooLong => {
            "It is not known whether the customer has it: their ticket has more messages than Heard reads. Look at its end, then \
             say under Updates that they have it, or send it again there."
        }
        Doubt::NoLink => {
            "It is not known whether the customer has it: it has no link by which Heard would know it again. Look in the ticket, \
             then say under Updates that they have it, or send it again there."
        }
        Doubt::InOtherWords => {
            "It is not known whether the customer has it: the helpdesk may have opened a ticket for it, in other words than it \
             has now. Look among the customer's tickets, then say under Updates that they have it, or send it again there."
        }
    }
}
