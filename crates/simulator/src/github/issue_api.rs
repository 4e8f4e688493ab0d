//! The API for issues, comments, labels and milestones.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answers::{invalid, not_found, paged};
use super::issue::Issue;
use super::issue_changes::NewIssue;
use super::repository::RepositoryState;
use super::state::{GithubActor, GithubState};
use crate::clock;
use crate::message::{Request, Response};

/// GitHub refuses longer bodies.
const BODY_LIMIT_CHARS: usize = 65_536;

impl GithubState {
    pub(super) fn issue_route(
        &mut self,
        request: &Request,
        repo_id: u64,
        what: &[&str],
        body: &Value,
        actor: &GithubActor,
    ) -> Response {
        let method = request.method.as_str();
        if let ["issues", number, ..] = what
            && let Ok(number) = number.parse()
        {
            if !self.repos.get(&repo_id).is_some_and(|repo| repo.issues.contains_key(&number)) {
                return not_found();
            }
            return self.one_issue(request, repo_id, number, &what[2..], body, actor);
        }
        let Some(repo) = self.repos.get(&repo_id) else {
            return not_found();
        };
        match (method, what) {
            ("GET", ["issues"]) => self.issues_listed(request, repo),
            ("POST", ["issues"]) => self.create_issue(repo_id, body, actor),
            ("GET", ["issues", "comments", id]) => self.comment_answer(200, repo_id, number(id)),
            ("PATCH", ["issues", "comments", id]) if repo.comments.contains_key(&number(id)) => {
                let Some(text) = readable(&body["body"]) else {
                    return invalid("IssueComment", "body", "invalid");
                };
                self.edit_comment(repo_id, number(id), actor, text);
                self.comment_answer(200, repo_id, number(id))
            }
            ("DELETE", ["issues", "comments", id]) if repo.comments.contains_key(&number(id)) => {
                self.delete_comment(repo_id, number(id), actor);
                Response::empty(204)
            }
            ("GET", ["labels"]) => {
                let list = repo.labels.keys().map(|name| self.label_json(repo, name)).collect();
                paged(&self.base, request, list)
            }
            ("GET", ["labels", name]) if repo.labels.contains_key(*name) => {
                Response::json(200, &self.label_json(repo, name))
            }
            ("POST", ["labels"]) => self.create_label(repo_id, body),
            ("GET", ["milestones"]) => {
                let list = repo.milestones.keys().map(|number| self.milestone_json(repo, *number)).collect();
                paged(&self.base, request, list)
            }
            ("GET", ["milestones", id]) if repo.milestones.contains_key(&number(id)) => {
                Response::json(200, &self.milestone_json(repo, number(id)))
            }
            _ => not_found(),
        }
    }

    fn one_issue(
        &mut self,
        request: &Request,
        repo_id: u64,
        number: u64,
        rest: &[&str],
        body: &Value,
        actor: &GithubActor,
    ) -> Response {
        match (request.method.as_str(), rest) {
            ("GET", []) => self.issue_answer(200, repo_id, number),
            ("PATCH", []) => self.patch_issue(repo_id, number, body, actor),
            ("GET", ["comments"]) => self.comments_listed(request, repo_id, number),
            ("POST", ["comments"]) => {
                let Some(text) = readable(&body["body"]).filter(|text| !text.is_empty()) else {
                    return invalid("IssueComment", "body", "missing_field");
                };
                if self.repos.get(&repo_id).is_some_and(|repo| repo.issues[&number].locked) && !actor.via_app {
                    return Response::json(
                        403,
                        &json!({"message": "Unable to create comment because issue is locked."}),
                    );
                }
                let id = self.comment(repo_id, number, actor, text).unwrap_or_default();
                self.comment_answer(201, repo_id, id)
            }
            ("GET", ["timeline" | "events"]) => self.timeline(request, repo_id, number, rest[0] == "timeline"),
            ("GET", ["labels"]) => self.labels_answer(repo_id, number),
            ("POST" | "PUT", ["labels"]) => {
                let mut labels = names(if body.is_array() { body } else { &body["labels"] });
                if request.method == "POST" {
                    labels.extend(self.labels_of(repo_id, number));
                }
                self.label(repo_id, number, actor, &labels);
                self.labels_answer(repo_id, number)
            }
            ("DELETE", ["labels", name]) => {
                let mut labels = self.labels_of(repo_id, number);
                if !labels.remove(*name) {
                    return Response::json(404, &json!({"message": "Label does not exist"}));
                }
                self.label(repo_id, number, actor, &labels);
                self.labels_answer(repo_id, number)
            }
            _ => not_found(),
        }
    }

