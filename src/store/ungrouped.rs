//! Tickets in no topic, and which of them nobody wrote: mail that came back, and answers of machines.

use super::{Result, Session, Tx};
use crate::{base::clock::Time, model::id::TicketId};

/// How a message is read that a machine wrote.
const BY_A_MACHINE: &str = "automatic";

/// Tickets in no topic yet, oldest first, which a lost job would have grouped: those from `since` on that were last read before a
/// time. A ticket with the tag `ours` in which the customer has said nothing is an answer of ours, and one in which only machines
/// wrote is no complaint either.
pub async fn list(
    session: &mut impl Session,
    ours: &str,
    since: TicketId,
    read_before: Time,
    limit: i64,
) -> Result<Vec<TicketId>> {
    let rows = session
        .query(
            "SELECT ticket.id FROM ticket LEFT JOIN link ON link.ticket_id = ticket.id
             WHERE ticket.id >= $4 AND ticket.read_at <= $5 AND link.ticket_id IS NULL AND ticket.status NOT IN ('deleted', 'merged')
               AND (CAST(ticket.tags AS TEXT) NOT LIKE $2
                    OR EXISTS (SELECT 1 FROM message WHERE message.ticket_id = ticket.id AND message.public AND message.author = 'customer'))
               AND (NOT EXISTS (SELECT 1 FROM message WHERE message.ticket_id = ticket.id AND message.reading = $3)
                    OR EXISTS (SELECT 1 FROM message WHERE message.ticket_id = ticket.id AND message.public AND message.author = 'customer'
                               AND (message.reading IS NULL OR message.reading <> $3)))
             ORDER BY ticket.id LIMIT $1",
        )
        .bind(limit)
        .bind(format!("%\"{ours}\"%"))
        .bind(BY_A_MACHINE)
        .bind(since)
        .bind(read_before)
        .all::<(TicketId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Notes that a machine wrote a message of a ticket in no topic.
pub async fn machine_wrote(tx: &mut Tx, ticket: TicketId, external_id: &str) -> Result<()> {
    tx.query(
        "UPDATE message SET reading = $3 WHERE ticket_id = $1 AND external_id = $2
            AND NOT EXISTS (SELECT 1 FROM link WHERE link.ticket_id = $1)",
    )
    .bind(ticket)
    .bind(external_id)
    .bind(BY_A_MACHINE)
    .execute()
    .await?;
    Ok(())
}
