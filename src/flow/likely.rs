//! What a ticket is likely a duplicate of: offered to the agent before anything new is filed.

use super::{app::App, error::Error, group};
use crate::{
    model::{id::TicketId, issue::TopicIssue, topic::Topic},
    store::{issues, raised},
};

/// A topic the ticket may belong to instead, for the agent to choose before a new issue is filed.
#[derive(Clone, Debug, PartialEq)]
pub struct Likely {
    /// The topic.
    pub topic: Topic,
    /// How likely.
    pub score: f64,
    /// Its issue.
    pub issue: Option<TopicIssue>,
}

/// The likely duplicates: offered before anything new is filed.
pub async fn candidates(app: &App, ticket: TicketId) -> Result<Vec<Likely>, Error> {
    let found = group::candidates(app, ticket).await?;
    let mut conn = app.database.read().await?;
    let mut likely: Vec<Likely> = Vec::new();
    for (id, score) in found {
        if let Some(topic) = raised::offered(&mut conn, id).await?
            && likely.iter().all(|known| known.topic.id != topic.id)
        {
            let issue = issues::of_topic(&mut conn, topic.id).await?;
            likely.push(Likely { topic, score, issue });
        }
    }
    Ok(likely)
}
