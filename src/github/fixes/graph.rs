//! What only GraphQL says: which pull request closed the issue, and which were linked to it by hand.

use serde::Deserialize;
use serde_json::json;

use super::{Closer, Github, PullRequest, Trouble, wire};
use crate::{base::clock::Time, model::issue::Repository};

const QUERY: &str = "\
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      timelineItems(itemTypes: [CLOSED_EVENT], last: 1) {
        nodes { ... on ClosedEvent { createdAt closer {
          __typename
          ... on PullRequest { ...carries }
          ... on Commit { oid repository { nameWithOwner } }
        } } }
      }
      closedByPullRequestsReferences(first: 50, includeClosedPrs: true) { nodes { ...carries } }
    }
  }
}
fragment carries on PullRequest {
  number url title body state isDraft mergedAt updatedAt baseRefName
  mergeCommit { oid } author { login }
  repository { nameWithOwner defaultBranchRef { name } }
}";

/// What GraphQL knows of an issue.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub closers: Vec<Closer>,
    pub linked: Vec<(Repository, i64)>,
    pub pulls: Vec<PullRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    number: Option<i64>,
    oid: Option<String>,
    url: Option<String>,
    title: Option<String>,
    body: Option<String>,
    state: Option<String>,
    is_draft: Option<bool>,
    #[serde(default, deserialize_with = "wire::time")]
    merged_at: Option<Time>,
    #[serde(default, deserialize_with = "wire::time")]
    updated_at: Option<Time>,
    base_ref_name: Option<String>,
    merge_commit: Option<Oid>,
    author: Option<wire::User>,
    repository: Option<Home>,
}

#[derive(Deserialize)]
struct Oid {
    oid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Home {
    name_with_owner: Option<String>,
    default_branch_ref: Option<Branch>,
}

#[derive(Deserialize)]
struct Branch {
    name: Option<String>,
}

impl Github {
    /// `None` where this GitHub has no GraphQL, or forbids it to us.
    pub(super) async fn graph(&self, repository: &Repository, number: i64) -> Result<Option<Graph>, Trouble> {
        let name = repository.as_str().split_once('/').map_or("", |(_, name)| name);
        let variables = json!({ "owner": repository.owner(), "name": name, "number": number });
        let query = json!({ "query": QUERY, "variables": variables });
        match self.graphql(repository, &query, "asking what closed an issue").await {
            Ok(answer) => Ok(answer.and_then(|answer| read(&answer))),
            Err(Trouble::Unauthorized(_) | Trouble::Invalid(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }
}

/// Reads the answer; `None` where it says nothing of the issue.
fn read(answer: &serde_json::Value) -> Option<Graph> {
    let issue = answer.pointer("/repository/issue").filter(|issue| issue.is_object())?;
    let mut graph = Graph::default();
    let nodes = |path: &str| issue.pointer(path).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    for closed in nodes("/timelineItems/nodes") {
        let at = closed.get("createdAt").and_then(serde_json::Value::as_str).and_then(Time::parse);
        let Some(node) = closed.get("closer").and_then(|closer| serde_json::from_value::<Node>(closer.clone()).ok())
        else {
            continue;
        };
        let Some(repository) = node.home() else { continue };
        if let Some(number) = node.number {
            graph.closers.push(Closer::PullRequest { repository, number });
            graph.pulls.extend(node.pull());
        } else if let Some(sha) = node.oid {
            graph.closers.push(Closer::Commit { repository, sha, at });
        }
    }
    for linked in nodes("/closedByPullRequestsReferences/nodes") {
        let Some(pull) = serde_json::from_value::<Node>(linked).ok().and_then(Node::pull) else { continue };
        graph.linked.push((pull.repository.clone(), pull.number));
        graph.pulls.push(pull);
    }
    Some(graph)
}

impl Node {
    fn home(&self) -> Option<Repository> {
        self.repository.as_ref()?.name_with_owner.as_deref().and_then(Repository::parse)
    }

    fn pull(self) -> Option<PullRequest> {
        let repository = self.home()?;
        Some(PullRequest {
            repository,
            number: self.number?,
            url: self.url.unwrap_or_default(),
            title: self.title.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
            open: self.state.as_deref() == Some("OPEN"),
            draft: self.is_draft.unwrap_or(false),
            merged_at: self.merged_at,
            merge_sha: self.merge_commit.and_then(|commit| commit.oid),
            base: self.base_ref_name.unwrap_or_default(),
            default_branch: self.repository.and_then(|home| home.default_branch_ref).and_then(|branch| branch.name),
            author_login: self.author.and_then(|author| author.login),
            updated_at: self.updated_at.unwrap_or(Time::from_seconds(0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_pull_request_and_the_linked_ones_are_read() {
        let pull = json!({ "__typename": "PullRequest", "number": 12, "state": "MERGED", "mergedAt": "2026-03-01T10:00:00Z",
            "baseRefName": "main", "mergeCommit": { "oid": "abc" }, "author": null,
            "repository": { "nameWithOwner": "acme/product", "defaultBranchRef": { "name": "main" } } });
        let answer = json!({ "repository": { "issue": {
            "timelineItems": { "nodes": [{ "createdAt": "2026-03-01T10:00:01Z", "closer": pull }] },
            "closedByPullRequestsReferences": { "nodes": [pull, null, { "number": 13 }] } } } });
        let graph = read(&answer).unwrap();
        let product = Repository::parse("acme/product").unwrap();
        assert_eq!(graph.closers, [Closer::PullRequest { repository: product.clone(), number: 12 }]);
        assert_eq!(graph.linked, [(product, 12)]);
        assert_eq!(graph.pulls[0].merge_sha.as_deref(), Some("abc"));
    }

    #[test]
    fn an_issue_closed_by_hand_has_no_closer() {
        let answer = json!({ "repository": { "issue": { "timelineItems": { "nodes": [{ "closer": null }] } } } });
        assert!(read(&answer).unwrap().closers.is_empty());
        assert!(read(&json!({ "repository": null })).is_none());
    }
}
