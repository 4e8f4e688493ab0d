//! GitHub's webhooks: who sent it, and which thing to look at.

mod read;
mod verify;

pub use read::{By, Hint, RepositoryChange, Unreadable, read};
pub use verify::{Forged, Verified, verify};
