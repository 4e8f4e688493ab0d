//! Whose words a ticket's messages are, once it is given to somebody else or back again.

use super::{Result, Session as _, Tx};
use crate::model::{
    id::{MessageId, TicketId},
    ticket::MessageAuthor,
};

/// Counts a ticket's messages as its customer's, or as somebody's in copy, by who wrote them: `requesters` are the helpdesk's ids of the
/// customer. A delivery need not list again what is known. What nobody is named for stays as it is. True if anything changed.
pub async fn settle(tx: &mut Tx, ticket: TicketId, requesters: &[String]) -> Result<bool> {
    if requesters.is_empty() {
        return Ok(false);
    }
    let rows = tx
        .query(
            "SELECT id, author, author_external_id FROM message
             WHERE ticket_id = $1 AND author IN ('customer', 'copied') AND public AND author_external_id IS NOT NULL",
        )
        .bind(ticket)
        .all::<(MessageId, MessageAuthor, String)>()
        .await?;
    let mut any = false;
    for (id, was, by) in rows {
        let is = if requesters.contains(&by) { MessageAuthor::Customer } else { MessageAuthor::Copied };
        if is != was {
            tx.query("UPDATE message SET author = $2 WHERE id = $1").bind(id).bind(is).execute().await?;
            any = true;
        }
    }
    Ok(any)
}
