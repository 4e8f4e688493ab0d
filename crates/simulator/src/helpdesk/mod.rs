//! A practice helpdesk that speaks Zendesk's API, so that the adapter for Zendesk itself is exercised.
//!
//! People act through the sentences of [`Helpdesk`]; the product acts through HTTP; both change the same state, and
//! every change sends the webhooks Zendesk would send, those the product caused included.
//! Shapes follow Zendesk's OpenAPI description of its Support API.

mod api;
mod change;
mod comment;
mod desk;
mod events;
mod lists;
mod newcomers;
mod options;
mod organization;
mod routes;
mod sentences;
mod ticket;
mod user;

pub use comment::Comment;
pub use newcomers::{NewCustomer, NewTicket};
pub use options::{HelpdeskOptions, WebhookMode};
pub use ticket::Ticket;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;

use super::faults::Faults;
use super::hooks::{Attempt, Hooks};
use super::locked;
use super::message::{Answer, Request};
use super::server::{Server, Site};
use desk::Desk;

/// A practice helpdesk that is running. Dropping it stops it.
pub struct Helpdesk {
    options: HelpdeskOptions,
    url: String,
    state: Arc<Counter>,
    faults: Arc<Faults>,
    server: Server,
}

/// Where requests and people meet the state.
struct Counter {
    desk: Mutex<Desk>,
    hooks: Hooks,
}

impl Helpdesk {
    /// Starts a helpdesk on loopback, driven by the current tokio runtime.
    ///
    /// # Errors
    /// When no port can be bound, or there is no tokio runtime.
    pub fn start(options: HelpdeskOptions) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = Server::bind(options.port)?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Counter {
            desk: Mutex::new(Desk::new(&options, url.clone())),
            hooks: Hooks::start(&runtime, options.clock.clone(), events::signed, patience),
        });
        let faults = Arc::new(Faults::new(options.clock.clone()));
        let site: Arc<dyn Site> = state.clone();
        let server = Server::start(runtime, listener, site, faults.clone())?;
        Ok(Self { options, url, state, faults, server })
    }

    /// The base of the API: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As it was started.
    pub const fn options(&self) -> &HelpdeskOptions {
        &self.options
    }

    /// The failure switches of requests.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The webhooks and their switches.
    pub fn hooks(&self) -> &Hooks {
        &self.state.hooks
    }

    /// Sends webhooks to this address from now on, signed with the secret of the options.
    pub fn send_webhooks_to(&self, url: &str) {
        self.state.act(|desk| desk.endpoint = Some(url.to_owned()));
    }

    /// Refuses connections until [`Helpdesk::comes_back`].
    pub async fn goes_down(&self) {
        self.server.refuse().await;
    }

    /// Listens again, on the same port and with the same state.
    ///
    /// # Errors
    /// When somebody else has taken the port.
    pub fn comes_back(&self) -> io::Result<()> {
        self.server.accept()
    }
}

impl Counter {
    /// Changes the state and hands over the webhooks this caused.
    fn act<T>(&self, change: impl FnOnce(&mut Desk) -> T) -> T {
        let mut desk = locked(&self.desk);
        let result = change(&mut desk);
        if let Some(endpoint) = &desk.endpoint {
            self.hooks.send_to(endpoint, &desk.webhook_secret);
        }
        // Handed over under the lock, so that webhooks keep the order of their causes.
        for draft in std::mem::take(&mut desk.outbox) {
            self.hooks.send(draft);
        }
        result
    }
}

impl Site for Counter {
    fn answer(&self, request: &Request) -> Answer {
        self.act(|desk| desk.route(request))
    }

    fn refusal(&self, status: u16, _secondary: bool) -> Answer {
        let body = match status {
            401 => json!({"error": "Couldn't authenticate you"}),
            403 => json!({"error": {"title": "Forbidden", "message": "You do not have access to this page."}}),
            404 => json!({"error": "RecordNotFound", "description": "Not found"}),
            409 => json!({"error": "UpdateConflict", "description": "Conflict"}),
            422 => json!({"error": "RecordInvalid", "description": "Record validation errors", "details": {}}),
            429 => {
                json!({"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"})
            }
            _ => json!({"error": "InternalError", "description": "Something went wrong"}),
        };
        Answer::json(status, &body)
    }

    fn limited(&self, seconds: u32) -> Answer {
        self.refusal(429, false).header("retry-after", seconds)
    }

    fn stamp(&self, answer: Answer, budget: Option<(u32, u32, i64)>) -> Answer {
        let (limit, left, reset_s) = budget.unwrap_or((700, 699, 60));
        answer
            .header("x-rate-limit", limit)
            .header("x-rate-limit-remaining", left)
            .header("ratelimit-limit", limit)
            .header("ratelimit-remaining", left)
            .header("ratelimit-reset", reset_s)
    }
}

/// Zendesk tries again on 409 (three times), on 429 and 503 that say when within a minute, and on timeouts (five
/// times). The practice helpdesk waits less than it is told: a demo has no minutes to spare.
fn patience(attempts: usize, last: &Attempt, retry_after_s: Option<u64>) -> Option<Duration> {
    let again = match &last.outcome {
        Ok(409) => attempts <= 3,
        Ok(429 | 503) => attempts <= 5 && retry_after_s.is_some_and(|seconds| seconds < 60),
        Ok(_) => false,
        Err(_) => attempts <= 5,
    };
    again.then(|| Duration::from_millis(50 << attempts.min(5)))
}
