//! The brake's buttons, which stand on every page.

use actix_web::web;
use serde::Deserialize;

use super::shell::{Answer, ConsoleError, back};
use crate::{
    flow::people::pauses,
    model::{pause::PausedPart, role::right},
    web::may::May,
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/pauses", web::post().to(begin)).route("/pauses/end", web::post().to(end));
}

#[derive(Deserialize)]
struct PauseForm {
    part: String,
}

impl PauseForm {
    fn read(&self) -> Result<PausedPart, ConsoleError> {
        PausedPart::parse(&self.part).ok_or_else(|| ConsoleError::missing("There is no such part to pause."))
    }
}

/// Where somebody who pauses or resumes a part goes on.
fn place(part: &PausedPart) -> String {
    match part {
        PausedPart::Topic(id) => format!("/topics/{id}"),
        PausedPart::Connection(_) | PausedPart::Repository(_) => "/health".to_owned(),
        PausedPart::Everything => "/updates".to_owned(),
    }
}

async fn begin(May { app, by, .. }: May<right::Pause>, form: web::Form<PauseForm>) -> Answer {
    let part = form.read()?;
    pauses::begin(&app, part.clone(), &by).await?;
    Ok(back(&place(&part), "paused"))
}

async fn end(May { app, by, .. }: May<right::Pause>, form: web::Form<PauseForm>) -> Answer {
    let part = form.read()?;
    pauses::end(&app, &part, &by).await?;
    Ok(back(&place(&part), "resumed"))
}
