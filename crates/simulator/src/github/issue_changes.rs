//! How an issue changes, through people and through the API alike.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::issue::{Closer, Issue, TimelineEvent};
use super::keywords;
use super::state::{GithubActor, GithubState};

/// An issue to be filed.
#[derive(Debug, Clone, Default)]
pub(super) struct NewIssue {
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) labels: BTreeSet<String>,
    pub(super) assignees: BTreeSet<String>,
    pub(super) milestone: Option<u64>,
}

impl GithubState {
    pub(super) fn new_issue(&mut self, repo_id: u64, actor: &GithubActor, new: NewIssue) -> Option<u64> {
        let number = self.insert_issue(repo_id, actor, new)?;
        self.cross_reference(repo_id, number, actor);
        self.emit_issue(repo_id, number, actor, "opened", json!({}));
        Some(number)
    }

    /// Adds an issue to the repository without sending a webhook.
    pub(super) fn insert_issue(&mut self, repo_id: u64, actor: &GithubActor, new: NewIssue) -> Option<u64> {
        let (id, now) = (self.new_id(), self.now());
        self.ensure_person(&actor.login, "User");
        let label_ids: Vec<u64> = new.labels.iter().map(|_| self.new_id()).collect();
        let repo = self.repos.get_mut(&repo_id)?;
        for (name, label_id) in new.labels.iter().zip(label_ids) {
            repo.labels.entry(name.clone()).or_insert(label_id);
        }
        let number = repo.next_number;
        repo.next_number += 1;
        let issue = Issue {
            id,
            number,
            title: new.title,
            body: new.body,
            author: actor.login.clone(),
            via_app: actor.via_app,
            labels: new.labels,
            assignees: new.assignees,
            milestone: new.milestone,
            locked: false,
            created_at: now,
            updated_at: now,
            closed_at: None,
            closed_by: None,
            state_reason: None,
            duplicate_of: None,
            closer: None,
            pull: None,
            timeline: Vec::new(),
        };
        repo.issues.insert(number, issue);
        Some(number)
    }

    pub(super) fn edit(
        &mut self,
        repo_id: u64,
        number: u64,
        actor: &GithubActor,
        title: Option<String>,
        body: Option<String>,
    ) {
        let now = self.now();
        let Some(issue) = self.issue_mut(repo_id, number) else {
            return;
        };
        let mut changes = json!({});
        if let Some(title) = title.filter(|title| *title != issue.title) {
            changes["title"] = json!({"from": issue.title});
            issue.title = title;
        }
        if let Some(body) = body.filter(|body| *body != issue.body.as_deref().unwrap_or_default()) {
            changes["body"] = json!({"from": issue.body});
            issue.body = Some(body).filter(|body| !body.is_empty());
        }
        if changes != json!({}) {
            issue.updated_at = now;
            self.cross_reference(repo_id, number, actor);
            self.emit_issue_or_pull_request(repo_id, number, actor, "edited", json!({"changes": changes}));
        }
    }

    /// Closes an open issue, by hand or by code.
    pub(super) fn close(
        &mut self,
        repo_id: u64,
        number: u64,
        actor: &GithubActor,
        reason: &str,
        closer: Option<Closer>,
    ) {
        let now = self.now();
        let names_commit = self.options.closed_event_names_commit;
        let Some(issue) = self.issue_mut(repo_id, number).filter(|issue| issue.is_open()) else {
            return;
        };
        issue.closed_at = Some(now);
        issue.updated_at = now;
        issue.closed_by = Some(actor.login.clone());
        issue.state_reason = issue.pull.is_none().then(|| reason.to_owned());
        issue.closer.clone_from(&closer);
        let commit = match closer {
            Some(Closer::Commit(repository, sha)) => Some((repository, sha)),
            Some(Closer::Pull(repository, pull)) if names_commit => self.merge_of(repository, pull),
            _ => None,
        };
        let url = commit.as_ref().and_then(|(repository, sha)| {
            let repo = self.repos.get(repository)?;
            Some(format!("{}/commits/{sha}", repo.url(&self.base)))
        });
        let sha = commit.map(|(_, sha)| sha);
        self.add_to_timeline(
            repo_id,
            number,
            actor,
            "closed",
            json!({"commit_id": sha, "commit_url": url, "state_reason": reason}),
        );
        if self.is_issue(repo_id, number) {
            self.emit_issue(repo_id, number, actor, "closed", json!({}));
        }
    }

    fn merge_of(&self, repo_id: u64, number: u64) -> Option<(u64, String)> {
        let pull = self.repos.get(&repo_id)?.issues.get(&number)?.pull.as_ref()?;
        Some((repo_id, pull.merge_commit_sha.clone()?))
    }

    pub(super) fn reopen(&mut self, repo_id: u64, number: u64, actor: &GithubActor) {
        let now = self.now();
        let Some(issue) = self.issue_mut(repo_id, number).filter(|issue| !issue.is_open()) else {
            return;
        };
        issue.closed_at = None;
        issue.closed_by = None;
        issue.closer = None;
        issue.duplicate_of = None;
        issue.updated_at = now;
        issue.state_reason = issue.pull.is_none().then(|| "reopened".to_owned());
        self.add_to_timeline(repo_id, number, actor, "reopened", json!({"state_reason": null}));
        self.emit_issue_or_pull_request(repo_id, number, actor, "reopened", json!({}));
    }

