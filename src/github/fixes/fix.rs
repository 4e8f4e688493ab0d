//! The commits that fix an issue, and how we know of them.

use crate::{base::clock::Time, model::issue::Repository};

/// A commit that is part of the fix, or stands for one on another line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Where the commit is.
    pub repository: Repository,
    /// The commit on the base branch.
    pub sha: String,
    /// The pull request that brought it.
    pub pull_request: Option<i64>,
    /// When it was merged.
    pub merged_at: Option<Time>,
    /// How we know.
    pub how: How,
    /// Whether that is proof; otherwise a person has to confirm what it shows.
    pub sure: bool,
    /// For a backport: the fix it carries over to another line. It is an alternative to that one, not one more.
    pub stands_for: Option<String>,
    /// The merged commit that takes this fix back. A release that contains both contains no fix.
    pub reverted_by: Option<String>,
}

/// Everything that has to be out before the issue is fixed for customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixSet {
    /// The commits. Empty: nothing can be proven, and a person is asked.
    pub fixes: Vec<Fix>,
    /// The pull requests under way.
    pub open_pull_requests: Vec<OpenPullRequest>,
    /// What could not be found out, in sentences. With a doubt nothing is more than likely.
    pub doubts: Vec<String>,
    /// When the issue was last reopened: what was merged before that did not fix it.
    pub reopened_at: Option<Time>,
}

/// How a fix is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// GitHub says that this pull request closed the issue.
    ClosingPullRequest,
    /// GitHub says that this commit closed the issue.
    ClosingCommit,
    /// The pull request says so in its text.
    Keyword,
    /// It carries another fix over to another line.
    Backport,
}

/// A pull request that means to close the issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPullRequest {
    /// Where it is.
    pub repository: Repository,
    /// Its number there.
    pub number: i64,
    /// Whether it is only a draft.
    pub draft: bool,
    /// Who works on it.
    pub author_login: Option<String>,
}
