//! The marks on tickets, and what became of the tickets that have them.

use std::collections::BTreeSet;

use super::{Result, Session, Tx, columns::record};
use crate::model::id::{CustomerId, OrganizationId, TicketId, TopicId};

/// How many tickets with a mark are looked at, the latest.
const HISTORY: i64 = 500;

/// Keeps the marks of a ticket. True if it has others than before.
pub async fn keep(tx: &mut Tx, ticket: TicketId, marks: &BTreeSet<String>) -> Result<bool> {
    let before: BTreeSet<String> = of(tx, ticket).await?.into_iter().collect();
    for gone in before.difference(marks) {
        tx.query("DELETE FROM mark WHERE ticket_id = $1 AND mark = $2")
            .bind(ticket)
            .bind(gone.as_str())
            .execute()
            .await?;
    }
    for new in marks.difference(&before) {
        tx.query("INSERT INTO mark (ticket_id, mark) VALUES ($1, $2)")
            .bind(ticket)
            .bind(new.as_str())
            .execute()
            .await?;
    }
    Ok(before != *marks)
}

/// The marks of a ticket.
pub async fn of(session: &mut impl Session, ticket: TicketId) -> Result<Vec<String>> {
    let rows = session.query("SELECT mark FROM mark WHERE ticket_id = $1 ORDER BY mark").bind(ticket);
    Ok(rows.all::<(String,)>().await?.into_iter().map(|(mark,)| mark).collect())
}

/// A ticket with a topic, for what its marks say.
#[derive(Clone, Debug)]
pub struct Marked {
    /// The ticket.
    pub ticket: TicketId,
    /// Its topic.
    pub topic: TopicId,
    /// Who wrote it.
    pub customer: CustomerId,
    /// The organization they write for.
    pub organization: Option<OrganizationId>,
    /// Whether an agent or a person placed it, or somebody answered the question about it.
    pub answered: bool,
    /// Whether a question about it waits for somebody.
    pub waits: bool,
}
record!(Marked {
    ticket = "id", topic = "topic_id", customer = "customer_id", organization = "organization_id", answered, waits
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT ticket.id, link.topic_id, ticket.customer_id, ticket.organization_id,
                    (link.maker <> 'machine' OR question.answered_at IS NOT NULL) AS answered,
                    (link.maker = 'machine' AND question.ticket_id IS NOT NULL AND question.answered_at IS NULL) AS waits
             FROM ticket JOIN link ON link.ticket_id = ticket.id LEFT JOIN question ON question.ticket_id = ticket.id ",
            $rest
        )
    };
}

/// The latest tickets of a brand with a mark, without this one, oldest first.
pub async fn with(
    session: &mut impl Session,
    mark: &str,
    brand: Option<&str>,
    without: TicketId,
) -> Result<Vec<Marked>> {
    let mut rows = session
        .query(select!(
            "JOIN mark ON mark.ticket_id = ticket.id
             WHERE mark.mark = $1 AND coalesce(ticket.brand, '') = $2 AND ticket.id <> $3 AND ticket.status <> 'deleted' AND NOT ticket.internal
             ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT $4"
        ))
        .bind(mark)
        .bind(brand.unwrap_or_default())
        .bind(without)
        .bind(HISTORY)
        .all::<Marked>()
        .await?;
    rows.reverse();
    Ok(rows)
}

/// The latest tickets of a brand, without this one, oldest first.
pub async fn all(session: &mut impl Session, brand: Option<&str>, without: TicketId) -> Result<Vec<Marked>> {
    let mut rows = session
        .query(select!(
            "WHERE coalesce(ticket.brand, '') = $1 AND ticket.id <> $2 AND ticket.status <> 'deleted' AND NOT ticket.internal
             ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT $3"
        ))
        .bind(brand.unwrap_or_default())
        .bind(without)
        .bind(HISTORY)
        .all::<Marked>()
        .await?;
    rows.reverse();
    Ok(rows)
}

/// Forgets the marks of a ticket.
pub async fn forget(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    tx.query("DELETE FROM mark WHERE ticket_id = $1").bind(ticket).execute().await?;
    Ok(())
}
