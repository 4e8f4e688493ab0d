//! `heard database`: moves everything that is kept from SQLite to PostgreSQL, or back, and counts anew what follows from it.

use std::path::Path;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{output, running};
use crate::{
    base::clock::Clock,
    settings::{Settings, environment},
    store::{
        self, Database, DatabasePlace, Engine, alone,
        copying::{self, CopiedTable, CopyError},
        impacts, liveness,
    },
};

/// Move everything that is kept from SQLite to PostgreSQL, or back, or count anew what topics weigh
#[derive(Debug, Args)]
pub struct AboutDatabase {
    #[command(subcommand)]
    command: DatabaseCommand,
}

#[derive(Debug, Subcommand)]
enum DatabaseCommand {
    Copy(CopyDatabase),
    Rebuild(RebuildDatabase),
}

/// Copy everything to an empty database of the other kind
///
/// Stop every Heard first, and start none until the setting `database` names the new one: what happens in between would be lost. What
/// was copied is read again and compared before it counts, so there is all of it or nothing. The old database keeps everything.
#[derive(Debug, Args)]
struct CopyDatabase {
    /// Where to: `postgres://USER:PASSWORD@HOST/NAME` or `sqlite:PATH`, or `env:NAME` or `file:PATH` where that stands
    #[arg(long, value_name = "DATABASE")]
    to: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Count anew what topics weigh
///
/// Pages show figures that are kept up with every change. This finds all of them anew, as from the first day on. It is for whoever
/// changed something in the database by hand, or doubts a figure. Stop every Heard first.
#[derive(Debug, Args)]
struct RebuildDatabase {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl AboutDatabase {
    /// Does it, on the database of the settings.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        match self.command {
            DatabaseCommand::Copy(copy) => copy.run(settings).await,
            DatabaseCommand::Rebuild(rebuild) => rebuild.run(settings).await,
        }
    }
}

/// How many scores are looked at in one transaction.
const RESCORED: i64 = 1_000;

impl RebuildDatabase {
    async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let database = running::open(settings).await?;
        // Held until the end, so that nobody starts to serve it meanwhile.
        let alone = alone::begin(settings.database.expose())?;
        store::migrate(&database).await?;
        let mut tx = database.begin().await?;
        let others = liveness::processes(&mut tx).await?;
        if others > 0 {
            bail!("Heard runs on this database just now (processes: {others}); stop it first");
        }
        let topics = impacts::rebuild(&mut tx).await?;
        tx.commit().await?;
        let now = Clock::system().now();
        while impacts::any_is_due(&mut database.read().await?, now).await? {
            let mut tx = database.begin().await?;
            impacts::rescore(&mut tx, now, RESCORED).await?;
            tx.commit().await?;
        }
        database.close().await;
        drop(alone);
        if self.json {
            output::json(&json!({ "topics": topics }))
        } else {
            output::line(&format!("What {topics} topics weigh was counted anew."))
        }
    }
}

impl CopyDatabase {
    async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let from = settings.database.expose();
        let into = Settings::secret(&self.to, Path::new("."), environment()).map_err(|why| anyhow!("--to {why}"))?;
        let into = into.expose();
        let Some(engine) = Engine::of(into) else {
            bail!("--to is no database; expected postgres://USER:PASSWORD@HOST/NAME or sqlite:PATH");
        };
        if Engine::of(from) == Some(engine) {
            bail!(CopyError::OneEngine);
        }
        if let Some(file) = alone::file(from)?.filter(|file| !file.exists()) {
            bail!("there is no database at {}; check what the setting database says", file.display());
        }
        let source = running::open(settings).await?;
        let target = open_target(into).await?;
        // Held until the end, so that nobody starts to serve either of them meanwhile.
        let alone = (alone::begin(from)?, alone::begin(into)?);
        if copying::was_served(&target).await? {
            bail!(CopyError::NotEmpty("own_key".to_owned()));
        }
        store::migrate(&source).await?;
        store::migrate(&target).await?;
        let progress = progress();
        let copied = copying::copy(&source, &target, |table| progress.set_message(table.to_owned())).await;
        progress.finish_and_clear();
        source.close().await;
        target.close().await;
        drop(alone);
        self.say(&copied?)
    }

    fn say(&self, copied: &[CopiedTable]) -> anyhow::Result<()> {
        let rows: u64 = copied.iter().map(|table| table.rows).sum();
        // A variable wins over the settings file, and whoever changes only the file goes on with the old database.
        let from_variable = environment().get("HEARD_DATABASE").is_some_and(|url| !url.is_empty());
        let where_to = if from_variable {
            "let the variable HEARD_DATABASE name the new one (it wins over the settings file)"
        } else {
            "let the setting database name the new one"
        };
        if self.json {
            let tables = copied.iter().map(|table| {
                let CopiedTable { name, rows, checksum } = table;
                json!({ "name": name, "rows": rows, "checksum": checksum })
            });
            return output::json(&json!({ "rows": rows, "tables": tables.collect::<Vec<_>>() }));
        }
        for CopiedTable { name, rows, checksum } in copied {
            output::line(&format!("{name}: {rows} rows, checksum {checksum}"))?;
        }
        output::line(&format!(
            "Copied {rows} rows of {} tables, and both databases read the same. Now {where_to}, and start Heard.",
            copied.len()
        ))
    }
}

async fn open_target(url: &str) -> anyhow::Result<Database> {
    let place = DatabasePlace { what: "the target", by: "--to", url };
    Database::open(url).await.map_err(|error| anyhow!(store::why_not_opened(place, &error)))
}

/// Which table is being copied, but only on a terminal.
fn progress() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template("Copying {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
