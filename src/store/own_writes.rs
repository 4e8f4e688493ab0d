//! The ids under which what we wrote comes back from a helpdesk, so that it changes nothing there (G7, our own writes change nothing).

use std::sync::LazyLock;

use super::{
    Result, Session, Tx,
    many::{ManyRows, ROWS_MAX},
};
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

/// Remembers those that are not remembered yet.
static ADD_MANY: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH written (connection, external_id, written_at) AS (VALUES ",
        3,
        ") INSERT INTO own_write (connection, external_id, written_at)
         SELECT connection, external_id, written_at FROM written WHERE external_id IS NOT NULL ON CONFLICT DO NOTHING",
    )
});

/// As [`add`], for what may be hundreds.
pub async fn add_many(tx: &mut Tx, connection: &str, external_ids: &[&str], now: Time) -> Result<()> {
    let ours: Vec<&str> = external_ids.iter().copied().filter(|id| key::fits(id)).collect();
    for some in ours.chunks(ROWS_MAX) {
        let insert = tx.query_many(&ADD_MANY, some, |insert, row| {
            insert.bind(row.map(|_| connection)).bind(row.copied()).bind(row.map(|_| now))
        });
        insert.execute().await?;
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
