//! A client for the API of a running Heard.

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{
    base::{
        http::{Origin, Outgoing, Request},
        secret::Secret,
    },
    settings::ServerReach,
};

/// What the service answers to an admin token that is not its own.
const UNAUTHORIZED: u16 = 401;

/// Which Heard to ask.
#[derive(Debug, Args)]
pub struct ServerAddress {
    /// Where Heard runs [default: the public address of the settings]
    #[arg(long, value_name = "URL", value_parser = Origin::parse)]
    server: Option<Origin>,
}

/// The API of a running Heard.
pub struct Api {
    outgoing: Outgoing,
    origin: Origin,
    token: Secret,
}

impl ServerAddress {
    /// The API, with the admin token from the settings.
    pub fn api(&self, reach: &ServerReach) -> anyhow::Result<Api> {
        let token = reach.admin_token.clone().context(
            "admin_token is not set: put the token that `heard serve` printed at its first start into HEARD_ADMIN_TOKEN, or name another one in the \
             settings and restart Heard",
        )?;
        let origin = self.server.clone().unwrap_or_else(|| reach.public_url.clone());
        Api::new(origin, token)
    }
}

impl Api {
    /// The API of the Heard at `origin`.
    pub fn new(origin: Origin, token: Secret) -> anyhow::Result<Self> {
        Ok(Self { outgoing: Outgoing::new().map_err(|error| anyhow!(error))?, origin, token })
    }

    /// Gets `path` below `/api/v1/`.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Request::get(format!("api/v1/{path}"))).await
    }

    /// Posts to `path` below `/api/v1/`.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Request::json(Method::POST, format!("api/v1/{path}"), body)).await
    }

    /// Deletes `path` below `/api/v1/`.
    pub async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        let mut request = Request::get(format!("api/v1/{path}"));
        request.method = Method::DELETE;
        self.send(request).await
    }

    /// The id of a customer who is named by it, or by an address that only they have.
    pub async fn customer(&self, named: &str) -> anyhow::Result<String> {
        if !named.contains('@') {
            return Ok(named.to_owned());
        }
        let found = self.get(&format!("customers?email={}", encoded(named))).await?;
        let ids: Vec<&str> =
            found["customers"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str()).collect();
        match ids[..] {
            [id] => Ok(id.to_owned()),
            [] => bail!("Heard knows no customer with the address {named}"),
            _ => bail!("{} customers have the address {named}: name one by its id, {}", ids.len(), ids.join(", ")),
        }
    }

    /// Patches `path` below `/api/v1/`.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Request::json(Method::PATCH, format!("api/v1/{path}"), body)).await
    }

    async fn send(&self, request: Request) -> anyhow::Result<Value> {
        let bearer = Secret::new(format!("Bearer {}", self.token.expose()));
        let request = request.credential("authorization", bearer);
        let answer = self.outgoing.send(&self.origin, request).await;
        let answer = answer.with_context(|| format!("heard serve does not answer at {}", self.origin.as_str()))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if (200..300).contains(&answer.status) {
            return Ok(body);
        }
        if answer.status == UNAUTHORIZED {
            bail!("the running Heard refused the admin token of these settings; if you changed it, restart Heard");
        }
        match body["detail"].as_str().or_else(|| body["title"].as_str()) {
            Some(problem) => bail!("{problem}"),
            None => bail!("{} answered {}", self.origin.as_str(), answer.status),
        }
    }
}

/// Encodes a part of a path or a query, so that it stays one part.
pub fn encoded(part: &str) -> String {
    utf8_percent_encode(part, NON_ALPHANUMERIC).to_string()
}
