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
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a release")]
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
    /// Whether it had no files when it was last seen, although those before it have some.
    pub bare: bool,
    /// How Heard learned of it.
    pub source: ReleaseSource,
    /// When it was published.
    pub published_at: Time,
    /// When it was deleted or unpublished.
    pub withdrawn_at: Option<Time>,
}

impl Release {
    /// The same without an address that leads into a repository, for those who cannot read it.
    #[must_use]
    pub fn without_private_address(self) -> Self {
        let url = self.url.filter(|url| !leads_into_a_repository(url, &self.repository));
        Self { url, ..self }
    }

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
            bare: false,
            source: ReleaseSource::Stated,
            published_at: now,
            withdrawn_at: None,
        }
    }
}

/// What a tracker lists of a repository that may carry fixes to users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundReleases {
    /// What was read.
    pub found: Vec<ReleaseCandidate>,
    /// Whether that is all there is to know. Else a fix may be out in what was not read.
    pub complete: bool,
}

/// A release, a tag or a deployment as the tracker lists it, before its contents are known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a release")]
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
    /// Whether it has no files, although those before it have some.
    pub bare: bool,
    /// When it came out; tags do not say.
    pub published_at: Option<Time>,
    /// For deployments: where it was deployed.
    pub environment: Option<String>,
}

/// Whether an address is a page of a repository: of this one, or one that looks like any.
fn leads_into_a_repository(url: &str, repository: &str) -> bool {
    const PAGES: [&str; 13] = [
        "actions",
        "archive",
        "blob",
        "commit",
        "commits",
        "compare",
        "discussions",
        "issues",
        "pull",
        "raw",
        "releases",
        "tags",
        "tree",
    ];
    let url = url.to_lowercase();
    let path = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let in_this = format!("{path}/").contains(&format!("/{}/", repository.to_lowercase()));
    in_this || path.split('/').skip(3).any(|segment| PAGES.contains(&segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leads_into_a_private_repository_is_left_out() {
        let kept = |url: &str| {
            let mut release = Release::stated("acme/product".to_owned(), "v2.4.0", Time::from_seconds(0));
            release.url = Some(url.to_owned());
            release.without_private_address().url.is_some()
        };
        for private in [
            "https://github.com/acme/product/releases/tag/v2.4.0-initech-hotfix",
            "https://git.acme.test/Acme/Product",
            "https://github.com/acme/product/commit/4f2a9c1",
            "https://github.com/acme/other/releases/tag/v1",
            "https://api.github.com/repos/acme/product/zipball/v2.4.0",
        ] {
            assert!(!kept(private), "{private}");
        }
        for public in
            ["https://acme.test/changelog/2.4.0", "https://docs.acme.test/releases/2.4.0", "https://app.acme.test"]
        {
            assert!(kept(public), "{public}");
        }
    }
}
