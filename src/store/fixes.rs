//! The commits that fix a topic, and what GitHub once said about which tip contains them.

use sqlx::types::Json;

use super::{Result, Session, Tx, columns::record};
use crate::{base::clock::Time, model::id::TopicId};

/// A commit that belongs to the fix of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The topic.
    pub topic: TopicId,
    /// `owner/name`: the fix may be in another repository than the issue.
    pub repository: String,
    /// The commit on the branch it was merged into.
    pub sha: String,
    /// The pull request.
    pub pull_request: Option<i64>,
    /// How we know: by the closing, by a keyword, by a person.
    pub how: String,
    /// Whether a release with it may be told without asking (G5).
    pub sure: bool,
    /// When it was merged.
    pub merged_at: Option<Time>,
    /// The fix it carries over to another line.
    pub stands_for: Option<String>,
    /// The commit that takes it back.
    pub reverted_by: Option<String>,
}
record!(Fix { topic = "topic_id", repository, sha, pull_request, how, sure, merged_at, stands_for, reverted_by });

/// The fix set of a topic becomes exactly this; true when that is news.
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
            "INSERT INTO fix (topic_id, repository, sha, pull_request, how, sure, merged_at, stands_for, reverted_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        )
        .bind(topic)
        .bind(fix.repository.as_str())
        .bind(fix.sha.as_str())
        .bind(fix.pull_request)
        .bind(fix.how.as_str())
        .bind(fix.sure)
        .bind(fix.merged_at)
        .bind(fix.stands_for.as_deref())
        .bind(fix.reverted_by.as_deref())
        .execute()
        .await?;
    }
    Ok(true)
}

/// The fix set of a topic.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<Fix>> {
    session
        .query(
            "SELECT topic_id, repository, sha, pull_request, how, sure, merged_at, stands_for, reverted_by FROM fix WHERE topic_id = $1
             ORDER BY repository, sha",
        )
        .bind(topic)
        .all()
        .await
}

/// Whether `tip` contains `sha`, where GitHub said so before; neither can change.
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

/// Remembers what GitHub said.
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

/// The files that a commit changes, where GitHub said so before; they cannot change.
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
