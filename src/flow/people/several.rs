//! What a person decides about several tickets of a topic at once. It has one time, so one Undo takes all of it back.

use std::time::Duration;

use super::{topics, triage};
use crate::{
    base::clock::Time,
    flow::{
        app::App,
        error::Error,
        placing::{leave, settle},
    },
    model::{
        decision::{Actor, Decided},
        id::{TicketId, TopicId},
        refusal::{Missing, Refusal},
    },
    store::{decisions, tickets, topics as stored},
};

/// The most tickets that are named at once: as many as the topic's page shows.
pub const SEVERAL_MAX: usize = 200;

/// Moves tickets from one topic to another: all of them, or none.
///
/// # Errors
/// When one of the topics or tickets does not exist, when a ticket is not in the topic, and when the topics are of two brands.
pub async fn move_all(
    app: &App,
    from: TopicId,
    leaving: &[TicketId],
    to: TopicId,
    actor: &Actor,
) -> Result<TopicId, Error> {
    let leaving = named(leaving)?;
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let (from, to) = topics::locked_pair(&mut tx, from, to).await?;
    if from.id == to.id {
        return Err(Refusal::AlreadyMerged.into());
    }
    if from.brand != to.brand {
        return Err(Refusal::BrandsDiffer.into());
    }
    let mut moving = Vec::new();
    for id in leaving {
        let ticket = tickets::get(&mut tx, id).await?.ok_or(Missing::Ticket(id))?;
        if decisions::link(&mut tx, id).await?.is_none_or(|link| link.topic != from.id) {
            return Err(Refusal::TicketsNotInTopic.into());
        }
        moving.push(ticket);
    }
    for ticket in &moving {
        let moved = Decided::Moved { ticket: ticket.id, from: Some(from.id), to: to.id };
        let (decision, _) = decisions::add(&mut tx, &moved, actor, now).await?;
        decisions::place(&mut tx, ticket.id, to.id, moved.maker(), decision, now).await?;
        decisions::answer(&mut tx, ticket.id, now).await?;
    }
    settle(app, &mut tx, &[Some(to.id), Some(from.id)]).await?;
    for ticket in &moving {
        leave(app, &mut tx, ticket, Some(from.id), to.id).await?;
    }
    tx.commit().await?;
    Ok(to.id)
}

/// Tickets are not about a topic: each leaves it for a topic of its own, and the machine never puts it there again.
///
/// # Errors
/// When one of them does not exist or is not grouped. What was said of those before it stays.
pub async fn not_same(app: &App, topic: TopicId, leaving: &[TicketId], actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    for ticket in named(leaving)? {
        topics::not_same_at(app, ticket, topic, actor, now).await?;
    }
    Ok(())
}

/// For how long what somebody decided is taken back from the page that says that it is done. A link to such a page can be made by
/// anybody, with any time in it.
const UNDONE_WITHIN: Duration = Duration::from_hours(1);

/// Takes back the newest answer about a topic, with all that was decided with it, if it was given at `since` or later, and not long ago:
/// whoever comes back to an old page does not take back what was decided before.
///
/// # Errors
/// When there is no such answer of this person left.
pub async fn undo(app: &App, topic: TopicId, since: Time, actor: &Actor) -> Result<(), Error> {
    let mut conn = app.database.read().await?;
    let last = match stored::current(&mut conn, topic).await? {
        Some(current) => decisions::last_of_a_person(&mut conn, current.id).await?,
        None => None,
    };
    drop(conn);
    let now = app.clock.now();
    if last.is_none_or(|last| last.made_at < since || now.since(last.made_at) > UNDONE_WITHIN) {
        return Err(Refusal::NothingToUndo.into());
    }
    triage::take_back(app, topic, actor).await?;
    Ok(())
}

/// Each ticket once, if they are not too many.
fn named(leaving: &[TicketId]) -> Result<Vec<TicketId>, Error> {
    let mut each = leaving.to_vec();
    each.sort_unstable();
    each.dedup();
    if each.is_empty() || each.len() > SEVERAL_MAX {
        return Err(Refusal::SplitOutOfBounds { most: SEVERAL_MAX }.into());
    }
    Ok(each)
}
