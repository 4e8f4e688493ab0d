//! Every vendor by its word in the settings, one line each.

use super::{Helpdesk, HelpdeskCredentials, generic, zendesk};

type Open = fn(HelpdeskCredentials) -> Result<Box<dyn Helpdesk>, String>;

/// The word in the settings, and the function that opens a connection.
const VENDORS: &[(&str, Open)] = &[("generic", generic::open), ("zendesk", zendesk::open)];

/// Opens a connection.
///
/// # Errors
/// One sentence with the connection and the option: the word is unknown, or something that the vendor needs is missing.
pub fn open(word: &str, credentials: HelpdeskCredentials) -> Result<Box<dyn Helpdesk>, String> {
    let connection = credentials.connection.clone();
    let Some((_, open)) = VENDORS.iter().find(|(known, _)| *known == word) else {
        let known = VENDORS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        return Err(format!("connection {connection:?}: helpdesk {word:?} is not known; known are {known}"));
    };
    if let Some(empty) = empty_secret(&credentials) {
        return Err(format!("connection {connection:?}: {empty} is empty"));
    }
    open(credentials).map_err(|reason| format!("connection {connection:?} ({word}): {}", one_line(&reason)))
}

/// The word of every vendor, for messages and documentation.
pub fn words() -> impl Iterator<Item = &'static str> {
    VENDORS.iter().map(|(word, _)| *word)
}

/// A secret that is empty. It would sign like any other, so anybody could get in (G9, no secret, no route).
fn empty_secret(credentials: &HelpdeskCredentials) -> Option<&'static str> {
    let empty = |secret: &crate::base::secret::Secret| secret.expose().trim().is_empty();
    if credentials.webhook_secrets.iter().any(empty) {
        return Some("webhook_secret");
    }
    if credentials.path_secret.as_ref().is_some_and(empty) {
        return Some("path_secret");
    }
    credentials.token.as_ref().filter(|token| empty(token)).map(|_| "token")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
