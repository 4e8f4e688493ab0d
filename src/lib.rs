//! Heard.

pub mod grouping;
