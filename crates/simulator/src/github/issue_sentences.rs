//! What engineers do with issues and milestones, and what stands there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::hub::Hub;
use super::issue::CloseReason;
use super::issue_changes::NewIssue;
use super::repository::{Gone, Milestone};
use super::sentences::Repository;

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

impl Repository<'_> {
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
        self.act(|hub, id| hub.transfer(id, issue, to.id(), &self.actor()))
    }

    /// Deletes an issue for good.
    pub fn deletes(&self, issue: u64) {
        self.act(|hub, id| hub.delete_issue(id, issue, &self.actor()));
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

    fn tell_milestone(&self, hub: &mut Hub, number: u64, action: &str) {
        let shown: Option<Value> = hub.repos.get(&self.id()).map(|repo| hub.milestone_json(repo, number));
        hub.tell(self.id(), &self.actor(), "milestone", Some(action), json!({"milestone": shown}));
    }
}
