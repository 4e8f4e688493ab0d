//! The HTTP side of a simulator: actix is the transport, the vendor a function from request to response.
//!
//! Invariant: a vendor answers synchronously under its own lock. Whatever takes time (slowness, silence, a lost
//! response) happens here, outside that lock.

use std::future::{pending, ready};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer};
use futures::{StreamExt as _, stream};

use tokio::{runtime::Handle, sync::watch};

use super::failure::Failure;
use super::faults::{Admission, Faults};
use super::lock::locked;
use super::message::{Request, Response};

/// Requests larger than this are refused with 413.
const BODY_LIMIT_BYTES: usize = 32 * 1024 * 1024;

/// How long half a response has to reach the caller before the connection breaks.
const FLUSH: Duration = Duration::from_millis(50);

/// What a vendor answers.
pub(super) trait Vendor: Send + Sync + 'static {
    /// Carries out the request and answers it.
    fn answer(&self, request: &Request) -> Response;

    /// How the vendor refuses with this status. `secondary` asks for GitHub's secondary rate limit.
    fn refusal(&self, status: u16, secondary: bool) -> Response;

    /// The vendor's answer to a caller who is over the limit per minute and has this many seconds to wait.
    fn limited(&self, seconds: u32) -> Response;

    /// Adds the vendor's rate-limit headers.
    fn stamp(&self, answer: Response, budget: Option<(u32, u32, i64)>) -> Response;
}

/// A vendor that listens on loopback.
pub(super) struct Server {
    address: SocketAddr,
    front: Arc<Front>,
    runtime: Handle,
    running: Mutex<Option<ServerHandle>>,
}

struct Front {
    vendor: Arc<dyn Vendor>,
    faults: Arc<Faults>,
}

/// What goes back on the wire.
enum Outcome {
    Whole(Response),
    /// The head and the first half of the body.
    Half(Response),
    Dropped,
}

impl Server {
    /// Binds a port on loopback. Port 0 means any free one.
    ///
    /// # Errors
    /// When the port cannot be bound.
    pub(super) fn bind(port: u16) -> io::Result<TcpListener> {
        TcpListener::bind(("127.0.0.1", port))
    }

    /// Serves a vendor on a listener that is already bound, on this runtime.
    pub(super) fn start(
        runtime: Handle,
        listener: TcpListener,
        vendor: Arc<dyn Vendor>,
        faults: Arc<Faults>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let front = Arc::new(Front { vendor, faults });
        let handle = serve(&runtime, listener, &front)?;
        Ok(Self { address, front, runtime, running: Mutex::new(Some(handle)) })
    }

    /// Refuses connections until [`Server::accept`], and breaks the open ones.
    pub(super) async fn refuse(&self) {
        let handle = locked(&self.running).take();
        if let Some(handle) = handle {
            handle.stop(false).await;
        }
    }

    /// Listens again on the same port.
    pub(super) fn accept(&self) -> io::Result<()> {
        let mut running = locked(&self.running);
        if running.is_none() {
            *running = Some(serve(&self.runtime, Self::bind(self.address.port())?, &self.front)?);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(handle) = locked(&self.running).take() {
            // The command is sent when the future is created. Nobody needs to wait for the end.
            drop(handle.stop(false));
        }
    }
}

fn serve(runtime: &Handle, listener: TcpListener, front: &Arc<Front>) -> io::Result<ServerHandle> {
    let front = Arc::clone(front);
    let server = HttpServer::new(move || {
        let front = Arc::clone(&front);
        let handler = move |request: HttpRequest, body: Bytes| {
            let front = Arc::clone(&front);
            async move { on_the_wire(front.meet(read(&request, &body)).await) }
        };
        App::new().app_data(PayloadConfig::new(BODY_LIMIT_BYTES)).default_service(web::to(handler))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)?
    .run();
    let handle = server.handle();
    runtime.spawn(server);
    Ok(handle)
}

impl Front {
    async fn meet(&self, request: Request) -> Outcome {
        let body = request.json().unwrap_or_default();
        let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        // Subscribes before the arrival is logged: a test that sees it in the log may release it at once.
        let let_go = self.faults.letting_go();
        let (number, admission) = self.faults.arrives(&request.method, &request.path, &query.join("&"), body);
        let mut wait_s = None;
        let answer = match admission {
            Admission::Pass => self.vendor.answer(&request),
            Admission::Limited(seconds) => {
                wait_s = Some(i64::from(seconds));
                self.vendor.limited(seconds)
            }
            Admission::Fail(failure) => match self.fail(failure, &request, let_go).await {
                Outcome::Whole(answer) => answer,
                broken => return broken,
            },
        };
        let answer = self.vendor.stamp(answer, self.faults.limits()).header("date", self.faults.date());
        self.faults.answered(number, answer.status, wait_s.or_else(|| answer.retry_after_s()));
        Outcome::Whole(answer)
    }

    async fn fail(&self, failure: Failure, request: &Request, mut let_go: watch::Receiver<u64>) -> Outcome {
        let answer = match failure {
            Failure::Status(status) => self.vendor.refusal(status, false),
            Failure::RetryAfter(status, seconds) => {
                self.vendor.refusal(status, status == 403).header("retry-after", seconds)
            }
            Failure::Slow(duration) => {
                let answer = self.vendor.answer(request);
                tokio::time::sleep(duration).await;
                answer
            }
            Failure::Held => {
                let answer = self.vendor.answer(request);
                // This fails only when the simulator ends, and then nobody waits for a response.
                let _ = let_go.changed().await;
                answer
            }
            Failure::ResponseLost => {
                self.vendor.answer(request);
                return Outcome::Dropped;
            }
            Failure::ResponseCut => return Outcome::Half(self.vendor.answer(request)),
            Failure::EffectThenStatus(status) => {
                self.vendor.answer(request);
                self.vendor.refusal(status, false)
            }
            Failure::Reset => return Outcome::Dropped,
            Failure::NeverAnswers => pending().await,
            Failure::Says(json) => {
                Response::json(200, &serde_json::from_str::<serde_json::Value>(&json).unwrap_or_default())
            }
            Failure::Garbage => Response::html(200, "<html><body>It works!</body></html>".to_owned()),
        };
        Outcome::Whole(answer)
    }
}

fn read(request: &HttpRequest, body: &Bytes) -> Request {
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_ascii_lowercase(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Request::new(request.method().as_str(), request.uri().path(), request.query_string(), headers, body.to_vec())
}

fn on_the_wire(outcome: Outcome) -> HttpResponse {
    match outcome {
        Outcome::Whole(answer) => {
            let mut response = head(&answer);
            response.body(answer.body)
        }
        Outcome::Half(answer) => {
            let half = Bytes::copy_from_slice(&answer.body[..answer.body.len() / 2]);
            let body = stream::once(ready(Ok(half))).chain(stream::once(async {
                // Gives what was written so far time to leave.
                tokio::time::sleep(FLUSH).await;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            }));
            head(&answer).no_chunking(answer.body.len() as u64).streaming(body)
        }
        // A body that fails at once makes actix close the connection before it has written the head.
        Outcome::Dropped => HttpResponse::Ok()
            .streaming(stream::once(ready(Err::<Bytes, io::Error>(io::ErrorKind::ConnectionReset.into())))),
    }
}

fn head(answer: &Response) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in &answer.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    response
}
