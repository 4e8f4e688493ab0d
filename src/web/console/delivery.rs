//! One delivery: which ticket and which event it was, why it could not be read, and its body without anybody's words.

use actix_web::web;
use askama::Template;

use super::{
    health::DeliveryLine,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    flow::{deliveries, people::retry},
    model::{delivery::Headers, id::DeliveryId, role::right},
    web::{may::May, ui},
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/deliveries/{id}", web::get().to(show)).route("/deliveries/{id}/replay", web::post().to(replay));
}

#[derive(Template)]
#[template(path = "console/delivery.html")]
struct DeliveryPage {
    shell: Shell,
    one: DeliveryLine,
    /// The sender's id of it.
    key: Option<String>,
    events: Vec<String>,
    headers: Headers,
    body: Option<String>,
}

fn asked_for(path: &str) -> Result<DeliveryId, ConsoleError> {
    DeliveryId::parse(path).ok_or_else(missing)
}

fn missing() -> ConsoleError {
    ConsoleError::missing("There is no such delivery.")
}

async fn show(
    May { app, caller, .. }: May<right::ReadHealth>,
    path: web::Path<String>,
    said: web::Query<FlashQuery>,
) -> Answer {
    let id = asked_for(&path)?;
    let (mut conn, shell) = shell::open(&app, &caller, "health", &said).await?;
    let found = deliveries::shown(&app, &mut conn, id).await?.ok_or_else(missing)?;
    Ok(ui::page(&DeliveryPage {
        shell,
        key: found.summary.key.clone(),
        one: DeliveryLine::new(found.summary, app.clock.now()),
        events: found.events,
        headers: found.headers,
        body: found.body,
    }))
}

async fn replay(May { app, by, .. }: May<right::Operate>, path: web::Path<String>) -> Answer {
    retry::replay(&app, asked_for(&path)?, &by).await?;
    Ok(back("/health", "replayed"))
}
