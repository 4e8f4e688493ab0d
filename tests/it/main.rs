//! Every test that needs more than one file of Heard: one binary, so that it links once.
//!
//! Begin with `settings` for how Heard is set up and `tidy` for how its source is kept.

mod databases;
mod settings;
mod tidy;
