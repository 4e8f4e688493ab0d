//! Which request goes where: by repository name, by repository id, and redirects from names and numbers that were.

use serde_json::{Value, json};

use super::auth::{Caller, bad_credentials};
use super::hub::{Actor, Hub};
use super::repository::{Gone, Repo};
use crate::message::{Answer, Request};
use crate::page::{Entry, page};
use crate::text::{escaped, without_comments};

/// A page's size if nobody says, and the most it can be.
const PAGE: usize = 30;
const PAGE_LIMIT: usize = 100;

impl Hub {
    /// Answers a request. `/api/v3` in front, as on an enterprise server, makes no difference.
    pub(super) fn route(&mut self, request: &Request) -> Answer {
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
        let Some(body) = request.json() else {
            return Answer::json(400, &json!({"message": "Problems parsing JSON"}));
        };
        match self.caller(request) {
            None => bad_credentials(),
            Some(Caller::App) => self.app_route(request, rest).unwrap_or_else(not_found),
            Some(Caller::Actor(actor)) => {
                if self.suspended && actor.via_app {
                    return Answer::json(403, &json!({"message": "This installation has been suspended"}));
                }
                self.token_route(request, rest, &body, &actor)
            }
        }
    }

    fn token_route(&mut self, request: &Request, rest: &[&str], body: &Value, actor: &Actor) -> Answer {
        match (request.method.as_str(), rest) {
            ("GET", ["rate_limit"]) => {
                let renewed_at_s = self.now() / 1_000_000 + 3_600;
                let core = json!({"limit": 5_000, "used": 1, "remaining": 4_999, "reset": renewed_at_s});
                Answer::json(200, &json!({"resources": {"core": core, "search": core, "graphql": core}, "rate": core}))
            }
            ("GET", ["user"]) if !actor.via_app => Answer::json(200, &self.person_json(&actor.login)),
            ("GET", ["users", login]) => match self.people.get(*login) {
                Some(person) => Answer::json(200, &person.json(&self.base)),
                None => not_found(),
            },
            ("GET", ["installation", "repositories"]) => {
                let list: Vec<Value> = self.repos.values().map(|repo| self.repo_json(repo)).collect();
                Answer::json(
                    200,
                    &json!({"total_count": list.len(), "repository_selection": "all", "repositories": list}),
                )
            }
            ("POST", ["graphql"]) => self.graphql(body),
            (_, ["repositories", id, what @ ..]) => match id.parse().ok().filter(|id| self.repos.contains_key(id)) {
                Some(id) => self.repo_route(request, id, what, body, actor),
                None => not_found(),
            },
            (_, ["repos", owner, name, what @ ..]) => {
                let full_name = format!("{owner}/{name}");
                match self.repo_named(&full_name) {
                    Some(id) => self.repo_route(request, id, what, body, actor),
                    None => self.renamed(&full_name, what),
                }
            }
            _ => not_found(),
        }
    }

    /// Redirects from a name the repository had.
    fn renamed(&self, old_name: &str, what: &[&str]) -> Answer {
        let was = |repo: &&Repo| repo.old_names.iter().any(|name| name.eq_ignore_ascii_case(old_name));
        match self.repos.values().find(was) {
            Some(repo) => self.moved(&[&["repositories", &repo.id.to_string()], what].concat()),
            None => not_found(),
        }
    }

    fn moved(&self, path: &[&str]) -> Answer {
        let url = format!("{}/{}", self.base, path.join("/"));
        Answer::json(301, &json!({"message": "Moved Permanently", "url": url})).header("location", url)
    }

    fn repo_route(&mut self, request: &Request, repo_id: u64, what: &[&str], body: &Value, actor: &Actor) -> Answer {
        let method = request.method.as_str();
        let Some(repo) = self.repos.get(&repo_id) else {
            return not_found();
        };
        if repo.archived && method != "GET" {
            return Answer::json(403, &json!({"message": "Repository was archived so is read-only."}));
        }
        if actor.via_app && method != "GET" && !matches!(what.first(), Some(&("issues" | "labels" | "milestones"))) {
            return Answer::json(403, &json!({"message": "Resource not accessible by integration"}));
        }
        if what.first() == Some(&"issues") && !repo.has_issues {
            return Answer::json(410, &json!({"message": "Issues has been disabled in this repository."}));
        }
        if let ["issues" | "pulls", number, more @ ..] = what
            && let Some(gone) = number.parse().ok().and_then(|number: u64| repo.gone.get(&number))
        {
            return match gone {
                Gone::Deleted => Answer::json(410, &json!({"message": "This issue was deleted"})),
                Gone::Transferred(target, new) => {
                    let (target, new) = (target.to_string(), new.to_string());
                    self.moved(&[&["repositories", &target, "issues", &new], more].concat())
                }
            };
        }
        match what {
            [] if method == "GET" => Answer::json(200, &self.repo_json(repo)),
            ["issues" | "labels" | "milestones", ..] => self.issue_route(request, repo_id, what, body, actor),
            ["pulls", ..] => self.pull_route(request, repo_id, what, body, actor),
            ["releases" | "deployments", ..] => self.release_route(request, repo_id, what, body, actor),
            ["commits" | "compare" | "git" | "tags" | "branches", ..] => {
                self.code_route(request, repo_id, what, body, actor)
            }
            ["collaborators", login, "permission"] => self.permission(repo_id, login),
            _ => not_found(),
        }
    }

