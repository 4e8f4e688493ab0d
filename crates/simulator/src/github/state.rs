//! Everything the simulated GitHub knows, and where its ids come from.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::commits::{Commit, History};
use super::options::{GithubOptions, RepositoryOptions};
use super::person::Person;
use super::registration::AppRegistration;
use super::repository::RepositoryState;
use super::repository_hook::RepositoryHook;
use crate::clock::Clock;
use crate::hooks::WebhookDraft;
use crate::random::Random;

/// Who acts, and whether through the app.
#[derive(Debug, Clone)]
pub(super) struct GithubActor {
    pub(super) login: String,
    pub(super) via_app: bool,
}

impl GithubActor {
    pub(super) fn person(login: &str) -> Self {
        Self { login: login.to_owned(), via_app: false }
    }
}

/// Whom a token stands for, and how long.
#[derive(Debug, Clone)]
pub(super) struct TokenGrant {
    pub(super) actor: GithubActor,
    /// In microseconds. Personal tokens do not expire.
    pub(super) expires_at: Option<i64>,
}

/// Whether the token may make webhooks, and how it is told that it may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HookRights {
    Given,
    /// 404.
    Hidden,
    /// 403.
    Refused,
}

/// The state behind the lock.
pub(super) struct GithubState {
    pub(super) clock: Clock,
    /// `http://127.0.0.1:PORT`.
    pub(super) base: String,
    pub(super) options: GithubOptions,
    /// The address of the app's webhook, if it is set.
    pub(super) endpoint: Option<String>,
    pub(super) repos: BTreeMap<u64, RepositoryState>,
    pub(super) people: BTreeMap<String, Person>,
    pub(super) tokens: BTreeMap<String, TokenGrant>,
    pub(super) suspended: bool,
    pub(super) registration: AppRegistration,
    /// By the id of the repository.
    pub(super) repository_hooks: BTreeMap<u64, Vec<RepositoryHook>>,
    pub(super) hook_rights: HookRights,
    /// Whether the next list of webhooks is empty.
    pub(super) hides_webhooks: bool,
    /// When content was created through the API lately, for the secondary rate limit.
    pub(super) creations: VecDeque<i64>,
    /// Webhooks that are not handed over for sending yet.
    pub(super) pending_webhooks: Vec<WebhookDraft>,
    pub(super) random: Random,
    next_id: u64,
    next_token: u64,
}

impl GithubState {
    pub(super) fn new(options: GithubOptions, base: String) -> Self {
        let mut state = Self {
            clock: options.clock.clone(),
            base,
            endpoint: None,
            repos: BTreeMap::new(),
            people: BTreeMap::new(),
            tokens: BTreeMap::new(),
            suspended: false,
            registration: AppRegistration::default(),
            repository_hooks: BTreeMap::new(),
            hook_rights: HookRights::Given,
            hides_webhooks: false,
            creations: VecDeque::new(),
            pending_webhooks: Vec::new(),
            random: Random::new(options.seed),
            next_id: 3_000_000_000,
            next_token: 0,
            options,
        };
        let bot = state.bot();
        state.ensure_person(&bot, "Bot");
        let token_user = state.options.token_user.clone();
        state.ensure_person(&token_user, "User");
        state.ensure_person(ENGINEER, "User");
        let grant = TokenGrant { actor: GithubActor::person(&token_user), expires_at: None };
        state.tokens.insert(state.options.token.clone(), grant);
        for repository in state.options.repositories.clone() {
            state.add_repository(&repository);
        }
        state
    }

    pub(super) fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Ids beyond 32 bits, as GitHub's are by now.
    pub(super) const fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The login the app acts under.
    pub(super) fn bot(&self) -> String {
        format!("{}[bot]", self.options.app_slug)
    }

    pub(super) fn app_actor(&self) -> GithubActor {
        GithubActor { login: self.bot(), via_app: true }
    }

    pub(super) fn new_installation_token(&mut self) -> (String, i64) {
        self.next_token += 1;
        let token = format!("ghs_simulated{:08}", self.next_token);
        let expires_at = self.now() + self.options.token_lifetime_s * 1_000_000;
        self.tokens.insert(token.clone(), TokenGrant { actor: self.app_actor(), expires_at: Some(expires_at) });
        (token, expires_at)
    }

