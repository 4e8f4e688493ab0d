//! What is paused, as every page says it, with the button that ends it.

use super::reasons;
use crate::{
    base::clock::Time,
    model::{
        pause::{Pause, PausedPart},
        person::ActorNames,
    },
    store::{self, Conn, StoreError, actor_names, topics},
    web::ui::{self, Html},
};

/// Whether messages go to customers.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The pause of everything, if there is one.
    pub everything: Option<PausedLine>,
    /// The parts that are paused.
    pub parts: Vec<PausedLine>,
}

/// One pause.
#[derive(Clone, Debug)]
pub struct PausedLine {
    /// The part, as forms name it.
    pub key: String,
    /// The part, as people name it.
    pub what: String,
    /// Since when.
    pub since: Html,
    /// Who paused it.
    pub by: String,
}

impl Sending {
    /// What is paused now.
    pub async fn read(conn: &mut Conn, now: Time) -> Result<Self, StoreError> {
        let mut sending = Self { everything: None, parts: Vec::new() };
        let pauses = store::pauses::all(conn).await?;
        let names = if pauses.is_empty() { ActorNames::default() } else { actor_names::all(conn).await? };
        for Pause { part, since, by } in pauses {
            let what = match &part {
                PausedPart::Everything => "everything".to_owned(),
                PausedPart::Connection(name) => format!("messages in {name}"),
                PausedPart::Repository(name) => format!("topics of {name}"),
                PausedPart::Topic(id) => {
                    let topic = topics::current(conn, *id).await?;
                    format!("\u{201c}{}\u{201d}", topic.map(|topic| topic.title).unwrap_or_default())
                }
            };
            let line =
                PausedLine { key: part.key(), what, since: ui::when(since, now), by: reasons::actor(&by, &names) };
            match part {
                PausedPart::Everything => sending.everything = Some(line),
                _ => sending.parts.push(line),
            }
        }
        Ok(sending)
    }

    /// Whether anything is.
    pub fn is_paused(&self) -> bool {
        self.everything.is_some() || !self.parts.is_empty()
    }

    /// Whether this part is paused by itself.
    pub fn has(&self, key: &str) -> bool {
        self.parts.iter().any(|part| part.key == key)
    }
}
