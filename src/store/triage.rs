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
/// They are found by what is kept of topics (`impacts.rs`), however many there are.
///
/// What nobody needs is not asked: about a topic that engineers do not know, once nobody has written about it since `quiet_since`,
/// and about a ticket that was escalated by itself.
pub async fn asked(session: &mut impl Session, quiet_since: Time, limit: i64) -> Result<Vec<AskedGroup>> {
    session
        .query(
            "WITH together AS (
                 SELECT impact.topic_id AS place, impact.asked AS tickets, impact.likely_customers AS customers,
                        impact.likely_revenue_cents AS revenue_cents,
                        CASE WHEN impact.state = 'fix_merged' THEN 0 WHEN impact.state = 'shipped' THEN 1 WHEN impact.state <> 'open' THEN 2
                             ELSE 3 END AS urgency
                 FROM impact
                 WHERE impact.asked > 0 AND (impact.state <> 'open' OR impact.last_seen_at >= $1 OR EXISTS (
                     SELECT 1 FROM impact_ticket lately WHERE lately.topic_id = impact.topic_id AND lately.sure = 0 AND lately.asked = 1
                        AND lately.created_at >= $1))
                 ORDER BY urgency, customers DESC, revenue_cents DESC, tickets DESC, place LIMIT $2),
                  alone AS (
                 SELECT counted.ticket_id AS lone, counted.created_at AS since, impact.customers, impact.revenue_cents
                 FROM impact JOIN impact_ticket counted ON counted.topic_id = impact.topic_id AND counted.sure = 1 AND counted.asked = 1
                 WHERE impact.asked_alone > 0 AND impact.state = 'open' AND impact.last_seen_at >= $1
                 ORDER BY impact.customers DESC, impact.revenue_cents DESC, counted.created_at, counted.ticket_id LIMIT $2)
             SELECT place, lone, tickets, customers, revenue_cents
             FROM (SELECT place, NULL AS lone, tickets, customers, revenue_cents, urgency,
                          (SELECT min(counted.created_at) FROM impact_ticket counted WHERE counted.topic_id = together.place
                              AND counted.sure = 0 AND counted.asked = 1) AS since, place AS spot
                   FROM together
                   UNION ALL
                   SELECT NULL, lone, CAST(1 AS BIGINT), customers, revenue_cents, 3, since, lone FROM alone) asked
             ORDER BY urgency, customers DESC, revenue_cents DESC, tickets DESC, since, spot LIMIT $2",
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
