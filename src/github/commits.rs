//! Commits: what a name points at, and whether one release contains another commit (G5).

use serde::Deserialize;

use super::{Github, fixes::fix::Fix, keywords, segment, segments, transport::As, trouble::Trouble};
use crate::model::issue::Repository;

/// How many pages of a hundred commits between two tips are read.
const BETWEEN_PAGES: usize = 10;
/// How many pages of a hundred files of one commit are read; GitHub shows three thousand at most.
const FILE_PAGES: usize = 30;
/// How many tags may point at one another.
const TAG_DEPTH: usize = 5;

/// Whether a tip contains a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Containment {
    /// It does: the commit is the tip, or behind it.
    Contained,
    /// It does not.
    NotContained,
    /// GitHub does not know one of the two: history was rewritten, or the commit is in another repository.
    Unknown,
}

/// What happened to fixes between two tips.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// `(fix, commit that takes it back)`.
    pub reverted: Vec<(String, String)>,
    /// `(fix, commit that carries it over)`: a cherry-pick that names its origin.
    pub picked: Vec<(String, String)>,
    /// Whether every commit was read; beyond a thousand they are not.
    pub complete: bool,
}

#[derive(Deserialize)]
struct Comparison {
    status: Option<String>,
    #[serde(default)]
    commits: Vec<Commit>,
    total_commits: Option<usize>,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
    commit: Option<Message>,
}

#[derive(Deserialize)]
struct Changes {
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    previous_filename: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Reference {
    object: Option<Object>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: Option<String>,
    sha: String,
}

impl Github {
    /// Whether `tip` contains `commit`: the only proof that a fix is in a release.
    ///
    /// # Errors
    /// [`Trouble`]; a commit that GitHub does not know is [`Containment::Unknown`].
    pub async fn contains(&self, repository: &Repository, commit: &str, tip: &str) -> Result<Containment, Trouble> {
        let path = compare_path(repository, commit, tip, 1, 1);
        let doing = "comparing two commits";
        match self.transport().get::<Comparison>(As::In(repository), path, doing).await {
            // The status describes the tip relative to the commit.
            Ok(comparison) => Ok(match comparison.status.as_deref() {
                Some("ahead" | "identical") => Containment::Contained,
                Some("behind" | "diverged") => Containment::NotContained,
                _ => Containment::Unknown,
            }),
            Err(Trouble::NotFound(_) | Trouble::Invalid(_)) => Ok(Containment::Unknown),
            Err(trouble) => Err(trouble),
        }
    }

