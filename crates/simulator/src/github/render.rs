//! Issues, pull requests, comments and commits as GitHub's API shows them.

use serde_json::{Value, json};

use super::commits::Commit;
use super::issue::{Issue, IssueComment, TimelineEvent};
use super::repository::RepositoryState;
use super::state::{ENGINEER, GithubState};
use crate::clock::seconds_text;

impl GithubState {
    /// What the author of an issue or a pull request is to the repository.
    pub(super) fn association(repo: &RepositoryState, issue: &Issue) -> &'static str {
        match repo.collaborators.get(&issue.author) {
            _ if issue.via_app => "NONE",
            Some(&("admin" | "maintain" | "write")) => "MEMBER",
            _ if issue.pull.as_ref().is_some_and(|pull| pull.merged_at.is_some()) => "CONTRIBUTOR",
            _ => "NONE",
        }
    }

    pub(super) fn issue_json(&self, repo: &RepositoryState, issue: &Issue) -> Value {
        let number = issue.number;
        let url = format!("{}/issues/{number}", repo.url(&self.base));
        let kind = if issue.pull.is_some() { "pull" } else { "issues" };
        let mut shown = json!({
            "id": issue.id,
            "node_id": format!("I_{}", issue.id),
            "url": url,
            "repository_url": repo.url(&self.base),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "timeline_url": format!("{url}/timeline"),
            "html_url": format!("{}/{kind}/{number}", repo.html_url(&self.base)),
            "number": number,
            "title": issue.title,
            "body": issue.body,
            "user": self.person_json(&issue.author),
            "state": issue.state(),
            "state_reason": issue.state_reason,
            "labels": self.labels_json(repo, issue),
            "assignee": issue.assignees.first().map(|login| self.person_json(login)),
            "assignees": issue.assignees.iter().map(|login| self.person_json(login)).collect::<Vec<_>>(),
            "milestone": issue.milestone.map(|number| self.milestone_json(repo, number)),
            "locked": issue.locked,
            "active_lock_reason": null,
            "comments": repo.comments.values().filter(|comment| comment.number == number).count(),
            "author_association": Self::association(repo, issue),
            "created_at": seconds_text(issue.created_at),
            "updated_at": seconds_text(issue.updated_at),
            "closed_at": issue.closed_at.map(seconds_text),
            "closed_by": issue.closed_by.as_deref().map(|login| self.person_json(login)),
            "performed_via_github_app": issue.via_app.then(|| self.app_json()),
            "sub_issues_summary": {"total": 0, "completed": 0, "percent_completed": 0},
        });
        if let Some(pull) = &issue.pull {
            shown["pull_request"] = json!({
                "url": format!("{}/pulls/{number}", repo.url(&self.base)),
                "html_url": format!("{}/pull/{number}", repo.html_url(&self.base)),
                "diff_url": format!("{}/pull/{number}.diff", repo.html_url(&self.base)),
                "patch_url": format!("{}/pull/{number}.patch", repo.html_url(&self.base)),
                "merged_at": pull.merged_at.map(seconds_text),
            });
        }
        shown
    }

    fn labels_json(&self, repo: &RepositoryState, issue: &Issue) -> Vec<Value> {
        issue.labels.iter().map(|name| self.label_json(repo, name)).collect()
    }

    pub(super) fn label_json(&self, repo: &RepositoryState, name: &str) -> Value {
        let id = repo.labels.get(name).copied().unwrap_or_default();
        json!({
            "id": id, "node_id": format!("LA_{id}"), "url": format!("{}/labels/{name}", repo.url(&self.base)),
            "name": name, "description": null, "color": "ededed", "default": false,
        })
    }

    pub(super) fn milestone_json(&self, repo: &RepositoryState, number: u64) -> Value {
        let creator = self.person(ENGINEER);
        repo.milestones.get(&number).map_or(Value::Null, |known| repo.milestone_json(known, &self.base, &creator))
    }

    /// A pull request in full. `None` if it is an issue.
    pub(super) fn pull_json(&self, repo: &RepositoryState, issue: &Issue) -> Option<Value> {
        let pull = issue.pull.as_ref()?;
        let number = issue.number;
        let url = format!("{}/pulls/{number}", repo.url(&self.base));
        let html = format!("{}/pull/{number}", repo.html_url(&self.base));
        let base_sha = repo.history.branches.get(&pull.base_branch);
        let mut text = json!({
            "id": issue.id + 1_000_000_000,
            "node_id": format!("PR_{}", issue.id),
            "url": url,
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "issue_url": format!("{}/issues/{number}", repo.url(&self.base)),
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": format!("{}/pulls/comments{{/number}}", repo.url(&self.base)),
            "statuses_url": format!("{}/statuses/{}", repo.url(&self.base), pull.head_sha),
            "comments_url": format!("{}/issues/{number}/comments", repo.url(&self.base)),
            "number": number,
            "title": issue.title,
            "body": issue.body,
            "user": self.person_json(&issue.author),
            "state": issue.state(),
            "locked": issue.locked,
            "draft": pull.draft,
            "labels": self.labels_json(repo, issue),
            "milestone": issue.milestone.map(|number| self.milestone_json(repo, number)),
            "assignee": null, "assignees": [], "requested_reviewers": [], "requested_teams": [],
            "author_association": Self::association(repo, issue), "auto_merge": null, "active_lock_reason": null,
        });
        let state = json!({
            "created_at": seconds_text(issue.created_at),
            "updated_at": seconds_text(issue.updated_at),
            "closed_at": issue.closed_at.map(seconds_text),
            "merged_at": pull.merged_at.map(seconds_text),
            "merged": pull.merged_at.is_some(),
            "merged_by": pull.merged_by.as_deref().map(|login| self.person_json(login)),
            "merge_commit_sha": pull.merge_commit_sha,
            "mergeable": pull.merged_at.is_none().then_some(true),
            "mergeable_state": if pull.merged_at.is_some() { "unknown" } else { "clean" },
            "rebaseable": true,
            "comments": 0, "review_comments": 0, "maintainer_can_modify": false,
            "commits": pull.commits.len(), "additions": 1, "deletions": 1, "changed_files": pull.files.len(),
            "head": self.end_json(repo, &pull.head_branch, Some(&pull.head_sha)),
            "base": self.end_json(repo, &pull.base_branch, base_sha),
        });
        text["_links"]["self"]["href"] = json!(url);
        for name in ["html", "issue", "comments", "review_comments", "review_comment", "commits", "statuses"] {
            text["_links"][name]["href"] = text[format!("{name}_url")].clone();
        }
        Some(joined(text, state))
    }

    /// A pull request as in a list, without the fields that only a single one has, such as `merged`.
    pub(super) fn listed_pull_json(&self, repo: &RepositoryState, issue: &Issue) -> Option<Value> {
        let mut shown = self.pull_json(repo, issue)?;
        if let Value::Object(fields) = &mut shown {
            fields.retain(|name, _| !ONLY_OF_ONE.contains(&name.as_str()));
        }
        Some(shown)
    }

    fn end_json(&self, repo: &RepositoryState, branch: &str, sha: Option<&String>) -> Value {
        json!({
            "label": format!("{}:{branch}", repo.owner),
            "ref": branch,
            "sha": sha,
            "user": self.person_json(&repo.owner),
            "repo": self.repo_json(repo),
        })
    }

    pub(super) fn files_json(&self, repo: &RepositoryState, files: &[String], sha: &str) -> Vec<Value> {
        let (api, html) = (repo.url(&self.base), repo.html_url(&self.base));
        let file = |name: &String| {
            json!({
                "sha": sha, "filename": name, "status": "modified", "additions": 1, "deletions": 1, "changes": 2,
                "blob_url": format!("{html}/blob/{sha}/{name}"),
                "raw_url": format!("{html}/raw/{sha}/{name}"),
                "contents_url": format!("{api}/contents/{name}?ref={sha}"),
                "patch": "@@ -1 +1 @@",
            })
        };
        files.iter().map(file).collect()
    }

    pub(super) fn comment_json(&self, repo: &RepositoryState, comment: &IssueComment) -> Value {
        let url = format!("{}/issues/comments/{}", repo.url(&self.base), comment.id);
        let number = comment.number;
        json!({
            "id": comment.id,
            "node_id": format!("IC_{}", comment.id),
            "url": url,
            "html_url": format!("{}/issues/{number}#issuecomment-{}", repo.html_url(&self.base), comment.id),
            "issue_url": format!("{}/issues/{number}", repo.url(&self.base)),
            "body": comment.body,
            "user": self.person_json(&comment.author),
            "author_association": if comment.via_app { "NONE" } else { "MEMBER" },
            "created_at": seconds_text(comment.created_at),
            "updated_at": seconds_text(comment.updated_at),
            "performed_via_github_app": comment.via_app.then(|| self.app_json()),
        })
    }

    pub(super) fn commit_json(&self, repo: &RepositoryState, commit: &Commit) -> Value {
        let sha = &commit.sha;
        let address = |sha: &str| format!("{}/commits/{sha}", repo.url(&self.base));
        let parents: Vec<Value> = commit
            .parents
            .iter()
            .map(|sha| json!({"sha": sha, "url": address(sha), "html_url": format!("{}/commit/{sha}", repo.html_url(&self.base))}))
            .collect();
        let by = json!({
            "name": commit.author, "email": format!("{}@engineer.test", commit.author), "date": seconds_text(commit.at),
        });
        json!({
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "url": address(sha),
            "html_url": format!("{}/commit/{sha}", repo.html_url(&self.base)),
            "comments_url": format!("{}/comments", address(sha)),
            "commit": {
                "message": commit.message,
                "author": by,
                "committer": by,
                "tree": {"sha": sha, "url": format!("{}/git/trees/{sha}", repo.url(&self.base))},
                "url": format!("{}/git/commits/{sha}", repo.url(&self.base)),
                "comment_count": 0,
                "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null},
            },
            "author": self.person_json(&commit.author),
            "committer": self.person_json(&commit.author),
            "parents": parents,
        })
    }

    pub(super) fn moment_json(&self, repo: &RepositoryState, moment: &TimelineEvent) -> Value {
        let mut shown = json!({
            "id": moment.id,
            "node_id": format!("EV_{}", moment.id),
            "url": format!("{}/issues/events/{}", repo.url(&self.base), moment.id),
            "event": moment.event,
            "actor": self.person_json(&moment.actor),
            "commit_id": null,
            "commit_url": null,
            "created_at": seconds_text(moment.at),
            "performed_via_github_app": null,
        });
        for (key, value) in moment.more.as_object().into_iter().flatten() {
            shown[key] = value.clone();
        }
        if let Some((repository, number)) = source_of(moment) {
            let source = self.repos.get(&repository);
            let issue = source.and_then(|source| Some((source, source.issues.get(&number)?)));
            shown["source"] = issue.map_or(Value::Null, |(source, issue)| {
                let mut shown = self.issue_json(source, issue);
                shown["repository"] = self.repo_json(source);
                json!({"type": "issue", "issue": shown})
            });
        }
        shown
    }
}

/// The fields that GitHub shows only for a single pull request, not in lists.
const ONLY_OF_ONE: [&str; 12] = [
    "merged",
    "merged_by",
    "mergeable",
    "mergeable_state",
    "rebaseable",
    "comments",
    "review_comments",
    "maintainer_can_modify",
    "commits",
    "additions",
    "deletions",
    "changed_files",
];

/// One object with the fields of both.
fn joined(mut one: Value, other: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut one, other) {
        fields.extend(more);
    }
    one
}

/// What a cross-reference came from: repository and number.
fn source_of(moment: &TimelineEvent) -> Option<(u64, u64)> {
    let source = &moment.more["source"];
    Some((source["repository_id"].as_u64()?, source["number"].as_u64()?))
}
