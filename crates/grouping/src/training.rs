//! How the shipped weights were learned; used by `examples/train.rs`.

mod kinds;
mod scorer;
mod subsample;

pub use kinds::{KindExample, KindScore, train_kind};
pub use scorer::{LabeledStream, train_scorer};
