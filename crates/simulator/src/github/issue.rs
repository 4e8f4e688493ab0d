//! An issue or a pull request: on GitHub the second is the first with code attached.

use std::collections::BTreeSet;

use serde_json::Value;

/// Why an issue was closed, as GitHub's `state_reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// Done.
    Completed,
    /// Will not be done.
    NotPlanned,
    /// Said elsewhere already.
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

/// An issue, or a pull request if `pull` is there.
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
    /// The issue it repeats: repository and number.
    pub(super) duplicate_of: Option<(u64, u64)>,
    pub(super) closer: Option<Closer>,
    pub(super) pull: Option<Pull>,
    pub(super) timeline: Vec<Moment>,
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
pub(super) struct Pull {
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
    /// Of the merge; before it, of GitHub's test merge.
    pub(super) merge_commit_sha: Option<String>,
}

/// A comment on an issue or a pull request.
#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) author: String,
    pub(super) via_app: bool,
    pub(super) body: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

/// One entry of an issue's timeline, apart from comments.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) id: u64,
    /// `closed`, `reopened`, `labeled`, `cross-referenced`, `referenced`, ...
    pub(super) event: &'static str,
    pub(super) actor: String,
    pub(super) at: i64,
    /// The fields of this kind of event.
    pub(super) more: Value,
}
