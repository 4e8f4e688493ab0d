//! The simulators' time, passed in so that tests can move it.

use std::sync::Arc;

use jiff::Timestamp;

/// Returns the time in microseconds since 1970 (UTC).
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A time as vendors write it in their resources: `2025-01-08T10:12:07Z`.
pub(super) fn seconds_text(micros: i64) -> String {
    formatted(micros, "%Y-%m-%dT%H:%M:%SZ")
}

/// A time with nine decimals, as in the envelope of Zendesk's events.
pub(super) fn nanos_text(micros: i64) -> String {
    formatted(micros, "%Y-%m-%dT%H:%M:%S.%9fZ")
}

/// A time as in HTTP's `Date`.
pub(super) fn http_date(micros: i64) -> String {
    formatted(micros, "%a, %d %b %Y %H:%M:%S GMT")
}

/// Reads an RFC 3339 time; `None` if it is not one.
pub(super) fn parse(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

fn formatted(micros: i64, pattern: &str) -> String {
    let time = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_time_reads_back_to_the_second() {
        let micros = 1_736_331_127_672_717;
        assert_eq!(seconds_text(micros), "2025-01-08T10:12:07Z");
        assert_eq!(nanos_text(micros), "2025-01-08T10:12:07.672717000Z");
        assert_eq!(parse("2025-01-08T10:12:07Z"), Some(1_736_331_127_000_000));
        assert_eq!(parse("yesterday"), None);
    }
}
