//! Every test that needs more than one file of Heard: one binary, so that it links once.
//!
//! Begin with `settings` for how Heard is set up and `tidy` for how its source is kept.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on should stop, in helpers too")]

mod browser;
mod cli;
mod databases;
mod helpdesk;
mod practice;
mod dependencies;
mod documents;
mod journey;
mod github;
mod openapi;
mod practice;
mod settings;
mod source;
mod tidy;
mod web;
mod world;
//! One binary for every test that needs the whole.

mod wording;
