//! `heard escalate`: escalates a ticket from a script or a shell.

use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::{
    api::{ServerAddress, encoded},
    output,
};
use crate::settings::Settings;

/// Escalate a ticket's topic to engineering
///
/// The topic gets a GitHub issue, or keeps the one it has. Escalating twice does no harm. This does the same as the tag in the
/// helpdesk and the button in the console.
#[derive(Debug, Args)]
pub struct Escalate {
    /// The connection's name in the settings
    connection: String,
    /// The ticket's number in the helpdesk
    ticket: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerAddress,
}

impl Escalate {
    /// Finds the ticket, escalates its topic and prints the result.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<()> {
        let api = self.server.api(&Settings::load_reach(config)?)?;
        let query = format!("connection={}&external_id={}", encoded(&self.connection), encoded(&self.ticket));
        let found = api.get(&format!("tickets?{query}")).await?;
        let id = found["tickets"][0]["id"].as_str().with_context(|| self.unknown(config))?;
        let escalated = api.post(&format!("tickets/{}/escalate", encoded(id)), &json!({})).await?;
        let topic = escalated["topic"].as_str().context("the service did not answer with a topic")?;
        let topic = api.get(&format!("topics/{}", encoded(topic))).await?;
        let again = escalated["again"].as_bool().unwrap_or_default();
        if self.json {
            output::json(&json!({"again": again, "topic": topic}))
        } else {
            output::line(&told(&topic, again))
        }
    }
}

impl Escalate {
    /// The error for a ticket that does not exist, with the probable reason.
    fn unknown(&self, config: Option<&Path>) -> String {
        let Self { ticket, connection, .. } = self;
        // Where a secret of the settings is not at hand, their names are not known, and nothing else is missing.
        let connections = Settings::load(config).map(|loaded| loaded.settings.connections).unwrap_or_default();
        let names: Vec<&str> = connections.iter().map(|connection| connection.name.as_str()).collect();
        if names.is_empty() || names.contains(&connection.as_str()) {
            return format!("Heard knows no ticket {ticket} of the connection {connection}");
        }
        format!("there is no connection {connection:?} in the settings; there are {}", names.join(", "))
    }
}

/// The result in a sentence.
fn told(topic: &Value, again: bool) -> String {
    let title = topic["title"].as_str().unwrap_or("a topic without a title");
    let escalated = if again { "Was escalated before" } else { "Escalated" };
    match topic["issue"]["url"].as_str() {
        Some(url) => format!("{escalated}: {title:?}, {url}"),
        None => format!("{escalated}: {title:?}. Its issue is being filed."),
    }
}
