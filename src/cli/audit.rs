//! `heard audit`: who did what.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::{
    api::{ServerAddress, encoded},
    output,
};
use crate::settings::ServerReach;

/// The log of who did what
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    Verify(VerifyAudit),
    Export(ExportAudit),
}

/// Read the whole log and say whether it was changed
///
/// Each row has a hash of itself and of the row before, so a row that was changed, taken out or put in is seen. Keep the hash that is
/// printed somewhere else, and give it with --head next time: that also shows a log that was written anew as a whole.
#[derive(Debug, Args)]
struct VerifyAudit {
    /// The hash that an earlier run printed
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerAddress,
}

/// Print the log as JSON, a row on each line, the newest first
#[derive(Debug, Args)]
struct ExportAudit {
    /// Only rows in which these words stand
    #[arg(long, value_name = "WORDS")]
    find: Option<String>,
    #[command(flatten)]
    server: ServerAddress,
}

impl Audit {
    /// Asks Heard.
    pub async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        match self.command {
            AuditCommand::Verify(verify) => verify.run(reach).await,
            AuditCommand::Export(export) => export.run(reach).await,
        }
    }
}

impl VerifyAudit {
    async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        let query = self.head.as_deref().map(|head| format!("?head={}", encoded(head))).unwrap_or_default();
        let found = self.server.api(reach)?.get(&format!("audit/verify{query}")).await?;
        if self.json {
            output::json(&found)?;
        } else {
            let head = found["head"].as_str().unwrap_or_default();
            output::line(&format!("{} rows hold. The last one: {head}", found["rows"]))?;
        }
        if let Some(broken) = found["broken"].as_str() {
            bail!("the log was changed: {broken}");
        }
        if found["has_head"] == false {
            bail!("the hash that you kept is not in the log: it was written anew, or cut off");
        }
        Ok(())
    }
}

impl ExportAudit {
    async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        let api = self.server.api(reach)?;
        let find = self.find.as_deref().map(|words| format!("&q={}", encoded(words))).unwrap_or_default();
        let mut after = String::new();
        loop {
            let page = api.get(&format!("audit?limit=200&after={}{find}", encoded(&after))).await?;
            for act in page["acts"].as_array().into_iter().flatten() {
                output::line(&act.to_string())?;
            }
            match &page["next"] {
                Value::String(next) => after.clone_from(next),
                _ => return Ok(()),
            }
        }
    }
}
