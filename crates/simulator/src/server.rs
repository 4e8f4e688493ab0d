//! The HTTP side of a practice site: actix as transport, the site as a function from request to answer.
//!
//! Invariant: a site answers synchronously under its own lock; whatever takes time (slowness, silence, a lost answer)
//! happens here, outside of it.

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

use super::faults::{Failure, Faults, Verdict};
use super::locked;
use super::message::{Answer, Request};

/// Requests larger than this are refused with 413.
const BODY_LIMIT_BYTES: usize = 32 * 1024 * 1024;

/// How long GitHub wants a caller to wait who hit the secondary limit and was not told a time.
const SECONDARY_WAIT_S: i64 = 60;

/// How long half an answer gets to reach the caller before the connection breaks.
const FLUSH: Duration = Duration::from_millis(50);

/// A vendor: what it answers.
pub(super) trait Site: Send + Sync + 'static {
    /// Makes the effect and answers.
    fn answer(&self, request: &Request) -> Answer;

    /// The vendor's way of saying no with this status. `secondary` asks for GitHub's secondary limit.
    fn refusal(&self, status: u16, secondary: bool) -> Answer;

    /// The vendor's answer to a caller whose minute is used up, with so many seconds to wait.
    fn limited(&self, seconds: u32) -> Answer;

    /// Adds the vendor's headers about limits.
    fn stamp(&self, answer: Answer, budget: Option<(u32, u32, i64)>) -> Answer;
}

/// A site that listens on loopback.
pub(super) struct Server {
    address: SocketAddr,
    front: Arc<Front>,
    runtime: Handle,
    running: Mutex<Option<ServerHandle>>,
}

struct Front {
    site: Arc<dyn Site>,
    faults: Arc<Faults>,
}

/// What goes back on the wire.
enum Outcome {
    Answer(Answer),
    /// Its head and the first half of its body.
    Half(Answer),
    Dropped,
}

impl Server {
    /// Takes a port on loopback. `port` 0 takes a free one.
    ///
    /// # Errors
    /// When the port cannot be bound.
    pub(super) fn bind(port: u16) -> io::Result<TcpListener> {
        TcpListener::bind(("127.0.0.1", port))
    }

    /// Serves a site on a listener that is bound already, driven by this runtime.
    pub(super) fn start(
        runtime: Handle,
        listener: TcpListener,
        site: Arc<dyn Site>,
        faults: Arc<Faults>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let front = Arc::new(Front { site, faults });
        let handle = serve(&runtime, listener, &front)?;
        Ok(Self { address, front, runtime, running: Mutex::new(Some(handle)) })
    }

    /// Refuses connections until [`Server::accept`], and breaks those that are open.
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
            // The command is sent when the future is made; nobody needs to wait for its end.
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
        // Before the arrival is logged: who saw it there may let it go.
        let let_go = self.faults.letting_go();
        let (number, verdict) = self.faults.arrives(&request.method, &request.path, &query.join("&"), body);
        let mut wait_s = None;
        let answer = match verdict {
            Verdict::Pass => self.site.answer(&request),
            Verdict::Limited(seconds) => {
                wait_s = Some(i64::from(seconds));
                self.site.limited(seconds)
            }
            Verdict::Fail(failure) => {
                wait_s = (failure == Failure::SecondaryLimit).then_some(SECONDARY_WAIT_S);
                match self.fail(failure, &request, let_go).await {
                    Outcome::Answer(answer) => answer,
                    broken => return broken,
                }
            }
        };
        let answer = self.site.stamp(answer, self.faults.budget()).header("date", self.faults.date());
        self.faults.answered(number, answer.status, wait_s.or_else(|| answer.retry_after_s()));
        Outcome::Answer(answer)
    }

    async fn fail(&self, failure: Failure, request: &Request, mut let_go: watch::Receiver<u64>) -> Outcome {
        let answer = match failure {
            Failure::Status(status) => self.site.refusal(status, false),
            Failure::RetryAfter(status, seconds) => {
                self.site.refusal(status, status == 403).header("retry-after", seconds)
            }
            Failure::SecondaryLimit => self.site.refusal(403, true),
            Failure::Slow(duration) => {
                let answer = self.site.answer(request);
                tokio::time::sleep(duration).await;
                answer
            }
            Failure::Held => {
                let answer = self.site.answer(request);
                // It fails only when the site ends, and then nobody waits for an answer.
                let _ = let_go.changed().await;
                answer
            }
            Failure::ResponseLost => {
                self.site.answer(request);
                return Outcome::Dropped;
            }
            Failure::ResponseCut => return Outcome::Half(self.site.answer(request)),
            Failure::EffectThenStatus(status) => {
                self.site.answer(request);
                self.site.refusal(status, false)
            }
            Failure::Reset => return Outcome::Dropped,
            Failure::NeverAnswers => pending().await,
            Failure::Garbage => Answer::html(200, "<html><body>It works!</body></html>".to_owned()),
        };
        Outcome::Answer(answer)
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
        Outcome::Answer(answer) => {
            let mut response = head(&answer);
            response.body(answer.body)
        }
        Outcome::Half(answer) => {
            let half = Bytes::copy_from_slice(&answer.body[..answer.body.len() / 2]);
            let body = stream::once(ready(Ok(half))).chain(stream::once(async {
                // What was written so far leaves first.
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

fn head(answer: &Answer) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in &answer.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    response
}
