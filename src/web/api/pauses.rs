//! The brake: messages to customers wait, all of them or a part.

use actix_web::{get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::request::id;
use crate::{
    base::clock::Time,
    flow::{self, people::pauses},
    model::{
        id::TopicId,
        issue::Repository,
        pause::{Pause, PausedPart},
        refusal::Refusal,
        role::right,
    },
    store,
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_pauses).service(begin_pause).service(end_pause);
}

/// Which messages to customers are meant. Without any of these, all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PartOfMessages {
    /// Those that go out in this helpdesk, by its connection's name.
    connection: Option<String>,
    /// Those about topics whose issue is in this repository: `owner/name`.
    repository: Option<String>,
    /// Those about this topic.
    topic: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Pause)]
struct ShownPause {
    /// `everything`, `connection`, `repository` or `topic`.
    part: &'static str,
    /// The connection's name, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    /// The repository, in small letters, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    /// The topic, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<TopicId>,
    /// Since when.
    since: Time,
    /// Who paused it.
    by: String,
}

#[derive(Serialize, ToSchema)]
struct Pauses {
    pauses: Vec<ShownPause>,
}

#[derive(Serialize, ToSchema)]
struct Resumed {
    /// Whether it was paused.
    ended: bool,
}

impl From<Pause> for ShownPause {
    fn from(pause: Pause) -> Self {
        let Pause { part, since, by } = pause;
        let nothing = Self { part: "everything", connection: None, repository: None, topic: None, since, by };
        match part {
            PausedPart::Everything => nothing,
            PausedPart::Connection(name) => Self { part: "connection", connection: Some(name), ..nothing },
            PausedPart::Repository(name) => Self { part: "repository", repository: Some(name.to_string()), ..nothing },
            PausedPart::Topic(id) => Self { part: "topic", topic: Some(id), ..nothing },
        }
    }
}

impl PartOfMessages {
    fn read(self) -> Result<PausedPart, Problem> {
        match (self.connection, self.repository, self.topic) {
            (None, None, None) => Ok(PausedPart::Everything),
            (Some(name), None, None) => Ok(PausedPart::Connection(name)),
            (None, Some(name), None) => {
                let parsed =
                    Repository::parse(&name).ok_or_else(|| flow::Error::from(Refusal::RepositoryUnknown(name)))?;
                Ok(PausedPart::Repository(parsed))
            }
            (None, None, Some(topic)) => Ok(PausedPart::Topic(id(&topic, TopicId::parse, "topic")?)),
            _ => Err(Problem::saying(
                ProblemType::Refused,
                "Name one of `connection`, `repository` and `topic`, or none of them for everything.",
            )),
        }
    }
}

/// What is paused.
#[utoipa::path(tag = "pauses", responses((status = 200, description = "Every pause", body = Pauses)))]
#[get("/pauses")]
async fn list_pauses(May { app, .. }: May<right::ReadHealth>) -> Result<web::Json<Pauses>, Problem> {
    let all = store::pauses::all(&mut app.database.read().await?).await?;
    Ok(web::Json(Pauses { pauses: all.into_iter().map(ShownPause::from).collect() }))
}

/// Pause messages to customers.
///
/// Nothing that it names goes to a customer until it is resumed, in every process, also after a restart. What is being sent in this
/// moment cannot be called back. Tickets are read meanwhile, and issues and internal notes go on.
#[utoipa::path(tag = "pauses", request_body = PartOfMessages,
    responses((status = 200, description = "It is paused", body = ShownPause)))]
#[post("/pauses")]
async fn begin_pause(
    May { app, by, .. }: May<right::Pause>,
    part: web::Json<PartOfMessages>,
) -> Result<web::Json<ShownPause>, Problem> {
    Ok(web::Json(pauses::begin(&app, part.into_inner().read()?, &by).await?.into()))
}

/// Let messages to customers go on.
///
/// What waited and is still true goes out now. Another pause of the same messages goes on.
#[utoipa::path(tag = "pauses", request_body = PartOfMessages,
    responses((status = 200, description = "That pause is over", body = Resumed)))]
#[post("/pauses/end")]
async fn end_pause(
    May { app, by, .. }: May<right::Pause>,
    part: web::Json<PartOfMessages>,
) -> Result<web::Json<Resumed>, Problem> {
    Ok(web::Json(Resumed { ended: pauses::end(&app, &part.into_inner().read()?, &by).await? }))
}
