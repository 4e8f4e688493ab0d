//! Releases and deployments as GitHub's API shows them.

use serde_json::{Value, json};

use super::deployment::{Deployment, DeploymentStatus};
use super::release::Release;
use super::repository::RepositoryState;
use super::state::GithubState;
use crate::clock::seconds_text;

impl GithubState {
    pub(super) fn release_json(&self, repo: &RepositoryState, release: &Release) -> Value {
        let (url, html) = (format!("{}/releases/{}", repo.url(&self.base), release.id), repo.html_url(&self.base));
        let shown = if release.draft { format!("untagged-{:020x}", release.id) } else { release.tag.clone() };
        let archive = |kind: &str| (!release.draft).then(|| format!("{}/{kind}/{}", repo.url(&self.base), release.tag));
        json!({
            "id": release.id,
            "node_id": format!("RE_{}", release.id),
            "url": url,
            "html_url": format!("{html}/releases/tag/{shown}"),
            "assets_url": format!("{url}/assets"),
            "upload_url": format!("{url}/assets{{?name,label}}"),
            "tarball_url": archive("tarball"),
            "zipball_url": archive("zipball"),
            "tag_name": release.tag,
            "target_commitish": release.target,
            "name": release.name,
            "body": release.body,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "immutable": false,
            "created_at": seconds_text(release.created_at),
            "published_at": release.published_at.map(seconds_text),
            "author": self.person(&release.author).json(&self.base),
            "assets": (0..release.files).map(|nth| json!({"id": nth, "name": format!("{}-{nth}.tar.gz", release.tag)})).collect::<Vec<_>>(),
        })
    }

    pub(super) fn deployment_json(&self, repo: &RepositoryState, deployment: &Deployment) -> Value {
        let url = format!("{}/deployments/{}", repo.url(&self.base), deployment.id);
        let updated_at = deployment.statuses.last().map_or(deployment.created_at, |status| status.at);
        json!({
            "id": deployment.id,
            "node_id": format!("DE_{}", deployment.id),
            "url": url,
            "sha": deployment.sha,
            "ref": deployment.reference,
            "task": "deploy",
            "payload": {},
            "environment": deployment.environment,
            "original_environment": deployment.environment,
            "production_environment": deployment.production,
            "transient_environment": false,
            "description": null,
            "creator": self.person(&deployment.creator).json(&self.base),
            "created_at": seconds_text(deployment.created_at),
            "updated_at": seconds_text(updated_at),
            "statuses_url": format!("{url}/statuses"),
            "repository_url": repo.url(&self.base),
        })
    }

    pub(super) fn deployment_status_json(
        &self,
        repo: &RepositoryState,
        deployment: &Deployment,
        status: &DeploymentStatus,
    ) -> Value {
        let url = format!("{}/deployments/{}", repo.url(&self.base), deployment.id);
        json!({
            "id": status.id,
            "node_id": format!("DES_{}", status.id),
            "url": format!("{url}/statuses/{}", status.id),
            "state": status.state,
            "environment": deployment.environment,
            "description": "",
            "target_url": "", "log_url": "", "environment_url": "",
            "creator": self.person(&deployment.creator).json(&self.base),
            "created_at": seconds_text(status.at),
            "updated_at": seconds_text(status.at),
            "deployment_url": url,
            "repository_url": repo.url(&self.base),
        })
    }
}
