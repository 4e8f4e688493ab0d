//! The topics that are offered to move a ticket to, or to merge another one into: no more of each than its line says.

use super::{Result, Session, board::Beside, columns::record};
use crate::model::{id::TopicId, topic::TopicKind};

/// A topic as a list to choose from shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedTopic {
    /// The topic.
    pub id: TopicId,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub kind: TopicKind,
    /// How many customers raise it, for sure.
    pub customers: i64,
}
record!(OfferedTopic { id, title, kind, customers });

/// Cross joins keep SQLite to the order of the index, so that it stops where the list is full.
macro_rules! offered {
    ($score:literal) => {
        concat!(
            "SELECT topic.id, topic.title, topic.kind, impact.customers FROM impact CROSS JOIN topic
             WHERE topic.id = impact.topic_id AND impact.listed = 1 AND ($1 IS NULL OR impact.topic_id <> $1)
               AND coalesce(topic.brand, '') = $2
             ORDER BY impact.all_customers DESC, ",
            $score,
            " DESC, impact.last_seen_at DESC, impact.topic_id LIMIT $3"
        )
    };
}

/// The listed topics beside this one, most customers first, in the order of the board: of whoever may know what customers pay, or of
/// whoever may not.
pub async fn beside(
    session: &mut impl Session,
    beside: &Beside,
    with_amounts: bool,
    limit: i64,
) -> Result<Vec<OfferedTopic>> {
    let statement = if with_amounts { offered!("impact.score") } else { offered!("impact.plain_score") };
    session
        .query(statement)
        .bind(beside.topic)
        .bind(beside.brand.as_deref().unwrap_or_default())
        .bind(limit)
        .all::<OfferedTopic>()
        .await
}
