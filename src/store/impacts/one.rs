//! Counting ticket by ticket: what a ticket counted as before is taken away, and what it counts as now is added.

use std::collections::BTreeSet;

use super::counted::{CountedTicket, counted_revenue, was_and_is};
use crate::{
    model::id::{OrganizationId, TicketId, TopicId},
    store::{Result, Session as _, Tx},
};

/// Whoever else counts this ticket has ended, or waits until `tx` ends. False on SQLite, where nobody else writes.
pub(super) async fn count_alone(tx: &mut Tx, ticket: TicketId) -> Result<bool> {
    if tx.is_on_sqlite() {
        return Ok(false);
    }
    let (_, random) = ticket.uuid().as_u64_pair();
    let key = i64::from_ne_bytes(random.to_ne_bytes());
    tx.query("SELECT pg_advisory_xact_lock($1)").bind(key).execute().await?;
    Ok(true)
}

/// Nobody else changes what an organization pays until `tx` ends. On SQLite nobody else writes.
pub(super) async fn hold_organization(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    if tx.is_on_sqlite() {
        return Ok(());
    }
    tx.query("UPDATE organization SET name = name WHERE id = $1").bind(organization).execute().await?;
    Ok(())
}

/// Nobody else counts for a topic until `tx` ends.
pub(super) async fn hold(tx: &mut Tx, topic: TopicId) -> Result<()> {
    tx.query(
        "INSERT INTO impact (topic_id, kind, state, first_seen_at, last_seen_at)
         SELECT id, kind, state, first_seen_at, last_seen_at FROM topic WHERE id = $1
         ON CONFLICT (topic_id) DO UPDATE SET tickets = impact.tickets",
    )
    .bind(topic)
    .execute()
    .await?;
    Ok(())
}

/// Counts a ticket as what it should count as. Topics that are not `held` yet are, from then on.
pub(super) async fn count(tx: &mut Tx, ticket: TicketId, held: &mut BTreeSet<TopicId>) -> Result<()> {
    let (was, is) = was_and_is(tx, ticket).await?;
    for counted in was.iter().chain(&is) {
        if held.insert(counted.topic) {
            hold(tx, counted.topic).await?;
        }
    }
    for counted in was.iter().filter(|counted| !is.contains(*counted)) {
        leaves(tx, ticket, counted).await?;
    }
    for counted in is.iter().filter(|counted| !was.contains(*counted)) {
        enters(tx, ticket, counted).await?;
    }
    Ok(())
}

