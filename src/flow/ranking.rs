//! Topics in the order somebody wants, for the console and the API.

use crate::{
    base::clock::Time,
    model::{
        id::TopicId,
        ranking::{Standing, TopicOrder},
        score::{Score, score},
    },
    store::{
        Conn, StoreError,
        board::{self, Beside, BoardCut, TopicFilter, WeighedTopic},
        offered::{self, OfferedTopic},
        sought::SoughtWords,
    },
};

/// A topic with its weight and its score.
#[derive(Clone, Debug)]
pub struct ScoredTopic {
    /// The topic with its weight.
    pub weighed: WeighedTopic,
    /// Its score.
    pub score: Score,
}

impl ScoredTopic {
    /// Scores a topic by its present weight. For whoever may not know customers, what they pay is left out before anything is
    /// reckoned from it: a score's other terms are shown, so the missing one would be told by subtraction, and by the order.
    pub fn new(mut weighed: WeighedTopic, knows_customers: bool, now: Time) -> Self {
        if !knows_customers {
            weighed.impact = weighed.impact.without_amounts();
        }
        let score = score(&weighed.impact.expected(), weighed.topic.state, weighed.topic.first_seen_at, now);
        Self { weighed, score }
    }

    fn standing(&self) -> Standing {
        let WeighedTopic { topic, impact, .. } = &self.weighed;
        let impact = impact.expected();
        Standing {
            customers: impact.customers,
            revenue_cents: impact.revenue_cents,
            score: self.score.total,
            first_seen_at: topic.first_seen_at,
            last_seen_at: topic.last_seen_at,
        }
    }
}

/// The topics that pass the filter, those of this cut of their order, as whoever knows customers sees them or as whoever does not. Of
/// two equal ones, the one with the newer ticket comes first.
///
/// # Errors
/// When the database fails.
pub async fn ranked(
    conn: &mut Conn,
    filter: &TopicFilter,
    cut: BoardCut,
    now: Time,
) -> Result<Vec<ScoredTopic>, StoreError> {
    Ok(in_order(board::rows(conn, filter, cut, now).await?, cut, now))
}

/// Those of them that far more customers than usual raise at `now`, in the same order.
///
/// # Errors
/// When the database fails.
pub async fn spiking(
    conn: &mut Conn,
    filter: &TopicFilter,
    cut: BoardCut,
    now: Time,
) -> Result<Vec<ScoredTopic>, StoreError> {
    Ok(in_order(board::spiking(conn, filter, cut, now).await?, cut, now))
}

/// A cut is chosen by the scores that are kept. What is in it stands in order of those that are shown.
fn in_order(weighed: Vec<WeighedTopic>, cut: BoardCut, now: Time) -> Vec<ScoredTopic> {
    let mut topics: Vec<_> =
        weighed.into_iter().map(|weighed| ScoredTopic::new(weighed, cut.with_amounts, now)).collect();
    topics.sort_by(|one, other| cut.order.compare(&one.standing(), &other.standing()));
    topics
}

/// How many topics are offered to choose one of.
const OFFERED: i64 = 200;

/// The topics that a ticket of a brand may be moved to, or a topic merged into, most customers first: the first of those of the same
/// brand, except the one it is in. With `words`, only those in which they stand, as on the board of whoever asks. Only these are
/// weighed: without words the list is a part of every topic's and ticket's page.
///
/// # Errors
/// When the database fails.
pub async fn others_of_brand(
    conn: &mut Conn,
    brand: Option<&str>,
    own: Option<TopicId>,
    words: Option<&str>,
    knows_customers: bool,
    now: Time,
) -> Result<Vec<OfferedTopic>, StoreError> {
    let beside = Beside { topic: own, brand: brand.map(str::to_owned) };
    let Some(words) = SoughtWords::typed(words.map(str::trim), knows_customers) else {
        return offered::beside(conn, &beside, knows_customers, OFFERED).await;
    };
    let filter = TopicFilter { words: Some(words), beside: Some(beside), ..TopicFilter::default() };
    let cut = BoardCut { order: TopicOrder::Customers, with_amounts: knows_customers, skip: 0, limit: OFFERED };
    let found = ranked(conn, &filter, cut, now).await?;
    let line = |WeighedTopic { topic, impact, .. }: WeighedTopic| OfferedTopic {
        id: topic.id,
        title: topic.title,
        kind: topic.kind,
        customers: impact.customers,
    };
    Ok(found.into_iter().map(|one| line(one.weighed)).collect())
}
