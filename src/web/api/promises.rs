//! Promises: answers that are owed to somebody.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::lists::rows_wanted;
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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PromisesQuery {
    /// How many at most; 200 where it is not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List promises that are not kept yet, the most urgent first.
#[utoipa::path(tag = "promises", params(PromisesQuery), responses((status = 200, description = "Promises", body = PromiseList)))]
#[get("/promises")]
async fn list_promises(
    May { app, .. }: May<right::ReadTopics>,
    query: web::Query<PromisesQuery>,
) -> Result<web::Json<PromiseList>, Problem> {
    let limit = rows_wanted(query.limit)?.unwrap_or(LIST_ROWS_MAX);
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
