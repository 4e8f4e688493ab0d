//! A repository's history: commits, branches, tags, and what GitHub's compare returns.
//!
//! Invariant: a commit's parents exist before the commit, so history has no cycles.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use sha2::{Digest as _, Sha256};

/// One commit.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub(super) sha: String,
    pub(super) parents: Vec<String>,
    pub(super) message: String,
    pub(super) author: String,
    pub(super) at: i64,
    /// The paths that it changes.
    pub(super) files: Vec<String>,
}

/// Where a tag points.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) commit: String,
    /// The tag's own object, if it is annotated.
    pub(super) object: Option<String>,
}

/// Everything that a clone would contain.
#[derive(Debug, Default)]
pub(super) struct History {
    commits: HashMap<String, Commit>,
    /// The distance to the farthest root. Children always have a larger one than their parents.
    generations: HashMap<String, usize>,
    pub(super) branches: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, Tag>,
    made: u64,
}

/// How `head` compares to `base`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) base: String,
    pub(super) merge_base: Option<String>,
    /// In `head` and not in `base`, oldest first.
    pub(super) ahead: Vec<String>,
    pub(super) behind: usize,
}

impl Comparison {
    pub(super) const fn status(&self) -> &'static str {
        match (self.ahead.is_empty(), self.behind) {
            (true, 0) => "identical",
            (false, 0) => "ahead",
            (true, _) => "behind",
            (false, _) => "diverged",
        }
    }
}

impl History {
    /// Adds a commit that no branch points to yet.
    pub(super) fn commit(&mut self, salt: &str, commit: Commit) -> String {
        let sha = self.object(&format!("{salt}\n{}\n{}", commit.parents.join(" "), commit.message));
        let parents = commit.parents.iter().map(|parent| self.generation(parent));
        let generation = parents.max().map_or(0, |newest| newest + 1);
        self.generations.insert(sha.clone(), generation);
        self.commits.insert(sha.clone(), Commit { sha: sha.clone(), ..commit });
        sha
    }

    /// A new object id. Every run that makes the same objects in the same order gets the same ids.
    pub(super) fn object(&mut self, seed: &str) -> String {
        self.made += 1;
        let mut sha = hex::encode(Sha256::digest(format!("{}\n{seed}", self.made)));
        sha.truncate(40);
        sha
    }

    pub(super) fn get(&self, sha: &str) -> Option<&Commit> {
        self.commits.get(sha)
    }

    /// The commit that a SHA, a short SHA, a tag, a branch or a full ref names.
    pub(super) fn resolve(&self, name: &str) -> Option<&Commit> {
        let short = name.trim_start_matches("refs/").trim_start_matches("heads/").trim_start_matches("tags/");
        let sha = self
            .tags
            .get(short)
            .map(|tag| tag.commit.as_str())
            .or_else(|| self.branches.get(short).map(String::as_str))
            .unwrap_or(name);
        self.commits.get(sha).or_else(|| {
            let mut matching = self.commits.values().filter(|commit| name.len() >= 7 && commit.sha.starts_with(name));
            matching.next().filter(|_| matching.next().is_none())
        })
    }

    /// Compares two names. `None` if one of them is unknown.
    pub(super) fn compare(&self, base: &str, head: &str) -> Option<Comparison> {
        let (base, head) = (self.resolve(base)?.sha.clone(), self.resolve(head)?.sha.clone());
        let (in_base, in_head) = (self.reachable(&base), self.reachable(&head));
        let mut ahead: Vec<&Commit> = in_head.difference(&in_base).filter_map(|sha| self.commits.get(*sha)).collect();
        ahead.sort_by_key(|commit| (commit.at, self.generation(&commit.sha)));
        let ahead = ahead.into_iter().map(|commit| commit.sha.clone()).collect();
        let behind = in_base.difference(&in_head).count();
        let shared = in_base.intersection(&in_head).max_by_key(|sha| self.generation(sha));
        let merge_base = shared.map(|sha| (*sha).to_owned());
        Some(Comparison { base, merge_base, ahead, behind })
    }

