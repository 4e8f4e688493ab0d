//! GitHub: octocrab signs in and carries the bytes (`transport`), and our own lenient types read what they mean. So
//! an unknown action, a new state or a deleted user stops nothing.

pub mod admin;
mod broken;
mod check;
mod classify;
mod client;
mod comments;
mod commits;
pub mod connect;
mod deliveries;
mod deployments;
mod fixes;
mod issues;
mod keywords;
pub mod manifest;
pub mod needs;
mod neutral;
mod page_size;
mod path;
mod pulls;
mod rate_limit;
mod redirect;
mod reference;
mod releases;
mod repositories;
pub mod site;
mod transport;
mod webhook;
mod wire;

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Marker, Tracker, TrackerAbout, TrackerCredentials, VerifiedWebhook,
    rate_limiter::{CallLimits, Quota},
};
use crate::{
    base::{clock::Time, limits},
    model::{
        commit::CommitList,
        delivery::{Delivery, Forged, Headers, UnreadableDelivery},
        fix::{Containment, Fix, FixEvidence},
        issue::{CommentSnapshot, IssueEdit, IssueLookup, IssueRef, IssueSnapshot, NewIssue, Repository},
        release::{FoundReleases, ReleaseSource},
        tracker::{Permission, RepositoryFacts, TrackerFinding, TrackerHint, error::TrackerError},
    },
};
use client::Github;

/// Our limits are lower than GitHub's, which are 80 creations a minute, 500 an hour, and 900 points a minute:
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
const ABOUT: TrackerAbout = TrackerAbout {
    word: "github",
    name: classify::NAME,
    webhook_bytes: limits::GITHUB_BODY_BYTES,
    body_characters: limits::ISSUE_BODY_CHARACTERS,
    limits: CallLimits {
        // Issues and comments notify people, so they are further apart.
        between_creations: Duration::from_secs(3),
        between_urgent_creations: Duration::from_secs(1),
        // GitHub's own advice for every other write.
        between_writes: Duration::from_secs(1),
        creations_an_hour: 400,
        creations_a_minute: 60,
        points_a_minute: 600,
        points_of_a_write: 5,
    },
};

/// Prepares GitHub without sending anything.
pub(super) fn open(credentials: TrackerCredentials) -> Result<Box<dyn Tracker>, String> {
    Ok(Box::new(Github::new(ABOUT, credentials)?))
}

#[async_trait]
impl Tracker for Github {
    fn about(&self) -> &TrackerAbout {
        &self.about
    }

    fn quota(&self) -> Option<Quota> {
        self.rate_limits().core()
    }

    async fn check(&self, repositories: &[Repository], now: Time) -> Vec<TrackerFinding> {
        self.findings(repositories, now).await
    }

    fn verify(&self, headers: &Headers, body: &[u8]) -> Result<VerifiedWebhook, Forged> {
        webhook::verify(headers, body, &self.webhook_secrets)
    }

    fn read(&self, delivery: &Delivery) -> Result<Vec<TrackerHint>, UnreadableDelivery> {
        webhook::read(webhook::event(&delivery.headers), &delivery.body)
    }

    async fn resend_missed(&self, since: Time) -> Result<usize, TrackerError> {
        self.redeliver(since).await
    }

    fn reference(&self, text: &str, home: Option<&Repository>) -> Option<IssueRef> {
        reference::pointed_at(text, home)
    }

    fn neutral(&self, text: &str) -> String {
        neutral::inline(text)
    }

    fn neutral_title(&self, text: &str) -> String {
        neutral::title(text)
    }

    async fn repository(&self, name: &Repository) -> Result<RepositoryFacts, TrackerError> {
        self.read_repository(name).await
    }

    async fn name_of(&self, external_id: i64, before: &Repository) -> Result<Option<Repository>, TrackerError> {
        self.read_name(external_id, before).await
    }

