//! The server: workers, limits, middleware and routes, and how it stops.

use std::{net::TcpListener, num::NonZero, sync::Arc, thread, time::Duration};

use actix_web::{App as Actix, HttpServer, dev::Server, middleware::from_fn, web};
use socket2::SockRef;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::AppExt as _;

use super::{
    api, assets, console, customer_page, guard,
    guesses::Guesses,
    hooks,
    intake::{self, Intake},
    problem,
    status::{self, Metrics},
};
use crate::{base::limits, flow::App};

/// How long requests may still take once the server is told to stop.
const SHUTDOWN: Duration = Duration::from_secs(10);
/// How long a client may take to send the head of its request.
const REQUEST_HEAD: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How large a form may be: 4,000 characters of any script fit, each of which a browser may write in nine bytes.
const FORM_BYTES: usize = 64 * 1024;

/// What the server needs.
#[derive(Clone)]
pub struct Web {
    /// The running Heard.
    pub app: Arc<App>,
    /// The numbers of `/metrics`.
    pub metrics: Metrics,
    /// How many threads answer; `None` for one each processor.
    pub workers: Option<usize>,
}

/// Serves until `stop`; then new connections are refused and requests under way are finished.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(with: Web, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let server = build(with, listener, stop.clone())?;
    until(server, stop).await
}

/// Serves nothing but `/metrics`, to anybody who reaches this listener: for a network of your own.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve_metrics(metrics: Metrics, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let build = move || {
        Actix::new()
            .app_data(web::Data::new(Arc::clone(&metrics)))
            .route("/metrics", web::get().to(status::open_numbers))
    };
    let server = HttpServer::new(build).workers(1).disable_signals().listen(listener)?.run();
    until(server, stop).await
}

async fn until(server: Server, stop: CancellationToken) -> std::io::Result<()> {
    let handle = server.handle();
    let stopping = tokio::spawn(async move {
        stop.cancelled().await;
        handle.stop(true).await;
    });
    let ended = server.await;
    stopping.abort();
    ended
}

fn build(with: Web, listener: TcpListener, stop: CancellationToken) -> std::io::Result<Server> {
    let guesses = web::Data::new(Guesses::new());
    let bodies = web::Data::new(Intake::new());
    let state = status::Running::new(stop);
    let Web { app, metrics, workers } = with;
    let workers = workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
    // The standard library asks for a queue of 128: a crowd fills it at once, and then the system drops everybody.
    SockRef::from(&listener).listen(limits::CONNECTIONS_QUEUED)?;
    let server = HttpServer::new(move || {
        Actix::new()
            .into_utoipa_app()
            .app_data(web::Data::from(Arc::clone(&app)))
            .app_data(web::Data::new(Arc::clone(&metrics)))
            .app_data(web::Data::new(state.clone()))
            .app_data(guesses.clone())
            .app_data(bodies.clone())
            .app_data(web::FormConfig::default().limit(FORM_BYTES).error_handler(problem::unreadable))
            .map(|actix| actix.wrap(from_fn(intake::bodies)).wrap(from_fn(guard::headers)).wrap(from_fn(guard::log)))
            .configure(api::configure)
            .map(|actix| actix.configure(|config| routes(&app, config)))
            .into_app()
    })
    .shutdown_timeout(SHUTDOWN.as_secs())
    .client_request_timeout(REQUEST_HEAD)
    .keep_alive(KEEP_ALIVE)
    .workers(workers)
    .max_connections(limits::CONNECTIONS.div_ceil(workers))
    .disable_signals();
    Ok(server.listen(listener)?.run())
}

/// Every route but the API's. The console comes last, because it answers every address that is left.
fn routes(app: &App, config: &mut web::ServiceConfig) {
    config
        .configure(status::routes)
        .configure(|config| hooks::routes(app, config))
        .configure(assets::routes)
        .configure(api::docs::routes)
        .configure(customer_page::routes)
        .configure(console::routes)
        .default_service(web::to(problem::nowhere));
}
