//! `heard serve`: runs the service.

use std::sync::Arc;

use clap::Args;
use tracing::info;

use super::running::{HeardInstance, Start, bind, show_once};
use crate::{
    base::{clock::Clock, telemetry},
    settings::LoadedSettings,
    store,
};

/// Run Heard: receive, group, file, follow and tell
///
/// First brings the database up to date with this version. Stop it with Ctrl-C or SIGTERM: it finishes running requests and
/// jobs, and continues with the rest at the next start.
#[derive(Debug, Args)]
pub struct Serve {}

impl Serve {
    /// Runs until a signal comes.
    pub async fn run(self, loaded: LoadedSettings) -> anyhow::Result<()> {
        let LoadedSettings { settings, notices, .. } = loaded;
        telemetry::start_logging(settings.log.format, &settings.log.level).map_err(anyhow::Error::msg)?;
        for notice in notices {
            tracing::warn!("{notice}");
        }
        let listen = settings.listen;
        let listener = bind(listen, "listen")?;
        listener.set_nonblocking(true)?;
        let public_url = settings.public_url.as_str().to_owned();
        let metrics = telemetry::Metrics::start().map_err(anyhow::Error::msg)?;
        let metrics = Arc::new(move || metrics.render());
        let database = store::in_words(settings.database.expose());
        let start = Start { metrics, settings, listener, clock: Clock::system(), eager: false, workers: None };
        let mut heard = HeardInstance::start(start).await?;
        show_once(heard.made_admin_token.as_ref());
        info!("Heard listens on {listen} as {public_url}, with {database}");
        tokio::select! {
            ended = heard.ended() => ended?,
            () = stop_signal() => info!("Stopping"),
        }
        heard.stop().await
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                terminated.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
