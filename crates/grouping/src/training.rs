//! How the shipped weights were learned; used by `examples/train_grouping.rs`.

#[path = "training/judging.rs"]
mod judging;
#[path = "training/kinds.rs"]
mod kinds;
#[path = "training/thinning.rs"]
mod thinning;

pub use judging::{Stream, train_judge};
pub use kinds::{KindExample, KindScore, train_kind};
