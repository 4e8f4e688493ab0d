//! `heard settings`: shows the settings and their sources.

use clap::Args;

use super::output;
use crate::settings::{LoadedSettings, show};

/// Show every setting with its value and where it comes from
///
/// Secrets are shown as ***. A mistake is reported with its line and what was expected, so this also checks a settings file.
#[derive(Debug, Args)]
pub struct Show {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    /// Prints the settings.
    pub fn run(self, loaded: &LoadedSettings) -> anyhow::Result<()> {
        if self.json {
            output::json(&show::as_json(&loaded.listed))?;
        } else {
            output::print(&show::as_text(&loaded.listed))?;
        }
        for notice in &loaded.notices {
            eprintln!("note: {notice}");
        }
        Ok(())
    }
}
