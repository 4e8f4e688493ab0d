//! Customers.

use actix_web::{delete, get, patch, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{lists::Cut, request::id};
use crate::{
    base::clock::Time,
    flow::people::{erase, opt_outs},
    model::{
        customer::{self, normal_email},
        id::CustomerId,
        role::right,
    },
    store::customers,
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_customers).service(get_customer).service(change_customer).service(erase_customer);
}

#[derive(Serialize, ToSchema)]
pub(super) struct Customer {
    /// Its id.
    id: CustomerId,
    /// The name as the helpdesk has it; may be empty.
    name: String,
    /// The address; absent for customers who write by chat or phone.
    email: Option<String>,
    /// BCP 47, where the helpdesk knows.
    locale: Option<String>,
    /// The name of their time zone, where the helpdesk says one.
    time_zone: Option<String>,
    /// When they asked not to be told anything more, by any of their helpdesks. Whoever asked only some of them is still told
    /// by the others.
    opted_out_at: Option<Time>,
    /// When Heard first saw them.
    created_at: Time,
}

impl From<customer::Customer> for Customer {
    fn from(customer: customer::Customer) -> Self {
        let customer::Customer { id, name, email, locale, time_zone, opted_out_at, created_at } = customer;
        Self { id, name, email, locale, time_zone, opted_out_at, created_at }
    }
}

#[derive(Serialize, ToSchema)]
struct CustomerList {
    customers: Vec<Customer>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CustomersQuery {
    /// Only customers with this address in one of their helpdesks.
    email: Option<String>,
}

/// List customers.
#[utoipa::path(tag = "customers", params(CustomersQuery, Cut), responses((status = 200, description = "Customers", body = CustomerList)))]
#[get("/customers")]
async fn list_customers(
    May { app, .. }: May<right::ReadCustomers>,
    query: web::Query<CustomersQuery>,
    cut: web::Query<Cut>,
) -> Result<web::Json<CustomerList>, Problem> {
    let after = cut.after(CustomerId::parse)?;
    let email = query.email.as_deref().map(|email| normal_email(email).unwrap_or_else(|| email.to_owned()));
    let rows = customers::list(&mut app.database.read().await?, email.as_deref(), after, cut.limit()? + 1).await?;
    let (rows, next) = cut.page(rows, |customer| customer.id.to_string());
    Ok(web::Json(CustomerList { customers: rows.into_iter().map(Customer::from).collect(), next }))
}

/// Get a customer.
#[utoipa::path(tag = "customers", params(("id" = String, Path, description = "The customer's id")),
    responses((status = 200, description = "The customer", body = Customer)))]
#[get("/customers/{id}")]
async fn get_customer(
    May { app, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
) -> Result<web::Json<Customer>, Problem> {
    let asked = id(&path, CustomerId::parse, "customer")?;
    let found = customers::get(&mut app.database.read().await?, asked).await?;
    let found =
        found.ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no customer {asked}.")))?;
    Ok(web::Json(found.into()))
}

/// What a person notes of a customer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NotedOfCustomer {
    /// Whether they want to be told nothing more, by any helpdesk. What they said on a page of one helpdesk stays with it.
    opted_out: bool,
}

/// Note that a customer wants to be told nothing more, or wants to be told again.
#[utoipa::path(tag = "customers", request_body = NotedOfCustomer, params(("id" = String, Path, description = "The customer's id")),
    responses((status = 200, description = "The customer", body = Customer)))]
#[patch("/customers/{id}")]
async fn change_customer(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    noted: web::Json<NotedOfCustomer>,
) -> Result<web::Json<Customer>, Problem> {
    let asked = id(&path, CustomerId::parse, "customer")?;
    let customer = opt_outs::set_for_all(&app, asked, noted.opted_out, &by).await?;
    Ok(web::Json(customer.into()))
}

#[derive(Serialize, ToSchema)]
struct Erased {
    /// The id of the row that is left, without a name.
    erased: CustomerId,
}

/// Forget a customer.
///
/// Everything they wrote and were written is forgotten at once, and issues are written without it. It cannot be taken back. What
/// the helpdesk still has of them does not come back.
#[utoipa::path(tag = "customers", params(("id" = String, Path, description = "The customer's id")),
    responses((status = 200, description = "Nothing of them is left but rows that count", body = Erased)))]
#[delete("/customers/{id}")]
async fn erase_customer(
    May { app, by, .. }: May<right::Privacy>,
    path: web::Path<String>,
) -> Result<web::Json<Erased>, Problem> {
    let asked = id(&path, CustomerId::parse, "customer")?;
    erase::erase(&app, asked, &by).await?;
    Ok(web::Json(Erased { erased: asked }))
}
