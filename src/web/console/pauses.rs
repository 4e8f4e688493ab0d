//! The brake's buttons, which stand on every page.

use actix_web::web;
use serde::Deserialize;

use super::{
    acts,
    shell::{Answer, ConsoleError, back},
};
use crate::{
    flow::{App, people::pauses},
    model::pause::PausedPart,
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
        PausedPart::Connection(_) => "/health".to_owned(),
        PausedPart::Everything | PausedPart::Repository(_) => "/updates".to_owned(),
    }
}

async fn begin(app: web::Data<App>, form: web::Form<PauseForm>) -> Answer {
    let part = form.read()?;
    pauses::begin(&app, part.clone(), &acts::actor()).await?;
    Ok(back(&place(&part), "paused"))
}

async fn end(app: web::Data<App>, form: web::Form<PauseForm>) -> Answer {
    let part = form.read()?;
    pauses::end(&app, &part, &acts::actor()).await?;
    Ok(back(&place(&part), "resumed"))
}
