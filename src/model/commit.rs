//! Commits, as far as their messages speak of fixes.

use serde::{Deserialize, Serialize};

/// A commit, with what its message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitWords {
    /// Its hash.
    pub sha: String,
    /// Its message, with the subject as its first line.
    pub message: String,
}

impl CommitWords {
    /// The first line of its message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default().trim()
    }

    /// Whether this hash, which may be shortened, is the commit's.
    pub fn is(&self, hash: &str) -> bool {
        is_start(hash, &self.sha)
    }
}

/// Whether a hash, which may be shortened to seven characters, means this commit.
pub fn is_start(hash: &str, sha: &str) -> bool {
    hash.len() >= 7 && sha.get(..hash.len()).is_some_and(|start| start.eq_ignore_ascii_case(hash))
}

/// A hash, shortened as people read it.
pub fn short(sha: &str) -> String {
    sha.chars().take(8).collect()
}

/// Commits that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitList {
    /// The commits, oldest first.
    pub commits: Vec<CommitWords>,
    /// Whether these are all. If not, one that takes a fix back may have been missed, and nothing is proven (G5, shipped
    /// means in users' hands).
    pub complete: bool,
}