    /// Sets the labels to exactly these.
    pub(super) fn label(&mut self, repo_id: u64, number: u64, actor: &GithubActor, labels: &BTreeSet<String>) {
        let Some(before) = self.issue_mut(repo_id, number).map(|issue| issue.labels.clone()) else {
            return;
        };
        let now = self.now();
        let steps: Vec<(bool, String)> = labels
            .difference(&before)
            .map(|name| (true, name.clone()))
            .chain(before.difference(labels).map(|name| (false, name.clone())))
            .collect();
        for (added, name) in steps {
            let label_id = self.new_id();
            let Some(repo) = self.repos.get_mut(&repo_id) else {
                return;
            };
            repo.labels.entry(name.clone()).or_insert(label_id);
            if let Some(issue) = repo.issues.get_mut(&number) {
                issue.updated_at = now;
                if added {
                    issue.labels.insert(name.clone())
                } else {
                    issue.labels.remove(&name)
                };
            }
            let event = if added { "labeled" } else { "unlabeled" };
            let label = self.repos.get(&repo_id).map(|repo| self.label_json(repo, &name));
            self.add_to_timeline(repo_id, number, actor, event, json!({"label": {"name": name, "color": "ededed"}}));
            self.emit_issue_or_pull_request(repo_id, number, actor, event, json!({"label": label}));
        }
    }

    pub(super) fn assign(&mut self, repo_id: u64, number: u64, actor: &GithubActor, assignees: &BTreeSet<String>) {
        for login in assignees {
            self.ensure_person(login, "User");
        }
        let Some(issue) = self.issue_mut(repo_id, number) else {
            return;
        };
        let before = std::mem::replace(&mut issue.assignees, assignees.clone());
        let gained = assignees.difference(&before).map(|login| ("assigned", login));
        for (event, login) in gained.chain(before.difference(assignees).map(|login| ("unassigned", login))) {
            let assignee = self.person_json(login);
            self.add_to_timeline(repo_id, number, actor, event, json!({"assignee": assignee}));
            self.emit_issue_or_pull_request(repo_id, number, actor, event, json!({"assignee": assignee}));
        }
    }

    pub(super) fn put_in_milestone(&mut self, repo_id: u64, number: u64, actor: &GithubActor, milestone: Option<u64>) {
        let Some(issue) = self.issue_mut(repo_id, number).filter(|issue| issue.milestone != milestone) else {
            return;
        };
        let before = std::mem::replace(&mut issue.milestone, milestone);
        let (event, named) = match milestone {
            Some(named) => ("milestoned", named),
            None => ("demilestoned", before.unwrap_or_default()),
        };
        let shown = self.repos.get(&repo_id).map(|repo| self.milestone_json(repo, named));
        self.emit_issue_or_pull_request(repo_id, number, actor, event, json!({"milestone": shown}));
    }

    /// Adds a cross-reference to every issue that the text of this one mentions for the first time.
    pub(super) fn cross_reference(&mut self, repo_id: u64, number: u64, actor: &GithubActor) {
        let Some(issue) = self.repos.get(&repo_id).and_then(|repo| repo.issues.get(&number)) else {
            return;
        };
        let text = format!("{}\n{}", issue.title, issue.body.as_deref().unwrap_or_default());
        let source = json!({"source": {"repository_id": repo_id, "number": number}});
        for mention in keywords::mentioned_in(&text) {
            let Some(target) = self.repository_of(repo_id, &mention) else {
                continue;
            };
            let known = self.issue_mut(target, mention.number).is_none_or(|issue| {
                issue.timeline.iter().any(|moment| moment.event == "cross-referenced" && moment.more == source)
            });
            if !known && (target, mention.number) != (repo_id, number) {
                self.add_to_timeline(target, mention.number, actor, "cross-referenced", source.clone());
            }
        }
    }

    /// The repository of a mention.
    pub(super) fn repository_of(&self, repo_id: u64, mention: &keywords::Mention) -> Option<u64> {
        mention.repository.as_ref().map_or(Some(repo_id), |name| self.repo_named(name))
    }

    pub(super) fn add_to_timeline(
        &mut self,
        repo_id: u64,
        number: u64,
        actor: &GithubActor,
        event: &'static str,
        more: Value,
    ) {
        let (id, at) = (self.new_id(), self.now());
        if let Some(issue) = self.issue_mut(repo_id, number) {
            issue.timeline.push(TimelineEvent { id, event, actor: actor.login.clone(), at, more });
        }
    }

    /// Queues a webhook about an issue or a pull request, whichever has this number.
    fn emit_issue_or_pull_request(
        &mut self,
        repo_id: u64,
        number: u64,
        actor: &GithubActor,
        action: &str,
        more: Value,
    ) {
        if self.is_issue(repo_id, number) {
            self.emit_issue(repo_id, number, actor, action, more);
        } else {
            self.emit_pull_request(repo_id, number, actor, action, more);
        }
    }

    fn is_issue(&self, repo_id: u64, number: u64) -> bool {
        self.repos.get(&repo_id).and_then(|repo| repo.issues.get(&number)).is_some_and(|issue| issue.pull.is_none())
    }

    pub(super) fn issue_mut(&mut self, repo_id: u64, number: u64) -> Option<&mut Issue> {
        self.repos.get_mut(&repo_id)?.issues.get_mut(&number)
    }
}
