//! What a person does with an update: approve it, rewrite it, take it back, or say that it arrived.

use crate::{
    flow::{
        advance::needs_no_correction,
        app::App,
        error::Error,
        jobs,
        tell::{arrival, compose},
    },
    model::{
        decision::Actor,
        id::UpdateId,
        milestone::MilestoneKind,
        refusal::{Missing, Refusal},
        update::{CANCELLED_BY_A_PERSON, Update, UpdateStanding, UpdateState},
    },
    store::{Tx, failures, promises, tickets, topics, updates},
    wording::html,
};

/// A person approves a draft.
pub async fn approve(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let from = update.state();
    if !from.can_be_approved() {
        return Err(Refusal::UpdateNotApprovable(from).into());
    }
    if update.text.trim().is_empty() {
        return Err(Refusal::TextOutOfBounds.into());
    }
    if update.text.contains("[...]") {
        return Err(Refusal::DraftHasGap.into());
    }
    if !updates::turn(&mut tx, id, from, &UpdateStanding::held(now)).await? {
        return Err(Refusal::UpdateChanged.into());
    }
    updates::approved(&mut tx, id, actor.as_str()).await?;
    if update.kind == MilestoneKind::Shipped
        && let Some(topic) = topics::get(&mut tx, update.topic).await?.filter(|topic| topic.cycle == update.cycle)
    {
        needs_no_correction(&mut tx, &topic).await?;
    }
    if from != UpdateState::Draft {
        // A draft follows what it quotes; what had failed or was in doubt does not.
        compose::quote_anew_unless_written(app, &mut tx, &update).await?;
    }
    failures::audit(&mut tx, actor.as_str(), "approve", &id.to_string(), now).await?;
    app.queue.add(&mut tx, jobs::Send { update: id }).await?;
    tx.commit().await?;
    Ok(())
}

/// A person writes a better text.
pub async fn edit(app: &App, id: UpdateId, text: &str, actor: &Actor) -> Result<(), Error> {
    let text = text.replace("\r\n", "\n");
    if text.trim().is_empty() || text.chars().count() > 10_000 {
        return Err(Refusal::TextOutOfBounds.into());
    }
    let mut tx = app.database.begin().await?;
    existing(&mut tx, id).await?;
    if !updates::edit(&mut tx, id, text.trim(), &html::of_text(text.trim())).await? {
        return Err(Refusal::UpdateNotEditable.into());
    }
    failures::audit(&mut tx, actor.as_str(), "edit", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// A person takes an update back before it is sent.
pub async fn cancel(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let state = update.state();
    let cancelled = UpdateStanding::Cancelled(CANCELLED_BY_A_PERSON.to_owned());
    if !state.can_be_cancelled() || !updates::turn(&mut tx, id, state, &cancelled).await? {
        return Err(Refusal::UpdateNotCancellable(state).into());
    }
    promises::settle(&mut tx, update.topic, app.clock.now()).await?;
    failures::audit(&mut tx, actor.as_str(), "cancel", &id.to_string(), app.clock.now()).await?;
    // If it had failed, this job finds nothing to do, and that takes it off the health page.
    app.queue.add(&mut tx, jobs::Send { update: id }).await?;
    tx.commit().await?;
    Ok(())
}

/// A person saw in the ticket that the customer has an update of which nobody knew whether it was sent.
pub async fn arrived(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let ticket = tickets::get(&mut tx, update.ticket).await?;
    let ticket = ticket.ok_or(Missing::TicketOfUpdate)?;
    if !arrival::arrived(app, &mut tx, &update, &ticket, None).await? {
        return Err(Refusal::UpdateNotInDoubt(update.state()).into());
    }
    failures::audit(&mut tx, actor.as_str(), "arrived", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn existing(tx: &mut Tx, id: UpdateId) -> Result<Update, Error> {
    Ok(updates::get(tx, id).await?.ok_or(Missing::Update(id))?)
}
