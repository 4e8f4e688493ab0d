//! Promises: answers that are owed to somebody, with a due time.

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::id::{TicketId, TopicId},
};

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Our id.
    pub id: uuid::Uuid,
    /// About which topic.
    pub topic: TopicId,
    /// To whom, where it is one ticket's.
    pub ticket: Option<TicketId>,
    /// What was promised.
    pub what: String,
    /// By when.
    pub due_at: Time,
    /// When it was kept.
    pub kept_at: Option<Time>,
    /// Who promised.
    pub made_by: String,
}
record!(Promise { id, topic = "topic_id", ticket = "ticket_id", what, due_at, kept_at, made_by });

/// Makes a promise; the same one made again keeps its due time.
pub async fn make(tx: &mut Tx, promise: &Promise) -> Result<()> {
    tx.query(
        "INSERT INTO promise (id, topic_id, ticket_id, what, due_at, made_by) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (topic_id, what) DO NOTHING",
    )
    .bind(promise.id)
    .bind(promise.topic)
    .bind(promise.ticket)
    .bind(promise.what.clone())
    .bind(promise.due_at)
    .bind(promise.made_by.clone())
    .execute()
    .await?;
    Ok(())
}

/// Every open promise about a topic is kept.
pub async fn keep(tx: &mut Tx, topic: TopicId, now: Time) -> Result<()> {
    tx.query("UPDATE promise SET kept_at = $2 WHERE topic_id = $1 AND kept_at IS NULL")
        .bind(topic)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Promises not kept yet, the most urgent first.
pub async fn open(session: &mut impl Session, limit: i64) -> Result<Vec<Promise>> {
    session
        .query(
            "SELECT id, topic_id, ticket_id, what, due_at, kept_at, made_by FROM promise WHERE kept_at IS NULL
             ORDER BY due_at, id LIMIT $1",
        )
        .bind(limit)
        .all()
        .await
}
