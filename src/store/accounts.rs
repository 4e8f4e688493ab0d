//! Whether two connections read one account.

use super::{Result, Session};
use crate::base::clock::Time;

/// What makes a ticket of two connections the same ticket: nobody opens two under one number, in one second, with one subject.
#[derive(Clone, Copy, Debug)]
pub struct SeenTicket<'t> {
    /// The connection's name.
    pub connection: &'t str,
    /// The helpdesk's id.
    pub external_id: &'t str,
    /// The helpdesk's id of who opened it.
    pub requester: &'t str,
    /// The subject.
    pub subject: &'t str,
    /// When it was opened.
    pub created_at: Time,
}

/// The other connections that this ticket is known from.
pub async fn others_with(session: &mut impl Session, ticket: &SeenTicket<'_>) -> Result<Vec<String>> {
    let rows = session
        .query(
            "SELECT connection FROM ticket WHERE external_id = $2 AND connection <> $1 AND created_at = $5
                AND requester_external_id = $3 AND subject = $4 ORDER BY connection",
        )
        .bind(ticket.connection)
        .bind(ticket.external_id)
        .bind(ticket.requester)
        .bind(ticket.subject.replace('\0', ""))
        .bind(ticket.created_at)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(connection,)| connection).collect())
}
