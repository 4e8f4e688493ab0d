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

/// How many other environments are named where there is no deployment to the one that counts.
const OTHERS: usize = 5;

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
    /// had succeeded too. Names are compared without case. If there are none, the newest of each other environment are
    /// listed, so that people see which ones there are.
    pub async fn list_deployments(
        &self,
        repository: &Repository,
        environment: &str,
    ) -> Result<Vec<ReleaseCandidate>, TrackerError> {
        let exact = self.deployments_of(repository, Some(environment)).await?;
        if !exact.is_empty() {
            return self.succeeded(repository, exact).await;
        }
        let all = self.deployments_of(repository, None).await?;
        let same = |one: &DeploymentWire| {
            one.environment.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(environment))
        };
        if let Some(name) = all.iter().find(|one| same(one)).and_then(|one| one.environment.clone()) {
            let named = self.deployments_of(repository, Some(&name)).await?;
            return self.succeeded(repository, named).await;
        }
        let mut others: Vec<DeploymentWire> = Vec::new();
        for one in all {
            if others.len() < OTHERS && others.iter().all(|other| other.environment != one.environment) {
                others.push(one);
            }
        }
        self.succeeded(repository, others).await
    }

    async fn deployments_of(
        &self,
        repository: &Repository,
        environment: Option<&str>,
    ) -> Result<Vec<DeploymentWire>, TrackerError> {
        let query = match environment {
            Some(name) => format!("environment={}&per_page={NEWEST}", segment(name)),
            None => "per_page=100".to_owned(),
        };
        let path = format!("/repos/{repository}/deployments?{query}");
        match self.transport().list(As::In(repository), path, 1, "listing deployments", |_| true).await {
            Ok((deployments, _)) => Ok(deployments),
            Err(TrackerError::NotFound(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn succeeded(
        &self,
        repository: &Repository,
        deployments: Vec<DeploymentWire>,
    ) -> Result<Vec<ReleaseCandidate>, TrackerError> {
        let mut candidates = Vec::new();
        for deployment in deployments.into_iter().take(NEWEST) {
            if let Some(success) = self.success(repository, deployment.id).await? {
                candidates.push(ReleaseCandidate {
                    external_id: format!("deployment:{}", deployment.id),
                    version: version(deployment.reference, deployment.sha.as_deref()),
                    sha: deployment.sha,
                    url: success.environment_url.filter(|url| url.starts_with("http")),
                    prerelease: false,
                    named_early: false,
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
