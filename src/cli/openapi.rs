//! `heard openapi`: the API's description, as `/openapi.yaml` serves it.

use clap::Args;

use super::output;
use crate::web;

/// Print the description of the API (OpenAPI, YAML)
#[derive(Debug, Args)]
pub struct OpenApi {}

impl OpenApi {
    /// Prints it.
    #[expect(clippy::unused_self, reason = "every command is run by its value")]
    pub fn run(self) -> anyhow::Result<()> {
        output::print(&web::openapi_yaml().map_err(anyhow::Error::msg)?)
    }
}
