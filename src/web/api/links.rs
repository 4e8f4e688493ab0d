//! The links to customers' own pages.

use actix_web::{delete, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::request::{actor, id};
use crate::{
    flow::{
        App,
        people::links::{self, EndedLinks},
    },
    model::id::{CustomerId, UpdateId},
    web::problem::Problem,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(revoke_links_of_customer).service(revoke_links_of_update).service(revoke_all_links);
}

#[derive(Serialize, ToSchema)]
struct Revoked {
    /// How many links worked until now.
    revoked: u64,
}

async fn revoke(app: &App, which: EndedLinks) -> Result<web::Json<Revoked>, Problem> {
    Ok(web::Json(Revoked { revoked: links::revoke(app, which, &actor()).await? }))
}

/// End every link that was sent to a customer.
#[utoipa::path(tag = "customers", params(("id" = String, Path, description = "The customer's id")),
    responses((status = 200, description = "They open nothing any more", body = Revoked)))]
#[delete("/customers/{id}/links")]
async fn revoke_links_of_customer(app: web::Data<App>, path: web::Path<String>) -> Result<web::Json<Revoked>, Problem> {
    revoke(&app, EndedLinks::OfCustomer(id(&path, CustomerId::parse, "customer")?)).await
}

/// End the link that an update was sent with.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "It opens nothing any more", body = Revoked)))]
#[delete("/updates/{id}/links")]
async fn revoke_links_of_update(app: web::Data<App>, path: web::Path<String>) -> Result<web::Json<Revoked>, Problem> {
    revoke(&app, EndedLinks::OfUpdate(id(&path, UpdateId::parse, "update")?)).await
}

/// End every link that was ever sent.
#[utoipa::path(tag = "customers", responses((status = 200, description = "They open nothing any more", body = Revoked)))]
#[delete("/links")]
async fn revoke_all_links(app: web::Data<App>) -> Result<web::Json<Revoked>, Problem> {
    revoke(&app, EndedLinks::All).await
}
