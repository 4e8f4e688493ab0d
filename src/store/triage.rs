//! What triage asks, a topic at a time, and in which order: by what an answer changes.

use super::{Result, Session, columns::record};
use crate::{
    base::clock::Time,
    model::id::{TicketId, TopicId},
};

/// Tickets of which the machine thinks that they are about one topic, or one ticket of which it does not know any. One answer
/// settles them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedGroup {
    /// The topic in which they are likely members.
    pub place: Option<TopicId>,
    /// The ticket that stands by itself, where there is no such topic.
    pub lone: Option<TicketId>,
    /// How many tickets are asked about.
    pub tickets: i64,
    /// How many customers wrote them, and what these tickets bring along.
    pub customers: i64,
    /// What their organizations pay in a year, in cents.
    pub revenue_cents: i64,
}
record!(AskedGroup { place, lone, tickets, customers, revenue_cents });

/// The questions that are open, the one whose answer changes most first. Where the topic's fix is merged, and a release about to
/// go out, an answer in time decides who is told by it. Where it has shipped, somebody waits to be told. Then come the topics that
/// engineers know, then the others; each by customers, by revenue, and by tickets.
///
/// What nobody needs is not asked: about a topic that engineers do not know, once nobody has written about it since `quiet_since`,
/// and about a ticket that was escalated by itself.
pub async fn asked(session: &mut impl Session, quiet_since: Time, limit: i64) -> Result<Vec<AskedGroup>> {
    session
        .query(
            "WITH asked AS (SELECT coalesce(own.likely_in, question.ticket_id) AS spot, own.likely_in AS place,
                                   CASE WHEN own.likely_in IS NULL THEN question.ticket_id END AS lone,
                                   question.asked_at, own.id AS own_id, own.last_seen_at
                            FROM question JOIN ticket ON ticket.id = question.ticket_id AND ticket.status NOT IN ('deleted', 'merged')
                                 JOIN link ON link.ticket_id = question.ticket_id JOIN topic own ON own.id = link.topic_id
                            WHERE question.answered_at IS NULL AND own.state = 'open'),
                  part AS (SELECT DISTINCT spot, own_id FROM asked),
                  member AS (SELECT part.spot, ticket.customer_id, ticket.organization_id
                             FROM part JOIN link ON link.topic_id = part.own_id
                                  JOIN ticket ON ticket.id = link.ticket_id AND NOT ticket.internal AND ticket.status <> 'deleted'),
                  heard AS (SELECT spot, count(DISTINCT customer_id) AS customers FROM member GROUP BY spot),
                  paying AS (SELECT DISTINCT member.spot, organization.id, organization.revenue_cents
                             FROM member JOIN organization ON organization.id = member.organization_id),
                  worth AS (SELECT spot, CAST(coalesce(sum(revenue_cents), 0) AS BIGINT) AS revenue_cents FROM paying GROUP BY spot),
                  together AS (SELECT spot, place, lone, count(*) AS tickets, min(asked_at) AS since, max(last_seen_at) AS last_seen_at
                               FROM asked GROUP BY spot, place, lone)
             SELECT together.place, together.lone, together.tickets, coalesce(heard.customers, 0) AS customers,
                    coalesce(worth.revenue_cents, 0) AS revenue_cents
             FROM together LEFT JOIN topic near ON near.id = together.place LEFT JOIN heard ON heard.spot = together.spot
                  LEFT JOIN worth ON worth.spot = together.spot
             WHERE near.state <> 'open' OR near.last_seen_at >= $1 OR together.last_seen_at >= $1
             ORDER BY CASE WHEN near.state = 'fix_merged' THEN 0 WHEN near.state = 'shipped' THEN 1 WHEN near.state <> 'open' THEN 2
                           ELSE 3 END,
                      coalesce(heard.customers, 0) DESC, coalesce(worth.revenue_cents, 0) DESC, together.tickets DESC,
                      together.since, together.spot LIMIT $2",
        )
        .bind(quiet_since)
        .bind(limit)
        .all()
        .await
}

/// How many questions were answered since then.
pub async fn answered_since(session: &mut impl Session, since: Time) -> Result<i64> {
    let row = session.query("SELECT count(*) FROM question WHERE answered_at >= $1").bind(since).one::<(i64,)>();
    Ok(row.await?.0)
}
