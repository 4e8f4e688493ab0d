//! The release that updates name does not stand any more, and another one has the fix: whoever was not told yet is told of that one.

use super::{
    compose,
    members::is_written_as_likely,
    plan::planned,
    waiting::{self, together},
};
use crate::{
    base::clock::Time,
    flow::{advance, app::App, error::Error, jobs},
    model::{
        milestone::Milestone,
        release::Release,
        topic::Topic,
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{Tx, recipients, releases, updates},
};

/// Writes a step's unsent updates anew after it was given another release, or its release another name. What goes out by itself is
/// held as long after that release as it would have been. What a person wrote or approved waits for them again, and what was
/// cancelled because the first release was gone is told after all. What is being sent is left alone: where it may stand in the ticket
/// already, it stands in those words.
pub async fn run(app: &App, tx: &mut Tx, topic: &Topic, step: &Milestone) -> Result<(), Error> {
    // What was to be told of an earlier cycle is no news, whatever its release is called.
    let release = releases::of_step(tx, step).await?.filter(|_| step.cycle == topic.cycle);
    let Some(release) = release else { return Ok(()) };
    let hold = app.repository(&release.repository).map_or(app.settings.tell.hold, |one| one.hold);
    let due = release.published_at.plus(hold).max(app.clock.now());
    compose::write_anew(app, tx, step.id).await?;
    for update in updates::of_milestone(tx, step.id).await? {
        one(app, tx, topic, (step, &release), &update, due).await?;
    }
    Ok(())
}

async fn one(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    (step, release): (&Milestone, &Release),
    update: &Update,
    due: Time,
) -> Result<(), Error> {
    let is_written = updates::is_edited(tx, update.id).await?;
    // What a merge carried away is written by the topic that it is in.
    let is_elsewhere = update.topic != step.topic;
    let is_a_persons = is_written || is_elsewhere || updates::is_approved(tx, update.id).await?;
    let read_again = waiting::of_another_release(&update.standing, &release.version);
    match &update.standing {
        UpdateStanding::Held { .. } if is_a_persons => {
            updates::turn(tx, update.id, UpdateState::Held, &read_again).await?;
        }
        UpdateStanding::Held { until, why } if *until < due => {
            let longer = UpdateStanding::Held { until: due, why: why.clone() };
            updates::turn(tx, update.id, UpdateState::Held, &longer).await?;
        }
        UpdateStanding::Draft(_) if is_written || is_elsewhere => {
            updates::turn(tx, update.id, UpdateState::Draft, &read_again).await?;
        }
        UpdateStanding::Failed(_) if is_written => {
            updates::turn(tx, update.id, UpdateState::Failed, &read_again).await?;
            // It waits among the drafts now.
            jobs::is_settled(&app.queue, tx, jobs::Send { update: update.id }).await?;
        }
        UpdateStanding::InDoubt(reasons) if is_written => {
            let asked = read_again.reason().unwrap_or_default();
            updates::explain(tx, update.id, UpdateState::InDoubt, &together([reasons.as_str(), asked])).await?;
        }
        cancelled if advance::fell_with_its_release(cancelled) => {
            after_all(app, tx, topic, (step, release), update, (due, is_written)).await?;
        }
        _ => {}
    }
    Ok(())
}

/// An update was due before anybody had judged that another release has the fix: it is planned after all.
async fn after_all(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    (step, release): (&Milestone, &Release),
    update: &Update,
    (due, is_written): (Time, bool),
) -> Result<(), Error> {
    let Some(recipient) = recipients::one(tx, topic.id, update.customer).await? else { return Ok(()) };
    let planned_for = recipient.reachable().find(|one| one.ticket.id == update.ticket);
    let Some(ticket) = planned_for.or_else(|| recipient.reachable().next()) else { return Ok(()) };
    let written_for = (ticket, is_written_as_likely(update, ticket));
    let text = compose::text(app, topic, step, Some(release), &recipient, written_for)?;
    let policy = app.settings.tell.policy(step.kind);
    let again = planned(&recipient, ticket, step, policy).with_text(text.reviewed);
    let standing = match again.standing(due, step.doubt.as_deref()) {
        waits @ (UpdateStanding::Held { .. } | UpdateStanding::Draft(_)) if is_written => {
            waiting::of_another_release(&waits, &release.version)
        }
        other => other,
    };
    let is_back = updates::turn(tx, update.id, UpdateState::Cancelled, &standing).await?;
    if is_back && !is_written {
        updates::edit(tx, update.id, &text.text, &text.html).await?;
    }
    Ok(())
}
