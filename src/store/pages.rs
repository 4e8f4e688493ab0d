//! The links to customers' own pages, and the console's sessions. Only hashes are kept.

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::id::{CustomerId, UpdateId},
};

/// Whose page a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The customer.
    pub customer: CustomerId,
    /// The update the link was sent with.
    pub update: Option<UpdateId>,
}
record!(Page { customer = "customer_id", update = "update_id" });

/// Stores the hash of a link. One that is already stored stays as it is.
pub async fn add(tx: &mut Tx, hash: &[u8], page: Page, expires_at: Time) -> Result<()> {
    tx.query(
        "INSERT INTO page_token (hash, customer_id, update_id, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (hash) DO NOTHING",
    )
    .bind(hash)
    .bind(page.customer)
    .bind(page.update)
    .bind(expires_at)
    .execute()
    .await?;
    Ok(())
}

/// Whose page a link opens, unless the link has expired.
pub async fn open(session: &mut impl Session, hash: &[u8], now: Time) -> Result<Option<Page>> {
    session
        .query("SELECT customer_id, update_id FROM page_token WHERE hash = $1 AND expires_at > $2")
        .bind(hash)
        .bind(now)
        .optional()
        .await
}

/// Begins a session of the console.
pub async fn begin_session(tx: &mut Tx, hash: &[u8], expires_at: Time) -> Result<()> {
    tx.query("INSERT INTO session (hash, expires_at) VALUES ($1, $2)").bind(hash).bind(expires_at).execute().await?;
    Ok(())
}

/// Whether the session exists and has not expired.
pub async fn has_session(session: &mut impl Session, hash: &[u8], now: Time) -> Result<bool> {
    let row = session
        .query("SELECT 1 FROM session WHERE hash = $1 AND expires_at > $2")
        .bind(hash)
        .bind(now)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// Ends a session, and deletes those that have expired.
pub async fn end_session(tx: &mut Tx, hash: &[u8], now: Time) -> Result<()> {
    tx.query("DELETE FROM session WHERE hash = $1 OR expires_at <= $2").bind(hash).bind(now).execute().await?;
    Ok(())
}
