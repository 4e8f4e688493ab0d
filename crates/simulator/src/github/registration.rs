//! The App as it is registered, and its one installation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The App, what its owner granted it, and the codes of manifests that wait.
pub(super) struct AppRegistration {
    /// Its name for people.
    pub(super) name: String,
    /// The account that owns it; `None` is the owner of the first repository.
    pub(super) owner: Option<String>,
    /// What it asks to be allowed.
    pub(super) permissions: Value,
    /// What it is subscribed to.
    pub(super) events: Vec<String>,
    /// Whether it has a webhook. Without one there is no configuration to read or to change (cdk-github-runners#982).
    pub(super) has_webhook: bool,
    /// What the installation allows: an owner has to accept what was added to the App (fullsend#570).
    pub(super) granted: Value,
    /// What the installation is sent.
    pub(super) granted_events: Vec<String>,
    /// Whether somebody has installed it.
    pub(super) installed: bool,
    /// The repositories that were chosen, by full name; `None` is all.
    pub(super) chosen: Option<Vec<String>>,
    /// By the code.
    pub(super) codes: BTreeMap<String, ManifestCode>,
    /// Names of other people's Apps.
    pub(super) taken_names: Vec<String>,
}

/// What was registered by a manifest, until its code is used.
pub(super) struct ManifestCode {
    pub(super) manifest: Value,
    pub(super) owner: Option<String>,
    /// When it was given out, in microseconds.
    pub(super) at: i64,
    pub(super) used: bool,
}

impl Default for AppRegistration {
    /// An App with all that it needs, installed everywhere.
    fn default() -> Self {
        let events: Vec<String> = EVENTS.iter().map(|event| (*event).to_owned()).collect();
        Self {
            name: "Heard".to_owned(),
            owner: None,
            permissions: permissions(),
            events: events.clone(),
            has_webhook: true,
            granted: permissions(),
            granted_events: events,
            installed: true,
            chosen: None,
            codes: BTreeMap::new(),
            taken_names: Vec::new(),
        }
    }
}

impl AppRegistration {
    /// Whether the installation reaches a repository. A private App is installed nowhere but with its owner (Roomote#416).
    pub(super) fn reaches(&self, full_name: &str) -> bool {
        let owner = full_name.split('/').next().unwrap_or_default();
        let of_its_owner = self.owner.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(owner));
        let chosen =
            || self.chosen.as_ref().is_none_or(|all| all.iter().any(|one| one.eq_ignore_ascii_case(full_name)));
        self.installed && of_its_owner && chosen()
    }

    /// `all` or `selected`.
    pub(super) const fn selection(&self) -> &'static str {
        if self.chosen.is_some() { "selected" } else { "all" }
    }
}

/// The events that the App is subscribed to.
const EVENTS: [&str; 13] = [
    "issues",
    "issue_comment",
    "pull_request",
    "push",
    "release",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "milestone",
    "repository",
    "sub_issues",
    "label",
];

/// The permissions that the App was granted.
fn permissions() -> Value {
    json!({
        "contents": "read", "deployments": "read", "issues": "write", "metadata": "read", "pull_requests": "read",
    })
}
