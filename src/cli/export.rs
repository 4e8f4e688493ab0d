//! `heard export`: everything that is kept of a customer who asks for it.

use clap::Args;

use super::{
    api::{ServerAddress, encoded},
    output,
};
use crate::settings::ServerReach;

/// Print everything that is kept of a customer, as JSON
///
/// It holds notes that agents wrote about them, too. Read it before you give it away.
#[derive(Debug, Args)]
pub struct Export {
    /// The customer: an id of Heard, or an e-mail address
    customer: String,
    #[command(flatten)]
    server: ServerAddress,
}

impl Export {
    /// Finds the customer and prints what is kept.
    pub async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        let api = self.server.api(reach)?;
        let id = api.customer(&self.customer).await?;
        output::json(&api.get(&format!("customers/{}/export", encoded(&id))).await?)
    }
}
