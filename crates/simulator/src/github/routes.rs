//! Routing: by repository name, by repository id, and redirects for renamed repositories and transferred issues.

use serde_json::{Value, json};

use super::answers::{bad_credentials, not_found};
use super::auth::Caller;
use super::repository::{DepartedIssue, RepositoryState};
use super::state::{GithubActor, GithubState};
use crate::message::{Request, Response};
use crate::page::{PageEntry, page};
use crate::text::{escaped, without_comments};

impl GithubState {
    /// Answers a request. The prefix `/api/v3` of an enterprise server is accepted too.
    pub(super) fn route(&mut self, request: &Request) -> Response {
        let parts = request.parts();
        let rest = match parts.as_slice() {
            ["api", "v3", rest @ ..] => rest,
            all => all,
        };
        if let ("GET", [owner, name, "issues" | "pull", number]) = (request.method.as_str(), rest)
            && !matches!(*owner, "repos" | "repositories")
        {
            return self.issue_page(&format!("{owner}/{name}"), number);
        }
        if let Some(answer) = self.open_route(request, rest) {
            return answer;
        }
        let Some(body) = request.json() else {
            return Response::json(400, &json!({"message": "Problems parsing JSON"}));
        };
        match self.caller(request) {
            None => bad_credentials(),
            Some(Caller::App) => self.app_route(request, rest).unwrap_or_else(not_found),
            Some(Caller::Actor(actor)) => {
                if self.suspended && actor.via_app {
                    return Response::json(403, &json!({"message": "This installation has been suspended"}));
                }
                self.token_route(request, rest, &body, &actor)
            }
        }
    }

    fn token_route(&mut self, request: &Request, rest: &[&str], body: &Value, actor: &GithubActor) -> Response {
        match (request.method.as_str(), rest) {
            ("GET", ["rate_limit"]) => {
                let renewed_at_s = self.now() / 1_000_000 + 3_600;
                let core = json!({"limit": 5_000, "used": 1, "remaining": 4_999, "reset": renewed_at_s});
                Response::json(
                    200,
                    &json!({"resources": {"core": core, "search": core, "graphql": core}, "rate": core}),
                )
            }
            ("GET", ["user"]) if !actor.via_app => Response::json(200, &self.person_json(&actor.login)),
            ("GET", ["user", "repos"]) if !actor.via_app => {
                let list: Vec<Value> = self.repos.values().map(|repo| self.repo_json(repo)).collect();
                Response::json(200, &json!(list))
            }
            ("GET", ["users", login]) => match self.people.get(*login) {
                Some(person) => Response::json(200, &person.json(&self.base)),
                None => not_found(),
            },
            ("GET", ["installation", "repositories"]) => {
                let reached = self.repos.values().filter(|repo| self.registration.reaches(&repo.full_name()));
                let list: Vec<Value> = reached.map(|repo| self.repo_json(repo)).collect();
                let selection = self.registration.selection();
                Response::json(
                    200,
                    &json!({"total_count": list.len(), "repository_selection": selection, "repositories": list}),
                )
            }
            ("GET", ["graphql"]) if self.options.graphql => Response::json(200, &json!({"data": {"__schema": {}}})),
            ("POST", ["graphql"]) => self.graphql(body),
            (_, ["repositories", id, what @ ..]) => match id.parse().ok().filter(|id| self.repos.contains_key(id)) {
                Some(id) => self.repo_route(request, id, what, body, actor),
                None => not_found(),
            },
            (_, ["repos", owner, name, what @ ..]) => {
                let full_name = format!("{owner}/{name}");
                match self.repo_named(&full_name) {
                    Some(id) => self.repo_route(request, id, what, body, actor),
                    None => self.redirect_old_name(&full_name, what),
                }
            }
            _ => not_found(),
        }
    }

    /// Redirects from a former name of a repository.
    fn redirect_old_name(&self, old_name: &str, what: &[&str]) -> Response {
        let was = |repo: &&RepositoryState| repo.old_names.iter().any(|name| name.eq_ignore_ascii_case(old_name));
        match self.repos.values().find(was) {
            Some(repo) => self.redirect(&[&["repositories", &repo.id.to_string()], what].concat()),
            None => not_found(),
        }
    }

