//! The API for releases and deployments.

use serde_json::Value;

use super::answers::{invalid, not_found, paged};
use super::release::Release;
use super::state::{GithubActor, GithubState};
use crate::message::{Request, Response};

impl GithubState {
    pub(super) fn release_route(
        &mut self,
        request: &Request,
        repo_id: u64,
        what: &[&str],
        body: &Value,
        actor: &GithubActor,
    ) -> Response {
        let repo = &self.repos[&repo_id];
        let newest = || repo.releases.values().rev();
        match (request.method.as_str(), what) {
            ("GET", ["releases"]) => {
                // Only those who may push see drafts, and the app may not push.
                let visible = newest().filter(|release| !(release.draft && actor.via_app));
                paged(&self.base, request, visible.map(|release| self.release_json(repo, release)).collect())
            }
            ("GET", ["releases", "latest"]) => {
                let latest = newest().find(|release| !release.draft && !release.prerelease);
                latest.map_or_else(not_found, |release| Response::json(200, &self.release_json(repo, release)))
            }
            ("GET", ["releases", "tags", tag @ ..]) => {
                let tag = tag.join("/");
                let found = newest().find(|release| !release.draft && release.tag == tag);
                found.map_or_else(not_found, |release| Response::json(200, &self.release_json(repo, release)))
            }
            ("POST", ["releases"]) => self.create_release(repo_id, body, actor),
            ("GET", ["releases", id]) => self.release_answer(200, repo_id, id.parse().unwrap_or(0)),
            ("PATCH", ["releases", id]) => {
                let id = id.parse().unwrap_or(0);
                match self.edit_release(repo_id, id, actor, body) {
                    Some(()) => self.release_answer(200, repo_id, id),
                    None => not_found(),
                }
            }
            ("DELETE", ["releases", id]) if id.parse().is_ok_and(|id| repo.releases.contains_key(&id)) => {
                self.delete_release(repo_id, id.parse().unwrap_or(0), actor);
                Response::empty(204)
            }
            ("GET", ["deployments"]) => {
                let asked = |name: &str, value: &str| request.parameter(name).is_none_or(|wanted| wanted == value);
                let list = repo.deployments.values().rev().filter(|known| {
                    asked("environment", &known.environment)
                        && asked("sha", &known.sha)
                        && asked("ref", &known.reference)
                });
                let shown = list.map(|known| self.deployment_json(repo, known));
                paged(&self.base, request, shown.collect())
            }
            ("GET", ["deployments", id, "statuses"]) => {
                let Some(known) = id.parse().ok().and_then(|id: u64| repo.deployments.get(&id)) else {
                    return not_found();
                };
                let newest = known.statuses.iter().rev();
                let list = newest.map(|status| self.deployment_status_json(repo, known, status)).collect();
                paged(&self.base, request, list)
            }
            ("GET", ["deployments", id]) => match id.parse().ok().and_then(|id: u64| repo.deployments.get(&id)) {
                Some(known) => Response::json(200, &self.deployment_json(repo, known)),
                None => not_found(),
            },
            _ => not_found(),
        }
    }

    fn create_release(&mut self, repo_id: u64, body: &Value, actor: &GithubActor) -> Response {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let Some(tag) = text("tag_name") else {
            return invalid("Release", "tag_name", "missing_field");
        };
        let repo = &self.repos[&repo_id];
        if repo.releases.values().any(|release| !release.draft && release.tag == tag) {
            return invalid("Release", "tag_name", "already_exists");
        }
        let release = Release {
            id: 0,
            tag,
            target: text("target_commitish").unwrap_or_else(|| repo.default_branch.clone()),
            name: text("name"),
            body: text("body"),
            author: actor.login.clone(),
            draft: body["draft"].as_bool().unwrap_or(false),
            prerelease: body["prerelease"].as_bool().unwrap_or(false),
            created_at: 0,
            published_at: None,
            files: 0,
        };
        match self.release(repo_id, actor, release) {
            Some(id) => self.release_answer(201, repo_id, id),
            None => invalid("Release", "target_commitish", "invalid"),
        }
    }

    fn release_answer(&self, status: u16, repo_id: u64, id: u64) -> Response {
        let repo = &self.repos[&repo_id];
        let shown = repo.releases.get(&id).map(|release| self.release_json(repo, release));
        shown.map_or_else(not_found, |release| Response::json(status, &release))
    }
}
