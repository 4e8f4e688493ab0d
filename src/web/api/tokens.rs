//! Tokens for the API: people make theirs in the console, and the admin token makes those that belong to nobody.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::request::{id, whole};
use crate::{
    base::clock::Time,
    flow::people::tokens::{self, WantedToken},
    model::{
        api_token::{self, LASTS_DAYS_MOST},
        id::{ApiTokenId, PersonId},
        role::{self, right},
    },
    store::api_tokens,
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_tokens).service(make_token).service(revoke_token);
}

#[derive(Serialize, ToSchema)]
struct ApiToken {
    /// Its id.
    id: ApiTokenId,
    /// Who made it; null if the admin token did.
    person: Option<PersonId>,
    /// What it is for.
    name: String,
    /// What it may do at most.
    role: role::Role,
    /// What of that: `read` or `write`.
    scope: role::Scope,
    /// When it was made.
    created_at: Time,
    /// When it ends.
    expires_at: Time,
    /// When it was last used, to the minute.
    used_at: Option<Time>,
}

impl From<api_token::ApiToken> for ApiToken {
    fn from(token: api_token::ApiToken) -> Self {
        let api_token::ApiToken { id, person, name, role, scope, created_at, expires_at, used_at } = token;
        Self { id, person, name, role, scope, created_at, expires_at, used_at }
    }
}

#[derive(Serialize, ToSchema)]
struct ApiTokenList {
    tokens: Vec<ApiToken>,
    /// Always null: all of them are listed.
    next: Option<String>,
}

/// List every token that was not revoked, the newest first.
#[utoipa::path(tag = "tokens", responses((status = 200, description = "Tokens", body = ApiTokenList)))]
#[get("/tokens")]
async fn list_tokens(May { app, .. }: May<right::People>) -> Result<web::Json<ApiTokenList>, Problem> {
    let all = api_tokens::list(&mut app.database.read().await?, None).await?;
    Ok(web::Json(ApiTokenList { tokens: all.into_iter().map(ApiToken::from).collect(), next: None }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What it is for.
    name: String,
    /// What it may do at most.
    role: role::Role,
    /// What of that: `read` or `write`.
    scope: role::Scope,
    /// For how many days; 90 where it is not said.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 366)]
    days: Option<u32>,
}

/// A token. Its secret is shown this once.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    #[serde(flatten)]
    token: ApiToken,
    /// What a program sends: `Authorization: Bearer heard_...`.
    secret: String,
}

/// Make a token that belongs to nobody, with the admin token. People make their own in the console.
#[utoipa::path(tag = "tokens", request_body = NewToken,
    responses((status = 200, description = "The token", body = MadeToken)))]
#[post("/tokens")]
async fn make_token(
    May { app, by, caller, .. }: May<right::Own>,
    wish: web::Json<NewToken>,
) -> Result<web::Json<MadeToken>, Problem> {
    let NewToken { name, role, scope, days } = wish.into_inner();
    if days.is_some_and(|days| !(1..=LASTS_DAYS_MOST).contains(&days)) {
        let sentence = format!("`days` is between 1 and {LASTS_DAYS_MOST}.");
        return Err(Problem::saying(ProblemType::Malformed, sentence));
    }
    let wanted = WantedToken { person: caller.person_id(), own_role: caller.role(), name: &name, role, scope, days };
    let (token, secret) = tokens::make(&app, &wanted, &by).await?;
    Ok(web::Json(MadeToken { token: token.into(), secret: secret.expose().to_owned() }))
}

/// End a token at once.
#[utoipa::path(tag = "tokens", params(("id" = String, Path, description = "The token's id")),
    responses((status = 204, description = "It is ended")))]
#[delete("/tokens/{id}")]
async fn revoke_token(
    May { app, by, .. }: May<right::People>,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    tokens::revoke(&app, id(&path, ApiTokenId::parse, "token")?, None, &by).await?;
    Ok(HttpResponse::NoContent().finish())
}
