//! The running service: database, jobs and server, started together and stopped in order.

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
    flow::{App, group, sweep, work},
    settings::Settings,
    store::{
        self, Database,
        liveness::{self, Liveness},
    },
    web,
};

/// How soon the work of a process that was killed is taken up by another.
const LOOK_AFTER_OTHERS: Duration = Duration::from_secs(2);

/// A Heard that runs in this process.
pub struct Running {
    /// What the steps work with.
    pub app: Arc<App>,
    /// The admin token, where one was made at this start.
    pub made_admin_token: Option<Secret>,
    working: RunHandle,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    following: AbortOnDropHandle<()>,
    _alive: Option<AbortOnDropHandle<()>>,
}

/// How a service is started.
pub struct Start {
    /// What the operator set.
    pub settings: Settings,
    /// Where it listens; bound already, so that a taken port stops the start.
    pub listener: TcpListener,
    /// What time it is.
    pub clock: Clock,
    /// Periodic work comes every second or two, for a demo and for tests.
    pub eager: bool,
    /// The numbers of `/metrics`; the recorder is one for the whole process.
    pub metrics: web::Metrics,
    /// How many threads answer requests; `None` for one each processor.
    pub workers: Option<usize>,
}

impl Running {
    /// Opens and migrates the database, then works and serves.
    pub async fn start(start: Start) -> anyhow::Result<Self> {
        let database = open(&start.settings).await?;
        store::migrate(&database).await?;
        let metrics_listen = start.settings.metrics_listen;
        let (app, started) = App::start(start.settings, database, start.clock).await?;
        let (liveness, put_back) = liveness::begin(&app.database, app.holder).await?;
        report(put_back);
        let alive = liveness.map(|liveness| AbortOnDropHandle::new(tokio::spawn(stay_alive(liveness))));
        sweep::at_start(&app).await?;
        let following = group::begin(&app).await?;
        let working = work::start(&app, start.eager)?;
        let stop = CancellationToken::new();
        let metrics: web::Metrics = start.metrics;
        if let Some(address) = metrics_listen {
            let listener = bind(address, "metrics_listen")?;
            listener.set_nonblocking(true)?;
            tokio::spawn(web::serve_metrics(Arc::clone(&metrics), listener, stop.clone()));
        }
        let web = web::Web { app: Arc::clone(&app), metrics, workers: start.workers };
        let serving = tokio::spawn(web::serve(web, start.listener, stop.clone()));
        Ok(Self { app, made_admin_token: started.admin_token, working, stop, serving, following, _alive: alive })
    }

    /// Ends when the server does, which it does only when something is wrong with it.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        (&mut self.serving).await?.context("the server ended")
    }

    /// Takes no more requests, finishes what is under way, and closes the database.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.working.stop().await?;
        // The server may have been awaited to its end already.
        if !self.serving.is_finished() {
            (&mut self.serving).await??;
        }
        drop(self.following);
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

fn report(put_back: u64) {
    if put_back > 0 {
        info!(jobs = put_back, "Took up what a process left behind that was killed");
    }
}

/// Takes the address of a setting to listen on, or says why it cannot be had and what to do.
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

/// Opens the database of the settings.
pub async fn open(settings: &Settings) -> anyhow::Result<Database> {
    Database::open(settings.database.expose()).await.map_err(|error| {
        if error.is_out_of_reach() {
            anyhow!("the database does not answer; check that it runs, and what the setting database says")
        } else {
            anyhow!("the database cannot be opened: {error}; check what the setting database says")
        }
    })
}
