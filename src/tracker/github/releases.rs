//! What may carry a fix to users: releases and version tags. Deployments are in a file of their own.

use std::collections::HashMap;

use serde::Deserialize;

use super::{client::Github, transport::As, wire};
use crate::{
    base::clock::Time,
    model::{issue::Repository, release::ReleaseCandidate, tracker::error::TrackerError},
    shipping,
};

/// How many pages of a hundred releases or tags are read.
const PAGES: usize = 3;
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

/// The prefix of a release's number in our id for it.
const RELEASE: &str = "release:";

/// Our id for the release with this number.
pub(super) fn external_id(number: i64) -> String {
    format!("{RELEASE}{number}")
}

impl Github {
    /// The releases published since then, newest first, with drafts and prereleases marked.
    ///
    /// A release's tag is resolved now, because `target_commitish` is often a branch and a tag can be moved later.
    pub async fn list_releases(
        &self,
        repository: &Repository,
        since: Time,
    ) -> Result<Vec<ReleaseCandidate>, TrackerError> {
        let path = format!("/repos/{repository}/releases?per_page=100");
        let old = |release: &ReleaseWire| {
            let at = release.published_at.or(release.created_at);
            at.is_some_and(|at| at < since)
        };
        let (mut all, _) = self
            .transport()
            .list::<ReleaseWire>(As::In(repository), path, PAGES, "listing releases", |page| {
                page.last().is_some_and(|last| last.created_at.is_some() && old(last))
            })
            .await?;
        all.retain(|release| !old(release));
        let tags = if all.len() > 3 { self.tagged(repository).await? } else { HashMap::new() };
        let mut candidates = Vec::with_capacity(all.len());
        for (at, release) in all.into_iter().enumerate() {
            let version = release.tag_name.unwrap_or_default();
            let sha = match tags.get(&version) {
                _ if release.draft || version.is_empty() => None,
                Some(sha) => Some(sha.clone()),
                None if at < RESOLVED => self.resolve(repository, &version).await?,
                None => None,
            };
            candidates.push(ReleaseCandidate {
                external_id: external_id(release.id),
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
        Ok(candidates)
    }

    /// Whether a release that was out still is: neither deleted nor made a draft again.
    pub async fn release_is_out(&self, repository: &Repository, external_id: &str) -> Result<bool, TrackerError> {
        let id = external_id.strip_prefix(RELEASE).unwrap_or(external_id);
        let path = format!("/repos/{repository}/releases/{id}");
        match self.transport().get::<ReleaseWire>(As::In(repository), path, "reading a release").await {
            Ok(release) => Ok(!release.draft),
            Err(TrackerError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The version tags, in GitHub's order. A version such as `2.4.0-rc.1` is a prerelease.
    pub async fn list_tags(&self, repository: &Repository) -> Result<Vec<ReleaseCandidate>, TrackerError> {
        let tags = self.tagged(repository).await?;
        let mut candidates: Vec<ReleaseCandidate> = tags
            .into_iter()
            .map(|(name, sha)| ReleaseCandidate {
                external_id: format!("tag:{name}"),
                prerelease: shipping::is_prerelease(&name),
                named_early: shipping::is_prerelease(&name),
                version: name,
                sha: Some(sha),
                url: None,
                draft: false,
                published_at: None,
                environment: None,
            })
            .collect();
        candidates.sort_by(|left, right| left.version.cmp(&right.version));
        Ok(candidates)
    }

    /// The tags as git has them, for a GitHub whose list of tags is empty although there are some.
    async fn tag_references(&self, repository: &Repository) -> Result<HashMap<String, String>, TrackerError> {
        let path = format!("/repos/{repository}/git/matching-refs/tags/?per_page=100");
        let doing = "listing tags";
        let listed = self.transport().list::<TagReference>(As::In(repository), path, PAGES, doing, |_| false).await;
        let references = match listed {
            Ok((references, _)) => references,
            Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut tagged = HashMap::new();
        for reference in references.into_iter().rev().take(RESOLVED) {
            let Some(name) = reference.name.strip_prefix("refs/tags/") else { continue };
            if let Some(sha) = self.resolve(repository, name).await? {
                tagged.insert(name.to_owned(), sha);
            }
        }
        Ok(tagged)
    }

    /// Every tag with its commit. Annotated tags are already followed.
    async fn tagged(&self, repository: &Repository) -> Result<HashMap<String, String>, TrackerError> {
        let path = format!("/repos/{repository}/tags?per_page=100");
        let listed = self.transport().list::<TagWire>(As::In(repository), path, PAGES, "listing tags", |_| false).await;
        let tags = match listed {
            Ok((tags, _)) => tags,
            Err(TrackerError::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut tagged: HashMap<String, String> =
            tags.into_iter().filter_map(|tag| Some((tag.name, tag.commit?.sha))).collect();
        if tagged.is_empty() {
            tagged = self.tag_references(repository).await?;
        }
        Ok(tagged)
    }
}
