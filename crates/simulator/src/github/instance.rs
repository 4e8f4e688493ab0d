//! The running GitHub: its HTTP server, its webhooks, and the lock around its state.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::deliveries::delivery_log;
use super::options::GithubOptions;
use super::state::GithubState;
use super::webhooks::signed;
use crate::faults::Faults;
use crate::hooks::{Attempt, Hooks};
use crate::lock::locked;
use crate::message::{Request, Response};
use crate::server::{Server, Vendor};

/// A simulated GitHub that is running. Dropping it stops it.
pub struct Github {
    options: GithubOptions,
    url: String,
    vendor: Arc<GithubVendor>,
    faults: Arc<Faults>,
    server: Server,
}

/// The state, its lock and its webhooks.
struct GithubVendor {
    state: Mutex<GithubState>,
    hooks: Hooks,
    faults: Arc<Faults>,
}

impl Github {
    /// Starts it on loopback, on the current tokio runtime.
    ///
    /// # Errors
    /// If no port can be bound or there is no tokio runtime.
    pub fn start(options: GithubOptions) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = Server::bind(options.port)?;
        let url = format!("http://{}", listener.local_addr()?);
        let faults = Arc::new(Faults::new(options.clock.clone()));
        let vendor = Arc::new(GithubVendor {
            state: Mutex::new(GithubState::new(options.clone(), url.clone())),
            hooks: Hooks::start(&runtime, options.clock.clone(), signed, never_again),
            faults: faults.clone(),
        });
        let server = Server::start(runtime, listener, vendor.clone(), faults.clone())?;
        Ok(Self { options, url, vendor, faults, server })
    }

    /// The base of the REST API: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The options it was started with.
    pub const fn options(&self) -> &GithubOptions {
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
        self.vendor.act(|state| state.endpoint = Some(url.to_owned()));
    }

    /// Refuses connections until [`Github::comes_back`].
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
    pub(super) fn act<T>(&self, change: impl FnOnce(&mut GithubState) -> T) -> T {
        self.vendor.act(change)
    }
}

impl GithubVendor {
    /// Changes the state and hands over the webhooks that this caused.
    fn act<T>(&self, change: impl FnOnce(&mut GithubState) -> T) -> T {
        let mut state = locked(&self.state);
        let result = change(&mut state);
        match &state.endpoint {
            Some(endpoint) => self.hooks.send_to(endpoint, &state.options.webhook_secret),
            None => self.hooks.send_nowhere(),
        }
        // Under the lock, so that webhooks keep the order of their causes.
        for draft in std::mem::take(&mut state.pending_webhooks) {
            self.hooks.send(draft);
        }
        result
    }

    /// Refuses a creation beyond the secondary rate limit, and records the violation.
    fn over_the_limit(&self, request: &Request) -> Option<Response> {
        let creates =
            request.method == "POST" && (request.path.ends_with("/issues") || request.path.ends_with("/comments"));
        if !creates {
            return None;
        }
        let mut state = locked(&self.state);
        let (now, limit) = (state.now(), state.options.content_per_minute);
        state.creations.retain(|at| *at > now - 60_000_000);
        if state.creations.len() < limit {
            state.creations.push_back(now);
            return None;
        }
        self.faults.violated(format!("more than {limit} creations in a minute: {} {}", request.method, request.path));
        Some(self.refusal(403, true).header("retry-after", 60))
    }
}

impl Vendor for GithubVendor {
    fn answer(&self, request: &Request) -> Response {
        if let Some(answer) = self.over_the_limit(request).or_else(|| delivery_log(&self.state, &self.hooks, request)) {
            return answer;
        }
        let answer = self.act(|state| state.route(request));
        if request.method != "GET" || answer.status != 200 {
            return answer;
        }
        let etag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&answer.body)[..16]));
        if request.header("if-none-match") == Some(etag.as_str()) {
            return Response::empty(304).header("etag", etag);
        }
        answer.header("etag", etag)
    }

    fn refusal(&self, status: u16, secondary: bool) -> Response {
        let message = match status {
            _ if secondary => {
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            }
            401 => "Bad credentials",
            403 => "Resource not accessible by integration",
            404 => "Not Found",
            410 => "This issue was deleted",
            422 => "Validation Failed",
            429 => "API rate limit exceeded",
            502 => "Server Error",
            503 => "Service Unavailable",
            _ => "Something went wrong",
        };
        let body = json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()});
        Response::json(status, &body)
    }

    /// GitHub's primary rate limit: 403 without `Retry-After`. The headers say when it is renewed.
    fn limited(&self, _seconds: u32) -> Response {
        let body = json!({"message": "API rate limit exceeded for installation.", "documentation_url": "https://docs.github.com/rest"});
        Response::json(403, &body)
    }

    fn stamp(&self, answer: Response, budget: Option<(u32, u32, i64)>) -> Response {
        let (limit, left, reset_s) = budget.unwrap_or((5_000, 4_999, 3_600));
        let now_s = locked(&self.state).now() / 1_000_000;
        answer
            .header("x-ratelimit-limit", limit)
            .header("x-ratelimit-remaining", left)
            .header("x-ratelimit-used", limit - left)
            .header("x-ratelimit-reset", now_s + reset_s + 1)
            .header("x-ratelimit-resource", "core")
            .header("x-github-media-type", "github.v3; format=json")
            .header("x-github-request-id", "SIMU:LATOR")
    }
}

/// GitHub never retries a delivery by itself.
const fn never_again(_attempts: usize, _last: &Attempt, _retry_after_s: Option<u64>) -> Option<Duration> {
    None
}
