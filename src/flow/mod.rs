//! The way of one complaint: one file a step, each an idempotent job on one row.
//!
//! receive, understand, group, escalate, file, follow, tell, confirm; and watch, which sees that nothing is forgotten. A
//! step reads what should be, compares it with what is, acts, and records. It never holds a transaction open while it
//! speaks to the outside, and it writes down what it is about to do before it does it (G3, G4).

mod app;
mod budget;
mod calls;
pub mod check;
pub mod confirm;
pub mod correct;
pub mod effects;
pub mod embeddings;
pub mod escalate;
pub mod file;
pub mod follow;
pub mod group;
mod hints;
pub mod jobs;
pub mod receive;
pub mod ship;
pub mod sweep;
pub mod tell;
mod trouble;
pub mod understand;
mod vectors;
pub mod watch;
pub mod worth;

pub use app::{App, Connection, Keys};
pub use trouble::{Error, Stop};
