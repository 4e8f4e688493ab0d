//! Lists that are shown a page at a time and exported whole: tickets, updates, and the customers of a topic. A page begins after the
//! last row of the one before, so the last page of many costs no more than the first.

use std::{collections::HashMap, sync::LazyLock};

use uuid::Uuid;

use super::{
    Result, Session,
    columns::record,
    many::{ManyRows, ROWS_MAX},
};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, OrganizationId, TicketId, TopicId, UpdateId},
        milestone::MilestoneKind,
        ticket::TicketStatus,
        topic::TopicState,
        update::{CustomerVerdict, UpdateState},
    },
};

/// Whether there is any ticket.
pub async fn ticket_is_there(session: &mut impl Session) -> Result<bool> {
    Ok(session.query("SELECT 1 FROM ticket LIMIT 1").optional::<(i32,)>().await?.is_some())
}

/// Whose tickets are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TicketsOf {
    /// Everybody's.
    #[default]
    Everybody,
    /// A customer's.
    Customer(CustomerId),
    /// An organization's.
    Organization(OrganizationId),
    /// Those of a topic.
    Topic(TopicId),
}

/// Which tickets are listed.
#[derive(Clone, Debug, Default)]
pub struct TicketListFilter {
    /// Whose.
    pub of: TicketsOf,
    /// Only those of this connection.
    pub connection: Option<String>,
    /// Whether the oldest comes first.
    pub oldest_first: bool,
}

/// A ticket of a list.
#[derive(Clone, Debug)]
pub struct ListedTicket {
    /// The ticket.
    pub id: TicketId,
    /// The connection it came through.
    pub connection: String,
    /// The helpdesk's number.
    pub external_id: String,
    /// Where an agent opens it.
    pub url: Option<String>,
    /// The subject.
    pub subject: String,
    /// Its status in the helpdesk.
    pub status: TicketStatus,
    /// The brand it was written to.
    pub brand: Option<String>,
    /// When the customer wrote.
    pub created_at: Time,
    /// Who wrote.
    pub customer: CustomerId,
    /// Their name, or their address if the helpdesk knows no name.
    pub customer_name: String,
    /// Their address.
    pub customer_email: Option<String>,
    /// For whom they wrote.
    pub organization_name: Option<String>,
    /// Its topic, once grouped.
    pub topic: Option<TopicId>,
    /// What that is called.
    pub topic_title: Option<String>,
    /// Where that is.
    pub topic_state: Option<TopicState>,
}
record!(ListedTicket {
    id, connection, external_id, url, subject, status, brand, created_at, customer = "customer_id", customer_name, customer_email,
    organization_name, topic = "topic_id", topic_title, topic_state
});

