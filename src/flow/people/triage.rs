//! The answers to the grouping's questions.

use super::topics;
use crate::{
    flow::{app::App, error::Error},
    model::{
        decision::Actor,
        id::{TicketId, TopicId},
    },
    store::decisions,
};

/// A ticket is about this topic. The topic it opened when the question was asked may have gathered other tickets since.
/// They come along, and the two topics become one.
pub async fn same(app: &App, ticket: TicketId, topic: TopicId, actor: &Actor) -> Result<TopicId, Error> {
    let mut tx = app.database.begin().await?;
    let stands_in = decisions::link(&mut tx, ticket).await?.map(|link| link.topic);
    let topic = match stands_in {
        Some(own) if own != topic => topics::merge_within(app, &mut tx, own, topic, actor).await?,
        _ => topics::move_within(app, &mut tx, ticket, Some(topic), actor).await?,
    };
    tx.commit().await?;
    Ok(topic)
}
