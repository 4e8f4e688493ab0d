//! What becomes of updates that were not sent when their step is taken back, their customer leaves, or topics are merged and
//! parted again (G4, one update per customer and milestone).

use super::{Result, Session as _, Tx, columns::unsent};
use crate::model::{
    id::{CustomerId, MilestoneId, TopicId},
    milestone::MilestoneKind,
};

/// Cancels a milestone's unsent updates.
pub async fn cancel_unsent(tx: &mut Tx, milestone: MilestoneId, reason: &str) -> Result<u64> {
    tx.query(concat!(
        r#"UPDATE "update" SET state = 'cancelled', reason = $2 WHERE milestone_id = $1 AND state IN "#,
        unsent!()
    ))
    .bind(milestone)
    .bind(reason)
    .execute()
    .await
}

/// Cancels unsent updates about one kind of milestone of a topic in a cycle, also of topics that were merged into it.
pub async fn cancel_unsent_of_kind(
    tx: &mut Tx,
    topic: TopicId,
    kind: MilestoneKind,
    cycle: i64,
    reason: &str,
) -> Result<u64> {
    tx.query(concat!(
        r#"UPDATE "update" SET state = 'cancelled', reason = $4 WHERE topic_id = $1 AND kind = $2 AND cycle = $3 AND state IN "#,
        unsent!()
    ))
    .bind(topic)
    .bind(kind)
    .bind(cycle)
    .bind(reason)
    .execute()
    .await
}

/// The same in whatever cycle: what a merge carried over was planned in a cycle of the other topic.
pub async fn cancel_unsent_of_any_cycle(tx: &mut Tx, topic: TopicId, kind: MilestoneKind, reason: &str) -> Result<u64> {
    tx.query(concat!(
        r#"UPDATE "update" SET state = 'cancelled', reason = $3 WHERE topic_id = $1 AND kind = $2 AND state IN "#,
        unsent!()
    ))
    .bind(topic)
    .bind(kind)
    .bind(reason)
    .execute()
    .await
}

/// Cancels unsent updates for a customer about a topic that they are no longer in.
pub async fn cancel_for(tx: &mut Tx, customer: CustomerId, topic: TopicId, reason: &str) -> Result<u64> {
    tx.query(
        concat!(
            r#"UPDATE "update" SET state = 'cancelled', reason = $3 WHERE customer_id = $1 AND topic_id = $2 AND state IN "#,
            unsent!()
        ),
    )
    .bind(customer)
    .bind(topic)
    .bind(reason)
    .execute()
    .await
}

/// What was told in a topic counts for the topic it is merged into (G4). An update that the other topic already has
/// stays behind.
pub async fn carry_over(tx: &mut Tx, from: TopicId, into: TopicId) -> Result<()> {
    tx.query(
        r#"UPDATE "update" SET topic_id = $2 WHERE topic_id = $1 AND NOT EXISTS (
               SELECT 1 FROM "update" told WHERE told.customer_id = "update".customer_id AND told.topic_id = $2
                  AND told.kind = "update".kind AND told.cycle = "update".cycle)"#,
    )
    .bind(from)
    .bind(into)
    .execute()
    .await?;
    tx.query(concat!(
        r#"UPDATE "update" SET state = 'cancelled', reason = 'Told with the topic it was merged into.'
               WHERE topic_id = $1 AND state IN "#,
        unsent!()
    ))
    .bind(from)
    .execute()
    .await?;
    Ok(())
}

/// A merge is undone: what had been told in `origin`, and in the topics that were merged into it before, goes back to it.
pub async fn carry_back(tx: &mut Tx, origin: TopicId, from: TopicId) -> Result<()> {
    tx.query(
        r#"WITH RECURSIVE part (id) AS (
               SELECT id FROM topic WHERE id = $1
               UNION SELECT topic.id FROM topic JOIN part ON topic.merged_into = part.id
           )
           UPDATE "update" SET topic_id = $1
           WHERE origin_topic_id IN (SELECT id FROM part) AND topic_id = $2 AND NOT EXISTS (
               SELECT 1 FROM "update" told WHERE told.customer_id = "update".customer_id AND told.topic_id = $1
                  AND told.kind = "update".kind AND told.cycle = "update".cycle)"#,
    )
    .bind(origin)
    .bind(from)
    .execute()
    .await?;
    Ok(())
}
