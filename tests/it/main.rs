//! Every test that needs more than one file of Heard: one binary, so that it links once.
//!
//! Read `journey` first: what Heard is for, in sentences. Then `settings` for how it is set up, and `tidy` for how its
//! source is kept.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on should stop, in helpers too")]

mod access;
mod alone;
mod analyze;
mod answers;
mod asked_for;
mod browser;
mod canaries;
mod chance;
mod cli;
mod confirming;
mod connecting;
mod copying;
mod correcting;
mod crash;
mod databases;
mod demo;
mod dependencies;
mod desks;
mod documents;
mod doors;
mod double;
mod doubt;
mod embeddings;
mod emptied;
mod filing;
mod forgetting;
mod fuzzed;
mod github;
mod helpdesk;
mod journey;
mod late;
mod likely_members;
mod many;
mod marked;
mod mutants;
mod openapi;
mod operating;
mod outages;
mod overtaken;
mod people;
mod replies;
mod review;
mod rough;
mod schema;
mod settings;
mod source;
mod spoken;
mod standin;
mod starting;
mod story;
mod telling;
mod tidy;
mod tied;
mod weather;
mod web;
mod weighing;
mod wording;
mod world;
