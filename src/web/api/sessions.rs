//! The console's sessions, for whoever lost a machine or a token.

use actix_web::{post, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    flow::App,
    web::{auth, problem::Problem},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(end_sessions);
}

#[derive(Serialize, ToSchema)]
struct EndedSessions {
    /// How many there were.
    ended: u64,
}

/// End every session of the console. Whoever uses it has to sign in again.
#[utoipa::path(tag = "sessions",
    responses((status = 200, description = "They are ended", body = EndedSessions)))]
#[post("/sessions/end")]
async fn end_sessions(app: web::Data<App>) -> Result<web::Json<EndedSessions>, Problem> {
    let ended = auth::end_all(&app).await?;
    tracing::info!(ended, "Every session of the console was ended");
    Ok(web::Json(EndedSessions { ended }))
}
