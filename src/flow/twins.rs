//! Which topics may be the same as another, for whoever escalates it or looks at it.

use crate::{
    model::{id::TopicId, issue::TopicIssue, topic::Topic},
    store::{Conn, StoreError, decisions, issues, likely_members, raised, ticket_views::TicketView},
};

/// From which likelihood on another topic is worth a look.
pub(super) const WORTH_A_LOOK: f64 = 0.2;
/// How many are named.
const TWINS: usize = 3;

/// A topic that may be the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Twin {
    /// The topic.
    pub topic: Topic,
    /// How likely.
    pub score: f64,
    /// Its issue.
    pub issue: Option<TopicIssue>,
}

/// The topics that may be the same as this one, as its tickets were grouped: not its likely members, which are asked about by
/// themselves, and none of which a person said that it is not the same. The likeliest come first.
///
/// # Errors
/// When the database fails.
pub async fn of_topic(conn: &mut Conn, own: &Topic, tickets: &[TicketView]) -> Result<Vec<Twin>, StoreError> {
    let guesses = tickets.iter().filter_map(|ticket| ticket.guess.as_ref());
    let mut ranked: Vec<_> = guesses.flat_map(|guess| guess.reasons.candidates.iter().copied()).collect();
    ranked.retain(|candidate| candidate.score >= WORTH_A_LOOK);
    ranked.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.topic.cmp(&other.topic)));
    let parted = decisions::parted_from(conn, own.id).await?;
    let mut twins: Vec<Twin> = Vec::new();
    let mut seen: Vec<TopicId> = Vec::new();
    for candidate in ranked {
        if twins.len() == TWINS {
            break;
        }
        if seen.contains(&candidate.topic) {
            continue;
        }
        seen.push(candidate.topic);
        let Some(topic) = raised::offered(conn, candidate.topic).await? else { continue };
        let is_named = twins.iter().any(|twin| twin.topic.id == topic.id);
        let is_known = topic.id == own.id || is_named || parted.contains(&topic.id);
        if is_known || topic.brand != own.brand || likely_members::stands_in(conn, topic.id).await?.is_some() {
            continue;
        }
        let issue = issues::of_topic(conn, topic.id).await?;
        twins.push(Twin { topic, score: candidate.score, issue });
    }
    Ok(twins)
}
