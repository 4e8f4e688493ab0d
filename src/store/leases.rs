//! What one process may do at a time, and whom nobody may call before when.

use std::time::Duration;

use uuid::Uuid;

use super::{Database, Result, Session, Tx, columns::record};
use crate::base::clock::Time;

/// Takes the lease for `span` if nobody holds it; a holder takes its own again. True when it is ours.
pub async fn take(database: &Database, name: &str, holder: Uuid, now: Time, span: Duration) -> Result<bool> {
    let mut tx = database.begin().await?;
    let rows = tx
        .query(
            "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE lease.until < $4 OR lease.holder = excluded.holder",
        )
        .bind(name.to_owned())
        .bind(holder)
        .bind(now.plus(span))
        .bind(now)
        .execute()
        .await?;
    tx.commit().await?;
    Ok(rows == 1)
}

/// Takes the lease for `span` if nobody holds it, nor another job of this process. True when it is ours.
pub async fn take_alone(database: &Database, name: &str, holder: Uuid, now: Time, span: Duration) -> Result<bool> {
    let mut tx = database.begin().await?;
    let rows = tx
        .query(
            "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE lease.until < $4",
        )
        .bind(name.to_owned())
        .bind(holder)
        .bind(now.plus(span))
        .bind(now)
        .execute()
        .await?;
    tx.commit().await?;
    Ok(rows == 1)
}

/// Whether the lease is still ours; inside the transaction that relies on it.
pub async fn holds(tx: &mut Tx, name: &str, holder: Uuid, now: Time) -> Result<bool> {
    let row = tx
        .query("SELECT until FROM lease WHERE name = $1 AND holder = $2 AND until >= $3")
        .bind(name.to_owned())
        .bind(holder)
        .bind(now)
        .optional::<(Time,)>()
        .await?;
    Ok(row.is_some())
}

/// Gives the lease back early.
pub async fn release(database: &Database, name: &str, holder: Uuid) -> Result<()> {
    let mut tx = database.begin().await?;
    tx.query("DELETE FROM lease WHERE name = $1 AND holder = $2").bind(name.to_owned()).bind(holder).execute().await?;
    tx.commit().await
}

/// A pause that the other side asked for.
#[derive(Clone, Debug)]
pub struct Pause {
    /// `helpdesk:NAME` or `github`.
    pub name: String,
    /// Nobody calls before.
    pub paused_until: Time,
    /// What the other side said.
    pub reason: String,
}
record!(Pause { name, paused_until = "blocked_until", reason });

/// Until when `name` must not be called.
pub async fn paused_until(session: &mut impl Session, name: &str, now: Time) -> Result<Option<Time>> {
    let row = session
        .query("SELECT blocked_until FROM rate_limit WHERE name = $1 AND blocked_until > $2")
        .bind(name.to_owned())
        .bind(now)
        .optional::<(Time,)>()
        .await?;
    Ok(row.map(|(until,)| until))
}

/// Nobody calls `name` before `until`; a later pause that stands already is kept.
pub async fn pause(tx: &mut Tx, name: &str, until: Time, reason: &str) -> Result<()> {
    tx.query(
        "INSERT INTO rate_limit (name, blocked_until, reason, quota) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET blocked_until = excluded.blocked_until, reason = excluded.reason
         WHERE rate_limit.blocked_until < excluded.blocked_until",
    )
    .bind(name.to_owned())
    .bind(until)
    .bind(reason.to_owned())
    .bind(sqlx::types::Json(serde_json::json!({})))
    .execute()
    .await?;
    Ok(())
}

/// The rate budget's state of `name`; nobody else reads or keeps it until `tx` ends.
pub async fn lock_budget(tx: &mut Tx, name: &str, now: Time) -> Result<serde_json::Value> {
    let (sqlx::types::Json(state),) = tx
        .query(
            "INSERT INTO rate_limit (name, blocked_until, reason, quota) VALUES ($1, $2, '', $3)
             ON CONFLICT (name) DO UPDATE SET reason = rate_limit.reason RETURNING quota",
        )
        .bind(name.to_owned())
        .bind(now)
        .bind(sqlx::types::Json(serde_json::json!({})))
        .one::<(sqlx::types::Json<serde_json::Value>,)>()
        .await?;
    Ok(state)
}

/// Keeps the rate budget's state of `name`.
pub async fn keep_budget(tx: &mut Tx, name: &str, state: serde_json::Value, now: Time) -> Result<()> {
    tx.query(
        "INSERT INTO rate_limit (name, blocked_until, reason, quota) VALUES ($1, $2, '', $3)
         ON CONFLICT (name) DO UPDATE SET quota = excluded.quota",
    )
    .bind(name.to_owned())
    .bind(now)
    .bind(sqlx::types::Json(state))
    .execute()
    .await?;
    Ok(())
}

/// Every pause that stands.
pub async fn pauses(session: &mut impl Session, now: Time) -> Result<Vec<Pause>> {
    session
        .query("SELECT name, blocked_until, reason FROM rate_limit WHERE blocked_until > $1 ORDER BY name")
        .bind(now)
        .all()
        .await
}