/// Whether an organization is behind a topic already.
pub(super) async fn is_behind(tx: &mut Tx, topic: TopicId, organization: OrganizationId) -> Result<bool> {
    let row = tx
        .query("SELECT 1 FROM impact_organization WHERE topic_id = $1 AND organization_id = $2")
        .bind(topic)
        .bind(organization)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

async fn leaves(tx: &mut Tx, ticket: TicketId, counted: &CountedTicket) -> Result<()> {
    tx.query("DELETE FROM impact_ticket WHERE ticket_id = $1 AND sure = $2")
        .bind(ticket)
        .bind(counted.sure)
        .execute()
        .await?;
    count_for_organization(tx, counted, -1).await?;
    add(tx, counted, -1).await?;
    tx.query(
        "DELETE FROM impact_organization
         WHERE topic_id = $1 AND organization_id = $2 AND sure_tickets = 0 AND likely_tickets = 0",
    )
    .bind(counted.topic)
    .bind(counted.organization)
    .execute()
    .await?;
    Ok(())
}

async fn enters(tx: &mut Tx, ticket: TicketId, counted: &CountedTicket) -> Result<()> {
    if let Some(organization) = counted.organization
        && !is_behind(tx, counted.topic, organization).await?
    {
        hold_organization(tx, organization).await?;
        tx.query(concat!(
            "INSERT INTO impact_organization (topic_id, organization_id, sure_tickets, likely_tickets, revenue_cents, renewal_at)
             SELECT $1, organization.id, 0, 0, ",
            counted_revenue!(),
            ", organization.renewal_at FROM organization WHERE organization.id = $2"
        ))
        .bind(counted.topic)
        .bind(organization)
        .execute()
        .await?;
    }
    add(tx, counted, 1).await?;
    count_for_organization(tx, counted, 1).await?;
    tx.query(
        "INSERT INTO impact_ticket (ticket_id, sure, topic_id, customer_id, organization_id, created_at, speaks, in_public, asked)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(ticket)
    .bind(counted.sure)
    .bind(counted.topic)
    .bind(counted.customer)
    .bind(counted.organization)
    .bind(counted.created_at)
    .bind(counted.speaks)
    .bind(counted.in_public)
    .bind(counted.asked)
    .execute()
    .await?;
    Ok(())
}

/// How many tickets an organization has in a topic.
async fn count_for_organization(tx: &mut Tx, counted: &CountedTicket, sign: i64) -> Result<()> {
    let Some(organization) = counted.organization else { return Ok(()) };
    tx.query(
        "UPDATE impact_organization SET sure_tickets = sure_tickets + $3, likely_tickets = likely_tickets + $4
         WHERE topic_id = $1 AND organization_id = $2",
    )
    .bind(counted.topic)
    .bind(organization)
    .bind(sign * counted.sure)
    .bind(sign * (1 - counted.sure))
    .execute()
    .await?;
    Ok(())
}

/// Adds what a ticket counts as, or takes it away. The ticket is not among those that are there, neither before it is added nor
/// after it was taken away: whoever is there without it counts already.
async fn add(tx: &mut Tx, counted: &CountedTicket, sign: i64) -> Result<()> {
    tx.query(
        "UPDATE impact SET
             tickets = tickets + CASE WHEN $2 IS NULL THEN 0 ELSE $5 * $4 END,
             all_tickets = all_tickets + CASE WHEN $2 IS NULL THEN 0 ELSE $5 END,
             customers = customers + CASE WHEN $2 IS NULL OR $4 = 0 OR EXISTS (
                 SELECT 1 FROM impact_ticket other WHERE other.topic_id = $1 AND other.customer_id = $2 AND other.sure = 1) THEN 0 ELSE $5 END,
             all_customers = all_customers + CASE WHEN $2 IS NULL OR EXISTS (
                 SELECT 1 FROM impact_ticket other WHERE other.topic_id = $1 AND other.customer_id = $2) THEN 0 ELSE $5 END,
             organizations = organizations + CASE WHEN $3 IS NULL OR $4 = 0 OR EXISTS (
                 SELECT 1 FROM impact_organization other WHERE other.topic_id = $1 AND other.organization_id = $3
                    AND other.sure_tickets > 0) THEN 0 ELSE $5 END,
             all_organizations = all_organizations + CASE WHEN $3 IS NULL OR EXISTS (
                 SELECT 1 FROM impact_organization other WHERE other.topic_id = $1 AND other.organization_id = $3
                    AND other.sure_tickets + other.likely_tickets > 0) THEN 0 ELSE $5 END,
             revenue_cents = revenue_cents + CASE WHEN $3 IS NULL OR $4 = 0 THEN 0 ELSE $5 * coalesce((
                 SELECT other.revenue_cents FROM impact_organization other WHERE other.topic_id = $1 AND other.organization_id = $3
                    AND other.sure_tickets = 0), 0) END,
             all_revenue_cents = all_revenue_cents + CASE WHEN $3 IS NULL THEN 0 ELSE $5 * coalesce((
                 SELECT other.revenue_cents FROM impact_organization other WHERE other.topic_id = $1 AND other.organization_id = $3
                    AND other.sure_tickets + other.likely_tickets = 0), 0) END,
             likely_customers = likely_customers + CASE WHEN $2 IS NULL OR $4 = 1 OR EXISTS (
                 SELECT 1 FROM impact_ticket other WHERE other.topic_id = $1 AND other.customer_id = $2 AND other.sure = 0) THEN 0 ELSE $5 END,
             likely_revenue_cents = likely_revenue_cents + CASE WHEN $3 IS NULL OR $4 = 1 THEN 0 ELSE $5 * coalesce((
                 SELECT other.revenue_cents FROM impact_organization other WHERE other.topic_id = $1 AND other.organization_id = $3
                    AND other.likely_tickets = 0), 0) END,
             asked = asked + $5 * $8 * (1 - $4), asked_alone = asked_alone + $5 * $8 * $4,
             speaking = speaking + $5 * $6, in_public = in_public + $5 * $7
         WHERE topic_id = $1",
    )
    .bind(counted.topic)
    .bind(counted.customer)
    .bind(counted.organization)
    .bind(counted.sure)
    .bind(sign)
    .bind(counted.speaks)
    .bind(counted.in_public)
    .bind(counted.asked)
    .execute()
    .await?;
    Ok(())
}

/// An organization counts for what its record says now, in each of its topics.
pub(super) async fn pays(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    for sql in [
        concat!(
            "UPDATE impact SET
                 revenue_cents = impact.revenue_cents + CASE WHEN counted.sure_tickets > 0 THEN ",
            counted_revenue!(),
            " - counted.revenue_cents ELSE 0 END,
                 likely_revenue_cents = impact.likely_revenue_cents + CASE WHEN counted.likely_tickets > 0 THEN ",
            counted_revenue!(),
            " - counted.revenue_cents ELSE 0 END,
                 all_revenue_cents = impact.all_revenue_cents + ",
            counted_revenue!(),
            " - counted.revenue_cents
             FROM impact_organization counted JOIN organization ON organization.id = counted.organization_id
             WHERE counted.topic_id = impact.topic_id AND counted.organization_id = $1"
        ),
        concat!(
            "UPDATE impact_organization SET renewal_at = organization.renewal_at, revenue_cents = ",
            counted_revenue!(),
            " FROM organization WHERE organization.id = impact_organization.organization_id AND organization.id = $1"
        ),
    ] {
        tx.query(sql).bind(organization).execute().await?;
    }
    Ok(())
}
