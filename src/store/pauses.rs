//! Pauses: which messages to customers wait. They are asked for in the transaction that sends, so they count for every process.

use super::{
    Result, Session, Tx,
    columns::{pauses, record},
};
use crate::{
    base::clock::Time,
    model::{
        id::TopicId,
        issue::Repository,
        pause::{Pause, PausedPart},
    },
};

/// [`Pause`] as a row.
struct PauseRow {
    part: String,
    since: Time,
    by: String,
}
record!(PauseRow { part, since = "paused_at", by = "actor" });

/// Begins a pause; false if there is one already.
pub async fn begin(tx: &mut Tx, pause: &Pause) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO pause (part, topic_id, paused_at, actor) VALUES ($1, $2, $3, $4) ON CONFLICT (part) DO NOTHING",
        )
        .bind(pause.part.key())
        .bind(pause.part.topic())
        .bind(pause.since)
        .bind(pause.by.as_str())
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Ends a pause; false if there is none.
pub async fn end(tx: &mut Tx, part: &PausedPart) -> Result<bool> {
    Ok(tx.query("DELETE FROM pause WHERE part = $1").bind(part.key()).execute().await? == 1)
}

/// Every pause, that of everything first.
pub async fn all(session: &mut impl Session) -> Result<Vec<Pause>> {
    let rows = session
        .query("SELECT part, paused_at, actor FROM pause ORDER BY part <> 'everything', paused_at, part")
        .all::<PauseRow>()
        .await?;
    let read = |PauseRow { part, since, by }| PausedPart::parse(&part).map(|part| Pause { part, since, by });
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Whether a message about this topic in this helpdesk has to wait. A repository is paused by any name that it had: the settings have an
/// old one until a person changes it there.
pub async fn stop(session: &mut impl Session, topic: TopicId, connection: &str) -> Result<bool> {
    let row = session
        .query(concat!("SELECT 1 FROM pause WHERE ", pauses!("$1", "CAST($2 AS TEXT)"), " LIMIT 1"))
        .bind(topic)
        .bind(connection)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// A repository has another name: if it is paused, it is under the new one as well, and so it is by a pause of the old one that begins
/// later. Under the old one other issues may be known.
pub async fn rename(tx: &mut Tx, old: &Repository, new: &Repository) -> Result<()> {
    let (before, now) = (old.as_str().to_lowercase(), new.as_str().to_lowercase());
    let old_names = "INSERT INTO renamed (name, became) SELECT name, $2 FROM renamed WHERE became = $1 ON CONFLICT (name, became) DO NOTHING";
    tx.query(old_names).bind(before.as_str()).bind(now.as_str()).execute().await?;
    let this_one = "INSERT INTO renamed (name, became) VALUES ($1, $2) ON CONFLICT (name, became) DO NOTHING";
    if tx.query(this_one).bind(before.as_str()).bind(now.as_str()).execute().await? == 0 {
        // It is known, and whoever has ended the pause of the new name since does not want another.
        return Ok(());
    }
    tx.query(
        "INSERT INTO pause (part, topic_id, paused_at, actor)
         SELECT $2, topic_id, paused_at, actor FROM pause WHERE part = $1 ON CONFLICT (part) DO NOTHING",
    )
    .bind(PausedPart::Repository(old.clone()).key())
    .bind(PausedPart::Repository(new.clone()).key())
    .execute()
    .await?;
    Ok(())
}

/// The issue of a topic is in another repository by now. If the one that it was in is paused and the new one is not, the topic is
/// paused from now on: what was to wait goes on waiting.
pub async fn leave(tx: &mut Tx, topic: TopicId, old: &Repository, new: &Repository) -> Result<()> {
    tx.query(
        "INSERT INTO pause (part, topic_id, paused_at, actor)
         SELECT $3, $4, paused_at, actor FROM pause
          WHERE part IN (SELECT 'repository:' || name FROM renamed WHERE became = $1 UNION SELECT 'repository:' || $1)
            AND NOT EXISTS (SELECT 1 FROM pause there
                             WHERE there.part IN (SELECT 'repository:' || name FROM renamed WHERE became = $2 UNION SELECT 'repository:' || $2))
          ORDER BY paused_at LIMIT 1
         ON CONFLICT (part) DO NOTHING",
    )
    .bind(old.as_str().to_lowercase())
    .bind(new.as_str().to_lowercase())
    .bind(PausedPart::Topic(topic).key())
    .bind(topic)
    .execute()
    .await?;
    Ok(())
}

/// A paused topic was merged into another, which is paused from now on: what was to wait goes on waiting.
pub async fn follow(tx: &mut Tx, topic: TopicId, into: TopicId) -> Result<()> {
    tx.query(
        "INSERT INTO pause (part, topic_id, paused_at, actor)
         SELECT $3, $2, paused_at, actor FROM pause WHERE topic_id = $1 ON CONFLICT (part) DO NOTHING",
    )
    .bind(topic)
    .bind(into)
    .bind(PausedPart::Topic(into).key())
    .execute()
    .await?;
    Ok(())
}
