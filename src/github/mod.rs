//! GitHub: read its truth, write little, and never twice by accident.
//!
//! octocrab signs in and carries the bytes (`transport`); what they mean is read by our own lenient types, because an
//! unknown action, state or a deleted user must not stop anything. Webhooks ([`webhook`]) are hints, and the `GET` is
//! the truth (G10). Whether a fix has shipped is decided by pure code ([`shipping`]) from what the calls found (G5).
//!
//! No call is retried here: a durable job decides that by the [`Trouble`] it got.

mod check;
mod comments;
mod commits;
mod credentials;
mod deliveries;
mod deployments;
mod fixes;
mod issues;
mod meter;
mod pulls;
mod releases;
mod repositories;
mod transport;
mod trouble;
mod wire;

pub mod command;
pub mod gate;
pub mod keywords;
pub mod marker;
pub mod neutral;
pub mod section;
pub mod shipping;
pub mod webhook;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

pub use check::Finding;
pub use comments::Comment;
pub use commits::{Between, Containment};
pub use credentials::{Credentials, SignIn};
pub use fixes::{Fix, FixSet, How};
pub use issues::{Edit, Found, Issue, NewIssue};
pub use marker::Marker;
pub use meter::{Budget, Meter};
pub use pulls::PullRequest;
pub use releases::Candidate;
pub use repositories::{Permission, RepositoryFacts};
pub use trouble::{Trouble, Wait};

use crate::model::issue::Repository;
use tokio::sync::OnceCell;
use transport::{As, Transport};

/// GitHub, signed in. Cheap to clone; clones share tokens and connections.
#[derive(Clone)]
pub struct Github(Arc<Inner>);

struct Inner {
    transport: Transport,
    /// The App's id, to know our own writing again.
    app_id: Option<u64>,
    /// Our login, once it was asked for.
    login: OnceCell<String>,
    /// Set once GraphQL was not there, so that it is not asked for again.
    no_graphql: AtomicBool,
}

impl Github {
    /// Prepares the client; nothing is sent yet. Call it inside the runtime that outlives it.
    ///
    /// # Errors
    /// One sentence saying what is wrong with the credentials, the address or the machine's certificates.
    #[expect(clippy::needless_pass_by_value, reason = "whoever signs in has no further use for the key")]
    pub fn new(credentials: Credentials) -> Result<Self, String> {
        let app_id = match &credentials.kind {
            SignIn::App { id, .. } => Some(*id),
            SignIn::Token(_) => None,
        };
        let transport = Transport::new(&credentials)?;
        let (login, no_graphql) = (OnceCell::new(), AtomicBool::new(false));
        Ok(Self(Arc::new(Inner { transport, app_id, login, no_graphql })))
    }

    /// The App's id, where we act as one: what we wrote carries it (G7).
    pub fn app_id(&self) -> Option<u64> {
        self.0.app_id
    }

    /// The login under which GitHub shows what we write: a user's, or `slug[bot]` for an App (G7). Asked for once.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn login(&self) -> Result<&str, Trouble> {
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
            login.ok_or_else(|| Trouble::Unclear("GitHub does not say who we are".to_owned()))
        };
        self.0.login.get_or_try_init(ask).await.map(String::as_str)
    }

    /// What GitHub last said of our budgets.
    pub fn meter(&self) -> Meter {
        self.0.transport.meter()
    }

    fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// Asks GraphQL; `None` where this GitHub has none. Partial answers are kept, as some fields may be forbidden.
    async fn graphql(
        &self,
        repository: &Repository,
        query: &serde_json::Value,
        doing: &'static str,
    ) -> Result<Option<serde_json::Value>, Trouble> {
        if self.0.no_graphql.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match self.transport().graphql(repository, query, doing).await {
            Ok(reply) => {
                let mut answer: serde_json::Value = reply.json(doing)?;
                Ok(answer.get_mut("data").map(serde_json::Value::take).filter(serde_json::Value::is_object))
            }
            Err(Trouble::NotFound(_)) => {
                self.0.no_graphql.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }
}

impl std::fmt::Debug for Github {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Github").field("app_id", &self.0.app_id).finish_non_exhaustive()
    }
}

/// One segment of a path, encoded so that it stays one.
fn segment(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

/// A reference's path: its slashes stay, the rest is encoded; `..` cannot climb.
fn segments(text: &str) -> String {
    text.split('/').filter(|part| !matches!(*part, "" | "." | "..")).map(segment).collect::<Vec<_>>().join("/")
}
