//! How code changes: commits, pushes, pull requests, merges.
//!
//! Keywords close issues as on GitHub: when a commit with a keyword reaches the default branch, or when a pull request
//! with a keyword in its text is merged into it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::commits::Commit;
use super::issue::{Closer, PullRequest};
use super::issue_changes::NewIssue;
use super::keywords;
use super::state::{GithubActor, GithubState};

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeMethod {
    /// A merge commit with two parents.
    Merge,
    /// One new commit.
    Squash,
    /// A new commit for each of its commits, on top of the base.
    Rebase,
}

/// A pull request to be opened.
#[derive(Debug, Clone)]
pub(super) struct NewPullRequest {
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) head: String,
    pub(super) base: String,
    pub(super) draft: bool,
}

impl GithubState {
    /// Adds a commit to a branch without sending a webhook. A new branch starts at the default branch.
    pub(super) fn add_commit(
        &mut self,
        repo_id: u64,
        branch: &str,
        actor: &GithubActor,
        message: &str,
        files: Vec<String>,
    ) -> Option<String> {
        let now = self.now();
        self.ensure_person(&actor.login, "User");
        let repo = self.repos.get_mut(&repo_id)?;
        let tip =
            repo.history.branches.get(branch).or_else(|| repo.history.branches.get(&repo.default_branch)).cloned();
        let commit = Commit {
            sha: String::new(),
            parents: tip.into_iter().collect(),
            message: message.to_owned(),
            author: actor.login.clone(),
            at: now,
            files,
        };
        let sha = repo.history.commit(&repo.name, commit);
        repo.history.branches.insert(branch.to_owned(), sha.clone());
        Some(sha)
    }

