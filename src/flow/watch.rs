//! Watch: sends what is due, tells customers who have waited long how it stands, says which topics spike, and picks up what a
//! lost job left behind.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tracing::info;

use super::{
    advance::{Step, take_step},
    app::App,
    error::Stop,
    file, group,
    jobs::{self, Work as _},
    spikes,
    tell::{look_up, send_many},
};
use crate::{
    base::limits,
    model::{id::UpdateId, milestone::MilestoneKind},
    store::{
        Tx, deliveries, impacts, outbox, promises, topics,
        updates::{self, DueUpdate},
    },
};

/// How many of each are picked up at a time.
const CHUNK: i64 = 200;
/// How many updates of each helpdesk are sent at a time.
const DUE: i64 = 2_000;
/// What is due for so long is not left to others.
const LONG: Duration = Duration::from_hours(1);
/// How often so many scores are looked at in one look around.
const RESCORED: usize = 100;
/// And for how long. After a rebuild all are due, and whatever a look around does after this would not be done in time.
const RESCORED_WITHIN: Duration = Duration::from_secs(4);
/// Work that waits longer than this was left behind by a lost job: work that is under way is done well before.
const LEFT_BEHIND: Duration = Duration::from_mins(1);

/// One look around.
pub async fn run(app: &App) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let due = updates::due(&mut conn, now, now.minus(look_up::CUT_OFF), (DUE, CHUNK), jobs::SendMany::NAME).await?;
    let stranded = outbox::stranded(&mut conn, now.minus(LEFT_BEHIND), CHUNK).await?;
    let (_, oldest) = deliveries::unread_count(&mut conn).await?;
    drop(conn);
    let unread = oldest.is_some_and(|oldest| now.since(oldest) > limits::JOB_TIMEOUT);
    if !due.is_empty() || !stranded.is_empty() || unread {
        let mut tx = app.database.begin().await?;
        send(app, &mut tx, due).await?;
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
    rescore(app).await?;
    file::stranded(app).await
}

/// Has updates sent that are due, and looked up that were cut off. Where many replies are about to be written already, these are
/// among them; only what waits for long is picked up all the same.
async fn send(app: &App, tx: &mut Tx, due: Vec<DueUpdate>) -> Result<(), Stop> {
    let long_ago = app.clock.now().minus(LONG);
    let (mut alone, mut together) = (Vec::<UpdateId>::new(), BTreeMap::<String, Vec<UpdateId>>::new());
    let mut overdue = 0;
    for one in due {
        let is_overdue = one.due_at.is_some_and(|due| due <= long_ago);
        if !one.is_held {
            alone.push(one.id);
        } else if !one.is_answered {
            together.entry(one.connection).or_default().push(one.id);
        } else if is_overdue && overdue < CHUNK {
            overdue += 1;
            alone.push(one.id);
        }
    }
    for (connection, updates) in together {
        if updates.len() < send_many::MANY {
            alone.extend(updates);
        } else {
            send_many::enqueue(app, tx, &connection, &updates).await?;
        }
    }
    for update in alone {
        app.queue.add_once(tx, jobs::Send { update }).await?;
    }
    Ok(())
}

/// Looks at the scores that are due, so that topics stand in order of what they score by now. What is left is looked at next time.
async fn rescore(app: &App) -> Result<(), Stop> {
    let (now, began) = (app.clock.now(), Instant::now());
    for _ in 0..RESCORED {
        if began.elapsed() > RESCORED_WITHIN || !impacts::any_is_due(&mut app.database.read().await?, now).await? {
            break;
        }
        let mut tx = app.database.begin().await?;
        impacts::rescore(&mut tx, now, CHUNK).await?;
        tx.commit().await?;
    }
    if impacts::are_many(&mut app.database.read().await?).await? {
        let mut tx = app.database.begin().await?;
        impacts::tally(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
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
