//! Every test that needs more than one file of Heard: one binary, so that it links once.
//!
//! Begin with `settings` for how Heard is set up and `tidy` for how its source is kept.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on should stop, in helpers too")]

mod browser;
mod cli;
mod confirming;
mod correcting;
mod databases;
mod dependencies;
mod documents;
mod doors;
mod filing;
mod github;
mod helpdesk;
mod journey;
mod openapi;
mod outages;
mod practice;
mod settings;
mod source;
mod story;
mod telling;
mod tidy;
mod web;
mod wording;
mod world;
