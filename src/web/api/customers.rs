//! Customers.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{lists::Cut, request::id};
use crate::{
    base::clock::Time,
    flow::App,
    model::{customer, id::CustomerId},
    store::customers,
    web::problem::{Problem, ProblemType},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_customers).service(get_customer);
}

#[derive(Serialize, ToSchema)]
struct Customer {
    /// Its id.
    id: CustomerId,
    /// The name as the helpdesk has it; may be empty.
    name: String,
    /// The address; absent for customers who write by chat or phone.
    email: Option<String>,
    /// BCP 47, where the helpdesk knows.
    locale: Option<String>,
    /// When they asked not to be told anything more.
    opted_out_at: Option<Time>,
    /// When Heard first saw them.
    created_at: Time,
}

impl From<customer::Customer> for Customer {
    fn from(customer: customer::Customer) -> Self {
        let customer::Customer { id, name, email, locale, opted_out_at, created_at } = customer;
        Self { id, name, email, locale, opted_out_at, created_at }
    }
}

#[derive(Serialize, ToSchema)]
struct CustomerList {
    customers: Vec<Customer>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List customers.
#[utoipa::path(tag = "customers", params(Cut), responses((status = 200, description = "Customers", body = CustomerList)))]
#[get("/customers")]
async fn list_customers(app: web::Data<App>, cut: web::Query<Cut>) -> Result<web::Json<CustomerList>, Problem> {
    let after = cut.after(CustomerId::parse)?;
    let rows = customers::list(&mut app.database.read().await?, after, cut.limit() + 1).await?;
    let (rows, next) = cut.page(rows, |customer| customer.id.to_string());
    Ok(web::Json(CustomerList { customers: rows.into_iter().map(Customer::from).collect(), next }))
}

/// Get a customer.
#[utoipa::path(tag = "customers", params(("id" = String, Path, description = "The customer's id")),
    responses((status = 200, description = "The customer", body = Customer)))]
#[get("/customers/{id}")]
async fn get_customer(app: web::Data<App>, path: web::Path<String>) -> Result<web::Json<Customer>, Problem> {
    let asked = id(&path, CustomerId::parse, "customer")?;
    let found = customers::get(&mut app.database.read().await?, asked).await?;
    let found =
        found.ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no customer {asked}.")))?;
    Ok(web::Json(found.into()))
}
