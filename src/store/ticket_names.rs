//! The names that tickets came with, where the customer's name is a field of the ticket: one that stays there when the ticket is given
//! to somebody else is not theirs. What is kept is a keyed hash, which says nothing to whoever reads it.

use super::{Result, Session, Tx};
use crate::model::id::TicketId;

/// Whether a name stood in a ticket before it was given to this person, or to whoever had it in between.
pub async fn stayed(
    session: &mut impl Session,
    (connection, ticket): (&str, &str),
    person: &str,
    name: &[u8],
) -> Result<bool> {
    let row = session
        .query(
            "SELECT 1 FROM ticket WHERE connection = $1 AND external_id = $2 AND name_trace = $4
                AND (name_stayed OR requester_external_id <> $3)",
        )
        .bind(connection)
        .bind(ticket)
        .bind(person)
        .bind(name)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// Keeps the name that a ticket came with, and whether it stood there before.
pub async fn keep(tx: &mut Tx, ticket: TicketId, name: &[u8], stayed: bool) -> Result<()> {
    tx.query("UPDATE ticket SET name_trace = $2, name_stayed = $3 WHERE id = $1")
        .bind(ticket)
        .bind(name)
        .bind(stayed)
        .execute()
        .await?;
    Ok(())
}
