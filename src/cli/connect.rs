//! `heard connect`: makes in a helpdesk or at GitHub what Heard needs there, and writes it into the settings.
//!
//! It looks first, shows what it will do, and asks. The steps are in `flow::connect`, and the console's pages take the same ones.

mod asking;
mod github;
mod zendesk;

use std::{path::Path, process::ExitCode};

use clap::{Args, Subcommand};

use self::{github::ConnectGithub, zendesk::ConnectZendesk};

/// Connect a helpdesk or GitHub: make what Heard needs there, and write the settings
///
/// Shows what it will do, and asks before it does it. It can be run again: what is there stays, and what lacks is made.
#[derive(Debug, Args)]
pub struct Connect {
    #[command(subcommand)]
    to: Connected,
}

#[derive(Debug, Subcommand)]
enum Connected {
    Github(ConnectGithub),
    Zendesk(ConnectZendesk),
}

impl Connect {
    /// Connects, or shows how. The result is the exit code.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<ExitCode> {
        match self.to {
            Connected::Github(command) => command.run(config).await,
            Connected::Zendesk(command) => command.run(config).await,
        }
    }
}
