//! The running service: starts the database, the jobs and the server together, and stops them in order.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use riverqueue::RunHandle;
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::{info, warn};

use crate::{
    base::{clock::Clock, secret::Secret},
    flow::{App, gauges, group, sweep, tell::send_many, work},
    settings::Settings,
    store::{
        self, Database, DatabasePlace, StoreError,
        alone::{self, Alone},
        liveness::{self, Liveness},
    },
    web,
};

/// How often a process looks for work that a killed one left behind.
const LOOK_AFTER_OTHERS: Duration = Duration::from_secs(2);
/// How often a process brings its metrics up to date.
const KEEP_METRICS: Duration = Duration::from_secs(15);

/// A Heard that runs in this process.
pub struct HeardInstance {
    /// What the steps need.
    pub app: Arc<App>,
    /// The admin token, if one was made at this start.
    pub made_admin_token: Option<Secret>,
    working: RunHandle,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    following: AbortOnDropHandle<()>,
    measuring: AbortOnDropHandle<()>,
    _alive: Option<AbortOnDropHandle<()>>,
    _alone: Option<Alone>,
}

/// How a service is started.
pub struct Start {
    /// The settings.
    pub settings: Settings,
    /// The listener. It is bound already, so that a taken port stops the start.
    pub listener: TcpListener,
    /// The clock.
    pub clock: Clock,
    /// Runs periodic work every second or two, for the demo and for tests.
    pub eager: bool,
    /// The numbers of `/metrics`. There is one recorder per process.
    pub metrics: web::Metrics,
    /// How many threads answer requests; `None` for one per processor.
    pub workers: Option<usize>,
}

impl HeardInstance {
    /// Opens and migrates the database, then starts the jobs and the server.
    pub async fn start(start: Start) -> anyhow::Result<Self> {
        let url = start.settings.database.expose();
        let opened = if start.eager { Database::open_for_few(url).await } else { Database::open(url).await };
        let database = opened.map_err(|error| why_not_opened(url, &error))?;
        let alone = alone::begin(url)?;
        store::migrate(&database).await?;
        let metrics_listen = start.settings.metrics_listen;
        let (app, started) = App::start(start.settings, database, start.clock).await?;
        let (liveness, put_back) = liveness::begin(&app.database, app.holder).await?;
        report(put_back);
        let alive = liveness.map(|liveness| AbortOnDropHandle::new(tokio::spawn(stay_alive(liveness))));
        work::at_start(&app).await?;
        sweep::at_start(&app).await?;
        send_many::at_start(&app).await?;
        let following = group::begin(&app).await;
        let working = work::start(&app, start.eager)?;
        let stop = CancellationToken::new();
        let metrics: web::Metrics = start.metrics;
        let every = if start.eager { Duration::from_secs(1) } else { KEEP_METRICS };
        let keeping = keep_metrics(Arc::clone(&app), Arc::clone(&metrics), every);
        let measuring = AbortOnDropHandle::new(tokio::spawn(keeping));
        if let Some(address) = metrics_listen {
            let listener = bind(address, "metrics_listen")?;
            listener.set_nonblocking(true)?;
            tokio::spawn(web::serve_metrics(Arc::clone(&metrics), listener, stop.clone()));
        }
        let web = web::Web { app: Arc::clone(&app), metrics, workers: start.workers };
        let serving = tokio::spawn(web::serve(web, start.listener, stop.clone()));
        let made_admin_token = started.admin_token;
        Ok(Self { app, made_admin_token, working, stop, serving, following, measuring, _alive: alive, _alone: alone })
    }

    /// Ends if the server does, which only happens if something is wrong.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        (&mut self.serving).await?.context("the server ended")
    }

    /// Stops taking requests, finishes the current ones, and closes the database.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.working.stop().await?;
        // `ended` may have awaited it already.
        if !self.serving.is_finished() {
            (&mut self.serving).await??;
        }
        drop((self.following, self.measuring));
        self.app.database.close().await;
        Ok(())
    }
}

/// Shows that this process is alive, and takes over what dead ones left behind.
async fn stay_alive(mut liveness: Liveness) {
    loop {
        tokio::time::sleep(LOOK_AFTER_OTHERS).await;
        match liveness.keep().await {
            Ok(put_back) => report(put_back),
            Err(error) => warn!(%error, "This process cannot be seen by the others just now"),
        }
    }
}

/// Keeps the gauges at what is so now. It also shows the metrics to nobody: histograms keep every value until they are shown, so where
/// no collector asks they would grow without end (metrics-rs/metrics#467, api7/aisix#850).
async fn keep_metrics(app: Arc<App>, metrics: web::Metrics, every: Duration) {
    loop {
        if let Err(error) = gauges::look(&app).await {
            warn!(%error, "The gauges stay as they were");
        }
        drop(metrics());
        tokio::time::sleep(every).await;
    }
}

/// Tells the operator the admin token that this start made. It is kept nowhere, so this is the only time.
pub fn show_once(token: Option<&Secret>) {
    if let Some(token) = token {
        eprintln!("The admin token, shown this once: {}", token.expose());
    }
}

fn report(put_back: u64) {
    if put_back > 0 {
        info!(jobs = put_back, "Took up what a process left behind that was killed");
    }
}

/// Binds the address of a setting, or says why that is not possible and what to do.
pub fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    let (ip, port) = (address.ip(), address.port());
    TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "port {port} of {ip} is taken by another program, perhaps by another Heard; stop that one, or set {setting} to \
             another port"
        ),
        ErrorKind::PermissionDenied => {
            anyhow!("port {port} may not be used by this user; set {setting} to a port above 1023")
        }
        ErrorKind::AddrNotAvailable => anyhow!(
            "this machine does not have the address {ip}; set {setting} to one of its own, such as 127.0.0.1:{port} or \
             0.0.0.0:{port}"
        ),
        _ => anyhow!("{setting} cannot be {address}: {error}"),
    })
}

/// Opens the database from the settings.
pub async fn open(settings: &Settings) -> anyhow::Result<Database> {
    open_at(&settings.database).await
}

/// Opens the database with this URL.
pub async fn open_at(url: &Secret) -> anyhow::Result<Database> {
    let url = url.expose();
    Database::open(url).await.map_err(|error| why_not_opened(url, &error))
}

fn why_not_opened(url: &str, error: &StoreError) -> anyhow::Error {
    let place = DatabasePlace { what: "the database", by: "the setting database", url };
    anyhow!(store::why_not_opened(place, error))
}
