//! Releases: how CI says that a version is out.

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::lists::{Cut, cursor_at, place_at};
use crate::{
    base::clock::Time,
    flow::people::releases as stated,
    model::{
        id::ReleaseId,
        release::{self, ReleaseSource},
        role::right,
    },
    store::releases,
    web::{may::May, problem::Problem},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_releases).service(state_release);
}

#[derive(Serialize, ToSchema)]
struct Release {
    /// Its id.
    id: ReleaseId,
    /// `owner/name`.
    repository: String,
    /// The version in words for people.
    version: String,
    /// The commit; empty where a person stated only the version.
    sha: String,
    /// The part of a repository of many parts.
    component: Option<String>,
    /// Where it was deployed to.
    environment: Option<String>,
    /// Where to read about it.
    url: Option<String>,
    /// Whether it is not for everybody yet.
    prerelease: bool,
    /// How it was learned of.
    source: ReleaseSource,
    /// When it was published.
    published_at: Time,
    /// When it was taken back.
    withdrawn_at: Option<Time>,
}

impl From<release::Release> for Release {
    fn from(release: release::Release) -> Self {
        Self {
            id: release.id,
            repository: release.repository,
            version: release.version,
            sha: release.sha.unwrap_or_default(),
            component: release.component,
            environment: release.environment,
            url: release.url,
            prerelease: release.prerelease,
            source: release.source,
            published_at: release.published_at,
            withdrawn_at: release.withdrawn_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ReleaseList {
    releases: Vec<Release>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List releases and deployments, newest first.
#[utoipa::path(tag = "releases", params(Cut), responses((status = 200, description = "Releases", body = ReleaseList)))]
#[get("/releases")]
async fn list_releases(
    May { app, .. }: May<right::ReadTopics>,
    cut: web::Query<Cut>,
) -> Result<web::Json<ReleaseList>, Problem> {
    let before = cut.after(place_at)?.map(|micros| Time::from_micros(micros.cast_signed()));
    let rows = releases::list(&mut app.database.read().await?, before, cut.limit()? + 1).await?;
    let (rows, next) = cut.page(rows, |release| cursor_at(release.published_at.as_micros().cast_unsigned()));
    Ok(web::Json(ReleaseList { releases: rows.into_iter().map(Release::from).collect(), next }))
}

/// A version that is out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Stated {
    /// `owner/name`, as in the settings.
    #[schema(example = "acme/product")]
    repository: String,
    /// The version in words for people.
    #[schema(example = "4.18.0")]
    version: String,
    /// The commit it was made from.
    #[schema(example = "9fceb02c0ffee9fceb02c0ffee9fceb02c0ffee1")]
    sha: String,
    /// The part of a repository of many parts.
    component: Option<String>,
    /// Where it was deployed to.
    environment: Option<String>,
    /// Where to read about it.
    url: Option<String>,
}

/// State that a version is out. Whether it contains a topic's fix is still checked.
#[utoipa::path(tag = "releases", request_body = Stated,
    responses((status = 202, description = "Taken; the topics it may ship are looked at")))]
#[post("/releases")]
async fn state_release(
    May { app, by, .. }: May<right::Ship>,
    stated: web::Json<Stated>,
) -> Result<HttpResponse, Problem> {
    let Stated { repository, version, sha, component, environment, url } = stated.into_inner();
    let stated = stated::StatedRelease { repository, version, sha, component, environment, url };
    stated::state_release(&app, stated, &by).await?;
    Ok(HttpResponse::Accepted().finish())
}
