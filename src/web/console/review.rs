//! An issue before it is filed: what it would say, to the letter, and what a person may do about it.

use actix_web::{http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    acts::{ticket_id, topic_id},
    refused::FormRefusal,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    flow::{
        App,
        file::review::{self, INTRODUCTION_CHARACTERS, IssuePreview},
        people::topics::{self as people, Change},
    },
    model::{id::TopicId, role::right},
    store::topics,
    web::{
        caller::Caller,
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
    /// The form that was just refused, if one was.
    refused: FormRefusal,
}

async fn show(
    May { app, caller, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
    said: web::Query<FlashQuery>,
) -> Answer {
    page_of(&app, &caller, topic_id(&path)?, &said, FormRefusal::default()).await
}

/// The answer, or the page again with the form that was refused, which is named by its act and has these words.
async fn or_again(app: &App, caller: &Caller, topic: TopicId, (act, words): (&str, &str), answer: Answer) -> Answer {
    let refused = match answer {
        Err(why) if why.is_refusal() => FormRefusal::new(act, words, &why),
        answer => return answer,
    };
    let mut page = page_of(app, caller, topic, &FlashQuery::default(), refused).await?;
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

async fn page_of(app: &App, caller: &Caller, of: TopicId, said: &FlashQuery, refused: FormRefusal) -> Answer {
    let IssuePreview { topic, repository, is_public, title, section, quotes, seen } = review::preview(app, of).await?;
    let (mut conn, shell) = shell::open(app, caller, "topics", said).await?;
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
        refused,
    }))
}

#[derive(Deserialize)]
struct FileForm {
    seen: String,
    introduction: String,
}

async fn file(
    May { app, by, caller, .. }: May<right::Escalate>,
    path: web::Path<String>,
    form: web::Form<FileForm>,
) -> Answer {
    let topic = topic_id(&path)?;
    let filed = review::approve(&app, topic, &form.seen, Some(&form.introduction), &by).await;
    let answer = filed.map(|topic| back(&format!("/topics/{topic}"), "filed")).map_err(ConsoleError::from);
    or_again(&app, &caller, topic, ("file", &form.introduction), answer).await
}

#[derive(Deserialize)]
struct TitleForm {
    text: String,
}

async fn title(
    May { app, by, caller, .. }: May<right::Name>,
    path: web::Path<String>,
    form: web::Form<TitleForm>,
) -> Answer {
    let change = Change { title: Some(&form.text), ..Change::default() };
    let topic = topic_id(&path)?;
    let changed = people::change(&app, topic, &change, &by).await;
    let answer = changed.map(|topic| back(&address(topic), "titled")).map_err(ConsoleError::from);
    or_again(&app, &caller, topic, ("title", &form.text), answer).await
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
