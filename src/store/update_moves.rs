//! What becomes of updates that were not sent when their step is taken back, their customer leaves, or topics are merged and
//! parted again (G4, one update per customer and milestone).

use super::{
    Result, Session, Tx,
    columns::{owed, record, the_same_release, unsent},
};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, MilestoneId, TopicId, UpdateId},
        milestone::{Milestone, MilestoneKind},
    },
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

/// Two updates of one customer about the same kind of step, in the present cycles of two topics that become one.
pub struct Contested {
    /// The one of the topic that is merged into the other.
    pub goes: UpdateId,
    /// The one of the topic that carries on.
    pub stays: UpdateId,
    /// Whether they tell of the same: of a fix, in the same release.
    pub is_the_same: bool,
    /// When the step of the first happened.
    pub goes_at: Time,
    /// When the step of the other did.
    pub stays_at: Time,
}
record!(Contested { goes, stays, is_the_same, goes_at, stays_at });

/// What a customer would be told twice where `from` is merged into `into`, as far as their numbers say.
pub async fn contested(session: &mut impl Session, from: TopicId, into: TopicId) -> Result<Vec<Contested>> {
    session
        .query(concat!(
            r#"SELECT goes.id AS goes, stays.id AS stays, theirs.at AS goes_at, ours.at AS stays_at,
                   CASE WHEN goes.kind <> 'shipped' OR "#,
            the_same_release!("theirs", "ours"),
            r#" THEN 1 = 1 ELSE 1 = 0 END AS is_the_same
               FROM "update" goes JOIN "update" stays ON stays.customer_id = goes.customer_id AND stays.kind = goes.kind
                   JOIN milestone theirs ON theirs.id = goes.milestone_id JOIN milestone ours ON ours.id = stays.milestone_id
               WHERE goes.topic_id = $1 AND stays.topic_id = $2
                 AND goes.cycle = (SELECT topic.cycle FROM topic WHERE topic.id = $1)
                 AND stays.cycle = (SELECT topic.cycle FROM topic WHERE topic.id = $2)
               ORDER BY goes.id, stays.id"#
        ))
        .bind(from)
        .bind(into)
        .all()
        .await
}

/// What was told in a topic counts for the topic it is merged into (G4, one update per customer and milestone), and is numbered as
/// that one counts: what is of the present cycle of the one is of the present cycle of the other, and everything before is of none of
/// its cycles. What customers answered to it goes along.
pub async fn carry_over(tx: &mut Tx, from: TopicId, into: TopicId) -> Result<()> {
    tx.query(
        r#"UPDATE "update" SET topic_id = $2,
               cycle = CASE WHEN cycle = (SELECT topic.cycle FROM topic WHERE topic.id = $1)
                   THEN (SELECT topic.cycle FROM topic WHERE topic.id = $2) ELSE -1 END
           WHERE topic_id = $1"#,
    )
    .bind(from)
    .bind(into)
    .execute()
    .await?;
    tx.query(
        r#"UPDATE confirmation SET topic_id = $2, cycle = (SELECT topic.cycle FROM topic WHERE topic.id = $2)
           WHERE topic_id = $1 AND cycle = (SELECT topic.cycle FROM topic WHERE topic.id = $1)
             AND update_id IN (SELECT "update".id FROM "update" WHERE "update".topic_id = $2)
             AND NOT EXISTS (SELECT 1 FROM confirmation said WHERE said.customer_id = confirmation.customer_id
                 AND said.topic_id = $2 AND said.verdict = confirmation.verdict
                 AND said.cycle = (SELECT topic.cycle FROM topic WHERE topic.id = $2))"#,
    )
    .bind(from)
    .bind(into)
    .execute()
    .await?;
    Ok(())
}

/// An update that a merge would bring along stays in the topic that was merged, because the other one tells the same.
pub async fn stay_behind(tx: &mut Tx, id: UpdateId, from: TopicId) -> Result<()> {
    tx.query(
        r#"UPDATE "update" SET topic_id = $2, cycle = (SELECT topic.cycle FROM topic WHERE topic.id = $2) WHERE id = $1"#,
    )
    .bind(id)
    .bind(from)
    .execute()
    .await?;
    Ok(())
}

