//! When a person wants held updates sent: not before a time, or at once. One of them, or all of a topic, or of one of its steps.

use tracing::info;

use crate::{
    base::{clock::Time, limits::HOLD_MAX},
    flow::{app::App, error::Error, jobs},
    model::{
        decision::Actor,
        id::{TopicId, UpdateId},
        milestone::MilestoneKind,
        refusal::{Missing, Refusal},
    },
    store::{
        Tx, audit, topics,
        update_times::{self, HoldTimes},
        updates,
    },
};

/// A person holds an update until a time, later or earlier than it stands. What it waits for meanwhile and what takes it back stay as
/// they are, and so does an approval.
pub async fn hold(app: &App, id: UpdateId, until: Time, actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    let until = bounded(until, now)?;
    let mut tx = app.database.begin().await?;
    if !update_times::hold(&mut tx, id, until, actor.as_str()).await? {
        return Err(not_held(&mut tx, id).await?);
    }
    audit::add(&mut tx, actor, "hold", &id.to_string(), now).await?;
    tx.commit().await?;
    info!(update.id = %id, %until, "A person holds an update");
    Ok(())
}

/// A person holds every held update of a topic until a time, or of one of its steps. Where the settings have the first told alone, the
/// first of a step is told then and the others after the same wait. Gives how many.
pub async fn hold_all(
    app: &App,
    topic: TopicId,
    step: Option<MilestoneKind>,
    until: Time,
    actor: &Actor,
) -> Result<u64, Error> {
    let now = app.clock.now();
    let first = bounded(until, now)?;
    let until = HoldTimes { first, others: first.plus(app.settings.tell.canary.unwrap_or_default()) };
    let mut tx = app.database.begin().await?;
    let topic = topics::lock_current(&mut tx, topic).await?.ok_or(Missing::Topic(topic))?.id;
    let all = update_times::hold_all(&mut tx, topic, step, until, actor.as_str()).await?;
    for id in &all {
        audit::add(&mut tx, actor, "hold", &id.to_string(), now).await?;
    }
    tx.commit().await?;
    info!(topic.id = %topic, until = %first, count = all.len(), "A person holds a topic's updates");
    Ok(counted(&all))
}

/// A person wants a held update sent now, whatever the hour. What is doubted, paused or not true any more still stops it.
pub async fn send_now(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    if !update_times::send_at_once(&mut tx, id, now).await? {
        return Err(not_held(&mut tx, id).await?);
    }
    send(app, &mut tx, id, actor, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The same for every held update of a topic, or of one of its steps. Gives how many.
pub async fn send_all_now(app: &App, topic: TopicId, step: Option<MilestoneKind>, actor: &Actor) -> Result<u64, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let topic = topics::lock_current(&mut tx, topic).await?.ok_or(Missing::Topic(topic))?.id;
    let all = update_times::send_all_at_once(&mut tx, topic, step, now).await?;
    for id in &all {
        send(app, &mut tx, *id, actor, now).await?;
    }
    tx.commit().await?;
    Ok(counted(&all))
}

async fn send(app: &App, tx: &mut Tx, id: UpdateId, actor: &Actor, now: Time) -> Result<(), Error> {
    audit::add(tx, actor, "send_now", &id.to_string(), now).await?;
    app.queue.add(tx, jobs::Send { update: id }).await?;
    Ok(())
}

/// A time until which something can be held, as precise as it is kept.
fn bounded(until: Time, now: Time) -> Result<Time, Error> {
    let until = Time::from_micros(until.as_micros());
    let days = HOLD_MAX.as_secs() / 86_400;
    if now < until && until <= now.plus(HOLD_MAX) { Ok(until) } else { Err(Refusal::HoldOutOfBounds { days }.into()) }
}

/// Why when an update goes out cannot be said.
async fn not_held(tx: &mut Tx, id: UpdateId) -> Result<Error, Error> {
    let update = updates::get(tx, id).await?.ok_or(Missing::Update(id))?;
    Ok(Refusal::UpdateNotHeld(update.state()).into())
}

fn counted(all: &[UpdateId]) -> u64 {
    u64::try_from(all.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_hold_is_for_a_time_to_come_and_not_longer_than_a_month() {
        let now = Time::from_seconds(1_000_000);
        for (until, fits) in [
            (now, false),
            (now.minus(Duration::from_mins(1)), false),
            (now.plus(Duration::from_secs(1)), true),
            (now.plus(HOLD_MAX), true),
            (now.plus(HOLD_MAX).plus(Duration::from_secs(1)), false),
        ] {
            assert_eq!(bounded(until, now).is_ok(), fits, "{until}");
        }
    }
}
