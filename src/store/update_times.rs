//! When a person wants held updates sent: not before a time, or at once. Each is one statement, so that what is sent meanwhile is
//! either as it was or as they want it.

use super::{Result, Session as _, Tx};
use crate::{
    base::clock::Time,
    model::{
        id::{TopicId, UpdateId},
        milestone::MilestoneKind,
    },
};

/// Holds an update until a time. False if it is not held.
pub async fn hold(tx: &mut Tx, id: UpdateId, until: Time, by: &str) -> Result<bool> {
    let rows = tx
        .query(
            r#"UPDATE "update" SET due_at = $2, held_by = $3, at_once = FALSE, reason = NULL
               WHERE id = $1 AND state = 'held'"#,
        )
        .bind(id)
        .bind(until)
        .bind(by)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Until when whoever is first of a step is held, and until when the others are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldTimes {
    /// The first who would be told, or everybody where somebody was told already.
    pub first: Time,
    /// The others.
    pub others: Time,
}

/// Holds every held update of a topic, or of one step of it. Gives which they are.
pub async fn hold_all(
    tx: &mut Tx,
    topic: TopicId,
    step: Option<MilestoneKind>,
    until: HoldTimes,
    by: &str,
) -> Result<Vec<UpdateId>> {
    let rows = tx
        .query(
            r#"WITH goes_first (id) AS (
                   SELECT ranked.id FROM (
                       SELECT id, milestone_id, row_number() OVER (PARTITION BY milestone_id ORDER BY due_at, id) AS nth
                       FROM "update" WHERE topic_id = $1 AND state = 'held'
                   ) AS ranked
                   WHERE ranked.nth = 1 OR EXISTS (SELECT 1 FROM "update" told
                       WHERE told.milestone_id = ranked.milestone_id AND told.state IN ('sending', 'sent', 'in_doubt'))
               )
               UPDATE "update" SET due_at = CASE WHEN id IN (SELECT goes_first.id FROM goes_first) THEN $3 ELSE $4 END,
                   held_by = $5, at_once = FALSE, reason = NULL
               WHERE topic_id = $1 AND state = 'held' AND ($2 IS NULL OR kind = $2)
               RETURNING id"#,
        )
        .bind(topic)
        .bind(step)
        .bind(until.first)
        .bind(until.others)
        .bind(by)
        .all::<(UpdateId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Has a held update sent at once. False if it is not held.
pub async fn send_at_once(tx: &mut Tx, id: UpdateId, now: Time) -> Result<bool> {
    let rows = tx
        .query(
            r#"UPDATE "update" SET due_at = $2, held_by = NULL, at_once = TRUE, reason = NULL
               WHERE id = $1 AND state = 'held'"#,
        )
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Has every held update of a topic sent at once, or of one step of it. Gives which they are.
pub async fn send_all_at_once(
    tx: &mut Tx,
    topic: TopicId,
    step: Option<MilestoneKind>,
    now: Time,
) -> Result<Vec<UpdateId>> {
    let rows = tx
        .query(
            r#"UPDATE "update" SET due_at = $3, held_by = NULL, at_once = TRUE, reason = NULL
               WHERE topic_id = $1 AND state = 'held' AND ($2 IS NULL OR kind = $2)
               RETURNING id"#,
        )
        .bind(topic)
        .bind(step)
        .bind(now)
        .all::<(UpdateId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A person decides otherwise: nobody holds an update any more.
pub async fn let_go(tx: &mut Tx, id: UpdateId) -> Result<()> {
    tx.query(r#"UPDATE "update" SET held_by = NULL WHERE id = $1"#).bind(id).execute().await?;
    Ok(())
}
