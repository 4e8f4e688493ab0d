//! Authentication: the app with a JWT, its installation or a person with a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::state::{GithubActor, GithubState};
use crate::clock::seconds_text;
use crate::message::{Request, Response};

/// GitHub accepts JWTs that are valid for ten minutes. Apps usually set the issue time back by one more.
const JWT_LIFETIME_LIMIT_S: i64 = 11 * 60;

/// An authenticated caller.
pub(super) enum Caller {
    /// The app itself.
    App,
    /// A person, or the app as its installation.
    Actor(GithubActor),
}

impl GithubState {
    /// Authenticates the caller.
    ///
    /// A JWT must be well-formed RS256 with our app as issuer and an allowed lifetime. Its signature is not checked,
    /// because the simulator has no public key.
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

    /// Answers the routes that only the app may use.
    pub(super) fn app_route(&mut self, request: &Request, rest: &[&str]) -> Option<Response> {
        let ours = self.options.installation_id.to_string();
        let installed = self.registration.installed;
        Some(match (request.method.as_str(), rest) {
            ("GET", ["app"]) => Response::json(200, &self.app_json()),
            ("GET", ["app", "installations"]) => {
                let list: Vec<Value> = installed.then(|| self.installation_json()).into_iter().collect();
                Response::json(200, &json!(list))
            }
            ("GET", ["app", "installations", id]) if installed && *id == ours => {
                Response::json(200, &self.installation_json())
            }
            ("DELETE", ["app", "installations", id]) if installed && *id == ours => {
                self.registration.installed = false;
                self.emit_installation("deleted");
                Response::empty(204)
            }
            ("POST", ["app", "installations", id, "access_tokens"]) if installed && *id == ours => {
                self.create_installation_token()
            }
            ("GET", ["app", "hook", "config"]) if self.registration.has_webhook => {
                let url = self.endpoint.clone();
                let body = json!({"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": url});
                Response::json(200, &body)
            }
            ("PATCH", ["app", "hook", "config"]) if self.registration.has_webhook => {
                let body = request.json().unwrap_or_default();
                if let Some(url) = body["url"].as_str() {
                    self.endpoint = Some(url.to_owned());
                }
                if let Some(secret) = body["secret"].as_str() {
                    secret.clone_into(&mut self.options.webhook_secret);
                }
                Response::json(200, &json!({"content_type": "json", "insecure_ssl": "0", "url": self.endpoint}))
            }
            // Not found in both cases: it is not installed there, or it is and this repository was not chosen (fabro#797).
            ("GET", ["repos", owner, name, "installation"]) => {
                let full_name = format!("{owner}/{name}");
                self.repo_named(&full_name).filter(|_| self.registration.reaches(&full_name))?;
                Response::json(200, &self.installation_json())
            }
            _ => return None,
        })
    }

    fn create_installation_token(&mut self) -> Response {
        if self.suspended {
            return Response::json(403, &json!({"message": "This installation has been suspended"}));
        }
        let (token, expires_at) = self.new_installation_token();
        let body = json!({
            "token": token, "expires_at": seconds_text(expires_at), "permissions": self.registration.granted,
            "repository_selection": self.registration.selection(),
        });
        Response::json(201, &body)
    }
}
