//! Of a fix that was only likely to be out more is known now: its drafts are written anew, and go out in time where it is
//! certain.

use std::{collections::BTreeMap, time::Duration};

use super::{
    compose,
    plan::{DOUBTED, doubted},
};
use crate::{
    flow::{app::App, error::Error, jobs},
    model::{
        id::{CustomerId, TopicId},
        milestone::{Confidence, Milestone, MilestoneKind},
        topic::Topic,
        update::{CANCELLED_BY_A_PERSON, Update, UpdateStanding, UpdateState},
    },
    store::{Tx, recipients, releases, updates},
};

/// How many recipients are loaded at a time.
const RECIPIENTS_AT_ONCE: i64 = 200;
/// Why a draft that a person has edited goes on waiting.
const CERTAIN_BY_NOW: &str = "It is certain by now that the fix is out; read the text and approve it.";
/// Why an update that a person took back waits for them again.
const TAKEN_BACK_BEFORE: &str = "You took this back while it was not certain that the fix is out. It is certain by now; read the text and approve it.";

/// Whether somebody is still to be told that it shipped, without a person's doing.
pub async fn somebody_waits(tx: &mut Tx, topic: TopicId) -> Result<bool, Error> {
    let is_to_come = |update: &Update| {
        update.kind == MilestoneKind::Shipped
            && matches!(update.state(), UpdateState::Held | UpdateState::Sending | UpdateState::Failed)
    };
    Ok(updates::of_topic(tx, topic).await?.iter().any(is_to_come))
}

/// Whoever was to be told after the hold, or in vain so far, waits for a person: it is doubted by now that the fix is out. So does
/// whoever came with a topic that was merged into this one. What is being sent in this moment is asked for again if it was not.
pub async fn hold_back(app: &App, tx: &mut Tx, topic: &Topic, after: &Milestone) -> Result<(), Error> {
    let Some(doubt) = &after.doubt else { return Ok(()) };
    for update in updates::of_topic(tx, topic.id).await? {
        let state = update.state();
        if update.kind == after.kind && matches!(state, UpdateState::Held | UpdateState::Failed) {
            updates::turn(tx, update.id, state, &UpdateStanding::Draft(doubted(doubt))).await?;
            if state == UpdateState::Failed {
                // It waits among the drafts now, and finding nothing to do takes it off the health page.
                app.queue.add(tx, jobs::Send { update: update.id }).await?;
            }
        }
    }
    Ok(())
}

/// Writes the drafts anew that wait only because it was not certain, and lets go of them after `hold` if it is certain now.
/// One that a person has edited goes on waiting for them, and one that a person took back while nobody knew waits for them
/// again. `before` is the step as it was, and `after` as it is.
pub async fn let_go(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    (before, after): (&Milestone, &Milestone),
    hold: Duration,
) -> Result<(), Error> {
    let (old, new) = (releases::of_step(tx, before).await?, releases::of_step(tx, after).await?);
    let certain = after.confidence != Some(Confidence::Likely);
    let waits = |update: &Update| match &update.standing {
        UpdateStanding::Draft(reason) => reason.starts_with(DOUBTED),
        UpdateStanding::Cancelled(reason) => certain && reason == CANCELLED_BY_A_PERSON,
        _ => false,
    };
    let waiting = updates::of_topic(tx, topic.id).await?.into_iter().filter(|update| update.kind == after.kind);
    let waiting = waiting.filter(waits);
    let waiting: BTreeMap<CustomerId, Update> = waiting.map(|update| (update.customer, update)).collect();
    let due = app.clock.now().plus(hold);
    let mut page_after = None;
    while !waiting.is_empty() {
        let page = recipients::page(tx, topic.id, page_after, RECIPIENTS_AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        page_after = Some(last.customer.id);
        for recipient in &page {
            let Some(update) = waiting.get(&recipient.customer.id) else { continue };
            let Some(ticket) = recipient.tickets.iter().find(|one| one.ticket.id == update.ticket) else { continue };
            let was = compose::text(app, topic, before, old.as_ref(), recipient, ticket)?;
            let text = compose::text(app, topic, after, new.as_ref(), recipient, ticket)?;
            let taken_back = update.state() == UpdateState::Cancelled;
            let unread = was.text == update.text && !taken_back;
            let standing = match (&after.doubt, unread && text.reviewed) {
                (Some(doubt), _) if !certain => UpdateStanding::Draft(doubted(doubt)),
                (_, true) => UpdateStanding::held(due),
                _ if taken_back => UpdateStanding::Draft(TAKEN_BACK_BEFORE.to_owned()),
                _ => UpdateStanding::Draft(CERTAIN_BY_NOW.to_owned()),
            };
            updates::turn(tx, update.id, update.state(), &standing).await?;
            if unread || taken_back {
                updates::edit(tx, update.id, &text.text, &text.html).await?;
            }
        }
    }
    Ok(())
}
