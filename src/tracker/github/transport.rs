//! octocrab as a transport: it signs in, and we read.
//!
//! Every call is made exactly once, ends within [`limits::CALL_TIMEOUT`], and its answer is read up to
//! [`limits::ANSWER_BYTES`]. It is `RetryConfig::None`, because octocrab's own retry would send one `create issue` four
//! times. Page links lose their scheme and host before they are followed: octocrab sends no credentials to an absolute
//! address, and no answer of GitHub's may choose where we connect.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use octocrab::{
    Octocrab,
    models::{AppId, InstallationId},
    service::middleware::retry::RetryConfig,
};
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::{sync::OnceCell, time::Instant};

use super::{
    broken::{SIGNING_IN, broken, is_too_long, not_installed, plain, sign_in_failed, unminted, unsent},
    classify::{classify, failed},
    page_size,
    rate_limit::RateLimitHeaders,
    redirect::{self, ApiHome},
    wire,
};
use crate::{
    base::{clock::Clock, json, limits, secret::Secret},
    model::{
        issue::Repository,
        tracker::{
            TrackerAccess,
            error::{CallFault, RetryAfter, TrackerError},
        },
    },
    tracker::TrackerCredentials,
};

/// A GitHub that we are signed in to and can reach.
pub(super) struct Transport {
    home: ApiHome,
    access: Access,
    /// Where an Enterprise Server has GraphQL; not signed in. Elsewhere it is below the API's base.
    graphql: Option<Octocrab>,
    rate_limits: Mutex<RateLimitHeaders>,
    /// GitHub told us to stay away until then.
    blocked_until: Mutex<Option<Instant>>,
}

enum Access {
    Token { crab: Octocrab, token: Secret },
    App { crab: Octocrab, installations: Mutex<HashMap<String, Arc<OnceCell<Arc<Installation>>>>> },
}

/// The App in one account, with its own octocrab. One caller mints its token while the others wait.
pub(super) struct Installation {
    /// What GitHub says the App may do there: `issues` -> `write`.
    pub permissions: HashMap<String, String>,
    crab: Octocrab,
    minting: tokio::sync::Mutex<()>,
}

/// Who a call is made as.
#[derive(Clone, Copy)]
pub(super) enum As<'r> {
    /// Whoever may act in this repository: the token, or the App's installation there.
    In(&'r Repository),
    /// The App itself, or the token.
    Ourselves,
    /// The App in one account, by the installation's number.
    Installed(u64),
}

/// A successful answer.
pub(super) struct GithubAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// One call, described.
pub(super) struct Ask<'r> {
    /// Who it is made as.
    pub by: As<'r>,
    /// The method.
    pub method: Method,
    /// Path and query below the API's base, already percent-encoded.
    pub path: String,
    /// The JSON to send.
    pub body: Option<&'r Value>,
    /// What it is for, for messages: "creating an issue".
    pub doing: &'static str,
}

#[derive(Deserialize)]
struct InstallationWire {
    id: u64,
    #[serde(default)]
    permissions: HashMap<String, String>,
}

/// How much is read of one list. Anybody may write long texts: whoever writes more of them than this shortens what is read, and not how
/// long a look takes. A look at an issue reads three lists within [`limits::JOB_TIMEOUT`].
const LIST_BYTES: usize = 2 * limits::ANSWER_BYTES;

/// A list as far as it was read.
struct ReadList<T> {
    all: Vec<T>,
    /// Whether it was read to its end, or to where that was enough.
    to_the_end: bool,
    /// How many elements could not be read.
    left_out: usize,
}

