//! The API, version 1: the same as the console, for programs.
//!
//! A bearer token opens it: the admin token, or one that somebody made, which may do what its role and scope say. What goes wrong is
//! a problem (RFC 9457), and so is what an address does not read, which would be lost without a word. A list is
//! `{"<noun>": [...], "next": cursor}`; the cursor is passed back as `after`, and callers must not rely on its form.
//! openapi/heard.yaml is generated from the handlers, and a test compares them, so the description cannot differ from what is served.

mod audit;
mod customers;
mod deliveries;
pub mod docs;
mod export;
mod exports;
mod issues;
mod links;
mod lists;
mod methods;
mod organizations;
mod pauses;
mod people;
mod promises;
mod releases;
mod request;
mod same_text;
mod schema;
mod search;
mod sessions;
pub mod shape;
mod tickets;
mod tokens;
mod topic_filter;
mod topic_page;
mod topics;
mod updates;
mod why;

use std::sync::LazyLock;

use actix_web::{
    App, Error, HttpRequest, HttpResponse, ResponseError as _,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderValue},
    middleware::{Next, from_fn},
    web,
};
use utoipa::{
    ToSchema as _,
    openapi::{
        ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_actix_web::{AppExt as _, scope, service_config::ServiceConfig};

use self::methods::Methods;
use super::{
    auth,
    problem::{self, Problem, ProblemType},
};

/// How large a JSON body may be.
const JSON_BYTES: usize = 256 * 1024;

/// The API's routes, each with its description.
pub fn configure(config: &mut ServiceConfig<'_>) {
    let json = web::JsonConfig::default().limit(JSON_BYTES).error_handler(problem::unreadable);
    let query = web::QueryConfig::default().error_handler(problem::unreadable);
    let path = web::PathConfig::default().error_handler(|_, _| Problem::of(ProblemType::NotFound).into());
    config.app_data(json).app_data(query).app_data(path).service(
        scope::scope("/api/v1")
            .configure(topics::configure)
            .configure(issues::configure)
            .configure(tickets::configure)
            .configure(customers::configure)
            .configure(export::configure)
            .configure(exports::configure)
            .configure(links::configure)
            .configure(organizations::configure)
            .configure(updates::configure)
            .configure(same_text::configure)
            .configure(pauses::configure)
            .configure(promises::configure)
            .configure(deliveries::configure)
            .configure(releases::configure)
            .configure(people::configure)
            .configure(tokens::configure)
            .configure(search::configure)
            .configure(sessions::configure)
            .configure(audit::configure)
            .default_service(web::to(elsewhere))
            .wrap(from_fn(only_what_is_read))
            .wrap(from_fn(auth::require_bearer)),
    );
}

static METHODS: LazyLock<Methods> = LazyLock::new(|| Methods::of(&openapi()));

/// Middleware: what a request says and its address does not read is refused, for each by the description.
async fn only_what_is_read(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    match METHODS.unread(&mut request).await {
        Some(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
        None => Ok(next.call(request).await?.map_into_left_body()),
    }
}

/// Nothing lives at this address, or it has other methods.
async fn elsewhere(request: HttpRequest) -> HttpResponse {
    let allowed = METHODS.at(methods::routed(&request)).and_then(|methods| HeaderValue::from_str(&methods).ok());
    let Some(allowed) = allowed else { return Problem::of(ProblemType::NotFound).error_response() };
    let mut answer = Problem::of(ProblemType::MethodNotAllowed).error_response();
    answer.headers_mut().insert(header::ALLOW, allowed);
    answer
}

/// The description of the API, as it is served and checked in.
///
/// # Errors
/// When it cannot be written as YAML.
pub fn openapi_yaml() -> Result<String, String> {
    openapi().to_yaml().map_err(|error| format!("the description cannot be written: {error}"))
}

/// The same for programs that read no YAML.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn openapi_json() -> Result<serde_json::Value, String> {
    serde_json::to_value(openapi()).map_err(|error| format!("the description cannot be written: {error}"))
}

fn openapi() -> OpenApi {
    let (_, mut api) = App::new().into_utoipa_app().configure(configure).split_for_parts();
    api.info = InfoBuilder::new()
        .title("Heard")
        .version("1")
        .description(Some(
            "Everything Heard knows about what customers asked for and how it came back to them. Times are RFC 3339 in UTC, \
             ids are UUIDs, money is in hundredths of the currency that the settings name. A list takes `after` (the `next` of the page before) and `limit`. \
             A parameter or a field that an address does not have is refused.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let components = api.components.get_or_insert_default();
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The admin token, or one that somebody made: it begins with `heard_`."))
        .build();
    components.security_schemes.insert("token".to_owned(), RefOr::T(SecurityScheme::Http(token)));
    let mut schemas =
        vec![(problem::ProblemBody::name().into_owned(), <problem::ProblemBody as utoipa::PartialSchema>::schema())];
    problem::ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    api.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    for path in api.paths.paths.values_mut() {
        for operation in
            [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
        {
            may_fail(operation);
        }
    }
    api
}

/// Every operation may be answered with a problem.
fn may_fail(operation: &mut Operation) {
    let schema = RefOr::Ref(Ref::from_schema_name(problem::ProblemBody::name()));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new().description("A problem").content("application/problem+json", content).build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(response));
}