    fn create_issue(&mut self, repo_id: u64, body: &Value, actor: &GithubActor) -> Response {
        let Some(title) = body["title"].as_str().filter(|title| !title.trim().is_empty()) else {
            return invalid("Issue", "title", "missing_field");
        };
        if !body["body"].is_null() && readable(&body["body"]).is_none() {
            return invalid("Issue", "body", "invalid");
        }
        let new = NewIssue {
            title: title.to_owned(),
            body: body["body"].as_str().map(str::to_owned),
            labels: names(&body["labels"]),
            assignees: names(&body["assignees"]),
            milestone: body["milestone"].as_u64(),
        };
        match self.new_issue(repo_id, actor, new) {
            Some(number) => self.issue_answer(201, repo_id, number),
            None => not_found(),
        }
    }

    fn patch_issue(&mut self, repo_id: u64, number: u64, body: &Value, actor: &GithubActor) -> Response {
        let given = |name: &str| body.get(name).is_some();
        if given("body") && !body["body"].is_null() && readable(&body["body"]).is_none() {
            return invalid("Issue", "body", "invalid");
        }
        let new_body = given("body").then(|| body["body"].as_str().unwrap_or_default().to_owned());
        self.edit(repo_id, number, actor, body["title"].as_str().map(str::to_owned), new_body);
        if given("labels") {
            self.label(repo_id, number, actor, &names(&body["labels"]));
        }
        if given("assignees") {
            self.assign(repo_id, number, actor, &names(&body["assignees"]));
        }
        if given("milestone") {
            self.put_in_milestone(repo_id, number, actor, body["milestone"].as_u64());
        }
        match body["state"].as_str() {
            Some("closed") => self.close_as_asked(repo_id, number, body, actor),
            Some("open") => self.reopen(repo_id, number, actor),
            Some(_) => return invalid("Issue", "state", "invalid"),
            None => {}
        }
        self.issue_answer(200, repo_id, number)
    }

    fn close_as_asked(&mut self, repo_id: u64, number: u64, body: &Value, actor: &GithubActor) {
        let canonical = body["duplicate_issue_id"].as_u64().and_then(|id| self.locate_issue(id));
        let default = if canonical.is_some() { "duplicate" } else { "completed" };
        let reason = body["state_reason"].as_str().unwrap_or(default).to_owned();
        self.close(repo_id, number, actor, &reason, None);
        if let Some(issue) = self.issue_mut(repo_id, number) {
            issue.duplicate_of = canonical;
        }
    }

    /// The repository and number of the issue with this id.
    fn locate_issue(&self, id: u64) -> Option<(u64, u64)> {
        let mut issues = self.repos.values().flat_map(|repo| repo.issues.values().map(|issue| (repo.id, issue)));
        issues.find(|(_, issue)| issue.id == id).map(|(repo_id, issue)| (repo_id, issue.number))
    }

    fn issues_listed(&self, request: &Request, repo: &RepositoryState) -> Response {
        let state = request.parameter("state").unwrap_or("open");
        let since = request.parameter("since").and_then(clock::parse).unwrap_or(i64::MIN);
        let labels: Vec<&str> =
            request.parameter("labels").map(|labels| labels.split(',').collect()).unwrap_or_default();
        let visible = self.now() - self.options.list_lag_s * 1_000_000;
        let mut issues: Vec<&Issue> = repo
            .issues
            .values()
            .filter(|issue| issue.created_at <= visible)
            .filter(|issue| state == "all" || issue.state() == state)
            .filter(|issue| request.parameter("creator").is_none_or(|creator| issue.author == creator))
            .filter(|issue| clock_seconds(issue.updated_at) >= since)
            .filter(|issue| labels.iter().all(|label| issue.labels.contains(*label)))
            .filter(|issue| match request.parameter("milestone") {
                None | Some("*") => true,
                Some("none") => issue.milestone.is_none(),
                Some(number) => issue.milestone.map(|number| number.to_string()).as_deref() == Some(number),
            })
            .collect();
        match request.parameter("sort") {
            Some("updated") => issues.sort_by_key(|issue| (issue.updated_at, issue.number)),
            _ => issues.sort_by_key(|issue| (issue.created_at, issue.number)),
        }
        if request.parameter("direction") != Some("asc") {
            issues.reverse();
        }
        let list = issues.into_iter().map(|issue| self.issue_json(repo, issue)).collect();
        paged(&self.base, request, list)
    }

