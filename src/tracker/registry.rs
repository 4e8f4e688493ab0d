//! Every tracker by its word in the settings, one line each.

use super::{Tracker, TrackerCredentials, github};

type OpenTracker = fn(TrackerCredentials) -> Result<Box<dyn Tracker>, String>;

/// The word in the settings, and the function that opens that tracker.
const TRACKERS: &[(&str, OpenTracker)] = &[("github", github::open)];

/// Prepares a tracker without sending anything. Call it inside the runtime that outlives it.
///
/// # Errors
/// One sentence saying what is wrong with the credentials, the address or the machine's certificates.
pub fn open(word: &str, credentials: TrackerCredentials) -> Result<Box<dyn Tracker>, String> {
    let Some((_, open)) = TRACKERS.iter().find(|(known, _)| *known == word) else {
        let known = TRACKERS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        return Err(format!("tracker {word:?} is not known; known are {known}"));
    };
    open(credentials)
}
