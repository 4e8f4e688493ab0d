//! The tracker's issue: one for each topic, and nothing else is called that.

use serde::{Deserialize, Serialize};

use super::{id::TopicId, words::words};
use crate::base::clock::Time;

words! {
    /// The word for an [`IssueFiling`]. The row exists before the call is made (G3, one issue per topic).
    pub enum Filing {
        /// It waits for a person who sees what it would say.
        InReview = "in_review",
        /// The intent is stored. The call may be running.
        Wanted = "wanted",
        /// The call's outcome is not known. It is looked up, and never repeated blindly.
        Unclear = "unclear",
        /// The issue exists.
        Filed = "filed",
        /// The tracker refused. A person can try again.
        Refused = "refused",
        /// The issue was deleted, or we may not see it any more.
        Gone = "gone",
    }
}

/// A topic's issue as Heard knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicIssue {
    /// The topic.
    pub topic: TopicId,
    /// The repository that it is in, or is to be filed in.
    pub repository: Repository,
    /// Where its filing is.
    pub filing: IssueFiling,
    /// Which issue it is, whatever it is called.
    pub identity: IssueIdentity,
    /// SHA-256 of the section that was last written.
    pub section_hash: Option<Vec<u8>>,
    /// What a person let go, if somebody looked before it is filed.
    pub approval: Option<Approval>,
    /// Whether people took our section out, or labelled it `no-heard`: then it is left alone.
    pub quiet: bool,
}

/// The tracker's ids of an issue and of its repository. A name and a number can come to mean another issue; no id ever does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IssueIdentity {
    /// The issue's; `None` before it was first read.
    pub issue: Option<i64>,
    /// That of the repository that it is in; `None` where nobody asked yet.
    pub repository: Option<i64>,
}

impl IssueIdentity {
    /// Whether what was found is certainly another issue. Where an id is not known, nobody can tell, and it counts as the same.
    pub fn is_another(self, found: &IssueSnapshot) -> bool {
        self.issue.is_some_and(|known| found.external_id != UNKNOWN_ID && found.external_id != known)
    }
}

/// What a snapshot has where the tracker gave no id.
pub const UNKNOWN_ID: i64 = 0;

/// What a person let go before an issue is filed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// SHA-256 of the words that they saw: no other words go.
    pub words: Vec<u8>,
    /// What they wrote above Heard's section.
    pub introduction: Option<String>,
}

/// Where the filing of a topic's issue is, with what is known there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueFiling {
    /// The intent is written, and it waits for a person who sees what it would say.
    InReview,
    /// The intent is written, and no call is under way.
    Wanted,
    /// A call was begun and its end is not known: the issue is looked up, never made again blindly.
    Unclear {
        /// When the call was begun.
        since: Time,
    },
    /// A person's issue was linked, and Heard has not read it yet.
    Adopted {
        /// Its number.
        number: i64,
    },
    /// It exists.
    Filed(FiledIssue),
    /// The tracker refused. A person can try again.
    Refused {
        /// The reason.
        why: String,
    },
    /// It was deleted, or we may not see it any more.
    Gone {
        /// As it was last seen, if it ever was.
        last: Option<FiledIssue>,
        /// What is known of it.
        why: String,
    },
}

/// An issue that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiledIssue {
    /// Its number.
    pub number: i64,
    /// Where to read it.
    pub url: String,
    /// Its title as last seen.
    pub title: String,
    /// Open or closed; `None` before the first look at it.
    pub state: Option<IssueState>,
    /// Why it was closed.
    pub closed_as: Option<CloseReason>,
    /// Whether a person made it and we only tend our section.
    pub adopted: bool,
    /// When it last changed, by the tracker's clock.
    pub changed_at: Option<Time>,
}

impl TopicIssue {
    /// Where the tracker has it; `None` while it has none.
    pub fn at(&self) -> Option<IssueRef> {
        let number = match &self.filing {
            IssueFiling::Adopted { number } => *number,
            IssueFiling::Filed(filed) => filed.number,
            _ => return None,
        };
        Some(IssueRef::new(self.repository.clone(), number))
    }

    /// The issue as it was last seen.
    pub fn seen(&self) -> Option<&FiledIssue> {
        match &self.filing {
            IssueFiling::Filed(filed) | IssueFiling::Gone { last: Some(filed), .. } => Some(filed),
            _ => None,
        }
    }

    /// Where people read it.
    pub fn url(&self) -> Option<&str> {
        self.seen().map(|seen| seen.url.as_str())
    }

