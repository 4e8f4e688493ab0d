//! The words by which a ticket is found: of its subject, and of what its customer wrote in public. They are kept in the transaction
//! that writes the text they are read in, and go with it (G6, what is taken back is taken back in every text that was made of it).
//!
//! They are words that we took apart, in one row for a ticket. Each engine has its own index of them, which it keeps up in the same
//! transaction: SQLite by triggers with FTS5, PostgreSQL with GIN over a `tsvector` without any dictionary.

use super::{Result, Session as _, Tx};
use crate::model::{id::TicketId, search::text_words};

/// Of how many messages of a ticket the words are kept, the first ones.
const MESSAGES: i64 = 100;

/// Keeps the words of a ticket as it is now. One in which nothing is public, or which is deleted, is found by its number only.
pub(super) async fn keep(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    let texts = tx
        .query(
            "SELECT ticket.subject, message.body FROM ticket LEFT JOIN message ON message.ticket_id = ticket.id
                    AND message.public AND message.author = 'customer'
             WHERE ticket.id = $1 AND NOT ticket.internal AND ticket.status <> 'deleted'
             ORDER BY message.created_at, message.id LIMIT $2",
        )
        .bind(ticket)
        .bind(MESSAGES)
        .all::<(String, Option<String>)>()
        .await?;
    let subject = texts.first().map(|(subject, _)| subject.as_str());
    let bodies = texts.iter().filter_map(|(_, body)| body.as_deref());
    let words = text_words(subject.into_iter().chain(bodies));
    if words.is_empty() {
        return forget(tx, ticket).await;
    }
    // Most texts are stored again as they were, and then nothing is written.
    tx.query(
        "INSERT INTO ticket_text (ticket_id, words) VALUES ($1, $2)
         ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words WHERE ticket_text.words <> excluded.words",
    )
    .bind(ticket)
    .bind(words)
    .execute()
    .await?;
    Ok(())
}

/// Nothing is found by the words of a ticket any more.
pub(super) async fn forget(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    tx.query("DELETE FROM ticket_text WHERE ticket_id = $1").bind(ticket).execute().await?;
    Ok(())
}
