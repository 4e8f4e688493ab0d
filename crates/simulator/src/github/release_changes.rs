//! How code is shipped: tags, releases, deployments.

use serde_json::{Value, json};

use super::code_changes::NOTHING;
use super::commits::Tag;
use super::deployment::{Deployment, DeploymentStatus};
use super::release::Release;
use super::state::{GithubActor, GithubState};

impl GithubState {
    /// Creates a tag or moves it to another commit.
    pub(super) fn tag(
        &mut self,
        repo_id: u64,
        name: &str,
        at: &str,
        annotated: bool,
        actor: &GithubActor,
    ) -> Option<String> {
        let repo = self.repos.get_mut(&repo_id)?;
        let commit = repo.history.resolve(at)?.sha.clone();
        let object = annotated.then(|| repo.history.object(name));
        let before = repo.history.tags.insert(name.to_owned(), Tag { commit: commit.clone(), object });
        let default_branch = repo.default_branch.clone();
        if before.is_none() {
            let body = json!({
                "ref": name, "ref_type": "tag", "master_branch": default_branch, "description": null, "pusher_type": "user",
            });
            self.emit(repo_id, actor, "create", None, body);
        }
        let body = json!({
            "ref": format!("refs/tags/{name}"),
            "before": before.as_ref().map_or(NOTHING, |tag| tag.commit.as_str()),
            "after": commit,
            "created": before.is_none(), "deleted": false, "forced": before.is_some(),
            "commits": [], "head_commit": null, "pusher": {"name": actor.login},
        });
        self.emit(repo_id, actor, "push", None, body);
        Some(commit)
    }

    /// Deletes a tag.
    pub(super) fn delete_tag(&mut self, repo_id: u64, name: &str, actor: &GithubActor) {
        let Some(gone) = self.repos.get_mut(&repo_id).and_then(|repo| repo.history.tags.remove(name)) else { return };
        let body = json!({"ref": name, "ref_type": "tag", "pusher_type": "user"});
        self.emit(repo_id, actor, "delete", None, body);
        let body = json!({
            "ref": format!("refs/tags/{name}"),
            "before": gone.commit,
            "after": NOTHING,
            "created": false, "deleted": true, "forced": false,
            "commits": [], "head_commit": null, "pusher": {"name": actor.login},
        });
        self.emit(repo_id, actor, "push", None, body);
    }

    /// Saves a release. Unless it is a draft, it is published at once.
    pub(super) fn release(&mut self, repo_id: u64, actor: &GithubActor, release: Release) -> Option<u64> {
        let (id, now) = (self.new_id(), self.now());
        self.ensure_person(&actor.login, "User");
        let publish = !release.draft;
        let repo = self.repos.get(&repo_id)?;
        if publish && repo.history.resolve(&release.tag).or_else(|| repo.history.resolve(&release.target)).is_none() {
            return None;
        }
        let release = Release { id, draft: true, created_at: now, author: actor.login.clone(), ..release };
        self.repos.get_mut(&repo_id)?.releases.insert(id, release);
        if publish {
            self.publish(repo_id, id, actor)?;
        }
        self.emit_release(repo_id, id, actor, "created", json!({}));
        if publish {
            self.emit_published(repo_id, id, actor);
        }
        Some(id)
    }

    /// Changes a release: texts, prerelease to stable, draft to published.
    pub(super) fn edit_release(&mut self, repo_id: u64, id: u64, actor: &GithubActor, wanted: &Value) -> Option<()> {
        let release = self.repos.get_mut(&repo_id)?.releases.get_mut(&id)?;
        let (was_draft, was_prerelease) = (release.draft, release.prerelease);
        let text = |name: &str| wanted[name].as_str().map(str::to_owned);
        release.name = text("name").or_else(|| release.name.clone());
        release.body = text("body").or_else(|| release.body.clone());
        release.tag = text("tag_name").unwrap_or_else(|| release.tag.clone());
        release.target = text("target_commitish").unwrap_or_else(|| release.target.clone());
        release.prerelease = wanted["prerelease"].as_bool().unwrap_or(release.prerelease);
        let prerelease = release.prerelease;
        if was_draft && wanted["draft"].as_bool() == Some(false) {
            self.publish(repo_id, id, actor)?;
            self.emit_published(repo_id, id, actor);
            return Some(());
        }
        self.emit_release(repo_id, id, actor, "edited", json!({"changes": {}}));
        if !was_draft && was_prerelease && !prerelease {
            self.emit_release(repo_id, id, actor, "released", json!({}));
        }
        Some(())
    }

