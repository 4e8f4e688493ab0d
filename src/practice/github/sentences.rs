//! What engineers do on the practice GitHub, and what stands there, as sentences for the demo and the tests.
//!
//! What names something that does not exist changes nothing and gives an empty answer.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::hub::{Actor, ENGINEER, Hub};
use super::issue::CloseReason;
use super::issue_changes::NewIssue;
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

impl Repository<'_> {
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
        self.act(|hub, id| hub.edit(id, issue, &self.actor(), None, Some(body.to_owned())));
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
            hub.label(id, issue, &self.actor(), &labels);
        });
    }

    /// Assigns an issue to one person.
    pub fn assigns(&self, issue: u64, login: &str) {
        let assignees = BTreeSet::from([login.to_owned()]);
        self.act(|hub, id| hub.assign(id, issue, &self.actor(), &assignees));
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
            let milestone =
                Milestone { id: milestone_id, number, title: title.to_owned(), closed_at: None, created_at: now };
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
            hub.tell(
                id,
                &self.actor(),
                "repository",
                Some("renamed"),
                json!({"changes": {"repository": {"name": {"from": old}}}}),
            );
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

    pub(super) fn actor(&self) -> Actor {
        Actor::person(&self.engineer)
    }

    fn tell_milestone(&self, hub: &mut Hub, number: u64, action: &str) {
        let shown: Option<Value> = hub.repos.get(&self.id).map(|repo| hub.milestone_json(repo, number));
        hub.tell(self.id, &self.actor(), "milestone", Some(action), json!({"milestone": shown}));
    }

    pub(super) fn act<T>(&self, change: impl FnOnce(&mut Hub, u64) -> T) -> T {
        self.github.state.act(|hub| change(hub, self.id))
    }

    pub(super) fn see<T>(&self, look: impl FnOnce(&Repo) -> T) -> Option<T> {
        self.act(|hub, id| hub.repos.get(&id).map(look))
    }
}
