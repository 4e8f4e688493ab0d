//! What engineers do and see on the simulated GitHub, for the demo and the tests.
//!
//! A name or id that does not exist changes nothing and returns nothing.

use serde_json::{Value, json};

use super::instance::Github;
use super::options::RepositoryOptions;
use super::repository::RepositoryState;
use super::state::{ENGINEER, GithubActor, GithubState};
use crate::random::Random;

impl Github {
    /// A repository by its full name. If it does not exist, its methods do nothing.
    pub fn repository(&self, full_name: &str) -> Repository<'_> {
        let id = self.act(|state| state.repo_named(full_name)).unwrap_or_default();
        Repository { github: self, id, engineer: ENGINEER.to_owned() }
    }

    /// Creates another repository.
    pub fn add_repository(&self, options: &RepositoryOptions) -> Repository<'_> {
        let id = self.act(|state| state.add_repository(options));
        Repository { github: self, id, engineer: ENGINEER.to_owned() }
    }

    /// Everything that GitHub does on a bad day may happen from now on; what does, follows from `seed`.
    pub fn rough_weather(&self, seed: u64) {
        self.faults().rough(seed);
        self.hooks().rough(seed);
        // A guess of how long: a new issue is missing from lists while GitHub is busy.
        let lag = i64::try_from(Random::new(seed).next() % 3 * 8).unwrap_or(0);
        self.act(|state| state.options.list_lag_s = lag);
    }

    /// The weather is fair again: what is late arrives, and what was lost stays lost.
    pub fn fair_weather(&self) {
        self.faults().fair();
        self.hooks().fair();
    }

    /// The installation tokens issued so far expire.
    pub fn expire_tokens(&self) {
        self.act(|state| state.tokens.retain(|_, grant| grant.expires_at.is_none()));
    }

    /// The personal token is replaced by this one.
    pub fn rotate_token(&self, token: &str) {
        self.act(|state| {
            let old = std::mem::replace(&mut state.options.token, token.to_owned());
            if let Some(grant) = state.tokens.remove(&old) {
                state.tokens.insert(token.to_owned(), grant);
            }
        });
    }

    /// The owner suspends or resumes the app.
    pub fn suspend_installation(&self, suspended: bool) {
        self.act(|state| {
            state.suspended = suspended;
            state.emit_installation(if suspended { "suspend" } else { "unsuspend" });
        });
    }

    /// Webhooks are signed with this secret from now on.
    pub fn rotate_webhook_secret(&self, secret: &str) {
        self.act(|state| secret.clone_into(&mut state.options.webhook_secret));
    }

    /// How many issues Heard has filed in all repositories, through the app or with the token.
    pub fn issues_filed_by_heard(&self) -> usize {
        self.act(|state| {
            let ours = [state.bot(), state.options.token_user.clone()];
            let issues = state.repos.values().flat_map(|repo| repo.issues.values());
            issues.filter(|issue| ours.contains(&issue.author)).count()
        })
    }

    /// How many comments Heard has written in all repositories, through the app or with the token.
    pub fn comments_by_heard(&self) -> usize {
        self.act(|state| {
            let ours = [state.bot(), state.options.token_user.clone()];
            let comments = state.repos.values().flat_map(|repo| repo.comments.values());
            comments.filter(|comment| ours.contains(&comment.author)).count()
        })
    }
}

/// One repository, through which engineers act.
pub struct Repository<'a> {
    github: &'a Github,
    id: u64,
    engineer: String,
}

impl Repository<'_> {
    /// The id, which stays when the repository is renamed.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The same repository for another engineer, who gets the permission `admin`, `write` or `read`.
    pub fn with_engineer(&self, login: &str, permission: &'static str) -> Self {
        self.act(|state, id| {
            state.ensure_person(login, "User");
            if let Some(repo) = state.repos.get_mut(&id) {
                repo.collaborators.insert(login.to_owned(), permission);
            }
        });
        Self { github: self.github, id: self.id, engineer: login.to_owned() }
    }

    /// The same repository for a robot, such as `github-actions[bot]`.
    pub fn with_robot(&self, login: &str) -> Self {
        self.act(|state, _| state.ensure_person(login, "Bot"));
        Self { github: self.github, id: self.id, engineer: login.to_owned() }
    }

    /// The same repository for an outsider without any permission.
    pub fn with_stranger(&self, login: &str) -> Self {
        self.act(|state, _| state.ensure_person(login, "User"));
        Self { github: self.github, id: self.id, engineer: login.to_owned() }
    }

    /// Renames the repository. The old name redirects.
    pub fn renames_to(&self, name: &str) {
        self.act(|state, id| {
            let Some(repo) = state.repos.get_mut(&id) else {
                return;
            };
            let full_name = repo.full_name();
            let old = std::mem::replace(&mut repo.name, name.to_owned());
            repo.old_names.push(full_name);
            state.emit(
                id,
                &self.actor(),
                "repository",
                Some("renamed"),
                json!({"changes": {"repository": {"name": {"from": old}}}}),
            );
        });
    }

    /// Makes the repository public or private.
    pub fn becomes_private(&self, private: bool) {
        self.act(|state, id| {
            if let Some(repo) = state.repos.get_mut(&id) {
                repo.private = private;
            }
            let action = if private { "privatized" } else { "publicized" };
            state.emit(id, &self.actor(), "repository", Some(action), json!({}));
        });
    }

    /// Archives the repository, so that it is read-only.
    pub fn is_archived(&self) {
        self.act(|state, id| {
            if let Some(repo) = state.repos.get_mut(&id) {
                repo.archived = true;
            }
            state.emit(id, &self.actor(), "repository", Some("archived"), json!({}));
        });
    }

    /// Disables issues in the repository.
    pub fn disables_issues(&self) {
        self.act(|state, id| {
            if let Some(repo) = state.repos.get_mut(&id) {
                repo.has_issues = false;
            }
        });
    }

    /// GitHub sends an event that the simulator does not know.
    pub fn announces(&self, event: &str, action: Option<&str>, payload: Value) {
        self.act(|state, id| state.emit(id, &self.actor(), event, action, payload));
    }

    pub(super) fn actor(&self) -> GithubActor {
        GithubActor::person(&self.engineer)
    }

    pub(super) fn act<T>(&self, change: impl FnOnce(&mut GithubState, u64) -> T) -> T {
        self.github.act(|state| change(state, self.id))
    }

    pub(super) fn see<T>(&self, look: impl FnOnce(&RepositoryState) -> T) -> Option<T> {
        self.act(|state, id| state.repos.get(&id).map(look))
    }
}
