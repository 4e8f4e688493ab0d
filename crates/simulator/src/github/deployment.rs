//! Deployments: a commit on its way into an environment.

use serde_json::{Value, json};

use super::person::Person;
use super::urls::RepoUrls;
use crate::clock::seconds_text;

/// A commit that was sent to an environment, with every status since.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub(super) id: u64,
    pub(super) sha: String,
    pub(super) reference: String,
    pub(super) environment: String,
    pub(super) production: bool,
    pub(super) creator: String,
    pub(super) created_at: i64,
    pub(super) statuses: Vec<Status>,
}

/// How far a deployment has come.
#[derive(Debug, Clone)]
pub(super) struct Status {
    pub(super) id: u64,
    /// `queued`, `in_progress`, `success`, `failure`, `inactive`, ...
    pub(super) state: String,
    pub(super) at: i64,
}

impl Deployment {
    pub(super) fn json(&self, repo: &RepoUrls, base: &str, creator: &Person) -> Value {
        let url = format!("{}/deployments/{}", repo.api, self.id);
        json!({
            "id": self.id,
            "node_id": format!("DE_{}", self.id),
            "url": url,
            "sha": self.sha,
            "ref": self.reference,
            "task": "deploy",
            "payload": {},
            "environment": self.environment,
            "original_environment": self.environment,
            "production_environment": self.production,
            "transient_environment": false,
            "description": null,
            "creator": creator.json(base),
            "created_at": seconds_text(self.created_at),
            "updated_at": seconds_text(self.statuses.last().map_or(self.created_at, |status| status.at)),
            "statuses_url": format!("{url}/statuses"),
            "repository_url": repo.api,
        })
    }

    pub(super) fn status_json(&self, status: &Status, repo: &RepoUrls, base: &str, creator: &Person) -> Value {
        let url = format!("{}/deployments/{}", repo.api, self.id);
        json!({
            "id": status.id,
            "node_id": format!("DES_{}", status.id),
            "url": format!("{url}/statuses/{}", status.id),
            "state": status.state,
            "environment": self.environment,
            "description": "",
            "target_url": "", "log_url": "", "environment_url": "",
            "creator": creator.json(base),
            "created_at": seconds_text(status.at),
            "updated_at": seconds_text(status.at),
            "deployment_url": url,
            "repository_url": repo.api,
        })
    }
}
