//! Every limit has a name here, so that nothing in Heard is unbounded. docs/limits.md lists them for operators.

use std::time::Duration;

/// The largest webhook body a helpdesk may send.
pub const HELPDESK_BODY_BYTES: usize = 1024 * 1024;
/// The largest webhook body from GitHub, which is GitHub's own limit.
pub const GITHUB_BODY_BYTES: usize = 25 * 1024 * 1024;
/// How many connections are held at once in one process, each with up to 20 KiB. What comes beyond them waits in the system's
/// queue.
pub const CONNECTIONS: usize = 8_192;
/// How many connections the system's queue takes until we take them up, if the system allows so many. A sender whose
/// connection finds no room in it tries again a second later, and then three.
pub const CONNECTIONS_QUEUED: i32 = 4_096;
/// How long a body that has to be waited for may take.
pub const BODY_WITHIN: Duration = Duration::from_secs(3);
/// How many bodies are waited for at once in one process. Beyond it, a body has [`BODY_HURRY`].
pub const BODIES_AWAITED: usize = 1_024;
/// How long a body may take where too many are waited for.
pub const BODY_HURRY: Duration = Duration::from_millis(250);
/// How many bytes of bodies under way are kept at once in one process. The first [`BODY_FREE_BYTES`] of each do not count.
pub const BODIES_BYTES: usize = 32 * 1024 * 1024;
/// How much of a body is kept whatever others take up.
pub const BODY_FREE_BYTES: usize = 32 * 1024;
/// The largest answer read from a helpdesk or from GitHub.
pub const ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// How old, or how far in the future, a signed timestamp may be.
pub const REPLAY_WINDOW: Duration = Duration::from_mins(5);
/// How long storing a delivery may take before the sender is asked to come back (G1).
pub const ACKNOWLEDGE_WITHIN: Duration = Duration::from_millis(2_500);
/// How long a sender whose delivery cannot be kept waits for its 503, so that it does not send the next at once.
pub const REFUSED_AFTER: Duration = Duration::from_secs(1);
/// How long an outgoing call may take. It is less than what a job may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(12);
/// How long connecting may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a job may run before it is cancelled and tried again.
pub const JOB_TIMEOUT: Duration = Duration::from_secs(20);
/// How many deliveries one transaction commits at most.
pub const COMMIT_GROUP: usize = 256;
/// How many deliveries may wait to be stored before senders are asked to come back.
pub const RECEIVE_QUEUE: usize = 4_096;
/// How long deliveries may wait for their turn to be stored before other senders are asked to come back, where more wait than one
/// transaction commits. It leaves time to store what waits within [`ACKNOWLEDGE_WITHIN`].
pub const RECEIVE_WAIT: Duration = Duration::from_secs(1);
/// How many characters an id, a name, an address or a tag may have. Ids beyond that are refused with what they belong to, names are
/// cut, the rest is left out.
pub const KEY_CHARACTERS: usize = 500;
/// How many cents a year an organization may be worth: what all of them are worth together stays a number.
pub const REVENUE_CENTS: i64 = 90_000_000_000_000;
/// How many messages of one ticket are read.
pub const MESSAGES_PER_TICKET: usize = 500;
/// How many pages of one list of a helpdesk are read.
pub const PAGES_PER_LIST: usize = 50;
/// How many characters of a ticket's text are kept for grouping.
pub const GROUPING_CHARACTERS: usize = 20_000;
/// How many characters of a message are read for a quotation, for versions, or for an answer.
pub const READ_CHARACTERS: usize = 20_000;
/// How many texts are sent to an embeddings endpoint at a time.
pub const EMBEDDED_AT_ONCE: usize = 64;
/// How many characters of a ticket's text are sent to an embeddings endpoint.
pub const EMBEDDED_CHARACTERS: usize = 4_000;
/// How long after a customer's last message a messenger delivers a reply. The messengers' own is a day; a reply takes a while.
pub const MESSENGER_WINDOW: Duration = Duration::from_hours(23);
/// How long from now a person can hold an update before it is sent.
pub const HOLD_MAX: Duration = Duration::from_hours(30 * 24);
/// The longest issue body that Heard writes. GitHub refuses more than 65,536 characters.
pub const ISSUE_BODY_CHARACTERS: usize = 60_000;
/// How many passwords are hashed at once in one process: each takes 19 MiB, and anybody may ask for one.
pub const PASSWORDS_AT_ONCE: usize = 2;
/// How many more are hashed at once for whoever is known by something else: by their browser, a session or an invitation.
pub const KNOWN_PASSWORDS_AT_ONCE: usize = 1;
/// How many rows a list of the API has at most.
pub const LIST_ROWS_MAX: i64 = 200;
/// How many tickets with the rarest of the words a search looks at, and how many topics and tickets the board finds by an index.
pub const SEARCH_LOOKS: i64 = 2_000;
/// How many topics, customers and organizations with the rarest of the words a search looks at.
pub const SEARCH_NAMES: i64 = 1_000;
/// How many of the newest tickets a search looks through one by one, before it asks the index of all.
pub const SEARCH_NEWEST: i64 = 3_000;
/// How many words of a ticket it is found by, each counted once: those that come first.
pub const SEARCH_TEXT_WORDS: usize = 300;
/// How many rows an export has at most. It says in its last row where there are more.
pub const EXPORT_ROWS: usize = 100_000;
