//! Promises: answers that are owed to somebody.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::lists::Cut;
use crate::{
    base::{clock::Time, limits::LIST_ROWS_MAX},
    model::{
        id::{PromiseId, TopicId},
        role::right,
    },
    store::promises,
    web::{may::May, problem::Problem},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_promises);
}

#[derive(Serialize, ToSchema)]
struct Promise {
    /// Its id.
    id: PromiseId,
    /// About which topic.
    topic: TopicId,
    /// What was promised.
    what: String,
    /// By when.
    due_at: Time,
    /// Who promised.
    made_by: String,
}

#[derive(Serialize, ToSchema)]
struct PromiseList {
    promises: Vec<Promise>,
    /// Always null: at most 200 promises are shown, the most urgent ones.
    next: Option<String>,
}

/// List promises that are not kept yet, the most urgent first.
#[utoipa::path(tag = "promises", params(Cut), responses((status = 200, description = "Promises", body = PromiseList)))]
#[get("/promises")]
async fn list_promises(
    May { app, .. }: May<right::ReadTopics>,
    cut: web::Query<Cut>,
) -> Result<web::Json<PromiseList>, Problem> {
    let limit = cut.limit.map_or(LIST_ROWS_MAX, |_| cut.limit());
    let rows = promises::open(&mut app.database.read().await?, limit).await?;
    let shown = rows.into_iter().map(|promise| Promise {
        id: promise.id,
        topic: promise.topic,
        what: promise.what,
        due_at: promise.due_at,
        made_by: promise.made_by,
    });
    Ok(web::Json(PromiseList { promises: shown.collect(), next: None }))
}
