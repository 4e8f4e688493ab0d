//! What engineers do with code: commits, pull requests, merges, tags, releases, deployments.

use serde_json::json;

use super::actions::Repository;
use super::code_changes::{MergeMethod, NewPullRequest};
use super::release::Release;
use super::repository::RepositoryState;
use super::state::GithubState;

impl Repository<'_> {
    /// Somebody commits on the default branch. Returns the SHA.
    pub fn commit_on_main(&self, message: &str) -> String {
        self.act(|state, id| {
            let branch = state.repos.get(&id).map(|repo| repo.default_branch.clone()).unwrap_or_default();
            self.push(state, &branch, message, vec!["src/lib.rs".to_owned()])
        })
    }

    /// Somebody commits on a branch, which begins at the default branch if it is new. Returns the SHA.
    pub fn commit_on(&self, branch: &str, message: &str, files: &[&str]) -> String {
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        self.act(|state, id| {
            if let Some(repo) = state.repos.get_mut(&id)
                && let Some(tip) = repo.history.branches.get(&repo.default_branch).cloned()
            {
                repo.history.branches.entry(branch.to_owned()).or_insert(tip);
            }
            self.push(state, branch, message, files)
        })
    }

    /// A branch begins at a branch, tag or SHA.
    pub fn branch(&self, name: &str, at: &str) {
        self.act(|state, id| {
            if let Some(repo) = state.repos.get_mut(&id)
                && let Some(sha) = repo.history.resolve(at).map(|commit| commit.sha.clone())
            {
                repo.history.branches.insert(name.to_owned(), sha);
            }
        });
    }

    /// Somebody picks a commit to another branch with `git cherry-pick -x`. Returns the SHA.
    pub fn cherry_pick(&self, sha: &str, branch: &str) -> String {
        let message =
            self.see(|repo| repo.history.get(sha).map(|commit| commit.message.clone())).flatten().unwrap_or_default();
        self.commit_on(branch, &format!("{message}\n\n(cherry picked from commit {sha})"), &["src/lib.rs"])
    }

    /// Somebody reverts an earlier commit on the default branch. Returns the SHA.
    pub fn revert(&self, sha: &str) -> String {
        let title =
            self.see(|repo| repo.history.get(sha).map(|commit| commit.message.clone())).flatten().unwrap_or_default();
        let title = title.lines().next().unwrap_or_default().to_owned();
        self.commit_on_main(&format!("Revert \"{title}\"\n\nThis reverts commit {sha}."))
    }

    /// The commit that a branch, a tag or a SHA points to.
    pub fn sha_of(&self, name: &str) -> Option<String> {
        self.see(|repo| repo.history.resolve(name).map(|commit| commit.sha.clone())).flatten()
    }

    /// The first parent of a commit.
    pub fn first_parent(&self, sha: &str) -> Option<String> {
        self.see(|repo| repo.history.get(sha).and_then(|commit| commit.parents.first().cloned())).flatten()
    }

    /// Whether a branch, tag or SHA contains a commit.
    pub fn contains(&self, name: &str, sha: &str) -> bool {
        let contains =
            |repo: &RepositoryState| repo.history.resolve(name).is_some_and(|tip| repo.history.contains(&tip.sha, sha));
        self.see(contains).unwrap_or(false)
    }

    /// Rewrites history: the default branch goes back to its first commit, and the rest is lost.
    pub fn rewrite_history(&self) {
        self.act(|state, id| {
            let Some(repo) = state.repos.get_mut(&id) else {
                return;
            };
            let tip = repo.history.branches.get(&repo.default_branch).cloned().unwrap_or_default();
            let root = repo.history.log(&tip).last().map(|commit| commit.sha.clone()).unwrap_or_default();
            repo.history.branches.insert(repo.default_branch.clone(), root);
            repo.history.collect_garbage();
        });
    }

    /// Starts a pull request.
    pub fn pull_request(&self, title: &str) -> PullRequestDraft<'_> {
        PullRequestDraft {
            repository: self,
            title: title.to_owned(),
            body: String::new(),
            base: None,
            branch: None,
            files: vec!["src/lib.rs".to_owned()],
            draft: false,
        }
    }

    /// Links a pull request to an issue by hand. GitHub sends no webhook for it.
    pub fn links(&self, pull_request: u64, issue: u64) {
        self.act(|state, id| {
            if let Some(pull) = state.issue_mut(id, pull_request).and_then(|found| found.pull.as_mut()) {
                pull.linked.insert((id, issue));
                state.add_to_timeline(id, issue, &self.actor(), "connected", json!({}));
            }
        });
    }

    /// Merges a pull request. Returns the SHA of the merge, `None` if it cannot be merged.
    pub fn merge(&self, pull_request: u64, method: MergeMethod) -> Option<String> {
        self.act(|state, id| state.merge(id, pull_request, method, &self.actor()))
    }

    /// Closes a pull request without merging it.
    pub fn close_pull_request(&self, pull_request: u64) {
        self.act(|state, id| {
            let actor = self.actor();
            state.close(id, pull_request, &actor, "", None);
            state.emit_pull_request(id, pull_request, &actor, "closed", json!({}));
        });
    }

    /// Tags what a branch, tag or SHA points to. An existing tag moves. Returns the commit.
    pub fn tag(&self, name: &str, at: &str) -> Option<String> {
        self.act(|state, id| state.tag(id, name, at, false, &self.actor()))
    }

    /// Like [`Repository::tag`], with an annotated tag.
    pub fn annotated_tag(&self, name: &str, at: &str) -> Option<String> {
        self.act(|state, id| state.tag(id, name, at, true, &self.actor()))
    }

    /// Deletes a tag (CocoaPods/CocoaPods#3286, adoptium/temurin-build#4114).
    pub fn delete_tag(&self, name: &str) {
        self.act(|state, id| state.delete_tag(id, name, &self.actor()));
    }

    /// Starts a release of this tag, by default on the default branch.
    pub fn release(&self, tag: &str) -> ReleaseDraft<'_> {
        let release = Release {
            id: 0,
            tag: tag.to_owned(),
            target: self.see(|repo| repo.default_branch.clone()).unwrap_or_default(),
            name: Some(tag.to_owned()),
            body: None,
            author: self.actor().login,
            draft: false,
            prerelease: false,
            created_at: 0,
            published_at: None,
            files: 0,
        };
        ReleaseDraft { repository: self, release }
    }

    /// Publishes a draft.
    pub fn publish_draft(&self, release: u64) {
        self.act(|state, id| state.edit_release(id, release, &self.actor(), &json!({"draft": false})));
    }

    /// Turns a prerelease into a stable release.
    pub fn promote(&self, release: u64) {
        self.act(|state, id| state.edit_release(id, release, &self.actor(), &json!({"prerelease": false})));
    }

    /// Marks a release as a prerelease.
    pub fn demote(&self, release: u64) {
        self.act(|state, id| state.edit_release(id, release, &self.actor(), &json!({"prerelease": true})));
    }

    /// Files are uploaded to a release until it has this many. GitHub sends no webhook for it.
    pub fn has_files(&self, release: u64, files: usize) {
        self.act(|state, id| {
            if let Some(found) = state.repos.get_mut(&id).and_then(|repo| repo.releases.get_mut(&release)) {
                found.files = files;
            }
        });
    }

    /// Deletes a release. Its tag stays.
    pub fn delete_release(&self, release: u64) {
        self.act(|state, id| state.delete_release(id, release, &self.actor()));
    }

    /// Deploys a branch, tag or SHA to an environment successfully. Only `production` counts as production. Returns the
    /// id of the deployment.
    pub fn deploy(&self, environment: &str, reference: &str) -> Option<u64> {
        let deployment = self.begin_deployment(environment, reference)?;
        self.deployment_becomes(deployment, "success");
        Some(deployment)
    }

    /// Starts a deployment without a status. Returns its id.
    fn begin_deployment(&self, environment: &str, reference: &str) -> Option<u64> {
        let production = environment == "production";
        self.act(|state, id| state.deploy(id, reference, environment, production, &self.actor()))
    }

    /// Gives a deployment a status: `success`, `failure`, `inactive`, ...
    pub fn deployment_becomes(&self, deployment: u64, state: &str) {
        self.act(|hub, id| hub.deployment_status(id, deployment, state, &self.actor()));
    }

    fn push(&self, state: &mut GithubState, branch: &str, message: &str, files: Vec<String>) -> String {
        let actor = self.actor();
        let before = state.repos.get(&self.id()).and_then(|repo| repo.history.branches.get(branch).cloned());
        let sha = state.add_commit(self.id(), branch, &actor, message, files).unwrap_or_default();
        state.pushed(self.id(), branch, before.as_deref(), &actor);
        sha
    }
}

