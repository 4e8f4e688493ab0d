//! Everything through the public doors; one binary.

mod grouping;
