//! What a tracker says besides issues, fixes and releases: where we may write, what webhooks hint at, and what went
//! wrong.

pub mod error;

use super::{
    issue::{IssueRef, Repository},
    release::ReleaseSource,
};
use crate::base::secret::Secret;

/// How we sign in to a tracker.
#[derive(Clone, Debug)]
pub enum TrackerAccess {
    /// A personal access token.
    Token(Secret),
    /// An App of ours, installed in each account.
    App {
        /// Its number.
        id: u64,
        /// Its private key, RSA in PEM form.
        private_key: Secret,
    },
}

/// What decides how we write in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// Its present name. If it was renamed, that is not the name we asked for.
    pub name: Repository,
    /// The tracker's id for it, which it keeps under every name; `None` if the tracker gave none.
    pub external_id: Option<i64>,
    /// Whether only its members can read it. If that is unknown, it counts as public for what is written there, and as private
    /// for whoever would be sent there (G6, nothing private leaves).
    pub private: Option<bool>,
    /// The branch that closing keywords act on.
    pub default_branch: String,
    /// Whether it has issues.
    pub issues_enabled: bool,
    /// Whether it is read-only.
    pub archived: bool,
    /// Whether we may write issues there, if the tracker says.
    pub may_write_issues: Option<bool>,
}

/// What a person may do in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Everything.
    Admin,
    /// Push, and therefore give commands.
    Write,
    /// Read and comment.
    Read,
    /// Nothing.
    None,
}

impl Permission {
    /// Whether we take commands in comments from them.
    pub fn may_write(self) -> bool {
        matches!(self, Self::Admin | Self::Write)
    }
}

/// One thing that was checked to see whether the tracker is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackerFinding {
    /// Whether it is all right.
    pub ok: bool,
    /// What was found and, if something is wrong, what to do.
    pub sentence: String,
}

/// What a webhook says may have changed. It only says where to look (G10, webhooks are hints).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackerHint {
    /// An issue.
    Issue {
        /// Which.
        at: IssueRef,
        /// Its body, which may contain our marker. The marker leads us to an issue whose creation was unclear (G3, one
        /// open issue per topic).
        body: String,
    },
    /// An issue was deleted or moved. Reading it tells which.
    IssueGone(IssueRef),
    /// A comment on an issue was written or changed.
    Comment {
        /// The issue.
        at: IssueRef,
        /// The comment.
        comment: i64,
        /// Whether it is new. Only a new comment's command is taken, once.
        new: bool,
        /// Whether a person wrote it, not a robot or an App such as ours (G7, our own writes change nothing).
        by_person: bool,
        /// The text.
        body: String,
    },
    /// A pull request.
    PullRequest {
        /// Where it is.
        repository: Repository,
        /// The issues that its text closes.
        closes: Vec<IssueRef>,
    },
    /// A release, a tag or a deployment came out or changed.
    Release {
        /// Where.
        repository: Repository,
        /// Which of the three.
        source: ReleaseSource,
    },
    /// A release was deleted or made a draft again.
    ReleaseWithdrawn {
        /// Where.
        repository: Repository,
        /// The tracker's id for it.
        external_id: String,
    },
    /// The repository itself changed: its name, or who may read it (G6).
    Repository {
        /// Its name now.
        repository: Repository,
        /// Its previous name, if that changed.
        renamed_from: Option<Repository>,
    },
    /// Something that does not concern us, by its name: `star.created`.
    Ignored(String),
}

impl TrackerHint {
    /// What it is, in a word: the sender's own where it does not concern us.
    pub fn word(&self) -> &str {
        match self {
            Self::Issue { .. } => "issue_changed",
            Self::IssueGone(_) => "issue_gone",
            Self::Comment { .. } => "comment",
            Self::PullRequest { .. } => "pull_request",
            Self::Release { .. } => "release",
            Self::ReleaseWithdrawn { .. } => "release_withdrawn",
            Self::Repository { .. } => "repository",
            Self::Ignored(name) => name,
        }
    }

    /// The repositories in which it happened: one, or none for what does not concern us, or two names of one.
    pub fn repositories(&self) -> impl Iterator<Item = &Repository> {
        let (one, before) = match self {
            Self::Issue { at, .. } | Self::IssueGone(at) | Self::Comment { at, .. } => (Some(&at.repository), None),
            Self::PullRequest { repository, .. }
            | Self::Release { repository, .. }
            | Self::ReleaseWithdrawn { repository, .. } => (Some(repository), None),
            Self::Repository { repository, renamed_from } => (Some(repository), renamed_from.as_ref()),
            Self::Ignored(_) => (None, None),
        };
        one.into_iter().chain(before)
    }
}
