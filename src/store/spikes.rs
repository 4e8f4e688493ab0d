//! Spikes, and what they are found in: who raised which topic lately.

use super::{Result, Session, Tx, columns::record, raised::speaks};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, OrganizationId, TicketId, TopicId},
        spike::TopicSpike,
    },
};

/// Who raised a topic, and when they first did, as far as it was looked for.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// The ticket.
    pub ticket: TicketId,
    /// Who wrote.
    pub customer: CustomerId,
    /// For which organization.
    pub organization: Option<OrganizationId>,
    /// When.
    pub created_at: Time,
}
record!(Complaint { ticket = "id", customer = "customer_id", organization = "organization_id", created_at });

record!(TopicSpike { began_at, last_at, customers, usual });

/// The number of the newest decision: while it is the same, nothing was placed anew.
pub async fn newest_decision(session: &mut impl Session) -> Result<Option<i64>> {
    let (newest,) = session.query("SELECT max(seq) FROM decision").one::<(Option<i64>,)>().await?;
    Ok(newest)
}

/// When the oldest ticket was written.
pub async fn oldest_ticket(session: &mut impl Session) -> Result<Option<Time>> {
    let (oldest,) = session.query("SELECT min(created_at) FROM ticket").one::<(Option<Time>,)>().await?;
    Ok(oldest)
}

/// When the newest tickets were written, up to `limit`.
pub async fn writing_times(session: &mut impl Session, limit: i64) -> Result<Vec<Time>> {
    let rows = session
        .query("SELECT created_at FROM ticket ORDER BY created_at DESC LIMIT $1")
        .bind(limit)
        .all::<(Time,)>()
        .await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// How many tickets were written from one time to another.
pub async fn count_written(session: &mut impl Session, since: Time, until: Time) -> Result<i64> {
    let row = session
        .query("SELECT count(*) FROM ticket WHERE created_at >= $1 AND created_at <= $2 AND NOT internal")
        .bind(since)
        .bind(until)
        .one::<(i64,)>();
    Ok(row.await?.0)
}

/// When each customer first wrote after one time and up to another, oldest first, up to `limit`.
pub async fn first_written(session: &mut impl Session, (since, until): (Time, Time), limit: i64) -> Result<Vec<Time>> {
    let rows = session
        .query(
            "SELECT min(created_at) FROM ticket WHERE created_at > $1 AND created_at <= $2 AND NOT internal
             GROUP BY customer_id ORDER BY min(created_at) LIMIT $3",
        )
        .bind(since)
        .bind(until)
        .bind(limit)
        .all::<(Option<Time>,)>()
        .await?;
    Ok(rows.into_iter().filter_map(|(at,)| at).collect())
}

/// The topics that at least so many customers have raised after one time and up to another, likely members too, those raised most
/// first.
pub async fn raised_since(
    session: &mut impl Session,
    (since, until): (Time, Time),
    customers: i64,
    limit: i64,
) -> Result<Vec<TopicId>> {
    let rows = session
        .query(concat!(
            "SELECT coalesce(own.likely_in, own.id) AS place FROM ticket
                 JOIN link ON link.ticket_id = ticket.id JOIN topic own ON own.id = link.topic_id
             WHERE ticket.created_at > $1 AND ticket.created_at <= $4 AND NOT ticket.internal AND ",
            speaks!(),
            " GROUP BY coalesce(own.likely_in, own.id) HAVING count(DISTINCT ticket.customer_id) >= $2
              ORDER BY count(DISTINCT ticket.customer_id) DESC LIMIT $3"
        ))
        .bind(since)
        .bind(customers)
        .bind(limit)
        .bind(until)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(topic,)| topic).collect())
}

/// Everybody's tickets in a topic after one time and up to another, those of likely members too, newest first.
pub async fn complaints(
    session: &mut impl Session,
    topic: TopicId,
    (since, until): (Time, Time),
    limit: i64,
) -> Result<Vec<Complaint>> {
    session
        .query(concat!(
            "SELECT ticket.id, ticket.customer_id, ticket.organization_id, ticket.created_at
             FROM topic own JOIN link ON link.topic_id = own.id JOIN ticket ON ticket.id = link.ticket_id
             WHERE (own.id = $1 OR own.likely_in = $1) AND ticket.created_at > $2 AND ticket.created_at <= $4 AND NOT ticket.internal AND ",
            speaks!(),
            " ORDER BY ticket.created_at DESC, ticket.id LIMIT $3"
        ))
        .bind(topic)
        .bind(since)
        .bind(limit)
        .bind(until)
        .all()
        .await
}

/// The last spike of a topic, or of one that was merged into it or stands in it.
pub async fn last(session: &mut impl Session, topic: TopicId) -> Result<Option<TopicSpike>> {
    session
        .query(
            "SELECT began_at, last_at, customers, usual FROM spike JOIN topic ON topic.id = spike.topic_id
             WHERE topic.id = $1 OR topic.merged_into = $1 OR topic.likely_in = $1 ORDER BY last_at DESC LIMIT 1",
        )
        .bind(topic)
        .optional()
        .await
}

/// Keeps a topic's spike, in the place of its last one.
pub async fn keep(tx: &mut Tx, topic: TopicId, spike: &TopicSpike) -> Result<()> {
    tx.query(
        "INSERT INTO spike (topic_id, began_at, last_at, customers, usual) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (topic_id) DO UPDATE SET began_at = excluded.began_at, last_at = excluded.last_at,
             customers = excluded.customers, usual = excluded.usual",
    )
    .bind(topic)
    .bind(spike.began_at)
    .bind(spike.last_at)
    .bind(spike.customers)
    .bind(spike.usual)
    .execute()
    .await?;
    Ok(())
}
