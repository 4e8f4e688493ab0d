//! Deployments that succeeded: the most reliable "out" for a service.

use serde::Deserialize;

use super::{client::Github, path::segment, transport::As, wire};
use crate::{
    base::clock::Time,
    model::{issue::Repository, release::ReleaseCandidate, tracker::error::TrackerError},
    shipping,
};

/// How many of the newest deployments are looked at. Each costs a call for its state.
const NEWEST: usize = 10;

#[derive(Deserialize)]
struct DeploymentWire {
    id: i64,
    sha: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    environment: Option<String>,
}

#[derive(Deserialize)]
struct DeploymentStatus {
    state: Option<String>,
    environment_url: Option<String>,
    #[serde(default, deserialize_with = "wire::time")]
    created_at: Option<Time>,
}

impl Github {
    /// The newest deployments to an environment that succeeded, newest first. One that was replaced since (`inactive`)
    /// had succeeded too.
    pub async fn list_deployments(
        &self,
        repository: &Repository,
        environment: &str,
    ) -> Result<Vec<ReleaseCandidate>, TrackerError> {
        let environment = segment(environment);
        let path = format!("/repos/{repository}/deployments?environment={environment}&per_page={NEWEST}");
        let listed =
            self.transport().list::<DeploymentWire>(As::In(repository), path, 1, "listing deployments", |_| true).await;
        let deployments = match listed {
            Ok((deployments, _)) => deployments,
            Err(TrackerError::NotFound(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut candidates = Vec::new();
        for deployment in deployments.into_iter().take(NEWEST) {
            if let Some(success) = self.success(repository, deployment.id).await? {
                candidates.push(ReleaseCandidate {
                    external_id: format!("deployment:{}", deployment.id),
                    version: version(deployment.reference, deployment.sha.as_deref()),
                    sha: deployment.sha,
                    url: success.environment_url.filter(|url| url.starts_with("http")),
                    prerelease: false,
                    draft: false,
                    published_at: success.created_at,
                    environment: deployment.environment,
                });
            }
        }
        Ok(candidates)
    }

    async fn success(&self, repository: &Repository, id: i64) -> Result<Option<DeploymentStatus>, TrackerError> {
        let path = format!("/repos/{repository}/deployments/{id}/statuses?per_page=100");
        let doing = "reading a deployment's state";
        let (statuses, _) =
            self.transport().list::<DeploymentStatus>(As::In(repository), path, 1, doing, |_| true).await?;
        let succeeded = |status: &DeploymentStatus| status.state.as_deref() == Some("success");
        Ok(statuses.into_iter().find(succeeded))
    }
}

/// What people call it: the tag it was made from, or the start of its commit. A branch's name says nothing.
fn version(reference: Option<String>, sha: Option<&str>) -> String {
    let tag = reference.filter(|reference| shipping::version(reference).is_some());
    tag.unwrap_or_else(|| sha.unwrap_or_default().chars().take(8).collect())
}
