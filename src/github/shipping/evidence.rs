//! What is known of a fix and of the releases that may carry it, and what follows.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    base::clock::Time,
    github::Containment,
    model::{issue::Repository, milestone::Confidence, release::ReleaseSource},
};

/// A fix as it has to be out. See [`crate::github::Fix`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixState {
    /// Where the commit is; a release of that repository has to contain it.
    pub repository: Repository,
    /// The commit.
    pub sha: String,
    /// When it was merged.
    pub merged_at: Option<Time>,
    /// Whether it is proof.
    pub sure: bool,
    /// The fix it carries over to another line.
    pub stands_for: Option<String>,
    /// The commit that takes it back.
    pub reverted_by: Option<String>,
    /// The component that it changes, where its repository is released component by component and that is known.
    pub component: Option<String>,
}

/// A release, tag or deployment, with what is known of what it contains.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing that GitHub says of a release")]
pub struct ReleaseState {
    /// The caller's name for it; comes back in the verdict.
    pub id: String,
    /// Where.
    pub repository: Repository,
    /// The version in words for people.
    pub version: String,
    /// The component that it releases, where its repository is released component by component.
    pub component: Option<String>,
    /// For deployments: where to.
    pub environment: Option<String>,
    /// Not for everybody.
    pub prerelease: bool,
    /// Not out at all.
    pub draft: bool,
    /// Deleted or unpublished.
    pub withdrawn: bool,
    /// CI or a person said that it is out.
    pub stated: bool,
    /// When it came out.
    pub published_at: Time,
    /// Whether it contains each commit: of every fix, backport and revert that [`super::commits_to_compare`] names.
    pub contains: BTreeMap<String, Containment>,
    /// The fixes that a commit in it takes back (`Github::reverts`).
    pub reverted: Vec<String>,
}

/// What counts as out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Which kind of thing carries fixes to users.
    pub source: ReleaseSource,
    /// Whether a prerelease counts.
    pub prereleases: bool,
    /// For deployments: the environment of the customers.
    pub environment: String,
    /// How long a release must have been out: for packages, app stores and second thoughts.
    pub hold: Duration,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is out.
    Shipped {
        /// The earliest release that has everything.
        release: String,
        /// How sure that is; only proven and stated may send.
        confidence: Confidence,
        /// The first release of every other line that has everything, for customers who are on that line.
        lines: Vec<String>,
        /// In a sentence, for the console.
        why: String,
    },
    /// It is out, but not for long enough yet.
    Holding {
        /// The release.
        release: String,
        /// When to judge again.
        until: Time,
        /// In a sentence.
        why: String,
    },
    /// It is not out. The sentence says what is missing.
    NotYet(String),
    /// It was out and is not any more: reverted, or rolled back.
    TakenBack {
        /// The release that had it.
        release: String,
        /// The one that has it no more.
        by: String,
        /// In a sentence.
        why: String,
    },
    /// There is no commit that could prove anything: a person has to say.
    AskAPerson(String),
}
