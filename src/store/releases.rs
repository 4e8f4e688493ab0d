//! Releases and deployments, as we learned of them.

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::{
        id::ReleaseId,
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
    source,
    published_at,
    withdrawn_at
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, repository, version, sha, url, component, environment, prerelease, source, published_at, withdrawn_at
             FROM release ",
            $rest
        )
    };
}

/// Stores a release under the other side's id. True if it is new or says something new.
pub async fn put(tx: &mut Tx, release: &Release, external_id: &str) -> Result<(ReleaseId, bool)> {
    let before = known(tx, release, external_id).await?;
    let (id,) = tx
        .query(
            "INSERT INTO release (id, repository, source, external_id, version, sha, url, component, environment, prerelease,
                                  published_at, withdrawn_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (repository, source, external_id) DO UPDATE SET version = excluded.version, sha = excluded.sha,
                url = excluded.url, component = excluded.component, environment = excluded.environment,
                prerelease = excluded.prerelease, published_at = excluded.published_at, withdrawn_at = excluded.withdrawn_at
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
        .one::<(ReleaseId,)>()
        .await?;
    let news = before.is_none_or(|before| before != Release { id: before.id, ..release.clone() });
    Ok((id, news))
}

/// What is stored for a release under the other side's id.
async fn known(tx: &mut Tx, release: &Release, external_id: &str) -> Result<Option<Release>> {
    tx.query(select!("WHERE repository = $1 AND source = $2 AND external_id = $3"))
        .bind(release.repository.as_str())
        .bind(release.source)
        .bind(external_id)
        .optional()
        .await
}

/// As [`put`], for a release without a known time: the time when we first learned of this commit stays.
pub async fn put_undated(tx: &mut Tx, release: &Release, external_id: &str) -> Result<bool> {
    match known(tx, release, external_id).await? {
        Some(known) if known.sha == release.sha => Ok(false),
        _ => Ok(put(tx, release, external_id).await?.1),
    }
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

/// The other side's ids of a repository's releases since `since` that count as out, newest first.
pub async fn standing(
    session: &mut impl Session,
    repository: &str,
    source: ReleaseSource,
    since: Time,
    limit: i64,
) -> Result<Vec<String>> {
    let rows = session
        .query(
            "SELECT external_id FROM release WHERE repository = $1 AND source = $2 AND published_at >= $3
               AND withdrawn_at IS NULL ORDER BY published_at DESC LIMIT $4",
        )
        .bind(repository)
        .bind(source)
        .bind(since)
        .bind(limit)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The releases of a repository since `since`, oldest first.
pub async fn of_repository(session: &mut impl Session, repository: &str, since: Time) -> Result<Vec<Release>> {
    session
        .query(select!("WHERE repository = $1 AND published_at >= $2 ORDER BY published_at, id LIMIT 500"))
        .bind(repository)
        .bind(since)
        .all()
        .await
}

/// The release that carries a step of a topic, if there is one.
pub async fn of_step(session: &mut impl Session, step: &Milestone) -> Result<Option<Release>> {
    match step.release {
        Some(release) => get(session, release).await,
        None => Ok(None),
    }
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
