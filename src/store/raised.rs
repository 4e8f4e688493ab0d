//! Which topics somebody still raises. A topic whose tickets were all moved, merged away or deleted is offered nowhere.

use super::{Result, Session, topics};
use crate::model::{id::TopicId, topic::Topic};

/// Whether a ticket speaks for the topic that it is linked to: it was not deleted, and it was not merged into a ticket of
/// another topic.
macro_rules! speaks {
    () => {
        "(ticket.status <> 'deleted' AND NOT (ticket.status = 'merged' AND EXISTS (
             SELECT 1 FROM ticket target JOIN link elsewhere ON elsewhere.ticket_id = target.id
             WHERE target.connection = ticket.connection AND target.external_id = ticket.merged_into
               AND elsewhere.topic_id <> link.topic_id)))"
    };
}
pub(super) use speaks;

/// Whether somebody raises a topic.
pub async fn is_raised(session: &mut impl Session, id: TopicId) -> Result<bool> {
    let row = session
        .query(concat!(
            "SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id WHERE link.topic_id = $1 AND ",
            speaks!(),
            " LIMIT 1"
        ))
        .bind(id)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// Whether whoever may not read customers' words sees a topic: not if only agents speak of it, among themselves, and nothing was
/// escalated. Its name may be the subject of an internal ticket.
pub async fn is_for_everybody(session: &mut impl Session, id: TopicId) -> Result<bool> {
    let row = session
        .query(
            "SELECT 1 FROM topic WHERE topic.id = $1
                 AND (topic.state <> 'open' OR EXISTS (SELECT 1 FROM issue WHERE issue.topic_id = topic.id)
                      OR EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id
                                 WHERE link.topic_id = topic.id AND NOT ticket.internal))",
        )
        .bind(id)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// The topic that carries on for this one, if somebody raises it: one that people may choose.
pub async fn offered(session: &mut impl Session, id: TopicId) -> Result<Option<Topic>> {
    let Some(topic) = topics::current(session, id).await? else { return Ok(None) };
    Ok(is_raised(session, topic.id).await?.then_some(topic))
}

/// The topics that the tickets which once were in this one are in now.
pub async fn went_to(session: &mut impl Session, id: TopicId) -> Result<Vec<TopicId>> {
    let rows = session
        .query(
            "SELECT link.topic_id FROM decision JOIN link ON link.ticket_id = decision.ticket_id
                 JOIN ticket ON ticket.id = link.ticket_id
             WHERE (decision.topic_id = $1 OR decision.other_topic_id = $1) AND link.topic_id <> $1
               AND ticket.status <> 'deleted'
               AND decision.verdict IN ('join', 'ask', 'new', 'move', 'incident', 'merged_ticket', 'same_issue')
             UNION
             SELECT elsewhere.topic_id FROM link JOIN ticket ON ticket.id = link.ticket_id
                 JOIN ticket target ON target.connection = ticket.connection AND target.external_id = ticket.merged_into
                 JOIN link elsewhere ON elsewhere.ticket_id = target.id
             WHERE link.topic_id = $1 AND ticket.status = 'merged' AND elsewhere.topic_id <> $1
             ORDER BY 1",
        )
        .bind(id)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
