//! What may carry a fix to users: releases and version tags. Deployments are in a file of their own.

use std::collections::HashMap;

use serde::Deserialize;

use super::{client::Github, path::segments, transport::As, wire};
use crate::{
    base::clock::Time,
    model::{
        issue::Repository,
        release::{FoundReleases, ReleaseCandidate},
        tracker::error::TrackerError,
    },
    shipping,
};

/// How many pages of a hundred releases or tags are read. GitHub lists tags by their names, so the newest may be on any.
const PAGES: usize = 10;
/// How many releases in one listing are resolved to their commit one by one.
const RESOLVED: usize = 30;

#[derive(Deserialize)]
struct ReleaseWire {
    id: i64,
    tag_name: Option<String>,
    html_url: Option<String>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    #[serde(default, deserialize_with = "wire::time")]
    published_at: Option<Time>,
    #[serde(default, deserialize_with = "wire::time")]
    created_at: Option<Time>,
    assets: Option<Vec<serde_json::Value>>,
}

impl ReleaseWire {
    fn has_files(&self) -> bool {
        self.assets.as_ref().is_some_and(|assets| !assets.is_empty())
    }
}

#[derive(Deserialize)]
struct TagWire {
    name: String,
    commit: Option<TagCommit>,
}

#[derive(Deserialize)]
struct TagReference {
    #[serde(rename = "ref")]
    name: String,
}

#[derive(Deserialize)]
struct TagCommit {
    sha: String,
}

/// Tags with their commits, and whether they are all there are.
type NamedTags = (HashMap<String, String>, bool);

/// The prefix of a release's number in our id for it.
const RELEASE: &str = "release:";

/// The prefix of a tag's name in our id for it.
const TAG: &str = "tag:";

/// Our id for the release with this number.
pub(super) fn external_id(number: i64) -> String {
    format!("{RELEASE}{number}")
}

impl Github {
    /// The releases published since then, newest first, with drafts and prereleases marked.
    ///
    /// A release's tag is resolved now, because `target_commitish` is often a branch and a tag can be moved later.
    pub async fn list_releases(&self, repository: &Repository, since: Time) -> Result<FoundReleases, TrackerError> {
        let path = format!("/repos/{repository}/releases?per_page=100");
        let old = |release: &ReleaseWire| {
            let at = release.published_at.or(release.created_at);
            at.is_some_and(|at| at < since)
        };
        let (mut all, mut complete) = self
            .transport()
            .list_whole::<ReleaseWire, _>(
                As::In(repository),
                path,
                PAGES,
                "listing releases",
                |page| page.last().is_some_and(|last| last.created_at.is_some() && old(last)),
                Some,
            )
            .await?;
        let bare = without_files(&all);
        all.retain(|release| !old(release));
        let tags = if all.len() > 3 { self.tagged(repository).await?.0 } else { HashMap::new() };
        let mut candidates = Vec::with_capacity(all.len());
        for (at, release) in all.into_iter().enumerate() {
            let version = release.tag_name.unwrap_or_default();
            let sha = match tags.get(&version) {
                _ if release.draft || version.is_empty() => None,
                Some(sha) => Some(sha.clone()),
                None if at < RESOLVED => self.resolve(repository, &version).await?,
                None => {
                    complete = false;
                    None
                }
            };
            candidates.push(ReleaseCandidate {
                external_id: external_id(release.id),
                bare: bare.contains(&release.id),
                sha,
                url: release.html_url,
                prerelease: release.prerelease,
                named_early: shipping::is_prerelease(&version),
                draft: release.draft,
                version,
                published_at: release.published_at,
                environment: None,
            });
        }
        Ok(FoundReleases { found: candidates, complete })
    }

    /// Whether a release or a tag that was out still is: neither deleted nor made a draft again.
    pub async fn still_out(&self, repository: &Repository, external_id: &str) -> Result<bool, TrackerError> {
        match external_id.strip_prefix(TAG) {
            Some(name) => self.tag_is_out(repository, name).await,
            None => self.release_is_out(repository, external_id).await,
        }
    }

    /// Whoever may not see a repository's tags any more is answered as if there were none, so it is asked for all of them, too.
    async fn tag_is_out(&self, repository: &Repository, name: &str) -> Result<bool, TrackerError> {
        let (one, all) = (format!("/git/ref/tags/{}", segments(name)), "/tags?per_page=1".to_owned());
        Ok(self.is_there(repository, &one).await? || !self.is_there(repository, &all).await?)
    }

