//! The grouping's questions, as a person sees them.

use crate::{
    model::{
        id::{TicketId, TopicId},
        topic::Topic,
    },
    store::{Conn, StoreError, decisions::Question, raised},
};

/// A topic that a ticket may belong to.
#[derive(Clone, Debug)]
pub struct CandidateTopic {
    /// The topic.
    pub topic: Topic,
    /// Its most similar ticket.
    pub ticket: TicketId,
    /// How likely it is, from 0 to 1.
    pub likelihood: f64,
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
            candidates.push(CandidateTopic { topic, ticket: ranked.ticket, likelihood: ranked.score });
        }
    }
    Ok(candidates)
}