    pub(super) fn add_repository(&mut self, options: &RepositoryOptions) -> u64 {
        let (owner, name) = options.name.split_once('/').unwrap_or(("acme", options.name.as_str()));
        self.ensure_person(owner, "Organization");
        let (id, now) = (self.new_id(), self.now());
        let mut history = History::default();
        let first = Commit {
            sha: String::new(),
            parents: Vec::new(),
            message: "Initial commit".to_owned(),
            author: ENGINEER.to_owned(),
            at: now,
            files: vec!["README.md".to_owned()],
        };
        let sha = history.commit(&options.name, first);
        history.branches.insert(options.default_branch.clone(), sha);
        let repo = RepositoryState {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            old_names: Vec::new(),
            private: options.private,
            archived: false,
            has_issues: true,
            default_branch: options.default_branch.clone(),
            history,
            issues: BTreeMap::new(),
            gone: BTreeMap::new(),
            comments: BTreeMap::new(),
            labels: BTreeMap::new(),
            milestones: BTreeMap::new(),
            releases: BTreeMap::new(),
            deployments: BTreeMap::new(),
            collaborators: BTreeMap::from([(ENGINEER.to_owned(), "admin")]),
            created_at: now,
            next_number: 1,
        };
        self.repos.insert(id, repo);
        id
    }

    /// The account of this login, created if it is new.
    pub(super) fn ensure_person(&mut self, login: &str, kind: &'static str) -> Person {
        if let Some(person) = self.people.get(login) {
            return person.clone();
        }
        let person = Person { id: self.new_id(), login: login.to_owned(), kind };
        self.people.insert(login.to_owned(), person.clone());
        person
    }

    /// The account of a login as JSON, null if there is none.
    pub(super) fn person_json(&self, login: &str) -> Value {
        self.people.get(login).map_or(Value::Null, |person| person.json(&self.base))
    }

    pub(super) fn person(&self, login: &str) -> Person {
        let ghost = || Person { id: 10_137, login: "ghost".to_owned(), kind: "User" };
        self.people.get(login).cloned().unwrap_or_else(ghost)
    }

    /// The repository of this full name, in upper or lower case. Old names are not found.
    pub(super) fn repo_named(&self, full_name: &str) -> Option<u64> {
        self.repos.values().find(|repo| repo.full_name().eq_ignore_ascii_case(full_name)).map(|repo| repo.id)
    }

    pub(super) fn repo_json(&self, repo: &RepositoryState) -> Value {
        repo.json(&self.base, &self.person(&repo.owner))
    }

    /// The app as GitHub shows it in what was created through it.
    pub(super) fn app_json(&self) -> Value {
        let options = &self.options;
        json!({
            "id": options.app_id,
            "client_id": format!("Iv1.simulator{}", options.app_id),
            "slug": options.app_slug,
            "node_id": format!("A_{}", options.app_id),
            "owner": self.person_json(&self.owner()),
            "name": self.registration.name,
            "description": "",
            "external_url": self.base,
            "html_url": format!("{}/apps/{}", self.base, options.app_slug),
            "created_at": "2025-01-01T00:00:00Z",
            "updated_at": "2025-01-01T00:00:00Z",
            "permissions": self.registration.permissions,
            "events": self.registration.events,
        })
    }

    pub(super) fn installation_json(&self) -> Value {
        let options = &self.options;
        let id = options.installation_id;
        let suspended_at = self.suspended.then_some("2025-01-01T00:00:00Z");
        json!({
            "id": id,
            "app_id": options.app_id,
            "app_slug": options.app_slug,
            "account": self.person_json(&self.owner()),
            "target_id": self.person(&self.owner()).id,
            "target_type": self.person(&self.owner()).kind,
            "repository_selection": self.registration.selection(),
            "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", self.base),
            "repositories_url": format!("{}/installation/repositories", self.base),
            "html_url": format!("{}/settings/installations/{id}", self.base),
            "permissions": self.registration.granted,
            "events": self.registration.granted_events,
            "created_at": "2025-01-01T00:00:00Z",
            "updated_at": "2025-01-01T00:00:00Z",
            "single_file_name": null,
            "suspended_at": suspended_at,
            "suspended_by": null,
        })
    }

    /// The account that owns the app and has installed it.
    fn owner(&self) -> String {
        if let Some(owner) = &self.registration.owner {
            return owner.clone();
        }
        self.repos.values().next().map_or_else(|| "acme".to_owned(), |repo| repo.owner.clone())
    }
}

/// The engineer who acts unless another is named. An administrator of every repository.
pub(super) const ENGINEER: &str = "octocat";
