//! The demo's stage: a real Heard, a simulated Zendesk and a simulated GitHub, joined over HTTP on loopback.
//!
//! Heard is started as `heard serve` starts it, on an embedded database in a folder that goes away with the stage. What
//! the story wants to know of it, it asks through the API, as anybody's tool would.

use std::{
    net::TcpListener,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    base::{
        clock::Clock,
        http::{Origin, Outgoing},
        telemetry::Metrics,
    },
    cli::{
        api::{Api, encoded},
        running::{HeardInstance, Start},
    },
    settings::{Settings, Variables},
};
use simulator::{Github, GithubOptions, Repository, Zendesk, ZendeskOptions};

/// How long anything may take before the demo has failed.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often the story looks whether it is so.
const LOOK_EVERY: Duration = Duration::from_millis(40);
/// Where Heard listens when nobody has taken it.
const USUAL_PORT: u16 = 8080;
/// The one connection.
pub const CONNECTION: &str = "acme";
/// The one repository.
pub const REPOSITORY: &str = "acme/product";

/// Everything that runs.
pub struct Stage {
    /// Where customers and support are.
    pub helpdesk: Zendesk,
    /// Where engineers are.
    pub github: Github,
    /// Heard's API.
    pub api: Api,
    /// Where Heard is.
    pub origin: Origin,
    /// Opens the API and the console.
    pub token: String,
    /// A customer's browser.
    pub browser: Outgoing,
    /// The time of the story.
    pub clock: Clock,
    heard: HeardInstance,
    _folder: TempDir,
}

impl Stage {
    /// Starts everything; the story's clock is `behind` the machine's.
    pub async fn start(port: Option<u16>, behind: Duration) -> anyhow::Result<Self> {
        let clock = Clock::behind(behind);
        let theirs = clock.clone();
        let micros: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(move || theirs.now().as_micros());
        let mut options = ZendeskOptions::new(micros.clone());
        options.export_lag_s = 0;
        let helpdesk = Zendesk::start(options).context("the simulated helpdesk cannot start")?;
        let github = Github::start(GithubOptions::new(micros)).context("the simulated GitHub cannot start")?;
        let listener = listen(port)?;
        let url = format!("http://{}", listener.local_addr()?);
        helpdesk.send_webhooks_to(&format!("{url}/hooks/{CONNECTION}"));
        github.send_webhooks_to(&format!("{url}/hooks/github"));

        let folder = TempDir::with_prefix("heard-demo-").context("no temporary folder can be made")?;
        let toml = settings(&url, folder.path(), &helpdesk, &github);
        let loaded = Settings::parse(&toml, "the demo's settings", folder.path(), Variables::default())?;
        let metrics = Metrics::start().map_err(anyhow::Error::msg)?;
        let start = Start {
            settings: loaded.settings,
            listener,
            clock: clock.clone(),
            eager: true,
            metrics: Arc::new(move || metrics.render()),
            workers: None,
        };
        let heard = HeardInstance::start(start).await?;
        let made = heard.made_admin_token.clone().context("a new Heard has made no admin token")?;
        let token = made.expose().to_owned();
        let origin = Origin::parse(&url).map_err(|error| anyhow!(error))?;
        let api = Api::new(origin.clone(), made)?;
        let browser = Outgoing::new().map_err(|error| anyhow!(error))?;
        Ok(Self { helpdesk, github, api, origin, token, browser, clock, heard, _folder: folder })
    }

