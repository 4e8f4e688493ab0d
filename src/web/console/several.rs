//! What is done with several tickets of a topic at once, and the Undo that takes a correction back and leads to where somebody was.

use actix_web::web;
use serde::Deserialize;

use super::{
    asked::{ChosenTickets, topic_id},
    login::own_path,
    shell::{Answer, ConsoleError, Undo, back, back_with_undo},
    topic as topic_page,
};
use crate::{
    base::clock::Time,
    flow::{App, people::several},
    model::{decision::Actor, role::right},
    web::may::May,
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/topics/{id}/tickets", web::post().to(act)).route("/undo", web::post().to(undo));
}

async fn act(
    May { app, by, caller, .. }: May<right::Triage>,
    path: web::Path<String>,
    form: web::Form<Vec<(String, String)>>,
) -> Answer {
    match done(&app, &path, &form, &by).await {
        Err(why) if why.is_refusal() => {
            topic_page::again(&app, &caller, &path, ChosenTickets::of(&form), ("several", ""), why).await
        }
        answer => answer,
    }
}

async fn done(app: &App, topic: &str, form: &[(String, String)], by: &Actor) -> Answer {
    let topic = topic_id(topic)?;
    let tickets = ChosenTickets::of(form).ids()?;
    let field = |wanted: &str| form.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let here = format!("/topics/{topic}");
    let since = app.clock.now();
    match field("act") {
        Some("move") => {
            let to = field("to").filter(|to| !to.is_empty());
            let to = to.ok_or_else(|| ConsoleError::refused("Please find the topic first to which they belong."))?;
            let to = several::move_all(app, topic, &tickets, topic_id(to)?, by).await?;
            Ok(back_with_undo(&here, "moved-several", Undo { topic: to, since, from: &here }))
        }
        Some("not_same") => {
            several::not_same(app, topic, &tickets, by).await?;
            Ok(back_with_undo(&here, "not-same-several", Undo { topic, since, from: &here }))
        }
        _ => Err(ConsoleError::refused("That is not among the things that can be done with tickets.")),
    }
}

#[derive(Deserialize)]
struct UndoForm {
    topic: String,
    since: i64,
    at: String,
}

async fn undo(May { app, by, .. }: May<right::Triage>, form: web::Form<UndoForm>) -> Answer {
    several::undo(&app, topic_id(&form.topic)?, Time::from_micros(form.since), &by).await?;
    Ok(back(&own_path(Some(&form.at)), "undone"))
}
