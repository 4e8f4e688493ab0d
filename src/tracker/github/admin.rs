//! The calls by which `heard connect github` looks, makes, mends and takes away. Each is made once.

use std::collections::HashMap;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client::Github,
    connect::{AppInstallation, AppWebhook, RegisteredApp, RepositoryWebhook},
    path::segment,
    transport::{As, Ask},
    webhook,
    wire::UserWire,
};
use crate::{
    base::{http::Request, secret::Secret},
    model::{
        issue::Repository,
        tracker::{RepositoryFacts, error::TrackerError},
    },
    tracker::TrackerCredentials,
};

/// How many pages of a hundred are read of a list.
const PAGES: usize = 10;

/// GitHub, for whoever sets Heard up.
pub struct GithubAdmin {
    github: Github,
}

#[derive(Deserialize)]
struct RegisteredWire {
    slug: Option<String>,
    name: Option<String>,
    html_url: Option<String>,
    owner: Option<UserWire>,
    #[serde(default)]
    permissions: HashMap<String, String>,
    #[serde(default)]
    events: Vec<String>,
}

#[derive(Deserialize)]
struct InstalledWire {
    id: u64,
    account: Option<UserWire>,
    html_url: Option<String>,
    suspended_at: Option<String>,
    #[serde(default)]
    permissions: HashMap<String, String>,
    #[serde(default)]
    events: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigWire {
    url: Option<String>,
    content_type: Option<String>,
    insecure_ssl: Option<Value>,
    secret: Option<String>,
}

#[derive(Deserialize)]
struct WebhookWire {
    id: u64,
    active: Option<bool>,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    config: ConfigWire,
}

#[derive(Deserialize)]
struct ReachedWire {
    #[serde(default)]
    repositories: Vec<NameWire>,
}

#[derive(Deserialize)]
struct NameWire {
    full_name: Option<String>,
}

impl From<InstalledWire> for AppInstallation {
    fn from(wire: InstalledWire) -> Self {
        Self {
            id: wire.id,
            account: wire.account.and_then(|account| account.login).unwrap_or_default(),
            page: wire.html_url.unwrap_or_default(),
            is_suspended: wire.suspended_at.is_some(),
            permissions: wire.permissions,
            events: wire.events,
        }
    }
}

impl GithubAdmin {
    /// Prepares GitHub without sending anything. Call it inside the runtime that outlives it.
    ///
    /// # Errors
    /// One sentence saying what is wrong with the credentials or the address.
    pub fn new(credentials: TrackerCredentials) -> Result<Self, String> {
        Ok(Self { github: Github::new(super::ABOUT, credentials)? })
    }

    /// The login under which we act.
    pub async fn login(&self) -> Result<String, TrackerError> {
        self.github.login().await.map(str::to_owned)
    }

    /// The App.
    pub async fn app(&self) -> Result<RegisteredApp, TrackerError> {
        let wire: RegisteredWire = self.read(As::Ourselves, "/app", "reading the App").await?;
        let owner = wire.owner.unwrap_or_default();
        let of_an_organization = owner.kind.as_deref() == Some("Organization");
        let slug = wire.slug.unwrap_or_default();
        Ok(RegisteredApp {
            name: wire.name.unwrap_or_else(|| slug.clone()),
            slug,
            page: wire.html_url.unwrap_or_default(),
            organization: owner.login.filter(|_| of_an_organization),
            permissions: wire.permissions,
            events: wire.events,
        })
    }

    /// Where the App is installed.
    pub async fn installations(&self) -> Result<Vec<AppInstallation>, TrackerError> {
        let path = "/app/installations?per_page=100".to_owned();
        let doing = "reading where the App is installed";
        let (found, _) =
            self.github.transport().list::<InstalledWire>(As::Ourselves, path, PAGES, doing, |_| false).await?;
        Ok(found.into_iter().map(AppInstallation::from).collect())
    }

