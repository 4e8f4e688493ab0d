//! The two GraphQL queries that REST has no answer for: what closed an issue, and which pull requests close it.
//!
//! This is not a GraphQL engine. It answers for the issue that the variables `owner`, `name` and `number` name, with
//! the fields whose names occur in the query. If switched off, the endpoint does not exist, as behind some enterprise
//! proxies.

use serde_json::{Value, json};

use super::answers::not_found;
use super::issue::{Closer, Issue};
use super::keywords;
use super::repository::RepositoryState;
use super::state::GithubState;
use crate::clock::seconds_text;
use crate::message::Response;

impl GithubState {
    pub(super) fn graphql(&self, body: &Value) -> Response {
        if !self.options.graphql {
            return not_found();
        }
        let variables = &body["variables"];
        let name = variables["name"].as_str().unwrap_or_default();
        let full_name = format!("{}/{name}", variables["owner"].as_str().unwrap_or_default());
        let number = variables["number"].as_u64().unwrap_or_default();
        let found = self.repo_named(&full_name).and_then(|id| {
            let repo = self.repos.get(&id)?;
            Some((repo, repo.issues.get(&number)?))
        });
        let Some((repo, issue)) = found else {
            let error = json!({"type": "NOT_FOUND", "message": "Could not resolve to an Issue with the number given."});
            return Response::json(200, &json!({"data": {"repository": null}, "errors": [error]}));
        };
        let mut repository = repository_node(repo);
        repository["issue"] = self.issue_node(repo, issue);
        let mut answer = json!({"data": {"repository": repository}});
        keep_selected(&mut answer["data"], body["query"].as_str().unwrap_or_default());
        Response::json(200, &answer)
    }

    fn issue_node(&self, repo: &RepositoryState, issue: &Issue) -> Value {
        let reason = issue.state_reason.as_ref().map(|reason| reason.to_uppercase());
        let closed: Vec<Value> = issue
            .closed_at
            .iter()
            .map(|at| {
                json!({
                    "__typename": "ClosedEvent",
                    "createdAt": seconds_text(*at),
                    "stateReason": reason,
                    "closer": issue.closer.as_ref().map(|closer| self.closer_node(closer)),
                })
            })
            .collect();
        let reopened = issue.timeline.iter().rev().find(|event| event.event == "reopened");
        let reopened: Vec<Value> = reopened
            .iter()
            .map(|event| json!({"__typename": "ReopenedEvent", "createdAt": seconds_text(event.at)}))
            .collect();
        json!({
            "databaseId": issue.id,
            "number": issue.number,
            "title": issue.title,
            "state": issue.state().to_uppercase(),
            "stateReason": reason,
            "timelineItems": {"nodes": closed},
            "reopened": {"nodes": reopened},
            "closedByPullRequestsReferences": {"nodes": self.closing_pulls(repo, issue.number)},
        })
    }

    fn closer_node(&self, closer: &Closer) -> Value {
        match closer {
            Closer::Commit(repo_id, sha) => {
                let repository = self.repos.get(repo_id).map(repository_node);
                json!({"__typename": "Commit", "oid": sha, "repository": repository})
            }
            Closer::Pull(repo_id, number) => {
                let repo = self.repos.get(repo_id);
                repo.map_or(Value::Null, |repo| self.pull_node(repo, *number))
            }
        }
    }

    /// Pull requests into a default branch whose text closes the issue, and those that were linked by hand.
    fn closing_pulls(&self, of: &RepositoryState, number: u64) -> Vec<Value> {
        let mut nodes = Vec::new();
        for repo in self.repos.values() {
            for issue in repo.issues.values() {
                let into_default = issue.pull.as_ref().is_some_and(|pull| pull.base_branch == repo.default_branch);
                let closes = keywords::closed_by(issue.body.as_deref().unwrap_or_default())
                    .iter()
                    .any(|mention| mention.number == number && self.repository_of(repo.id, mention) == Some(of.id));
                let linked = issue.pull.as_ref().is_some_and(|pull| pull.linked.contains(&(of.id, number)));
                if linked || (into_default && closes) {
                    nodes.push(self.pull_node(repo, issue.number));
                }
            }
        }
        nodes
    }

    fn pull_node(&self, repo: &RepositoryState, number: u64) -> Value {
        let Some((issue, pull)) = repo.issues.get(&number).and_then(|issue| Some((issue, issue.pull.as_ref()?))) else {
            return Value::Null;
        };
        let merged = pull.merged_at.is_some();
        json!({
            "__typename": "PullRequest",
            "number": number,
            "url": format!("{}/pull/{number}", repo.html_url(&self.base)),
            "title": issue.title,
            "body": issue.body.as_deref().unwrap_or_default(),
            "isDraft": pull.draft,
            "author": {"login": issue.author, "__typename": self.person(&issue.author).kind},
            "authorAssociation": Self::association(repo, issue),
            "updatedAt": seconds_text(issue.updated_at),
            "state": if merged { "MERGED" } else if issue.is_open() { "OPEN" } else { "CLOSED" },
            "merged": merged,
            "mergedAt": pull.merged_at.map(seconds_text),
            "mergeCommit": pull.merge_commit_sha.as_ref().filter(|_| merged).map(|sha| json!({"oid": sha})),
            "baseRefName": pull.base_branch,
            "headRefName": pull.head_branch,
            "isCrossRepository": false,
            "repository": repository_node(repo),
        })
    }
}

fn repository_node(repo: &RepositoryState) -> Value {
    json!({
        "databaseId": repo.id,
        "nameWithOwner": repo.full_name(),
        "isPrivate": repo.private,
        "defaultBranchRef": {"name": repo.default_branch},
    })
}

/// Removes every field that the query does not name anywhere.
fn keep_selected(answer: &mut Value, query: &str) {
    let named = |name: &str| query.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    match answer {
        Value::Object(fields) => {
            fields.retain(|name, _| named(name));
            fields.values_mut().for_each(|value| keep_selected(value, query));
            // An object without any requested field was not requested itself.
            fields.retain(|_, value| *value != json!({}));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| keep_selected(value, query)),
        _ => {}
    }
}
