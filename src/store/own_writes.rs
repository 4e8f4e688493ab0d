//! The ids under which what we wrote comes back from a helpdesk, so that it changes nothing there (G7, our own writes change nothing).

use super::{Result, Session, Tx};
use crate::{base::clock::Time, model::key};

/// Remembers the ids of a write of ours. One that is too long for a key is not taken in when it comes back, either.
pub async fn add(tx: &mut Tx, connection: &str, external_ids: &[String], now: Time) -> Result<()> {
    for id in external_ids.iter().filter(|id| key::fits(id)) {
        tx.query(
            "INSERT INTO own_write (connection, external_id, written_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(connection)
        .bind(id.as_str())
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
        .bind(connection)
        .bind(external_id)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}
