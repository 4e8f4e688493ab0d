//! What may carry a fix to users: releases and version tags. Deployments have a file of their own.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Github, transport::As, trouble::Trouble, wire};
use crate::{base::clock::Time, model::issue::Repository};

/// How many pages of a hundred releases, or tags, are read.
const PAGES: usize = 3;
/// How many releases of one listing are resolved to their commit one by one.
const RESOLVED: usize = 30;

/// A release, a tag or a deployment, before anybody asked what it contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `release:17`, `tag:v2.4.0` or `deployment:99`: unique in its repository.
    pub external_id: String,
    /// The version in words for people.
    pub version: String,
    /// Its commit. `None` where the tag does not exist, so nothing can be said of what it contains.
    pub sha: Option<String>,
    /// Where people read about it.
    pub url: Option<String>,
    /// Not for everybody.
    pub prerelease: bool,
    /// Not out at all.
    pub draft: bool,
    /// When it came out; tags do not say.
    pub published_at: Option<Time>,
    /// For deployments: where to.
    pub environment: Option<String>,
}

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
struct Reference {
    #[serde(rename = "ref")]
    name: String,
}

#[derive(Deserialize)]
struct TagCommit {
    sha: String,
}

impl Github {
    /// The releases published since then (all recent ones without it), newest first, drafts and prereleases marked.
    ///
    /// A release's tag is resolved now: `target_commitish` is often a branch, and a tag can be moved later.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn releases(&self, repository: &Repository, since: Option<Time>) -> Result<Vec<Candidate>, Trouble> {
        let path = format!("/repos/{repository}/releases?per_page=100");
        let old = |release: &ReleaseWire| {
            let at = release.published_at.or(release.created_at);
            since.is_some_and(|since| at.is_some_and(|at| at < since))
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
            candidates.push(Candidate {
                external_id: format!("release:{}", release.id),
                version,
                sha,
                url: release.html_url,
                prerelease: release.prerelease,
                draft: release.draft,
                published_at: release.published_at,
                environment: None,
            });
        }
        Ok(candidates)
    }

    /// Whether a release that was out still is: not deleted, and not a draft again.
    ///
    /// # Errors
    /// [`Trouble`], save [`Trouble::NotFound`]: what is missing is not out.
    pub async fn is_out(&self, repository: &Repository, id: &str) -> Result<bool, Trouble> {
        let path = format!("/repos/{repository}/releases/{id}");
        match self.transport().get::<ReleaseWire>(As::In(repository), path, "reading a release").await {
            Ok(release) => Ok(!release.draft),
            Err(Trouble::NotFound(_)) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// The version tags, as GitHub lists them. A version such as `2.4.0-rc.1` is a prerelease.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<Candidate>, Trouble> {
        let tags = self.tagged(repository).await?;
        let mut candidates: Vec<Candidate> = tags
            .into_iter()
            .map(|(name, sha)| Candidate {
                external_id: format!("tag:{name}"),
                prerelease: super::shipping::is_prerelease(&name),
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

    /// The tags as git has them, for places whose list of tags is empty although there are some.
    async fn tag_references(&self, repository: &Repository) -> Result<HashMap<String, String>, Trouble> {
        let path = format!("/repos/{repository}/git/matching-refs/tags/?per_page=100");
        let doing = "listing tags";
        let listed = self.transport().list::<Reference>(As::In(repository), path, PAGES, doing, |_| false).await;
        let references = match listed {
            Ok((references, _)) => references,
            Err(Trouble::NotFound(_) | Trouble::Invalid(_)) => Vec::new(),
            Err(trouble) => return Err(trouble),
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

    /// Every tag with its commit, annotated ones already followed.
    async fn tagged(&self, repository: &Repository) -> Result<HashMap<String, String>, Trouble> {
        let path = format!("/repos/{repository}/tags?per_page=100");
        let listed = self.transport().list::<TagWire>(As::In(repository), path, PAGES, "listing tags", |_| false).await;
        let tags = match listed {
            Ok((tags, _)) => tags,
            Err(Trouble::NotFound(_)) => Vec::new(),
            Err(trouble) => return Err(trouble),
        };
        let mut tagged: HashMap<String, String> =
            tags.into_iter().filter_map(|tag| Some((tag.name, tag.commit?.sha))).collect();
        if tagged.is_empty() {
            tagged = self.tag_references(repository).await?;
        }
        Ok(tagged)
    }
}
