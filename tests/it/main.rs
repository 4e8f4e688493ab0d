//! Everything through the public doors; one binary.

mod analyze;
mod grouping;
