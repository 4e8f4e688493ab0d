//! What only GraphQL says: which pull request closed the issue, and which were linked to it by hand.

use serde::Deserialize;
use serde_json::json;

use crate::{
    base::clock::Time,
    model::{
        fix::{Closer, PullRequest, PullRequestRef},
        issue::{IssueRef, Repository},
        tracker::error::TrackerError,
    },
    tracker::github::{
        client::{Github, GraphAnswer},
        keywords, pulls, wire,
    },
};

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
      reopened: timelineItems(itemTypes: [REOPENED_EVENT], last: 1) { nodes { ... on ReopenedEvent { createdAt } } }
      closedByPullRequestsReferences(first: 50, includeClosedPrs: true) { nodes { ...carries } }
    }
  }
}
fragment carries on PullRequest {
  number url title body state mergedAt baseRefName headRefName isCrossRepository mergeCommit { oid }
  authorAssociation author { __typename }
  repository { nameWithOwner defaultBranchRef { name } }
}";

/// What GraphQL knows about an issue.
#[derive(Debug, Default)]
pub(super) struct ClosingGraph {
    pub closers: Vec<Closer>,
    pub linked: Vec<PullRequestRef>,
    pub pulls: Vec<PullRequest>,
    /// When the issue was last reopened.
    pub reopened_at: Option<Time>,
    /// Whether it said so, if only that it never was.
    pub knows_reopenings: bool,
    /// Whether it said everything that was asked for.
    pub whole: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GraphNode {
    number: Option<i64>,
    url: Option<String>,
    oid: Option<String>,
    title: Option<String>,
    body: Option<String>,
    state: Option<String>,
    #[serde(default, deserialize_with = "wire::time")]
    merged_at: Option<Time>,
    base_ref_name: Option<String>,
    head_ref_name: Option<String>,
    is_cross_repository: Option<bool>,
    merge_commit: Option<GraphCommit>,
    author_association: Option<String>,
    author: Option<GraphAuthor>,
    repository: Option<GraphRepository>,
}

#[derive(Deserialize)]
struct GraphAuthor {
    #[serde(rename = "__typename")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct GraphCommit {
    oid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GraphRepository {
    name_with_owner: Option<String>,
    default_branch_ref: Option<GraphBranch>,
}

#[derive(Deserialize)]
struct GraphBranch {
    name: Option<String>,
}

impl Github {
    /// What GraphQL says of an issue. `None` if this GitHub has none.
    pub(super) async fn graph(&self, at: &IssueRef) -> Result<Option<ClosingGraph>, TrackerError> {
        let IssueRef { repository, number } = at;
        let variables = json!({ "owner": repository.owner(), "name": repository.name(), "number": number });
        let query = json!({ "query": QUERY, "variables": variables });
        Ok(match self.graphql(repository, &query, "asking what closed an issue").await? {
            GraphAnswer::Absent => None,
            GraphAnswer::Silent => Some(ClosingGraph::default()),
            GraphAnswer::Told { answer, whole } => {
                let graph = read(&answer).unwrap_or_default();
                Some(ClosingGraph { whole: graph.whole && whole, ..graph })
            }
        })
    }
}

/// Reads the answer. `None` if it says nothing about the issue.
fn read(answer: &serde_json::Value) -> Option<ClosingGraph> {
    let issue = answer.pointer("/repository/issue").filter(|issue| issue.is_object())?;
    let mut graph = ClosingGraph { whole: true, ..ClosingGraph::default() };
    let nodes = |path: &str| issue.pointer(path).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let created =
        |event: &serde_json::Value| event.get("createdAt").and_then(serde_json::Value::as_str).and_then(Time::parse);
    graph.knows_reopenings = issue.pointer("/reopened/nodes").is_some_and(serde_json::Value::is_array);
    graph.reopened_at = nodes("/reopened/nodes").iter().filter_map(created).max();
    for closed in nodes("/timelineItems/nodes") {
        let at = created(&closed);
        let Some(node) =
            closed.get("closer").and_then(|closer| serde_json::from_value::<GraphNode>(closer.clone()).ok())
        else {
            continue;
        };
        let Some(repository) = node.home() else { continue };
        if let Some(number) = node.number {
            graph.closers.push(Closer::PullRequest(PullRequestRef { repository, number }));
            graph.pulls.extend(node.pull());
        } else if let Some(sha) = node.oid {
            graph.closers.push(Closer::Commit { repository, sha, at });
        }
    }
    for linked in nodes("/closedByPullRequestsReferences/nodes") {
        let Some(pull) = serde_json::from_value::<GraphNode>(linked).ok().and_then(GraphNode::pull) else {
            // A pull request that we may not see is one that closes the issue all the same.
            graph.whole = false;
            continue;
        };
        graph.linked.push(pull.at.clone());
        graph.pulls.push(pull);
    }
    Some(graph)
}

impl GraphNode {
    fn home(&self) -> Option<Repository> {
        self.repository.as_ref()?.name_with_owner.as_deref().and_then(Repository::parse)
    }

    fn pull(self) -> Option<PullRequest> {
        let repository = self.home()?;
        let title = self.title.unwrap_or_default();
        Some(PullRequest {
            by_writer: pulls::may_write(
                self.author_association.as_deref(),
                self.author.as_ref().and_then(|author| author.kind.as_deref()),
            ),
            says: keywords::claims(&title, &self.body.unwrap_or_default(), &repository, self.url.as_deref()),
            title,
            at: PullRequestRef { repository, number: self.number? },
            open: self.state.as_deref() == Some("OPEN"),
            merged_at: self.merged_at,
            merge_sha: self.merge_commit.and_then(|commit| commit.oid),
            base: self.base_ref_name.unwrap_or_default(),
            head: self.head_ref_name.filter(|_| self.is_cross_repository == Some(false)),
            default_branch: self.repository.and_then(|home| home.default_branch_ref).and_then(|branch| branch.name),
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
        let twelve = PullRequestRef { repository: Repository::parse("acme/product").unwrap(), number: 12 };
        assert_eq!(graph.closers, [Closer::PullRequest(twelve.clone())]);
        assert_eq!(graph.linked, [twelve]);
        assert_eq!(graph.pulls[0].merge_sha.as_deref(), Some("abc"));
    }

    #[test]
    fn an_issue_closed_by_hand_has_no_closer() {
        let answer = json!({ "repository": { "issue": { "timelineItems": { "nodes": [{ "closer": null }] } } } });
        assert!(read(&answer).unwrap().closers.is_empty());
        assert!(read(&json!({ "repository": null })).is_none());
    }
}
