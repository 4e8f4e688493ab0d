//! `heard check`: what is right and wrong with this installation, and what to do about it.

use std::net::SocketAddr;

use anyhow::{anyhow, bail};
use clap::Args;

use super::{output, running::open};
use crate::{
    base::{
        clock::Clock,
        http::{Origin, Outgoing, Request},
    },
    flow::{App, check},
    settings::Settings,
    store,
};

/// Check the database, GitHub and every helpdesk connection
///
/// Credentials, permissions, webhooks and clocks are tried for real, and nothing is written there. The database is made and
/// brought up to date where it has to be. Each finding says what to do.
/// Exits with 1 when something is wrong.
#[derive(Debug, Args)]
pub struct Check {
    /// Only ask the Heard that runs on this machine whether it is alive: for the health check of a container
    #[arg(long)]
    alive: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Answers with the exit code.
    pub async fn run(self, settings: Settings) -> anyhow::Result<()> {
        if self.alive {
            alive(settings.listen).await?;
            return output::line("Heard is alive.");
        }
        let database = open(&settings).await?;
        store::migrate(&database).await?;
        let (app, _) = App::start(settings, database, Clock::system()).await?;
        let findings = check::run(&app).await;
        let wrong = findings.iter().filter(|finding| !finding.ok).count();
        if self.json {
            output::json(&serde_json::to_value(&findings)?)?;
        } else {
            for finding in &findings {
                let sign = if finding.ok { "fine " } else { "WRONG" };
                output::line(&format!("{sign}  {}: {}", finding.about, finding.sentence))?;
            }
        }
        match wrong {
            0 => Ok(()),
            1 => bail!("one finding needs somebody"),
            more => bail!("{more} findings need somebody"),
        }
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
