//! The one client for outgoing HTTP.
//!
//! A call gives a path. The host is from the settings, and nothing in a payload can change it. Redirects are not followed,
//! answers are read up to a limit, and every failure says whether the other side may have seen the request. That decides
//! whether to try again or to look first (G3, one open issue per topic; G4, one update per customer and milestone).

use std::{borrow::Cow, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use super::{limits, secret::Secret, unreached::Unreached};

/// Scheme, host, port and base path of the other side, from the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(Url);

impl Origin {
    /// Reads an `http` or `https` URL with a host and without user, query or fragment.
    ///
    /// # Errors
    /// One sentence that says what is wrong with the URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let url = Url::parse(text).map_err(|error| with_scheme(text, &format!("is not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(with_scheme(text, "must start with https:// (or http://) and name a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a URL must not carry a user or password; use the settings for them".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("{text:?} must not carry a query or a fragment"));
        }
        Ok(Self(url))
    }

    /// The URL without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The host, for messages to people.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether it is this machine.
    pub fn is_on_this_machine(&self) -> bool {
        is_on_this_machine(&self.0)
    }

    /// Whether others on the way can read what is sent there.
    pub fn is_readable_on_the_way(&self) -> bool {
        self.0.scheme() != "https" && !self.is_on_this_machine()
    }

    fn join(&self, path: &str) -> Result<Url, CallError> {
        let url = Url::parse(&format!("{}/{}", self.as_str(), path.trim_start_matches('/')))
            .map_err(|error| CallError::NotSent(format!("the path {path:?} is no path: {error}")))?;
        if url.origin() == self.0.origin() {
            Ok(url)
        } else {
            Err(CallError::NotSent(format!("{path:?} leaves {}", self.host())))
        }
    }
}

/// What is wrong with an address, and the one that was meant where only the scheme lacks.
fn with_scheme(text: &str, why: &str) -> String {
    let lacks_it = !text.contains("://") && !text.contains('@');
    let meant = Url::parse(&format!("https://{text}")).ok().filter(|_| lacks_it);
    match meant.filter(|url| is_on_this_machine(url) || url.host_str().is_some_and(|host| host.contains('.'))) {
        Some(url) if is_on_this_machine(&url) => format!("{text:?} lacks its beginning: write http://{text}"),
        Some(_) => format!("{text:?} lacks its beginning: write https://{text}"),
        None => format!("{text:?} {why}"),
    }
}

/// Whether a URL leads to this machine.
pub fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A request as a value.
#[derive(Clone, Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Path and query below the [`Origin`], already percent-encoded.
    pub path: String,
    /// Headers that may be logged.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The header with the credential: its name and its value.
    pub credential: Option<(Cow<'static, str>, Secret)>,
    /// The content type and the body.
    pub body: Option<(&'static str, Bytes)>,
}

impl Request {
    /// A `GET` of `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), headers: Vec::new(), credential: None, body: None }
    }

    /// A request with a JSON body.
    pub fn json(method: Method, path: impl Into<String>, body: &serde_json::Value) -> Self {
        let body = Bytes::from(body.to_string());
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            credential: None,
            body: Some(("application/json", body)),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the header with the credential, which is never logged.
    #[must_use]
    pub fn credential(mut self, name: impl Into<Cow<'static, str>>, value: Secret) -> Self {
        self.credential = Some((name.into(), value));
        self
    }
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Response {
    /// A header's value, if it is valid text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The seconds of `Retry-After`. Its date form gives `None`; none of our vendors use it.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds: u64 = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds.min(24 * 60 * 60)))
    }
}

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request was never sent. It can simply be tried again.
    #[error("{0}")]
    NotSent(String),
    /// The other side may have received the request and done it. Look before trying again.
    #[error("{0}")]
    Unclear(String),
    /// The same, because its answer is longer than we read.
    #[error("{0}")]
    TooLong(String),
}

