//! The console's sessions, for whoever lost a machine or a token.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::request::id;
use crate::{
    base::clock::Time,
    flow::people::sessions as ended,
    model::{
        id::{PersonId, SessionId},
        role::right,
    },
    store::sessions::{self, ConsoleSession},
    web::{may::May, problem::Problem},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_sessions).service(end_session).service(end_sessions);
}

#[derive(Serialize, ToSchema)]
struct Session {
    /// Its id.
    id: SessionId,
    /// Who signed in; null if the admin token did.
    person: Option<PersonId>,
    /// When.
    began_at: Time,
    /// From which address.
    address: Option<String>,
    /// When it ends by itself.
    expires_at: Time,
}

impl From<ConsoleSession> for Session {
    fn from(session: ConsoleSession) -> Self {
        let ConsoleSession { id, person, began_at, address, expires_at } = session;
        Self { id, person, began_at, address, expires_at }
    }
}

#[derive(Serialize, ToSchema)]
struct SessionList {
    sessions: Vec<Session>,
    /// Always null: all of them are listed.
    next: Option<String>,
}

/// List who is signed in to the console, the newest first.
#[utoipa::path(tag = "sessions", responses((status = 200, description = "Sessions", body = SessionList)))]
#[get("/sessions")]
async fn list_sessions(May { app, .. }: May<right::People>) -> Result<web::Json<SessionList>, Problem> {
    let open = sessions::list(&mut app.database.read().await?, None, app.clock.now()).await?;
    Ok(web::Json(SessionList { sessions: open.into_iter().map(Session::from).collect(), next: None }))
}

/// End a session of the console.
#[utoipa::path(tag = "sessions", params(("id" = String, Path, description = "The session's id")),
    responses((status = 204, description = "It is ended")))]
#[delete("/sessions/{id}")]
async fn end_session(
    May { app, by, .. }: May<right::People>,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    ended::end(&app, id(&path, SessionId::parse, "session")?, None, &by).await?;
    Ok(HttpResponse::NoContent().finish())
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
async fn end_sessions(May { app, by, .. }: May<right::People>) -> Result<web::Json<EndedSessions>, Problem> {
    let ended = ended::end_all(&app, &by).await?;
    tracing::info!(ended, "Every session of the console was ended");
    Ok(web::Json(EndedSessions { ended }))
}
