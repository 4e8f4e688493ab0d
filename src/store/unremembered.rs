//! Tickets in which a message of ours stands that is not remembered: the database is older than the message, as after a backup was
//! restored (G4, one update per customer and milestone).

use super::{Result, Session, Tx};
use crate::model::id::{CustomerId, TicketId};

/// Notes that there is one in a ticket; false if that was known.
pub async fn note(tx: &mut Tx, ticket: TicketId) -> Result<bool> {
    let rows = tx.query("UPDATE ticket SET unremembered = TRUE WHERE id = $1 AND NOT unremembered").bind(ticket);
    Ok(rows.execute().await? == 1)
}

/// Whether there is one in any ticket of a customer: what they were told may stand in a follow-up.
pub async fn has_one(session: &mut impl Session, customer: CustomerId) -> Result<bool> {
    let row = session.query("SELECT 1 FROM ticket WHERE customer_id = $1 AND unremembered LIMIT 1").bind(customer);
    Ok(row.optional::<(i32,)>().await?.is_some())
}
