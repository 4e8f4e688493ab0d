//! For the people who run Heard: whether it is alive, whether it is ready, and how much it does.
//!
//! Ready means that the database answers and is migrated and the server accepts. It never depends on GitHub or a
//! helpdesk: a replica that was taken out because they are down could not receive any more (G12).

use std::sync::Arc;

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use tokio_util::sync::CancellationToken;

use super::{
    auth,
    problem::{Problem, ProblemType},
};
use crate::{flow::App, model::role::Privilege};

/// How long the database may take to answer.
const DATABASE_ANSWERS: Duration = Duration::from_secs(2);

/// Whether the server still accepts.
#[derive(Clone)]
pub struct Running(CancellationToken);

impl Running {
    /// Accepts until `stop`.
    pub fn new(stop: CancellationToken) -> Self {
        Self(stop)
    }
}

/// Answers the text of `/metrics`.
pub type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// `/healthz`, `/readyz` and `/metrics`.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/healthz", web::get().to(alive))
        .route("/readyz", web::get().to(ready))
        .route("/metrics", web::get().to(numbers));
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

async fn ready(app: web::Data<App>, running: web::Data<Running>) -> HttpResponse {
    let why_not = if running.0.is_cancelled() {
        Some("stopping")
    } else if !app.database.answers(DATABASE_ANSWERS).await {
        // The question asks one of our own tables: a database that was not migrated cannot answer it.
        Some("the database does not answer, or is not migrated")
    } else {
        None
    };
    let answer = |status: &mut actix_web::HttpResponseBuilder| {
        status.content_type("text/plain; charset=utf-8").body(format!("{}\n", why_not.unwrap_or("ready")))
    };
    match why_not {
        None => answer(&mut HttpResponse::Ok()),
        Some(_) => answer(HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "5"))),
    }
}

async fn numbers(
    request: HttpRequest,
    app: web::Data<App>,
    metrics: web::Data<Metrics>,
) -> Result<HttpResponse, Problem> {
    let caller = auth::bearer(&request, &app).await?;
    if !caller.may(Privilege::ReadHealth) {
        return Err(Problem::of(ProblemType::Forbidden));
    }
    Ok(open_numbers(metrics).await)
}

/// The numbers without a token, for a listener of their own.
pub async fn open_numbers(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics())
}
