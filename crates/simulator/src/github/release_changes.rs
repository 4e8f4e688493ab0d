//! How code gets out: tags, releases, deployments.

use serde_json::{Value, json};

use super::code_changes::NOTHING;
use super::commits::Tag;
use super::deployment::{Deployment, Status};
use super::hub::{Actor, Hub};
use super::release::Release;

impl Hub {
    /// Points a tag at a commit, new or moved, and tells about it.
    pub(super) fn tag(&mut self, repo_id: u64, name: &str, at: &str, annotated: bool, actor: &Actor) -> Option<String> {
        let repo = self.repos.get_mut(&repo_id)?;
        let commit = repo.history.resolve(at)?.sha.clone();
        let object = annotated.then(|| repo.history.object(name));
        let before = repo.history.tags.insert(name.to_owned(), Tag { commit: commit.clone(), object });
        let default_branch = repo.default_branch.clone();
        if before.is_none() {
            let body = json!({
                "ref": name, "ref_type": "tag", "master_branch": default_branch, "description": null, "pusher_type": "user",
            });
            self.tell(repo_id, actor, "create", None, body);
        }
        let body = json!({
            "ref": format!("refs/tags/{name}"),
            "before": before.as_ref().map_or(NOTHING, |tag| tag.commit.as_str()),
            "after": commit,
            "created": before.is_none(), "deleted": false, "forced": before.is_some(),
            "commits": [], "head_commit": null, "pusher": {"name": actor.login},
        });
        self.tell(repo_id, actor, "push", None, body);
        Some(commit)
    }

    /// Saves a release; a draft stays unseen, anything else is published at once.
    pub(super) fn release(&mut self, repo_id: u64, actor: &Actor, release: Release) -> Option<u64> {
        let (id, now) = (self.new_id(), self.now());
        self.person_of(&actor.login, "User");
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
        self.tell_release(repo_id, id, actor, "created", json!({}));
        if publish {
            self.tell_published(repo_id, id, actor);
        }
        Some(id)
    }

    /// Changes a release: texts, prerelease to stable, draft to published.
    pub(super) fn edit_release(&mut self, repo_id: u64, id: u64, actor: &Actor, wanted: &Value) -> Option<()> {
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
            self.tell_published(repo_id, id, actor);
            return Some(());
        }
        self.tell_release(repo_id, id, actor, "edited", json!({"changes": {}}));
        if !was_draft && was_prerelease && !prerelease {
            self.tell_release(repo_id, id, actor, "released", json!({}));
        }
        Some(())
    }

    pub(super) fn delete_release(&mut self, repo_id: u64, id: u64, actor: &Actor) {
        self.tell_release(repo_id, id, actor, "deleted", json!({}));
        if let Some(repo) = self.repos.get_mut(&repo_id) {
            repo.releases.remove(&id);
        }
    }

    /// Makes the tag if it is missing, and the release visible.
    fn publish(&mut self, repo_id: u64, id: u64, actor: &Actor) -> Option<()> {
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

    /// GitHub sends `published`, and beside it `released` or `prereleased`.
    fn tell_published(&mut self, repo_id: u64, id: u64, actor: &Actor) {
        let prerelease =
            self.repos.get(&repo_id).and_then(|repo| repo.releases.get(&id)).is_some_and(|release| release.prerelease);
        self.tell_release(repo_id, id, actor, "published", json!({}));
        self.tell_release(repo_id, id, actor, if prerelease { "prereleased" } else { "released" }, json!({}));
    }

    fn tell_release(&mut self, repo_id: u64, id: u64, actor: &Actor, action: &str, more: Value) {
        let shown = self.repos.get(&repo_id).and_then(|repo| {
            let release = repo.releases.get(&id)?;
            Some(release.json(&repo.urls(&self.base), &self.base, &self.person(&release.author)))
        });
        if let Some(release) = shown {
            let mut body = more;
            body["release"] = release;
            self.tell(repo_id, actor, "release", Some(action), body);
        }
    }

    /// Sends a commit to an environment; its first status follows with [`Hub::deployment_status`].
    pub(super) fn deploy(
        &mut self,
        repo_id: u64,
        reference: &str,
        environment: &str,
        production: bool,
        actor: &Actor,
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
        let shown = self.shown_deployment(repo_id, id);
        self.tell(repo_id, actor, "deployment", Some("created"), json!({"deployment": shown}));
        Some(id)
    }

    pub(super) fn deployment_status(&mut self, repo_id: u64, id: u64, state: &str, actor: &Actor) -> Option<u64> {
        let (status_id, at) = (self.new_id(), self.now());
        let status = Status { id: status_id, state: state.to_owned(), at };
        self.repos.get_mut(&repo_id)?.deployments.get_mut(&id)?.statuses.push(status.clone());
        let repo = self.repos.get(&repo_id)?;
        let deployment = repo.deployments.get(&id)?;
        let creator = self.person(&deployment.creator);
        let shown = deployment.status_json(&status, &repo.urls(&self.base), &self.base, &creator);
        let body = json!({"deployment": self.shown_deployment(repo_id, id), "deployment_status": shown});
        self.tell(repo_id, actor, "deployment_status", Some("created"), body);
        Some(status_id)
    }

    fn shown_deployment(&self, repo_id: u64, id: u64) -> Option<Value> {
        let repo = self.repos.get(&repo_id)?;
        let deployment = repo.deployments.get(&id)?;
        Some(deployment.json(&repo.urls(&self.base), &self.base, &self.person(&deployment.creator)))
    }
}
