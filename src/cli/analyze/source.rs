//! Where records are read from.

use std::io::BufRead;

/// Longer lines are skipped: no ticket is that long, and memory stays bounded.
pub(super) const LINE_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// Text of a file, whatever it was written in.
pub(super) type Source = Box<dyn BufRead + Send>;
