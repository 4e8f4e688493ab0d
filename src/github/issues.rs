//! Issues: created once, found again by their marker, read, and edited.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    Github, Marker,
    transport::{As, Ask},
    trouble::Trouble,
    wire,
};
use crate::{
    base::clock::Time,
    model::issue::{CloseReason, IssueState, Repository},
};

/// How many pages of a hundred are searched for a marker before we say that we do not know.
const SEARCH_PAGES: usize = 30;
/// How many pages of a hundred one sweep reads; the next one goes on from there.
const SWEEP_PAGES: usize = 10;

/// An issue as GitHub has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Where it stands now.
    pub repository: Repository,
    /// Its number there.
    pub number: i64,
    /// GitHub's id, which survives renames of the repository.
    pub id: i64,
    /// GitHub's other id.
    pub node_id: String,
    /// Where people read it.
    pub url: String,
    /// The title.
    pub title: String,
    /// The body; empty where there is none.
    pub body: String,
    /// Open or closed.
    pub state: IssueState,
    /// Why it is in that state, in GitHub's word; see [`Issue::closed_as`].
    pub state_reason: Option<String>,
    /// The labels' names.
    pub labels: Vec<String>,
    /// Who wrote it; absent for deleted accounts.
    pub author_login: Option<String>,
    /// Through which GitHub App.
    pub author_app_id: Option<u64>,
    /// When.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// Whether it is a pull request.
    pub pull_request: bool,
    /// Who is on it.
    pub assignees: Vec<String>,
    /// The title of its GitHub milestone.
    pub milestone: Option<String>,
}

impl Issue {
    /// Why it is closed. `None` while it is open, and for a reason we do not know: neither is a fix.
    pub fn closed_as(&self) -> Option<CloseReason> {
        if self.state != IssueState::Closed {
            return None;
        }
        self.state_reason.as_deref().and_then(CloseReason::parse)
    }

    pub(super) fn read(wire: wire::Issue, asked: &Repository) -> Self {
        Self {
            repository: wire.repository().unwrap_or_else(|| asked.clone()),
            number: wire.number,
            id: wire.id,
            node_id: wire.node_id,
            url: wire.html_url.unwrap_or_default(),
            title: wire.title,
            body: wire.body.unwrap_or_default(),
            state: wire::state(wire.state.as_deref()),
            state_reason: wire.state_reason,
            labels: wire.labels.into_iter().filter_map(wire::Named::name).collect(),
            author_login: wire.user.and_then(|user| user.login),
            author_app_id: wire.performed_via_github_app.and_then(|app| app.id),
            created_at: wire.created_at.unwrap_or(Time::from_seconds(0)),
            updated_at: wire.updated_at.or(wire.created_at).unwrap_or(Time::from_seconds(0)),
            closed_at: wire.closed_at,
            closed_by: wire.closed_by.and_then(|user| user.login),
            pull_request: wire.pull_request.is_some(),
            assignees: wire.assignees.into_iter().filter_map(|user| user.login).collect(),
            milestone: wire.milestone.and_then(|milestone| milestone.title),
        }
    }
}

/// What became of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// It is where we thought.
    Here(T),
    /// It was transferred, or its repository was renamed.
    Moved {
        /// Where it is now.
        repository: Repository,
        /// Its number there.
        number: i64,
    },
    /// It was deleted, or we may not see it any more.
    Gone,
}

/// An issue to be created. Its body carries the marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIssue {
    /// The title, one line.
    pub title: String,
    /// The body.
    pub body: String,
    /// Labels; GitHub drops them silently where we may not set them.
    pub labels: Vec<String>,
}

/// A change; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The title.
    pub title: Option<String>,
    /// The whole body.
    pub body: Option<String>,
    /// Close or reopen.
    pub state: Option<IssueState>,
    /// Why it is closed.
    pub state_reason: Option<CloseReason>,
}

impl Github {
    /// Creates an issue with exactly one `POST`, never repeated.
    ///
    /// # Errors
    /// After [`Trouble::Unclear`] the issue may exist: [`Github::find_issue`] says.
    pub async fn create_issue(&self, repository: &Repository, new: &NewIssue) -> Result<Issue, Trouble> {
        let body = json!({ "title": new.title, "body": new.body, "labels": new.labels });
        let path = format!("/repos/{repository}/issues");
        let wire: wire::Issue = self.post(repository, path, &body, "creating an issue").await?;
        Ok(Issue::read(wire, repository))
    }

    /// The issue that carries this marker of ours, among those changed since then.
    ///
    /// Anybody can copy a marker out of an issue's source, so one written by us comes first, then the oldest.
    /// The list is read, and not the search, which lags behind by minutes.
    ///
    /// # Errors
    /// [`Trouble::Unclear`] also when there were too many issues to be sure that it is not among them.
    pub async fn find_issue(
        &self,
        repository: &Repository,
        marker: &Marker,
        since: Time,
    ) -> Result<Option<Issue>, Trouble> {
        let query = format!("state=all&sort=created&direction=desc&per_page=100&since={}", seconds(since));
        let path = format!("/repos/{repository}/issues?{query}");
        let doing = "looking for an issue by its marker";
        let (all, complete) =
            self.transport().list::<wire::Issue>(As::In(repository), path, SEARCH_PAGES, doing, |_| false).await?;
        let carriers = all.into_iter().filter(|issue| issue.pull_request.is_none());
        let carriers = carriers.filter(|issue| issue.body.as_deref().is_some_and(|body| marker.is_in(body)));
        let mut carriers: Vec<Issue> = carriers.map(|wire| Issue::read(wire, repository)).collect();
        if carriers.len() > 1 {
            let us = self.login().await?;
            carriers.sort_by_key(|issue| (issue.author_login.as_deref() != Some(us), issue.created_at, issue.number));
        }
        let found = carriers.into_iter().next();
        if found.is_none() && !complete {
            return Err(Trouble::Unclear(format!(
                "{repository} has too many recent issues to look for one by its marker"
            )));
        }
        Ok(found)
    }

