//! A fix that was only likely to be out is certain now: its drafts are written anew and go out in time.

use std::{collections::BTreeMap, time::Duration};

use super::{compose, plan::DOUBTED};
use crate::{
    flow::{app::App, error::Error},
    model::{
        id::CustomerId,
        milestone::Milestone,
        topic::Topic,
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{Tx, recipients, releases, updates},
};

/// How many recipients are loaded at a time.
const RECIPIENTS_AT_ONCE: i64 = 200;

/// Lets go of the drafts that waited only for this certainty, after `hold`. One that a person has edited goes on waiting for
/// them. `before` is the step as it was, and `after` as it is.
pub async fn let_go(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    (before, after): (&Milestone, &Milestone),
    hold: Duration,
) -> Result<(), Error> {
    let (old, new) = (releases::of_step(tx, before).await?, releases::of_step(tx, after).await?);
    let drafts = updates::of_milestone(tx, after.id)
        .await?
        .into_iter()
        .filter(|update| matches!(&update.standing, UpdateStanding::Draft(reason) if reason.starts_with(DOUBTED)));
    let drafts: BTreeMap<CustomerId, Update> = drafts.map(|update| (update.customer, update)).collect();
    let due = app.clock.now().plus(hold);
    let mut page_after = None;
    while !drafts.is_empty() {
        let page = recipients::page(tx, topic.id, page_after, RECIPIENTS_AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        page_after = Some(last.customer.id);
        for recipient in &page {
            let Some(update) = drafts.get(&recipient.customer.id) else { continue };
            let Some(ticket) = recipient.tickets.iter().find(|one| one.ticket.id == update.ticket) else { continue };
            let was = compose::text(app, topic, before, old.as_ref(), recipient, ticket)?;
            let text = compose::text(app, topic, after, new.as_ref(), recipient, ticket)?;
            let standing = if was.text == update.text && text.reviewed {
                updates::edit(tx, update.id, &text.text, &text.html).await?;
                UpdateStanding::held(due)
            } else {
                UpdateStanding::Draft(
                    "It is certain by now that the fix is out; read the text and approve it.".to_owned(),
                )
            };
            updates::turn(tx, update.id, UpdateState::Draft, &standing).await?;
        }
    }
    Ok(())
}
