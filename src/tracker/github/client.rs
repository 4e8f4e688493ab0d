//! GitHub, signed in. What it can do is in the files beside this one, one for each noun.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::OnceCell;

use super::{
    classify::failed,
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

/// GitHub, signed in.
pub(super) struct Github {
    /// What it says about itself.
    pub about: TrackerAbout,
    /// What its webhooks are signed with.
    pub webhook_secrets: Vec<Secret>,
    transport: Transport,
    /// Our login, once we have asked for it.
    login: OnceCell<String>,
    /// Set once GraphQL was missing, so we do not ask for it again.
    no_graphql: AtomicBool,
}

impl Github {
    /// Prepares the client without sending anything.
    pub fn new(about: TrackerAbout, credentials: TrackerCredentials) -> Result<Self, String> {
        let transport = Transport::new(&credentials)?;
        let (login, no_graphql) = (OnceCell::new(), AtomicBool::new(false));
        Ok(Self { about, webhook_secrets: credentials.webhook_secrets, transport, login, no_graphql })
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

    /// Asks GraphQL. `None` if this GitHub has none. Partial answers are kept, because some fields may be forbidden.
    pub async fn graphql(
        &self,
        repository: &Repository,
        query: &serde_json::Value,
        doing: &'static str,
    ) -> Result<Option<serde_json::Value>, TrackerError> {
        if self.no_graphql.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match self.transport().graphql(repository, query, doing).await {
            Ok(reply) => {
                let mut answer: serde_json::Value = reply.json(doing)?;
                Ok(answer.get_mut("data").map(serde_json::Value::take).filter(serde_json::Value::is_object))
            }
            Err(TrackerError::NotFound(_)) => {
                self.no_graphql.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