/// A pull request to be opened.
#[must_use = "`open` opens the pull request"]
pub struct PullRequestDraft<'a> {
    repository: &'a Repository<'a>,
    title: String,
    body: String,
    base: Option<String>,
    branch: Option<String>,
    files: Vec<String>,
    draft: bool,
}

impl PullRequestDraft<'_> {
    /// Adds `Fixes #n` to its text.
    pub fn fixing(self, issue: u64) -> Self {
        self.saying(&format!("Fixes #{issue}"))
    }

    /// Adds `Fixes owner/name#n` to its text.
    pub fn fixing_in(self, repository: &str, issue: u64) -> Self {
        self.saying(&format!("Fixes {repository}#{issue}"))
    }

    /// Adds a line to its text.
    pub fn saying(mut self, text: &str) -> Self {
        if !self.body.is_empty() {
            self.body.push('\n');
        }
        self.body.push_str(text);
        self
    }

    /// The branch to merge into, created from the default branch if it is new. The default is the default branch.
    pub fn into(mut self, base: &str) -> Self {
        self.base = Some(base.to_owned());
        self
    }

    /// A branch that is there, with its commits. Without: a new branch with one commit.
    pub fn from(mut self, branch: &str) -> Self {
        self.branch = Some(branch.to_owned());
        self
    }

    /// The paths that it changes.
    pub fn touching(mut self, files: &[&str]) -> Self {
        self.files = files.iter().map(|file| (*file).to_owned()).collect();
        self
    }

    /// Opens it and returns its number, or 0 if it cannot be opened.
    pub fn open(self) -> u64 {
        let Self { repository, title, body, base, branch, files, draft } = self;
        let actor = repository.actor();
        repository.act(|state, id| {
            let Some(repo) = state.repos.get_mut(&id) else {
                return 0;
            };
            let default = repo.default_branch.clone();
            let base = base.unwrap_or_else(|| default.clone());
            if let Some(tip) = repo.history.branches.get(&default).cloned() {
                repo.history.branches.entry(base.clone()).or_insert(tip);
            }
            let fresh = format!("work-{}", repo.next_number);
            if branch.is_none()
                && let Some(tip) = repo.history.branches.get(&base).cloned()
            {
                repo.history.branches.insert(fresh.clone(), tip);
                state.add_commit(id, &fresh, &actor, &title, files);
            }
            let head = branch.unwrap_or(fresh);
            let body = Some(body).filter(|body| !body.is_empty());
            state.open_pull(id, &actor, NewPullRequest { title, body, head, base, draft }).unwrap_or_default()
        })
    }
}

