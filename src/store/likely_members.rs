//! Likely members: a topic that the grouping opened with a question stands in the topic that it most probably belongs to, until
//! somebody answers. [`settle`] keeps `topic.likely_in` up, in the transactions that change what it is derived from.

use std::collections::BTreeSet;

use super::{
    Result, Session, Tx,
    columns::record,
    raised::{self, speaks},
    topics,
};
use crate::model::id::TopicId;

/// Whether a decision opened a topic with a question that still waits, and the ticket and the topic are where it put them.
macro_rules! waits {
    () => {
        "decision.verdict = 'ask' AND topic.state = 'open' AND topic.merged_into IS NULL
           AND NOT EXISTS (SELECT 1 FROM decision later WHERE later.ticket_id = decision.ticket_id AND later.maker = 'machine'
                           AND later.seq > decision.seq)
           AND EXISTS (SELECT 1 FROM question JOIN link ON link.ticket_id = question.ticket_id
                       WHERE question.ticket_id = decision.ticket_id AND question.answered_at IS NULL
                         AND link.topic_id = decision.topic_id)"
    };
}

/// The tickets whose own guess names `$1`, each with how likely that is. Not those whose guess hangs on another guess, nor those that
/// joined such a ticket, nor where somebody said of a ticket there that it is about something else. It needs `waits` in scope.
macro_rules! guessed {
    () => {
        concat!(
            "WITH RECURSIVE part (id) AS (
                 SELECT topic.id FROM topic WHERE topic.id = $1
                 UNION SELECT topic.id FROM topic JOIN part ON topic.merged_into = part.id
             ), guessed (ticket_id, score) AS (
                 SELECT decision.ticket_id, decision.score FROM topic JOIN decision ON decision.topic_id = topic.id
                 WHERE topic.likely_in = $1 AND decision.likely_topic_id IN (SELECT part.id FROM part)
                   AND NOT EXISTS (SELECT 1 FROM decision said JOIN link theirs ON theirs.ticket_id = said.ticket_id
                                   WHERE theirs.topic_id = topic.id AND said.maker <> 'machine' AND said.verdict = 'not_same'
                                     AND said.undone_by IS NULL AND said.topic_id IN (SELECT part.id FROM part))
                   AND ",
            waits!(),
            ") "
        )
    };
}
pub(super) use guessed;
pub(super) use waits;

/// Where a topic most probably belongs, while nobody has answered.
async fn likely(session: &mut impl Session, topic: TopicId) -> Result<Option<TopicId>> {
    let row = session
        .query(concat!(
            "SELECT decision.likely_topic_id FROM decision JOIN topic ON topic.id = decision.topic_id
             WHERE decision.topic_id = $1 AND ",
            waits!(),
            " ORDER BY decision.seq LIMIT 1"
        ))
        .bind(topic);
    Ok(row.optional::<(Option<TopicId>,)>().await?.and_then(|(guess,)| guess))
}

/// The topic that carries on for a guess, if somebody raises it.
async fn offered(session: &mut impl Session, guess: Option<TopicId>) -> Result<Option<TopicId>> {
    match guess {
        Some(guess) => Ok(raised::offered(session, guess).await?.map(|topic| topic.id)),
        None => Ok(None),
    }
}

/// The topic in which all tickets of this one are likely members, found guess by guess. `None` if it stands by itself. Guesses in
/// a ring, which merges can make, lead nowhere: each of its topics stands by itself.
pub async fn found_anew(session: &mut impl Session, topic: TopicId) -> Result<Option<TopicId>> {
    Ok(way(session, topic).await?.0)
}

/// Where a topic stands, and which topics its guesses led over.
async fn way(session: &mut impl Session, topic: TopicId) -> Result<(Option<TopicId>, BTreeSet<TopicId>)> {
    let mut over = BTreeSet::new();
    let mut at = topic;
    loop {
        let guess = likely(session, at).await?;
        match offered(session, guess).await? {
            Some(next) if next == topic => return Ok((None, over)),
            Some(next) if over.insert(next) => at = next,
            // It leads into a ring, of which this is the first.
            Some(next) => return Ok((Some(next), over)),
            None => return Ok(((at != topic).then_some(at), over)),
        }
    }
}

