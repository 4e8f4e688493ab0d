//! Every vendor by its word in the settings: one line each.

use super::{Credentials, Helpdesk};

/// Makes the vendor for a connection.
///
/// # Errors
/// One clear sentence: the word is unknown, or what the vendor needs is missing.
pub fn open(word: &str, _credentials: Credentials) -> Result<Box<dyn Helpdesk>, String> {
    Err(format!("helpdesk {word:?} is not known"))
}
