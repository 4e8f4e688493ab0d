//! What engineers do on the practice GitHub, and what stands there, as sentences for the demo and the tests.
//!
//! What names something that does not exist changes nothing and gives an empty answer.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::code_changes::{MergeMethod, NewPull};
use super::hub::{Actor, ENGINEER, Hub};
use super::issue::CloseReason;
use super::issue_changes::NewIssue;
use super::release::Release;
use super::repository::{Gone, Milestone, Repo};
use super::{GitHub, RepositoryOptions};

/// An issue as a test sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueSeen {
    /// The number in its repository.
    pub number: u64,
    /// One line.
    pub title: String,
    /// The text.
    pub body: String,
    /// Who filed it: a login.
    pub author: String,
    /// `open` or `closed`.
    pub state: &'static str,
    /// `completed`, `not_planned`, `duplicate`, `reopened`.
    pub state_reason: Option<String>,
    /// In alphabetical order.
    pub labels: Vec<String>,
    /// Author and text of every comment, oldest first.
    pub comments: Vec<(String, String)>,
    /// Whether the app filed it.
    pub by_app: bool,
}

impl GitHub {
    /// A repository by its full name; sentences about one that does not exist do nothing.
    pub fn repository(&self, full_name: &str) -> Repository<'_> {
        let id = self.state.act(|hub| hub.repo_named(full_name)).unwrap_or_default();
        Repository { github: self, id, engineer: ENGINEER.to_owned() }
    }

    /// Makes another repository.
    pub fn add_repository(&self, options: &RepositoryOptions) -> Repository<'_> {
        let id = self.state.act(|hub| hub.add_repository(options));
        Repository { github: self, id, engineer: ENGINEER.to_owned() }
    }

    /// Installation tokens made so far are not accepted any more.
    pub fn expire_tokens(&self) {
        self.state.act(|hub| hub.tokens.retain(|_, grant| grant.expires_at.is_none()));
    }

    /// The personal token is revoked, and this one accepted instead.
    pub fn rotate_token(&self, token: &str) {
        self.state.act(|hub| {
            let old = std::mem::replace(&mut hub.options.token, token.to_owned());
            if let Some(grant) = hub.tokens.remove(&old) {
                hub.tokens.insert(token.to_owned(), grant);
            }
        });
    }

    /// The owner suspends the app, or lets it work again.
    pub fn suspend_installation(&self, suspended: bool) {
        self.state.act(|hub| hub.suspended = suspended);
    }

    /// How many issues exist in all repositories that the product filed, by app or by token.
    pub fn issues_filed_by_heard(&self) -> usize {
        self.state.act(|hub| {
            let ours = [hub.bot(), hub.options.token_user.clone()];
            let issues = hub.repos.values().flat_map(|repo| repo.issues.values());
            issues.filter(|issue| ours.contains(&issue.author)).count()
        })
    }

    /// How many comments exist in all repositories that the product wrote, by app or by token.
    pub fn comments_by_heard(&self) -> usize {
        self.state.act(|hub| {
            let ours = [hub.bot(), hub.options.token_user.clone()];
            let comments = hub.repos.values().flat_map(|repo| repo.comments.values());
            comments.filter(|comment| ours.contains(&comment.author)).count()
        })
    }
}

/// One repository, through which engineers act.
pub struct Repository<'a> {
    github: &'a GitHub,
    id: u64,
    engineer: String,
}

impl<'a> Repository<'a> {
    /// The id that survives renaming.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The same repository with another engineer, who is given `admin`, `write` or `read`.
    pub fn with_engineer(&self, login: &str, permission: &'static str) -> Self {
        self.act(|hub, id| {
            hub.person_of(login, "User");
            if let Some(repo) = hub.repos.get_mut(&id) {
                repo.collaborators.insert(login.to_owned(), permission);
            }
        });
        Self { github: self.github, id: self.id, engineer: login.to_owned() }
    }

    /// The same repository with somebody from outside, who has no permission of their own.
    pub fn with_stranger(&self, login: &str) -> Self {
        self.act(|hub, _| hub.person_of(login, "User"));
        Self { github: self.github, id: self.id, engineer: login.to_owned() }
    }

