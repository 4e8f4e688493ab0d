//! `heard migrate`: the tables this version needs, ahead of `heard serve`, which would make them itself.

use clap::Args;
use serde_json::json;

use super::{output, running};
use crate::{settings::Settings, store};

/// Bring the database to what this version needs
///
/// `heard serve` does the same when it starts. Run it beforehand where the service itself may not change tables. It is
/// safe to run twice, and from several machines at once.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Migrate {
    /// Migrates, and says so.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let database = running::open(settings).await?;
        store::migrate(&database).await?;
        if self.json { output::json(&json!({"migrated": true})) } else { output::line("The database is up to date.") }
    }
}
