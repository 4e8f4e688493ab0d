//! Find anything: topics, tickets, customers and organizations.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::lists::{LIST_ROWS, rows_wanted};
use crate::{
    base::clock::Time,
    flow::search::{self, SearchResults},
    model::{
        id::{CustomerId, OrganizationId, TicketId, TopicId},
        role::{Privilege, right},
        ticket::TicketStatus,
        topic::{TopicKind, TopicState},
    },
    store::search::{CustomerHit, OrganizationHit, TicketHit, TopicHit},
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(search_everything);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchFor {
    /// Words, each by its beginning; a ticket's number; an issue as `#12` or `acme/product#12`; or the address of one of these.
    #[param(pattern = r"\S")]
    q: String,
    /// Only what belongs to this brand.
    brand: Option<String>,
    /// How many of each kind at most, up to 200; 50 where it is not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A topic that was found.
#[derive(Serialize, ToSchema)]
struct FoundTopic {
    /// Its id.
    id: TopicId,
    /// What it is about.
    kind: TopicKind,
    /// What people call it.
    title: String,
    /// Where it is.
    state: TopicState,
    /// Its brand.
    brand: Option<String>,
    /// Its customers.
    customer_count: i64,
    /// Its issue, as `owner/name#number`.
    issue: Option<String>,
    /// When the newest ticket was written.
    last_seen_at: Time,
}

/// A ticket that was found.
#[derive(Serialize, ToSchema)]
struct FoundTicket {
    /// Its id.
    id: TicketId,
    /// The connection it came through.
    connection: String,
    /// The helpdesk's id.
    external_id: String,
    /// Where an agent opens it.
    url: Option<String>,
    /// The subject; empty for a ticket in which nothing is public.
    subject: String,
    /// The status in the helpdesk.
    status: TicketStatus,
    /// Its brand.
    brand: Option<String>,
    /// Who wrote: their name or address.
    customer_name: String,
    /// Its topic; null until it is grouped.
    topic: Option<TopicId>,
    /// When the customer wrote.
    created_at: Time,
}

/// A customer who was found.
#[derive(Serialize, ToSchema)]
struct FoundCustomer {
    /// Its id.
    id: CustomerId,
    /// The name as the helpdesk has it; may be empty.
    name: String,
    /// The address.
    email: Option<String>,
    /// The organization for which they last wrote.
    organization: Option<String>,
    /// How many tickets they wrote; 1000 stands for that many or more.
    ticket_count: i64,
    /// When they last wrote.
    last_at: Option<Time>,
}

/// An organization that was found.
#[derive(Serialize, ToSchema)]
struct FoundOrganization {
    /// Its id.
    id: OrganizationId,
    /// The name.
    name: String,
    /// The plan it pays for.
    plan: Option<String>,
    /// Its revenue a year.
    revenue_cents: Option<i64>,
    /// How many of its customers wrote; 1000 stands for that many or more.
    customer_count: i64,
    /// When one of them last wrote.
    last_at: Option<Time>,
}

/// Everything that was found.
#[derive(Serialize, ToSchema)]
struct Findings {
    /// Topics, by title or issue.
    topics: Vec<FoundTopic>,
    /// Tickets, by their subject and what their customer wrote in public, or by number. Internal ones are found by their number only.
    tickets: Vec<FoundTicket>,
    /// Customers, by name or address.
    customers: Vec<FoundCustomer>,
    /// Organizations, by name.
    organizations: Vec<FoundOrganization>,
    /// Whether there is more than this: of one kind more than `limit`, or so much with these words that a part was looked at.
    more: bool,
}

impl From<TopicHit> for FoundTopic {
    fn from(hit: TopicHit) -> Self {
        let TopicHit { id, kind, title, brand, state, last_seen_at, customers, repository, number, .. } = hit;
        let issue = repository.zip(number).map(|(repository, number)| format!("{repository}#{number}"));
        Self { id, kind, title, state, brand, customer_count: customers, issue, last_seen_at }
    }
}

impl From<TicketHit> for FoundTicket {
    fn from(hit: TicketHit) -> Self {
        let TicketHit {
            id,
            connection,
            external_id,
            url,
            subject,
            status,
            brand,
            customer_name,
            topic,
            created_at,
            ..
        } = hit;
        Self { id, connection, external_id, url, subject, status, brand, customer_name, topic, created_at }
    }
}

impl From<CustomerHit> for FoundCustomer {
    fn from(hit: CustomerHit) -> Self {
        let CustomerHit { id, name, email, organization, tickets, last_at } = hit;
        Self { id, name, email, organization, ticket_count: tickets, last_at }
    }
}

impl From<OrganizationHit> for FoundOrganization {
    fn from(hit: OrganizationHit) -> Self {
        let OrganizationHit { id, name, plan, revenue_cents, customers, last_at } = hit;
        Self { id, name, plan, revenue_cents, customer_count: customers, last_at }
    }
}

impl From<SearchResults> for Findings {
    fn from(found: SearchResults) -> Self {
        let SearchResults { topics, tickets, customers, organizations, is_cut } = found;
        Self {
            more: is_cut || topics.more || tickets.more || customers.more || organizations.more,
            topics: topics.rows.into_iter().map(FoundTopic::from).collect(),
            tickets: tickets.rows.into_iter().map(FoundTicket::from).collect(),
            customers: customers.rows.into_iter().map(FoundCustomer::from).collect(),
            organizations: organizations.rows.into_iter().map(FoundOrganization::from).collect(),
        }
    }
}

/// Find anything by words, a number or an address. Whoever may not read customers finds topics only, by their names and issues.
#[utoipa::path(tag = "search", params(SearchFor), responses((status = 200, description = "What was found", body = Findings)))]
#[get("/search")]
async fn search_everything(
    May { app, caller, .. }: May<right::ReadTopics>,
    asked: web::Query<SearchFor>,
) -> Result<web::Json<Findings>, Problem> {
    if asked.q.trim().is_empty() {
        return Err(Problem::saying(ProblemType::Malformed, "`q` is what is looked for, and it is empty."));
    }
    let limit = rows_wanted(asked.limit)?.unwrap_or(LIST_ROWS);
    let brand = asked.brand.as_deref().filter(|brand| !brand.is_empty());
    let mut conn = app.database.read().await?;
    let limit = usize::try_from(limit).unwrap_or(0);
    let found = search::search(&mut conn, &asked.q, brand, limit, caller.may(Privilege::ReadCustomers)).await?;
    Ok(web::Json(found.into()))
}
