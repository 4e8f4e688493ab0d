//! A practice helpdesk and a practice GitHub, for `heard demo` and for the tests.
//!
//! Both are stateful, answer over real HTTP on loopback and send signed webhooks, so that the code under test takes
//! exactly the way it takes in production. Both can be told to fail: see [`Faults`] for requests and [`Hooks`] for
//! webhooks. Everything that identifies something comes from counters and everything that is random from a seed, so a
//! run can be repeated; time is the [`Clock`] they are given.
//!
//! Invariant: nothing here is shared with the code it tests (signatures are computed anew), and nothing here ever
//! speaks to an address that is not loopback.

mod clock;
mod faults;
mod github;
mod helpdesk;
mod hooks;
mod message;
mod page;
mod pattern;
mod post;
mod random;
mod server;
mod text;

pub use clock::Clock;
pub use faults::{Call, Failure, Faults};
pub use github::{
    CloseReason, GitHub, GitHubOptions, IssueSeen, MergeMethod, PullRequest, ReleaseDraft, Repository,
    RepositoryOptions,
};
pub use helpdesk::{Comment, Helpdesk, HelpdeskOptions, NewCustomer, NewTicket, Ticket, WebhookMode};
pub use hooks::{Attempt, Delivery, Hooks};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a state that stays consistent even if a holder panicked.
fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
