//! Promises: answers that we owe somebody by a certain time.

use super::{
    Result, Session, Tx,
    columns::{owed, record},
};
use crate::{
    base::clock::Time,
    model::id::{PromiseId, TopicId},
};

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Our id.
    pub id: PromiseId,
    /// About which topic.
    pub topic: TopicId,
    /// What was promised.
    pub what: String,
    /// By when.
    pub due_at: Time,
    /// When it was kept.
    pub kept_at: Option<Time>,
    /// Who promised.
    pub made_by: String,
}
record!(Promise { id, topic = "topic_id", what, due_at, kept_at, made_by });

/// Makes a promise. Made again, it keeps its first due time.
pub async fn make(tx: &mut Tx, promise: &Promise) -> Result<()> {
    tx.query(
        "INSERT INTO promise (id, topic_id, what, due_at, made_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (topic_id, what) DO NOTHING",
    )
    .bind(promise.id)
    .bind(promise.topic)
    .bind(promise.what.as_str())
    .bind(promise.due_at)
    .bind(promise.made_by.as_str())
    .execute()
    .await?;
    Ok(())
}

/// Settles the promises about a topic, once it is finished and nobody is owed an update about it any more.
pub async fn settle(tx: &mut Tx, topic: TopicId, now: Time) -> Result<()> {
    tx.query(concat!(
        r#"UPDATE promise SET kept_at = $2 WHERE topic_id = $1 AND kept_at IS NULL
             AND EXISTS (SELECT 1 FROM topic WHERE topic.id = $1 AND topic.state IN ('shipped', 'declined', 'merged'))
             AND NOT EXISTS (SELECT 1 FROM "update" WHERE "update".topic_id = $1
                 AND "update".state IN "#,
        owed!(),
        ")"
    ))
    .bind(topic)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The topics with a due promise whose customers have not been told of the silence in this cycle.
pub async fn silent(session: &mut impl Session, now: Time, limit: i64) -> Result<Vec<TopicId>> {
    let rows = session
        .query(
            "SELECT topic.id FROM topic
             WHERE topic.id IN (SELECT promise.topic_id FROM promise WHERE promise.kept_at IS NULL AND promise.due_at <= $1)
               AND topic.state NOT IN ('shipped', 'declined', 'merged')
               AND NOT EXISTS (SELECT 1 FROM milestone WHERE milestone.topic_id = topic.id
                   AND milestone.kind = 'silence' AND milestone.cycle = topic.cycle)
             ORDER BY topic.id LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(topic,)| topic).collect())
}

/// How many promises are due and not kept.
pub async fn due_count(session: &mut impl Session, now: Time) -> Result<i64> {
    let row = session.query("SELECT count(*) FROM promise WHERE kept_at IS NULL AND due_at <= $1").bind(now);
    Ok(row.one::<(i64,)>().await?.0)
}

/// The open promise about a topic, the most urgent if there are several.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Option<Promise>> {
    session
        .query(
            "SELECT id, topic_id, what, due_at, kept_at, made_by FROM promise
             WHERE topic_id = $1 AND kept_at IS NULL ORDER BY due_at LIMIT 1",
        )
        .bind(topic)
        .optional()
        .await
}

/// Open promises, the most urgent first.
pub async fn open(session: &mut impl Session, limit: i64) -> Result<Vec<Promise>> {
    session
        .query(
            "SELECT id, topic_id, what, due_at, kept_at, made_by FROM promise WHERE kept_at IS NULL
             ORDER BY due_at, id LIMIT $1",
        )
        .bind(limit)
        .all()
        .await
}