    pub(super) fn contains(&self, tip: &str, sha: &str) -> bool {
        self.reachable(tip).contains(sha)
    }

    /// Commits of `tip` and its ancestors, newest first.
    pub(super) fn log(&self, tip: &str) -> Vec<&Commit> {
        let mut commits: Vec<&Commit> =
            self.reachable(tip).into_iter().filter_map(|sha| self.commits.get(sha)).collect();
        commits.sort_by_key(|commit| std::cmp::Reverse((commit.at, self.generation(&commit.sha))));
        commits
    }

    /// Removes commits that no branch or tag leads to, as garbage collection does.
    pub(super) fn collect_garbage(&mut self) {
        let tips = self.branches.values().chain(self.tags.values().map(|tag| &tag.commit));
        let kept: BTreeSet<String> = tips.flat_map(|tip| self.reachable(tip)).map(str::to_owned).collect();
        self.commits.retain(|sha, _| kept.contains(sha));
    }

    fn reachable<'a>(&'a self, tip: &'a str) -> HashSet<&'a str> {
        let mut found = HashSet::from([tip]);
        let mut waiting = VecDeque::from([tip]);
        while let Some(commit) = waiting.pop_front().and_then(|sha| self.commits.get(sha)) {
            for parent in &commit.parents {
                if found.insert(parent) {
                    waiting.push_back(parent);
                }
            }
        }
        found
    }

    fn generation(&self, sha: &str) -> usize {
        self.generations.get(sha).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(history: &mut History, parents: &[&String], message: &str) -> String {
        let parents = parents.iter().map(|parent| (*parent).clone()).collect();
        let commit = Commit {
            sha: String::new(),
            parents,
            message: message.to_owned(),
            author: "ann".to_owned(),
            at: 0,
            files: Vec::new(),
        };
        history.commit("salt", commit)
    }

    #[test]
    fn compare_says_how_head_relates_to_base() {
        let mut history = History::default();
        let root = add(&mut history, &[], "root");
        let left = add(&mut history, &[&root], "left");
        let right = add(&mut history, &[&root], "right");
        let both = add(&mut history, &[&left, &right], "both");
        let status = |base: &str, head: &str| history.compare(base, head).map(|comparison| comparison.status());
        assert_eq!(status(&left, &both), Some("ahead"));
        assert_eq!(status(&both, &left), Some("behind"));
        assert_eq!(status(&left, &right), Some("diverged"));
        assert_eq!(status(&left, &left), Some("identical"));
        assert_eq!(status(&left, "nowhere"), None);
        assert_eq!(history.compare(&left, &right).and_then(|comparison| comparison.merge_base), Some(root));
        assert_eq!(history.compare(&left, &both).map(|comparison| comparison.ahead), Some(vec![right, both]));
    }

    #[test]
    fn a_commit_is_found_by_branch_tag_and_short_sha() {
        let mut history = History::default();
        let sha = add(&mut history, &[], "root");
        history.branches.insert("main".to_owned(), sha.clone());
        history.tags.insert("app/v1".to_owned(), Tag { commit: sha.clone(), object: None });
        for name in ["main", "heads/main", "refs/tags/app/v1", "app/v1", &sha[..8], &sha] {
            assert_eq!(history.resolve(name).map(|commit| &commit.sha), Some(&sha), "{name}");
        }
        assert!(history.resolve("abc").is_none());
    }

    #[test]
    fn a_commit_that_no_branch_leads_to_is_removed() {
        let mut history = History::default();
        let kept = add(&mut history, &[], "kept");
        let lost = add(&mut history, &[&kept], "lost");
        history.branches.insert("main".to_owned(), kept.clone());
        history.collect_garbage();
        assert!(history.get(&kept).is_some());
        assert!(history.get(&lost).is_none());
    }
}
