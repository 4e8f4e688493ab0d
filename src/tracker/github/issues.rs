//! Issues: created once, found again by their marker, read, and edited.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    classify::failed,
    client::Github,
    transport::{As, Ask},
    wire,
};
use crate::{
    base::clock::Time,
    model::{
        issue::{
            CloseReason, IssueEdit, IssueLookup, IssueMilestone, IssueRef, IssueSnapshot, IssueState, NewIssue,
            Repository,
        },
        tracker::error::{CallFault, FailedCall, TrackerError},
    },
    tracker::Marker,
};

/// How many pages of a hundred are searched for a marker before we answer that we do not know.
const SEARCH_PAGES: usize = 30;
/// How many pages of a hundred one sweep reads. The next one continues from there.
const SWEEP_PAGES: usize = 10;

fn snapshot(wire: wire::IssueWire, asked: &Repository) -> IssueSnapshot {
    let state = wire::state(wire.state.as_deref());
    let reason = wire.state_reason.as_deref().and_then(CloseReason::parse);
    let at = IssueRef::new(wire.repository().unwrap_or_else(|| asked.clone()), wire.number);
    let labels: Vec<String> = wire.labels.into_iter().filter_map(wire::Named::name).collect();
    IssueSnapshot {
        at,
        external_id: wire.id,
        url: wire.html_url.unwrap_or_default(),
        title: wire.title,
        body: wire.body.unwrap_or_default(),
        state,
        closed_as: reason.filter(|_| state == IssueState::Closed),
        closed_by_machine: wire.closed_by.as_ref().is_some_and(wire::UserWire::is_machine)
            || labels.iter().any(|label| is_of_silence(label)),
        labels,
        author: wire.user.and_then(|user| user.login),
        created_at: wire.created_at.unwrap_or(Time::from_seconds(0)),
        updated_at: wire.updated_at.or(wire.created_at).unwrap_or(Time::from_seconds(0)),
        closed_at: wire.closed_at,
        assigned: wire.assignees.iter().any(|user| user.login.is_some()),
        milestone: wire.milestone.and_then(|milestone| {
            let closed = milestone.state.as_deref() == Some("closed");
            Some(Box::new(IssueMilestone {
                number: milestone.number,
                title: milestone.title?,
                url: milestone.html_url,
                closed_at: milestone.closed_at.filter(|_| closed),
            }))
        }),
    }
}

/// Whether it is not found, as opposed to gone: that can pass.
fn is_not_found(call: &FailedCall) -> bool {
    matches!(call.fault, CallFault::Status { code: 404, .. })
}

/// Whether a label says that nobody spoke for long. Whatever closes such an issue does so for that, often with the token
/// of a person.
fn is_of_silence(label: &str) -> bool {
    let label = label.to_lowercase();
    // `lifecycle/stale`, and not `area/stale-cache`.
    let last = label.rsplit(['/', ':']).next().unwrap_or_default().trim().replace(['-', '_'], " ");
    ["stale", "inactive", "no activity", "autoclose", "auto close", "rotten", "stale issue", "closed stale"]
        .contains(&last.as_str())
}

impl Github {
    /// Creates an issue with exactly one `POST`, which is never repeated.
    pub async fn post_issue(&self, repository: &Repository, new: &NewIssue) -> Result<IssueSnapshot, TrackerError> {
        let body = json!({ "title": new.title, "body": new.body, "labels": new.labels });
        let path = format!("/repos/{repository}/issues");
        let wire: wire::IssueWire = self.post(repository, path, &body, "creating an issue").await?;
        Ok(snapshot(wire, repository))
    }

    /// The issue with this marker of ours. We read the list instead of searching, because the search lags by minutes.
    pub async fn search_issue(
        &self,
        repository: &Repository,
        marker: &Marker,
        since: Time,
    ) -> Result<Option<IssueSnapshot>, TrackerError> {
        let query = format!("state=all&sort=created&direction=desc&per_page=100&since={}", wire::seconds(since));
        let path = format!("/repos/{repository}/issues?{query}");
        let doing = "looking for an issue by its marker";
        let (all, complete) =
            self.transport().list::<wire::IssueWire>(As::In(repository), path, SEARCH_PAGES, doing, |_| false).await?;
        let carriers = all.into_iter().filter(|issue| issue.pull_request.is_none());
        let carriers = carriers.filter(|issue| issue.body.as_deref().is_some_and(|body| marker.is_in(body)));
        let mut carriers: Vec<IssueSnapshot> = carriers.map(|wire| snapshot(wire, repository)).collect();
        if !carriers.is_empty() {
            // Anybody may copy a marker.
            let us = self.login().await?;
            carriers.retain(|issue| issue.author.as_deref() == Some(us));
            carriers.sort_by_key(|issue| (issue.created_at, issue.at.number));
        }
        let found = carriers.into_iter().next();
        if found.is_none() && !complete {
            return Err(TrackerError::Unclear(failed(doing, CallFault::TooManyIssues(repository.clone()))));
        }
        Ok(found)
    }

