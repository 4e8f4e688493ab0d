//! The links to customers' own pages.

use actix_web::{delete, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::request::id;
use crate::{
    flow::{
        App,
        people::links::{self, EndedLinks},
    },
    model::{
        decision::Actor,
        id::{CustomerId, UpdateId},
        role::right,
    },
    web::{may::May, problem::Problem},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(revoke_links_of_customer).service(revoke_links_of_update).service(revoke_all_links);
}

#[derive(Serialize, ToSchema)]
struct Revoked {
    /// How many links worked until now.
    revoked: u64,
}

async fn revoke(app: &App, which: EndedLinks, by: &Actor) -> Result<web::Json<Revoked>, Problem> {
    Ok(web::Json(Revoked { revoked: links::revoke(app, which, by).await? }))
}

/// End every link that was sent to a customer.
#[utoipa::path(tag = "customers", params(("id" = String, Path, description = "The customer's id")),
    responses((status = 200, description = "They open nothing any more", body = Revoked)))]
#[delete("/customers/{id}/links")]
async fn revoke_links_of_customer(
    May { app, by, .. }: May<right::Privacy>,
    path: web::Path<String>,
) -> Result<web::Json<Revoked>, Problem> {
    revoke(&app, EndedLinks::OfCustomer(id(&path, CustomerId::parse, "customer")?), &by).await
}

/// End the link that an update was sent with.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "It opens nothing any more", body = Revoked)))]
#[delete("/updates/{id}/links")]
async fn revoke_links_of_update(
    May { app, by, .. }: May<right::Privacy>,
    path: web::Path<String>,
) -> Result<web::Json<Revoked>, Problem> {
    revoke(&app, EndedLinks::OfUpdate(id(&path, UpdateId::parse, "update")?), &by).await
}

/// End every link that was ever sent.
#[utoipa::path(tag = "customers", responses((status = 200, description = "They open nothing any more", body = Revoked)))]
#[delete("/links")]
async fn revoke_all_links(May { app, by, .. }: May<right::Privacy>) -> Result<web::Json<Revoked>, Problem> {
    revoke(&app, EndedLinks::All, &by).await
}
