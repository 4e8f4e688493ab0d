//! A preview: who would be told that a topic shipped, what each of them would read, and how it would reach them.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    acts,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell},
    written_for::WrittenFor,
};
use crate::{
    flow::tell::{self, Previews},
    model::role::right,
    store::{recipients::RecipientsWalk, topics},
    web::{
        may::May,
        ui::{self, Html},
    },
    wording::{page_key::PLACEHOLDER, undelivered},
};

/// How many are on a page.
const SHOWN: i64 = 50;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/topics/{id}/recipients", web::get().to(show));
}

#[derive(Deserialize)]
struct RecipientsQuery {
    /// The version, as the form of the topic's page sends it.
    text: String,
    /// After whom the page begins.
    after: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

struct PreviewedLetter {
    person: Html,
    name: String,
    ticket: (String, String),
    paragraphs: Html,
    left_out: Option<&'static str>,
    /// How they would be reached.
    reached: Option<&'static str>,
    /// Why they would not be, or why that is not known.
    not_reached: Option<&'static str>,
    /// Whether they would be told.
    told: bool,
    /// How likely it is that they ask for it, where nobody has said so.
    likely: Option<String>,
}

#[derive(Template)]
#[template(path = "console/recipients.html")]
struct RecipientsPage {
    shell: Shell,
    topic: (String, String),
    version: String,
    /// For which kind of topic the letters are written.
    written_for: WrittenFor,
    letters: Vec<PreviewedLetter>,
    /// How many of them would be told.
    told: i64,
    /// Whether others stand on other pages.
    is_part: bool,
    /// Where the next ones are.
    next: Option<String>,
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
    let after = asked.after.as_deref().and_then(RecipientsWalk::parse);
    let Previews { recipients, next } = tell::preview(&app, topic.id, version, after, SHOWN).await?;
    let next = next.map(|next| {
        let pairs = [("text", version.to_owned()), ("after", next.to_string())];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/topics/{}/recipients?{query}", topic.id)
    });
    let letters = recipients.into_iter().map(|told| PreviewedLetter {
        reached: told.reached.by().map(|_| undelivered::reached(told.reached)),
        not_reached: told.reached.by().is_none().then(|| undelivered::reached(told.reached)),
        told: told.left_out.is_none() && told.reached.may_arrive(),
        person: ui::person(told.customer.called()),
        name: ui::name(told.customer.called()).to_owned(),
        ticket: (told.ticket.id.to_string(), format!("{} {}", told.ticket.connection, told.ticket.external_id)),
        paragraphs: ui::letter(&told.text.replace(PLACEHOLDER, "…")),
        left_out: told.left_out,
        likely: told.likely.map(ui::percent),
    });
    let letters: Vec<PreviewedLetter> = letters.collect();
    Ok(ui::page(&RecipientsPage {
        told: letters.iter().map(|letter| i64::from(letter.told)).sum(),
        is_part: after.is_some() || next.is_some(),
        next,
        shell,
        written_for: WrittenFor::new(&topic, None),
        topic: (topic.id.to_string(), topic.title),
        version: version.to_owned(),
        letters,
    }))
}
