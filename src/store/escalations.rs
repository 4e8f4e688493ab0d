//! Who escalated which ticket of a topic. Pressing twice is one escalation.

use super::{Result, Session, Tx, tickets::columns_of_ticket};
use crate::{
    base::clock::Time,
    model::{
        decision::Actor,
        id::{TicketId, TopicId},
        ticket::Ticket,
    },
};

/// Notes that an agent escalated a ticket of a topic. False if it was escalated before.
pub async fn add(tx: &mut Tx, topic: TopicId, ticket: TicketId, actor: &Actor, via: &str, now: Time) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO escalation (topic_id, ticket_id, actor, via, escalated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        )
        .bind(topic)
        .bind(ticket)
        .bind(actor.as_str())
        .bind(via)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The tickets from which a topic was escalated, the first one first.
pub async fn tickets(session: &mut impl Session, topic: TopicId, limit: i64) -> Result<Vec<Ticket>> {
    session
        .query(concat!(
            "SELECT ",
            columns_of_ticket!(),
            " FROM escalation JOIN ticket ON ticket.id = escalation.ticket_id
             WHERE escalation.topic_id = $1 ORDER BY escalation.escalated_at, escalation.ticket_id LIMIT $2"
        ))
        .bind(topic)
        .bind(limit)
        .all()
        .await
}
