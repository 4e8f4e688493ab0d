//! Work that only one process may do at a time.

use std::time::Duration;

use uuid::Uuid;

use super::{Database, Result, Session, Tx};
use crate::base::clock::Time;

/// Takes the lease for `span` if nobody holds it. A holder may take its own again. True if it is ours.
pub async fn take(database: &Database, name: &str, holder: Uuid, now: Time, span: Duration) -> Result<bool> {
    let mut tx = database.begin().await?;
    let rows = tx
        .query(
            "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE lease.until < $4 OR lease.holder = excluded.holder",
        )
        .bind(name)
        .bind(holder)
        .bind(now.plus(span))
        .bind(now)
        .execute()
        .await?;
    tx.commit().await?;
    Ok(rows == 1)
}

/// Takes the lease for `span` if nobody holds it, not even another job of this process. True if it is ours.
pub async fn take_alone(database: &Database, name: &str, holder: Uuid, now: Time, span: Duration) -> Result<bool> {
    let mut tx = database.begin().await?;
    let rows = tx
        .query(
            "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE lease.until < $4",
        )
        .bind(name)
        .bind(holder)
        .bind(now.plus(span))
        .bind(now)
        .execute()
        .await?;
    tx.commit().await?;
    Ok(rows == 1)
}

/// Whether the lease is still ours. Called inside the transaction that relies on it.
pub async fn holds(tx: &mut Tx, name: &str, holder: Uuid, now: Time) -> Result<bool> {
    let row = tx
        .query("SELECT until FROM lease WHERE name = $1 AND holder = $2 AND until >= $3")
        .bind(name)
        .bind(holder)
        .bind(now)
        .optional::<(Time,)>()
        .await?;
    Ok(row.is_some())
}

/// Gives the lease back early.
pub async fn release(database: &Database, name: &str, holder: Uuid) -> Result<()> {
    let mut tx = database.begin().await?;
    tx.query("DELETE FROM lease WHERE name = $1 AND holder = $2").bind(name).bind(holder).execute().await?;
    tx.commit().await
}
