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
    /// The newest deployments to an environment, newest first. One that failed after it had succeeded is a draft: nobody has
    /// it any more. Names are compared without case. If there are none, the newest of each other environment are
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
        let mut replaced = false;
        for deployment in deployments.into_iter().take(NEWEST) {
            let statuses = self.statuses(repository, deployment.id).await?;
            let succeeded = statuses.iter().any(|status| status.state.as_deref() == Some("success"));
            let outcome = outcome(statuses, replaced);
            replaced |= succeeded;
            if let Some((success, out)) = outcome {
                candidates.push(ReleaseCandidate {
                    external_id: format!("deployment:{}", deployment.id),
                    version: version(deployment.reference, deployment.sha.as_deref()),
                    sha: deployment.sha,
                    url: success.environment_url.filter(|url| url.starts_with("http")),
                    prerelease: false,
                    named_early: false,
                    draft: !out,
                    bare: false,
                    published_at: success.created_at,
                    environment: deployment.environment,
                });
            }
        }
        Ok(candidates)
    }

    async fn statuses(&self, repository: &Repository, id: i64) -> Result<Vec<DeploymentStatus>, TrackerError> {
        let path = format!("/repos/{repository}/deployments/{id}/statuses?per_page=100");
        let doing = "reading a deployment's state";
        let (statuses, _) =
            self.transport().list::<DeploymentStatus>(As::In(repository), path, 1, doing, |_| true).await?;
        Ok(statuses)
    }
}

/// When a deployment succeeded, and whether customers have it still. `None` if it never did. The newest word counts: a
/// failure after a success means that it was taken down, and so does `inactive`, unless a later deployment took its place.
fn outcome(mut statuses: Vec<DeploymentStatus>, replaced: bool) -> Option<(DeploymentStatus, bool)> {
    // GitHub lists the newest first, and those of one second stay in its order.
    statuses.sort_by_key(|status| std::cmp::Reverse(status.created_at));
    let ended = statuses.iter().find_map(|status| match status.state.as_deref() {
        Some("success") => Some(true),
        Some("failure" | "error") => Some(false),
        Some("inactive") if !replaced => Some(false),
        _ => None,
    });
    let success = statuses.into_iter().find(|status| status.state.as_deref() == Some("success"))?;
    Some((success, ended == Some(true)))
}

/// What people call it: the tag it was made from, or the start of its commit. A branch's name says nothing.
fn version(reference: Option<String>, sha: Option<&str>) -> String {
    let tag = reference.filter(|reference| shipping::version(reference).is_some());
    tag.unwrap_or_else(|| sha.unwrap_or_default().chars().take(8).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a deployment with these statuses, newest first, is out.
    fn is_out(states: &[&str], replaced: bool) -> Option<bool> {
        let status = |(nth, state): (usize, &&str)| DeploymentStatus {
            state: Some((*state).to_owned()),
            environment_url: None,
            created_at: Some(Time::from_seconds(-i64::try_from(nth).unwrap())),
        };
        outcome(states.iter().enumerate().map(status).collect(), replaced).map(|(_, out)| out)
    }

    /// Flagsmith/flagsmith#6548, deis/deis#4978
    #[test]
    fn the_newest_word_of_a_deployment_counts() {
        for (states, replaced, out) in [
            (&["success", "in_progress", "queued"][..], false, Some(true)),
            (&["failure", "success"], false, Some(false)),
            (&["error", "success"], true, Some(false)),
            (&["success", "failure", "success"], false, Some(true)),
            (&["in_progress", "success"], false, Some(true)),
            (&["pending", "failure", "success"], false, Some(false)),
            (&["inactive", "success"], true, Some(true)),
            (&["inactive", "success"], false, Some(false)),
            (&["inactive", "failure", "success"], true, Some(false)),
            (&["failure", "in_progress"], false, None),
            (&["inactive"], true, None),
        ] {
            assert_eq!(is_out(states, replaced), out, "{states:?} {replaced}");
        }
    }
}
