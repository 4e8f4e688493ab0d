//! Which likely members of a topic belong to it, a person says, for as many as they like at once.

use super::{topics, triage};
use crate::{
    flow::{app::App, error::Error},
    model::{
        decision::Actor,
        id::{TicketId, TopicId},
        refusal::{Missing, Refusal},
    },
    store::{decisions, likely_members, topics as stored},
};

/// The most tickets one answer may name.
pub const ANSWERS_MAX: usize = 1_000;

/// These belong to the topic, and those do not. What the topics that were opened with a question have gathered since comes along
/// with the ticket that opened them. A ticket that is no likely member any more is left as it is. Returns how many answers counted.
///
/// # Errors
/// When the topic does not exist, and when more tickets are named than [`ANSWERS_MAX`]. What was answered before an error stays.
pub async fn answer(
    app: &App,
    topic: TopicId,
    same: &[TicketId],
    not_same: &[TicketId],
    actor: &Actor,
) -> Result<usize, Error> {
    if same.len() + not_same.len() > ANSWERS_MAX {
        return Err(Refusal::AnswersOutOfBounds { most: ANSWERS_MAX }.into());
    }
    // Answered at once, and taken back at once.
    let now = app.clock.now();
    let mut counted = 0;
    let answers = same.iter().map(|ticket| (*ticket, true)).chain(not_same.iter().map(|ticket| (*ticket, false)));
    for (ticket, is_same) in answers {
        let mut conn = app.database.read().await?;
        let current = stored::current(&mut conn, topic).await?.ok_or(Missing::Topic(topic))?.id;
        let place = match decisions::link(&mut conn, ticket).await? {
            Some(link) => likely_members::stands_in(&mut conn, link.topic).await?,
            None => None,
        };
        drop(conn);
        if place != Some(current) {
            continue;
        }
        if is_same {
            triage::same_at(app, ticket, current, actor, now).await?;
        } else {
            topics::not_same_at(app, ticket, current, actor, now).await?;
        }
        counted += 1;
    }
    Ok(counted)
}
