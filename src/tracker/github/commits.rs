//! Commits: what a name points at, and whether a release contains a commit (G5, shipped means in users' hands).

use serde::Deserialize;

use super::{
    client::Github,
    keywords,
    path::{segment, segments},
    transport::As,
};
use crate::{
    model::{
        fix::{Containment, Fix, RevertScan},
        issue::Repository,
        tracker::error::TrackerError,
    },
    tracker::git,
};

/// How many pages of a hundred commits are read between two tips.
const BETWEEN_PAGES: usize = 10;
/// How many commits a page holds.
const PER_PAGE: usize = 100;
/// How many pages of a hundred files of one commit are read; GitHub shows three thousand at most.
const FILE_PAGES: usize = 30;
/// How many annotated tags may point at one another.
const TAG_DEPTH: usize = 5;

#[derive(Deserialize)]
struct Comparison {
    status: Option<String>,
    #[serde(default)]
    commits: Vec<CommitWire>,
    total_commits: Option<usize>,
}

#[derive(Deserialize)]
struct CommitWire {
    sha: String,
    commit: Option<CommitMessage>,
}

#[derive(Deserialize)]
struct CommitChanges {
    #[serde(default)]
    files: Vec<ChangedFile>,
}

#[derive(Deserialize)]
struct ChangedFile {
    filename: String,
    previous_filename: Option<String>,
}

#[derive(Deserialize)]
struct CommitMessage {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct TagTarget {
    object: Option<TaggedObject>,
}

#[derive(Deserialize)]
struct TaggedObject {
    #[serde(rename = "type")]
    kind: Option<String>,
    sha: String,
}

impl Github {
    /// Whether `tip` contains `commit`: the only proof that a fix is in a release.
    ///
    /// # Errors
    /// [`TrackerError`]. A commit that GitHub does not know is [`Containment::Unknown`].
    pub async fn compare(&self, repository: &Repository, commit: &str, tip: &str) -> Result<Containment, TrackerError> {
        let path = compare_path(repository, commit, tip, 1, 1);
        let doing = "comparing two commits";
        match self.transport().get::<Comparison>(As::In(repository), path, doing).await {
            // The status describes the tip relative to the commit.
            Ok(comparison) => Ok(match comparison.status.as_deref() {
                Some("ahead" | "identical") => Containment::Contained,
                Some("behind" | "diverged") => Containment::NotContained,
                _ => Containment::Unknown,
            }),
            Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => Ok(Containment::Unknown),
            Err(error) => Err(error),
        }
    }

    /// The commit that a tag, a branch or a hash names. A tag comes before a branch of the same name. An annotated tag
    /// is followed to its commit.
    ///
    /// # Errors
    /// [`TrackerError`]. A name that does not exist is `None`.
    pub async fn resolve(&self, repository: &Repository, reference: &str) -> Result<Option<String>, TrackerError> {
        let is_hash = reference.len() == 40 && reference.chars().all(|c| c.is_ascii_hexdigit());
        if segments(reference).is_empty() {
            return Ok(None);
        }
        if !is_hash && let Some(commit) = self.tag(repository, reference).await? {
            return Ok(Some(commit));
        }
        let path = format!("/repos/{repository}/commits/{}", segments(reference));
        match self.transport().get::<CommitWire>(As::In(repository), path, "resolving a commit").await {
            Ok(commit) => Ok(Some(commit.sha)),
            Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn tag(&self, repository: &Repository, name: &str) -> Result<Option<String>, TrackerError> {
        let mut path = format!("/repos/{repository}/git/ref/tags/{}", segments(name));
        for _ in 0..TAG_DEPTH {
            let found = self.transport().get::<TagTarget>(As::In(repository), path, "resolving a tag").await;
            let object = match found {
                Ok(reference) => reference.object,
                Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => None,
                Err(error) => return Err(error),
            };
            match object {
                Some(object) if object.kind.as_deref() == Some("tag") => {
                    path = format!("/repos/{repository}/git/tags/{}", segment(&object.sha));
                }
                Some(object) if object.kind.as_deref() == Some("commit") => return Ok(Some(object.sha)),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The files that a commit changes compared with its first parent. Renamed files also appear under their old names.
    /// `None` if GitHub does not know the commit or does not show all of the files.
    pub async fn list_changed_files(
        &self,
        repository: &Repository,
        sha: &str,
    ) -> Result<Option<Vec<String>>, TrackerError> {
        let mut all = Vec::new();
        for page in 1..=FILE_PAGES {
            let path = format!("/repos/{repository}/commits/{}?per_page=100&page={page}", segment(sha));
            let doing = "reading what a commit changes";
            let changes = match self.transport().get::<CommitChanges>(As::In(repository), path, doing).await {
                Ok(changes) => changes,
                Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => return Ok(None),
                Err(error) => return Err(error),
            };
            let last = changes.files.len() < 100;
            let names = |file: ChangedFile| [Some(file.filename), file.previous_filename];
            all.extend(changes.files.into_iter().flat_map(names).flatten());
            if last {
                return Ok(Some(all));
            }
        }
        Ok(None)
    }

    /// The fixes that a commit between two tips takes back, in git's or GitHub's own words. The scan is incomplete where
    /// GitHub does not know one of the tips, or where there are more commits than are read.
    pub async fn list_reverts(
        &self,
        repository: &Repository,
        base: &str,
        head: &str,
        fixes: &[Fix],
    ) -> Result<RevertScan, TrackerError> {
        let mut scan = RevertScan { reverted: Vec::new(), complete: false };
        let mut seen = 0;
        for page in 1..=BETWEEN_PAGES {
            let path = compare_path(repository, base, head, PER_PAGE, page);
            let doing = "reading the commits of a release";
            let comparison = match self.transport().get::<Comparison>(As::In(repository), path, doing).await {
                Ok(comparison) => comparison,
                Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => break,
                Err(error) => return Err(error),
            };
            let count = comparison.commits.len();
            seen += count;
            for commit in &comparison.commits {
                let message = commit.commit.as_ref().map_or("", |commit| commit.message.as_str());
                scan.reverted.extend(taken_back(repository, &commit.sha, message, fixes));
            }
            scan.complete = comparison.total_commits.map_or(count < PER_PAGE, |total| seen >= total);
            if scan.complete || count == 0 {
                break;
            }
        }
        Ok(scan)
    }
}

/// The fixes that this commit reverts.
fn taken_back(repository: &Repository, sha: &str, message: &str, fixes: &[Fix]) -> Vec<String> {
    let commits = git::reverted_commits(message);
    let pulls = keywords::reverted_pull_requests(message, repository);
    let taken_back = |fix: &&Fix| {
        let by_hash = commits.iter().any(|hash| fix.is(hash));
        by_hash || pulls.iter().any(|at| at.repository.is(&fix.repository) && fix.pull_request == Some(at.number))
    };
    fixes.iter().filter(|fix| fix.sha != sha).filter(taken_back).map(|fix| fix.sha.clone()).collect()
}

fn compare_path(repository: &Repository, base: &str, head: &str, per_page: usize, page: usize) -> String {
    let (base, head) = (segments(base), segments(head));
    format!("/repos/{repository}/compare/{base}...{head}?per_page={per_page}&page={page}")
}
