//! The text that records are read from.

use std::io::BufRead;

/// Longer lines are skipped. No ticket is that long, and this bounds the memory.
pub(super) const LINE_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// The text of a file, whatever its encoding.
pub(super) type TextSource = Box<dyn BufRead + Send>;
