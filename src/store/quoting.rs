//! Whose words a person keeps out of issues.

use super::{Result, Session, Tx};
use crate::model::id::{TicketId, TopicId};

/// The tickets of a topic whose words a person keeps out of its issue.
pub async fn unquoted(session: &mut impl Session, topic: TopicId) -> Result<Vec<TicketId>> {
    let rows = session
        .query(
            "SELECT ticket.id FROM ticket JOIN link ON link.ticket_id = ticket.id
             WHERE link.topic_id = $1 AND ticket.unquoted ORDER BY ticket.id",
        )
        .bind(topic)
        .all::<(TicketId,)>()
        .await?;
    Ok(rows.into_iter().map(|(ticket,)| ticket).collect())
}

/// A person keeps a ticket's words out of issues, or lets them in again. False if there is no such ticket.
pub async fn set_unquoted(tx: &mut Tx, ticket: TicketId, unquoted: bool) -> Result<bool> {
    let rows = tx.query("UPDATE ticket SET unquoted = $2 WHERE id = $1").bind(ticket).bind(unquoted).execute().await?;
    Ok(rows == 1)
}