    fn comments_listed(&self, request: &Request, repo_id: u64, number: u64) -> Response {
        let since = request.parameter("since").and_then(clock::parse).unwrap_or(i64::MIN);
        let repo = &self.repos[&repo_id];
        let comments = repo.comments.values().filter(|comment| comment.number == number);
        let comments = comments.filter(|comment| clock_seconds(comment.updated_at) >= since);
        paged(&self.base, request, comments.map(|comment| self.comment_json(repo, comment)).collect())
    }

    /// The timeline includes comments. The list of events does not.
    fn timeline(&self, request: &Request, repo_id: u64, number: u64, with_comments: bool) -> Response {
        let repo = &self.repos[&repo_id];
        let only_in_timeline = ["cross-referenced"];
        let mut moments: Vec<(i64, u64, Value)> = repo.issues[&number]
            .timeline
            .iter()
            .filter(|moment| with_comments || !only_in_timeline.contains(&moment.event))
            .map(|moment| (moment.at, moment.id, self.moment_json(repo, moment)))
            .collect();
        if with_comments {
            for comment in repo.comments.values().filter(|comment| comment.number == number) {
                let mut shown = self.comment_json(repo, comment);
                shown["event"] = json!("commented");
                shown["actor"] = shown["user"].clone();
                moments.push((comment.created_at, comment.id, shown));
            }
        }
        moments.sort_by_key(|(at, id, _)| (*at, *id));
        paged(&self.base, request, moments.into_iter().map(|(_, _, shown)| shown).collect())
    }

    fn create_label(&mut self, repo_id: u64, body: &Value) -> Response {
        let id = self.new_id();
        let Some(name) = body["name"].as_str() else {
            return invalid("Label", "name", "missing_field");
        };
        let Some(repo) = self.repos.get_mut(&repo_id) else {
            return not_found();
        };
        if repo.labels.contains_key(name) {
            return invalid("Label", "name", "already_exists");
        }
        repo.labels.insert(name.to_owned(), id);
        Response::json(201, &self.label_json(&self.repos[&repo_id], name))
    }

    fn labels_of(&self, repo_id: u64, number: u64) -> BTreeSet<String> {
        self.repos[&repo_id].issues.get(&number).map(|issue| issue.labels.clone()).unwrap_or_default()
    }

    fn labels_answer(&self, repo_id: u64, number: u64) -> Response {
        let repo = &self.repos[&repo_id];
        let labels: Vec<Value> =
            self.labels_of(repo_id, number).iter().map(|name| self.label_json(repo, name)).collect();
        Response::json(200, &json!(labels))
    }

    fn issue_answer(&self, status: u16, repo_id: u64, number: u64) -> Response {
        self.current_issue_json(repo_id, number).map_or_else(not_found, |issue| Response::json(status, &issue))
    }

    fn comment_answer(&self, status: u16, repo_id: u64, id: u64) -> Response {
        let repo = &self.repos[&repo_id];
        repo.comments
            .get(&id)
            .map_or_else(not_found, |comment| Response::json(status, &self.comment_json(repo, comment)))
    }
}

/// A text, if it is not longer than GitHub accepts.
fn readable(text: &Value) -> Option<&str> {
    text.as_str().filter(|text| text.chars().count() <= BODY_LIMIT_CHARS)
}

/// A list of names. Labels come as names or as objects, assignees as logins.
fn names(list: &Value) -> BTreeSet<String> {
    let names = list.as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().or_else(|| name["name"].as_str())).map(str::to_owned).collect()
}

/// An id in a path. Anything else becomes 0, which no record has.
fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

/// A time in whole seconds, which is what `since` is compared with.
fn clock_seconds(micros: i64) -> i64 {
    micros - micros.rem_euclid(1_000_000)
}
