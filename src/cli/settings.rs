//! `heard settings`: what holds, and who said so.

use clap::Args;

use super::output;
use crate::settings::{LoadedSettings, show};

/// Show every setting, its value, and where the value comes from
///
/// Secrets are shown as ***. A wrong setting is refused with its line and what was expected, so this is also how to
/// check a settings file.
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
