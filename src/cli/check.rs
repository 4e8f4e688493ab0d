//! `heard check`: tries everything the installation needs, and says what to do about problems.

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
/// Tries credentials, permissions, webhooks and clocks, and writes nothing there. Creates the database and brings it up to
/// date if necessary. Each problem comes with what to do about it. Exits with 1 if there is a problem.
#[derive(Debug, Args)]
pub struct Check {
    /// Only check that the Heard on this machine is alive, for the health check of a container
    #[arg(long)]
    alive: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Runs the checks. The result is the exit code.
    pub async fn run(self, settings: Settings) -> anyhow::Result<()> {
        if self.alive {
            alive(settings.listen).await?;
            return output::line("Heard is alive.");
        }
        let database = open(&settings).await?;
        store::migrate(&database).await?;
        let app = App::look(settings, database, Clock::system()).await?;
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

/// Asks the Heard that listens at `listen` on this machine.
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
