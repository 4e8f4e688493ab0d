//! `heard pause` and `heard resume`: the brake.

use std::path::Path;

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};

use super::{api::ServerAddress, output, running};
use crate::{base::clock::Clock, flow::people::pauses, model::decision::Actor, settings::Settings, store};

/// What is left where a running Heard cannot be asked.
const OTHERWISE: &str =
    "`heard pause --stopped` pauses everything in the database itself, whether Heard runs or not, and needs no token";

/// Pause messages to customers
///
/// Nothing goes to a customer until you resume it, in every process and after restarts. Tickets are read, and issues and internal
/// notes go on. Without an option, everything is paused.
#[derive(Debug, Args)]
pub struct BeginPause {
    #[command(flatten)]
    which: WhichMessages,
    /// Pause everything in the database itself, without a token, whether Heard runs or not: also before you start one on a restored backup
    #[arg(long, conflicts_with_all = ["which", "server"])]
    stopped: bool,
}

/// Let messages to customers go on
///
/// What waited and is still true goes out now. Without an option, the pause of everything ends, and pauses of parts go on.
#[derive(Debug, Args)]
pub struct EndPause {
    #[command(flatten)]
    which: WhichMessages,
}

#[derive(Debug, Args)]
#[group(multiple = false, id = "which")]
struct MessagesPart {
    /// Only messages in this helpdesk, by its connection's name
    #[arg(long, group = "which")]
    connection: Option<String>,
    /// Only messages about topics whose issue is in this repository
    #[arg(long, value_name = "OWNER/NAME", group = "which")]
    repository: Option<String>,
    /// Only messages about this topic, by its id
    #[arg(long, value_name = "ID", group = "which")]
    topic: Option<String>,
}

#[derive(Debug, Args)]
struct WhichMessages {
    #[command(flatten)]
    part: MessagesPart,
    #[command(flatten)]
    server: ServerAddress,
}

impl MessagesPart {
    fn body(&self) -> Value {
        let named = [("connection", &self.connection), ("repository", &self.repository), ("topic", &self.topic)];
        let named = named.into_iter().filter_map(|(word, value)| Some((word.to_owned(), json!(value.as_ref()?))));
        Value::Object(named.collect())
    }

    fn is_everything(&self) -> bool {
        matches!(self, Self { connection: None, repository: None, topic: None })
    }

    async fn begin(&self, server: &ServerAddress, config: Option<&Path>) -> anyhow::Result<()> {
        server.api(&Settings::load_reach(config)?)?.post("pauses", &self.body()).await.map(|_| ())
    }

    fn said(&self) -> String {
        match (&self.connection, &self.repository, &self.topic) {
            (Some(name), _, _) => format!("Messages in {name}"),
            (_, Some(name), _) => format!("Messages about {name}"),
            (_, _, Some(id)) => format!("Messages about topic {id}"),
            _ => "Messages to customers".to_owned(),
        }
    }
}

impl BeginPause {
    /// Asks Heard to pause them.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<()> {
        let WhichMessages { part, server } = self.which;
        if self.stopped {
            let database = running::open_at(&Settings::load_database(config)?).await?;
            store::migrate(&database).await?;
            pauses::begin_in_database(&database, Clock::system().now(), &Actor::admin()).await?;
            database.close().await;
        } else {
            let begun = part.begin(&server, config).await;
            begun.map_err(|error| if part.is_everything() { anyhow!("{error:#}; {OTHERWISE}") } else { error })?;
        }
        output::line(&format!("{} wait until you resume them.", part.said()))
    }
}

impl EndPause {
    /// Asks Heard to go on, and says what still waits.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<()> {
        let WhichMessages { part, server } = self.which;
        let api = server.api(&Settings::load_reach(config)?)?;
        let answer = api.post("pauses/end", &part.body()).await?;
        let how = if answer["ended"] == true { "go on" } else { "were not paused" };
        output::line(&format!("{} {how}.", part.said()))?;
        let left = api.get("pauses").await?;
        for pause in left["pauses"].as_array().into_iter().flatten() {
            let part = pause["part"].as_str().unwrap_or_default();
            let name = ["connection", "repository", "topic"].into_iter().find_map(|word| pause[word].as_str());
            let since = pause["since"].as_str().unwrap_or_default();
            output::line(&format!("Still paused since {since}: {part} {}", name.unwrap_or_default()))?;
        }
        Ok(())
    }
}
