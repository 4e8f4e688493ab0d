//! The seam to the trackers: one folder for each, which translates between the tracker and the nouns of `model`.
//!
//! `flow` sees a [`Tracker`] and nothing behind it. Webhooks only say where to look (G10, webhooks are hints). No call
//! is repeated here: a durable job decides that by the [`TrackerError`] it got (G3, one open issue per topic).
//! `shipping` judges whether a fix has shipped, from what a tracker found (G5, shipped means in users' hands).
//!
//! A new tracker is one folder, one line in [`registry`], `tracker_conformance!` in its tests, and its section in the
//! settings.

mod about;
#[cfg(test)]
mod conformance;
pub mod github;
pub(crate) mod markdown;
mod marker;
pub mod rate_limiter;
pub mod registry;
pub(crate) mod section;

pub use about::{TrackerAbout, TrackerCredentials, VerifiedWebhook};
pub use marker::Marker;

use async_trait::async_trait;

use crate::{
    base::clock::Time,
    model::{
        commit::CommitList,
        delivery::{Delivery, Forged, Headers, UnreadableDelivery},
        fix::{Containment, Fix, FixEvidence},
        issue::{CommentSnapshot, IssueEdit, IssueLookup, IssueRef, IssueSnapshot, NewIssue, Repository},
        release::{FoundReleases, ReleaseSource},
        tracker::{Permission, RepositoryFacts, TrackerFinding, TrackerHint, error::TrackerError},
    },
};
use rate_limiter::Quota;

/// One tracker, signed in.
///
/// Every call is made once and ends in time. If a call writes, [`TrackerError::Unclear`] means that it may have
/// happened. Look for what it would have made before trying again.
#[async_trait]
pub trait Tracker: Send + Sync {
    /// What this tracker says about itself.
    fn about(&self) -> &TrackerAbout;

    /// How many calls are left, as the tracker last said. `None` if it has not said so.
    fn quota(&self) -> Option<Quota>;

    /// Checks the credentials, the clock, the webhook and every repository, and says what to do. It writes nothing.
    async fn check(&self, repositories: &[Repository], now: Time) -> Vec<TrackerFinding>;

    /// Checks who sent a webhook: in constant time, over the raw bytes, against every secret of ours (G1, a 2xx means
    /// kept; G9, no secret, no route).
    ///
    /// # Errors
    /// [`Forged`]. Then nothing of the request is kept.
    fn verify(&self, headers: &Headers, body: &[u8]) -> Result<VerifiedWebhook, Forged>;

    /// Where a verified webhook tells us to look. What we do not know is [`TrackerHint::Ignored`] with its name, never
    /// an error.
    ///
    /// # Errors
    /// [`UnreadableDelivery`] if the body is not what the tracker sends.
    fn read(&self, delivery: &Delivery) -> Result<Vec<TrackerHint>, UnreadableDelivery>;

    /// Asks the tracker to send the webhooks again that have failed to arrive since then, if it can. Returns how many.
    async fn resend_missed(&self, since: Time) -> Result<usize, TrackerError>;

    /// The issue that a person points to: by its address, as `owner/name#7`, or by its number in `home`.
    fn reference(&self, text: &str, home: Option<&Repository>) -> Option<IssueRef>;

    /// A customer's words in one line, made harmless: they notify nobody, link to nothing, and open no block.
    fn neutral(&self, text: &str) -> String;

    /// The same for a title.
    fn neutral_title(&self, text: &str) -> String;

    /// The repository under its present name. Renames are followed.
    async fn repository(&self, name: &Repository) -> Result<RepositoryFacts, TrackerError>;

    /// The present name of the repository of this id, which was called `before` once: by now another one may be called so. `None` if
    /// it is gone, or if we may not see it.
    async fn name_of(&self, external_id: i64, before: &Repository) -> Result<Option<Repository>, TrackerError>;

    /// What this person may do in the repository.
    async fn permission(&self, repository: &Repository, login: &str) -> Result<Permission, TrackerError>;