    /// Somebody commits on the default branch. Returns the SHA.
    pub fn commit_on_main(&self, message: &str) -> String {
        self.act(|hub, id| {
            let branch = hub.repos.get(&id).map(|repo| repo.default_branch.clone()).unwrap_or_default();
            self.push(hub, &branch, message, vec!["src/lib.rs".to_owned()])
        })
    }

    /// Somebody commits on a branch, which starts at the default branch if it is new. Returns the SHA.
    pub fn commit_on(&self, branch: &str, message: &str) -> String {
        self.act(|hub, _| self.push(hub, branch, message, vec!["src/lib.rs".to_owned()]))
    }

    /// As [`Repository::commit_on`], touching these paths.
    pub fn commit_files_on(&self, branch: &str, message: &str, files: &[&str]) -> String {
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        self.act(|hub, _| self.push(hub, branch, message, files))
    }

    /// A commit on the default branch takes an earlier one back.
    pub fn revert(&self, sha: &str) -> String {
        let title = self.see(|repo| repo.history.get(sha).map(|commit| commit.message.clone())).flatten().unwrap_or_default();
        let title = title.lines().next().unwrap_or_default().to_owned();
        self.commit_on_main(&format!("Revert \"{title}\"\n\nThis reverts commit {sha}."))
    }

    /// Where a branch, a tag or a SHA points.
    pub fn sha_of(&self, name: &str) -> Option<String> {
        self.see(|repo| repo.history.resolve(name).map(|commit| commit.sha.clone())).flatten()
    }

    /// Whether a commit is part of what a branch, tag or SHA names.
    pub fn contains(&self, name: &str, sha: &str) -> bool {
        let contains = |repo: &Repo| repo.history.resolve(name).is_some_and(|tip| repo.history.contains(&tip.sha, sha));
        self.see(contains).unwrap_or(false)
    }

    /// History is rewritten: the default branch starts anew from its first commit, and the rest is forgotten.
    pub fn rewrite_history(&self) {
        self.act(|hub, id| {
            let Some(repo) = hub.repos.get_mut(&id) else {
                return;
            };
            let tip = repo.history.branches.get(&repo.default_branch).cloned().unwrap_or_default();
            let root = repo.history.log(&tip).last().map(|commit| commit.sha.clone()).unwrap_or_default();
            repo.history.branches.insert(repo.default_branch.clone(), root);
            repo.history.collect_garbage();
        });
    }

