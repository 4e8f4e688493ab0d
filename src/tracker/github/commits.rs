//! Commits: what a name points at, and whether a release contains a commit (G5, shipped means in users' hands).

use serde::Deserialize;

use super::{
    client::Github,
    path::{segment, segments},
    transport::As,
};
use crate::model::{
    commit::{CommitList, CommitWords},
    fix::{Containment, Fix},
    issue::Repository,
    tracker::error::TrackerError,
};

/// How many pages of a hundred commits are read between two tips.
const BETWEEN_PAGES: usize = 10;
/// How many commits a page holds.
const PER_PAGE: usize = 100;
/// How many pages of a hundred files of one commit are read; GitHub shows three thousand at most.
const FILE_PAGES: usize = 30;
/// How many pages of a hundred commits of one pull request are read.
const PULL_PAGES: usize = 3;
/// How many commits of a pull request GitHub shows at most.
const PULL_COMMITS: usize = 250;
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
    #[serde(default)]
    parents: Vec<serde_json::Value>,
}

impl CommitWire {
    fn words(self) -> CommitWords {
        CommitWords { sha: self.sha, message: self.commit.map(|commit| commit.message).unwrap_or_default() }
    }
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

    /// The commits that `head` has and `base` lacks. The list is incomplete where GitHub does not know one of the tips, or
    /// where there are more commits than are read.
    pub async fn list_commits_between(
        &self,
        repository: &Repository,
        base: &str,
        head: &str,
    ) -> Result<CommitList, TrackerError> {
        let mut list = CommitList::default();
        for page in 1..=BETWEEN_PAGES {
            let path = compare_path(repository, base, head, PER_PAGE, page);
            let doing = "reading the commits of a release";
            let comparison = match self.transport().get::<Comparison>(As::In(repository), path, doing).await {
                Ok(comparison) => comparison,
                Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => break,
                Err(error) => return Err(error),
            };
            let count = comparison.commits.len();
            list.commits.extend(comparison.commits.into_iter().map(CommitWire::words));
            let read = list.commits.len();
            list.complete = comparison.total_commits.map_or(count < PER_PAGE, |total| read >= total);
            if list.complete || count == 0 {
                break;
            }
        }
        Ok(list)
    }

    /// The commits that a fix is made of. Which way a pull request was merged shows in the history below its merge: a
    /// merge commit has two parents, and a rebase repeats the messages of its commits.
    pub async fn list_made_of(&self, fix: &Fix) -> Result<Option<CommitList>, TrackerError> {
        let repository = &fix.repository;
        let doing = "reading the commits of a pull request";
        let mut made_of = CommitList { commits: Vec::new(), complete: true };
        if let Some(number) = fix.pull_request {
            let path = format!("/repos/{repository}/pulls/{number}/commits?per_page=100");
            match self.transport().list::<CommitWire>(As::In(repository), path, PULL_PAGES, doing, |_| false).await {
                // GitHub shows 250 at most, and does not say that there are more.
                Ok((commits, complete)) => {
                    made_of.complete = complete && commits.len() < PULL_COMMITS;
                    made_of.commits = commits.into_iter().map(CommitWire::words).collect();
                }
                Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let own = made_of.commits.len().clamp(1, PER_PAGE);
        let path = format!("/repos/{repository}/commits?sha={}&per_page={own}", segment(&fix.sha));
        let log = match self.transport().list::<CommitWire>(As::In(repository), path, 1, doing, |_| true).await {
            Ok((log, _)) => log,
            Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let merged = log.first().is_some_and(|tip| tip.parents.len() > 1);
        let log: Vec<CommitWords> = log.into_iter().map(CommitWire::words).collect();
        if log.first().is_none_or(|tip| tip.sha != fix.sha) {
            return Ok(None);
        }
        let repeats =
            log.iter().zip(made_of.commits.iter().rev()).all(|(after, before)| after.message == before.message);
        let taken = if !merged && repeats && fix.pull_request.is_some() { log.len() } else { 1 };
        for commit in log.into_iter().take(taken) {
            if made_of.commits.iter().all(|known| known.sha != commit.sha) {
                made_of.commits.push(commit);
            }
        }
        Ok(Some(made_of))
    }
}

fn compare_path(repository: &Repository, base: &str, head: &str, per_page: usize, page: usize) -> String {
    let (base, head) = (segments(base), segments(head));
    format!("/repos/{repository}/compare/{base}...{head}?per_page={per_page}&page={page}")
}