    /// The issue as it is now. A missing issue is not an error.
    async fn issue(&self, at: &IssueRef) -> Result<IssueLookup, TrackerError>;

    /// The issues changed since then, oldest change first. One call need not return all of them: the next call
    /// continues from the time of the last one.
    async fn issues_changed_since(
        &self,
        repository: &Repository,
        since: Time,
    ) -> Result<Vec<IssueSnapshot>, TrackerError>;

    /// The issue with this marker of ours, among those changed since then. Anybody can copy a marker from an issue's
    /// source, so what we wrote ourselves comes first, then the oldest.
    ///
    /// # Errors
    /// [`TrackerError::Unclear`] also if there were too many issues to be sure.
    async fn find_issue(
        &self,
        repository: &Repository,
        marker: &Marker,
        since: Time,
    ) -> Result<Option<IssueSnapshot>, TrackerError>;

    /// Creates an issue. After [`TrackerError::Unclear`], [`Tracker::find_issue`] says whether it exists.
    async fn create_issue(&self, repository: &Repository, new: &NewIssue) -> Result<IssueSnapshot, TrackerError>;

    /// Changes an issue. The same edit twice is harmless.
    async fn edit_issue(&self, at: &IssueRef, edit: &IssueEdit) -> Result<IssueSnapshot, TrackerError>;

    /// The comments written or changed since then, oldest first.
    async fn comments_since(&self, at: &IssueRef, since: Time) -> Result<Vec<CommentSnapshot>, TrackerError>;

    /// The id of the comment with this marker of ours: what we wrote comes before a copy, then the oldest.
    ///
    /// # Errors
    /// [`TrackerError::Unclear`] also if there were too many comments to be sure.
    async fn find_comment(&self, at: &IssueRef, marker: &Marker, since: Time) -> Result<Option<i64>, TrackerError>;

    /// Writes a comment and returns its id. After [`TrackerError::Unclear`], [`Tracker::find_comment`] says whether it
    /// exists.
    async fn comment(&self, at: &IssueRef, body: &str) -> Result<i64, TrackerError>;

    /// Everything the tracker knows about what fixes an issue.
    async fn fix_evidence(&self, at: &IssueRef) -> Result<FixEvidence, TrackerError>;

    /// What may carry a fix to users: the releases since then, the tags, or the deployments to this environment. The
    /// list is empty for the other two sources.
    async fn releases(
        &self,
        repository: &Repository,
        source: ReleaseSource,
        environment: &str,
        since: Time,
    ) -> Result<FoundReleases, TrackerError>;

    /// Whether a release or a tag that was out still is: neither deleted nor made a draft again.
    async fn is_out(&self, repository: &Repository, external_id: &str) -> Result<bool, TrackerError>;

    /// Whether `tip` contains `commit`: the only proof that a fix is in a release.
    async fn contains(&self, repository: &Repository, commit: &str, tip: &str) -> Result<Containment, TrackerError>;

    /// The commits that `head` has and `base` lacks, oldest first.
    async fn commits_between(
        &self,
        repository: &Repository,
        base: &str,
        head: &str,
    ) -> Result<CommitList, TrackerError>;

    /// The commits that a fix is made of: its own, and those of its pull request as they stand in history. `None` if the
    /// tracker does not know them.
    async fn made_of(&self, fix: &Fix) -> Result<Option<CommitList>, TrackerError>;

    /// Where people compare two commits. `page` is an address of the tracker's, such as an issue's.
    fn comparison_url(&self, page: &str, repository: &Repository, base: &str, head: &str) -> Option<String>;

    /// Where people see a commit.
    fn commit_url(&self, page: &str, repository: &Repository, sha: &str) -> Option<String>;

    /// Whether a text that closes an issue by keyword denies or limits that it does: "this does not fix #7".
    fn denies(&self, text: &str, home: &Repository, issue: &IssueRef) -> bool;

    /// The files that a commit changes. Renamed files also appear under their old names. `None` if the tracker does not
    /// know the commit or does not show all of the files.
    async fn changed_files(&self, repository: &Repository, sha: &str) -> Result<Option<Vec<String>>, TrackerError>;
}
