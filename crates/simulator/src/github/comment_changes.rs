//! How comments change, and how issues leave: transferred to another repository, or deleted.

use serde_json::{Value, json};

use super::issue::{Issue, IssueComment};
use super::repository::{DepartedIssue, RepositoryState};
use super::state::{GithubActor, GithubState};

impl GithubState {
    pub(super) fn comment(&mut self, repo_id: u64, number: u64, actor: &GithubActor, body: &str) -> Option<u64> {
        let (id, now) = (self.new_id(), self.now());
        self.ensure_person(&actor.login, "User");
        let comment = IssueComment {
            id,
            number,
            author: actor.login.clone(),
            via_app: actor.via_app,
            body: body.to_owned(),
            created_at: now,
            updated_at: now,
        };
        let repo = self.repos.get_mut(&repo_id)?;
        repo.issues.get_mut(&number)?.updated_at = now;
        repo.comments.insert(id, comment);
        self.emit_comment(repo_id, id, actor, "created", json!({}));
        Some(id)
    }

    pub(super) fn edit_comment(&mut self, repo_id: u64, id: u64, actor: &GithubActor, body: &str) {
        let now = self.now();
        let Some(comment) = self.repos.get_mut(&repo_id).and_then(|repo| repo.comments.get_mut(&id)) else {
            return;
        };
        let before = std::mem::replace(&mut comment.body, body.to_owned());
        comment.updated_at = now;
        self.emit_comment(repo_id, id, actor, "edited", json!({"changes": {"body": {"from": before}}}));
    }

    pub(super) fn delete_comment(&mut self, repo_id: u64, id: u64, actor: &GithubActor) {
        self.emit_comment(repo_id, id, actor, "deleted", json!({}));
        if let Some(repo) = self.repos.get_mut(&repo_id) {
            repo.comments.remove(&id);
        }
    }

    fn emit_comment(&mut self, repo_id: u64, id: u64, actor: &GithubActor, action: &str, more: Value) {
        let shown = self.repos.get(&repo_id).and_then(|repo| {
            let comment = repo.comments.get(&id)?;
            Some((self.comment_json(repo, comment), self.issue_json(repo, repo.issues.get(&comment.number)?)))
        });
        if let Some((comment, issue)) = shown {
            let mut body = more;
            body["comment"] = comment;
            body["issue"] = issue;
            self.emit(repo_id, actor, "issue_comment", Some(action), body);
        }
    }

    /// Moves an issue to another repository of the same owner. The old address redirects.
    pub(super) fn transfer(&mut self, repo_id: u64, number: u64, target: u64, actor: &GithubActor) -> Option<u64> {
        let old = self.current_issue_json(repo_id, number)?;
        let new_id = self.new_id();
        let issue = self.repos.get_mut(&repo_id)?.issues.remove(&number)?;
        let moved = self.repos.get_mut(&target)?;
        let new_number = moved.next_number;
        moved.next_number += 1;
        // Labels stay only if the other repository has one of the same name.
        let labels = issue.labels.iter().filter(|name| moved.labels.contains_key(*name)).cloned().collect();
        moved.issues.insert(new_number, Issue { id: new_id, number: new_number, labels, milestone: None, ..issue });
        let repo = self.repos.get_mut(&repo_id)?;
        repo.gone.insert(number, DepartedIssue::Transferred(target, new_number));
        let comments: Vec<IssueComment> = take_comments(repo, number, new_number);
        let moved = self.repos.get_mut(&target)?;
        moved.comments.extend(comments.into_iter().map(|comment| (comment.id, comment)));
        let old_repository = self.repos.get(&repo_id).map(|repo| self.repo_json(repo));
        let new_repository = self.repos.get(&target).map(|repo| self.repo_json(repo));
        let new = self.current_issue_json(target, new_number);
        let changes = json!({"new_issue": new, "new_repository": new_repository});
        self.emit(repo_id, actor, "issues", Some("transferred"), json!({"issue": old, "changes": changes}));
        let changes = json!({"old_issue": old, "old_repository": old_repository});
        self.emit_issue(target, new_number, actor, "opened", json!({"changes": changes}));
        Some(new_number)
    }

    pub(super) fn delete_issue(&mut self, repo_id: u64, number: u64, actor: &GithubActor) {
        self.emit_issue(repo_id, number, actor, "deleted", json!({}));
        if let Some(repo) = self.repos.get_mut(&repo_id) {
            repo.issues.remove(&number);
            repo.comments.retain(|_, comment| comment.number != number);
            repo.gone.insert(number, DepartedIssue::Deleted);
        }
    }
}

fn take_comments(repo: &mut RepositoryState, number: u64, new_number: u64) -> Vec<IssueComment> {
    let ids: Vec<u64> =
        repo.comments.values().filter(|comment| comment.number == number).map(|comment| comment.id).collect();
    let taken = ids.iter().filter_map(|id| repo.comments.remove(id));
    taken.map(|comment| IssueComment { number: new_number, ..comment }).collect()
}
