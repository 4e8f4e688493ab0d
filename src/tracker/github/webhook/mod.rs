//! GitHub's webhooks: who sent it, and which thing to look at.

mod read;
mod verify;

pub(super) use read::read;
pub(super) use verify::{event, verify};
