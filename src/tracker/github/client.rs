//! GitHub, signed in. What it can do is in the files beside this one, one for each noun.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::OnceCell, time::Instant};

use super::{
    classify::{failed, limited},
    rate_limit::RateLimitHeaders,
    transport::{As, Transport},
};
use crate::{
    base::secret::Secret,
    model::{
        issue::Repository,
        tracker::error::{CallFault, TrackerError},
    },
    tracker::{TrackerAbout, TrackerCredentials},
};

/// How long a GitHub without GraphQL is not asked for it again.
const GRAPHQL_AGAIN: Duration = Duration::from_mins(10);

/// GitHub, signed in.
pub(super) struct Github {
    /// What it says about itself.
    pub about: TrackerAbout,
    /// What its webhooks are signed with.
    pub webhook_secrets: Vec<Secret>,
    transport: Transport,
    /// Our login, once we have asked for it.
    login: OnceCell<String>,
    /// Until when we do not ask for GraphQL again, because it was missing.
    no_graphql_until: Mutex<Option<Instant>>,
    /// Whether GraphQL ever answered. From then on, its silence is no answer.
    graphql_spoke: AtomicBool,
}

impl Github {
    /// Prepares the client without sending anything.
    pub fn new(about: TrackerAbout, credentials: TrackerCredentials) -> Result<Self, String> {
        let transport = Transport::new(&credentials)?;
        let (login, no_graphql_until, graphql_spoke) = (OnceCell::new(), Mutex::default(), AtomicBool::new(false));
        let webhook_secrets = credentials.webhook_secrets;
        Ok(Self { about, webhook_secrets, transport, login, no_graphql_until, graphql_spoke })
    }

    /// The login under which GitHub shows what we write: a user's, or `slug[bot]` for an App (G7, our own writes change
    /// nothing). It is asked for once.
    pub async fn login(&self) -> Result<&str, TrackerError> {
        #[derive(serde::Deserialize)]
        struct Ourselves {
            login: Option<String>,
            slug: Option<String>,
        }
        let ask = async || {
            let path = if self.transport().is_app() { "/app" } else { "/user" };
            let doing = "asking who we are";
            let we: Ourselves = self.transport().get(As::Ourselves, path.to_owned(), doing).await?;
            let login = we.slug.map(|slug| format!("{slug}[bot]")).or(we.login);
            login.ok_or_else(|| TrackerError::Unclear(failed(doing, CallFault::Nameless)))
        };
        self.login.get_or_try_init(ask).await.map(String::as_str)
    }

    /// What GitHub last said about our rate limits.
    pub fn rate_limits(&self) -> RateLimitHeaders {
        self.transport.rate_limits()
    }

    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Asks GraphQL. What it does not answer in full is said so: an error beside a 200 is no answer.
    pub async fn graphql(
        &self,
        repository: &Repository,
        query: &serde_json::Value,
        doing: &'static str,
    ) -> Result<GraphAnswer, TrackerError> {
        let until = *self.no_graphql_until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_some_and(|until| Instant::now() < until) {
            return Ok(GraphAnswer::Absent);
        }
        let reply = match self.transport().graphql(repository, Some(query), doing).await {
            Ok(reply) => reply,
            Err(TrackerError::NotFound(_) | TrackerError::Unauthorized(_) | TrackerError::Invalid(_)) => {
                return self.without_graphql(repository, doing).await;
            }
            Err(error) => return Err(error),
        };
        let mut reply_body: serde_json::Value = reply.json(doing)?;
        let errors = reply_body.get("errors").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        if errors.iter().any(is_limit) {
            return Err(limited(&reply.headers, doing));
        }
        let answer = reply_body.get_mut("data").map(serde_json::Value::take).filter(serde_json::Value::is_object);
        let Some(answer) = answer else {
            // A server whose schema lacks what we ask for never answers it.
            let unknown = !errors.is_empty() && errors.iter().all(is_unknown_field);
            return Ok(if unknown && !self.graphql_spoke.load(Ordering::Relaxed) {
                GraphAnswer::Absent
            } else {
                GraphAnswer::Silent
            });
        };
        self.graphql_spoke.store(true, Ordering::Relaxed);
        Ok(GraphAnswer::Told { answer, whole: errors.is_empty() })
    }

    /// GraphQL refused, or was not found. Whether it is not there at all, a plain read of the same address says, which
    /// answers with the schema where there is one. It is not asked for again for a while.
    async fn without_graphql(&self, repository: &Repository, doing: &'static str) -> Result<GraphAnswer, TrackerError> {
        if self.graphql_spoke.load(Ordering::Relaxed) {
            return Ok(GraphAnswer::Silent);
        }
        match self.transport().graphql(repository, None, doing).await {
            Err(TrackerError::NotFound(_) | TrackerError::Unauthorized(_) | TrackerError::Invalid(_)) => {
                let until = Instant::now() + GRAPHQL_AGAIN;
                *self.no_graphql_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
                Ok(GraphAnswer::Absent)
            }
            Err(error @ TrackerError::Limited { .. }) => Err(error),
            _ => Ok(GraphAnswer::Silent),
        }
    }
}

/// What GraphQL answered.
#[derive(Debug)]
pub(super) enum GraphAnswer {
    /// This GitHub has none, or never lets us use it.
    Absent,
    /// It is there and did not answer.
    Silent,
    /// It answered, in full or in part.
    Told {
        /// The answer.
        answer: serde_json::Value,
        /// Whether nothing of it is missing.
        whole: bool,
    },
}

fn is_limit(error: &serde_json::Value) -> bool {
    let word =
        |name: &str| error.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_ascii_lowercase();
    word("type").contains("limit")
        || word("message").contains("rate limit")
        || word("message").contains("abuse detection")
}

fn is_unknown_field(error: &serde_json::Value) -> bool {
    let code = error.pointer("/extensions/code").and_then(serde_json::Value::as_str).unwrap_or_default();
    let message = error.get("message").and_then(serde_json::Value::as_str).unwrap_or_default();
    code == "undefinedField" || message.contains("doesn't exist on type")
}
