//! Deliveries: webhooks as they were received. What they say is shown without anybody's words, since it is customers' text.

use actix_web::{get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    lists::{Cut, all_words, word},
    request::id,
};
use crate::{
    base::clock::Time,
    flow::{deliveries as shown, people::retry},
    model::{delivery::DeliveryState, id::DeliveryId, role::right},
    store::deliveries::{self, Summary},
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_deliveries).service(get_delivery).service(replay_delivery);
}

#[derive(Serialize, ToSchema)]
struct Delivery {
    /// Its id.
    id: DeliveryId,
    /// The connection; `github` for GitHub.
    connection: String,
    /// The sender's id of it.
    key: Option<String>,
    /// Where it is.
    state: DeliveryState,
    /// Why it could not be read.
    error: Option<String>,
    /// The helpdesk's id of the ticket that it speaks of; null where it speaks of none, or was not read yet.
    ticket: Option<String>,
    /// How many bytes of it are kept.
    bytes: u64,
    /// When it arrived.
    received_at: Time,
}

impl From<Summary> for Delivery {
    fn from(summary: Summary) -> Self {
        Self {
            id: summary.id,
            ticket: summary.ticket().map(str::to_owned),
            connection: summary.connection,
            key: summary.key,
            state: summary.state,
            error: summary.error,
            bytes: u64::try_from(summary.bytes).unwrap_or(0),
            received_at: summary.received_at,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveryQuery {
    /// Only this state.
    #[param(value_type = Option<DeliveryState>, inline)]
    state: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct DeliveryList {
    deliveries: Vec<Delivery>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List deliveries, newest first.
#[utoipa::path(tag = "deliveries", params(DeliveryQuery, Cut),
    responses((status = 200, description = "Deliveries", body = DeliveryList)))]
#[get("/deliveries")]
async fn list_deliveries(
    May { app, .. }: May<right::ReadHealth>,
    filter: web::Query<DeliveryQuery>,
    cut: web::Query<Cut>,
) -> Result<web::Json<DeliveryList>, Problem> {
    let state = word("state", filter.state.as_deref(), DeliveryState::parse, all_words!(DeliveryState))?;
    let before = cut.after(DeliveryId::parse)?;
    let rows = deliveries::list(&mut app.database.read().await?, state, before, cut.limit()? + 1).await?;
    let (rows, next) = cut.page(rows, |delivery| delivery.id.to_string());
    Ok(web::Json(DeliveryList { deliveries: rows.into_iter().map(Delivery::from).collect(), next }))
}

#[derive(Serialize, ToSchema)]
struct KeptHeader {
    /// Its name, in lower case.
    name: String,
    /// What it says; only how long it is where that may be somebody's words.
    value: String,
}

/// A delivery with what it said, without anybody's words.
#[derive(Serialize, ToSchema)]
struct WholeDelivery {
    #[serde(flatten)]
    delivery: Delivery,
    /// What Heard reads in it, such as `ticket_changed`. Empty where it cannot be read, or is forgotten.
    events: Vec<String>,
    /// The headers that were kept; never a signature or a credential.
    headers: Vec<KeptHeader>,
    /// Its JSON with ids, times and the words for what happened. Of everything else it says how long it is. Null once it is forgotten,
    /// as after `keep_deliveries_days`.
    body: Option<String>,
}

/// One delivery, with its body masked.
#[utoipa::path(tag = "deliveries", params(("id" = String, Path, description = "The delivery's id")),
    responses((status = 200, description = "The delivery", body = WholeDelivery)))]
#[get("/deliveries/{id}")]
async fn get_delivery(
    May { app, .. }: May<right::ReadHealth>,
    path: web::Path<String>,
) -> Result<web::Json<WholeDelivery>, Problem> {
    let asked = id(&path, DeliveryId::parse, "delivery")?;
    let found = shown::shown(&app, &mut app.database.read().await?, asked).await?;
    let found =
        found.ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no delivery {asked}.")))?;
    Ok(web::Json(WholeDelivery {
        delivery: found.summary.into(),
        events: found.events,
        headers: found.headers.into_iter().map(|(name, value)| KeptHeader { name, value }).collect(),
        body: found.body,
    }))
}

/// Read a delivery again. What it says changes nothing twice.
#[utoipa::path(tag = "deliveries", params(("id" = String, Path, description = "The delivery's id")),
    responses((status = 202, description = "It is read again", body = Delivery)))]
#[post("/deliveries/{id}/replay")]
async fn replay_delivery(
    May { app, by, .. }: May<right::Operate>,
    path: web::Path<String>,
) -> Result<actix_web::HttpResponse, Problem> {
    let asked = id(&path, DeliveryId::parse, "delivery")?;
    retry::replay(&app, asked, &by).await?;
    let found = deliveries::summary(&mut app.database.read().await?, asked).await?;
    let found =
        found.ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no delivery {asked}.")))?;
    Ok(actix_web::HttpResponse::Accepted().json(Delivery::from(found)))
}
