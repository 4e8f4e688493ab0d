//! An issue before it is filed: what it would say, to the letter, and what a person may do about it.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    acts::{ticket_id, topic_id},
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    flow::{
        file::review::{self, INTRODUCTION_CHARACTERS, IssuePreview},
        people::topics::{self as people, Change},
    },
    model::{id::TopicId, role::right},
    store::topics,
    web::{
        may::May,
        ui::{self, Html},
    },
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/topics/{id}/issue", web::get().to(show))
        .route("/topics/{id}/issue/file", web::post().to(file))
        .route("/topics/{id}/issue/title", web::post().to(title))
        .route("/topics/{id}/issue/unquote", web::post().to(unquote));
}

/// The page of a topic's issue that waits for a review.
pub(super) fn address(topic: TopicId) -> String {
    format!("/topics/{topic}/issue")
}

struct QuoteRow {
    ticket: String,
    words: Html,
}

#[derive(Template)]
#[template(path = "console/review.html")]
struct ReviewPage {
    shell: Shell,
    id: String,
    name: String,
    repository: String,
    is_public: bool,
    title: String,
    /// As its reader will see it.
    shown: Html,
    /// As it is written.
    section: String,
    quotes: Vec<QuoteRow>,
    seen: String,
    longest: usize,
}

async fn show(
    May { app, caller, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
    said: web::Query<FlashQuery>,
) -> Answer {
    let IssuePreview { topic, repository, is_public, title, section, quotes, seen } =
        review::preview(&app, topic_id(&path)?).await?;
    let (mut conn, shell) = shell::open(&app, &caller, "topics", &said).await?;
    let found = topics::get(&mut conn, topic).await?;
    let found = found.ok_or_else(|| ConsoleError::missing("There is no such topic."))?;
    let quotes =
        quotes.into_iter().map(|(ticket, words)| QuoteRow { ticket: ticket.to_string(), words: ui::markdown(&words) });
    Ok(ui::page(&ReviewPage {
        shell,
        id: topic.to_string(),
        name: found.title,
        repository: repository.to_string(),
        is_public,
        title,
        shown: ui::markdown(&section),
        section,
        quotes: quotes.collect(),
        seen,
        longest: INTRODUCTION_CHARACTERS,
    }))
}

#[derive(Deserialize)]
struct FileForm {
    seen: String,
    introduction: String,
}

async fn file(May { app, by, .. }: May<right::Escalate>, path: web::Path<String>, form: web::Form<FileForm>) -> Answer {
    let topic = review::approve(&app, topic_id(&path)?, &form.seen, Some(&form.introduction), &by).await?;
    Ok(back(&format!("/topics/{topic}"), "filed"))
}

#[derive(Deserialize)]
struct TitleForm {
    text: String,
}

async fn title(May { app, by, .. }: May<right::Name>, path: web::Path<String>, form: web::Form<TitleForm>) -> Answer {
    let change = Change { title: Some(&form.text), ..Change::default() };
    let topic = people::change(&app, topic_id(&path)?, &change, &by).await?;
    Ok(back(&address(topic), "titled"))
}

#[derive(Deserialize)]
struct UnquoteForm {
    ticket: String,
}

async fn unquote(
    May { app, by, .. }: May<right::Escalate>,
    path: web::Path<String>,
    form: web::Form<UnquoteForm>,
) -> Answer {
    let topic = topic_id(&path)?;
    review::quote(&app, ticket_id(&form.ticket)?, false, &by).await?;
    Ok(back(&address(topic), "unquoted"))
}