    /// The installation that reaches a repository. GitHub does not tell one that does not from none at all (fabro#797).
    pub async fn installation_in(&self, repository: &Repository) -> Result<Option<AppInstallation>, TrackerError> {
        let path = format!("/repos/{repository}/installation");
        match self.read::<InstalledWire>(As::Ourselves, &path, "looking for the App's installation").await {
            Ok(wire) => Ok(Some(wire.into())),
            Err(TrackerError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The repositories that an installation reaches.
    pub async fn reached(&self, installation: u64) -> Result<Vec<Repository>, TrackerError> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let path = format!("/installation/repositories?per_page=100&page={page}");
            let doing = "reading which repositories the App reaches";
            let wire: ReachedWire = self.read(As::Installed(installation), &path, doing).await?;
            let count = wire.repositories.len();
            let names = wire.repositories.into_iter().filter_map(|one| Repository::parse(&one.full_name?));
            all.extend(names);
            if count < 100 {
                break;
            }
        }
        Ok(all)
    }

    /// The repositories that a token sees, those that changed last first, and no more than this many. It is a help to find a slip, and no
    /// proof: for some tokens GitHub leaves repositories out (github/docs#7981).
    pub async fn seen(&self, most: usize) -> Result<Vec<Repository>, TrackerError> {
        let path = format!("/user/repos?sort=pushed&per_page={most}");
        let doing = "reading which repositories the token sees";
        let found: Vec<NameWire> = self.read(As::Ourselves, &path, doing).await?;
        Ok(found.into_iter().filter_map(|one| Repository::parse(&one.full_name?)).collect())
    }

    /// The App's webhook, if it has one.
    pub async fn webhook(&self) -> Result<Option<AppWebhook>, TrackerError> {
        match self.read::<ConfigWire>(As::Ourselves, "/app/hook/config", "reading the App's webhook").await {
            Ok(wire) => Ok(wire
                .url
                .filter(|url| !url.is_empty())
                .map(|url| AppWebhook { url, sends_json: wire.content_type.as_deref() == Some("json") })),
            Err(TrackerError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lets the App's webhook send JSON to this address, signed with this secret.
    pub async fn change_webhook(&self, url: &str, secret: &Secret) -> Result<(), TrackerError> {
        let config = json!({"url": url, "content_type": "json", "insecure_ssl": "0", "secret": secret.expose()});
        let doing = "changing the App's webhook";
        self.write(Method::PATCH, "/app/hook/config".to_owned(), Some(&config), doing).await
    }

    /// Takes the App out of an account. What is gone already is fine.
    pub async fn remove_installation(&self, id: u64) -> Result<(), TrackerError> {
        let path = format!("/app/installations/{id}");
        gone(self.write(Method::DELETE, path, None, "removing an installation").await)
    }

    /// The repository under its present name.
    pub async fn repository(&self, name: &Repository) -> Result<RepositoryFacts, TrackerError> {
        self.github.read_repository(name).await
    }

    /// A repository's webhooks; `None` where we may not see them, which GitHub says with 403 or with 404 (octokit.js#155).
    pub async fn webhooks_of(&self, repository: &Repository) -> Result<Option<Vec<RepositoryWebhook>>, TrackerError> {
        let path = format!("/repos/{repository}/hooks?per_page=100");
        let doing = "reading the repository's webhooks";
        let listed =
            self.github.transport().list::<WebhookWire>(As::In(repository), path, PAGES, doing, |_| false).await;
        match listed {
            Ok((found, _)) => Ok(Some(found.into_iter().map(RepositoryWebhook::from).collect())),
            Err(TrackerError::NotFound(_) | TrackerError::Unauthorized(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a webhook of a repository. `false` where we may not.
    pub async fn make_webhook_of(&self, repository: &Repository, body: &Value) -> Result<bool, TrackerError> {
        let path = format!("/repos/{repository}/hooks");
        match self.write(Method::POST, path, Some(body), "making the repository's webhook").await {
            Ok(()) => Ok(true),
            Err(TrackerError::NotFound(_) | TrackerError::Unauthorized(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Changes a webhook of a repository. What `config` does not say is gone from it (looper#647).
    pub async fn change_webhook_of(&self, repository: &Repository, id: u64, body: &Value) -> Result<(), TrackerError> {
        let path = format!("/repos/{repository}/hooks/{id}");
        self.write(Method::PATCH, path, Some(body), "changing the repository's webhook").await
    }

    /// Deletes a webhook of a repository. What is gone already is fine.
    pub async fn delete_webhook_of(&self, repository: &Repository, id: u64) -> Result<(), TrackerError> {
        let path = format!("/repos/{repository}/hooks/{id}");
        gone(self.write(Method::DELETE, path, None, "deleting the repository's webhook").await)
    }

    async fn read<T: serde::de::DeserializeOwned>(
        &self,
        by: As<'_>,
        path: &str,
        doing: &'static str,
    ) -> Result<T, TrackerError> {
        self.github.transport().get(by, path.to_owned(), doing).await
    }

    async fn write(
        &self,
        method: Method,
        path: String,
        body: Option<&Value>,
        doing: &'static str,
    ) -> Result<(), TrackerError> {
        self.github.transport().call(Ask { by: As::Ourselves, method, path, body, doing }).await.map(|_| ())
    }
}

impl From<WebhookWire> for RepositoryWebhook {
    fn from(wire: WebhookWire) -> Self {
        let unchecked = wire.config.insecure_ssl.is_some_and(|flag| flag == json!("1") || flag == json!(1));
        Self {
            id: wire.id,
            url: wire.config.url.unwrap_or_default(),
            is_active: wire.active != Some(false),
            sends_json: wire.config.content_type.as_deref() == Some("json"),
            checks_certificates: !unchecked,
            is_signed: wire.config.secret.is_some_and(|secret| !secret.is_empty()),
            events: wire.events,
        }
    }
}

fn gone(result: Result<(), TrackerError>) -> Result<(), TrackerError> {
    match result {
        Err(TrackerError::NotFound(_)) => Ok(()),
        result => result,
    }
}

/// What GitHub sends when a webhook is new, signed: Heard takes it, and nothing follows from it.
pub fn test_delivery(secret: &Secret, id: &str) -> Request {
    let body = json!({"zen": "Heard tries its own door.", "hook_id": 0}).to_string();
    let mut request = Request::get("/hooks/github");
    for (name, value) in webhook::signed(secret, body.as_bytes()) {
        request = request.header(name, value);
    }
    let request = request.header("x-github-event", "ping").header("x-github-delivery", id);
    Request { method: Method::POST, body: Some(("application/json", body.into())), ..request }
}

/// Who owns repositories of this name, asked without credentials: `Organization` or `User`.
pub fn kind_of_owner(owner: &str) -> Request {
    Request::get(format!("/users/{}", segment(owner))).header("accept", "application/vnd.github+json")
}