    pub(super) fn delete_release(&mut self, repo_id: u64, id: u64, actor: &GithubActor) {
        self.emit_release(repo_id, id, actor, "deleted", json!({}));
        if let Some(repo) = self.repos.get_mut(&repo_id) {
            repo.releases.remove(&id);
        }
    }

    /// Publishes a release, and creates its tag if there is none.
    fn publish(&mut self, repo_id: u64, id: u64, actor: &GithubActor) -> Option<()> {
        let now = self.now();
        let repo = self.repos.get(&repo_id)?;
        let release = repo.releases.get(&id)?;
        let (tag, target) = (release.tag.clone(), release.target.clone());
        if !repo.history.tags.contains_key(&tag) {
            self.tag(repo_id, &tag, &target, false, actor)?;
        }
        let release = self.repos.get_mut(&repo_id)?.releases.get_mut(&id)?;
        release.draft = false;
        release.published_at = Some(now);
        Some(())
    }

    /// GitHub sends `published`, and `released` or `prereleased` as well.
    fn emit_published(&mut self, repo_id: u64, id: u64, actor: &GithubActor) {
        let prerelease =
            self.repos.get(&repo_id).and_then(|repo| repo.releases.get(&id)).is_some_and(|release| release.prerelease);
        self.emit_release(repo_id, id, actor, "published", json!({}));
        self.emit_release(repo_id, id, actor, if prerelease { "prereleased" } else { "released" }, json!({}));
    }

    fn emit_release(&mut self, repo_id: u64, id: u64, actor: &GithubActor, action: &str, more: Value) {
        let shown = self.repos.get(&repo_id).and_then(|repo| {
            let release = repo.releases.get(&id)?;
            Some(self.release_json(repo, release))
        });
        if let Some(release) = shown {
            let mut body = more;
            body["release"] = release;
            self.emit(repo_id, actor, "release", Some(action), body);
        }
    }

    /// Deploys a commit to an environment. Its first status comes with [`GithubState::deployment_status`].
    pub(super) fn deploy(
        &mut self,
        repo_id: u64,
        reference: &str,
        environment: &str,
        production: bool,
        actor: &GithubActor,
    ) -> Option<u64> {
        let (id, now) = (self.new_id(), self.now());
        let repo = self.repos.get_mut(&repo_id)?;
        let deployment = Deployment {
            id,
            sha: repo.history.resolve(reference)?.sha.clone(),
            reference: reference.to_owned(),
            environment: environment.to_owned(),
            production,
            creator: actor.login.clone(),
            created_at: now,
            statuses: Vec::new(),
        };
        repo.deployments.insert(id, deployment);
        let shown = self.current_deployment_json(repo_id, id);
        self.emit(repo_id, actor, "deployment", Some("created"), json!({"deployment": shown}));
        Some(id)
    }

    pub(super) fn deployment_status(&mut self, repo_id: u64, id: u64, state: &str, actor: &GithubActor) -> Option<u64> {
        let (status_id, at) = (self.new_id(), self.now());
        let status = DeploymentStatus { id: status_id, state: state.to_owned(), at };
        self.repos.get_mut(&repo_id)?.deployments.get_mut(&id)?.statuses.push(status.clone());
        let repo = self.repos.get(&repo_id)?;
        let deployment = repo.deployments.get(&id)?;
        let shown = self.deployment_status_json(repo, deployment, &status);
        let body = json!({"deployment": self.current_deployment_json(repo_id, id), "deployment_status": shown});
        self.emit(repo_id, actor, "deployment_status", Some("created"), body);
        Some(status_id)
    }

    fn current_deployment_json(&self, repo_id: u64, id: u64) -> Option<Value> {
        let repo = self.repos.get(&repo_id)?;
        let deployment = repo.deployments.get(&id)?;
        Some(self.deployment_json(repo, deployment))
    }
}