    /// The commit that a tag, a branch or a hash names. A tag comes before a branch of the same name, and one that is
    /// annotated is followed to its commit.
    ///
    /// # Errors
    /// [`Trouble`]; a name that is nothing is `None`.
    pub async fn resolve(&self, repository: &Repository, reference: &str) -> Result<Option<String>, Trouble> {
        let is_hash = reference.len() == 40 && reference.chars().all(|c| c.is_ascii_hexdigit());
        if segments(reference).is_empty() {
            return Ok(None);
        }
        if !is_hash && let Some(commit) = self.tag(repository, reference).await? {
            return Ok(Some(commit));
        }
        let path = format!("/repos/{repository}/commits/{}", segments(reference));
        match self.transport().get::<Commit>(As::In(repository), path, "resolving a commit").await {
            Ok(commit) => Ok(Some(commit.sha)),
            Err(Trouble::NotFound(_) | Trouble::Invalid(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    async fn tag(&self, repository: &Repository, name: &str) -> Result<Option<String>, Trouble> {
        let mut path = format!("/repos/{repository}/git/ref/tags/{}", segments(name));
        for _ in 0..TAG_DEPTH {
            let found = self.transport().get::<Reference>(As::In(repository), path, "resolving a tag").await;
            let object = match found {
                Ok(reference) => reference.object,
                Err(Trouble::NotFound(_) | Trouble::Invalid(_)) => None,
                Err(trouble) => return Err(trouble),
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

    /// The files that a commit changes against its first parent, by their old names as well where they were renamed.
    /// `None` where GitHub does not know the commit or does not show all of them.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn changed_files(&self, repository: &Repository, sha: &str) -> Result<Option<Vec<String>>, Trouble> {
        let mut all = Vec::new();
        for page in 1..=FILE_PAGES {
            let path = format!("/repos/{repository}/commits/{}?per_page=100&page={page}", segment(sha));
            let doing = "reading what a commit changes";
            let changes = match self.transport().get::<Changes>(As::In(repository), path, doing).await {
                Ok(changes) => changes,
                Err(Trouble::NotFound(_) | Trouble::Invalid(_)) => return Ok(None),
                Err(trouble) => return Err(trouble),
            };
            let last = changes.files.len() < 100;
            let names = |file: File| [Some(file.filename), file.previous_filename];
            all.extend(changes.files.into_iter().flat_map(names).flatten());
            if last {
                return Ok(Some(all));
            }
        }
        Ok(None)
    }

    /// The fixes that a commit between two tips takes back, by git's or GitHub's own words for it.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn reverts(
        &self,
        repository: &Repository,
        base: &str,
        head: &str,
        fixes: &[Fix],
    ) -> Result<Vec<String>, Trouble> {
        let between = self.between(repository, base, head, fixes).await?;
        Ok(between.reverted.into_iter().map(|(fix, _)| fix).collect())
    }

    /// What the commits between two tips say about these fixes. Tips that GitHub does not know have nothing between.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn between(
        &self,
        repository: &Repository,
        base: &str,
        head: &str,
        fixes: &[Fix],
    ) -> Result<Between, Trouble> {
        let mut between = Between { complete: true, ..Between::default() };
        let mut seen = 0;
        for page in 1..=BETWEEN_PAGES {
            let path = compare_path(repository, base, head, 100, page);
            let doing = "reading the commits of a release";
            let comparison = match self.transport().get::<Comparison>(As::In(repository), path, doing).await {
                Ok(comparison) => comparison,
                Err(Trouble::NotFound(_) | Trouble::Invalid(_)) => return Ok(Between::default()),
                Err(trouble) => return Err(trouble),
            };
            seen += comparison.commits.len();
            for commit in &comparison.commits {
                let message = commit.commit.as_ref().map_or("", |commit| commit.message.as_str());
                note(&mut between, repository, &commit.sha, message, fixes);
            }
            if comparison.commits.is_empty() || comparison.total_commits.is_none_or(|total| seen >= total) {
                return Ok(between);
            }
        }
        between.complete = false;
        Ok(between)
    }
}

fn note(between: &mut Between, repository: &Repository, sha: &str, message: &str, fixes: &[Fix]) {
    let reverted = keywords::reverted_commits(message);
    let reverted_pulls = keywords::reverted_pull_requests(message, repository);
    let picked = keywords::picked_from(message);
    for fix in fixes.iter().filter(|fix| fix.sha != sha) {
        let names = |hashes: &[String]| hashes.iter().any(|hash| is_prefix(hash, &fix.sha));
        let by_number = reverted_pulls
            .iter()
            .any(|(name, number)| super::issues::same_name(name, &fix.repository) && fix.pull_request == Some(*number));
        if names(&reverted) || by_number {
            between.reverted.push((fix.sha.clone(), sha.to_owned()));
        }
        if names(&picked) {
            between.picked.push((fix.sha.clone(), sha.to_owned()));
        }
    }
}

/// Whether an abbreviated hash names this commit.
pub(super) fn is_prefix(short: &str, sha: &str) -> bool {
    short.len() >= 7 && sha.get(..short.len()).is_some_and(|start| start.eq_ignore_ascii_case(short))
}

fn compare_path(repository: &Repository, base: &str, head: &str, per_page: usize, page: usize) -> String {
    let (base, head) = (segments(base), segments(head));
    format!("/repos/{repository}/compare/{base}...{head}?per_page={per_page}&page={page}")
}
