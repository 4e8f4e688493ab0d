//! One delivery: which ticket and which event it was, why it could not be read, and its body without anybody's words.

use actix_web::web;
use askama::Template;

use super::{
    health::size,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    flow::{deliveries, people::retry},
    model::{delivery::Headers, id::DeliveryId, role::right},
    web::{
        may::May,
        ui::{self, Html, states},
    },
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/deliveries/{id}", web::get().to(show)).route("/deliveries/{id}/replay", web::post().to(replay));
}

#[derive(Template)]
#[template(path = "console/delivery.html")]
struct DeliveryPage {
    shell: Shell,
    id: String,
    connection: String,
    when: Html,
    state: &'static str,
    tone: &'static str,
    error: Option<String>,
    size: String,
    ticket: Option<String>,
    /// The sender's id of it.
    key: Option<String>,
    events: Vec<String>,
    headers: Headers,
    body: Option<String>,
    can_replay: bool,
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
    let summary = found.summary;
    Ok(ui::page(&DeliveryPage {
        shell,
        id: summary.id.to_string(),
        ticket: summary.ticket().map(str::to_owned),
        connection: summary.connection,
        when: ui::when(summary.received_at, app.clock.now()),
        state: states::delivery_state(summary.state).0,
        tone: states::delivery_state(summary.state).1,
        error: summary.error,
        size: size(summary.bytes),
        key: summary.key,
        events: found.events,
        headers: found.headers,
        body: found.body,
        can_replay: summary.state.can_be_replayed(),
    }))
}

async fn replay(May { app, by, .. }: May<right::Operate>, path: web::Path<String>) -> Answer {
    retry::replay(&app, asked_for(&path)?, &by).await?;
    Ok(back("/health", "replayed"))
}
