//! The path of one complaint: one file per step, each an idempotent job on one row.
//!
//! The files are on floors, and each imports only from the floors below it (ARCHITECTURE.md has the picture):
//!
//! | floor | files |
//! |---|---|
//! | the work, and the entrance for webhooks | [`work`], [`receive`] |
//! | people's buttons | [`people`] |
//! | the steps | [`understand`] with `hints`, [`confirm`], [`watch`], [`sweep`], [`group`], [`escalate`], `file`, `follow`, [`ship`], [`tell`]; `ties`, `placing` and `marks`, by which agents' doing in the helpdesk says where tickets belong |
//! | what the pages ask for | [`connect`], [`connections`], [`customer_page`], [`deliveries`], [`first_steps`], [`gauges`], [`likely`], [`questions`], [`ranking`], [`search`], [`sign_in`], [`sign_on`], [`twins`] |
//! | what a step of a topic brings about | `advance` |
//! | the outside | `outbox`, `whereabouts`, `calls`, `quota` |
//! | what everything needs | [`App`], [`Error`], [`jobs`], `passwords`, `refused` |
//!
//! A step reads what should be, compares it with what is, acts, and records. It never holds a transaction open while it
//! speaks to the outside, and it writes down what it is about to do before it does it (G3, one open issue per topic;
//! G4, one update per customer and milestone).

mod advance;
mod app;
mod calls;
pub mod check;
pub mod confirm;
pub mod connect;
pub mod connections;
pub mod customer_page;
pub mod cycles;
pub mod deliveries;
pub mod embeddings;
mod error;
pub mod escalate;
pub mod file;
pub mod first_steps;
mod follow;
pub mod gauges;
pub mod group;
mod hints;
mod inbox;
pub mod jobs;
pub mod likely;
mod marks;
mod outbox;
pub mod passwords;
pub mod people;
mod placing;
pub mod questions;
mod quota;
pub mod ranking;
pub mod receive;
mod refused;
pub mod search;
mod sentence_model;
pub mod ship;
pub mod sign_in;
pub mod sign_on;
mod spikes;
pub mod sweep;
pub mod tell;
mod ties;
pub mod twins;
pub mod understand;
mod vectors;
pub mod watch;
mod whereabouts;
pub mod work;

pub use app::{App, Connection, Keys};
pub use error::{Error, Stop};
pub use inbox::Receipt;
pub use refused::RefusedSoFar;
