//! `heard openapi`: prints the API's description, the same as `/openapi.yaml`.

use clap::Args;

use super::output;
use crate::web;

/// Print the description of the API (OpenAPI)
///
/// As YAML, the same as a running Heard serves at /openapi.yaml.
#[derive(Debug, Args)]
pub struct OpenApi {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl OpenApi {
    /// Prints it.
    pub fn run(self) -> anyhow::Result<()> {
        if self.json {
            output::json(&web::openapi_json().map_err(anyhow::Error::msg)?)
        } else {
            output::print(&web::openapi_yaml().map_err(anyhow::Error::msg)?)
        }
    }
}
