//! What engineers do on the practice GitHub, and what stands there, as sentences for the demo and the tests.
//!
//! What names something that does not exist changes nothing and gives an empty answer.

use serde_json::{Value, json};

use super::hub::{Actor, ENGINEER, Hub};
use super::repository::Repo;
use super::{GitHub, RepositoryOptions};

impl GitHub {
    /// A repository by its full name; sentences about one that does not exist do nothing.
    pub fn repository(&self, full_name: &str) -> Repository<'_> {
        let id = self.state.act(|hub| hub.repo_named(full_name)).unwrap_or_default();
        Repository { github: self, id, engineer: ENGINEER.to_owned() }
    }

    /// Makes another repository.
    pub fn add_repository(&self, options: &RepositoryOptions) -> Repository<'_> {
        let id = self.state.act(|hub| hub.add_repository(options));
        Repository { github: self, id, engineer: ENGINEER.to_owned() }
    }

    /// Installation tokens made so far are not accepted any more.
    pub fn expire_tokens(&self) {
        self.state.act(|hub| hub.tokens.retain(|_, grant| grant.expires_at.is_none()));
    }

    /// The personal token is revoked, and this one accepted instead.
    pub fn rotate_token(&self, token: &str) {
        self.state.act(|hub| {
            let old = std::mem::replace(&mut hub.options.token, token.to_owned());
            if let Some(grant) = hub.tokens.remove(&old) {
                hub.tokens.insert(token.to_owned(), grant);
            }
        });
    }

    /// The owner suspends the app, or lets it work again.
    pub fn suspend_installation(&self, suspended: bool) {
        self.state.act(|hub| {
            hub.suspended = suspended;
            hub.tell_installation(if suspended { "suspend" } else { "unsuspend" });
        });
    }

    /// Webhooks are signed with this secret from now on.
    pub fn rotate_webhook_secret(&self, secret: &str) {
        self.state.act(|hub| secret.clone_into(&mut hub.options.webhook_secret));
    }

    /// How many issues exist in all repositories that the product filed, by app or by token.
    pub fn issues_filed_by_heard(&self) -> usize {
        self.state.act(|hub| {
            let ours = [hub.bot(), hub.options.token_user.clone()];
            let issues = hub.repos.values().flat_map(|repo| repo.issues.values());
            issues.filter(|issue| ours.contains(&issue.author)).count()
        })
    }

    /// How many comments exist in all repositories that the product wrote, by app or by token.
    pub fn comments_by_heard(&self) -> usize {
        self.state.act(|hub| {
            let ours = [hub.bot(), hub.options.token_user.clone()];
            let comments = hub.repos.values().flat_map(|repo| repo.comments.values());
            comments.filter(|comment| ours.contains(&comment.author)).count()
        })
    }
}

/// One repository, through which engineers act.
pub struct Repository<'a> {
    github: &'a GitHub,
    id: u64,
    engineer: String,
}

impl Repository<'_> {
    /// The id that survives renaming.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The same repository with another engineer, who is given `admin`, `write` or `read`.
    pub fn with_engineer(&self, login: &str, permission: &'static str) -> Self {
        self.act(|hub, id| {
            hub.person_of(login, "User");
            if let Some(repo) = hub.repos.get_mut(&id) {
                repo.collaborators.insert(login.to_owned(), permission);
            }
        });
        Self { github: self.github, id: self.id, engineer: login.to_owned() }
    }

    /// The same repository with somebody from outside, who has no permission of their own.
    pub fn with_stranger(&self, login: &str) -> Self {
        self.act(|hub, _| hub.person_of(login, "User"));
        Self { github: self.github, id: self.id, engineer: login.to_owned() }
    }

    /// Renames the repository; the old name redirects.
    pub fn renames_to(&self, name: &str) {
        self.act(|hub, id| {
            let Some(repo) = hub.repos.get_mut(&id) else {
                return;
            };
            let full_name = repo.full_name();
            let old = std::mem::replace(&mut repo.name, name.to_owned());
            repo.old_names.push(full_name);
            hub.tell(
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
        self.act(|hub, id| {
            if let Some(repo) = hub.repos.get_mut(&id) {
                repo.private = private;
            }
            let action = if private { "privatized" } else { "publicized" };
            hub.tell(id, &self.actor(), "repository", Some(action), json!({}));
        });
    }

    /// Archives the repository: it can only be read.
    pub fn is_archived(&self) {
        self.act(|hub, id| {
            if let Some(repo) = hub.repos.get_mut(&id) {
                repo.archived = true;
            }
            hub.tell(id, &self.actor(), "repository", Some("archived"), json!({}));
        });
    }

    /// Switches issues off in the repository.
    pub fn disables_issues(&self) {
        self.act(|hub, id| {
            if let Some(repo) = hub.repos.get_mut(&id) {
                repo.has_issues = false;
            }
        });
    }

    /// GitHub sends an event this practice site knows nothing of.
    pub fn announces(&self, event: &str, action: Option<&str>, payload: Value) {
        self.act(|hub, id| hub.tell(id, &self.actor(), event, action, payload));
    }

    pub(super) fn actor(&self) -> Actor {
        Actor::person(&self.engineer)
    }

    pub(super) fn act<T>(&self, change: impl FnOnce(&mut Hub, u64) -> T) -> T {
        self.github.state.act(|hub| change(hub, self.id))
    }

    pub(super) fn see<T>(&self, look: impl FnOnce(&Repo) -> T) -> Option<T> {
        self.act(|hub, id| hub.repos.get(&id).map(look))
    }
}
