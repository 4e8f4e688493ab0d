//! Until when a helpdesk or GitHub must not be called because it asked us to wait, and how much of GitHub's quota is
//! used.

use serde_json::{Value, json};
use sqlx::types::Json;

use super::{Result, Session, Tx, columns::record};
use crate::base::clock::Time;

/// A wait that the other side asked for.
#[derive(Clone, Debug)]
pub struct Block {
    /// `helpdesk:NAME` or `github`.
    pub name: String,
    /// When it may be called again.
    pub until: Time,
    /// What the other side said.
    pub reason: String,
}
record!(Block { name, until = "blocked_until", reason });

/// Until when `name` must not be called. `None` if it may be called now.
pub async fn blocked_until(session: &mut impl Session, name: &str, now: Time) -> Result<Option<Time>> {
    let row = session
        .query("SELECT blocked_until FROM rate_limit WHERE name = $1 AND blocked_until > $2")
        .bind(name)
        .bind(now)
        .optional::<(Time,)>()
        .await?;
    Ok(row.map(|(until,)| until))
}

/// Forbids calls to `name` until `until`. A longer block stays.
pub async fn block(tx: &mut Tx, name: &str, until: Time, reason: &str) -> Result<()> {
    tx.query(
        "INSERT INTO rate_limit (name, blocked_until, reason, quota) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET blocked_until = excluded.blocked_until, reason = excluded.reason
         WHERE rate_limit.blocked_until < excluded.blocked_until",
    )
    .bind(name)
    .bind(until)
    .bind(reason)
    .bind(Json(json!({})))
    .execute()
    .await?;
    Ok(())
}

/// Every block that has not ended.
pub async fn blocks(session: &mut impl Session, now: Time) -> Result<Vec<Block>> {
    session
        .query("SELECT name, blocked_until, reason FROM rate_limit WHERE blocked_until > $1 ORDER BY name")
        .bind(now)
        .all()
        .await
}

/// How much of the quota of `name` is used. Nobody else reads or changes it until `tx` ends.
pub async fn lock_quota(tx: &mut Tx, name: &str, now: Time) -> Result<Value> {
    let (Json(quota),) = tx
        .query(
            "INSERT INTO rate_limit (name, blocked_until, reason, quota) VALUES ($1, $2, '', $3)
             ON CONFLICT (name) DO UPDATE SET reason = rate_limit.reason RETURNING quota",
        )
        .bind(name)
        .bind(now)
        .bind(Json(json!({})))
        .one::<(Json<Value>,)>()
        .await?;
    Ok(quota)
}

/// Stores how much of the quota of `name` is used.
pub async fn keep_quota(tx: &mut Tx, name: &str, quota: Value, now: Time) -> Result<()> {
    tx.query(
        "INSERT INTO rate_limit (name, blocked_until, reason, quota) VALUES ($1, $2, '', $3)
         ON CONFLICT (name) DO UPDATE SET quota = excluded.quota",
    )
    .bind(name)
    .bind(now)
    .bind(Json(quota))
    .execute()
    .await?;
    Ok(())
}
