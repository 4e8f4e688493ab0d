//! What carries a fix to users: a release, a tag, or a deployment.

use serde::{Deserialize, Serialize};

use super::{id::ReleaseId, words::words};
use crate::base::clock::Time;

words! {
    /// What counts as "out" in a repository.
    pub enum ReleaseSource {
        /// A published release that is neither a draft nor a prerelease.
        Releases = "releases",
        /// A version tag.
        Tags = "tags",
        /// A successful deployment to production.
        Deployments = "deployments",
        /// A closed milestone in the tracker, confirmed by a person.
        Milestone = "milestone",
        /// Only what CI or a person states.
        Stated = "stated",
    }
}

/// A release or deployment as Heard keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Our id.
    pub id: ReleaseId,
    /// `owner/name`.
    pub repository: String,
    /// The version, in words for people: the tag, or what CI called it.
    pub version: String,
    /// The commit, with an annotated tag resolved; containment is asked of this. `None` where a person stated a version and
    /// nothing else: such a release proves nothing.
    pub sha: Option<String>,
    /// Where to read about it.
    pub url: Option<String>,
    /// The component of a repository that is released component by component.
    pub component: Option<String>,
    /// For deployments: where it was deployed.
    pub environment: Option<String>,
    /// Whether it is not for everybody yet: it is marked so, or its name says so.
    pub prerelease: bool,
    /// Whether it was marked as a prerelease when it was last seen.
    pub marked: bool,
    /// Whether its name stood at another commit when it was first seen.
    pub moved: bool,
    /// How Heard learned of it.
    pub source: ReleaseSource,
    /// When it was published.
    pub published_at: Time,
    /// When it was deleted or unpublished.
    pub withdrawn_at: Option<Time>,
}

impl Release {
    /// A release that somebody says is out. Only its version is known.
    pub fn stated(repository: String, version: &str, now: Time) -> Self {
        Self {
            id: ReleaseId::generate(now),
            repository,
            version: version.to_owned(),
            sha: None,
            url: None,
            component: None,
            environment: None,
            prerelease: false,
            marked: false,
            moved: false,
            source: ReleaseSource::Stated,
            published_at: now,
            withdrawn_at: None,
        }
    }
}

/// A release, a tag or a deployment as the tracker lists it, before its contents are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseCandidate {
    /// The tracker's id for it, unique in its repository: `release:17`, `tag:v2.4.0` or `deployment:99`.
    pub external_id: String,
    /// The version, in words for people.
    pub version: String,
    /// Its commit. `None` if the tag does not exist. Then nobody can say what it contains.
    pub sha: Option<String>,
    /// Where people read about it.
    pub url: Option<String>,
    /// Whether it is marked as not for everybody.
    pub prerelease: bool,
    /// Whether its name says so.
    pub named_early: bool,
    /// Whether it is not out at all.
    pub draft: bool,
    /// When it came out; tags do not say.
    pub published_at: Option<Time>,
    /// For deployments: where it was deployed.
    pub environment: Option<String>,
}
