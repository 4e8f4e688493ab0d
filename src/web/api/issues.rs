//! Issues before they are filed: those that wait, what one would say, and letting it go.

use actix_web::{get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    lists::Cut,
    request::id,
    topic_page::{TopicPage, page},
};
use crate::{
    flow::file::review,
    model::{
        id::{TicketId, TopicId},
        role::right,
    },
    store::issues,
    web::{may::May, problem::Problem},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_issues).service(get_issue).service(file_issue);
}

/// An issue that waits for a review.
#[derive(Serialize, ToSchema)]
struct WaitingIssue {
    /// Its topic.
    topic: TopicId,
    /// The topic's title.
    title: String,
    /// Where it is to be filed.
    repository: String,
}

#[derive(Serialize, ToSchema)]
struct WaitingIssueList {
    issues: Vec<WaitingIssue>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List the issues that wait for a review, where `review` is set for their repository.
#[utoipa::path(tag = "topics", params(Cut), responses((status = 200, description = "Issues", body = WaitingIssueList)))]
#[get("/issues/in_review")]
async fn list_issues(
    May { app, .. }: May<right::ReadCustomers>,
    cut: web::Query<Cut>,
) -> Result<web::Json<WaitingIssueList>, Problem> {
    let after = cut.after(TopicId::parse)?;
    let waiting = issues::in_review(&mut app.database.read().await?).await?;
    let rest = waiting.into_iter().filter(|waits| after.is_none_or(|after| waits.topic > after));
    let wanted = usize::try_from(cut.limit()?).unwrap_or(usize::MAX).saturating_add(1);
    let (rows, next) = cut.page(rest.take(wanted).collect(), |waits| waits.topic.to_string());
    let issues = rows.into_iter().map(|waits| WaitingIssue {
        topic: waits.topic,
        title: waits.title,
        repository: waits.repository.to_string(),
    });
    Ok(web::Json(WaitingIssueList { issues: issues.collect(), next }))
}

/// What a customer says in an issue.
#[derive(Serialize, ToSchema)]
struct Quote {
    /// The ticket.
    ticket: TicketId,
    /// As it stands in the issue.
    words: String,
}

/// An issue that waits for a review, as it would be filed.
#[derive(Serialize, ToSchema)]
struct IssuePreview {
    /// The topic that carries on.
    topic: TopicId,
    /// Where it is to be filed.
    repository: String,
    /// Whether everybody can read it there, or that is not known. Then no customer is quoted.
    public: bool,
    /// Its title.
    title: String,
    /// Its text, as Markdown.
    section: String,
    /// What customers say in it.
    quotes: Vec<Quote>,
    /// Names these words, for filing them.
    seen: String,
}

/// See what an issue would say that waits for a review.
#[utoipa::path(tag = "topics", params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "The issue", body = IssuePreview)))]
#[get("/topics/{id}/issue")]
async fn get_issue(
    May { app, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
) -> Result<web::Json<IssuePreview>, Problem> {
    let preview = review::preview(&app, id(&path, TopicId::parse, "topic")?).await?;
    let quotes = preview.quotes.into_iter().map(|(ticket, words)| Quote { ticket, words });
    Ok(web::Json(IssuePreview {
        topic: preview.topic,
        repository: preview.repository.to_string(),
        public: preview.is_public,
        title: preview.title,
        section: preview.section,
        quotes: quotes.collect(),
        seen: preview.seen,
    }))
}

/// Which words a person saw, and what they add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Filing {
    /// What `GET /topics/{id}/issue` named them.
    seen: String,
    /// What engineers should know besides, as Markdown above Heard's section.
    introduction: Option<String>,
}

/// File an issue that waits for a review. It is refused if it would say anything else than what was seen.
#[utoipa::path(tag = "topics", request_body = Filing, params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "The topic", body = TopicPage)))]
#[post("/topics/{id}/issue/file")]
async fn file_issue(
    May { app, by, caller, .. }: May<right::Escalate>,
    path: web::Path<String>,
    filing: web::Json<Filing>,
) -> Result<web::Json<TopicPage>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    let topic = review::approve(&app, topic, &filing.seen, filing.introduction.as_deref(), &by).await?;
    page(&app, &caller, topic).await.map(web::Json)
}
