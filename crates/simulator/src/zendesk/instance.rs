//! The running helpdesk: its HTTP server, its webhooks, and the lock around its state.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;

use super::options::ZendeskOptions;
use super::state::ZendeskState;
use super::webhooks::signed;
use crate::faults::Faults;
use crate::hooks::{Attempt, Hooks};
use crate::lock::locked;
use crate::message::{Request, Response};
use crate::server::{Server, Vendor};

/// A simulated Zendesk that is running. Dropping it stops it.
pub struct Zendesk {
    options: ZendeskOptions,
    url: String,
    vendor: Arc<ZendeskVendor>,
    faults: Arc<Faults>,
    server: Server,
}

/// The state, its lock and its webhooks.
struct ZendeskVendor {
    state: Mutex<ZendeskState>,
    hooks: Hooks,
}

impl Zendesk {
    /// Starts it on loopback, on the current tokio runtime.
    ///
    /// # Errors
    /// If no port can be bound or there is no tokio runtime.
    pub fn start(options: ZendeskOptions) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = Server::bind(options.port)?;
        let url = format!("http://{}", listener.local_addr()?);
        let vendor = Arc::new(ZendeskVendor {
            state: Mutex::new(ZendeskState::new(&options, url.clone())),
            hooks: Hooks::start(&runtime, options.clock.clone(), signed, retry),
        });
        let faults = Arc::new(Faults::new(options.clock.clone()));
        let server = Server::start(runtime, listener, vendor.clone(), faults.clone())?;
        Ok(Self { options, url, vendor, faults, server })
    }

    /// The base of the API: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The options it was started with.
    pub const fn options(&self) -> &ZendeskOptions {
        &self.options
    }

    /// The failure switches of requests.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The webhooks and their switches.
    pub fn hooks(&self) -> &Hooks {
        &self.vendor.hooks
    }

    /// Sends webhooks to this address from now on, signed with the secret of the options.
    pub fn send_webhooks_to(&self, url: &str) {
        self.vendor.act(|state| state.webhook_by_hand(url));
    }

    /// Refuses connections until [`Zendesk::comes_back`].
    pub async fn goes_down(&self) {
        self.server.refuse().await;
    }

    /// Listens again on the same port, with the same state.
    ///
    /// # Errors
    /// If the port is taken by now.
    pub fn comes_back(&self) -> io::Result<()> {
        self.server.accept()
    }

    /// Changes the state or looks at it.
    pub(super) fn act<T>(&self, change: impl FnOnce(&mut ZendeskState) -> T) -> T {
        self.vendor.act(change)
    }
}

impl ZendeskVendor {
    /// Changes the state and hands over the webhooks that this caused.
    fn act<T>(&self, change: impl FnOnce(&mut ZendeskState) -> T) -> T {
        let mut state = locked(&self.state);
        let result = change(&mut state);
        match state.sending() {
            Some(webhook) => self.hooks.send_to(&webhook.endpoint, state.secret_of(webhook)),
            None => self.hooks.send_nowhere(),
        }
        // Under the lock, so that webhooks keep the order of their causes.
        for draft in std::mem::take(&mut state.pending_webhooks) {
            self.hooks.send(draft);
        }
        result
    }
}

impl Vendor for ZendeskVendor {
    fn answer(&self, request: &Request) -> Response {
        self.act(|state| state.route(request))
    }

    fn refusal(&self, status: u16, _secondary: bool) -> Response {
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
        Response::json(status, &body)
    }

    fn limited(&self, seconds: u32) -> Response {
        self.refusal(429, false).header("retry-after", seconds)
    }

    fn stamp(&self, answer: Response, budget: Option<(u32, u32, i64)>) -> Response {
        let (limit, left, reset_s) = budget.unwrap_or((700, 699, 60));
        answer
            .header("x-rate-limit", limit)
            .header("x-rate-limit-remaining", left)
            .header("ratelimit-limit", limit)
            .header("ratelimit-remaining", left)
            .header("ratelimit-reset", reset_s)
    }
}

/// Zendesk retries after a 409 three times, and five times after a timeout or a 429 or 503 that asks for less than a
/// minute. The simulator waits less than it is asked to, so that nobody waits for minutes.
fn retry(attempts: usize, last: &Attempt, retry_after_s: Option<u64>) -> Option<Duration> {
    let again = match &last.outcome {
        Ok(409) => attempts <= 3,
        Ok(429 | 503) => attempts <= 5 && retry_after_s.is_some_and(|seconds| seconds < 60),
        Ok(_) => false,
        Err(_) => attempts <= 5,
    };
    again.then(|| Duration::from_millis(50 << attempts.min(5)))
}
