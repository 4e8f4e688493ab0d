//! What a ticket counts as, and what it should count as.

use crate::{
    base::clock::Time,
    model::id::{CustomerId, OrganizationId, TicketId, TopicId},
    store::{Result, Session, columns::record, raised::speaks},
};

/// No organization counts for more: what a thousand of them pay still fits.
macro_rules! counted_revenue {
    () => {
        "CASE WHEN organization.revenue_cents > 1000000000000000 THEN 1000000000000000 ELSE coalesce(organization.revenue_cents, 0) END"
    };
}
pub(super) use counted_revenue;

/// Whether a person is asked where a ticket belongs.
macro_rules! is_asked {
    () => {
        "ticket.status NOT IN ('deleted', 'merged') AND EXISTS (
             SELECT 1 FROM question WHERE question.ticket_id = ticket.id AND question.answered_at IS NULL)"
    };
}
pub(super) use is_asked;

/// The rows that a ticket should have in `impact_ticket`, found from what they follow from.
macro_rules! should_be {
    ($in_topic:literal, $in_place:literal) => {
        concat!(
            "SELECT ticket.id AS ticket_id, CAST(1 AS BIGINT) AS sure, link.topic_id AS topic_id,
                    CASE WHEN ticket.internal OR ticket.status = 'deleted' THEN NULL ELSE ticket.customer_id END AS customer_id,
                    CASE WHEN ticket.internal OR ticket.status = 'deleted' THEN NULL ELSE ticket.organization_id END AS organization_id,
                    ticket.created_at AS created_at, CAST(CASE WHEN ",
            speaks!(),
            " THEN 1 ELSE 0 END AS BIGINT) AS speaks, CAST(CASE WHEN ticket.internal THEN 0 ELSE 1 END AS BIGINT) AS in_public,
                    CAST(CASE WHEN own.likely_in IS NULL AND ",
            is_asked!(),
            " THEN 1 ELSE 0 END AS BIGINT) AS asked
             FROM topic own JOIN link ON link.topic_id = own.id JOIN ticket ON ticket.id = link.ticket_id WHERE ",
            $in_topic,
            " UNION ALL
             SELECT ticket.id, CAST(0 AS BIGINT), own.likely_in,
                    CASE WHEN ticket.internal OR ticket.status = 'deleted' THEN NULL ELSE ticket.customer_id END,
                    CASE WHEN ticket.internal OR ticket.status = 'deleted' THEN NULL ELSE ticket.organization_id END,
                    ticket.created_at, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(CASE WHEN ",
            is_asked!(),
            " THEN 1 ELSE 0 END AS BIGINT)
             FROM topic own JOIN link ON link.topic_id = own.id JOIN ticket ON ticket.id = link.ticket_id
             WHERE own.likely_in IS NOT NULL AND ",
            $in_place
        )
    };
}
pub(super) use should_be;

/// A row of `impact_ticket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CountedTicket {
    pub(super) sure: i64,
    pub(super) topic: TopicId,
    pub(super) customer: Option<CustomerId>,
    pub(super) organization: Option<OrganizationId>,
    pub(super) created_at: Time,
    pub(super) speaks: i64,
    pub(super) in_public: i64,
    pub(super) asked: i64,
}
record!(CountedTicket {
    sure,
    topic = "topic_id",
    customer = "customer_id",
    organization = "organization_id",
    created_at,
    speaks,
    in_public,
    asked
});

/// A row of `impact_ticket` that is there, or that should be.
struct ComparedRow {
    /// 1 if it should be there, 0 if it is.
    due: i64,
    counted: CountedTicket,
}
record!(ComparedRow { due, flat counted });

/// What a ticket counts as, and what it should count as, by one statement.
pub(super) async fn was_and_is(
    session: &mut impl Session,
    ticket: TicketId,
) -> Result<(Vec<CountedTicket>, Vec<CountedTicket>)> {
    let rows = session
        .query(concat!(
            "SELECT CAST(0 AS BIGINT) AS due, sure, topic_id, customer_id, organization_id, created_at, speaks, in_public, asked
             FROM impact_ticket WHERE ticket_id = $1
             UNION ALL
             SELECT CAST(1 AS BIGINT), found.sure, found.topic_id, found.customer_id, found.organization_id, found.created_at,
                    found.speaks, found.in_public, found.asked
             FROM (",
            should_be!("link.ticket_id = $1", "link.ticket_id = $1"),
            ") found"
        ))
        .bind(ticket)
        .all::<ComparedRow>()
        .await?;
    let (mut was, mut is) = (Vec::new(), Vec::new());
    for ComparedRow { due, counted } in rows {
        if due == 1 { is.push(counted) } else { was.push(counted) }
    }
    Ok((was, is))
}
