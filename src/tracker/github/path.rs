//! Parts of a path, encoded so that what somebody else wrote cannot change the rest of it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One segment, which stays one segment.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

/// A reference. Its slashes stay, everything else is encoded, and `..` cannot climb.
pub(super) fn segments(text: &str) -> String {
    text.split('/').filter(|part| !matches!(*part, "" | "." | "..")).map(segment).collect::<Vec<_>>().join("/")
}
