//! Likely members: a topic that the grouping opened with a question stands in the topic that it most probably belongs to, until
//! somebody answers. [`settle`] keeps `topic.likely_in` up, in the transactions that change what it is derived from.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Result, Session, Tx,
    columns::record,
    raised::{self, speaks},
    topics,
};
use crate::model::id::TopicId;

/// A topic that was opened with a question, and what the likeliest answer is.
struct Opened {
    topic: TopicId,
    likely: TopicId,
}
record!(Opened { topic = "topic_id", likely = "likely_topic_id" });

/// The open questions that opened a topic which still stands by itself. The ticket has to be in it still.
macro_rules! opened {
    ($which:literal) => {
        concat!(
            "SELECT decision.topic_id, decision.likely_topic_id FROM decision
                 JOIN topic ON topic.id = decision.topic_id AND topic.state = 'open' AND topic.merged_into IS NULL
                 JOIN question ON question.ticket_id = decision.ticket_id AND question.answered_at IS NULL
                 JOIN link ON link.ticket_id = decision.ticket_id AND link.topic_id = decision.topic_id
             WHERE decision.verdict = 'ask' AND decision.likely_topic_id IS NOT NULL AND ",
            $which
        )
    };
}

/// Where a topic most probably belongs, while nobody has answered.
async fn likely(session: &mut impl Session, topic: TopicId) -> Result<Option<TopicId>> {
    let row = session.query(opened!("topic.id = $1 ORDER BY decision.seq LIMIT 1")).bind(topic);
    Ok(row.optional::<Opened>().await?.map(|opened| opened.likely))
}

/// The topic in which all tickets of this one are likely members, after every guess and every merge. `None` if it stands by
/// itself.
async fn place(
    session: &mut impl Session,
    topic: TopicId,
    known: &BTreeMap<TopicId, TopicId>,
) -> Result<Option<TopicId>> {
    let mut seen = BTreeSet::from([topic]);
    let mut at = topic;
    loop {
        let next = match known.get(&at) {
            Some(next) => Some(*next),
            None => likely(session, at).await?,
        };
        let next = match next {
            Some(next) => raised::offered(session, next).await?.map(|topic| topic.id),
            None => None,
        };
        match next {
            Some(next) if seen.insert(next) => at = next,
            // Guesses in a ring, which merges can make, lead nowhere.
            Some(_) => return Ok(None),
            None => return Ok((at != topic).then_some(at)),
        }
    }
}

/// Where a topic stands, as [`settle`] left it.
pub async fn stands_in(session: &mut impl Session, topic: TopicId) -> Result<Option<TopicId>> {
    let row = session.query("SELECT likely_in FROM topic WHERE id = $1").bind(topic).optional::<(Option<TopicId>,)>();
    Ok(row.await?.and_then(|(likely_in,)| likely_in))
}

/// Finds anew where a topic stands, and every topic whose place hangs on it.
pub async fn settle(tx: &mut Tx, topic: TopicId) -> Result<()> {
    let mut hang_on_it = BTreeSet::from([topic]);
    let mut to_look_at = vec![topic];
    let mut known = BTreeMap::new();
    while let Some(at) = to_look_at.pop() {
        let merged = tx.query("SELECT id FROM topic WHERE merged_into = $1").bind(at).all::<(TopicId,)>().await?;
        let guessed = tx.query(opened!("decision.likely_topic_id = $1")).bind(at).all::<Opened>().await?;
        known.extend(guessed.iter().map(|opened| (opened.topic, opened.likely)));
        let found = merged.into_iter().map(|(id,)| id).chain(guessed.into_iter().map(|opened| opened.topic));
        to_look_at.extend(found.filter(|id| hang_on_it.insert(*id)));
    }
    known.remove(&topic);
    for member in hang_on_it {
        let mut stands = place(tx, member, &known).await?;
        if let Some(found) = stands {
            // A merge that is under way ends first, and what it did is seen.
            stands = topics::lock_current(tx, found).await?.map(|current| current.id).filter(|id| *id != member);
        }
        let sql = "UPDATE topic SET likely_in = $2 WHERE id = $1";
        tx.query(sql).bind(member).bind(stands).execute().await?;
    }
    Ok(())
}

/// Topics that stand in one that was merged away, stands elsewhere itself, or is raised by nobody: whoever finds some settles
/// them.
pub async fn misplaced(session: &mut impl Session, limit: i64) -> Result<Vec<TopicId>> {
    let rows = session
        .query(concat!(
            "SELECT topic.id FROM topic JOIN topic place ON place.id = topic.likely_in
             WHERE place.merged_into IS NOT NULL OR place.likely_in IS NOT NULL OR topic.merged_into IS NOT NULL
                OR NOT EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id
                               WHERE link.topic_id = place.id AND ",
            speaks!(),
            ") ORDER BY topic.id LIMIT $1"
        ))
        .bind(limit)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