/// A merge is undone: what had been told in `origin`, and in the topics that were merged into it before, goes back to it with its
/// answers, and counts there as it did.
pub async fn carry_back(tx: &mut Tx, origin: TopicId, from: TopicId) -> Result<()> {
    tx.query(
        r#"WITH RECURSIVE part (id) AS (
               SELECT id FROM topic WHERE id = $1
               UNION SELECT topic.id FROM topic JOIN part ON topic.merged_into = part.id
           )
           UPDATE "update" SET topic_id = $1,
               cycle = CASE WHEN origin_topic_id = $1
                       THEN (SELECT milestone.cycle FROM milestone WHERE milestone.id = "update".milestone_id)
                   WHEN cycle < 0 THEN -1 ELSE (SELECT topic.cycle FROM topic WHERE topic.id = $1) END
           WHERE origin_topic_id IN (SELECT id FROM part) AND topic_id = $2"#,
    )
    .bind(origin)
    .bind(from)
    .execute()
    .await?;
    tx.query(
        r#"UPDATE confirmation SET topic_id = $1,
               cycle = (SELECT told.cycle FROM "update" told WHERE told.id = confirmation.update_id)
           WHERE topic_id = $2 AND update_id IN (SELECT told.id FROM "update" told WHERE told.topic_id = $1)
             AND NOT EXISTS (SELECT 1 FROM confirmation said WHERE said.customer_id = confirmation.customer_id
                 AND said.topic_id = $1 AND said.verdict = confirmation.verdict
                 AND said.cycle = (SELECT told.cycle FROM "update" told WHERE told.id = confirmation.update_id))"#,
    )
    .bind(origin)
    .bind(from)
    .execute()
    .await?;
    Ok(())
}

/// The updates about a fix, or about one that was taken back, that were cancelled for one of these reasons, and whose customer is in
/// the topic and has no other that tells the same.
pub async fn missed(session: &mut impl Session, topic: TopicId, reasons: [&str; 4]) -> Result<Vec<UpdateId>> {
    let [one, other, third, fourth] = reasons;
    let rows = session
        .query(concat!(
            r#"SELECT missed.id FROM "update" missed JOIN topic ON topic.id = missed.topic_id
               WHERE missed.topic_id = $1 AND missed.state = 'cancelled' AND missed.reason IN ($2, $3, $4, $5)
                 AND (missed.kind = 'shipped' AND missed.cycle = topic.cycle AND topic.state = 'shipped' OR missed.kind = 'correction')
                 AND EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id
                     WHERE link.topic_id = $1 AND ticket.customer_id = missed.customer_id)
                 AND NOT EXISTS (SELECT 1 FROM "update" told WHERE told.topic_id = $1 AND told.customer_id = missed.customer_id
                     AND told.kind = missed.kind AND told.cycle = missed.cycle
                     AND (told.state = 'sent' OR told.state IN "#,
            owed!(),
            ")) ORDER BY missed.id"
        ))
        .bind(topic)
        .bind(one)
        .bind(other)
        .bind(third)
        .bind(fourth)
        .all::<(UpdateId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whether the topic that an update is in was opened again since, in whichever topic it was planned.
pub async fn is_of_an_earlier_cycle(session: &mut impl Session, update: UpdateId) -> Result<bool> {
    let row = session
        .query(
            r#"SELECT 1 FROM "update" JOIN topic ON topic.id = "update".topic_id
               WHERE "update".id = $1 AND topic.cycle > "update".cycle"#,
        )
        .bind(update);
    Ok(row.optional::<(i32,)>().await?.is_some())
}

/// Whether anybody was told, or may have been, that a topic shipped by this step, or of its release by a topic that was merged into it.
pub async fn was_told(session: &mut impl Session, step: &Milestone) -> Result<bool> {
    let row = session
        .query(concat!(
            r#"SELECT 1 FROM "update" told JOIN milestone theirs ON theirs.id = told.milestone_id
                   JOIN milestone step ON step.id = $3
               WHERE told.topic_id = $1 AND told.kind = 'shipped' AND told.cycle = $2
                 AND (theirs.id = step.id OR "#,
            the_same_release!("theirs", "step"),
            ") AND told.state IN ('sending', 'sent', 'in_doubt') LIMIT 1"
        ))
        .bind(step.topic)
        .bind(step.cycle)
        .bind(step.id);
    Ok(row.optional::<(i32,)>().await?.is_some())
}
