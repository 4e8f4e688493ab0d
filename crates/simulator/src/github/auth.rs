//! Who is calling: an app with a JWT, an installation or a person with a token, or nobody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::hub::{Actor, Hub, permissions};
use crate::clock::seconds_text;
use crate::message::{Answer, Request};

/// GitHub accepts JWTs that live ten minutes; the issue time is usually set back one.
const JWT_LIFETIME_LIMIT_S: i64 = 11 * 60;

/// A caller who was recognised.
pub(super) enum Caller {
    /// The app itself.
    App,
    /// A person, or the app in its installation.
    Actor(Actor),
}

impl Hub {
    /// Recognises the caller.
    ///
    /// A JWT must be well-formed RS256 with our app as issuer and a lawful lifetime; its signature is not checked, for
    /// a practice site has no public key.
    pub(super) fn caller(&self, request: &Request) -> Option<Caller> {
        let (scheme, token) = request.header("authorization")?.split_once(' ')?;
        if !matches!(scheme.to_ascii_lowercase().as_str(), "bearer" | "token") {
            return None;
        }
        if token.split('.').count() == 3 {
            return self.is_our_jwt(token).then_some(Caller::App);
        }
        let grant = self.tokens.get(token)?;
        let alive = grant.expires_at.is_none_or(|expires_at| self.now() < expires_at);
        alive.then(|| Caller::Actor(grant.actor.clone()))
    }

    fn is_our_jwt(&self, token: &str) -> bool {
        let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap_or_default());
        let header: Value = parts.next().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let claims: Value = parts.next().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let signed = parts.next().is_some_and(|signature| signature.len() >= 128);
        let number = |name: &str| claims[name].as_i64();
        let app_id = claims["iss"].as_u64().or_else(|| claims["iss"].as_str().and_then(|iss| iss.parse().ok()));
        let lawful = match (number("iat"), number("exp")) {
            (Some(from), Some(until)) => from < until && until - from <= JWT_LIFETIME_LIMIT_S,
            _ => false,
        };
        header["alg"] == "RS256" && signed && lawful && app_id == Some(self.options.app_id)
    }

    /// The routes only an app may take.
    pub(super) fn app_route(&mut self, request: &Request, rest: &[&str]) -> Option<Answer> {
        let ours = self.options.installation_id.to_string();
        Some(match (request.method.as_str(), rest) {
            ("GET", ["app"]) => Answer::json(200, &self.app_json()),
            ("GET", ["app", "installations"]) => Answer::json(200, &json!([self.installation_json()])),
            ("GET", ["app", "installations", id]) if *id == ours => Answer::json(200, &self.installation_json()),
            ("POST", ["app", "installations", id, "access_tokens"]) if *id == ours => self.mint(),
            ("GET", ["app", "hook", "config"]) => {
                let url = self.endpoint.clone();
                let body = json!({"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": url});
                Answer::json(200, &body)
            }
            ("PATCH", ["app", "hook", "config"]) => {
                let body = request.json().unwrap_or_default();
                if let Some(url) = body["url"].as_str() {
                    self.endpoint = Some(url.to_owned());
                }
                Answer::json(200, &json!({"content_type": "json", "insecure_ssl": "0", "url": self.endpoint}))
            }
            ("GET", ["repos", owner, name, "installation"]) => {
                self.repo_named(&format!("{owner}/{name}"))?;
                Answer::json(200, &self.installation_json())
            }
            _ => return None,
        })
    }

    fn mint(&mut self) -> Answer {
        if self.suspended {
            return Answer::json(403, &json!({"message": "This installation has been suspended"}));
        }
        let (token, expires_at) = self.new_installation_token();
        let body = json!({
            "token": token, "expires_at": seconds_text(expires_at), "permissions": permissions(),
            "repository_selection": "all",
        });
        Answer::json(201, &body)
    }
}

/// GitHub's answer to a caller it does not recognise.
pub(super) fn bad_credentials() -> Answer {
    Answer::json(
        401,
        &json!({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}),
    )
}
