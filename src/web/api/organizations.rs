//! Organizations, and what they are worth.

use actix_web::{get, put, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    lists::Cut,
    request::{id, whole},
};
use crate::{
    base::{clock::Time, limits},
    flow::{App, people::organizations},
    model::{customer, id::OrganizationId, role::right},
    store::customers,
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_organizations).service(get_organization).service(put_organization);
}

#[derive(Serialize, ToSchema)]
struct Organization {
    /// Its id.
    id: OrganizationId,
    /// The name as the helpdesk has it.
    name: String,
    /// The plan they pay for.
    plan: Option<String>,
    /// Revenue a year.
    revenue_cents: Option<i64>,
    /// When their contract renews.
    renewal_at: Option<Time>,
    /// The kind of customer, in your own word.
    segment: Option<String>,
}

impl From<customer::Organization> for Organization {
    fn from(organization: customer::Organization) -> Self {
        let customer::Organization { id, name, plan, revenue_cents, renewal_at, segment } = organization;
        Self { id, name, plan, revenue_cents, renewal_at, segment }
    }
}

#[derive(Serialize, ToSchema)]
struct OrganizationList {
    organizations: Vec<Organization>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List organizations.
#[utoipa::path(tag = "organizations", params(Cut),
    responses((status = 200, description = "Organizations", body = OrganizationList)))]
#[get("/organizations")]
async fn list_organizations(
    May { app, .. }: May<right::ReadCustomers>,
    cut: web::Query<Cut>,
) -> Result<web::Json<OrganizationList>, Problem> {
    let after = cut.after(OrganizationId::parse)?;
    let rows = customers::list_organizations(&mut app.database.read().await?, after, cut.limit()? + 1).await?;
    let (rows, next) = cut.page(rows, |organization| organization.id.to_string());
    Ok(web::Json(OrganizationList { organizations: rows.into_iter().map(Organization::from).collect(), next }))
}

/// Get an organization.
#[utoipa::path(tag = "organizations", params(("id" = String, Path, description = "The organization's id")),
    responses((status = 200, description = "The organization", body = Organization)))]
#[get("/organizations/{id}")]
async fn get_organization(
    May { app, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
) -> Result<web::Json<Organization>, Problem> {
    one(&app, id(&path, OrganizationId::parse, "organization")?).await
}

async fn one(app: &App, asked: OrganizationId) -> Result<web::Json<Organization>, Problem> {
    let found = customers::get_organization(&mut app.database.read().await?, asked).await?;
    let found =
        found.ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no organization {asked}.")))?;
    Ok(web::Json(found.into()))
}

/// What an organization is worth. All of it is replaced; what is absent becomes unknown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Attributes {
    /// The plan they pay for.
    plan: Option<String>,
    /// Revenue a year.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 90_000_000_000_000_i64)]
    revenue_cents: Option<i64>,
    /// When their contract renews.
    renewal_at: Option<Time>,
    /// The kind of customer, in your own word.
    segment: Option<String>,
}

/// Say what an organization is worth. The helpdesk's own fields do not overrule this.
#[utoipa::path(tag = "organizations", request_body = Attributes,
    params(("id" = String, Path, description = "The organization's id")),
    responses((status = 200, description = "The organization", body = Organization)))]
#[put("/organizations/{id}")]
async fn put_organization(
    May { app, by, .. }: May<right::Value>,
    path: web::Path<String>,
    wish: web::Json<Attributes>,
) -> Result<web::Json<Organization>, Problem> {
    let asked = id(&path, OrganizationId::parse, "organization")?;
    let Attributes { plan, revenue_cents, renewal_at, segment } = wish.into_inner();
    if revenue_cents.is_some_and(|cents| !(0..=limits::REVENUE_CENTS).contains(&cents)) {
        let sentence = format!("`revenue_cents` is between 0 and {}.", limits::REVENUE_CENTS);
        return Err(Problem::saying(ProblemType::Malformed, sentence));
    }
    let attributes = customers::Attributes { plan, revenue_cents, renewal_at, segment };
    organizations::set(&app, asked, &attributes, &by).await?;
    one(&app, asked).await
}
