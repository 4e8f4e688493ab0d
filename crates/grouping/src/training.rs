//! How the shipped weights were learned; used by `examples/train.rs`.

mod cue_weights;
mod example;
mod kinds;
mod scorer;
mod subsample;

pub use example::KindExample;
pub use kinds::{CustomerScore, KindScore, train_kind};
pub use scorer::{LabeledStream, train_scorer};
