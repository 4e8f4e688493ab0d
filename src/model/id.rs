//! A type for each kind of id, so a ticket's cannot be passed for a topic's.

use std::{
    fmt,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::{clock::Time, random};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id (UUIDv7). It sorts by `now`, and after the ids that this process made in the same millisecond.
            /// So what is stored in order is read in order, although helpdesks give times in whole seconds.
            pub fn generate(now: Time) -> Self {
                Self(at(now))
            }

            /// Not later than any id that is made at this time.
            pub fn first_at(now: Time) -> Self {
                let millis = u64::try_from(now.as_micros() / 1_000).unwrap_or(0);
                Self(Uuid::from_u128(u128::from(millis) << 80))
            }

            /// The id as stored.
            pub fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads an id as written in a URL or a job.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::parse_str(text).ok().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A delivery: one webhook request as received.
    DeliveryId,
    /// A customer: the person behind one or more requesters.
    CustomerId,
    /// An organization: the customer's company.
    OrganizationId,
    /// A ticket.
    TicketId,
    /// A message in a ticket.
    MessageId,
    /// A topic.
    TopicId,
    /// A decision about the grouping.
    DecisionId,
    /// A milestone of a topic.
    MilestoneId,
    /// A release or deployment.
    ReleaseId,
    /// An update: what one customer is told about one milestone of one topic.
    UpdateId,
    /// Work that was given up, kept for the health page.
    FailureId,
    /// A message of the outbox: a note, a reopening, a comment.
    OutboxMessageId,
    /// A promise: an answer that is owed to somebody.
    PromiseId,
    /// Somebody of the team who has an account here.
    PersonId,
    /// A token for the API.
    ApiTokenId,
    /// A session of the console.
    SessionId,
}

fn at(now: Time) -> Uuid {
    /// Counts this process's ids. It starts at random, so two processes seldom have the same count. 42 random bits
    /// remain.
    static MADE: LazyLock<AtomicU32> = LazyLock::new(|| {
        let seed = random::bytes().map_or(0, |[a, b, c, d, ..]| u32::from_be_bytes([a, b, c, d]));
        AtomicU32::new(seed >> 1)
    });
    let micros = u64::try_from(now.as_micros()).unwrap_or(0);
    let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
    let count = u128::from(MADE.fetch_add(1, Ordering::Relaxed));
    Uuid::new_v7(uuid::Timestamp::from_unix_time(micros / 1_000_000, nanos, count, 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = TicketId::generate(Time::from_seconds(1_000));
        let late = TicketId::generate(Time::from_seconds(2_000));
        assert!(early < late);
        assert_eq!(TicketId::parse(&early.to_string()), Some(early));
    }

    #[test]
    fn ids_of_one_moment_sort_by_the_order_in_which_they_were_made() {
        let now = Time::from_seconds(1_000);
        let made: Vec<TicketId> = (0..1_000).map(|_| TicketId::generate(now)).collect();
        assert!(made.is_sorted_by(|one, next| one < next));
        let version = made[0].uuid().get_version_num();
        assert_eq!((version, made[0].uuid().get_timestamp().map(|at| at.to_unix().0)), (7, Some(1_000)));
    }
}
