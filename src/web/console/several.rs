//! What is done with several tickets of a topic at once, and the Undo that takes a correction back and leads to where somebody was.

use actix_web::web;
use serde::Deserialize;

use super::{
    acts::{ticket_id, topic_id},
    login::own_path,
    shell::{Answer, ConsoleError, Undo, back, back_with_undo},
};
use crate::{
    base::clock::Time,
    flow::people::several,
    model::{id::TicketId, role::right},
    web::may::May,
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/topics/{id}/tickets", web::post().to(act)).route("/undo", web::post().to(undo));
}

/// The tickets that the boxes of a page chose, where a field is repeated for each.
pub(super) struct ChosenTickets(Vec<String>);

impl ChosenTickets {
    /// Reads them from an address or a form.
    pub fn of(pairs: &[(String, String)]) -> Self {
        let chosen = pairs.iter().filter(|(name, _)| name == "ticket").map(|(_, id)| id.clone());
        Self(chosen.take(several::SEVERAL_MAX).collect())
    }

    /// Whether a ticket is among them.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|chosen| chosen == id)
    }

    fn ids(&self) -> Result<Vec<TicketId>, ConsoleError> {
        if self.0.is_empty() {
            return Err(ConsoleError::refused("Please choose the tickets that you mean first: tick their boxes."));
        }
        self.0.iter().map(|id| ticket_id(id)).collect()
    }
}

async fn act(
    May { app, by, .. }: May<right::Triage>,
    path: web::Path<String>,
    form: web::Form<Vec<(String, String)>>,
) -> Answer {
    let topic = topic_id(&path)?;
    let tickets = ChosenTickets::of(&form).ids()?;
    let field = |wanted: &str| form.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let here = format!("/topics/{topic}");
    let since = app.clock.now();
    match field("act") {
        Some("move") => {
            let to = field("to").filter(|to| !to.is_empty());
            let to = to.ok_or_else(|| ConsoleError::refused("Please find the topic first to which they belong."))?;
            let to = several::move_all(&app, topic, &tickets, topic_id(to)?, &by).await?;
            Ok(back_with_undo(&here, "moved-several", Undo { topic: to, since, from: &here }))
        }
        Some("not_same") => {
            several::not_same(&app, topic, &tickets, &by).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_chosen_by_a_field_for_each() {
        let pairs = [("ticket", "a"), ("find", "b"), ("ticket", "c")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let chosen = ChosenTickets::of(&pairs);
        assert!(chosen.has("a") && chosen.has("c") && !chosen.has("b"));
        assert!(ChosenTickets::of(&[]).ids().is_err(), "nothing was chosen");
    }
}
