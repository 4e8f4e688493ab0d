//! `heard sessions`: the console's sessions.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{api::ServerAddress, output};
use crate::settings::ServerReach;

/// End the console's sessions
///
/// They also end when the admin token changes, when somebody gets another password or role or is switched off, and each by itself
/// twelve hours after somebody signed in.
#[derive(Debug, Args)]
pub struct Sessions {
    #[command(subcommand)]
    command: SessionsCommand,
}

#[derive(Debug, Subcommand)]
enum SessionsCommand {
    /// End all of them, so that everybody has to sign in again
    End(End),
}

#[derive(Debug, Args)]
struct End {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerAddress,
}

impl Sessions {
    /// Asks Heard to end them.
    pub async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        let SessionsCommand::End(End { json: as_json, server }) = self.command;
        let answer = server.api(reach)?.post("sessions/end", &json!({})).await?;
        if as_json {
            return output::json(&answer);
        }
        output::line(&format!("{} sessions were ended.", answer["ended"]))
    }
}
