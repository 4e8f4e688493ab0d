//! A simulated Zendesk and a simulated GitHub, for `heard demo` and for the tests.
//!
//! Both keep state, answer real HTTP on loopback and send signed webhooks, so the code under test behaves exactly as it
//! does in production. Both can fail on request: see [`Faults`] for requests and [`Hooks`] for webhooks. Ids come from
//! counters and everything random from a seed, so a run can be repeated. Time is the [`Clock`] they are given.
//!
//! Invariant: nothing here is shared with the code it tests (signatures are computed independently), and nothing here
//! talks to an address that is not loopback.

mod clock;
mod failure;
mod faults;
mod github;
mod hooks;
mod lock;
mod message;
mod page;
mod pattern;
mod post;
mod random;
mod server;
mod text;
mod weather;
mod zendesk;

pub use clock::Clock;
pub use failure::Failure;
pub use faults::{Call, Faults};
pub use github::{
    CloseReason, Github, GithubOptions, IssueSnapshot, MergeMethod, PullRequestDraft, ReleaseDraft, Repository,
    RepositoryOptions,
};
pub use hooks::{Attempt, Delivery, Hooks};
pub use zendesk::{NewCustomer, NewTicket, Ticket, TicketComment, WebhookMode, Zendesk, ZendeskOptions};
