//! What a transaction changed of what topics weigh. Whoever writes one of these rows notes it here, and nothing else:
//! [`super::impacts`] finds out as the transaction commits what follows.

use std::collections::BTreeSet;

use crate::model::id::{OrganizationId, TicketId, TopicId};

/// The rows that were touched.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Tickets that were put somewhere, or that may count otherwise: another status, customer or organization, made public or not.
    pub(super) tickets: BTreeSet<TicketId>,
    /// Those of them that were not there before and are in no topic: nobody else knows of them yet.
    pub(super) born: BTreeSet<TicketId>,
    /// Topics with another kind, state or time, or that were merged.
    pub(super) topics: BTreeSet<TopicId>,
    /// Topics that stand elsewhere, with all of their tickets.
    pub(super) places: BTreeSet<TopicId>,
    /// Organizations that pay something else, or renew at another time.
    pub(super) organizations: BTreeSet<OrganizationId>,
    /// Topics into which so many tickets were put at once that counting them anew is less work.
    pub(super) anew: BTreeSet<TopicId>,
}

/// If more tickets than this are put somewhere at once, or stand elsewhere with their topics, these are counted anew instead of
/// ticket by ticket.
pub(super) const ONE_BY_ONE: usize = 500;

impl Touched {
    pub(super) fn is_empty(&self) -> bool {
        self.tickets.is_empty()
            && self.topics.is_empty()
            && self.places.is_empty()
            && self.organizations.is_empty()
            && self.anew.is_empty()
    }

    /// These tickets were put into a topic. Where they counted before is found as they are counted.
    pub(super) fn placed(&mut self, tickets: impl ExactSizeIterator<Item = TicketId>, into: TopicId) {
        if tickets.len() > ONE_BY_ONE {
            self.anew.insert(into);
        } else {
            self.tickets.extend(tickets);
        }
    }
}
