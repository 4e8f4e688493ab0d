//! How much we call GitHub: one budget for the whole installation, kept in a row that all replicas share.
//!
//! GitHub bans who goes on calling while limited, so a limit parks everybody, durably, over restarts. Pacing is counted
//! on the machine's clock, since it is GitHub's time that passes.

use super::{app::App, error::Stop};
use crate::{
    base::clock::{Clock, Time},
    github::{
        Trouble,
        gate::{Act, Admission, Gate},
    },
    store::rate_limits,
};

const NAME: &str = "budget:github";

fn now() -> Time {
    Clock::system().now()
}

/// Waits for the budget's turn: the job comes back when the call may be made. An admitted call is counted.
pub async fn admit(app: &App, act: Act) -> Result<(), Stop> {
    let Some(github) = &app.github else { return Ok(()) };
    let now = now();
    let mut tx = app.database.begin().await?;
    let mut gate = load(rate_limits::lock_quota(&mut tx, NAME, now).await?);
    gate.observe(&github.meter());
    // Issues and comments are made because a person pressed a button; sections and looks are not waited for.
    let admission = gate.admit(act, act == Act::Create, now);
    rate_limits::keep_quota(&mut tx, NAME, serde_json::to_value(&gate).unwrap_or_default(), now).await?;
    tx.commit().await?;
    match admission {
        Admission::Go => Ok(()),
        Admission::NotBefore(at) => Err(Stop::Wait(at.since(now))),
    }
}

/// Makes a call that was admitted; its trouble stops the job as [`stop`] says.
pub async fn call<T>(app: &App, call: impl Future<Output = Result<T, Trouble>>) -> Result<T, Stop> {
    match call.await {
        Ok(answer) => Ok(answer),
        Err(trouble) => Err(stop(app, trouble).await),
    }
}

/// What a trouble of GitHub's means for a job; a limit parks the whole installation.
pub async fn stop(app: &App, trouble: Trouble) -> Stop {
    let now = now();
    if let Trouble::Limited { wait, why } = &trouble {
        let parked = async {
            let mut tx = app.database.begin().await?;
            let mut gate = load(rate_limits::lock_quota(&mut tx, NAME, now).await?);
            gate.park(*wait, now);
            rate_limits::keep_quota(&mut tx, NAME, serde_json::to_value(&gate).unwrap_or_default(), now).await?;
            rate_limits::block(&mut tx, "github", wait.due(now), why).await?;
            tx.commit().await
        };
        if let Err(error) = parked.await {
            return Stop::Store(error);
        }
    }
    Stop::github(trouble, now)
}

fn load(state: serde_json::Value) -> Gate {
    serde_json::from_value(state).unwrap_or_default()
}
