//! Gauges: how much waits and what fails, for whoever watches over Heard from outside. Each process looks by itself, so that all
//! of them show what is so now, whichever of them did the work.

use super::{
    app::App,
    jobs::{self, Work as _},
    sweep,
};
use crate::{
    model::update::UpdateState,
    store::{StoreError, deliveries, failures, likely_members, pauses, promises, queue, sweeps, updates},
};

/// Looks once.
pub async fn look(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let (waiting, oldest) = deliveries::unread_count(&mut conn).await?;
    let paused = pauses::all(&mut conn).await?.len();
    let due = promises::due_count(&mut conn, now).await?;
    let (given_up, later) = failures::counts(&mut conn).await?;
    let unfinished = queue::unfinished(&mut conn, [jobs::Watch::NAME, jobs::Sweeps::NAME]).await?;
    let known = updates::owed_counts(&mut conn).await?;
    let likely = likely_members::count(&mut conn).await?;
    let swept = sweeps::list(&mut conn).await?;
    drop(conn);

    metrics::gauge!("heard_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    metrics::gauge!("heard_deliveries_waiting").set(number(waiting));
    let age = oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
    metrics::gauge!("heard_deliveries_oldest_seconds").set(age);
    metrics::gauge!("heard_pauses").set(number(i64::try_from(paused).unwrap_or(i64::MAX)));
    metrics::gauge!("heard_promises_due").set(number(due));
    metrics::gauge!("heard_failures", "state" => "given_up").set(number(given_up));
    metrics::gauge!("heard_failures", "state" => "later").set(number(later));
    metrics::gauge!("heard_jobs_unfinished").set(number(unfinished));
    metrics::gauge!("heard_likely_members").set(number(likely));
    for state in UpdateState::BY_CONCERN.into_iter().filter(|state| state.is_owed()) {
        let count = known.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
        metrics::gauge!("heard_updates", "state" => state.as_str()).set(number(count));
    }
    for (source, _) in sweep::sources(app) {
        // What was never swept has been waiting for it since it was first known.
        let Some(stands) = swept.iter().find(|one| one.source == source) else { continue };
        let age = now.since(stands.swept_at.unwrap_or(stands.since)).as_secs_f64();
        metrics::gauge!("heard_sweep_age_seconds", "source" => source).set(age);
    }
    Ok(())
}

fn number(count: i64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
