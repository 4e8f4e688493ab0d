//! Who wants to be told nothing more: by one helpdesk, as they said on their page there, or by any, as support noted.

use std::collections::BTreeSet;

use super::{Result, Session, Tx};
use crate::{base::clock::Time, model::id::CustomerId};

/// A customer wants to be told nothing more by any helpdesk, or wants to be told again.
pub async fn set_for_all(tx: &mut Tx, customer: CustomerId, at: Option<Time>) -> Result<()> {
    tx.query("UPDATE customer SET opted_out_at = $2 WHERE id = $1").bind(customer).bind(at).execute().await?;
    Ok(())
}

/// A customer wants to be told nothing more by one helpdesk, or wants to be told again there. It stands with the helpdesk's
/// records, so it goes where they go.
pub async fn set(tx: &mut Tx, customer: CustomerId, connection: &str, at: Option<Time>) -> Result<()> {
    tx.query("UPDATE requester SET opted_out_at = $3 WHERE customer_id = $1 AND connection = $2")
        .bind(customer)
        .bind(connection)
        .bind(at)
        .execute()
        .await?;
    Ok(())
}

/// The connections whose helpdesks a customer wants to hear nothing more from. One record of theirs is enough.
pub async fn connections(session: &mut impl Session, customer: CustomerId) -> Result<BTreeSet<String>> {
    let rows = session
        .query("SELECT DISTINCT connection FROM requester WHERE customer_id = $1 AND opted_out_at IS NOT NULL")
        .bind(customer)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(connection,)| connection).collect())
}

/// Whether support noted that a customer wants to be told nothing more by any helpdesk.
pub async fn is_for_all(session: &mut impl Session, customer: CustomerId) -> Result<bool> {
    let row = session
        .query("SELECT 1 FROM customer WHERE id = $1 AND opted_out_at IS NOT NULL")
        .bind(customer)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}
