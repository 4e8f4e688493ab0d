//! Every test that needs more than one file of Heard: one binary, so that it links once.
//!
//! Begin with `settings` for how Heard is set up and `tidy` for how its source is kept.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on should stop, in helpers too")]

//! One binary for every test that needs the whole.

mod browser;
mod cli;
mod databases;
mod demo;
mod dependencies;
mod documents;
mod github;
mod helpdesk;
mod journey;
mod openapi;
mod practice;
mod settings;
mod source;
mod tidy;
mod web;
mod wording;
mod world;
//! Everything through the public doors; one binary.

mod grouping;
