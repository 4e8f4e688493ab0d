//! The tickets of a topic's recipients, with what decides whether and how they are told in them.

use super::{
    Result, Session,
    columns::record,
    likely_members::{guessed, waits},
    tickets::columns_of_ticket,
};
use crate::model::{
    id::{CustomerId, TopicId},
    recipient::RecipientTicket,
};

/// Whether a reply in a ticket reaches other people as well. Whose ticket was merged into it may read along.
macro_rules! reads_along {
    () => {
        "ticket.reaches_others OR EXISTS (SELECT 1 FROM ticket merged WHERE merged.connection = ticket.connection
           AND merged.merged_into = ticket.external_id AND merged.status = 'merged'
           AND merged.customer_id <> ticket.customer_id)"
    };
}
pub(super) use reads_along;

record!(RecipientTicket {
    flat ticket, linked_at, escalated, first_words, is_unread, answered, organization_name, opted_out, is_shared, likely
});

/// Whether a likely ticket is one of those that are asked for.
macro_rules! is_wanted {
    () => {
        r#"(guessed.score >= $4 OR EXISTS (SELECT 1 FROM "update" about
            WHERE about.topic_id = $1 AND about.customer_id = ticket.customer_id))"#
    };
}
pub(super) use is_wanted;

/// The columns and the order of recipients' tickets.
macro_rules! tickets_from {
    ($likely:literal, $from:literal, $($which:tt)+) => {
        concat!(
            "SELECT ",
            columns_of_ticket!(),
            ", link.linked_at, organization.name AS organization_name, (",
            reads_along!(),
            ") AS is_shared, ",
            $likely,
            " AS likely,
               EXISTS (SELECT 1 FROM escalation WHERE escalation.topic_id = link.topic_id
                   AND escalation.ticket_id = ticket.id) AS escalated,
               EXISTS (SELECT 1 FROM message WHERE message.ticket_id = ticket.id AND message.public
                   AND message.author = 'agent') AS answered,
               (SELECT message.body FROM message WHERE message.ticket_id = ticket.id AND message.public
                   AND message.author = 'customer'
                ORDER BY message.body = '', message.created_at, message.id LIMIT 1) AS first_words,
               NOT EXISTS (SELECT 1 FROM message WHERE message.ticket_id = ticket.id) AS is_unread,
               EXISTS (SELECT 1 FROM requester WHERE requester.customer_id = ticket.customer_id
                   AND requester.connection = ticket.connection AND requester.opted_out_at IS NOT NULL) AS opted_out
             FROM ",
            $from,
            " JOIN ticket ON ticket.id = link.ticket_id
                  LEFT JOIN organization ON organization.id = ticket.organization_id
             WHERE ticket.customer_id >= $2 AND ticket.customer_id <= $3 AND ",
            $($which)+,
            " ORDER BY opted_out, COALESCE((SELECT max(message.created_at) FROM message WHERE message.ticket_id = ticket.id
                 AND message.public AND message.author = 'customer'), ticket.created_at) DESC,
                 ticket.created_at DESC, ticket.id DESC"
        )
    };
}

pub(super) async fn tickets(
    session: &mut impl Session,
    topic: TopicId,
    first: CustomerId,
    last: CustomerId,
) -> Result<Vec<RecipientTicket>> {
    session
        .query(tickets_from!("CAST(NULL AS DOUBLE PRECISION)", "link", "link.topic_id = $1"))
        .bind(topic)
        .bind(first)
        .bind(last)
        .all()
        .await
}

/// Of each customer the first of their tickets in which they may be written to, as `Recipient::reachable` says it. The others are read
/// no further than it takes to know that they are not the one. Cross joins keep SQLite to its order.
pub(super) async fn tickets_to_show(
    session: &mut impl Session,
    topic: TopicId,
    first: CustomerId,
    last: CustomerId,
) -> Result<Vec<RecipientTicket>> {
    session
        .query(concat!(
            "WITH heard (ticket_id, customer_id, created_at, opted_out, last_at) AS MATERIALIZED (
                 SELECT ticket.id, ticket.customer_id, ticket.created_at,
                        EXISTS (SELECT 1 FROM requester WHERE requester.customer_id = ticket.customer_id
                            AND requester.connection = ticket.connection AND requester.opted_out_at IS NOT NULL),
                        (SELECT max(message.created_at) FROM message WHERE message.ticket_id = ticket.id
                            AND message.public AND message.author = 'customer')
                 FROM impact_ticket counted CROSS JOIN ticket
                 WHERE counted.topic_id = $1 AND counted.sure = 1 AND counted.customer_id >= $2 AND counted.customer_id <= $3
                   AND ticket.id = counted.ticket_id AND ticket.status <> 'deleted' AND NOT ticket.internal
             ), chosen (ticket_id, place) AS (
                 SELECT ticket_id, row_number() OVER (PARTITION BY customer_id
                     ORDER BY opted_out, coalesce(last_at, created_at) DESC, created_at DESC, ticket_id DESC)
                 FROM heard WHERE last_at IS NOT NULL
                     OR NOT EXISTS (SELECT 1 FROM message WHERE message.ticket_id = heard.ticket_id)
             ) ",
            tickets_from!(
                "CAST(NULL AS DOUBLE PRECISION)",
                "chosen CROSS JOIN link",
                "link.ticket_id = chosen.ticket_id AND link.topic_id = $1 AND chosen.place = 1"
            )
        ))
        .bind(topic)
        .bind(first)
        .bind(last)
        .all()
        .await
}

pub(super) async fn tickets_of_likely(
    session: &mut impl Session,
    topic: TopicId,
    (first, last): (CustomerId, CustomerId),
    least: f64,
) -> Result<Vec<RecipientTicket>> {
    session
        .query(concat!(
            guessed!(),
            tickets_from!("guessed.score", "guessed JOIN link ON link.ticket_id = guessed.ticket_id", is_wanted!())
        ))
        .bind(topic)
        .bind(first)
        .bind(last)
        .bind(least)
        .all()
        .await
}