    /// Whether there is anything at this place of a repository, for us.
    async fn is_there(&self, repository: &Repository, place: &str) -> Result<bool, TrackerError> {
        let path = format!("/repos/{repository}{place}");
        match self.transport().get::<serde_json::Value>(As::In(repository), path, "looking for a tag").await {
            Ok(_) => Ok(true),
            Err(TrackerError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn release_is_out(&self, repository: &Repository, external_id: &str) -> Result<bool, TrackerError> {
        let id = external_id.strip_prefix(RELEASE).unwrap_or(external_id);
        let path = format!("/repos/{repository}/releases/{id}");
        match self.transport().get::<ReleaseWire>(As::In(repository), path, "reading a release").await {
            Ok(release) => Ok(!release.draft),
            Err(TrackerError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The version tags, in GitHub's order. A version such as `2.4.0-rc.1` is a prerelease.
    pub async fn list_tags(&self, repository: &Repository) -> Result<FoundReleases, TrackerError> {
        let (tags, complete) = self.tagged(repository).await?;
        let mut candidates: Vec<ReleaseCandidate> = tags
            .into_iter()
            .map(|(name, sha)| ReleaseCandidate {
                external_id: format!("{TAG}{name}"),
                prerelease: shipping::is_prerelease(&name),
                named_early: shipping::is_prerelease(&name),
                version: name,
                sha: Some(sha),
                url: None,
                draft: false,
                bare: false,
                published_at: None,
                environment: None,
            })
            .collect();
        candidates.sort_by(|left, right| left.version.cmp(&right.version));
        Ok(FoundReleases { found: candidates, complete })
    }

    /// The tags as git has them, for a GitHub whose list of tags is empty although there are some.
    async fn tag_references(&self, repository: &Repository) -> Result<NamedTags, TrackerError> {
        let path = format!("/repos/{repository}/git/matching-refs/tags/?per_page=100");
        let doing = "listing tags";
        let listed = self
            .transport()
            .list_whole::<TagReference, _>(As::In(repository), path, PAGES, doing, |_| false, Some)
            .await;
        let (references, complete) = match listed {
            Ok(listed) => listed,
            Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => (Vec::new(), true),
            Err(error) => return Err(error),
        };
        let mut tagged = HashMap::new();
        let complete = complete && references.len() <= RESOLVED;
        for reference in references.into_iter().rev().take(RESOLVED) {
            let Some(name) = reference.name.strip_prefix("refs/tags/") else { continue };
            if let Some(sha) = self.resolve(repository, name).await? {
                tagged.insert(name.to_owned(), sha);
            }
        }
        Ok((tagged, complete))
    }

    /// Every tag with its commit. Annotated tags are already followed.
    async fn tagged(&self, repository: &Repository) -> Result<NamedTags, TrackerError> {
        let path = format!("/repos/{repository}/tags?per_page=100");
        let doing = "listing tags";
        let listed =
            self.transport().list_whole::<TagWire, _>(As::In(repository), path, PAGES, doing, |_| false, Some).await;
        let (tags, complete) = match listed {
            Ok(listed) => listed,
            Err(TrackerError::NotFound(_)) => (Vec::new(), true),
            Err(error) => return Err(error),
        };
        let tagged: HashMap<String, String> =
            tags.into_iter().filter_map(|tag| Some((tag.name, tag.commit?.sha))).collect();
        if tagged.is_empty() && complete {
            return self.tag_references(repository).await;
        }
        Ok((tagged, complete))
    }
}

/// The stable releases without files where the last ones before them have some: a build that is not done, or that failed.
/// `all` are the newest first.
fn without_files(all: &[ReleaseWire]) -> Vec<i64> {
    const BEFORE: usize = 3;
    const AT_LEAST: usize = 2;
    let stable: Vec<&ReleaseWire> = all.iter().filter(|release| !release.draft && !release.prerelease).collect();
    let bare = stable.iter().enumerate().filter(|(at, release)| {
        let before = stable.get(at + 1..).unwrap_or_default().iter().take(BEFORE);
        !release.has_files() && before.clone().count() >= AT_LEAST && before.clone().all(|other| other.has_files())
    });
    bare.map(|(_, release)| release.id).collect()
}
