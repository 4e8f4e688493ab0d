//! How a simulated GitHub is set up.

use crate::clock::Clock;

/// The options of a repository.
#[derive(Debug, Clone)]
pub struct RepositoryOptions {
    /// `owner/name`.
    pub name: String,
    /// Whether only members can see it.
    pub private: bool,
    /// Usually `main`.
    pub(super) default_branch: String,
}

impl RepositoryOptions {
    /// A private repository whose default branch is `main`.
    pub fn private(name: &str) -> Self {
        Self { name: name.to_owned(), private: true, default_branch: "main".to_owned() }
    }

    /// A public repository whose default branch is `main`.
    pub fn public(name: &str) -> Self {
        Self { private: false, ..Self::private(name) }
    }
}

/// The options of a simulated GitHub.
#[derive(Clone)]
pub struct GithubOptions {
    /// What it takes as the time.
    pub(super) clock: Clock,
    /// Determines the ids that GitHub draws at random.
    pub(super) seed: u64,
    /// 0 means any free one.
    pub(super) port: u16,
    /// The repositories it starts with. The owner of the first has installed the app.
    pub repositories: Vec<RepositoryOptions>,
    /// The app's id, which is the issuer of its JWTs.
    pub(super) app_id: u64,
    /// The app's name in URLs. It acts as `SLUG[bot]`.
    pub(super) app_slug: String,
    /// The private key that an app made here is given, in PEM form.
    pub private_key: String,
    /// The app's one installation.
    pub(super) installation_id: u64,
    /// How long installation tokens are valid.
    pub token_lifetime_s: i64,
    /// A personal token, which is accepted too.
    pub token: String,
    /// The login of that token's owner.
    pub(super) token_user: String,
    /// Signs webhooks.
    pub webhook_secret: String,
    /// Whether the `closed` event of the timeline names the merge commit when a pull request closed the issue.
    pub closed_event_names_commit: bool,
    /// Whether there is a GraphQL endpoint.
    pub graphql: bool,
    /// How long a new issue is missing from lists, as happens when GitHub is busy. It can be read by its number at once.
    pub list_lag_s: i64,
    /// The secondary rate limit: how many issues and comments may be created per minute.
    pub content_per_minute: usize,
}

impl GithubOptions {
    /// The private repository `acme/product`, app 12345 `heard`, installation 100, token `github-token` of
    /// `heard-bot`, webhook secret `github-webhook-secret`.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            seed: 2,
            port: 0,
            repositories: vec![RepositoryOptions::private("acme/product")],
            app_id: 12_345,
            app_slug: "heard".to_owned(),
            private_key: String::new(),
            installation_id: 100,
            token_lifetime_s: 3_600,
            token: "github-token".to_owned(),
            token_user: "heard-bot".to_owned(),
            webhook_secret: "github-webhook-secret".to_owned(),
            closed_event_names_commit: false,
            graphql: false,
            list_lag_s: 0,
            content_per_minute: 80,
        }
    }
}
