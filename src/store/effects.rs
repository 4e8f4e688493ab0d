//! Notes, tags and comments: the intent is written before the call is made, so none is done twice. And the ids of what we
//! wrote, so that it changes nothing when it comes back (G7).

use serde_json::Value;
use sqlx::types::Json;

use super::{Result, Session, Tx, columns::record};
use crate::{base::clock::Time, model::id::EffectId};

/// An outside effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Our id.
    pub id: EffectId,
    /// What makes it the same effect when it is wanted again.
    pub key: String,
    /// `note`, `tag`, `reopen`, `comment`, `close`.
    pub kind: String,
    /// The ticket's or the topic's id.
    pub subject: String,
    /// What to write.
    pub detail: Value,
    /// `wanted`, `unclear`, `done`, `dropped`.
    pub state: String,
    /// When the call was last begun.
    pub attempted_at: Option<Time>,
}
record!(Effect { id, key, kind, subject, json detail, state, attempted_at });

/// Wants an effect; `None` when the same was wanted before.
pub async fn want(
    tx: &mut Tx,
    kind: &str,
    key: &str,
    subject: &str,
    detail: Value,
    now: Time,
) -> Result<Option<EffectId>> {
    let id = EffectId::generate(now);
    let rows = tx
        .query(
            "INSERT INTO outbox_message (id, key, kind, subject, detail, state, created_at)
             VALUES ($1, $2, $3, $4, $5, 'wanted', $6) ON CONFLICT (key) DO NOTHING",
        )
        .bind(id)
        .bind(key.to_owned())
        .bind(kind.to_owned())
        .bind(subject.to_owned())
        .bind(Json(detail))
        .bind(now)
        .execute()
        .await?;
    Ok((rows == 1).then_some(id))
}

/// The effect of this id.
pub async fn get(session: &mut impl Session, id: EffectId) -> Result<Option<Effect>> {
    session
        .query("SELECT id, key, kind, subject, detail, state, attempted_at FROM outbox_message WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

/// The effect of this key, where it is still to be done.
pub async fn pending(session: &mut impl Session, key: &str) -> Result<Option<EffectId>> {
    let row = session
        .query("SELECT id FROM outbox_message WHERE key = $1 AND state IN ('wanted', 'unclear')")
        .bind(key.to_owned())
        .optional::<(EffectId,)>()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Effects that a lost job left behind.
pub async fn stranded(session: &mut impl Session, before: Time, limit: i64) -> Result<Vec<EffectId>> {
    let rows = session
        .query(
            "SELECT id FROM outbox_message WHERE state IN ('wanted', 'unclear') AND created_at <= $1
               AND (attempted_at IS NULL OR attempted_at <= $1) ORDER BY id LIMIT $2",
        )
        .bind(before)
        .bind(limit)
        .all::<(EffectId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Takes an effect for doing. False when somebody else has it: `unclear_before` tells a call that was cut off from one
/// that is under way.
pub async fn claim(tx: &mut Tx, id: EffectId, unclear_before: Time, now: Time) -> Result<bool> {
    let rows = tx
        .query(
            "UPDATE outbox_message SET state = 'unclear', attempted_at = $3
             WHERE id = $1 AND (state = 'wanted' OR (state = 'unclear' AND attempted_at <= $2))",
        )
        .bind(id)
        .bind(unclear_before)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The call did not leave, or was refused for now: it may be made again without looking.
pub async fn unclaim(tx: &mut Tx, id: EffectId) -> Result<()> {
    tx.query("UPDATE outbox_message SET state = 'wanted' WHERE id = $1 AND state = 'unclear'")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Done, or never to be done.
pub async fn finish(tx: &mut Tx, id: EffectId, done: bool, external_id: Option<&str>, now: Time) -> Result<()> {
    tx.query("UPDATE outbox_message SET state = $2, external_id = $3, done_at = $4 WHERE id = $1")
        .bind(id)
        .bind(if done { "done" } else { "dropped" })
        .bind(external_id.map(str::to_owned))
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// How many effects of a kind and subject were done since `since`: for limits on how much we write.
pub async fn done_since(session: &mut impl Session, kind: &str, subject: &str, since: Time) -> Result<i64> {
    let (count,) = session
        .query("SELECT count(*) FROM outbox_message WHERE kind = $1 AND subject = $2 AND state IN ('done', 'unclear', 'wanted') AND created_at >= $3")
        .bind(kind.to_owned())
        .bind(subject.to_owned())
        .bind(since)
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// Remembers the ids under which our own write will come back.
pub async fn wrote(tx: &mut Tx, connection: &str, external_ids: &[String], now: Time) -> Result<()> {
    for id in external_ids {
        tx.query(
            "INSERT INTO own_write (connection, external_id, written_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(connection.to_owned())
        .bind(id.clone())
        .bind(now)
        .execute()
        .await?;
    }
    Ok(())
}

/// Whether we wrote this.
pub async fn is_ours(session: &mut impl Session, connection: &str, external_id: &str) -> Result<bool> {
    let row = session
        .query("SELECT 1 FROM own_write WHERE connection = $1 AND external_id = $2")
        .bind(connection.to_owned())
        .bind(external_id.to_owned())
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}
