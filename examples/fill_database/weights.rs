//! What the topics weigh, found from the rows as `heard database rebuild` does it.

use heard::{
    base::clock::Time,
    store::{Database, Session as _, impacts},
};

/// How many scores are looked at in one transaction.
const SCORES: i64 = 5_000;

/// Finds it, with the scores of that day.
pub async fn find(url: &str, day: Time) -> anyhow::Result<()> {
    let database = Database::open(url).await?;
    let mut tx = database.begin().await?;
    impacts::rebuild(&mut tx).await?;
    tx.commit().await?;
    while impacts::any_is_due(&mut database.read().await?, day).await? {
        let mut tx = database.begin().await?;
        impacts::rescore(&mut tx, day, SCORES).await?;
        tx.commit().await?;
    }
    let mut tx = database.begin().await?;
    tx.query("ANALYZE").execute().await?;
    tx.commit().await?;
    database.close().await;
    Ok(())
}
