//! Deployments that succeeded: the truest "out" there is for a service.

use serde::Deserialize;

use super::{Candidate, Github, transport::As, trouble::Trouble, wire};
use crate::{base::clock::Time, model::issue::Repository};

/// How many of the newest deployments are looked at; each costs a call for its state.
const NEWEST: usize = 10;

#[derive(Deserialize)]
struct Wire {
    id: i64,
    sha: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    environment: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    state: Option<String>,
    environment_url: Option<String>,
    #[serde(default, deserialize_with = "wire::time")]
    created_at: Option<Time>,
}

impl Github {
    /// The newest deployments to an environment that succeeded, newest first. One that was replaced since (`inactive`)
    /// had succeeded too.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn deployments(&self, repository: &Repository, environment: &str) -> Result<Vec<Candidate>, Trouble> {
        let environment = super::segment(environment);
        let path = format!("/repos/{repository}/deployments?environment={environment}&per_page={NEWEST}");
        let listed = self.transport().list::<Wire>(As::In(repository), path, 1, "listing deployments", |_| true).await;
        let deployments = match listed {
            Ok((deployments, _)) => deployments,
            Err(Trouble::NotFound(_)) => return Ok(Vec::new()),
            Err(trouble) => return Err(trouble),
        };
        let mut candidates = Vec::new();
        for deployment in deployments.into_iter().take(NEWEST) {
            if let Some(success) = self.success(repository, deployment.id).await? {
                candidates.push(Candidate {
                    external_id: format!("deployment:{}", deployment.id),
                    version: deployment.reference.or_else(|| deployment.sha.clone()).unwrap_or_default(),
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

    async fn success(&self, repository: &Repository, id: i64) -> Result<Option<Status>, Trouble> {
        let path = format!("/repos/{repository}/deployments/{id}/statuses?per_page=100");
        let doing = "reading a deployment's state";
        let (statuses, _) = self.transport().list::<Status>(As::In(repository), path, 1, doing, |_| true).await?;
        let succeeded = |status: &Status| status.state.as_deref() == Some("success");
        Ok(statuses.into_iter().find(succeeded))
    }
}
