//! The order in which topics and tickets are listed.

use std::cmp::Ordering;

use super::words::words;
use crate::base::clock::Time;

words! {
    /// The order of a list of topics.
    pub enum TopicOrder {
        /// Most customers first; if equal, highest score first.
        Customers = "customers",
        /// Highest score first.
        Score = "score",
        /// Most revenue first.
        Revenue = "revenue",
        /// Newest ticket first.
        LastSeen = "last_seen",
        /// Oldest topic first.
        FirstSeen = "first_seen",
    }
}

words! {
    /// The order of an exported list of tickets.
    pub enum TicketOrder {
        /// Newest first.
        Newest = "newest",
        /// Oldest first.
        Oldest = "oldest",
    }
}

/// What decides a topic's place in a list.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Customers who raised it, likely ones too.
    pub customers: i64,
    /// Their organizations' revenue per year, in cents.
    pub revenue_cents: i64,
    /// Its score.
    pub score: i64,
    /// When the first ticket was written.
    pub first_seen_at: Time,
    /// When the newest ticket was written.
    pub last_seen_at: Time,
}

impl TopicOrder {
    /// Which of two topics comes first. Equal topics keep their order.
    pub fn compare(self, one: &Standing, other: &Standing) -> Ordering {
        match self {
            Self::Customers => (other.customers, other.score).cmp(&(one.customers, one.score)),
            Self::Score => other.score.cmp(&one.score),
            Self::Revenue => other.revenue_cents.cmp(&one.revenue_cents),
            Self::LastSeen => other.last_seen_at.cmp(&one.last_seen_at),
            Self::FirstSeen => one.first_seen_at.cmp(&other.first_seen_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(customers: i64, score: i64, seconds: i64) -> Standing {
        let at = Time::from_seconds(seconds);
        Standing { customers, revenue_cents: 0, score, first_seen_at: at, last_seen_at: at }
    }

    #[test]
    fn the_score_decides_where_as_many_customers_ask() {
        let (many, few, few_but_urgent) = (standing(9, 1, 0), standing(2, 10, 0), standing(2, 50, 0));
        assert_eq!(TopicOrder::Customers.compare(&many, &few), Ordering::Less);
        assert_eq!(TopicOrder::Customers.compare(&few, &few_but_urgent), Ordering::Greater);
        assert_eq!(TopicOrder::Revenue.compare(&many, &few), Ordering::Equal);
    }

    #[test]
    fn the_newest_ticket_and_the_oldest_topic_come_first() {
        let (old, new) = (standing(0, 0, 1), standing(0, 0, 2));
        assert_eq!(TopicOrder::LastSeen.compare(&new, &old), Ordering::Less);
        assert_eq!(TopicOrder::FirstSeen.compare(&old, &new), Ordering::Less);
    }
}
