//! The API for pull requests.

use serde_json::{Value, json};

use super::answers::{invalid, not_found, paged};
use super::code_changes::{MergeMethod, NewPullRequest};
use super::state::{GithubActor, GithubState};
use crate::message::{Request, Response};

impl GithubState {
    pub(super) fn pull_route(
        &mut self,
        request: &Request,
        repo_id: u64,
        what: &[&str],
        body: &Value,
        actor: &GithubActor,
    ) -> Response {
        let repo = &self.repos[&repo_id];
        match (request.method.as_str(), what) {
            ("GET", ["pulls"]) => {
                let state = request.parameter("state").unwrap_or("open");
                let mut list: Vec<Value> = repo
                    .issues
                    .values()
                    .filter(|issue| state == "all" || issue.state() == state)
                    .filter_map(|issue| self.listed_pull_json(repo, issue))
                    .collect();
                if request.parameter("direction") != Some("asc") {
                    list.reverse();
                }
                paged(&self.base, request, list)
            }
            ("POST", ["pulls"]) => {
                let text = |name: &str| body[name].as_str().map(str::to_owned);
                let (Some(title), Some(head), Some(base)) = (text("title"), text("head"), text("base")) else {
                    return invalid("PullRequest", "title", "missing_field");
                };
                // `owner:branch` names a fork. There are no forks here.
                let head = head.rsplit(':').next().unwrap_or_default().to_owned();
                let draft = body["draft"].as_bool().unwrap_or(false);
                match self.open_pull(repo_id, actor, NewPullRequest { title, body: text("body"), head, base, draft }) {
                    Some(number) => self.pull_answer(201, repo_id, number),
                    None => invalid("PullRequest", "head", "invalid"),
                }
            }
            ("GET", ["pulls", number]) => self.pull_answer(200, repo_id, number.parse().unwrap_or(0)),
            ("GET", ["pulls", number, "files"]) => match self.pull_of(repo_id, number) {
                Some(pull) => paged(&self.base, request, self.files_json(repo, &pull.files, &pull.head_sha)),
                None => not_found(),
            },
            ("GET", ["pulls", number, "commits"]) => match self.pull_of(repo_id, number) {
                Some(pull) => {
                    let commits = pull.commits.iter().filter_map(|sha| repo.history.get(sha));
                    paged(&self.base, request, commits.map(|commit| self.commit_json(repo, commit)).collect())
                }
                None => not_found(),
            },
            ("GET", ["pulls", number, "merge"]) => {
                let merged = self.pull_of(repo_id, number).is_some_and(|pull| pull.merged_at.is_some());
                if merged { Response::empty(204) } else { not_found() }
            }
            ("PUT", ["pulls", number, "merge"]) => {
                let method = match body["merge_method"].as_str() {
                    Some("squash") => MergeMethod::Squash,
                    Some("rebase") => MergeMethod::Rebase,
                    _ => MergeMethod::Merge,
                };
                match self.merge(repo_id, number.parse().unwrap_or(0), method, actor) {
                    Some(sha) => Response::json(
                        200,
                        &json!({"sha": sha, "merged": true, "message": "Pull Request successfully merged"}),
                    ),
                    None => Response::json(405, &json!({"message": "Pull Request is not mergeable"})),
                }
            }
            _ => not_found(),
        }
    }

    fn pull_of(&self, repo_id: u64, number: &str) -> Option<&super::issue::PullRequest> {
        self.repos.get(&repo_id)?.issues.get(&number.parse().ok()?)?.pull.as_ref()
    }

    fn pull_answer(&self, status: u16, repo_id: u64, number: u64) -> Response {
        let repo = &self.repos[&repo_id];
        let shown = repo.issues.get(&number).and_then(|issue| self.pull_json(repo, issue));
        shown.map_or_else(not_found, |pull| Response::json(status, &pull))
    }
}
