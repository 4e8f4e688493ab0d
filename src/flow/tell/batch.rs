//! Batching: two updates about one topic that come to a customer within a short time go as one message.
//!
//! If `tell.batch_minutes` is set, an update waits that long once its time has come. If the next one about the same
//! topic is there by then, the first goes with it: its row ends as skipped with the reason, and the next is sent at
//! once. So each update keeps its own row (G4, one update per customer and milestone), and only one of them is ever
//! sent with a link. Where a person said when one of the two goes out, each goes by itself.

use std::time::Duration;

use crate::{
    base::clock::Time,
    flow::{app::App, error::Error, jobs},
    model::{
        milestone::MilestoneKind,
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{Tx, updates},
    wording::together,
};

/// What happened to an update whose time has come.
pub(super) enum Batched {
    /// There is no other to go with.
    Alone,
    /// It is now one with another update, which a job of its own sends at once.
    Together,
    /// One of the two has just changed. Nothing may be stored, and the update has to be looked at again.
    Changed,
}

/// How long an update waits for the next one. News of a fix never waits.
pub(super) fn wait(app: &App, kind: MilestoneKind) -> Duration {
    app.settings.tell.batch.filter(|_| kind != MilestoneKind::Shipped).unwrap_or_default()
}

/// Lets an update go together with the next one about the same topic, or else with the one before, if that is due soon
/// enough.
pub(super) async fn join(app: &App, tx: &mut Tx, update: &Update, now: Time) -> Result<Batched, Error> {
    let window = wait(app, update.kind);
    if window.is_zero() || update.wish.is_some() {
        return Ok(Batched::Alone);
    }
    let mut theirs = updates::of_customer(tx, update.customer).await?;
    theirs.retain(|other| {
        (other.topic, other.cycle, other.state()) == (update.topic, update.cycle, UpdateState::Held)
            && other.wish.is_none()
            && other.standing.due_at().is_some_and(|due| due <= now.plus(window))
    });
    let next = theirs.iter().filter(|other| other.id > update.id).min_by_key(|other| other.id);
    let before = || theirs.iter().filter(|other| other.id < update.id).max_by_key(|other| other.id);
    let (first, second) = match (next, before()) {
        (Some(next), _) => (update, next),
        (None, Some(before)) => (before, update),
        (None, None) => return Ok(Batched::Alone),
    };
    let why = format!("Told together with the next update, {}.", second.kind);
    let done = say_both(tx, first, second).await?
        && updates::turn(tx, first.id, UpdateState::Held, &UpdateStanding::Skipped(why)).await?
        && updates::turn(tx, second.id, UpdateState::Held, &UpdateStanding::held(now)).await?;
    if !done {
        return Ok(Batched::Changed);
    }
    app.queue.add(tx, jobs::Send { update: second.id }).await?;
    Ok(Batched::Together)
}

/// Adds to the next update what it does not say yet. False if its text can no longer be changed.
async fn say_both(tx: &mut Tx, update: &Update, next: &Update) -> Result<bool, Error> {
    if !update.kind.rules().outlives_the_next && !next.kind.rules().outlives_the_next {
        return Ok(true);
    }
    let (text, html) = (together::text(&update.text, &next.text), together::html(&update.html, &next.html));
    Ok(updates::edit(tx, next.id, &text, &html).await?)
}
