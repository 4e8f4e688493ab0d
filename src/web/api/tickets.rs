//! Tickets: list, get, escalate, move, and tie to an issue that exists.

use actix_web::{HttpResponse, get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    lists::Cut,
    request::{VIA, id},
    shape::Ticket,
    topics::Escalated,
};
use crate::{
    flow::{
        App, escalate,
        file::review,
        people::{issues, topics},
    },
    model::{
        id::{TicketId, TopicId},
        role::right,
    },
    store::ticket_views,
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_tickets)
        .service(get_ticket)
        .service(change_ticket)
        .service(escalate_ticket)
        .service(move_ticket)
        .service(link_issue);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TicketQuery {
    /// Only tickets of this connection.
    connection: Option<String>,
    /// Only the ticket the helpdesk knows by this id.
    external_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct TicketList {
    tickets: Vec<Ticket>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List tickets.
#[utoipa::path(tag = "tickets", params(TicketQuery, Cut), responses((status = 200, description = "Tickets", body = TicketList)))]
#[get("/tickets")]
async fn list_tickets(
    May { app, .. }: May<right::ReadCustomers>,
    filter: web::Query<TicketQuery>,
    cut: web::Query<Cut>,
) -> Result<web::Json<TicketList>, Problem> {
    let after = cut.after(TicketId::parse)?;
    let mut conn = app.database.read().await?;
    let (connection, external_id) = (filter.connection.as_deref(), filter.external_id.as_deref());
    let rows = ticket_views::list(&mut conn, connection, external_id, after, cut.limit()? + 1).await?;
    let (rows, next) = cut.page(rows, |view| view.ticket.to_string());
    Ok(web::Json(TicketList { tickets: rows.into_iter().map(Ticket::from).collect(), next }))
}

/// Get a ticket.
#[utoipa::path(tag = "tickets", params(("id" = String, Path, description = "The ticket's id")),
    responses((status = 200, description = "The ticket", body = Ticket)))]
#[get("/tickets/{id}")]
async fn get_ticket(
    May { app, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
) -> Result<web::Json<Ticket>, Problem> {
    one(&app, id(&path, TicketId::parse, "ticket")?).await
}

async fn one(app: &App, ticket: TicketId) -> Result<web::Json<Ticket>, Problem> {
    let view = ticket_views::get(&mut app.database.read().await?, ticket).await?;
    let view = view.ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no ticket {ticket}.")))?;
    Ok(web::Json(view.into()))
}

/// What a person says about a ticket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TicketChange {
    /// Whether its topic's issue may quote it. False takes what it quotes out of an issue that is filed.
    quoted: bool,
}

/// Keep a ticket's words out of its topic's issue, or let them in again.
#[utoipa::path(tag = "tickets", request_body = TicketChange, params(("id" = String, Path, description = "The ticket's id")),
    responses((status = 200, description = "The ticket", body = Ticket)))]
#[patch("/tickets/{id}")]
async fn change_ticket(
    May { app, by, .. }: May<right::Escalate>,
    path: web::Path<String>,
    change: web::Json<TicketChange>,
) -> Result<web::Json<Ticket>, Problem> {
    let ticket = id(&path, TicketId::parse, "ticket")?;
    review::quote(&app, ticket, change.quoted, &by).await?;
    one(&app, ticket).await
}

/// Escalate a ticket: its topic gets an issue, or the one it has hears of one more customer.
#[utoipa::path(tag = "tickets", params(("id" = String, Path, description = "The ticket's id")),
    responses((status = 200, description = "Escalated, now or before", body = Escalated)))]
#[post("/tickets/{id}/escalate")]
async fn escalate_ticket(
    May { app, by, .. }: May<right::Escalate>,
    path: web::Path<String>,
) -> Result<web::Json<Escalated>, Problem> {
    let ticket = id(&path, TicketId::parse, "ticket")?;
    let escalated = escalate::escalate(&app, ticket, &by, VIA).await?;
    Ok(web::Json(Escalated { topic: escalated.topic, again: escalated.again }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Move {
    /// The topic it belongs to; null for a topic of its own.
    topic: Option<TopicId>,
}

/// Move a ticket into another topic. The machine never moves it again.
#[utoipa::path(tag = "tickets", request_body = Move, params(("id" = String, Path, description = "The ticket's id")),
    responses((status = 200, description = "The ticket", body = Ticket)))]
#[post("/tickets/{id}/move")]
async fn move_ticket(
    May { app, by, .. }: May<right::Triage>,
    path: web::Path<String>,
    wish: web::Json<Move>,
) -> Result<web::Json<Ticket>, Problem> {
    let ticket = id(&path, TicketId::parse, "ticket")?;
    topics::move_ticket(&app, ticket, wish.topic, &by).await?;
    one(&app, ticket).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkIssue {
    /// Where the issue is, such as `https://github.com/acme/product/issues/7` or `acme/product#7`.
    url: String,
}

/// Say which issue a ticket is about. Its topic becomes that issue's.
#[utoipa::path(tag = "tickets", request_body = LinkIssue, params(("id" = String, Path, description = "The ticket's id")),
    responses((status = 202, description = "The issue is looked up and linked")))]
#[post("/tickets/{id}/link_issue")]
async fn link_issue(
    May { app, by, .. }: May<right::Escalate>,
    path: web::Path<String>,
    issue: web::Json<LinkIssue>,
) -> Result<HttpResponse, Problem> {
    let ticket = id(&path, TicketId::parse, "ticket")?;
    issues::link_issue(&app, ticket, &issue.url, &by).await?;
    Ok(HttpResponse::Accepted().finish())
}
