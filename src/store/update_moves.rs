//! What becomes of updates that were not sent when their step is taken back, their customer leaves, or topics are merged and
//! parted again (G4, one update per customer and milestone).

use super::{Result, Session, Tx, columns::unsent};
use crate::model::{
    id::{CustomerId, MilestoneId, TopicId, UpdateId},
    milestone::{Milestone, MilestoneKind},
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

/// What was told in a topic counts for the topic it is merged into (G4), and in its cycle. An update that the other topic
/// already has stays behind.
pub async fn carry_over(tx: &mut Tx, from: TopicId, into: TopicId) -> Result<()> {
    tx.query(
        r#"UPDATE "update" SET topic_id = $2,
               cycle_here = CASE WHEN coalesce(cycle_here, cycle) = (SELECT topic.cycle FROM topic WHERE topic.id = $1)
                   THEN (SELECT topic.cycle FROM topic WHERE topic.id = $2) ELSE -1 END
           WHERE topic_id = $1 AND NOT EXISTS (
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
           UPDATE "update" SET topic_id = $1,
               cycle_here = CASE WHEN origin_topic_id = $1 THEN NULL WHEN cycle_here < 0 THEN -1
                   ELSE (SELECT topic.cycle FROM topic WHERE topic.id = $1) END
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

/// Whether the topic that an update is in was opened again since, in whichever topic it was planned.
pub async fn is_of_an_earlier_cycle(session: &mut impl Session, update: UpdateId) -> Result<bool> {
    let row = session
        .query(
            r#"SELECT 1 FROM "update" JOIN topic ON topic.id = "update".topic_id
               WHERE "update".id = $1 AND topic.cycle > coalesce("update".cycle_here, "update".cycle)"#,
        )
        .bind(update);
    Ok(row.optional::<(i32,)>().await?.is_some())
}

/// Whether anybody was told, or may have been, that a topic shipped by this step, or of its release by a topic that was merged into it.
pub async fn was_told(session: &mut impl Session, step: &Milestone) -> Result<bool> {
    let row = session
        .query(
            r#"SELECT 1 FROM "update" told JOIN milestone ON milestone.id = told.milestone_id
               WHERE told.topic_id = $1 AND told.kind = 'shipped' AND coalesce(told.cycle_here, told.cycle) = $2
                 AND (milestone.id = $3 OR milestone.release_id = $4) AND told.state IN ('sending', 'sent', 'in_doubt')
               LIMIT 1"#,
        )
        .bind(step.topic)
        .bind(step.cycle)
        .bind(step.id)
        .bind(step.release);
    Ok(row.optional::<(i32,)>().await?.is_some())
}
