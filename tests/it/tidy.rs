//! How the source is kept.