    /// Begins a pull request.
    pub fn pull_request(&self, title: &str) -> PullRequest<'_> {
        PullRequest {
            repository: self,
            title: title.to_owned(),
            body: String::new(),
            base: None,
            branch: None,
            files: vec!["src/lib.rs".to_owned()],
            draft: false,
        }
    }

    /// Merges a pull request. Returns the SHA of the merge, `None` if it cannot be merged.
    pub fn merge(&self, pull_request: u64, method: MergeMethod) -> Option<String> {
        self.act(|hub, id| hub.merge(id, pull_request, method, &self.actor()))
    }

    /// Closes a pull request without merging it.
    pub fn close_pull_request(&self, pull_request: u64) {
        self.act(|hub, id| {
            let actor = self.actor();
            hub.close(id, pull_request, &actor, "", None);
            hub.tell_pull(id, pull_request, &actor, "closed", json!({}));
        });
    }

    /// Points a tag at a branch, tag or SHA; an existing tag moves. Returns the commit.
    pub fn tag(&self, name: &str, at: &str) -> Option<String> {
        self.act(|hub, id| hub.tag(id, name, at, false, &self.actor()))
    }

    /// As [`Repository::tag`], with an object of its own.
    pub fn annotated_tag(&self, name: &str, at: &str) -> Option<String> {
        self.act(|hub, id| hub.tag(id, name, at, true, &self.actor()))
    }

    /// Begins a release of this tag, at the default branch unless it says otherwise.
    pub fn release(&self, tag: &str) -> ReleaseDraft<'_> {
        let release = Release {
            id: 0,
            tag: tag.to_owned(),
            target: self.see(|repo| repo.default_branch.clone()).unwrap_or_default(),
            name: Some(tag.to_owned()),
            body: None,
            author: self.engineer.clone(),
            draft: false,
            prerelease: false,
            created_at: 0,
            published_at: None,
        };
        ReleaseDraft { repository: self, release }
    }

    /// Publishes a draft.
    pub fn publish_draft(&self, release: u64) {
        self.act(|hub, id| hub.edit_release(id, release, &self.actor(), &json!({"draft": false})));
    }

    /// Makes a prerelease a stable release.
    pub fn promote(&self, release: u64) {
        self.act(|hub, id| hub.edit_release(id, release, &self.actor(), &json!({"prerelease": false})));
    }

    /// Deletes a release; its tag stays.
    pub fn delete_release(&self, release: u64) {
        self.act(|hub, id| hub.delete_release(id, release, &self.actor()));
    }

    /// Deploys a branch, tag or SHA to an environment, successfully. `production` is production. Returns its id.
    pub fn deploy(&self, environment: &str, reference: &str) -> Option<u64> {
        let deployment = self.begin_deployment(environment, reference)?;
        self.finish_deployment(deployment, "success");
        Some(deployment)
    }

    /// Begins a deployment that has no status yet. Returns its id.
    pub fn begin_deployment(&self, environment: &str, reference: &str) -> Option<u64> {
        let production = environment == "production";
        self.act(|hub, id| hub.deploy(id, reference, environment, production, &self.actor()))
    }

    /// Gives a deployment a status: `success`, `failure`, `inactive`, ...
    pub fn finish_deployment(&self, deployment: u64, state: &str) {
        self.act(|hub, id| hub.deployment_status(id, deployment, state, &self.actor()));
    }

    /// An engineer files an issue. Returns its number.
    pub fn files_issue(&self, title: &str, body: &str) -> u64 {
        let new = NewIssue { title: title.to_owned(), body: Some(body.to_owned()), ..NewIssue::default() };
        self.act(|hub, id| hub.new_issue(id, &self.actor(), new)).unwrap_or_default()
    }

    /// Closes an issue by hand.
    pub fn close_as(&self, issue: u64, reason: CloseReason) {
        self.act(|hub, id| hub.close(id, issue, &self.actor(), reason.word(), None));
    }

    /// Closes an issue as a duplicate of another in the same repository.
    pub fn close_as_duplicate_of(&self, issue: u64, canonical: u64) {
        self.act(|hub, id| {
            hub.close(id, issue, &self.actor(), CloseReason::Duplicate.word(), None);
            if let Some(issue) = hub.issue_mut(id, issue) {
                issue.duplicate_of = Some((id, canonical));
            }
        });
    }

    /// Opens an issue again.
    pub fn reopen(&self, issue: u64) {
        self.act(|hub, id| hub.reopen(id, issue, &self.actor()));
    }

    /// Comments on an issue. Returns the comment's id.
    pub fn comments_on(&self, issue: u64, text: &str) -> Option<u64> {
        self.act(|hub, id| hub.comment(id, issue, &self.actor(), text))
    }

    /// Rewrites an issue's text.
    pub fn rewrites(&self, issue: u64, body: &str) {
        self.act(|hub, id| hub.edit(id, issue, &self.actor(), None, Some(Some(body.to_owned()))));
    }

    /// Rewrites an issue's title.
    pub fn retitles(&self, issue: u64, title: &str) {
        self.act(|hub, id| hub.edit(id, issue, &self.actor(), Some(title.to_owned()), None));
    }

    /// Adds a label to an issue.
    pub fn labels(&self, issue: u64, label: &str) {
        self.act(|hub, id| {
            let mut labels = hub.issue_mut(id, issue).map(|issue| issue.labels.clone()).unwrap_or_default();
            labels.insert(label.to_owned());
            hub.label(id, issue, &self.actor(), labels);
        });
    }

    /// Assigns an issue to one person.
    pub fn assigns(&self, issue: u64, login: &str) {
        let assignees = BTreeSet::from([login.to_owned()]);
        self.act(|hub, id| hub.assign(id, issue, &self.actor(), assignees));
    }

    /// Locks the conversation of an issue.
    pub fn locks(&self, issue: u64) {
        self.act(|hub, id| {
            if let Some(found) = hub.issue_mut(id, issue) {
                found.locked = true;
            }
            hub.tell_issue(id, issue, &self.actor(), "locked", json!({}));
        });
    }

    /// Makes a milestone and returns its number.
    pub fn milestone(&self, title: &str) -> u64 {
        self.act(|hub, id| {
            let (milestone_id, now) = (hub.new_id(), hub.now());
            let Some(repo) = hub.repos.get_mut(&id) else {
                return 0;
            };
            let number = repo.milestones.len() as u64 + 1;
            let milestone = Milestone { id: milestone_id, number, title: title.to_owned(), closed_at: None, created_at: now };
            repo.milestones.insert(number, milestone);
            self.tell_milestone(hub, number, "created");
            number
        })
    }

    /// Puts an issue into a milestone.
    pub fn plans(&self, issue: u64, milestone: u64) {
        self.act(|hub, id| hub.put_in_milestone(id, issue, &self.actor(), Some(milestone)));
    }

    /// Closes a milestone.
    pub fn close_milestone(&self, number: u64) {
        self.act(|hub, id| {
            let now = hub.now();
            if let Some(milestone) = hub.repos.get_mut(&id).and_then(|repo| repo.milestones.get_mut(&number)) {
                milestone.closed_at = Some(now);
            }
            self.tell_milestone(hub, number, "closed");
        });
    }

    /// Moves an issue to another repository. Returns its new number.
    pub fn transfers(&self, issue: u64, to: &Repository<'_>) -> Option<u64> {
        self.act(|hub, id| hub.transfer(id, issue, to.id, &self.actor()))
    }

    /// Deletes an issue for good.
    pub fn deletes(&self, issue: u64) {
        self.act(|hub, id| hub.delete_issue(id, issue, &self.actor()));
    }

    /// Renames the repository; the old name redirects.
    pub fn renames_to(&self, name: &str) {
        self.act(|hub, id| {
            let Some(repo) = hub.repos.get_mut(&id) else {
                return;
            };
            let full_name = repo.full_name();
            let old = std::mem::replace(&mut repo.name, name.to_owned());
            repo.old_names.push(full_name);
            hub.tell(id, &self.actor(), "repository", Some("renamed"), json!({"changes": {"repository": {"name": {"from": old}}}}));
        });
    }

    /// Makes the repository public or private.
    pub fn becomes_private(&self, private: bool) {
        self.act(|hub, id| {
            if let Some(repo) = hub.repos.get_mut(&id) {
                repo.private = private;
            }
            let action = if private { "privatized" } else { "publicized" };
            hub.tell(id, &self.actor(), "repository", Some(action), json!({}));
        });
    }

    /// Archives the repository: it can only be read.
    pub fn is_archived(&self) {
        self.act(|hub, id| {
            if let Some(repo) = hub.repos.get_mut(&id) {
                repo.archived = true;
            }
            hub.tell(id, &self.actor(), "repository", Some("archived"), json!({}));
        });
    }

    /// Switches issues off in the repository.
    pub fn disables_issues(&self) {
        self.act(|hub, id| {
            if let Some(repo) = hub.repos.get_mut(&id) {
                repo.has_issues = false;
            }
        });
    }

    /// An issue as it stands, `None` if it is not there (any more), or a pull request.
    pub fn issue(&self, number: u64) -> Option<IssueSeen> {
        self.see(|repo| {
            let issue = repo.issues.get(&number).filter(|issue| issue.pull.is_none())?;
            let comments = repo.comments.values().filter(|comment| comment.number == number);
            Some(IssueSeen {
                number,
                title: issue.title.clone(),
                body: issue.body.clone().unwrap_or_default(),
                author: issue.author.clone(),
                state: issue.state(),
                state_reason: issue.state_reason.clone(),
                labels: issue.labels.iter().cloned().collect(),
                comments: comments.map(|comment| (comment.author.clone(), comment.body.clone())).collect(),
                by_app: issue.via_app,
            })
        })
        .flatten()
    }

    /// Every issue of the repository, oldest first, without pull requests.
    pub fn issues(&self) -> Vec<IssueSeen> {
        let numbers: Vec<u64> = self.see(|repo| repo.issues.keys().copied().collect()).unwrap_or_default();
        numbers.into_iter().filter_map(|number| self.issue(number)).collect()
    }

    /// Where an issue was moved to, if it was: full name and number.
    pub fn moved_to(&self, issue: u64) -> Option<(String, u64)> {
        self.act(|hub, id| match hub.repos.get(&id)?.gone.get(&issue)? {
            Gone::Transferred(target, number) => Some((hub.repos.get(target)?.full_name(), *number)),
            Gone::Deleted => None,
        })
    }

    fn actor(&self) -> Actor {
        Actor::person(&self.engineer)
    }

    fn push(&self, hub: &mut Hub, branch: &str, message: &str, files: Vec<String>) -> String {
        let actor = self.actor();
        let before = hub.repos.get(&self.id).and_then(|repo| repo.history.branches.get(branch).cloned());
        let sha = hub.add_commit(self.id, branch, &actor, message, files).unwrap_or_default();
        hub.pushed(self.id, branch, before.as_deref(), &actor);
        sha
    }

    fn tell_milestone(&self, hub: &mut Hub, number: u64, action: &str) {
        let shown: Option<Value> = hub.repos.get(&self.id).map(|repo| hub.milestone_json(repo, number));
        hub.tell(self.id, &self.actor(), "milestone", Some(action), json!({"milestone": shown}));
    }

    fn act<T>(&self, change: impl FnOnce(&mut Hub, u64) -> T) -> T {
        self.github.state.act(|hub| change(hub, self.id))
    }

    fn see<T>(&self, look: impl FnOnce(&Repo) -> T) -> Option<T> {
        self.act(|hub, id| hub.repos.get(&id).map(look))
    }
}