/// Sends requests. It is cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Outgoing {
    client: reqwest::Client,
}

impl Outgoing {
    /// A client with our timeouts, without redirects and cookies.
    ///
    /// # Errors
    /// If the system's TLS roots cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes an HTTP client")]
    pub fn new() -> Result<Self, String> {
        reqwest::Client::builder()
            .connect_timeout(limits::CONNECT_TIMEOUT)
            .timeout(limits::CALL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("heard/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(|client| Self { client })
            .map_err(|error| format!("the HTTP client could not start: {error}"))
    }

    /// Sends a request to `origin` and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`CallError`], by whether the request may have arrived.
    pub async fn send(&self, origin: &Origin, request: Request) -> Result<Response, CallError> {
        let url = origin.join(&request.path)?;
        let mut built = self.client.request(request.method, url);
        for (name, value) in request.headers {
            built = built.header(&*name, value);
        }
        if let Some((name, secret)) = request.credential {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| CallError::NotSent(format!("{name:?} is no header's name")))?;
            let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| {
                CallError::NotSent(format!("the credential for {name} holds characters a header cannot"))
            })?;
            value.set_sensitive(true);
            built = built.header(name, value);
        }
        if let Some((kind, body)) = request.body {
            built = built.header("content-type", kind).body(body);
        }
        let answer = built.send().await.map_err(|error| failure(origin, &error))?;
        read(origin, answer).await
    }
}

async fn read(origin: &Origin, mut answer: reqwest::Response) -> Result<Response, CallError> {
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failure(origin, &error))? {
        if body.len() + chunk.len() > limits::ANSWER_BYTES {
            return Err(CallError::TooLong(format!("{} answered with more than we read", origin.host())));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body: body.freeze() })
}

/// What failed, without the URL, because its query may contain something that must not be logged.
fn failure(origin: &Origin, error: &reqwest::Error) -> CallError {
    let host = origin.host();
    if error.is_connect() {
        let timed_out = error.is_timeout().then_some(Unreached::TimedOut);
        CallError::NotSent(format!(
            "{host} could not be reached: {}",
            Unreached::of(error).or(timed_out).unwrap_or(Unreached::Other)
        ))
    } else if error.is_builder() {
        CallError::NotSent(format!("the request to {host} could not be built"))
    } else if error.is_timeout() {
        CallError::Unclear(format!("{host} did not answer in time"))
    } else {
        CallError::Unclear(format!("{host} broke the connection"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_leave_its_origin() {
        let origin = Origin::parse("https://acme.zendesk.com/").unwrap();
        assert_eq!(origin.join("/api/v2/users/me").unwrap().as_str(), "https://acme.zendesk.com/api/v2/users/me");
        for path in ["//evil.test/x", "@evil.test/", ":443@evil.test/", "\\\\evil.test"] {
            if let Ok(url) = origin.join(path) {
                assert_eq!(url.host_str(), Some("acme.zendesk.com"), "{path}");
            }
        }
    }

    #[test]
    fn a_url_with_a_password_is_refused() {
        assert!(Origin::parse("https://user:pass@acme.test").is_err());
        assert!(Origin::parse("ftp://acme.test").is_err());
        assert!(Origin::parse("acme.test").is_err());
    }

    #[test]
    fn an_address_without_its_scheme_is_answered_with_the_whole_one() {
        for (given, whole) in [
            ("acme.zendesk.com", "https://acme.zendesk.com"),
            ("heard.example.com:8443", "https://heard.example.com:8443"),
            ("localhost:8080", "http://localhost:8080"),
        ] {
            let wrong = Origin::parse(given).unwrap_err();
            assert_eq!(wrong, format!("{given:?} lacks its beginning: write {whole}"));
        }
        for given in ["ftp://acme.test", "mailto:ada@acme.test", "acme", ""] {
            let wrong = Origin::parse(given).unwrap_err();
            assert!(!wrong.contains("lacks its beginning"), "{wrong}");
        }
    }
}
