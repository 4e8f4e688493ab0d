//! Tickets in which a message of ours stands that is not remembered: the database is older than the message, as after a backup was
//! restored (G4, one update per customer and milestone).

use std::{collections::HashSet, sync::LazyLock};

use super::{
    Result, Session, Tx,
    many::{ManyRows, ROWS_MAX},
};
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

/// Those with one.
static OF_MANY: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new("SELECT DISTINCT customer_id FROM ticket WHERE unremembered AND customer_id IN (VALUES ", 1, ")")
});

/// Those of these customers of whom [`has_one`] is so.
pub async fn of_many(session: &mut impl Session, customers: &[CustomerId]) -> Result<HashSet<CustomerId>> {
    let mut found = HashSet::new();
    for some in customers.chunks(ROWS_MAX) {
        let query = session.query_many(&OF_MANY, some, |query, row| query.bind(row.copied()));
        found.extend(query.all::<(CustomerId,)>().await?.into_iter().map(|(id,)| id));
    }
    Ok(found)
}
