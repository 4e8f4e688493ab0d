//! Which tickets speak of the same topic.
//!
//! Pure and streaming: each ticket is decided on what was placed before it, with no database, no
//! clock and no network. [`Engine`] is the whole of it:
//!
//! ```
//! use grouping::{Engine, Options, SentenceModel, Text, Verdict};
//!
//! let mut engine = Engine::new(Options { model: SentenceModel::None, ..Options::default() })?;
//! let first = Text::new("1", "Export to CSV crashes", "It stops at half of the rows.");
//! assert_eq!(engine.decide(&first).verdict, Verdict::New);
//! engine.place(&first, "topic-1");
//! let again = Text::new("2", "Export to CSV crashes", "It stops at half of the rows.");
//! assert_eq!(engine.decide(&again).verdict, Verdict::Join);
//! # Ok::<(), grouping::EngineError>(())
//! ```
//!
//! Invariants: the same calls in the same order give the same decisions; what a person said
//! ([`Correction`]) beats every score and holds until a person undoes it.

mod ahead;
mod bags;
mod candidates;
mod cues;
mod decision;
mod engine;
mod families;
mod fitting;
mod hash;
mod index;
mod judge;
mod kind;
mod ledger;
mod lessons;
mod names;
mod parallel;
mod ranking;
mod read;
mod reader;
mod repeats;
mod sentence;
mod signals;
mod standing;
mod templates;
mod text;
#[cfg(feature = "training")]
pub mod training;
mod typical;

pub use ahead::ReadAhead;
pub use candidates::{CHOICES, Glance};
pub use decision::{Candidate, Decision, Gist, Match, Reason, Verdict};
pub use engine::{Engine, EngineError, Options, TopicFacts};
pub use kind::KindOdds;
pub use ledger::Correction;
pub use read::{BODY_LIMIT_BYTES, Code, CodeKind, Fingerprint, Passage, Reading, cleaned, marks, passage};
pub use reader::Reader;
pub use sentence::{BUILTIN_NAME, ModelError, SentenceModel, Vector, VectorError};
pub use text::{Kind, Text, TicketKey, TopicKey};
