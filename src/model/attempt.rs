//! One attempt to tell a customer of an update.

use super::id::UpdateId;
use crate::base::secret::Secret;

/// An attempt lasts from its claim until it is known how it ended: told, refused, or came back. The next one has another
/// number and another link, so what became of one attempt is never taken for what became of another.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The first is 1.
    pub number: i64,
    /// The secret part of the link to the customer's page. It is stored while the attempt lasts, and as a hash for good.
    pub page_key: Secret,
}

/// Our key of what an attempt writes: the same for every call of the attempt, and for no other.
pub fn write_key(update: UpdateId, number: i64) -> String {
    format!("heard-{update}-{number}")
}
