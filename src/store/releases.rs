//! Releases and deployments, as we learned of them.

use super::{
    Result, Session, Tx,
    columns::{owed, record},
};
use crate::{
    base::clock::Time,
    model::{
        id::{ReleaseId, TopicId},
        milestone::Milestone,
        release::{Release, ReleaseSource},
    },
};

record!(Release {
    id,
    repository,
    version,
    sha,
    url,
    component,
    environment,
    prerelease,
    marked,
    moved,
    bare,
    source,
    published_at,
    withdrawn_at
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, repository, version, sha, url, component, environment, prerelease, marked, moved, bare, source, published_at,
                    withdrawn_at FROM release ",
            $rest
        )
    };
}

/// Stores a release under the other side's id. True if it is new or says something new.
pub async fn put(tx: &mut Tx, release: &Release, external_id: &str) -> Result<(ReleaseId, bool)> {
    let before = known(tx, release.repository.as_str(), release.source, external_id).await?;
    if let Some(before) = before.filter(|before| *before == Release { id: before.id, ..release.clone() }) {
        return Ok((before.id, false));
    }
    let (learned,) = tx
        .query(
            "INSERT INTO learning (what, count) VALUES ('release', 1)
             ON CONFLICT (what) DO UPDATE SET count = learning.count + 1 RETURNING count",
        )
        .one::<(i64,)>()
        .await?;
    let (id,) = tx
        .query(
            "INSERT INTO release (id, repository, source, external_id, version, sha, url, component, environment, prerelease,
                                  published_at, withdrawn_at, marked, moved, learned, bare)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (repository, source, external_id) DO UPDATE SET version = excluded.version, sha = excluded.sha,
                url = excluded.url, component = excluded.component, environment = excluded.environment,
                prerelease = excluded.prerelease, published_at = excluded.published_at, withdrawn_at = excluded.withdrawn_at,
                marked = excluded.marked, moved = excluded.moved, bare = excluded.bare, learned = excluded.learned
             RETURNING id",
        )
        .bind(release.id)
        .bind(release.repository.as_str())
        .bind(release.source)
        .bind(external_id)
        .bind(release.version.as_str())
        .bind(release.sha.as_deref())
        .bind(release.url.as_deref())
        .bind(release.component.as_deref())
        .bind(release.environment.as_deref())
        .bind(release.prerelease)
        .bind(release.published_at)
        .bind(release.withdrawn_at)
        .bind(release.marked)
        .bind(release.moved)
        .bind(learned)
        .bind(release.bare)
        .one::<(ReleaseId,)>()
        .await?;
    Ok((id, true))
}

/// Notes whether everybody can read a repository.
pub async fn set_readable(tx: &mut Tx, repository: &str, by_all: bool) -> Result<()> {
    tx.query(
        "INSERT INTO readable (repository, by_all) VALUES ($1, $2)
         ON CONFLICT (repository) DO UPDATE SET by_all = excluded.by_all",
    )
    .bind(repository)
    .bind(by_all)
    .execute()
    .await?;
    Ok(())
}

/// What is stored under the other side's id.
pub async fn known(
    session: &mut impl Session,
    repository: &str,
    source: ReleaseSource,
    external_id: &str,
) -> Result<Option<Release>> {
    session
        .query(select!("WHERE repository = $1 AND source = $2 AND external_id = $3"))
        .bind(repository)
        .bind(source)
        .bind(external_id)
        .optional()
        .await
}

