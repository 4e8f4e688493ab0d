//! The questions of the grouping, as a person is asked them.

use crate::{
    model::{
        id::{TicketId, TopicId},
        topic::Topic,
    },
    store::{Conn, StoreError, decisions::Question, topics},
};

/// A topic that a ticket may belong to.
#[derive(Clone, Debug)]
pub struct CandidateTopic {
    /// The topic.
    pub topic: Topic,
    /// Its most similar ticket, where the grouping named one.
    pub ticket: Option<TicketId>,
    /// How likely it is, from 0 to 1.
    pub likelihood: f64,
}

/// The topics a question is about, the likeliest first. A topic that was merged since is asked about as the one that
/// carries on, and the topic the ticket is in already is left out.
///
/// # Errors
/// When the database fails.
pub async fn candidates(
    conn: &mut Conn,
    question: &Question,
    own: Option<TopicId>,
) -> Result<Vec<CandidateTopic>, StoreError> {
    let mut candidates: Vec<CandidateTopic> = Vec::new();
    for stored in question.candidates.as_array().into_iter().flatten() {
        let Some(id) = stored.get("topic").and_then(|id| id.as_str()).and_then(TopicId::parse) else { continue };
        if let Some(topic) = topics::current(conn, id).await?
            && Some(topic.id) != own
            && candidates.iter().all(|known| known.topic.id != topic.id)
        {
            candidates.push(CandidateTopic {
                topic,
                ticket: stored.get("ticket").and_then(|ticket| ticket.as_str()).and_then(TicketId::parse),
                likelihood: stored.get("score").and_then(serde_json::Value::as_f64).unwrap_or(0.0),
            });
        }
    }
    Ok(candidates)
}