impl Transport {
    pub fn new(credentials: &TrackerCredentials) -> Result<Self, String> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err("the GitHub client must be made inside the runtime that outlives it".to_owned());
        }
        let api = credentials.api_url.as_str();
        let no_start = |error: octocrab::Error| format!("the GitHub client could not start: {}", plain(&error));
        let prepared = |base: &str| {
            let builder = Octocrab::builder().base_uri(base).map_err(|_| format!("{api:?} cannot be GitHub's API"))?;
            Ok::<_, String>(
                builder
                    .add_retry_config(RetryConfig::None)
                    .set_connect_timeout(Some(limits::CONNECT_TIMEOUT))
                    .set_read_timeout(Some(limits::CALL_TIMEOUT))
                    .set_write_timeout(Some(limits::CALL_TIMEOUT)),
            )
        };
        let builder = prepared(api)?;
        let access = match &credentials.access {
            TrackerAccess::Token(token) => {
                let crab = builder.personal_token(token.expose().to_owned()).build().map_err(no_start)?;
                Access::Token { crab, token: token.clone() }
            }
            TrackerAccess::App { id, private_key } => {
                let builder = builder
                    .app_from_rsa_pem(AppId(*id), private_key.expose())
                    .map_err(|_| "the GitHub App's private key is no RSA key in PEM form".to_owned())?;
                Access::App { crab: builder.build().map_err(no_start)?, installations: Mutex::default() }
            }
        };
        let graphql = match api.strip_suffix("/v3") {
            Some(base) => Some(prepared(base)?.build().map_err(no_start)?),
            None => None,
        };
        let home = ApiHome::new(api)?;
        Ok(Self { home, access, graphql, rate_limits: Mutex::default(), blocked_until: Mutex::default() })
    }

    /// Whether we act as an App.
    pub fn is_app(&self) -> bool {
        matches!(self.access, Access::App { .. })
    }

    /// What GitHub last said of our rate limits.
    pub fn rate_limits(&self) -> RateLimitHeaders {
        self.rate_limits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes the call once. Any status except 2xx is an error. Signing in and the call share one time limit.
    pub async fn call(&self, ask: Ask<'_>) -> Result<GithubAnswer, TrackerError> {
        self.admit(ask.doing)?;
        let (deadline, by, doing) = (Instant::now() + limits::CALL_TIMEOUT, ask.by, ask.doing);
        let signed = self.signed(by, deadline).await?;
        let answer = self.read_on(signed.octocrab(), ask, deadline).await;
        self.read_status(by, answer, doing)
    }

    /// The call's answer, after the redirects that may be followed.
    async fn read_on(
        &self,
        crab: &Octocrab,
        mut ask: Ask<'_>,
        deadline: Instant,
    ) -> Result<GithubAnswer, TrackerError> {
        let mut answer = exchange(crab, &ask, deadline).await?;
        for _ in 0..redirect::AT_MOST {
            let Some(path) = self.home.onward(&ask.method, answer.status, &answer.headers) else { break };
            ask.path = path;
            answer = exchange(crab, &ask, deadline).await?;
        }
        Ok(answer)
    }

    /// Asks GraphQL, as whoever may act in the repository. Without a query it only reads whether there is one.
    pub async fn graphql(
        &self,
        repository: &Repository,
        query: Option<&Value>,
        doing: &'static str,
    ) -> Result<GithubAnswer, TrackerError> {
        let by = As::In(repository);
        let method = if query.is_some() { Method::POST } else { Method::GET };
        let ask = Ask { by, method, path: "/graphql".to_owned(), body: query, doing };
        let Some(elsewhere) = &self.graphql else { return self.call(ask).await };
        self.admit(doing)?;
        let deadline = Instant::now() + limits::CALL_TIMEOUT;
        let token = match (self.signed(by, deadline).await?, &self.access) {
            (Signed::Installed(installation), _) => installation.crab.installation_token().await.map_err(unminted)?,
            (Signed::Plain(_), Access::Token { token, .. }) => SecretString::from(token.expose().to_owned()),
            (Signed::Plain(_), Access::App { .. }) => return Err(not_installed(repository)),
        };
        let crab = elsewhere.user_access_token(token).map_err(|error| sign_in_failed(&error))?;
        let answer = exchange(&crab, &ask, deadline).await;
        self.read_status(by, answer, doing)
    }

    /// Refuses to send anything until the wait is over that GitHub asked of one of our calls. GitHub limits us as a
    /// whole, and bans clients that go on regardless.
    fn admit(&self, doing: &'static str) -> Result<(), TrackerError> {
        let blocked_until = *self.blocked_until.lock().unwrap_or_else(PoisonError::into_inner);
        match blocked_until.map(|until| until.saturating_duration_since(Instant::now())) {
            Some(left) if !left.is_zero() => Err(TrackerError::Limited {
                retry_after: RetryAfter::In(left),
                call: failed(doing, CallFault::Blocked),
            }),
            _ => Ok(()),
        }
    }

    fn block(&self, retry_after: RetryAfter) {
        let now = Clock::system().now();
        let until = Instant::now() + retry_after.due(now).since(now);
        let mut blocked_until = self.blocked_until.lock().unwrap_or_else(PoisonError::into_inner);
        *blocked_until = Some(blocked_until.map_or(until, |before| before.max(until)));
    }

    async fn signed(&self, by: As<'_>, deadline: Instant) -> Result<Signed<'_>, TrackerError> {
        match (by, &self.access) {
            (_, Access::Token { crab, .. }) | (As::Ourselves, Access::App { crab, .. }) => Ok(Signed::Plain(crab)),
            (As::Installed(id), Access::App { crab, .. }) => {
                let crab = crab.installation(InstallationId(id)).map_err(|error| sign_in_failed(&error))?;
                let (permissions, minting) = (HashMap::new(), tokio::sync::Mutex::default());
                Ok(Signed::Installed(Arc::new(Installation { permissions, crab, minting })))
            }
            (As::In(repository), Access::App { .. }) => tokio::time::timeout_at(deadline, self.sign_in(repository))
                .await
                .unwrap_or_else(|_| Err(TrackerError::NotSent(failed(SIGNING_IN, CallFault::SignInTimedOut)))),
        }
    }

    /// Reads the status and the rate limits, and forgets a sign-in that was refused: what the App may do, or where it
    /// is installed, may have changed since.
    fn read_status(
        &self,
        by: As<'_>,
        answer: Result<GithubAnswer, TrackerError>,
        doing: &'static str,
    ) -> Result<GithubAnswer, TrackerError> {
        let result = answer.and_then(|reply| {
            self.rate_limits.lock().unwrap_or_else(PoisonError::into_inner).read(&reply.headers);
            if reply.status.is_success() {
                return Ok(reply);
            }
            if reply.status == StatusCode::SERVICE_UNAVAILABLE
                && let Some(seconds) =
                    reply.headers.get("retry-after").and_then(|after| after.to_str().ok()?.parse().ok())
            {
                // Whether this call did anything is unclear. But it is clear that no other call may be sent.
                self.block(RetryAfter::In(Duration::from_secs(seconds)));
            }
            Err(classify(doing, reply.status, &reply.headers, &reply.body))
        });
        if let Err(TrackerError::Limited { retry_after, .. }) = &result {
            self.block(*retry_after);
        }
        if let (Err(TrackerError::Unauthorized(_)), As::In(repository)) = (&result, by) {
            self.forget(repository);
        }
        result
    }

    /// A decoded `GET`.
    pub async fn get<T: DeserializeOwned>(
        &self,
        by: As<'_>,
        path: String,
        doing: &'static str,
    ) -> Result<T, TrackerError> {
        self.call(Ask { by, method: Method::GET, path, body: None, doing }).await?.json(doing)
    }

    /// The pages of a list, until `enough` says so or `pages` of them are read.
    ///
    /// An element that cannot be read is logged and left out. The second value says whether the list was read to its
    /// end or to where `enough` stopped it, whatever was left out. No more is read than [`LIST_BYTES`].
    pub async fn list<T: DeserializeOwned>(
        &self,
        by: As<'_>,
        path: String,
        pages: usize,
        doing: &'static str,
        enough: impl FnMut(&[T]) -> bool + Send,
    ) -> Result<(Vec<T>, bool), TrackerError> {
        let listed = self.read_list(by, path, pages, doing, enough, Some).await?;
        Ok((listed.all, listed.to_the_end))
    }

    /// The same, where what was left out may be what we look for: the second value says whether everything was read. Of each element
    /// only what `keep` makes of it is kept, because a page may hold many megabytes of text.
    pub async fn list_whole<T: DeserializeOwned, K>(
        &self,
        by: As<'_>,
        path: String,
        pages: usize,
        doing: &'static str,
        enough: impl FnMut(&[T]) -> bool + Send,
        keep: impl FnMut(T) -> Option<K> + Send,
    ) -> Result<(Vec<K>, bool), TrackerError> {
        let listed = self.read_list(by, path, pages, doing, enough, keep).await?;
        Ok((listed.all, listed.to_the_end && listed.left_out == 0))
    }

    async fn read_list<T: DeserializeOwned, K>(
        &self,
        by: As<'_>,
        path: String,
        pages: usize,
        doing: &'static str,
        mut enough: impl FnMut(&[T]) -> bool + Send,
        mut keep: impl FnMut(T) -> Option<K> + Send,
    ) -> Result<ReadList<K>, TrackerError> {
        let (mut all, mut left_out) = (Vec::new(), 0);
        let (mut path, mut left, mut bytes, mut parted) = (path, pages, 0, false);
        while left > 0 && bytes < LIST_BYTES {
            left -= 1;
            let read = self.call(Ask { by, method: Method::GET, path: path.clone(), body: None, doing }).await;
            let reply = match read {
                Err(error) if is_too_long(&error) => {
                    // Anybody may write texts of a quarter of a megabyte, a hundred of which are a page.
                    let Some(shorter) = page_size::shorter(&path) else { return Err(error) };
                    path = shorter;
                    parted = true;
                    bytes += limits::ANSWER_BYTES;
                    left += page_size::PARTS;
                    continue;
                }
                read => read?,
            };
            bytes += reply.body.len();
            let page: Vec<Value> = reply.json(doing)?;
            let shown = page.len();
            let page: Vec<T> = page.into_iter().filter_map(|element| wire::readable(element, doing)).collect();
            left_out += shown - page.len();
            let stop = enough(&page);
            all.extend(page.into_iter().filter_map(&mut keep));
            match self.home.next_page(&reply.headers) {
                Some(next) if !stop => path = if parted { page_size::onward(next) } else { next },
                _ => return Ok(ReadList { all, to_the_end: true, left_out }),
            }
        }
        Ok(ReadList { all, to_the_end: false, left_out })
    }

    async fn sign_in(&self, repository: &Repository) -> Result<Signed<'_>, TrackerError> {
        let installation = self.installation(repository).await?;
        let minted = {
            let _one_at_a_time = installation.minting.lock().await;
            installation.crab.installation_token().await
        };
        match minted {
            Ok(_) => Ok(Signed::Installed(installation)),
            Err(error) => {
                self.forget(repository);
                Err(match unminted(error) {
                    TrackerError::NotFound(_) => not_installed(repository),
                    error => error,
                })
            }
        }
    }

    /// The App's installation that holds the repository, looked up once.
    pub async fn installation(&self, repository: &Repository) -> Result<Arc<Installation>, TrackerError> {
        let Access::App { crab, installations } = &self.access else {
            return Err(not_installed(repository));
        };
        let cell = {
            let mut known = installations.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(repository.as_str().to_ascii_lowercase()).or_default().clone()
        };
        let found = cell.get_or_try_init(|| self.look_up(crab, repository)).await?;
        Ok(found.clone())
    }

    async fn look_up(&self, crab: &Octocrab, repository: &Repository) -> Result<Arc<Installation>, TrackerError> {
        let doing = "looking for the App's installation";
        let ask = Ask {
            by: As::Ourselves,
            method: Method::GET,
            path: format!("/repos/{repository}/installation"),
            body: None,
            doing,
        };
        let deadline = Instant::now() + limits::CALL_TIMEOUT;
        let reply = match exchange(crab, &ask, deadline).await.map_err(unsent)? {
            reply if reply.status.is_success() => reply,
            reply if reply.status == StatusCode::NOT_FOUND => return Err(not_installed(repository)),
            reply => return Err(unsent(classify(doing, reply.status, &reply.headers, &reply.body))),
        };
        let wire: InstallationWire = reply.json(doing)?;
        let own = crab.installation(InstallationId(wire.id)).map_err(|error| sign_in_failed(&error))?;
        let minting = tokio::sync::Mutex::default();
        Ok(Arc::new(Installation { permissions: wire.permissions, crab: own, minting }))
    }

    fn forget(&self, repository: &Repository) {
        if let Access::App { installations, .. } = &self.access {
            let mut known = installations.lock().unwrap_or_else(PoisonError::into_inner);
            known.remove(&repository.as_str().to_ascii_lowercase());
        }
    }
}

