//! The milestones of topics: each kind once in a cycle.

use super::{
    Result, Session, Tx,
    columns::{owed, record},
};
use crate::base::clock::Time;
use crate::model::{
    id::{MilestoneId, ReleaseId, TopicId},
    milestone::{Milestone, MilestoneKind},
};

record!(Milestone {
    id, topic = "topic_id", kind, cycle, at, release = "release_id", confidence, doubt, words, by = "by_whom",
    recorded_at
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, topic_id, kind, cycle, at, release_id, confidence, doubt, words, by_whom, recorded_at FROM milestone ",
            $rest
        )
    };
}

/// Records a milestone. False if the topic already has it in this cycle (G2, twice, late or out of order changes
/// nothing).
pub async fn add(tx: &mut Tx, milestone: &Milestone) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO milestone (id, topic_id, kind, cycle, at, release_id, confidence, words, by_whom,
                                    recorded_at, doubt)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (topic_id, kind, cycle) DO NOTHING",
        )
        .bind(milestone.id)
        .bind(milestone.topic)
        .bind(milestone.kind)
        .bind(milestone.cycle)
        .bind(milestone.at)
        .bind(milestone.release)
        .bind(milestone.confidence)
        .bind(milestone.words.as_deref())
        .bind(milestone.by.as_str())
        .bind(milestone.recorded_at)
        .bind(milestone.doubt.as_deref())
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Of a step that was only likely more is known now: by which release, since when, and how sure that is.
pub async fn settle(tx: &mut Tx, known: &Milestone) -> Result<()> {
    tx.query("UPDATE milestone SET release_id = $2, confidence = $3, doubt = $4, at = $5 WHERE id = $1")
        .bind(known.id)
        .bind(known.release)
        .bind(known.confidence)
        .bind(known.doubt.as_deref())
        .bind(known.at)
        .execute()
        .await?;
    Ok(())
}

/// A person's words for a milestone that came without any.
pub async fn set_words(tx: &mut Tx, id: MilestoneId, words: &str) -> Result<()> {
    tx.query("UPDATE milestone SET words = $2 WHERE id = $1").bind(id).bind(words).execute().await?;
    Ok(())
}

/// A repository's shipped milestones since `since`, which a revert or a withdrawn release may take back, and those of which somebody
/// is still to be told: not of what waits for a person since before `lying_since`.
pub async fn shipped_since(
    session: &mut impl Session,
    repository: &str,
    since: Time,
    lying_since: Time,
) -> Result<Vec<Milestone>> {
    session
        .query(concat!(
            select!(
                "WHERE kind = 'shipped' AND release_id IN (SELECT release.id FROM release WHERE release.repository = $1)
                   AND (at >= $2 OR id IN (SELECT waits.milestone_id FROM \"update\" waits WHERE waits.state IN "
            ),
            owed!(),
            " AND (waits.state IN ('held', 'sending') OR waits.created_at >= $3))) ORDER BY id"
        ))
        .bind(repository)
        .bind(since)
        .bind(lying_since)
        .all()
        .await
}

/// The shipped milestones that name a release.
pub async fn of_release(session: &mut impl Session, release: ReleaseId) -> Result<Vec<Milestone>> {
    session.query(select!("WHERE kind = 'shipped' AND release_id = $1 ORDER BY id")).bind(release).all().await
}

/// The milestone of this id.
pub async fn get(session: &mut impl Session, id: MilestoneId) -> Result<Option<Milestone>> {
    session.query(select!("WHERE id = $1")).bind(id).optional().await
}

/// A topic's milestone of a kind in a cycle.
pub async fn find(
    session: &mut impl Session,
    topic: TopicId,
    kind: MilestoneKind,
    cycle: i64,
) -> Result<Option<Milestone>> {
    session
        .query(select!("WHERE topic_id = $1 AND kind = $2 AND cycle = $3"))
        .bind(topic)
        .bind(kind)
        .bind(cycle)
        .optional()
        .await
}

/// The milestones of a topic, oldest first.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<Milestone>> {
    session.query(select!("WHERE topic_id = $1 ORDER BY at, id")).bind(topic).all().await
}
