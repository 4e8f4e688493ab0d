//! The grouping's questions, as a person sees them.

use crate::{
    model::{
        id::{TicketId, TopicId},
        topic::Topic,
    },
    store::{Conn, StoreError, decisions::Question, raised, ticket_views},
};

/// A topic that a ticket may belong to.
#[derive(Clone, Debug)]
pub struct CandidateTopic {
    /// The topic.
    pub topic: Topic,
    /// Its most similar ticket.
    pub ticket: TicketId,
    /// How likely it is, from 0 to 1. `None` if a person found it, and Heard did not think of it.
    pub likelihood: Option<f64>,
}

/// The topics a question is about, the likeliest first. If a topic was merged since, the one that carries on takes its
/// place. The topic that the ticket is already in is left out.
///
/// # Errors
/// When the database fails.
pub async fn candidates(
    conn: &mut Conn,
    question: &Question,
    own: Option<TopicId>,
) -> Result<Vec<CandidateTopic>, StoreError> {
    let mut candidates: Vec<CandidateTopic> = Vec::new();
    for ranked in &question.candidates {
        if let Some(topic) = raised::offered(conn, ranked.topic).await?
            && Some(topic.id) != own
            && candidates.iter().all(|known| known.topic.id != topic.id)
        {
            candidates.push(CandidateTopic { topic, ticket: ranked.ticket, likelihood: Some(ranked.score) });
        }
    }
    Ok(candidates)
}

/// A topic that a person found, for a ticket that is in another topic of the same brand. `None` if the ticket cannot go there.
///
/// # Errors
/// When the database fails.
pub async fn found(conn: &mut Conn, wanted: TopicId, own: &Topic) -> Result<Option<CandidateTopic>, StoreError> {
    let Some(topic) = raised::offered(conn, wanted).await? else { return Ok(None) };
    if topic.id == own.id || topic.brand != own.brand {
        return Ok(None);
    }
    let newest = ticket_views::of_topic(conn, topic.id, 1).await?.pop();
    Ok(newest.map(|newest| CandidateTopic { topic, ticket: newest.ticket, likelihood: None }))
}