enum Signed<'t> {
    Plain(&'t Octocrab),
    Installed(Arc<Installation>),
}

impl Signed<'_> {
    fn octocrab(&self) -> &Octocrab {
        match self {
            Self::Plain(crab) => crab,
            Self::Installed(installation) => &installation.crab,
        }
    }
}

impl GithubAnswer {
    /// Decodes the body. If it cannot be read, the call may still have been carried out, so that is
    /// [`TrackerError::Unclear`].
    pub fn json<T: DeserializeOwned>(&self, doing: &'static str) -> Result<T, TrackerError> {
        json::read(&self.body)
            .map_err(|error| TrackerError::Unclear(failed(doing, CallFault::Unreadable(json::why(&error)))))
    }
}

async fn exchange(crab: &Octocrab, ask: &Ask<'_>, deadline: Instant) -> Result<GithubAnswer, TrackerError> {
    let doing = ask.doing;
    let request = http::request::Builder::new().method(&ask.method).uri(&ask.path).header("accept", "application/json");
    let request = crab
        .build_request(request, ask.body)
        .map_err(|error| TrackerError::NotSent(failed(doing, CallFault::Unbuildable(plain(&error)))))?;
    let whole = async {
        let answer = crab.execute(request).await.map_err(|error| broken(doing, error))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, limits::ANSWER_BYTES).collect().await.map_err(|error| {
            let fault = if error.is::<LengthLimitError>() { CallFault::TooLong } else { CallFault::CutOff };
            TrackerError::Unclear(failed(doing, fault))
        })?;
        Ok(GithubAnswer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    };
    tokio::time::timeout_at(deadline, whole)
        .await
        .unwrap_or_else(|_| Err(TrackerError::Unclear(failed(doing, CallFault::TimedOut))))
}