/// One statement for each owner and order, so that each goes by an index, from where a page begins. Internal tickets and deleted ones
/// are not listed.
macro_rules! tickets {
    ($from:literal, $at:literal, $id:literal, $order:literal, $after:literal) => {
        concat!(
            "SELECT ticket.id, ticket.connection, ticket.external_id, ticket.url, ticket.subject, ticket.status, ticket.brand, ticket.created_at,
                    ticket.customer_id, coalesce(nullif(trim(customer.name), ''), customer.email, '') AS customer_name,
                    customer.email AS customer_email, organization.name AS organization_name, link.topic_id,
                    topic.title AS topic_title, topic.state AS topic_state
             FROM (SELECT ticket.* FROM ",
            $from,
            " AND NOT ticket.internal AND ticket.status <> 'deleted' AND ($2 IS NULL OR ticket.connection = $2)
              AND (",
            $at,
            ", ",
            $id,
            ") ",
            $after,
            " ($3, $4) ORDER BY ",
            $at,
            " ",
            $order,
            ", ",
            $id,
            " ",
            $order,
            " LIMIT $5) ticket
             JOIN customer ON customer.id = ticket.customer_id
             LEFT JOIN organization ON organization.id = ticket.organization_id
             LEFT JOIN link ON link.ticket_id = ticket.id LEFT JOIN topic ON topic.id = link.topic_id
             ORDER BY ticket.created_at ",
            $order,
            ", ticket.id ",
            $order
        )
    };
}

macro_rules! in_both_orders {
    ($oldest_first:expr, $from:literal, $at:literal, $id:literal) => {
        if $oldest_first { tickets!($from, $at, $id, "ASC", ">") } else { tickets!($from, $at, $id, "DESC", "<") }
    };
    ($oldest_first:expr, $from:literal) => {
        in_both_orders!($oldest_first, $from, "ticket.created_at", "ticket.id")
    };
}

/// Before every ticket, in the year 1.
const FIRST_SECOND: i64 = -62_135_596_800;

/// Tickets, newest first unless the filter says otherwise.
pub async fn tickets(
    session: &mut impl Session,
    filter: &TicketListFilter,
    after: Option<(Time, TicketId)>,
    limit: i64,
) -> Result<Vec<ListedTicket>> {
    let oldest = filter.oldest_first;
    let (statement, owner) = match filter.of {
        TicketsOf::Customer(id) => (in_both_orders!(oldest, "ticket WHERE ticket.customer_id = $1"), Some(id.uuid())),
        TicketsOf::Organization(id) => {
            (in_both_orders!(oldest, "ticket WHERE ticket.organization_id = $1"), Some(id.uuid()))
        }
        TicketsOf::Topic(id) => (
            in_both_orders!(
                oldest,
                "impact_ticket counted JOIN ticket ON ticket.id = counted.ticket_id
                 WHERE counted.topic_id = $1 AND counted.sure = 1",
                "counted.created_at",
                "counted.ticket_id"
            ),
            Some(id.uuid()),
        ),
        TicketsOf::Everybody if filter.connection.is_some() => {
            (in_both_orders!(oldest, "ticket WHERE $1 IS NULL AND ticket.connection = $2"), None)
        }
        TicketsOf::Everybody => (in_both_orders!(oldest, "ticket WHERE $1 IS NULL"), None),
    };
    let begins = if oldest {
        (Time::from_seconds(FIRST_SECOND), TicketId::from(Uuid::nil()))
    } else {
        (Time::from_micros(i64::MAX), TicketId::from(Uuid::max()))
    };
    let (at, id) = after.unwrap_or(begins);
    session.query(statement).bind(owner).bind(filter.connection.as_deref()).bind(at).bind(id).bind(limit).all().await
}

/// Which updates are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdatesOf {
    /// Those in a state.
    State(UpdateState),
    /// Those of a topic.
    Topic(TopicId),
    /// Those that were answered in words of which only a person can say what they mean.
    Unclear,
}

/// An update of a list.
#[derive(Clone, Debug)]
pub struct ListedUpdate {
    /// The update.
    pub id: UpdateId,
    /// About which step.
    pub kind: MilestoneKind,
    /// Where it is.
    pub state: UpdateState,
    /// Why.
    pub reason: Option<String>,
    /// When it may go out at the earliest.
    pub due_at: Option<Time>,
    /// When the customer got it.
    pub sent_at: Option<Time>,
    /// About which topic.
    pub topic: TopicId,
    /// What that is called.
    pub topic_title: String,
    /// To whom.
    pub customer: CustomerId,
    /// Their name, or their address if the helpdesk knows no name.
    pub customer_name: String,
    /// Their address.
    pub customer_email: Option<String>,
    /// The connection of the ticket.
    pub connection: String,
    /// The helpdesk's number of the ticket.
    pub external_id: String,
}
record!(ListedUpdate {
    id, kind, state, reason, due_at, sent_at, topic = "topic_id", topic_title, customer = "customer_id", customer_name,
    customer_email, connection, external_id
});

macro_rules! updates_before {
    ($which:literal) => {
        concat!(
            r#"SELECT told.id, told.kind, told.state, told.reason, told.due_at, told.sent_at, told.topic_id, topic.title AS topic_title,
                      told.customer_id, coalesce(nullif(trim(customer.name), ''), customer.email, '') AS customer_name,
                      customer.email AS customer_email, ticket.connection, ticket.external_id
               FROM (SELECT * FROM "update" WHERE "#,
            $which
        )
    };
}

macro_rules! updates_after {
    () => {
        " told JOIN topic ON topic.id = told.topic_id JOIN customer ON customer.id = told.customer_id
          JOIN ticket ON ticket.id = told.ticket_id ORDER BY told.id"
    };
}

macro_rules! updates {
    ($which:literal) => {
        concat!(updates_before!($which), " AND id > $2 ORDER BY id LIMIT $3)", updates_after!())
    };
}

static UPDATES_OF_IDS: LazyLock<ManyRows> =
    LazyLock::new(|| ManyRows::new(updates_before!("id IN (VALUES "), 1, concat!("))", updates_after!())));

/// The updates of these ids, by their ids.
pub async fn updates_of(session: &mut impl Session, ids: &[UpdateId]) -> Result<HashMap<UpdateId, ListedUpdate>> {
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(ROWS_MAX) {
        let query = session.query_many(&UPDATES_OF_IDS, some, |query, row| query.bind(row.copied()));
        found.extend(query.all::<ListedUpdate>().await?.into_iter().map(|one| (one.id, one)));
    }
    Ok(found)
}

/// Updates, oldest first.
pub async fn updates(
    session: &mut impl Session,
    of: UpdatesOf,
    after: Option<UpdateId>,
    limit: i64,
) -> Result<Vec<ListedUpdate>> {
    let query = match of {
        UpdatesOf::State(state) => session.query(updates!("state = $1")).bind(state),
        UpdatesOf::Topic(topic) => session.query(updates!("topic_id = $1")).bind(topic),
        UpdatesOf::Unclear => session.query(updates!("unclear IS NOT NULL AND $1 = $1")).bind(true),
    };
    query.bind(after.unwrap_or(UpdateId::from(Uuid::nil()))).bind(limit).all().await
}

/// A customer of a topic.
#[derive(Clone, Debug)]
pub struct ListedCustomer {
    /// The customer.
    pub id: CustomerId,
    /// Their name, as the helpdesk has it.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
    /// For whom they last wrote of it.
    pub organization_name: Option<String>,
    /// The plan that pays for.
    pub plan: Option<String>,
    /// Its revenue a year.
    pub revenue_cents: Option<i64>,
    /// When its contract renews.
    pub renewal_at: Option<Time>,
    /// How many tickets of theirs are about the topic.
    pub tickets: i64,
    /// When they first wrote of it.
    pub first_at: Time,
    /// When they last wrote of it.
    pub last_at: Time,
    /// When they were last told that it shipped.
    pub told_at: Option<Time>,
    /// What they last said of the fix.
    pub verdict: Option<CustomerVerdict>,
}
record!(ListedCustomer {
    id,
    name,
    email,
    organization_name,
    plan,
    revenue_cents,
    renewal_at,
    tickets,
    first_at,
    last_at,
    told_at,
    verdict
});

/// The customers of a topic, who last wrote of it first. Likely members are not among them.
pub async fn customers(
    session: &mut impl Session,
    topic: TopicId,
    after: Option<(Time, CustomerId)>,
    limit: i64,
) -> Result<Vec<ListedCustomer>> {
    session
        .query(
            r#"SELECT customer.id, customer.name, customer.email, organization.name AS organization_name, organization.plan,
                      organization.revenue_cents, organization.renewal_at, heard.tickets, heard.first_at, heard.last_at,
                      (SELECT max(told.sent_at) FROM "update" told WHERE told.topic_id = $1 AND told.customer_id = customer.id
                          AND told.kind = 'shipped' AND told.state = 'sent') AS told_at,
                      (SELECT said.verdict FROM confirmation said WHERE said.topic_id = $1 AND said.customer_id = customer.id
                       ORDER BY said.confirmed_at DESC, said.id DESC LIMIT 1) AS verdict
               FROM (SELECT counted.customer_id, count(*) AS tickets, min(counted.created_at) AS first_at, max(counted.created_at) AS last_at
                     FROM impact_ticket counted
                     WHERE counted.topic_id = $1 AND counted.sure = 1 AND counted.customer_id IS NOT NULL GROUP BY counted.customer_id
                     HAVING $2 IS NULL OR max(counted.created_at) < $2 OR (max(counted.created_at) = $2 AND counted.customer_id < $3)
                     ORDER BY max(counted.created_at) DESC, counted.customer_id DESC LIMIT $4) heard
               JOIN customer ON customer.id = heard.customer_id
               LEFT JOIN organization ON organization.id = (
                   SELECT counted.organization_id FROM impact_ticket counted
                   WHERE counted.topic_id = $1 AND counted.customer_id = heard.customer_id AND counted.sure = 1
                   ORDER BY counted.created_at DESC, counted.ticket_id DESC LIMIT 1)
               ORDER BY heard.last_at DESC, customer.id DESC"#,
        )
        .bind(topic)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .all()
        .await
}