    /// Ends when Heard does, which it does only when something is wrong with it.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        self.heard.ended().await
    }

    /// Stops everything in good order and removes the folder.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.heard.stop().await
    }

    /// The repository, through which engineers act.
    pub fn product(&self) -> Repository<'_> {
        self.github.repository(REPOSITORY)
    }

    /// Lets time pass in the story, once everything said so far has arrived.
    pub async fn later(&self, span: Duration) -> anyhow::Result<()> {
        self.rests().await?;
        self.clock.advance(span);
        Ok(())
    }

    /// Waits until every webhook has arrived and Heard has read it.
    async fn rests(&self) -> anyhow::Result<()> {
        self.helpdesk.hooks().settled().await;
        self.github.hooks().settled().await;
        self.until("Heard has read every webhook", async || {
            let unread = self.api.get("deliveries?state=received&limit=1").await?;
            Ok(unread["deliveries"].as_array().is_some_and(Vec::is_empty).then_some(()))
        })
        .await
    }

    /// Waits until there is what `find` looks for; `what` completes "It did not happen that ...".
    pub async fn until<T>(
        &self,
        what: &str,
        mut find: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(found) = find().await.with_context(|| format!("while waiting that {what}"))? {
                return Ok(found);
            }
            if begun.elapsed() > PATIENCE {
                bail!("it did not happen within {} seconds that {what}", PATIENCE.as_secs());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// A ticket as the API shows it, once it is grouped.
    pub async fn grouped(&self, ticket: u64) -> anyhow::Result<Value> {
        self.until(&format!("ticket {ticket} is grouped"), async || {
            let query = format!("tickets?connection={CONNECTION}&external_id={ticket}");
            let ticket = self.api.get(&query).await?["tickets"][0].clone();
            Ok(ticket["topic"].is_string().then_some(ticket))
        })
        .await
    }

    /// A topic's page.
    pub async fn topic(&self, id: &str) -> anyhow::Result<Value> {
        self.api.get(&format!("topics/{}", encoded(id))).await
    }

    /// The topic of a ticket, as it is now.
    pub async fn topic_of(&self, ticket: u64) -> anyhow::Result<Value> {
        let ticket = self.grouped(ticket).await?;
        self.topic(ticket["topic"].as_str().unwrap_or_default()).await
    }

    /// The topic of a ticket, once `is_so`.
    pub async fn topic_when(&self, ticket: u64, what: &str, is_so: fn(&Value) -> bool) -> anyhow::Result<Value> {
        self.until(what, async || Ok(Some(self.topic_of(ticket).await?).filter(is_so))).await
    }

    /// Waits until a note of Heard's with these words stands in a ticket.
    pub async fn note(&self, ticket: u64, words: &str) -> anyhow::Result<String> {
        self.until(&format!("an internal note in ticket {ticket} says {words:?}"), async || {
            let notes = self.helpdesk.notes_by_heard(ticket);
            Ok(notes.into_iter().map(|note| note.plain_body).find(|text| text.contains(words)))
        })
        .await
    }

    /// How many messages Heard has sent to customers, in all tickets.
    pub fn reply_count(&self) -> usize {
        self.helpdesk.tickets().into_iter().map(|ticket| self.helpdesk.replies_by_heard(ticket).len()).sum()
    }
}

/// The port that was asked for, else the usual one, else a free one.
fn listen(port: Option<u16>) -> anyhow::Result<TcpListener> {
    let bind = |port: u16| TcpListener::bind(("127.0.0.1", port));
    let listener = match port {
        Some(port) => bind(port).with_context(|| format!("cannot listen on port {port}"))?,
        None => bind(USUAL_PORT).or_else(|_| bind(0)).context("no port is free to listen on")?,
    };
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The settings, as an operator would write them. Only the hold differs from what production would have.
fn settings(url: &str, folder: &Path, helpdesk: &Zendesk, github: &Github) -> String {
    let listen = url.trim_start_matches("http://");
    let database = folder.join("heard.db");
    let (desk, hub) = (helpdesk.options(), github.options());
    format!(
        r#"
listen = "{listen}"
public_url = "{url}"
database = "sqlite:{}"
currency = "EUR"

[github]
api_url = "{}"
token = "{}"
webhook_secret = "{}"

[[repositories]]
name = "{REPOSITORY}"
default = true
hold_minutes = 0

[[connections]]
name = "{CONNECTION}"
helpdesk = "zendesk"
url = "{}"
user = "{}"
token = "{}"
webhook_secret = "{}"
escalate_tag = "escalate"

[tell]
team = "Acme support"
hold_minutes = 0
"#,
        database.display(),
        github.url(),
        hub.token,
        hub.webhook_secret,
        helpdesk.url(),
        desk.user,
        desk.token,
        desk.webhook_secret,
    )
}