    /// The issue as it is now.
    ///
    /// # Errors
    /// [`Trouble`], save [`Trouble::NotFound`]: a missing issue is [`Found::Gone`].
    pub async fn issue(&self, repository: &Repository, number: i64) -> Result<Found<Issue>, Trouble> {
        let path = format!("/repos/{repository}/issues/{number}");
        match self.transport().get::<wire::Issue>(As::In(repository), path, "reading an issue").await {
            Ok(wire) => {
                let issue = Issue::read(wire, repository);
                let same = issue.number == number && same_name(&issue.repository, repository);
                Ok(if same {
                    Found::Here(issue)
                } else {
                    Found::Moved { repository: issue.repository, number: issue.number }
                })
            }
            Err(Trouble::NotFound(_)) => Ok(Found::Gone),
            Err(trouble) => Err(trouble),
        }
    }

    /// Changes an issue. The same edit twice is harmless.
    ///
    /// # Errors
    /// [`Trouble::Moved`] names the repository's new name where it has one.
    pub async fn edit_issue(&self, repository: &Repository, number: i64, edit: &Edit) -> Result<Issue, Trouble> {
        let mut body = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        put("title", edit.title.clone().map(Value::from));
        put("body", edit.body.clone().map(Value::from));
        put("state", edit.state.map(|state| Value::from(state.as_str())));
        put("state_reason", edit.state_reason.map(|reason| Value::from(reason.as_str())));
        let body = Value::Object(body);
        let path = format!("/repos/{repository}/issues/{number}");
        let doing = "editing an issue";
        let ask = Ask { by: As::In(repository), method: Method::PATCH, path, body: Some(&body), doing };
        let reply = match self.transport().call(ask).await {
            Ok(reply) => reply,
            Err(trouble) => return Err(self.with_new_name(repository, trouble).await),
        };
        Ok(Issue::read(reply.json(doing)?, repository))
    }

    /// The issues changed since then, oldest change first, without pull requests. At most a thousand: whoever sweeps
    /// goes on from the last one's `updated_at`.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn issues_changed_since(&self, repository: &Repository, since: Time) -> Result<Vec<Issue>, Trouble> {
        let query = format!("state=all&sort=updated&direction=asc&per_page=100&since={}", seconds(since));
        let path = format!("/repos/{repository}/issues?{query}");
        let doing = "listing changed issues";
        let (all, _) =
            self.transport().list::<wire::Issue>(As::In(repository), path, SWEEP_PAGES, doing, |_| false).await?;
        let issues = all.into_iter().filter(|issue| issue.pull_request.is_none());
        Ok(issues.map(|wire| Issue::read(wire, repository)).collect())
    }

    /// A `POST` that must answer 201: a redirect can turn it into a `GET`, which answers 200 and creates nothing.
    pub(super) async fn post<T: serde::de::DeserializeOwned>(
        &self,
        repository: &Repository,
        path: String,
        body: &Value,
        doing: &'static str,
    ) -> Result<T, Trouble> {
        let ask = Ask { by: As::In(repository), method: Method::POST, path, body: Some(body), doing };
        let trouble = match self.transport().call(ask).await {
            Ok(reply) if reply.status == StatusCode::CREATED => return reply.json(doing),
            Ok(reply) if reply.json::<Vec<Value>>(doing).is_ok() => {
                Trouble::Moved { repository: None, why: format!("{repository} has another name now") }
            }
            Ok(reply) => Trouble::Unclear(format!("GitHub answered {} to {doing}", reply.status.as_u16())),
            Err(trouble) => trouble,
        };
        Err(self.with_new_name(repository, trouble).await)
    }

    /// Adds the repository's new name to [`Trouble::Moved`].
    async fn with_new_name(&self, repository: &Repository, trouble: Trouble) -> Trouble {
        let Trouble::Moved { repository: None, why } = trouble else { return trouble };
        let facts = self.repository(repository).await.ok();
        let renamed = facts.map(|facts| facts.full_name).filter(|name| !same_name(name, repository));
        Trouble::Moved { repository: renamed, why }
    }
}

/// An instant as GitHub reads it in a query: without fractions, and never later than meant.
pub(super) fn seconds(at: Time) -> Time {
    Time::from_seconds(at.as_seconds())
}

/// Names of repositories differ only beyond upper and lower case.
pub(super) fn same_name(left: &Repository, right: &Repository) -> bool {
    left.as_str().eq_ignore_ascii_case(right.as_str())
}
