//! What engineers do with issues and milestones, and what they see.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::actions::Repository;
use super::issue::CloseReason;
use super::issue_changes::NewIssue;
use super::repository::{DepartedIssue, RepositoryMilestone};
use super::state::GithubState;

/// An issue as it is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueSnapshot {
    /// The number in its repository.
    pub number: u64,
    /// The title.
    pub title: String,
    /// The text below the title.
    pub body: String,
    /// The login of who filed it.
    pub author: String,
    /// `open` or `closed`.
    pub state: &'static str,
    /// `completed`, `not_planned`, `duplicate`, `reopened`.
    pub state_reason: Option<String>,
    /// In alphabetical order.
    pub labels: Vec<String>,
    /// Author and text of every comment, oldest first.
    pub comments: Vec<(String, String)>,
}

impl Repository<'_> {
    /// An engineer files an issue. Returns its number.
    pub fn files_issue(&self, title: &str, body: &str) -> u64 {
        let new = NewIssue { title: title.to_owned(), body: Some(body.to_owned()), ..NewIssue::default() };
        self.act(|state, id| state.new_issue(id, &self.actor(), new)).unwrap_or_default()
    }

    /// Closes an issue by hand.
    pub fn close_as(&self, issue: u64, reason: CloseReason) {
        self.act(|state, id| state.close(id, issue, &self.actor(), reason.word(), None));
    }

    /// Closes an issue as a duplicate of another in the same repository.
    pub fn close_as_duplicate_of(&self, issue: u64, canonical: u64) {
        self.act(|state, id| {
            state.close(id, issue, &self.actor(), CloseReason::Duplicate.word(), None);
            if let Some(issue) = state.issue_mut(id, issue) {
                issue.duplicate_of = Some((id, canonical));
            }
        });
    }

    /// Reopens an issue.
    pub fn reopen(&self, issue: u64) {
        self.act(|state, id| state.reopen(id, issue, &self.actor()));
    }

    /// Comments on an issue. Returns the comment's id.
    pub fn comments_on(&self, issue: u64, text: &str) -> Option<u64> {
        self.act(|state, id| state.comment(id, issue, &self.actor(), text))
    }

    /// Rewrites an issue's text.
    pub fn rewrites(&self, issue: u64, body: &str) {
        self.act(|state, id| state.edit(id, issue, &self.actor(), None, Some(body.to_owned())));
    }

    /// Adds a label to an issue.
    pub fn labels(&self, issue: u64, label: &str) {
        self.act(|state, id| {
            let mut labels = state.issue_mut(id, issue).map(|issue| issue.labels.clone()).unwrap_or_default();
            labels.insert(label.to_owned());
            state.label(id, issue, &self.actor(), &labels);
        });
    }

    /// Assigns an issue to one person.
    pub fn assigns(&self, issue: u64, login: &str) {
        let assignees = BTreeSet::from([login.to_owned()]);
        self.act(|state, id| state.assign(id, issue, &self.actor(), &assignees));
    }

    /// Locks an issue: nobody without an App can comment on it.
    pub fn locks(&self, issue: u64) {
        self.act(|state, id| {
            if let Some(found) = state.issue_mut(id, issue) {
                found.locked = true;
            }
        });
    }

    /// Creates a milestone and returns its number.
    pub fn milestone(&self, title: &str) -> u64 {
        self.act(|state, id| {
            let (milestone_id, now) = (state.new_id(), state.now());
            let Some(repo) = state.repos.get_mut(&id) else {
                return 0;
            };
            let number = repo.milestones.len() as u64 + 1;
            let milestone = RepositoryMilestone {
                id: milestone_id,
                number,
                title: title.to_owned(),
                closed_at: None,
                created_at: now,
            };
            repo.milestones.insert(number, milestone);
            self.emit_milestone(state, number, "created");
            number
        })
    }

    /// Puts an issue into a milestone.
    pub fn plans(&self, issue: u64, milestone: u64) {
        self.act(|state, id| state.put_in_milestone(id, issue, &self.actor(), Some(milestone)));
    }

    /// Closes a milestone.
    pub fn close_milestone(&self, number: u64) {
        self.act(|state, id| {
            let now = state.now();
            if let Some(milestone) = state.repos.get_mut(&id).and_then(|repo| repo.milestones.get_mut(&number)) {
                milestone.closed_at = Some(now);
            }
            self.emit_milestone(state, number, "closed");
        });
    }

    /// Moves an issue to another repository. Returns its new number.
    pub fn transfers(&self, issue: u64, to: &Repository<'_>) -> Option<u64> {
        self.act(|state, id| state.transfer(id, issue, to.id(), &self.actor()))
    }

    /// Deletes an issue for good.
    pub fn deletes(&self, issue: u64) {
        self.act(|state, id| state.delete_issue(id, issue, &self.actor()));
    }

    /// An issue as it is now. `None` if there is no such issue or it is a pull request.
    pub fn issue(&self, number: u64) -> Option<IssueSnapshot> {
        self.see(|repo| {
            let issue = repo.issues.get(&number).filter(|issue| issue.pull.is_none())?;
            let comments = repo.comments.values().filter(|comment| comment.number == number);
            Some(IssueSnapshot {
                number,
                title: issue.title.clone(),
                body: issue.body.clone().unwrap_or_default(),
                author: issue.author.clone(),
                state: issue.state(),
                state_reason: issue.state_reason.clone(),
                labels: issue.labels.iter().cloned().collect(),
                comments: comments.map(|comment| (comment.author.clone(), comment.body.clone())).collect(),
            })
        })
        .flatten()
    }

    /// Every issue of the repository without pull requests, oldest first.
    pub fn issues(&self) -> Vec<IssueSnapshot> {
        let numbers: Vec<u64> = self.see(|repo| repo.issues.keys().copied().collect()).unwrap_or_default();
        numbers.into_iter().filter_map(|number| self.issue(number)).collect()
    }

    /// Where an issue was transferred to: full name and number.
    pub fn moved_to(&self, issue: u64) -> Option<(String, u64)> {
        self.act(|state, id| match state.repos.get(&id)?.gone.get(&issue)? {
            DepartedIssue::Transferred(target, number) => Some((state.repos.get(target)?.full_name(), *number)),
            DepartedIssue::Deleted => None,
        })
    }

    fn emit_milestone(&self, state: &mut GithubState, number: u64, action: &str) {
        let shown: Option<Value> = state.repos.get(&self.id()).map(|repo| state.milestone_json(repo, number));
        state.emit(self.id(), &self.actor(), "milestone", Some(action), json!({"milestone": shown}));
    }
}