/// How many news of releases there were. Whoever learns of one holds this number until it is stored, so none of them is
/// missing below it.
pub async fn learned(session: &mut impl Session) -> Result<i64> {
    let row = session.query("SELECT count FROM learning WHERE what = 'release'").optional::<(i64,)>().await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Whether a repository has news of a release that a topic's fix set was not read after. What has no commit, such as a closed
/// milestone or a person's word, is compared with no fix.
pub async fn unlooked(session: &mut impl Session, repository: &str, topic: TopicId) -> Result<bool> {
    let (count,) = session
        .query(
            "SELECT count(*) FROM release WHERE repository = $1 AND withdrawn_at IS NULL AND sha IS NOT NULL
               AND learned > (SELECT topic.looked FROM topic WHERE topic.id = $2)",
        )
        .bind(repository)
        .bind(topic)
        .one::<(i64,)>()
        .await?;
    Ok(count > 0)
}

/// The release was deleted or unpublished. True if we knew it and it was out until now.
pub async fn withdraw(
    tx: &mut Tx,
    repository: &str,
    source: ReleaseSource,
    external_id: &str,
    now: Time,
) -> Result<bool> {
    let rows = tx
        .query(
            "UPDATE release SET withdrawn_at = $4 WHERE repository = $1 AND source = $2 AND external_id = $3
               AND withdrawn_at IS NULL",
        )
        .bind(repository)
        .bind(source)
        .bind(external_id)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The other side's ids of a repository's releases since `since` that count as out, and before them of those of which somebody is still
/// to be told: not of what waits for a person since before `lying_since`.
pub async fn standing(
    session: &mut impl Session,
    repository: &str,
    source: ReleaseSource,
    (since, lying_since): (Time, Time),
    limit: i64,
) -> Result<Vec<String>> {
    let rows = session
        .query(concat!(
            r#"SELECT external_id FROM release WHERE repository = $1 AND source = $2 AND withdrawn_at IS NULL
                 AND (published_at >= $3 OR id IN (SELECT milestone.release_id FROM milestone
                     JOIN "update" waits ON waits.milestone_id = milestone.id WHERE waits.state IN "#,
            owed!(),
            " AND (waits.state IN ('held', 'sending') OR waits.created_at >= $5)))
               ORDER BY CASE WHEN published_at < $3 THEN 0 ELSE 1 END, published_at DESC LIMIT $4"
        ))
        .bind(repository)
        .bind(source)
        .bind(since)
        .bind(limit)
        .bind(lying_since)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The releases of a repository since `since`, oldest first. Of very many those are left out that are neither among the first, one of
/// which is told, nor among the last, which say whether it holds.
pub async fn of_repository(session: &mut impl Session, repository: &str, since: Time) -> Result<Vec<Release>> {
    session
        .query(select!(
            "WHERE id IN (SELECT early.id FROM release early WHERE early.repository = $1 AND early.published_at >= $2
                 ORDER BY early.published_at, early.id LIMIT 300)
               OR id IN (SELECT late.id FROM release late WHERE late.repository = $1 AND late.published_at >= $2
                 ORDER BY late.published_at DESC, late.id DESC LIMIT 200)
             ORDER BY published_at, id"
        ))
        .bind(repository)
        .bind(since)
        .all()
        .await
}

/// What the stable releases of a repository are called, newest first.
pub async fn versions(
    session: &mut impl Session,
    repository: &str,
    source: ReleaseSource,
    limit: i64,
) -> Result<Vec<String>> {
    let rows = session
        .query(
            "SELECT version FROM release WHERE repository = $1 AND source = $2 AND withdrawn_at IS NULL AND NOT prerelease
             ORDER BY published_at DESC, id LIMIT $3",
        )
        .bind(repository)
        .bind(source)
        .bind(limit)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(version,)| version).collect())
}

/// The release that carries a step of a topic, if there is one.
pub async fn of_step(session: &mut impl Session, step: &Milestone) -> Result<Option<Release>> {
    let Some(release) = step.release else { return Ok(None) };
    let Some(release) = get(session, release).await? else { return Ok(None) };
    let row = session.query("SELECT by_all FROM readable WHERE repository = $1").bind(release.repository.as_str());
    let by_all = row.optional::<(bool,)>().await?.is_some_and(|(by_all,)| by_all);
    Ok(Some(if by_all { release } else { release.without_private_address() }))
}

/// The release of this id.
pub async fn get(session: &mut impl Session, id: ReleaseId) -> Result<Option<Release>> {
    session.query(select!("WHERE id = $1")).bind(id).optional().await
}

/// Releases, newest first.
pub async fn list(session: &mut impl Session, before: Option<Time>, limit: i64) -> Result<Vec<Release>> {
    session
        .query(select!("WHERE ($1 IS NULL OR published_at < $1) ORDER BY published_at DESC, id LIMIT $2"))
        .bind(before)
        .bind(limit)
        .all()
        .await
}
