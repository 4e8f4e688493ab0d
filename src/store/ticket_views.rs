//! Tickets as people read them: who wrote, in which words, and why the ticket is where it is. One statement each.

use serde_json::Value;
use sqlx::types::Json;

use super::{Result, Session};
use crate::{
    base::clock::Time,
    model::{
        decision::{Maker, Verdict},
        id::{CustomerId, OrganizationId, TicketId, TopicId},
        ticket,
    },
};

/// A ticket with who wrote it, in their own words, and why it is where it is.
#[derive(Clone, Debug)]
pub struct TicketView {
    /// The ticket.
    pub ticket: TicketId,
    /// The connection it came through.
    pub connection: String,
    /// The helpdesk's id.
    pub external_id: String,
    /// Where an agent opens it.
    pub url: Option<String>,
    /// As the customer or the helpdesk put it.
    pub subject: String,
    /// Where it stands in the helpdesk.
    pub status: ticket::TicketStatus,
    /// When the customer wrote.
    pub created_at: Time,
    /// What the customer wrote first.
    pub words: Option<String>,
    /// Who wrote.
    pub customer: CustomerId,
    /// Their name, or their address where the helpdesk knows no name; empty without either.
    pub customer_name: String,
    /// BCP 47.
    pub locale: Option<String>,
    /// Whom they write for.
    pub organization: Option<OrganizationId>,
    /// Its name.
    pub organization_name: Option<String>,
    /// The plan it pays for.
    pub plan: Option<String>,
    /// When its contract renews.
    pub renewal_at: Option<Time>,
    /// Its topic, once grouped.
    pub topic: Option<TopicId>,
    /// Who has the last word on its being there: a person who placed it, merged its topic into this one, or said that it is
    /// no other; the machine until then.
    pub maker: Option<Maker>,
    /// What they decided.
    pub verdict: Option<Verdict>,
    /// Who they are.
    pub actor: Option<String>,
    /// When they decided.
    pub decided_at: Option<Time>,
    /// What the machine decided about it last.
    pub machine_verdict: Option<Verdict>,
    /// How likely the machine held that to be.
    pub machine_score: Option<f64>,
    /// When the machine decided.
    pub machine_at: Option<Time>,
    /// The machine's reasons.
    pub machine_detail: Option<Value>,
}
struct Row(TicketView);

macro_rules! view_fields {
    ($($field:ident = $column:literal),+ $(,)?) => {
        view_fields!(@engine sqlx::sqlite::SqliteRow, $($field = $column),+);
        view_fields!(@engine sqlx::postgres::PgRow, $($field = $column),+);
    };
    (@engine $row:ty, $($field:ident = $column:literal),+) => {
        impl<'r> sqlx::FromRow<'r, $row> for Row {
            fn from_row(row: &'r $row) -> Result<Self, sqlx::Error> {
                let detail: Option<Json<Value>> = sqlx::Row::try_get(row, "machine_detail")?;
                Ok(Self(TicketView { $($field: sqlx::Row::try_get(row, $column)?,)+ machine_detail: detail.map(|Json(detail)| detail) }))
            }
        }
    };
}
view_fields!(
    ticket = "id",
    connection = "connection",
    external_id = "external_id",
    url = "url",
    subject = "subject",
    status = "status",
    created_at = "created_at",
    words = "words",
    customer = "customer_id",
    customer_name = "customer_name",
    locale = "locale",
    organization = "organization_id",
    organization_name = "organization_name",
    plan = "plan",
    renewal_at = "renewal_at",
    topic = "topic_id",
    maker = "maker",
    verdict = "verdict",
    actor = "actor",
    decided_at = "decided_at",
    machine_verdict = "machine_verdict",
    machine_score = "machine_score",
    machine_at = "machine_at",
);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT ticket.id, ticket.connection, ticket.external_id, ticket.url, ticket.subject, ticket.status, ticket.created_at,
                    (SELECT message.body FROM message WHERE message.ticket_id = ticket.id AND message.public AND message.author = 'customer'
                     ORDER BY message.created_at, message.id LIMIT 1) AS words,
                    ticket.customer_id, coalesce(nullif(trim(customer.name), ''), customer.email, '') AS customer_name, customer.locale, ticket.organization_id,
                    organization.name AS organization_name, organization.plan, organization.renewal_at,
                    link.topic_id, coalesce(said.maker, link.maker) AS maker, coalesce(said.verdict, placed.verdict) AS verdict,
                    coalesce(said.actor, placed.actor) AS actor, coalesce(said.made_at, placed.made_at) AS decided_at,
                    guess.verdict AS machine_verdict, guess.score AS machine_score, guess.made_at AS machine_at,
                    guess.detail AS machine_detail
             FROM ticket JOIN customer ON customer.id = ticket.customer_id
             LEFT JOIN organization ON organization.id = ticket.organization_id
             LEFT JOIN link ON link.ticket_id = ticket.id
             LEFT JOIN decision placed ON placed.id = link.decision_id
             LEFT JOIN decision said ON link.maker = 'machine' AND said.id = (SELECT one.id FROM decision one
                 WHERE one.maker = 'person' AND one.undone_by IS NULL
                   AND ((one.other_topic_id = placed.topic_id AND one.verdict = 'merge' AND placed.topic_id <> link.topic_id)
                     OR (one.ticket_id = ticket.id AND one.verdict = 'not_same' AND placed.verdict = 'ask'))
                 ORDER BY one.seq DESC LIMIT 1)
             LEFT JOIN decision guess ON guess.id = (SELECT made.id FROM decision made WHERE made.ticket_id = ticket.id
                   AND made.maker = 'machine' AND made.verdict IN ('join', 'ask', 'new') ORDER BY made.seq DESC LIMIT 1) ",
            $rest
        )
    };
}

/// The tickets of a topic, newest first.
pub async fn of_topic(session: &mut impl Session, topic: TopicId, limit: i64) -> Result<Vec<TicketView>> {
    let rows = session
        .query(select!("WHERE link.topic_id = $1 ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT $2"))
        .bind(topic)
        .bind(limit)
        .all::<Row>()
        .await?;
    Ok(rows.into_iter().map(|Row(view)| view).collect())
}

/// One ticket.
pub async fn get(session: &mut impl Session, ticket: TicketId) -> Result<Option<TicketView>> {
    let row = session.query(select!("WHERE ticket.id = $1")).bind(ticket).optional::<Row>().await?;
    Ok(row.map(|Row(view)| view))
}

/// Every ticket of a customer, newest first.
pub async fn of_customer(session: &mut impl Session, customer: CustomerId, limit: i64) -> Result<Vec<TicketView>> {
    let rows = session
        .query(select!("WHERE ticket.customer_id = $1 ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT $2"))
        .bind(customer)
        .bind(limit)
        .all::<Row>()
        .await?;
    Ok(rows.into_iter().map(|Row(view)| view).collect())
}

/// Tickets by id, of a connection or of one external id where asked.
pub async fn list(
    session: &mut impl Session,
    connection: Option<&str>,
    external_id: Option<&str>,
    after: Option<TicketId>,
    limit: i64,
) -> Result<Vec<TicketView>> {
    let rows = session
        .query(select!(
            "WHERE ($1 IS NULL OR ticket.connection = $1) AND ($2 IS NULL OR ticket.external_id = $2)
               AND ($3 IS NULL OR ticket.id > $3) ORDER BY ticket.id LIMIT $4"
        ))
        .bind(connection)
        .bind(external_id)
        .bind(after)
        .bind(limit)
        .all::<Row>()
        .await?;
    Ok(rows.into_iter().map(|Row(view)| view).collect())
}
