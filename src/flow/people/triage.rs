//! The answers to the grouping's questions, and how one is taken back.

use super::topics;
use crate::{
    base::clock::Time,
    flow::{app::App, error::Error},
    model::{
        decision::Actor,
        id::{TicketId, TopicId},
        refusal::Refusal,
    },
    store::{decisions, topics as stored},
};

/// A ticket is about this topic. The topic it opened when the question was asked may have gathered other tickets since.
/// They come along, and the two topics become one.
pub async fn same(app: &App, ticket: TicketId, topic: TopicId, actor: &Actor) -> Result<TopicId, Error> {
    same_at(app, ticket, topic, actor, app.clock.now()).await
}

/// As [`same`], as part of an answer of this time.
pub(super) async fn same_at(
    app: &App,
    ticket: TicketId,
    topic: TopicId,
    actor: &Actor,
    now: Time,
) -> Result<TopicId, Error> {
    let mut tx = app.database.begin().await?;
    let stands_in = decisions::link(&mut tx, ticket).await?.map(|link| link.topic);
    let topic = match stands_in {
        Some(own) if own != topic => topics::merge_within(app, &mut tx, own, topic, actor, now).await?,
        _ => topics::move_within(app, &mut tx, ticket, Some(topic), actor, now).await?,
    };
    tx.commit().await?;
    Ok(topic)
}

/// Takes back the newest answer about a topic: everything that was decided with it. What was answered is asked again. Returns how
/// many decisions were taken back.
///
/// # Errors
/// When there is none of this person's left.
pub async fn take_back(app: &App, topic: TopicId, actor: &Actor) -> Result<usize, Error> {
    let mut taken = 0;
    let mut answered_at = None;
    loop {
        let mut conn = app.database.read().await?;
        let last = match stored::current(&mut conn, topic).await? {
            Some(current) => decisions::last_of_a_person(&mut conn, current.id).await?,
            None => None,
        };
        drop(conn);
        // What is stored of somebody has neither their name nor their address.
        let Some(last) = last.filter(|last| last.actor.as_str() == actor.as_str()) else { break };
        if answered_at.is_some_and(|at| at != last.made_at) {
            break;
        }
        answered_at = Some(last.made_at);
        topics::undo(app, topic, actor).await?;
        taken += 1;
    }
    if taken == 0 { Err(Refusal::NothingToUndo.into()) } else { Ok(taken) }
}
