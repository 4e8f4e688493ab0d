//! What agents did in the helpdesk that says that tickets are about the same.

use super::{Result, Session, Tx, tickets::columns_of_ticket};
use crate::model::{
    id::{TicketId, TopicId},
    ticket::Ticket,
    tie::Tie,
};

/// The most tickets that follow one at once. Each of them comes by itself as well.
const TIED_MAX: i64 = 100;

/// Keeps that a ticket is tied by this key, or by none.
pub async fn keep(tx: &mut Tx, ticket: TicketId, tie: Tie, key: Option<&str>) -> Result<()> {
    let Some(key) = key else {
        tx.query("DELETE FROM tie WHERE ticket_id = $1 AND tie = $2").bind(ticket).bind(tie).execute().await?;
        return Ok(());
    };
    tx.query(
        "INSERT INTO tie (ticket_id, tie, key) VALUES ($1, $2, $3)
         ON CONFLICT (ticket_id, tie) DO UPDATE SET key = excluded.key",
    )
    .bind(ticket)
    .bind(tie)
    .bind(key)
    .execute()
    .await?;
    Ok(())
}

/// The keys by which a ticket is tied to others.
pub async fn of(session: &mut impl Session, ticket: TicketId) -> Result<Vec<(Tie, String)>> {
    session.query("SELECT tie, key FROM tie WHERE ticket_id = $1 ORDER BY tie").bind(ticket).all().await
}

/// The ticket of a connection that the others which are tied by this key go to: one in a topic that was escalated, else one that was
/// placed, else the oldest. Its customer knows of it.
pub async fn leading(session: &mut impl Session, connection: &str, tie: Tie, key: &str) -> Result<Option<Ticket>> {
    session
        .query(concat!(
            "SELECT ",
            columns_of_ticket!(),
            " FROM tie JOIN ticket ON ticket.id = tie.ticket_id JOIN link ON link.ticket_id = ticket.id
                 JOIN topic ON topic.id = link.topic_id
             WHERE tie.tie = $1 AND tie.key = $2 AND ticket.connection = $3 AND ticket.status <> 'deleted' AND NOT ticket.internal
             ORDER BY CASE WHEN topic.state <> 'open' THEN 0 WHEN link.maker <> 'machine' THEN 1 ELSE 2 END,
                      ticket.created_at, ticket.id LIMIT 1"
        ))
        .bind(tie)
        .bind(key)
        .bind(connection)
        .optional()
        .await
}

/// The tickets of a connection that are tied by this key, and are not in this topic although no person said so.
pub async fn apart(
    session: &mut impl Session,
    connection: &str,
    tie: Tie,
    key: &str,
    topic: TopicId,
) -> Result<Vec<Ticket>> {
    session
        .query(concat!(
            "SELECT ",
            columns_of_ticket!(),
            " FROM tie JOIN ticket ON ticket.id = tie.ticket_id JOIN link ON link.ticket_id = ticket.id
             WHERE tie.tie = $1 AND tie.key = $2 AND ticket.connection = $3 AND link.topic_id <> $4 AND link.maker <> 'person'
             ORDER BY ticket.created_at, ticket.id LIMIT $5"
        ))
        .bind(tie)
        .bind(key)
        .bind(connection)
        .bind(topic)
        .bind(TIED_MAX)
        .all()
        .await
}

/// The tickets that were merged into this one, and are not in this topic although no person said so.
pub async fn merged_apart(session: &mut impl Session, ticket: &Ticket, topic: TopicId) -> Result<Vec<Ticket>> {
    session
        .query(concat!(
            "SELECT ",
            columns_of_ticket!(),
            " FROM ticket JOIN link ON link.ticket_id = ticket.id
             WHERE ticket.connection = $1 AND ticket.merged_into = $2 AND ticket.status = 'merged'
               AND link.topic_id <> $3 AND link.maker <> 'person'
             ORDER BY ticket.created_at, ticket.id LIMIT $4"
        ))
        .bind(ticket.connection.as_str())
        .bind(ticket.external_id.as_str())
        .bind(topic)
        .bind(TIED_MAX)
        .all()
        .await
}

/// The tickets of other customers that were merged into this one before we saw them, and have no topic.
pub async fn merged_unseen(session: &mut impl Session, ticket: &Ticket) -> Result<Vec<TicketId>> {
    let rows = session
        .query(
            "SELECT ticket.id FROM ticket
             WHERE ticket.connection = $1 AND ticket.merged_into = $2 AND ticket.status = 'merged' AND ticket.customer_id <> $3
               AND NOT EXISTS (SELECT 1 FROM link WHERE link.ticket_id = ticket.id)
             ORDER BY ticket.created_at, ticket.id LIMIT $4",
        )
        .bind(ticket.connection.as_str())
        .bind(ticket.external_id.as_str())
        .bind(ticket.customer)
        .bind(TIED_MAX)
        .all::<(TicketId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whether a person parted what a tie would put together: they said that the ticket is not about the topic, or that the ticket
/// it is tied to is not about the one that it is in, or they split the two topics.
pub async fn are_parted(
    session: &mut impl Session,
    ticket: TicketId,
    (from, to): (TopicId, TopicId),
    other: Option<TicketId>,
) -> Result<bool> {
    let row = session
        .query(
            "SELECT 1 FROM decision JOIN topic ON topic.id = decision.topic_id
             WHERE decision.maker = 'person' AND decision.undone_by IS NULL
               AND ((decision.verdict = 'not_same' AND decision.ticket_id = $1 AND (topic.id = $3 OR topic.merged_into = $3))
                 OR (decision.verdict = 'not_same' AND decision.ticket_id = $4 AND (topic.id = $2 OR topic.merged_into = $2))
                 OR (decision.verdict = 'split' AND decision.topic_id IN ($2, $3) AND decision.other_topic_id IN ($2, $3)))
             LIMIT 1",
        )
        .bind(ticket)
        .bind(from)
        .bind(to)
        .bind(other)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// Forgets what ties a ticket to others, and others to it.
pub async fn forget(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    tx.query(
        "DELETE FROM tie WHERE ticket_id = $1 OR (tie = 'incident'
            AND key = (SELECT external_id FROM ticket WHERE id = $1)
            AND ticket_id IN (SELECT id FROM ticket WHERE connection = (SELECT connection FROM ticket WHERE id = $1)))",
    )
    .bind(ticket)
    .execute()
    .await?;
    Ok(())
}
