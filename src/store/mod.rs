//! Everything that is kept. All SQL and nothing else, one file per noun, for both SQLite and PostgreSQL.
//!
//! SQL is written once with `$1` and runs unchanged on both engines. On SQLite one connection writes and the others
//! only read, so a write never fails because another is running. The network is never awaited while a transaction is
//! open: on SQLite that would stop every other writer, including River.

pub(crate) mod accounts;
pub(crate) mod actor_names;
pub mod alone;
pub(crate) mod api_tokens;
pub(crate) mod attempts;
pub mod audit;
pub(crate) mod board;
mod columns;
pub(crate) mod confirmations;
mod connect;
pub mod copying;
pub mod customers;
mod database;
mod decided;
pub(crate) mod decision_log;
pub mod decisions;
pub mod deliveries;
pub(crate) mod erasure;
pub(crate) mod escalations;
pub mod failures;
pub(crate) mod fixes;
mod in_words;
pub(crate) mod issues;
pub(crate) mod keys;
pub(crate) mod known_repositories;
pub(crate) mod leases;
pub mod likely_members;
pub(crate) mod listed;
pub(crate) mod liveness;
mod many;
pub(crate) mod many_updates;
pub(crate) mod marks;
pub(crate) mod milestones;
pub(crate) mod opt_outs;
pub(crate) mod outbox;
pub(crate) mod own_writes;
pub(crate) mod pages;
pub(crate) mod pauses;
pub mod people;
pub(crate) mod promises;
pub(crate) mod proofs;
pub(crate) mod queue;
pub(crate) mod quoting;
pub(crate) mod raised;
pub(crate) mod rate_limits;
pub(crate) mod recipients;
pub(crate) mod releases;
pub mod requesters;
pub(crate) mod search;
mod search_text;
mod search_words;
pub mod sessions;
pub(crate) mod spikes;
pub mod sweeps;
pub(crate) mod ticket_authors;
pub(crate) mod ticket_names;
pub(crate) mod ticket_views;
pub mod tickets;
pub(crate) mod ties;
pub mod topics;
pub mod triage;
pub mod ungrouped;
pub(crate) mod unremembered;
pub(crate) mod update_moves;
pub(crate) mod update_times;
pub(crate) mod updates;
pub(crate) mod vocabulary;
mod without_nul;

pub use connect::{Engine, migrate};
pub use database::{Conn, Database, Result, Session, StoreError, Tx};
pub use in_words::in_words;