    /// Whether one is to be made and no call was begun.
    pub fn is_to_be_filed(&self) -> bool {
        matches!(self.filing, IssueFiling::InReview | IssueFiling::Wanted)
    }

    /// Whether a person made it.
    pub fn is_adopted(&self) -> bool {
        matches!(self.filing, IssueFiling::Adopted { .. }) || self.seen().is_some_and(|seen| seen.adopted)
    }

    /// Whether nothing more is written into it until a person acts.
    pub fn is_left_alone(&self) -> bool {
        let waits =
            matches!(self.filing, IssueFiling::InReview | IssueFiling::Refused { .. } | IssueFiling::Gone { .. });
        self.quiet || waits
    }
}

words! {
    /// What the tracker says of the issue.
    pub enum IssueState {
        /// Open.
        Open = "open",
        /// Closed, for whatever reason. Closed is not shipped (G5, shipped means in users' hands).
        Closed = "closed",
    }
}

words! {
    /// Why the tracker says it was closed.
    pub enum CloseReason {
        /// Done, according to somebody.
        Completed = "completed",
        /// Decided against.
        NotPlanned = "not_planned",
        /// The same as another issue.
        Duplicate = "duplicate",
    }
}

/// `owner/name` of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Repository(String);

impl Repository {
    /// Reads `owner/name`.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.trim().split_once('/')?;
        let fine = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                && part != "."
                && part != ".."
        };
        (fine(owner) && fine(name)).then(|| Self(format!("{owner}/{name}")))
    }

    /// `owner/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// The part after the slash.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }

    /// Whether both mean the same repository. Upper and lower case make no difference.
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueRef {
    /// The repository that it is in.
    pub repository: Repository,
    /// Its number there.
    pub number: i64,
}

impl IssueRef {
    /// The issue of this number.
    pub fn new(repository: Repository, number: i64) -> Self {
        Self { repository, number }
    }

    /// Whether both mean the same issue.
    pub fn is(&self, other: &Self) -> bool {
        self.number == other.number && self.repository.is(&other.repository)
    }
}

impl std::fmt::Display for IssueRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.repository, self.number)
    }
}

/// An issue as the tracker has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueSnapshot {
    /// Where it is now.
    pub at: IssueRef,
    /// The tracker's id for it, which survives a rename of the repository. [`UNKNOWN_ID`] if it gave none.
    pub external_id: i64,
    /// Where people read it.
    pub url: String,
    /// The title.
    pub title: String,
    /// The body; empty if there is none.
    pub body: String,
    /// Open or closed.
    pub state: IssueState,
    /// Why it is closed. `None` while it is open, and for a reason that we do not know. Neither is a fix.
    pub closed_as: Option<CloseReason>,
    /// Whether a machine closed it, by its account or because of a label for silence. That is nobody's decision.
    pub closed_by_machine: bool,
    /// The labels' names.
    pub labels: Vec<String>,
    /// Who wrote it; absent for deleted accounts.
    pub author: Option<String>,
    /// When it was written.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// Whether somebody is assigned to it.
    pub assigned: bool,
    /// The tracker's milestone that it is in. If there is one, it is planned.
    pub milestone: Option<Box<IssueMilestone>>,
}

/// A milestone of the tracker, as an issue shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueMilestone {
    /// Its number in the repository.
    pub number: i64,
    /// Its title, often a version.
    pub title: String,
    /// Where people read it.
    pub url: Option<String>,
    /// When it was closed. `None` while it is open.
    pub closed_at: Option<Time>,
}

/// What happened to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueLookup {
    /// It is where we thought.
    Here(IssueSnapshot),
    /// It was transferred, or its repository was renamed.
    Moved(IssueRef),
    /// It was deleted, or we may not see it any more.
    Gone,
}

/// An issue to create. Its body contains our marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIssue {
    /// The title, one line.
    pub title: String,
    /// The body.
    pub body: String,
    /// The labels' names.
    pub labels: Vec<String>,
}

/// A change to an issue. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueEdit {
    /// The title.
    pub title: Option<String>,
    /// The whole body.
    pub body: Option<String>,
    /// Close or reopen.
    pub state: Option<IssueState>,
}

/// A comment on an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentSnapshot {
    /// The tracker's id for it.
    pub external_id: i64,
    /// Who wrote it; absent for deleted accounts.
    pub author: Option<String>,
    /// Whether a person wrote it, not a robot or an App such as ours (G7, our own writes change nothing).
    pub by_person: bool,
    /// The text.
    pub body: String,
    /// When it was written.
    pub created_at: Time,
}