/// Where a topic stands, as [`settle`] left it.
pub async fn stands_in(session: &mut impl Session, topic: TopicId) -> Result<Option<TopicId>> {
    let row = session.query("SELECT likely_in FROM topic WHERE id = $1").bind(topic).optional::<(Option<TopicId>,)>();
    Ok(row.await?.and_then(|(likely_in,)| likely_in))
}

/// How many tickets are likely members of a topic.
pub async fn count(session: &mut impl Session) -> Result<i64> {
    let row = session
        .query(concat!(
            "SELECT count(*) FROM topic JOIN link ON link.topic_id = topic.id JOIN ticket ON ticket.id = link.ticket_id
             WHERE topic.likely_in IS NOT NULL AND NOT ticket.internal AND ",
            speaks!()
        ))
        .one::<(i64,)>();
    Ok(row.await?.0)
}

/// A topic whose place hangs on another, and where it stands.
struct HangsOn {
    topic: TopicId,
    likely_in: Option<TopicId>,
    waits: i64,
}
record!(HangsOn { topic = "topic_id", likely_in, waits });

/// Finds anew where a topic stands, and each whose place hangs on it, as far as places change.
pub async fn settle(tx: &mut Tx, topic: TopicId) -> Result<()> {
    let place = found_anew(tx, topic).await?;
    if stands_in(tx, topic).await? != place {
        stands(tx, topic, place).await?;
    }
    let mut seen = BTreeSet::from([topic]);
    let mut changed = vec![topic];
    while let Some(at) = changed.pop() {
        let merged = tx.query("SELECT id FROM topic WHERE merged_into = $1").bind(at).all::<(TopicId,)>().await?;
        changed.extend(merged.into_iter().map(|(id,)| id).filter(|id| seen.insert(*id)));
        let hanging = tx
            .query(concat!(
                "SELECT decision.topic_id, topic.likely_in, CAST(CASE WHEN ",
                waits!(),
                " THEN 1 ELSE 0 END AS BIGINT) AS waits
                 FROM decision JOIN topic ON topic.id = decision.topic_id
                 WHERE decision.likely_topic_id = $1 AND decision.verdict = 'ask' ORDER BY decision.seq"
            ))
            .bind(at)
            .all::<HangsOn>()
            .await?;
        if hanging.is_empty() {
            continue;
        }
        // All of them stand where this one does, or in it, but for those over which its own guesses lead.
        let (common, over) = match offered(tx, Some(at)).await? {
            Some(near) => {
                let (far, over) = way(tx, near).await?;
                (Some(far.unwrap_or(near)), over)
            }
            None => (None, BTreeSet::new()),
        };
        for member in hanging {
            let place = if member.waits == 0 {
                None
            } else if common == Some(member.topic) || over.contains(&member.topic) {
                found_anew(tx, member.topic).await?
            } else {
                common
            };
            if place != member.likely_in {
                stands(tx, member.topic, place).await?;
                if seen.insert(member.topic) {
                    changed.push(member.topic);
                }
            }
        }
    }
    Ok(())
}

/// Keeps where a topic stands. A merge that is under way ends first, and what it did is seen.
async fn stands(tx: &mut Tx, topic: TopicId, place: Option<TopicId>) -> Result<()> {
    let place = match place {
        Some(place) => topics::lock_current(tx, place).await?.map(|current| current.id).filter(|id| *id != topic),
        None => None,
    };
    tx.touched.places.insert(topic);
    tx.query("UPDATE topic SET likely_in = $2 WHERE id = $1").bind(topic).bind(place).execute().await?;
    Ok(())
}

/// Topics that stand in one that was merged away, stands elsewhere itself, or is raised by nobody: whoever finds some settles
/// them.
pub async fn misplaced(session: &mut impl Session, limit: i64) -> Result<Vec<TopicId>> {
    let rows = session
        .query(concat!(
            "SELECT topic.id FROM topic JOIN topic place ON place.id = topic.likely_in
             WHERE topic.likely_in IS NOT NULL
               AND (place.merged_into IS NOT NULL OR place.likely_in IS NOT NULL OR topic.merged_into IS NOT NULL
                 OR NOT EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id
                                WHERE link.topic_id = place.id AND ",
            speaks!(),
            ")) ORDER BY topic.id LIMIT $1"
        ))
        .bind(limit)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