/// A pull request about to be opened.
#[must_use = "`open` opens the pull request"]
pub struct PullRequest<'a> {
    repository: &'a Repository<'a>,
    title: String,
    body: String,
    base: Option<String>,
    branch: Option<String>,
    files: Vec<String>,
    draft: bool,
}

impl PullRequest<'_> {
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
        self.body = [self.body.as_str(), text].join("\n").trim().to_owned();
        self
    }

    /// The branch it is to be merged into, made from the default branch if it is new. Without: the default branch.
    pub fn into(mut self, base: &str) -> Self {
        self.base = Some(base.to_owned());
        self
    }

    /// A branch that is there, with its commits. Without: a new branch with one commit.
    pub fn from(mut self, branch: &str) -> Self {
        self.branch = Some(branch.to_owned());
        self
    }

    /// The paths it touches.
    pub fn touching(mut self, files: &[&str]) -> Self {
        self.files = files.iter().map(|file| (*file).to_owned()).collect();
        self
    }

    /// Not ready for review yet.
    pub const fn draft(mut self) -> Self {
        self.draft = true;
        self
    }

    /// Opens it and returns its number, 0 if it cannot be opened.
    pub fn open(self) -> u64 {
        let Self { repository, title, body, base, branch, files, draft } = self;
        let actor = repository.actor();
        repository.act(|hub, id| {
            let Some(repo) = hub.repos.get_mut(&id) else {
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
                hub.add_commit(id, &fresh, &actor, &title, files);
            }
            let head = branch.unwrap_or(fresh);
            let body = Some(body).filter(|body| !body.is_empty());
            hub.open_pull(id, &actor, NewPull { title, body, head, base, draft }).unwrap_or_default()
        })
    }
}

/// A release about to be made.
#[must_use = "`publish` or `save_draft` makes the release"]
pub struct ReleaseDraft<'a> {
    repository: &'a Repository<'a>,
    release: Release,
}

impl ReleaseDraft<'_> {
    /// The branch or SHA its tag is made at, if the tag does not exist.
    pub fn at(mut self, target: &str) -> Self {
        target.clone_into(&mut self.release.target);
        self
    }

    /// Not for everybody yet.
    pub const fn prerelease(mut self) -> Self {
        self.release.prerelease = true;
        self
    }

    /// Its notes.
    pub fn notes(mut self, text: &str) -> Self {
        self.release.body = Some(text.to_owned());
        self
    }

    /// Publishes it. Returns its id, 0 if the target does not exist.
    pub fn publish(self) -> u64 {
        self.make()
    }

    /// Saves it as a draft, which only engineers see. Returns its id.
    pub fn save_draft(mut self) -> u64 {
        self.release.draft = true;
        self.make()
    }

    fn make(self) -> u64 {
        let Self { repository, release } = self;
        repository.act(|hub, id| hub.release(id, &repository.actor(), release)).unwrap_or_default()
    }
}
