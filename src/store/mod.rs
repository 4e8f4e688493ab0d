//! Everything that is kept. All SQL, and nothing but SQL; one file per noun; SQLite and PostgreSQL alike.
//!
//! SQL is written once with `$1` and runs unchanged on both engines. On SQLite one connection writes and the others
//! only read, so a write never fails because another is under way. The network is never awaited while a transaction is
//! open: on SQLite that would stop every other writer, and River with them.

pub mod board;
mod columns;
mod connect;
pub mod customers;
mod database;
pub mod decisions;
pub mod deliveries;
pub mod effects;
pub mod failures;
pub mod fixes;
pub mod issues;
pub mod keys;
pub mod leases;
pub mod milestones;
pub mod news;
pub mod pages;
pub mod presence;
pub mod promises;
pub mod queue;
pub mod releases;
pub mod sweeps;
pub mod tickets;
pub mod topics;
pub mod updates;
pub mod voices;

pub use connect::{Engine, migrate};
pub use database::{Conn, Database, Result, Session, StoreError, Tx};
