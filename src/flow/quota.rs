//! How much we call the tracker: one rate limiter for the whole installation, kept in a row that all replicas share.
//!
//! Trackers ban clients that go on calling while limited, so a limit stops all our calls, also after a restart. Calls
//! are paced by a clock that runs, because the tracker's time passes, too.

use super::{app::App, error::Stop};
use crate::{
    base::clock::Time,
    model::tracker::error::TrackerError,
    store::rate_limits,
    tracker::{
        Tracker,
        rate_limiter::{Admission, RateLimiter, TrackerCall},
    },
};

fn now(app: &App) -> Time {
    app.clock.running().now()
}

/// The row of a tracker's rate limiter.
fn row(tracker: &dyn Tracker) -> String {
    format!("quota:{}", tracker.about().word)
}

/// Waits for a call's turn: the job comes back when the call may be made. An admitted call is counted.
pub async fn admit(app: &App, call: TrackerCall) -> Result<(), Stop> {
    let Some(tracker) = app.tracker.as_deref() else { return Ok(()) };
    let (now, row) = (now(app), row(tracker));
    let mut tx = app.database.begin().await?;
    let mut limiter = load(rate_limits::lock_quota(&mut tx, &row, now).await?);
    limiter.observe(tracker.quota());
    // Issues and comments are created because a person pressed a button. Nobody waits for a section or a look.
    let admission = limiter.admit(call, call == TrackerCall::Create, &tracker.about().limits, now);
    rate_limits::keep_quota(&mut tx, &row, serde_json::to_value(&limiter).unwrap_or_default(), now).await?;
    tx.commit().await?;
    match admission {
        Admission::Go => Ok(()),
        Admission::NotBefore(at) => Err(Stop::Wait(at.since(now))),
    }
}

/// Makes a call that was admitted. [`stop`] says how an error stops the job.
pub async fn call<T>(app: &App, call: impl Future<Output = Result<T, TrackerError>>) -> Result<T, Stop> {
    match call.await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(stop(app, error).await),
    }
}

/// What a tracker's error means for a job. A limit stops the whole installation.
pub async fn stop(app: &App, error: TrackerError) -> Stop {
    let now = now(app);
    if let (TrackerError::Limited { retry_after, call }, Some(tracker)) = (&error, app.tracker.as_deref()) {
        let blocked = async {
            let row = row(tracker);
            let mut tx = app.database.begin().await?;
            let mut limiter = load(rate_limits::lock_quota(&mut tx, &row, now).await?);
            limiter.block(*retry_after, now);
            rate_limits::keep_quota(&mut tx, &row, serde_json::to_value(&limiter).unwrap_or_default(), now).await?;
            rate_limits::block(&mut tx, tracker.about().word, retry_after.due(now), &call.to_string()).await?;
            tx.commit().await
        };
        if let Err(error) = blocked.await {
            return Stop::Store(error);
        }
    }
    Stop::tracker(error, now)
}

fn load(state: serde_json::Value) -> RateLimiter {
    serde_json::from_value(state).unwrap_or_default()
}