    fn redirect(&self, path: &[&str]) -> Response {
        let url = format!("{}/{}", self.base, path.join("/"));
        Response::json(301, &json!({"message": "Moved Permanently", "url": url})).header("location", url)
    }

    fn repo_route(
        &mut self,
        request: &Request,
        repo_id: u64,
        what: &[&str],
        body: &Value,
        actor: &GithubActor,
    ) -> Response {
        let method = request.method.as_str();
        let Some(repo) = self.repos.get(&repo_id) else {
            return not_found();
        };
        if actor.via_app && !self.registration.reaches(&repo.full_name()) {
            return not_found();
        }
        if repo.archived && method != "GET" {
            return Response::json(403, &json!({"message": "Repository was archived so is read-only."}));
        }
        if actor.via_app && method != "GET" && !matches!(what.first(), Some(&("issues" | "labels" | "milestones"))) {
            return Response::json(403, &json!({"message": "Resource not accessible by integration"}));
        }
        if what.first() == Some(&"issues") && !repo.has_issues {
            return Response::json(410, &json!({"message": "Issues has been disabled in this repository."}));
        }
        if let ["issues" | "pulls", number, more @ ..] = what
            && let Some(gone) = number.parse().ok().and_then(|number: u64| repo.gone.get(&number))
        {
            return match gone {
                DepartedIssue::Deleted => Response::json(410, &json!({"message": "This issue was deleted"})),
                DepartedIssue::Transferred(target, new) => {
                    let (target, new) = (target.to_string(), new.to_string());
                    self.redirect(&[&["repositories", &target, "issues", &new], more].concat())
                }
            };
        }
        match what {
            [] if method == "GET" => Response::json(200, &self.repo_json(repo)),
            ["issues" | "labels" | "milestones", ..] => self.issue_route(request, repo_id, what, body, actor),
            ["pulls", ..] => self.pull_route(request, repo_id, what, body, actor),
            ["releases" | "deployments", ..] => self.release_route(request, repo_id, what, body, actor),
            ["commits" | "compare" | "git" | "tags" | "branches", ..] => {
                self.code_route(request, repo_id, what, body, actor)
            }
            ["hooks", rest @ ..] => self.hook_route(request, repo_id, rest, body, actor),
            ["collaborators", login, "permission"] => self.permission(repo_id, login),
            _ => not_found(),
        }
    }

    fn permission(&self, repo_id: u64, login: &str) -> Response {
        let (Some(repo), Some(person)) = (self.repos.get(&repo_id), self.people.get(login)) else {
            return not_found();
        };
        let default = if repo.private { "none" } else { "read" };
        let permission = repo.collaborators.get(login).copied().unwrap_or(default);
        let body = json!({"permission": permission, "role_name": permission, "user": person.json(&self.base)});
        Response::json(200, &body)
    }

    /// An issue as a page for people.
    fn issue_page(&self, full_name: &str, number: &str) -> Response {
        let repo = self.repo_named(full_name).and_then(|id| self.repos.get(&id));
        let issue = repo.and_then(|repo| Some((repo, repo.issues.get(&number.parse().ok()?)?)));
        let Some((repo, issue)) = issue else {
            return not_found();
        };
        // Issues are Markdown, which is readable as it is.
        let as_written = |text: &str| format!("<pre>{}</pre>", escaped(&without_comments(text)));
        let opened = issue.body.as_deref().unwrap_or_default();
        let mut entries = vec![PageEntry { author: &issue.author, remark: "opened this", html: as_written(opened) }];
        for comment in repo.comments.values().filter(|comment| comment.number == issue.number) {
            entries.push(PageEntry { author: &comment.author, remark: "commented", html: as_written(&comment.body) });
        }
        let heading = format!("{} #{number}", issue.title);
        let status = match &issue.state_reason {
            Some(reason) => format!("{} ({})", issue.state(), reason.replace('_', " ")),
            None => issue.state().to_owned(),
        };
        page(&format!("Practice GitHub: {}", repo.full_name()), &heading, &status, &entries)
    }
}
