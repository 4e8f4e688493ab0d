//! The command line.

pub mod analyze;
