//! GitHub's webhooks: who sent one, and what to look at.

mod read;
mod verify;

pub(super) use read::read;
pub(super) use verify::{event, signed, verify};
