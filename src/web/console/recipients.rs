//! A preview: who would be told that a topic shipped, and what each of them would read.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    acts,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell},
};
use crate::{
    flow::tell,
    model::role::right,
    store::topics,
    web::{
        may::May,
        ui::{self, Html},
    },
    wording::page_key::PLACEHOLDER,
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/topics/{id}/recipients", web::get().to(show));
}

#[derive(Deserialize)]
struct RecipientsQuery {
    /// The version, as the form of the topic's page sends it.
    text: String,
    #[serde(flatten)]
    said: FlashQuery,
}

struct PreviewedLetter {
    person: Html,
    name: String,
    ticket: (String, String),
    paragraphs: Html,
    left_out: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "console/recipients.html")]
struct RecipientsPage {
    shell: Shell,
    topic: (String, String),
    version: String,
    letters: Vec<PreviewedLetter>,
    /// How many of them would be told.
    told: i64,
}

async fn show(
    May { app, caller, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
    asked: web::Query<RecipientsQuery>,
) -> Answer {
    let missing = || ConsoleError::missing("There is no such topic.");
    let version = asked.text.trim();
    if version.is_empty() {
        return Err(ConsoleError::refused("Please say in which version it would be out."));
    }
    let (mut conn, shell) = shell::open(&app, &caller, "topics", &asked.said).await?;
    let topic = topics::current(&mut conn, acts::topic_id(&path)?).await?.ok_or_else(missing)?;
    drop(conn);
    let told = tell::preview(&app, topic.id, version).await?;
    let letters = told.into_iter().map(|told| PreviewedLetter {
        person: ui::person(told.customer.called()),
        name: ui::name(told.customer.called()).to_owned(),
        ticket: (told.ticket.id.to_string(), format!("{} {}", told.ticket.connection, told.ticket.external_id)),
        paragraphs: ui::letter(&told.text.replace(PLACEHOLDER, "…")),
        left_out: told.left_out,
    });
    let letters: Vec<PreviewedLetter> = letters.collect();
    Ok(ui::page(&RecipientsPage {
        told: letters.iter().map(|letter| i64::from(letter.left_out.is_none())).sum(),
        shell,
        topic: (topic.id.to_string(), topic.title),
        version: version.to_owned(),
        letters,
    }))
}