/// A release to be published or saved.
#[must_use = "`publish` or `save_draft` creates the release"]
pub struct ReleaseDraft<'a> {
    repository: &'a Repository<'a>,
    release: Release,
}

impl ReleaseDraft<'_> {
    /// The branch or SHA to tag, if the tag does not exist.
    pub fn at(mut self, target: &str) -> Self {
        target.clone_into(&mut self.release.target);
        self
    }

    /// Marks it as a prerelease.
    pub const fn prerelease(mut self) -> Self {
        self.release.prerelease = true;
        self
    }

    /// Gives it files from the start.
    pub const fn with_files(mut self, files: usize) -> Self {
        self.release.files = files;
        self
    }

    /// Sets the release notes.
    pub fn notes(mut self, text: &str) -> Self {
        self.release.body = Some(text.to_owned());
        self
    }

    /// Publishes it. Returns its id, or 0 if the target does not exist.
    pub fn publish(self) -> u64 {
        self.make()
    }

    /// Saves it as a draft, which only engineers can see. Returns its id.
    pub fn save_draft(mut self) -> u64 {
        self.release.draft = true;
        self.make()
    }

    fn make(self) -> u64 {
        let Self { repository, release } = self;
        repository.act(|state, id| state.release(id, &repository.actor(), release)).unwrap_or_default()
    }
}
