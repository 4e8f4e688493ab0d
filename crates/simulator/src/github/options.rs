//! How a simulated GitHub is to be.

use crate::clock::Clock;

/// How a repository is to be.
#[derive(Debug, Clone)]
pub struct RepositoryOptions {
    /// `owner/name`.
    pub name: String,
    /// Whether only members see it.
    pub private: bool,
    /// Usually `main`.
    pub default_branch: String,
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

/// How a practice GitHub is to be.
#[derive(Clone)]
pub struct GitHubOptions {
    /// The time it lives in.
    pub clock: Clock,
    /// Determines ids that GitHub draws by lot.
    pub seed: u64,
    /// 0 takes a free one.
    pub port: u16,
    /// The repositories it starts with; the first one's owner has installed the app.
    pub repositories: Vec<RepositoryOptions>,
    /// The app's id, the issuer of its JWTs.
    pub app_id: u64,
    /// The app's name in URLs; it acts as `SLUG[bot]`.
    pub app_slug: String,
    /// The app's one installation.
    pub installation_id: u64,
    /// How long installation tokens live.
    pub token_lifetime_s: i64,
    /// A personal token that is accepted too.
    pub token: String,
    /// The login of that token's owner.
    pub token_user: String,
    /// Signs webhooks.
    pub webhook_secret: String,
    /// Whether the `closed` event of the timeline names the merge commit when a pull request closed the issue.
    pub closed_event_names_commit: bool,
    /// Whether GraphQL is there.
    pub graphql: bool,
    /// How long a new issue is missing from lists, as it can be when GitHub is busy. It can be read by its number.
    pub list_lag_s: i64,
    /// Enforces the secondary limit on content: this many creations in a minute.
    pub content_per_minute: usize,
}

impl GitHubOptions {
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