    fn permission(&self, repo_id: u64, login: &str) -> Answer {
        let (Some(repo), Some(person)) = (self.repos.get(&repo_id), self.people.get(login)) else {
            return not_found();
        };
        let default = if repo.private { "none" } else { "read" };
        let permission = repo.collaborators.get(login).copied().unwrap_or(default);
        let body = json!({"permission": permission, "role_name": permission, "user": person.json(&self.base)});
        Answer::json(200, &body)
    }

    /// An issue as a page for people, so that links lead somewhere.
    fn issue_page(&self, full_name: &str, number: &str) -> Answer {
        let repo = self.repo_named(full_name).and_then(|id| self.repos.get(&id));
        let issue = repo.and_then(|repo| Some((repo, repo.issues.get(&number.parse().ok()?)?)));
        let Some((repo, issue)) = issue else {
            return not_found();
        };
        // Issues are written in Markdown; shown as it is, it is still readable.
        let as_written = |text: &str| format!("<pre>{}</pre>", escaped(&without_comments(text)));
        let opened = issue.body.as_deref().unwrap_or_default();
        let mut entries = vec![Entry { author: &issue.author, remark: "opened this", html: as_written(opened) }];
        for comment in repo.comments.values().filter(|comment| comment.number == issue.number) {
            entries.push(Entry { author: &comment.author, remark: "commented", html: as_written(&comment.body) });
        }
        let heading = format!("{} #{number}", issue.title);
        let status = match &issue.state_reason {
            Some(reason) => format!("{} ({})", issue.state(), reason.replace('_', " ")),
            None => issue.state().to_owned(),
        };
        page(&format!("Practice GitHub: {}", repo.full_name()), &heading, &status, &entries)
    }
}

/// GitHub's answer for what is not there, or not visible.
pub(super) fn not_found() -> Answer {
    Answer::json(
        404,
        &json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}),
    )
}

/// GitHub's 422.
pub(super) fn invalid(resource: &str, field: &str, code: &str) -> Answer {
    let body = json!({
        "message": "Validation Failed",
        "errors": [{"resource": resource, "field": field, "code": code}],
        "documentation_url": "https://docs.github.com/rest",
        "status": "422",
    });
    Answer::json(422, &body)
}

/// The page asked for: where it starts and how long it is.
pub(super) fn page_of(request: &Request) -> (usize, usize) {
    let size = request.query_number("per_page").unwrap_or(PAGE).clamp(1, PAGE_LIMIT);
    let page = request.query_number("page").unwrap_or(1).max(1);
    (page, size)
}

/// One page of a list, with `Link` to the others.
pub(super) fn paged(base: &str, request: &Request, list: Vec<Value>) -> Answer {
    let total = list.len();
    let (page, size) = page_of(request);
    let shown: Vec<Value> = list.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    with_links(Answer::json(200, &Value::Array(shown)), base, request, total)
}

/// Adds `Link` for the page asked for of so many.
pub(super) fn with_links(answer: Answer, base: &str, request: &Request, total: usize) -> Answer {
    let (page, size) = page_of(request);
    let last = total.div_ceil(size).max(1);
    let address = |page: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(request.query.iter().filter(|(name, _)| name != "page"));
        query.append_pair("page", &page.to_string());
        format!("<{base}{}?{}>", request.path, query.finish())
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(format!("{}; rel=\"prev\"", address(page - 1)));
        links.push(format!("{}; rel=\"first\"", address(1)));
    }
    if page < last {
        links.push(format!("{}; rel=\"next\"", address(page.saturating_add(1))));
        links.push(format!("{}; rel=\"last\"", address(last)));
    }
    if links.is_empty() { answer } else { answer.header("link", links.join(", ")) }
}