    /// The issue as it is now.
    pub async fn read_issue(&self, at: &IssueRef) -> Result<IssueLookup, TrackerError> {
        let path = format!("/repos/{}/issues/{}", at.repository, at.number);
        match self.transport().get::<wire::IssueWire>(As::In(&at.repository), path, "reading an issue").await {
            Ok(wire) => {
                let issue = snapshot(wire, &at.repository);
                Ok(if issue.at.is(at) { IssueLookup::Here(issue) } else { IssueLookup::Moved(issue.at) })
            }
            // GitHub answers the same where an issue was deleted and where we may not see its repository any more. Only the
            // first is for good: filing anew while access is away would make a second issue (G3, one open issue per topic).
            Err(TrackerError::NotFound(call)) if is_not_found(&call) => {
                match self.read_repository(&at.repository).await {
                    Err(TrackerError::NotFound(call)) if is_not_found(&call) => {
                        let fault = CallFault::Unseen(at.repository.clone());
                        Err(TrackerError::Unauthorized(failed("reading an issue", fault)))
                    }
                    Ok(_) | Err(TrackerError::NotFound(_)) => Ok(IssueLookup::Gone),
                    Err(error) => Err(error),
                }
            }
            Err(TrackerError::NotFound(_)) => Ok(IssueLookup::Gone),
            Err(error) => Err(error),
        }
    }

    /// Changes an issue. [`TrackerError::Moved`] has the repository's new name, if it was renamed.
    pub async fn patch_issue(&self, at: &IssueRef, edit: &IssueEdit) -> Result<IssueSnapshot, TrackerError> {
        let mut body = Map::new();
        if let Some(title) = &edit.title {
            body.insert("title".to_owned(), Value::from(title.as_str()));
        }
        if let Some(text) = &edit.body {
            body.insert("body".to_owned(), Value::from(text.as_str()));
        }
        if let Some(state) = edit.state {
            body.insert("state".to_owned(), Value::from(state.as_str()));
        }
        let body = Value::Object(body);
        let path = format!("/repos/{}/issues/{}", at.repository, at.number);
        let doing = "editing an issue";
        let ask = Ask { by: As::In(&at.repository), method: Method::PATCH, path, body: Some(&body), doing };
        let reply = match self.transport().call(ask).await {
            Ok(reply) => reply,
            Err(error) => return Err(self.with_new_name(&at.repository, error).await),
        };
        Ok(snapshot(reply.json(doing)?, &at.repository))
    }

    /// The issues changed since then, oldest change first, without pull requests. At most a thousand.
    pub async fn list_changed_issues(
        &self,
        repository: &Repository,
        since: Time,
    ) -> Result<Vec<IssueSnapshot>, TrackerError> {
        let query = format!("state=all&sort=updated&direction=asc&per_page=100&since={}", wire::seconds(since));
        let path = format!("/repos/{repository}/issues?{query}");
        let doing = "listing changed issues";
        let (all, _) =
            self.transport().list::<wire::IssueWire>(As::In(repository), path, SWEEP_PAGES, doing, |_| false).await?;
        let issues = all.into_iter().filter(|issue| issue.pull_request.is_none());
        Ok(issues.map(|wire| snapshot(wire, repository)).collect())
    }

    /// A `POST` that must be answered 201. A redirect can turn it into a `GET`, which answers 200 and creates nothing.
    pub async fn post<T: serde::de::DeserializeOwned>(
        &self,
        repository: &Repository,
        path: String,
        body: &Value,
        doing: &'static str,
    ) -> Result<T, TrackerError> {
        let ask = Ask { by: As::In(repository), method: Method::POST, path, body: Some(body), doing };
        let error = match self.transport().call(ask).await {
            Ok(reply) if reply.status == StatusCode::CREATED => return reply.json(doing),
            Ok(reply) if reply.json::<Vec<Value>>(doing).is_ok() => {
                let call = failed(doing, CallFault::Renamed(repository.clone()));
                TrackerError::Moved { repository: None, call }
            }
            Ok(reply) => {
                let code = reply.status.as_u16();
                let fault = CallFault::Status { code, message: String::new(), details: Vec::new() };
                TrackerError::Unclear(failed(doing, fault))
            }
            Err(error) => error,
        };
        Err(self.with_new_name(repository, error).await)
    }

    /// Adds the repository's new name to [`TrackerError::Moved`].
    async fn with_new_name(&self, repository: &Repository, error: TrackerError) -> TrackerError {
        let TrackerError::Moved { repository: None, call } = error else { return error };
        let facts = self.read_repository(repository).await.ok();
        let renamed = facts.map(|facts| facts.name).filter(|name| !name.is(repository));
        TrackerError::Moved { repository: renamed, call }
    }
}
