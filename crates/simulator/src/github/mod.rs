//! A practice GitHub: apps and tokens, issues, real history, pull requests, releases, deployments, signed webhooks.
//!
//! Engineers act through the sentences of [`GitHub`] and [`Repository`]; the product acts through HTTP; both change the
//! same state, and every change sends the webhooks GitHub would send, those the product caused included.
//! Shapes follow GitHub's OpenAPI description of its REST API, version 2022-11-28.

mod auth;
mod code_api;
mod code_changes;
mod code_sentences;
mod commits;
mod deliveries;
mod deployment;
mod events;
mod graphql;
mod hub;
mod issue;
mod issue_api;
mod issue_changes;
mod issue_moves;
mod issue_sentences;
mod keywords;
mod options;
mod person;
mod pull_api;
mod release;
mod release_api;
mod release_changes;
mod render;
mod repository;
mod routes;
mod sentences;
mod urls;

pub use code_changes::MergeMethod;
pub use code_sentences::{PullRequest, ReleaseDraft};
pub use issue::CloseReason;
pub use issue_sentences::IssueSeen;
pub use options::{GitHubOptions, RepositoryOptions};
pub use sentences::Repository;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::faults::Faults;
use super::hooks::{Attempt, Hooks};
use super::locked;
use super::message::{Answer, Request};
use super::server::{Server, Site};
use hub::Hub;

/// A practice GitHub that is running. Dropping it stops it.
pub struct GitHub {
    options: GitHubOptions,
    url: String,
    state: Arc<Counter>,
    faults: Arc<Faults>,
    server: Server,
}

/// Where requests and engineers meet the state.
struct Counter {
    hub: Mutex<Hub>,
    hooks: Hooks,
    faults: Arc<Faults>,
}

impl GitHub {
    /// Starts a GitHub on loopback, driven by the current tokio runtime.
    ///
    /// # Errors
    /// When no port can be bound, or there is no tokio runtime.
    pub fn start(options: GitHubOptions) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = Server::bind(options.port)?;
        let url = format!("http://{}", listener.local_addr()?);
        let faults = Arc::new(Faults::new(options.clock.clone()));
        let state = Arc::new(Counter {
            hub: Mutex::new(Hub::new(options.clone(), url.clone())),
            hooks: Hooks::start(&runtime, options.clock.clone(), events::signed, never_again),
            faults: faults.clone(),
        });
        let site: Arc<dyn Site> = state.clone();
        let server = Server::start(runtime, listener, site, faults.clone())?;
        Ok(Self { options, url, state, faults, server })
    }

    /// The base of the REST API: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As it was started.
    pub const fn options(&self) -> &GitHubOptions {
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
        self.state.act(|hub| hub.endpoint = Some(url.to_owned()));
    }

    /// Refuses connections until [`GitHub::comes_back`].
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
    fn act<T>(&self, change: impl FnOnce(&mut Hub) -> T) -> T {
        let mut hub = locked(&self.hub);
        let result = change(&mut hub);
        if let Some(endpoint) = &hub.endpoint {
            self.hooks.send_to(endpoint, &hub.options.webhook_secret);
        }
        // Handed over under the lock, so that webhooks keep the order of their causes.
        for draft in std::mem::take(&mut hub.outbox) {
            self.hooks.send(draft);
        }
        result
    }

    /// The secondary limit on content: refuses a creation beyond it, and records who went there.
    fn over_the_limit(&self, request: &Request) -> Option<Answer> {
        let creates =
            request.method == "POST" && (request.path.ends_with("/issues") || request.path.ends_with("/comments"));
        if !creates {
            return None;
        }
        let mut hub = locked(&self.hub);
        let (now, limit) = (hub.now(), hub.options.content_per_minute);
        hub.creations.retain(|at| *at > now - 60_000_000);
        if hub.creations.len() < limit {
            hub.creations.push_back(now);
            return None;
        }
        self.faults.violated(format!("more than {limit} creations in a minute: {} {}", request.method, request.path));
        Some(self.refusal(403, true).header("retry-after", 60))
    }
}

impl Site for Counter {
    fn answer(&self, request: &Request) -> Answer {
        if let Some(answer) = self.over_the_limit(request).or_else(|| self.deliveries(request)) {
            return answer;
        }
        let answer = self.act(|hub| hub.route(request));
        if request.method != "GET" || answer.status != 200 {
            return answer;
        }
        let etag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&answer.body)[..16]));
        if request.header("if-none-match") == Some(etag.as_str()) {
            return Answer::empty(304).header("etag", etag);
        }
        answer.header("etag", etag)
    }

    fn refusal(&self, status: u16, secondary: bool) -> Answer {
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
        Answer::json(status, &body)
    }

    /// GitHub's primary limit: 403, nothing left, and when the hour or minute is over; no `Retry-After`.
    fn limited(&self, _seconds: u32) -> Answer {
        let body = json!({"message": "API rate limit exceeded for installation.", "documentation_url": "https://docs.github.com/rest"});
        Answer::json(403, &body)
    }

    fn stamp(&self, answer: Answer, budget: Option<(u32, u32, i64)>) -> Answer {
        let (limit, left, reset_s) = budget.unwrap_or((5_000, 4_999, 3_600));
        let now_s = locked(&self.hub).now() / 1_000_000;
        answer
            .header("x-ratelimit-limit", limit)
            .header("x-ratelimit-remaining", left)
            .header("x-ratelimit-used", limit - left)
            .header("x-ratelimit-reset", now_s + reset_s + 1)
            .header("x-ratelimit-resource", "core")
            .header("x-github-media-type", "github.v3; format=json")
            .header("x-github-request-id", "PRAC:TICE")
    }
}

/// GitHub never delivers again by itself.
const fn never_again(_attempts: usize, _last: &Attempt, _retry_after_s: Option<u64>) -> Option<Duration> {
    None
}
