//! Every limit by name, so that nothing in Heard is unbounded. docs/limits.md lists them for operators.

use std::time::Duration;

/// The largest webhook body a helpdesk may send.
pub const HELPDESK_BODY_BYTES: usize = 1024 * 1024;
/// The largest webhook body GitHub sends (its own limit).
pub const GITHUB_BODY_BYTES: usize = 25 * 1024 * 1024;
/// The largest answer we read from a helpdesk or from GitHub.
pub const ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// How old, or how far ahead, a signed timestamp may be.
pub const REPLAY_WINDOW: Duration = Duration::from_mins(5);
/// A delivery is stored within this time, or the sender is told to come back (G1).
pub const ACKNOWLEDGE_WITHIN: Duration = Duration::from_millis(2_500);
/// How long one outgoing call may take; it stays under the time a job may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(12);
/// How long connecting may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// How long one durable job may run before it is cancelled and tried again.
pub const JOB_TIMEOUT: Duration = Duration::from_secs(20);
/// How many deliveries one transaction commits at most.
pub const COMMIT_GROUP: usize = 256;
/// How many deliveries may wait for their commit before senders are told to come back.
pub const RECEIVE_QUEUE: usize = 4_096;
/// How many messages of one ticket are read.
pub const MESSAGES_PER_TICKET: usize = 500;
/// How many characters of a ticket's text are kept for grouping.
pub const GROUPING_CHARACTERS: usize = 20_000;
/// How many texts an embeddings endpoint is sent at a time.
pub const EMBEDDED_AT_ONCE: usize = 64;
/// How many characters of a ticket's text an embeddings endpoint is sent.
pub const EMBEDDED_CHARACTERS: usize = 4_000;
/// The longest issue body we write; GitHub refuses more than 65,536 characters.
pub const ISSUE_BODY_CHARACTERS: usize = 60_000;
/// How many rows a list of the API answers with at most.
pub const LIST_ROWS_MAX: i64 = 200;
