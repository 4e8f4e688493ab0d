//! The API of a repository's webhooks: only for whoever administers it.

use serde_json::{Value, json};

use super::answers::{not_found, paged};
use super::instance::Github;
use super::repository_hook::RepositoryHook;
use super::state::{GithubActor, GithubState, HookRights};
use crate::message::{Request, Response};

impl Github {
    /// The token may not make webhooks: answered with 404, as if there were none (octokit.js#155, octokit.js#1541), or with 403 (a
    /// fine-grained token, octokit.rb#1534).
    pub fn token_may_not_make_webhooks(&self, status: u16) {
        let rights = if status == 403 { HookRights::Refused } else { HookRights::Hidden };
        self.act(|state| state.hook_rights = rights);
    }

    /// Webhooks are not listed, although they are there, for the next read of the list.
    pub fn hides_webhooks_once(&self) {
        self.act(|state| state.hides_webhooks = true);
    }

    /// A repository's webhooks as the API shows them.
    pub fn webhooks_of(&self, full_name: &str) -> Vec<Value> {
        self.act(|state| {
            let id = state.repo_named(full_name).unwrap_or_default();
            state.repository_hooks.get(&id).into_iter().flatten().map(|hook| hook.json("")).collect()
        })
    }

    /// What a repository's webhooks sign with.
    pub fn webhook_secrets_of(&self, full_name: &str) -> Vec<Option<String>> {
        self.act(|state| {
            let id = state.repo_named(full_name).unwrap_or_default();
            state.repository_hooks.get(&id).into_iter().flatten().map(|hook| hook.secret.clone()).collect()
        })
    }

    /// A person makes a webhook by hand.
    pub fn webhook_by_hand(&self, full_name: &str, body: &Value) {
        self.act(|state| {
            let Some(repository) = state.repo_named(full_name) else { return };
            let mut hook = RepositoryHook::new(state.new_id());
            hook.write(body);
            state.repository_hooks.entry(repository).or_default().push(hook);
        });
    }
}

impl GithubState {
    /// `/repos/{owner}/{name}/hooks...`
    pub(super) fn hook_route(
        &mut self,
        request: &Request,
        repo_id: u64,
        what: &[&str],
        body: &Value,
        actor: &GithubActor,
    ) -> Response {
        match self.hook_rights {
            HookRights::Hidden => return not_found(),
            HookRights::Refused => {
                let message = "Resource not accessible by personal access token";
                return Response::json(403, &json!({"message": message}));
            }
            HookRights::Given if actor.via_app => {
                return Response::json(403, &json!({"message": "Resource not accessible by integration"}));
            }
            HookRights::Given => {}
        }
        let url = self.repos.get(&repo_id).map(|repo| repo.url(&self.base)).unwrap_or_default();
        let answer = match (request.method.as_str(), what) {
            ("GET", []) => {
                let hidden = std::mem::take(&mut self.hides_webhooks);
                let hooks = self.repository_hooks.get(&repo_id).into_iter().flatten().filter(|_| !hidden);
                let list = hooks.map(|hook| hook.json(&url)).collect();
                return paged(&self.base, request, list);
            }
            ("POST", []) => return self.make_hook(repo_id, body, &url),
            ("PATCH", [id]) => self.hook_of(repo_id, id).map(|hook| {
                hook.write(body);
                Response::json(200, &hook.json(&url))
            }),
            ("DELETE", [id]) => self.hook_of(repo_id, id).map(|hook| hook.id).map(|id| {
                if let Some(hooks) = self.repository_hooks.get_mut(&repo_id) {
                    hooks.retain(|hook| hook.id != id);
                }
                Response::empty(204)
            }),
            _ => None,
        };
        self.send_to_newest();
        answer.unwrap_or_else(not_found)
    }

    fn hook_of(&mut self, repo_id: u64, id: &str) -> Option<&mut RepositoryHook> {
        let id: u64 = id.parse().ok()?;
        self.repository_hooks.get_mut(&repo_id)?.iter_mut().find(|hook| hook.id == id)
    }

    /// A second one to the same address is refused (readthedocs.org#2561).
    fn make_hook(&mut self, repo_id: u64, body: &Value, url: &str) -> Response {
        let to = body["config"]["url"].as_str().unwrap_or_default();
        if self.repository_hooks.get(&repo_id).into_iter().flatten().any(|hook| hook.url == to) {
            let error =
                json!({"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"});
            return Response::json(422, &json!({"message": "Validation Failed", "errors": [error]}));
        }
        let mut hook = RepositoryHook::new(self.new_id());
        hook.write(body);
        let answer = Response::json(201, &hook.json(url));
        self.repository_hooks.entry(repo_id).or_default().push(hook);
        self.send_to_newest();
        answer
    }

    /// There is one target for all that is sent.
    fn send_to_newest(&mut self) {
        let newest = self.repository_hooks.values().flatten().rfind(|hook| hook.active);
        if let Some((url, secret)) = newest.map(|hook| (hook.url.clone(), hook.secret.clone())) {
            self.endpoint = Some(url);
            self.options.webhook_secret = secret.unwrap_or_default();
        }
    }
}
