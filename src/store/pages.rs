//! The links to customers' own pages. Only hashes are kept.

use std::sync::LazyLock;

use super::{
    Result, Session, Tx,
    columns::record,
    many::{ManyRows, ROWS_MAX},
};
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
    /// Whether the message with the link came back, so that seeing it there proves nothing.
    pub returned: bool,
}
record!(Page { customer = "customer_id", update = "update_id", returned });

/// Stores the hash of an update's link. One that is already stored stays as it is.
pub async fn add(tx: &mut Tx, hash: &[u8], customer: CustomerId, update: UpdateId, expires_at: Time) -> Result<()> {
    tx.query(
        "INSERT INTO page_token (hash, customer_id, update_id, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (hash) DO NOTHING",
    )
    .bind(hash)
    .bind(customer)
    .bind(update)
    .bind(expires_at)
    .execute()
    .await?;
    Ok(())
}

/// Stores those that are not stored yet.
static ADD_MANY: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH fresh (hash, customer_id, update_id, expires_at) AS (VALUES ",
        4,
        ") INSERT INTO page_token (hash, customer_id, update_id, expires_at)
         SELECT hash, customer_id, update_id, expires_at FROM fresh WHERE hash IS NOT NULL ON CONFLICT (hash) DO NOTHING",
    )
});

/// As [`add`] does one: stores the hashes of the links of these customers' updates.
pub async fn add_many(tx: &mut Tx, links: &[(Vec<u8>, CustomerId, UpdateId)], expires_at: Time) -> Result<()> {
    for some in links.chunks(ROWS_MAX) {
        let insert = tx.query_many(&ADD_MANY, some, |insert, row| {
            insert
                .bind(row.map(|(hash, _, _)| &hash[..]))
                .bind(row.map(|(_, customer, _)| *customer))
                .bind(row.map(|(_, _, update)| *update))
                .bind(row.map(|_| expires_at))
        });
        insert.execute().await?;
    }
    Ok(())
}

/// What a link was sent with, also where it opens nothing any more: that it was seen still says something.
pub async fn find(session: &mut impl Session, hash: &[u8]) -> Result<Option<Page>> {
    session.query("SELECT customer_id, update_id, returned FROM page_token WHERE hash = $1").bind(hash).optional().await
}

/// Whose page a link opens, unless the link has expired.
pub async fn open(session: &mut impl Session, hash: &[u8], now: Time) -> Result<Option<Page>> {
    session
        .query("SELECT customer_id, update_id, returned FROM page_token WHERE hash = $1 AND expires_at > $2")
        .bind(hash)
        .bind(now)
        .optional()
        .await
}

/// The hashes of the links that an update was sent with, but for those that came back.
pub async fn of_update(session: &mut impl Session, update: UpdateId) -> Result<Vec<Vec<u8>>> {
    let rows = session
        .query("SELECT hash FROM page_token WHERE update_id = $1 AND NOT returned")
        .bind(update)
        .all::<(Vec<u8>,)>()
        .await?;
    Ok(rows.into_iter().map(|(hash,)| hash).collect())
}

/// How many links of a customer work at this time.
pub async fn count(session: &mut impl Session, customer: CustomerId, now: Time) -> Result<i64> {
    let (count,) = session
        .query("SELECT count(*) FROM page_token WHERE customer_id = $1 AND expires_at > $2")
        .bind(customer)
        .bind(now)
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// Links stop working at this time: an update's, a customer's, or all. That their messages were sent stays known by them.
/// Says how many there were.
pub async fn revoke(tx: &mut Tx, customer: Option<CustomerId>, update: Option<UpdateId>, now: Time) -> Result<u64> {
    tx.query(
        "UPDATE page_token SET expires_at = $3
         WHERE expires_at > $3 AND ($1 IS NULL OR customer_id = $1) AND ($2 IS NULL OR update_id = $2)",
    )
    .bind(customer)
    .bind(update)
    .bind(now)
    .execute()
    .await
}
