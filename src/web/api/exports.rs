//! Lists as files: every row that the filters ask for, as CSV or as a JSON object on each line. Each export is written down.

use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    lists::{all_words, word},
    request::id,
    topic_filter::TopicQuery,
};
use crate::{
    flow::{people::exports, ranking::ranked},
    model::{
        id::{CustomerId, OrganizationId, TopicId},
        ranking::TicketOrder,
        role::{Privilege, right},
        update::UpdateState,
    },
    store::{
        board::BoardCut,
        listed::{TicketListFilter, TicketsOf, UpdatesOf},
        topics,
    },
    web::{
        download::{self, ListedRows, Reader, TableFormat},
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(export_topics).service(export_tickets).service(export_updates).service(export_customers);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InForm {
    /// In what form: `jsonl` where it is not said.
    #[param(value_type = Option<TableFormat>, inline)]
    format: Option<String>,
}

impl InForm {
    fn read(&self) -> Result<TableFormat, Problem> {
        let known = TableFormat::ALL.map(TableFormat::as_str);
        Ok(word("format", self.format.as_deref(), TableFormat::parse, &known)?.unwrap_or(TableFormat::JsonLines))
    }
}

/// Export topics.
///
/// At most the first 10,000 in that order. For whoever may not read customers, what they pay is null and counts nothing in
/// the score.
#[utoipa::path(tag = "exports", params(TopicQuery, InForm),
    responses((status = 200, description = "Topics, a row for each",
        content((String = "application/x-ndjson"), (String = "text/csv")))))]
#[get("/exports/topics")]
async fn export_topics(
    May { app, by, caller, .. }: May<right::ReadTopics>,
    filter: web::Query<TopicQuery>,
    form: web::Query<InForm>,
) -> Result<HttpResponse, Problem> {
    let format = form.read()?;
    let knows_customers = caller.may(Privilege::ReadCustomers);
    let (wanted, order) = filter.read(knows_customers)?;
    let mut conn = app.database.read().await?;
    let cut = BoardCut { order, with_amounts: knows_customers, skip: 0, limit: download::TOPICS_MAX };
    let found = ranked(&mut conn, &wanted, cut, app.clock.now()).await?;
    drop(conn);
    exports::begin(&app, "topics", &by).await?;
    Ok(download::answer(
        app,
        ListedRows::Topics { rest: found.into_iter(), with_amounts: knows_customers },
        format,
        Reader::Program,
    ))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TicketsToExport {
    /// Only tickets of this customer.
    customer: Option<String>,
    /// Only tickets of this organization. Not with `customer`.
    organization: Option<String>,
    /// Only tickets of this topic. Not with `customer` or `organization`.
    topic: Option<String>,
    /// Only tickets of this connection.
    connection: Option<String>,
    /// Which ones first: `newest` where it is not said.
    #[param(value_type = Option<TicketOrder>, inline)]
    sort: Option<String>,
}

/// Export tickets. Internal ones are left out.
#[utoipa::path(tag = "exports", params(TicketsToExport, InForm),
    responses((status = 200, description = "Tickets, a row for each",
        content((String = "application/x-ndjson"), (String = "text/csv")))))]
#[get("/exports/tickets")]
async fn export_tickets(
    May { app, by, .. }: May<right::ReadCustomers>,
    asked: web::Query<TicketsToExport>,
    form: web::Query<InForm>,
) -> Result<HttpResponse, Problem> {
    let format = form.read()?;
    let of = match (asked.customer.as_deref(), asked.organization.as_deref(), asked.topic.as_deref()) {
        (None, None, None) => TicketsOf::Everybody,
        (Some(customer), None, None) => TicketsOf::Customer(id(customer, CustomerId::parse, "customer")?),
        (None, Some(organization), None) => {
            TicketsOf::Organization(id(organization, OrganizationId::parse, "organization")?)
        }
        (None, None, Some(topic)) => TicketsOf::Topic(id(topic, TopicId::parse, "topic")?),
        _ => {
            let sentence = "Only one of `customer`, `organization` and `topic` says whose tickets they are.";
            return Err(Problem::saying(ProblemType::Refused, sentence));
        }
    };
    let order = word("sort", asked.sort.as_deref(), TicketOrder::parse, all_words!(TicketOrder))?;
    let oldest_first = order == Some(TicketOrder::Oldest);
    let filter = TicketListFilter { of, connection: asked.connection.clone(), oldest_first };
    exports::begin(&app, "tickets", &by).await?;
    Ok(download::answer(app, ListedRows::Tickets { filter, after: None }, format, Reader::Program))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UpdatesOfState {
    /// Those in this state. Either this or `topic` has to be said.
    #[param(value_type = Option<UpdateState>, inline)]
    state: Option<String>,
    /// Those of this topic, in every state.
    topic: Option<String>,
}

/// Export updates, without their texts.
#[utoipa::path(tag = "exports", params(UpdatesOfState, InForm),
    responses((status = 200, description = "Updates, a row for each",
        content((String = "application/x-ndjson"), (String = "text/csv")))))]
#[get("/exports/updates")]
async fn export_updates(
    May { app, by, .. }: May<right::ReadCustomers>,
    asked: web::Query<UpdatesOfState>,
    form: web::Query<InForm>,
) -> Result<HttpResponse, Problem> {
    let format = form.read()?;
    let state = word("state", asked.state.as_deref(), UpdateState::parse, all_words!(UpdateState))?;
    let of = match (state, asked.topic.as_deref()) {
        (Some(state), None) => UpdatesOf::State(state),
        (None, Some(topic)) => UpdatesOf::Topic(id(topic, TopicId::parse, "topic")?),
        _ => return Err(Problem::saying(ProblemType::Refused, "Say either `state` or `topic`.")),
    };
    exports::begin(&app, "updates", &by).await?;
    Ok(download::answer(app, ListedRows::Updates { of, after: None }, format, Reader::Program))
}

/// Export the customers of a topic. Likely members are not among them.
#[utoipa::path(tag = "exports", params(("id" = String, Path, description = "The topic's id"), InForm),
    responses((status = 200, description = "Customers, a row for each",
        content((String = "application/x-ndjson"), (String = "text/csv")))))]
#[get("/exports/topics/{id}/customers")]
async fn export_customers(
    May { app, by, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
    form: web::Query<InForm>,
) -> Result<HttpResponse, Problem> {
    let format = form.read()?;
    let asked = id(&path, TopicId::parse, "topic")?;
    let topic = topics::current(&mut app.database.read().await?, asked).await?;
    let missing = || Problem::saying(ProblemType::NotFound, format!("There is no topic {asked}."));
    let topic = topic.ok_or_else(missing)?.id;
    exports::begin(&app, &topic.to_string(), &by).await?;
    Ok(download::answer(app, ListedRows::Customers { topic, after: None }, format, Reader::Program))
}
