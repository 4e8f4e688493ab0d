//! What follows wherever a ticket is put into a topic by somebody who says that it belongs there.

use super::{
    advance,
    app::App,
    error::Error,
    tell::{compose, waiting},
};
use crate::{
    base::clock::Time,
    model::{
        decision::{Actor, Decided},
        id::{TopicId, UpdateId},
        ticket::Ticket,
        update::{UpdateStanding, UpdateState},
    },
    store::{Tx, decisions, likely_members, tickets, topics, update_moves, updates},
};

/// Puts a ticket into a topic, with all that follows. What was decided is a decision of whoever makes such.
pub(super) async fn put(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    (from, to): (Option<TopicId>, TopicId),
    decided: &Decided,
    actor: &Actor,
    now: Time,
) -> Result<(), Error> {
    let (decision, _) = decisions::add(tx, decided, actor, now).await?;
    decisions::place(tx, ticket.id, to, decided.maker(), decision, now).await?;
    decisions::answer(tx, ticket.id, now).await?;
    came_from(app, tx, ticket, from, to).await
}

/// A ticket came from one topic into another.
pub(super) async fn came_from(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    from: Option<TopicId>,
    to: TopicId,
) -> Result<(), Error> {
    settle(app, tx, &[Some(to), from]).await?;
    leave(app, tx, ticket, from, to).await
}

/// What was about to be told in the topic that a ticket left goes without it.
pub(super) async fn leave(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    from: Option<TopicId>,
    to: TopicId,
) -> Result<(), Error> {
    quote_what_stayed(app, tx, ticket, to).await?;
    if let Some(from) = from.filter(|from| *from != to) {
        let left = tickets::of_customer(tx, ticket.customer, from).await?;
        if left.is_empty() {
            update_moves::cancel_for(tx, ticket.customer, from, waiting::MOVED_AWAY).await?;
        }
    }
    Ok(())
}

/// Updates about other topics that quote a ticket which left them quote another of their customer's.
pub(super) async fn quote_what_stayed(app: &App, tx: &mut Tx, ticket: &Ticket, now_in: TopicId) -> Result<(), Error> {
    for update in updates::unsent_in(tx, ticket.id).await? {
        if update.topic != now_in && !tickets::of_customer(tx, update.customer, update.topic).await?.is_empty() {
            compose::quote_anew(app, tx, &update).await?;
        }
    }
    Ok(())
}

/// What follows from any correction: the topics' times, their issues, and who is told.
pub(super) async fn settle(app: &App, tx: &mut Tx, touched: &[Option<TopicId>]) -> Result<(), Error> {
    for topic in touched.iter().flatten() {
        likely_members::settle(tx, *topic).await?;
        ask_about_who_is_back(app, tx, *topic).await?;
        topics::refresh_times(tx, *topic).await?;
        advance::sync_issue(app, tx, *topic).await?;
        advance::replan_updates(app, tx, *topic).await?;
    }
    Ok(())
}

/// Whoever was to be told of a fix when their ticket left the topic, and is in it again, was told nothing: a person sees whether they
/// are (G4, one update per customer and milestone: none is forgotten).
async fn ask_about_who_is_back(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Error> {
    let left = [waiting::MOVED_AWAY, waiting::SPLIT_OFF, waiting::NOT_THE_SAME, waiting::NOT_LIKELY];
    for id in update_moves::missed(tx, topic, left).await? {
        want_again(app, tx, id, &UpdateStanding::Draft(waiting::IS_BACK.to_owned())).await?;
    }
    Ok(())
}

/// An update that was cancelled waits for a person. The words that it quotes may be others by now.
pub(super) async fn want_again(app: &App, tx: &mut Tx, id: UpdateId, asked: &UpdateStanding) -> Result<(), Error> {
    if updates::turn(tx, id, UpdateState::Cancelled, asked).await?
        && let Some(update) = updates::get(tx, id).await?
    {
        compose::quote_anew_unless_written(app, tx, &update).await?;
    }
    Ok(())
}