    async fn permission(&self, repository: &Repository, login: &str) -> Result<Permission, TrackerError> {
        self.read_permission(repository, login).await
    }

    async fn issue(&self, at: &IssueRef) -> Result<IssueLookup, TrackerError> {
        self.read_issue(at).await
    }

    async fn issues_changed_since(
        &self,
        repository: &Repository,
        since: Time,
    ) -> Result<Vec<IssueSnapshot>, TrackerError> {
        self.list_changed_issues(repository, since).await
    }

    async fn find_issue(
        &self,
        repository: &Repository,
        marker: &Marker,
        since: Time,
    ) -> Result<Option<IssueSnapshot>, TrackerError> {
        self.search_issue(repository, marker, since).await
    }

    async fn create_issue(&self, repository: &Repository, new: &NewIssue) -> Result<IssueSnapshot, TrackerError> {
        self.post_issue(repository, new).await
    }

    async fn edit_issue(&self, at: &IssueRef, edit: &IssueEdit) -> Result<IssueSnapshot, TrackerError> {
        self.patch_issue(at, edit).await
    }

    async fn comments_since(&self, at: &IssueRef, since: Time) -> Result<Vec<CommentSnapshot>, TrackerError> {
        Ok(self.list_comments(at, since).await?.0)
    }

    async fn find_comment(&self, at: &IssueRef, marker: &Marker, since: Time) -> Result<Option<i64>, TrackerError> {
        self.search_comment(at, marker, since).await
    }

    async fn comment(&self, at: &IssueRef, body: &str) -> Result<i64, TrackerError> {
        self.post_comment(at, body).await
    }

    async fn fix_evidence(&self, at: &IssueRef) -> Result<FixEvidence, TrackerError> {
        self.gather_evidence(at).await
    }

    async fn releases(
        &self,
        repository: &Repository,
        source: ReleaseSource,
        environment: &str,
        since: Time,
    ) -> Result<FoundReleases, TrackerError> {
        let all = |found| FoundReleases { found, complete: true };
        match source {
            ReleaseSource::Releases => self.list_releases(repository, since).await,
            ReleaseSource::Tags => self.list_tags(repository).await,
            ReleaseSource::Deployments => self.list_deployments(repository, environment).await.map(all),
            ReleaseSource::Milestone | ReleaseSource::Stated => Ok(all(Vec::new())),
        }
    }

    async fn is_out(&self, repository: &Repository, external_id: &str) -> Result<bool, TrackerError> {
        self.still_out(repository, external_id).await
    }

    async fn contains(&self, repository: &Repository, commit: &str, tip: &str) -> Result<Containment, TrackerError> {
        self.compare(repository, commit, tip).await
    }

    async fn commits_between(
        &self,
        repository: &Repository,
        base: &str,
        head: &str,
    ) -> Result<CommitList, TrackerError> {
        self.list_commits_between(repository, base, head).await
    }

    async fn made_of(&self, fix: &Fix) -> Result<Option<CommitList>, TrackerError> {
        self.list_made_of(fix).await
    }

    fn comparison_url(&self, page: &str, repository: &Repository, base: &str, head: &str) -> Option<String> {
        let site = reference::site(page)?;
        Some(format!("{site}/{repository}/compare/{}...{}", path::segment(base), path::segment(head)))
    }

    fn commit_url(&self, page: &str, repository: &Repository, sha: &str) -> Option<String> {
        Some(format!("{}/{repository}/commit/{}", reference::site(page)?, path::segment(sha)))
    }

    fn denies(&self, text: &str, home: &Repository, issue: &IssueRef) -> bool {
        keywords::denied_issues(text, home).iter().any(|denied| denied.is(issue))
    }

    async fn changed_files(&self, repository: &Repository, sha: &str) -> Result<Option<Vec<String>>, TrackerError> {
        self.list_changed_files(repository, sha).await
    }
}

#[cfg(test)]
mod tests;
