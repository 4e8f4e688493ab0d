//! `heard migrate`: creates the tables that this version needs. `heard serve` would do it too.

use clap::Args;
use serde_json::json;

use super::{output, running};
use crate::{settings::Settings, store};

/// Bring the database up to date with this version
///
/// `heard serve` does the same when it starts. Run this first if the service itself is not allowed to change tables. It is safe
/// to run twice, and on several machines at once.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Migrate {
    /// Migrates the database.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let database = running::open(settings).await?;
        store::migrate(&database).await?;
        if self.json { output::json(&json!({"migrated": true})) } else { output::line("The database is up to date.") }
    }
}
