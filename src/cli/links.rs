//! `heard links`: the links to customers' pages.

use clap::{Args, Subcommand};

use super::{
    api::{ServerAddress, encoded},
    output,
};
use crate::settings::ServerReach;

/// The links to customers' pages
#[derive(Debug, Args)]
pub struct Links {
    #[command(subcommand)]
    command: LinksCommand,
}

#[derive(Debug, Subcommand)]
enum LinksCommand {
    Revoke(Revoke),
}

/// End links at once: a message's, a customer's, or all
///
/// Whoever opens one reads that it is not known any more. What is sent later has a new link.
#[derive(Debug, Args)]
#[group(required = true, multiple = false, id = "which")]
struct Revoke {
    /// The links of this customer: an id of Heard, or an e-mail address
    #[arg(long, group = "which")]
    customer: Option<String>,
    /// The link of this update
    #[arg(long, group = "which")]
    update: Option<String>,
    /// Every link that was ever sent
    #[arg(long, group = "which")]
    all: bool,
    #[command(flatten)]
    server: ServerAddress,
}

impl Links {
    /// Ends the links and says how many there were.
    pub async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        let LinksCommand::Revoke(revoke) = self.command;
        let api = revoke.server.api(reach)?;
        let path = match (&revoke.customer, &revoke.update) {
            (Some(customer), _) => format!("customers/{}/links", encoded(&api.customer(customer).await?)),
            (None, Some(update)) => format!("updates/{}/links", encoded(update)),
            (None, None) => "links".to_owned(),
        };
        let ended = api.delete(&path).await?;
        output::line(&format!("{} links open nothing any more.", ended["revoked"].as_u64().unwrap_or_default()))
    }
}
