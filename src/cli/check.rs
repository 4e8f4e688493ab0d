//! `heard check`: what is right and wrong with this installation.

use std::net::SocketAddr;

use anyhow::{anyhow, bail};
use clap::Args;

use super::output;
use crate::{
    base::http::{Origin, Outgoing, Request},
    settings::Settings,
};

/// Ask the Heard that runs on this machine whether it is alive
#[derive(Debug, Args)]
pub struct Check {
    /// Only ask `/healthz`: for the health check of a container
    #[arg(long, required = true)]
    alive: bool,
}

impl Check {
    /// Answers with the exit code.
    pub async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        alive(settings.listen).await?;
        output::line("Heard is alive.")
    }
}

/// Asks the service that listens at `listen`, from the same machine.
async fn alive(listen: SocketAddr) -> anyhow::Result<()> {
    let here = match listen {
        SocketAddr::V4(at) if at.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], at.port())),
        SocketAddr::V6(at) if at.ip().is_unspecified() => SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], at.port())),
        at => at,
    };
    let origin = Origin::parse(&format!("http://{here}")).map_err(|error| anyhow!(error))?;
    let outgoing = Outgoing::new().map_err(|error| anyhow!(error))?;
    match outgoing.send(&origin, Request::get("healthz")).await?.status {
        200 => Ok(()),
        status => bail!("/healthz answered {status}"),
    }
}
