//! A new App by its manifest: what is asked for, and the code that GitHub gives in exchange.
//!
//! <https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>. The code is good for an hour
//! and once, and the key that comes for it is never shown again.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    needs::{EVENTS, PERMISSIONS},
    path::segment,
    wire::UserWire,
};
use crate::base::{
    http::{Request, Response},
    json as answer,
    secret::Secret,
};

/// The longest name of an App (github/docs#33265).
const NAME_CHARACTERS: usize = 34;

/// What a new App is to be.
#[derive(Clone, Debug)]
pub struct WantedApp {
    /// Whose it is, for its name: an organization, or a host.
    pub whose: String,
    /// Heard's own address.
    pub home: String,
    /// Where its webhooks go; `None` where GitHub cannot reach Heard.
    pub webhook: Option<String>,
}

/// A new App.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Its number.
    pub id: u64,
    /// Its page for people.
    pub page: String,
    /// Its private key.
    pub private_key: Secret,
    /// What its webhooks are signed with.
    pub webhook_secret: Option<Secret>,
    /// The login of the account that it belongs to.
    pub owner: Option<String>,
}

/// Why there is no App for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unconverted {
    /// The code was used, or is older than an hour. GitHub does not tell the two apart.
    UsedUp,
    /// It may work in a moment: a refusal that has nothing to do with the code (go-github#3717, tuist#10804).
    Later(u16),
    /// It was used now, and what came for it is no App.
    Unreadable(String),
}

impl WantedApp {
    /// A name that is likely free: names are unique among all accounts (Dokploy#2265). A person may change it on GitHub's page.
    pub fn name(&self) -> String {
        format!("Heard for {}", self.whose).chars().take(NAME_CHARACTERS).collect::<String>().trim_end().to_owned()
    }

    /// The manifest. GitHub's browser comes back to `redirect`.
    pub fn manifest(&self, redirect: &str) -> Value {
        let permissions: serde_json::Map<String, Value> =
            PERMISSIONS.iter().map(|one| (one.name.to_owned(), json!(one.level))).collect();
        let mut manifest = json!({
            "name": self.name(),
            "url": self.home,
            "description": "Files issues for what customers report, and tells them when the fix is out.",
            "redirect_url": redirect,
            "public": false,
            "default_permissions": permissions,
        });
        // A webhook without a url is refused, also if it is not active (curia#933), and so are events without a webhook.
        if let Some(url) = &self.webhook {
            manifest["hook_attributes"] = json!({"url": url, "active": true});
            manifest["default_events"] = json!(EVENTS.iter().map(|one| one.name).collect::<Vec<_>>());
        }
        manifest
    }
}

/// Exchanges a code. It needs no credentials: the code is one.
pub fn conversion(code: &str) -> Request {
    let path = format!("/app-manifests/{}/conversions", segment(code));
    let accept = "application/vnd.github+json";
    // With a body, because a proxy before an Enterprise Server refused one without (tuist#10804).
    Request::json(Method::POST, path, &json!({})).header("accept", accept).header("x-github-api-version", "2022-11-28")
}

/// What came for a code.
///
/// # Errors
/// [`Unconverted`].
pub fn converted(response: &Response) -> Result<NewApp, Unconverted> {
    #[derive(Deserialize)]
    struct ConvertedWire {
        id: u64,
        html_url: Option<String>,
        pem: String,
        webhook_secret: Option<String>,
        owner: Option<UserWire>,
    }
    match response.status {
        200..=299 => {}
        404 | 410 | 422 => return Err(Unconverted::UsedUp),
        status => return Err(Unconverted::Later(status)),
    }
    let wire: ConvertedWire =
        answer::read(&response.body).map_err(|error| Unconverted::Unreadable(answer::why(&error)))?;
    if !wire.pem.contains("PRIVATE KEY-----") {
        return Err(Unconverted::Unreadable("there is no private key in it".to_owned()));
    }
    Ok(NewApp {
        id: wire.id,
        page: wire.html_url.unwrap_or_default(),
        private_key: Secret::new(wire.pem),
        webhook_secret: wire.webhook_secret.filter(|secret| !secret.is_empty()).map(Secret::new),
        owner: wire.owner.and_then(|owner| owner.login),
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn wanted(webhook: Option<&str>) -> WantedApp {
        WantedApp {
            whose: "the-company-with-the-longest-name".to_owned(),
            home: "https://heard.test".to_owned(),
            webhook: webhook.map(str::to_owned),
        }
    }

    fn came(status: u16, body: &str) -> Response {
        Response { status, headers: HeaderMap::new(), body: Bytes::from(body.to_owned()) }
    }

    #[test]
    fn a_manifest_asks_for_the_list_and_for_nothing_else() {
        let manifest = wanted(Some("https://heard.test/hooks/github")).manifest("http://127.0.0.1:1/made");
        assert_eq!(manifest["name"], "Heard for the-company-with-the-lon");
        assert_eq!(manifest["default_permissions"].as_object().unwrap().len(), PERMISSIONS.len());
        assert_eq!(manifest["default_events"].as_array().unwrap().len(), EVENTS.len());
        assert_eq!(manifest["hook_attributes"], json!({"url": "https://heard.test/hooks/github", "active": true}));
        assert_eq!(manifest["public"], false);
        let silent = wanted(None).manifest("http://127.0.0.1:1/made");
        assert!(silent.get("hook_attributes").is_none() && silent.get("default_events").is_none(), "{silent}");
    }

    #[test]
    fn what_comes_for_a_code_is_read() {
        let whole = r#"{"id": 7, "html_url": "https://github.test/apps/x", "pem": "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n", "webhook_secret": null}"#;
        let app = converted(&came(201, whole)).unwrap();
        assert_eq!((app.id, app.webhook_secret), (7, None));
        assert!(app.private_key.expose().contains("-----\nx\n-----"), "its lines are lines");
        assert_eq!(converted(&came(404, "{}")).unwrap_err(), Unconverted::UsedUp);
        assert_eq!(converted(&came(401, "{}")).unwrap_err(), Unconverted::Later(401));
        let keyless = converted(&came(201, r#"{"id": 7, "pem": ""}"#)).unwrap_err();
        assert!(matches!(keyless, Unconverted::Unreadable(_)), "{keyless:?}");
        assert!(matches!(converted(&came(200, "It works!")).unwrap_err(), Unconverted::Unreadable(_)));
    }
}
