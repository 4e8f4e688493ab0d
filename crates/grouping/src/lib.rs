//! Groups tickets that are about the same topic.
//!
//! It is pure and works on a stream: each ticket is decided on what was placed before it, without a database, a clock or
//! the network. [`Engine`] is all a caller needs:
//!
//! ```
//! use grouping::{Engine, EngineOptions, MachineVerdict, SentenceModel, TicketText};
//!
//! let mut engine = Engine::new(EngineOptions { model: SentenceModel::None, ..EngineOptions::default() })?;
//! let first = TicketText::new("1", "Export to CSV crashes", "It stops at half of the rows.");
//! assert_eq!(engine.decide(&first).verdict, MachineVerdict::New);
//! engine.place(&first, "topic-1");
//! let again = TicketText::new("2", "Export to CSV crashes", "It stops at half of the rows.");
//! assert_eq!(engine.decide(&again).verdict, MachineVerdict::Join);
//! # Ok::<(), grouping::EngineError>(())
//! ```
//!
//! Invariants: the same calls in the same order give the same decisions. What a person said ([`Correction`]) beats every
//! score and holds until a person undoes it.

mod analysis;
mod analyzer;
mod boilerplate;
mod bound;
mod candidates;
mod clusters;
mod decide;
mod decision;
mod duplicate_prior;
mod engine;
mod explain;
mod feature_table;
mod hash;
mod index;
mod kind;
mod ledger;
mod logistic_regression;
mod marks;
mod medoid;
mod online_learner;
mod pair_features;
mod parallel;
mod ranking;
mod scorer;
mod sentence;
mod sparse_vector;
pub mod spikes;
mod stream_analyzer;
mod ticket;
mod topic_profile;
#[cfg(feature = "training")]
pub mod training;

pub use analysis::{AnalyzedTicket, BODY_LIMIT_BYTES, Passage, cleaned, highlights, passage};
pub use analyzer::Analyzer;
pub use decide::CHOICES;
pub use decision::{DecisionReason, MachineVerdict, MatchedTerm, Placement, TicketDecision, TopicCandidate};
pub use engine::{Engine, EngineError, EngineOptions};
pub use index::PartialScan;
pub use ledger::Correction;
pub use marks::{MarkedTicket, expected, proven_share};
pub use sentence::{BUILTIN_NAME, ModelError, SentenceModel, SentenceVector, SentenceVectorError};
pub use stream_analyzer::StreamAnalyzer;
pub use ticket::{TicketKey, TicketKind, TicketText, TopicKey};
