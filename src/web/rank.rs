//! Topics in the order somebody asked for: the same list for the API and the console.

use std::cmp::Reverse;

use crate::{
    base::clock::Time,
    model::score::{Heft, Score, score},
    store::{Conn, StoreError, board},
};

/// The order of a list of topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Most customers first; where those are equal, the highest score.
    Customers,
    /// Highest score first.
    Score,
    /// Most revenue first.
    Revenue,
    /// Newest ticket first.
    LastSeen,
    /// Oldest first.
    FirstSeen,
}

impl Order {
    /// Every order with its word in an address and its name.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Customers, "customers", "Customers"),
        (Self::Score, "score", "Score"),
        (Self::Revenue, "revenue", "Revenue"),
        (Self::LastSeen, "last_seen", "Last heard"),
        (Self::FirstSeen, "first_seen", "Age"),
    ];

    /// Reads the word of an address.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(order, ..)| *order)
    }

    /// Puts topics in this order; what is equal keeps the newest first.
    fn sort(self, rows: &mut [(board::Row, Score)]) {
        match self {
            Self::Customers => rows.sort_by_key(|(row, score)| Reverse((row.weight.customers, score.total))),
            Self::Score => rows.sort_by_key(|(_, score)| Reverse(score.total)),
            Self::Revenue => rows.sort_by_key(|(row, _)| Reverse(row.weight.revenue_cents)),
            Self::LastSeen => rows.sort_by_key(|(row, _)| Reverse(row.topic.last_seen_at)),
            Self::FirstSeen => rows.sort_by_key(|(row, _)| row.topic.first_seen_at),
        }
    }
}

/// The score of a topic of the board.
pub fn scored(row: &board::Row, now: Time) -> Score {
    let weight = &row.weight;
    let heft = Heft {
        customers: weight.customers,
        organizations: weight.organizations,
        revenue_cents: weight.revenue_cents,
        renewals: weight.renewals,
        recent: weight.recent,
        before: weight.before,
    };
    score(&heft, row.topic.state, row.topic.first_seen_at, now)
}

/// The topics somebody wants to see, with their scores, in order.
///
/// # Errors
/// When the database fails.
pub async fn ranked(
    conn: &mut Conn,
    wanted: &board::Wanted,
    order: Order,
    now: Time,
) -> Result<Vec<(board::Row, Score)>, StoreError> {
    let rows = board::rows(conn, wanted, now).await?;
    let mut rows: Vec<_> =
        rows.into_iter().map(|row| (scored(&row, now), row)).map(|(score, row)| (row, score)).collect();
    order.sort(&mut rows);
    Ok(rows)
}
