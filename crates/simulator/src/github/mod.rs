//! A simulated GitHub: apps and tokens, issues, real history, pull requests, releases, deployments, signed webhooks.
//!
//! Engineers act through the methods of [`Github`] and [`Repository`], the product through HTTP. Both change the same
//! state, and every change sends the webhooks that GitHub would send, also for what the product did itself.
//! Shapes follow GitHub's OpenAPI description of its REST API, version 2022-11-28.

mod actions;
mod answers;
mod apps;
mod auth;
mod code_actions;
mod code_api;
mod code_changes;
mod comment_changes;
mod commits;
mod deliveries;
mod deployment;
mod graphql;
mod instance;
mod issue;
mod issue_actions;
mod issue_api;
mod issue_changes;
mod keywords;
mod options;
mod person;
mod pull_api;
mod registration;
mod release;
mod release_api;
mod release_changes;
mod render;
mod render_release;
mod repository;
mod repository_hook;
mod repository_hook_api;
mod routes;
mod state;
mod webhooks;

pub use actions::Repository;
pub use code_actions::{PullRequestDraft, ReleaseDraft};
pub use code_changes::MergeMethod;
pub use instance::Github;
pub use issue::CloseReason;
pub use issue_actions::IssueSnapshot;
pub use options::{GithubOptions, RepositoryOptions};
