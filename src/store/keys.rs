//! Keys of our own, made at first start and kept in the database.

use super::{Database, Result, Session};
use crate::base::clock::Time;

/// The key with this name; `fresh` becomes it if there is none. Two processes that start at once get the same one.
pub async fn own(database: &Database, name: &str, fresh: Vec<u8>, now: Time) -> Result<Vec<u8>> {
    let mut tx = database.begin().await?;
    tx.query("INSERT INTO own_key (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(fresh)
        .bind(now)
        .execute()
        .await?;
    let (value,) = tx.query("SELECT value FROM own_key WHERE name = $1").bind(name).one::<(Vec<u8>,)>().await?;
    tx.commit().await?;
    Ok(value)
}
