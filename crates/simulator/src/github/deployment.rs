//! Deployments: a commit on its way into an environment.

/// A commit deployed to an environment, with every status since.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub(super) id: u64,
    pub(super) sha: String,
    pub(super) reference: String,
    pub(super) environment: String,
    pub(super) production: bool,
    pub(super) creator: String,
    pub(super) created_at: i64,
    pub(super) statuses: Vec<DeploymentStatus>,
}

/// One status of a deployment.
#[derive(Debug, Clone)]
pub(super) struct DeploymentStatus {
    pub(super) id: u64,
    /// `queued`, `in_progress`, `success`, `failure`, `inactive` and so on.
    pub(super) state: String,
    pub(super) at: i64,
}
