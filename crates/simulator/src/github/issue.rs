//! An issue or a pull request. On GitHub, a pull request is an issue with code attached.

use std::collections::BTreeSet;

use serde_json::Value;

/// Why an issue was closed, as GitHub's `state_reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// Done.
    Completed,
    /// Will not be done.
    NotPlanned,
    /// Another issue is about the same.
    Duplicate,
}

impl CloseReason {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::NotPlanned => "not_planned",
            Self::Duplicate => "duplicate",
        }
    }
}

/// What closed an issue, if code did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Closer {
    /// A pull request: repository and number.
    Pull(u64, u64),
    /// A commit on the default branch: repository and SHA.
    Commit(u64, String),
}

/// An issue, or a pull request if `pull` is set.
#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) author: String,
    pub(super) via_app: bool,
    pub(super) labels: BTreeSet<String>,
    pub(super) assignees: BTreeSet<String>,
    pub(super) milestone: Option<u64>,
    pub(super) locked: bool,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) closed_at: Option<i64>,
    pub(super) closed_by: Option<String>,
    /// `completed`, `not_planned`, `duplicate`, `reopened`.
    pub(super) state_reason: Option<String>,
    /// The issue it duplicates: repository and number.
    pub(super) duplicate_of: Option<(u64, u64)>,
    pub(super) closer: Option<Closer>,
    pub(super) pull: Option<PullRequest>,
    pub(super) timeline: Vec<TimelineEvent>,
}

impl Issue {
    pub(super) const fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    pub(super) const fn state(&self) -> &'static str {
        if self.is_open() { "open" } else { "closed" }
    }
}

/// The code of a pull request.
#[derive(Debug, Clone)]
pub(super) struct PullRequest {
    pub(super) head_branch: String,
    pub(super) head_sha: String,
    pub(super) base_branch: String,
    pub(super) draft: bool,
    pub(super) commits: Vec<String>,
    pub(super) files: Vec<String>,
    /// Issues linked by hand: repository and number.
    pub(super) linked: BTreeSet<(u64, u64)>,
    pub(super) merged_at: Option<i64>,
    pub(super) merged_by: Option<String>,
    /// The commit of the merge. Before the merge, that of GitHub's test merge.
    pub(super) merge_commit_sha: Option<String>,
}

/// A comment on an issue or a pull request.
#[derive(Debug, Clone)]
pub(super) struct IssueComment {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) author: String,
    pub(super) via_app: bool,
    pub(super) body: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

/// One event in an issue's timeline. Comments are kept separately.
#[derive(Debug, Clone)]
pub(super) struct TimelineEvent {
    pub(super) id: u64,
    /// `closed`, `reopened`, `labeled`, `cross-referenced`, `referenced` and so on.
    pub(super) event: &'static str,
    pub(super) actor: String,
    pub(super) at: i64,
    /// The fields that only this kind of event has.
    pub(super) more: Value,
}