    /// Queues the webhook for a branch that was at `before`. On the default branch, the new commits close issues.
    pub(super) fn pushed(&mut self, repo_id: u64, branch: &str, before: Option<&str>, actor: &GithubActor) {
        let Some(repo) = self.repos.get(&repo_id) else {
            return;
        };
        let Some(after) = repo.history.branches.get(branch).cloned() else {
            return;
        };
        let new: Vec<Commit> = match before.and_then(|before| repo.history.compare(before, &after)) {
            Some(comparison) => comparison.ahead.iter().filter_map(|sha| repo.history.get(sha)).cloned().collect(),
            None => Vec::new(),
        };
        let is_default = repo.default_branch == branch;
        let commits: Vec<Value> = new.iter().map(pushed_json).collect();
        let body = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before.unwrap_or(NOTHING),
            "after": after,
            "created": before.is_none(), "deleted": false, "forced": false,
            "commits": commits,
            "head_commit": commits.last(),
            "pusher": {"name": actor.login},
        });
        self.emit(repo_id, actor, "push", None, body);
        if is_default {
            for commit in new {
                self.close_by_commit(repo_id, &commit, actor);
            }
        }
    }

    fn close_by_commit(&mut self, repo_id: u64, commit: &Commit, actor: &GithubActor) {
        for mention in keywords::closed_by(&commit.message) {
            if let Some(target) = self.repository_of(repo_id, &mention) {
                let closer = Closer::Commit(repo_id, commit.sha.clone());
                self.close(target, mention.number, actor, "completed", Some(closer));
            }
        }
        let Some(url) = self.repos.get(&repo_id).map(|repo| format!("{}/commits/{}", repo.url(&self.base), commit.sha))
        else {
            return;
        };
        for mention in keywords::mentioned_in(&commit.message) {
            if let Some(target) = self.repository_of(repo_id, &mention) {
                let more = json!({"commit_id": commit.sha, "commit_url": url});
                self.add_to_timeline(target, mention.number, actor, "referenced", more);
            }
        }
    }

    pub(super) fn open_pull(&mut self, repo_id: u64, actor: &GithubActor, new: NewPullRequest) -> Option<u64> {
        let repo = self.repos.get(&repo_id)?;
        let head_sha = repo.history.branches.get(&new.head)?.clone();
        let comparison = repo.history.compare(&new.base, &new.head)?;
        let of = |sha: &String| repo.history.get(sha).map(|commit| commit.files.clone()).unwrap_or_default();
        let mut files: Vec<String> = comparison.ahead.iter().flat_map(of).collect();
        files.sort();
        files.dedup();
        let pull = PullRequest {
            head_branch: new.head,
            head_sha: head_sha.clone(),
            base_branch: new.base,
            draft: new.draft,
            commits: comparison.ahead,
            files,
            linked: BTreeSet::new(),
            merged_at: None,
            merged_by: None,
            // GitHub shows the commit of its test merge until the real one exists.
            merge_commit_sha: Some(head_sha.chars().rev().collect()),
        };
        let number =
            self.insert_issue(repo_id, actor, NewIssue { title: new.title, body: new.body, ..NewIssue::default() })?;
        self.issue_mut(repo_id, number)?.pull = Some(pull);
        self.cross_reference(repo_id, number, actor);
        self.emit_pull_request(repo_id, number, actor, "opened", json!({}));
        Some(number)
    }

    /// Merges an open pull request and returns the SHA of the merge.
    pub(super) fn merge(
        &mut self,
        repo_id: u64,
        number: u64,
        method: MergeMethod,
        actor: &GithubActor,
    ) -> Option<String> {
        let now = self.now();
        let repo = self.repos.get_mut(&repo_id)?;
        let issue = repo.issues.get_mut(&number).filter(|issue| issue.is_open())?;
        let (title, body) = (issue.title.clone(), issue.body.clone().unwrap_or_default());
        let pull = issue.pull.clone()?;
        let before = repo.history.branches.get(&pull.base_branch)?.clone();
        let commit = |parents: Vec<String>, message: String, files: Vec<String>| Commit {
            sha: String::new(),
            parents,
            message,
            author: actor.login.clone(),
            at: now,
            files,
        };
        let sha = match method {
            MergeMethod::Merge => {
                let message =
                    format!("Merge pull request #{number} from {}/{}\n\n{title}", repo.owner, pull.head_branch);
                let parents = vec![before.clone(), pull.head_sha.clone()];
                repo.history.commit(&repo.name, commit(parents, message, pull.files.clone()))
            }
            MergeMethod::Squash => {
                let message = format!("{title} (#{number})\n\n{body}");
                repo.history.commit(&repo.name, commit(vec![before.clone()], message, pull.files.clone()))
            }
            MergeMethod::Rebase => {
                let mut tip = before.clone();
                for sha in &pull.commits {
                    let Some(original) = repo.history.get(sha).cloned() else {
                        continue;
                    };
                    tip = repo.history.commit(&repo.name, commit(vec![tip], original.message, original.files));
                }
                tip
            }
        };
        repo.history.branches.insert(pull.base_branch.clone(), sha.clone());
        let on_default = pull.base_branch == repo.default_branch;
        let merged = PullRequest {
            merged_at: Some(now),
            merged_by: Some(actor.login.clone()),
            merge_commit_sha: Some(sha.clone()),
            ..pull.clone()
        };
        self.issue_mut(repo_id, number)?.pull = Some(merged);
        self.close(repo_id, number, actor, "completed", None);
        self.add_to_timeline(repo_id, number, actor, "merged", json!({"commit_id": sha}));
        self.emit_pull_request(repo_id, number, actor, "closed", json!({}));
        if on_default {
            let by_keyword = keywords::closed_by(&body);
            let by_keyword = by_keyword.iter().filter_map(|one| Some((self.repository_of(repo_id, one)?, one.number)));
            let closed: BTreeSet<(u64, u64)> = by_keyword.chain(pull.linked.iter().copied()).collect();
            for (target, issue) in closed {
                self.close(target, issue, actor, "completed", Some(Closer::Pull(repo_id, number)));
            }
        }
        self.pushed(repo_id, &pull.base_branch, Some(&before), actor);
        Some(sha)
    }
}

/// The SHA that stands for no commit in a push.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000";

fn pushed_json(commit: &Commit) -> Value {
    json!({
        "id": commit.sha, "tree_id": commit.sha, "distinct": true, "message": commit.message,
        "timestamp": crate::clock::seconds_text(commit.at),
        "author": {"name": commit.author, "username": commit.author},
        "committer": {"name": commit.author, "username": commit.author},
        "added": [], "removed": [], "modified": commit.files,
    })
}
