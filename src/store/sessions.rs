//! The console's sessions, all at once.

use super::{Result, Session as _, Tx};

/// Ends every session, and says how many there were.
pub async fn end_all(tx: &mut Tx) -> Result<u64> {
    tx.query("DELETE FROM session").execute().await
}
