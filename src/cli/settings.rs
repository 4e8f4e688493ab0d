//! `heard settings`: shows the settings and their sources.

use anyhow::bail;
use clap::Args;

use super::output;
use crate::{
    flow::App,
    settings::{LoadedSettings, show},
};

/// Show every setting with its value and where it comes from
///
/// Secrets are shown as ***. Every mistake is reported with its line and what was expected, so this also checks a settings file: it fails
/// where `heard serve` would not start with it.
#[derive(Debug, Args)]
pub struct Show {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    /// Prints the settings.
    pub fn run(self, loaded: &LoadedSettings) -> anyhow::Result<()> {
        let mistakes = App::mistakes_in(&loaded.settings);
        if !mistakes.is_empty() {
            bail!(mistakes.join("\n"));
        }
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
