//! Whose turn it is to commit decisions: one process at a time.

use std::time::Duration;

use crate::{
    flow::{app::App, error::Stop},
    store::{StoreError, leases},
};

/// The lease under which decisions are committed.
pub(super) const LEASE: &str = "grouping";
/// How long one decision may take before another process may decide.
const LEASE_SPAN: Duration = Duration::from_secs(30);
/// How long a replica waits for another to decide.
pub(super) const TURN: Duration = Duration::from_millis(250);

/// Waits until it is this process's turn to commit decisions.
pub(super) async fn turn(app: &App) -> Result<(), Stop> {
    if leases::take(&app.database, LEASE, app.holder, app.clock.now(), LEASE_SPAN).await? {
        Ok(())
    } else {
        Err(Stop::Wait(TURN))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
pub(super) fn corrupt(error: serde_json::Error) -> Stop {
    Stop::Store(StoreError::Corrupt(error.to_string()))
}
