//! `heard erase`: forgets a customer who asked for it.

use clap::Args;

use super::{
    api::{ServerAddress, encoded},
    output,
};
use crate::settings::ServerReach;

/// Forget a customer who asks for it
///
/// Everything they wrote and were written is forgotten at once, and issues are written without it. It cannot be taken back. What
/// the helpdesk, GitHub and backups still have is theirs to delete: docs/privacy.md says how.
#[derive(Debug, Args)]
pub struct Erase {
    /// The customer: an id of Heard, or an e-mail address
    customer: String,
    /// Do it; without this it only says who would be forgotten
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    server: ServerAddress,
}

impl Erase {
    /// Finds the customer and forgets them.
    pub async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        let api = self.server.api(reach)?;
        let id = api.customer(&self.customer).await?;
        let path = format!("customers/{}", encoded(&id));
        if self.yes {
            api.delete(&path).await?;
            return output::line(&format!("Forgotten. A row without a name is left: {id}."));
        }
        let export = api.get(&format!("{path}/export")).await?;
        let count = |what: &str| export[what].as_array().map_or(0, Vec::len);
        output::line(&format!(
            "This would forget {} ({id}) with {} tickets and {} updates, and cannot be taken back. Say --yes to do it.",
            export["customer"]["name"].as_str().unwrap_or_default(),
            count("tickets"),
            count("updates")
        ))
    }
}
