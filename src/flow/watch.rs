//! Watch: sends what is due, tells customers who have waited long how it stands, says which topics spike, and picks up what a
//! lost job left behind.

use std::time::Duration;

use tracing::info;

use super::{
    advance::{Step, take_step},
    app::App,
    error::Stop,
    file, group, jobs, spikes,
    tell::look_up,
};
use crate::{
    base::limits,
    model::milestone::MilestoneKind,
    store::{deliveries, outbox, promises, topics, updates},
};

/// How many of each are picked up at a time.
const CHUNK: i64 = 200;
/// Work that waits longer than this was left behind by a lost job: work that is under way is done well before.
const LEFT_BEHIND: Duration = Duration::from_mins(1);

/// One look around.
pub async fn run(app: &App) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let due = updates::due(&mut conn, now, now.minus(look_up::CUT_OFF), CHUNK).await?;
    let stranded = outbox::stranded(&mut conn, now.minus(LEFT_BEHIND), CHUNK).await?;
    let (_, oldest) = deliveries::unread_count(&mut conn).await?;
    drop(conn);
    let unread = oldest.is_some_and(|oldest| now.since(oldest) > limits::JOB_TIMEOUT);
    if !due.is_empty() || !stranded.is_empty() || unread {
        let mut tx = app.database.begin().await?;
        for update in due {
            app.queue.add_once(&mut tx, jobs::Send { update }).await?;
        }
        for message in stranded {
            app.queue.add_once(&mut tx, jobs::Write { message }).await?;
        }
        if unread {
            app.queue.add_once(&mut tx, jobs::Understand {}).await?;
        }
        tx.commit().await?;
    }
    silence(app).await?;
    forget(app).await?;
    group::stranded(app).await?;
    spikes::look(app).await?;
    file::stranded(app).await
}

/// If an answer is due and there is none, tells customers how it stands, as the policy for silence says.
async fn silence(app: &App) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let silent = promises::silent(&mut conn, now, CHUNK).await?;
    drop(conn);
    for topic in silent {
        let mut tx = app.database.begin().await?;
        if let Some(found) = topics::lock(&mut tx, topic).await? {
            take_step(app, &mut tx, &found, Step::now(MilestoneKind::Silence, now, "watch")).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Forgets what deliveries said long ago. It was taken over, and holds more about customers than anybody needs.
async fn forget(app: &App) -> Result<(), Stop> {
    let Some(kept) = app.settings.keep_deliveries else { return Ok(()) };
    let mut conn = app.database.read().await?;
    let old = deliveries::old(&mut conn, app.clock.now().minus(kept), CHUNK).await?;
    drop(conn);
    if old.is_empty() {
        return Ok(());
    }
    let mut tx = app.database.begin().await?;
    for delivery in &old {
        deliveries::forget(&mut tx, *delivery).await?;
    }
    tx.commit().await?;
    info!(forgotten = old.len(), "Forgot what old deliveries said");
    Ok(())
}
