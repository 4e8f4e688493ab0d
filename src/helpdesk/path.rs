//! Makes ids from outside safe to use in a path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything is encoded except what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One segment of a path, or one value of a query. Whatever is in `id`, it adds no segment and no parameter.
///
/// `.` and `..` would lead up even when encoded (the URL standard reads `%2e%2e` as `..`). No helpdesk has such ids, so they
/// become an id that does not exist.
pub(super) fn segment(id: &str) -> String {
    match id {
        "" | "." | ".." => "_".to_owned(),
        _ => utf8_percent_encode(id, RESERVED).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_segment() {
        assert_eq!(segment("5158"), "5158");
        assert_eq!(segment("HELP-12"), "HELP-12");
        assert_eq!(segment("../users/me?x=1#y"), "..%2Fusers%2Fme%3Fx%3D1%23y");
        for climbing in ["", ".", ".."] {
            assert_eq!(segment(climbing), "_");
        }
    }
}
