//! The commits that fix a topic, and what the tracker once said about commits, which cannot change.

use sqlx::types::Json;

use super::{Result, Session, Tx, columns::record};
use crate::model::{
    commit::{CommitList, CommitWords},
    fix::Fix,
    id::TopicId,
};

record!(Fix { repository, sha, pull_request, title, source, sure, doubt, merged_at, stands_for, reverted_by });

/// Replaces the fix set of a topic. True if that changed it.
pub async fn replace(tx: &mut Tx, topic: TopicId, fixes: &[Fix]) -> Result<bool> {
    let before = of_topic(tx, topic).await?;
    let mut after = fixes.to_vec();
    after.sort_by(|a, b| (&a.repository, &a.sha).cmp(&(&b.repository, &b.sha)));
    after.dedup_by(|a, b| (&a.repository, &a.sha) == (&b.repository, &b.sha));
    if before == after {
        return Ok(false);
    }
    tx.query("DELETE FROM fix WHERE topic_id = $1").bind(topic).execute().await?;
    for fix in &after {
        tx.query(
            "INSERT INTO fix (topic_id, repository, sha, pull_request, source, sure, merged_at, stands_for, reverted_by, title, doubt)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        )
        .bind(topic)
        .bind(fix.repository.as_str())
        .bind(fix.sha.as_str())
        .bind(fix.pull_request)
        .bind(fix.source)
        .bind(fix.sure)
        .bind(fix.merged_at)
        .bind(fix.stands_for.as_deref())
        .bind(fix.reverted_by.as_deref())
        .bind(fix.title.as_deref())
        .bind(fix.doubt.as_deref())
        .execute()
        .await?;
    }
    Ok(true)
}

/// The fix set of a topic.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<Fix>> {
    session
        .query(
            "SELECT repository, sha, pull_request, title, source, sure, doubt, merged_at, stands_for, reverted_by FROM fix WHERE topic_id = $1
             ORDER BY repository, sha",
        )
        .bind(topic)
        .all()
        .await
}

/// Whether `tip` contains `sha`, if the tracker has said so before. Neither can change.
pub async fn contained(session: &mut impl Session, repository: &str, sha: &str, tip: &str) -> Result<Option<bool>> {
    let row = session
        .query("SELECT contained FROM containment WHERE repository = $1 AND sha = $2 AND tip = $3")
        .bind(repository)
        .bind(sha)
        .bind(tip)
        .optional::<(bool,)>()
        .await?;
    Ok(row.map(|(contained,)| contained))
}

/// Remembers whether `tip` contains `sha`.
pub async fn remember(tx: &mut Tx, repository: &str, sha: &str, tip: &str, contained: bool) -> Result<()> {
    tx.query(
        "INSERT INTO containment (repository, sha, tip, contained) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repository, sha, tip) DO UPDATE SET contained = excluded.contained",
    )
    .bind(repository)
    .bind(sha)
    .bind(tip)
    .bind(contained)
    .execute()
    .await?;
    Ok(())
}

/// The files that a commit changes, if the tracker has said so before. They cannot change.
pub async fn files(session: &mut impl Session, repository: &str, sha: &str) -> Result<Option<Vec<String>>> {
    let row = session
        .query("SELECT files FROM commit_files WHERE repository = $1 AND sha = $2")
        .bind(repository)
        .bind(sha)
        .optional::<(Json<Vec<String>>,)>()
        .await?;
    Ok(row.map(|(Json(files),)| files))
}

/// Remembers the files that a commit changes.
pub async fn remember_files(tx: &mut Tx, repository: &str, sha: &str, files: &[String]) -> Result<()> {
    tx.query("INSERT INTO commit_files (repository, sha, files) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(repository)
        .bind(sha)
        .bind(Json(files))
        .execute()
        .await?;
    Ok(())
}

/// The commits that a fix is made of, if the tracker has said so before. They cannot change.
pub async fn made_of(session: &mut impl Session, repository: &str, sha: &str) -> Result<Option<CommitList>> {
    let row = session
        .query("SELECT commits FROM made_of WHERE repository = $1 AND sha = $2")
        .bind(repository)
        .bind(sha)
        .optional::<(Json<CommitList>,)>()
        .await?;
    Ok(row.map(|(Json(commits),)| commits))
}

/// Remembers the commits that a fix is made of.
pub async fn remember_made_of(tx: &mut Tx, repository: &str, sha: &str, commits: &CommitList) -> Result<()> {
    tx.query("INSERT INTO made_of (repository, sha, commits) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(repository)
        .bind(sha)
        .bind(Json(commits))
        .execute()
        .await?;
    Ok(())
}

/// The commits that `head` has and `base` lacks, if all of them were read before. They cannot change.
pub async fn between(
    session: &mut impl Session,
    repository: &str,
    base: &str,
    head: &str,
) -> Result<Option<CommitList>> {
    let row = session
        .query("SELECT commits FROM commits_between WHERE repository = $1 AND base = $2 AND head = $3")
        .bind(repository)
        .bind(base)
        .bind(head)
        .optional::<(Json<Vec<CommitWords>>,)>()
        .await?;
    Ok(row.map(|(Json(commits),)| CommitList { commits, complete: true }))
}

/// Remembers all the commits that `head` has and `base` lacks.
pub async fn remember_between(
    tx: &mut Tx,
    repository: &str,
    base: &str,
    head: &str,
    commits: &[CommitWords],
) -> Result<()> {
    tx.query(
        "INSERT INTO commits_between (repository, base, head, commits) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(repository)
    .bind(base)
    .bind(head)
    .bind(Json(commits))
    .execute()
    .await?;
    Ok(())
}
