//! How many topics there are of each kind in each state. As long as they are few, they are counted as they are looked at. Many are
//! counted by `flow/watch.rs` every now and then: their number is read as an order of magnitude, and a counter that each transaction
//! changes would have all of them wait for each other.

use crate::{
    model::topic::{TopicKind, TopicState},
    store::{Result, Session, Tx},
};

/// More topics than these are many.
const MANY: i64 = 10_000;

/// Whether there are many topics.
///
/// # Errors
/// When the database fails.
pub async fn are_many(session: &mut impl Session) -> Result<bool> {
    let row = session
        .query("SELECT count(*) FROM (SELECT impact.topic_id FROM impact WHERE impact.listed = 1 LIMIT $1) listed")
        .bind(MANY + 1);
    Ok(row.one::<(i64,)>().await?.0 > MANY)
}

/// How many topics a board shows of each kind in each state.
///
/// # Errors
/// When the database fails.
pub async fn counts(session: &mut impl Session) -> Result<Vec<(TopicKind, TopicState, i64)>> {
    if are_many(session).await? {
        let kept = session.query("SELECT kind, state, topics FROM impact_count WHERE topics > 0").all().await?;
        if !kept.is_empty() {
            return Ok(kept);
        }
    }
    session.query("SELECT kind, state, count(*) FROM impact WHERE listed = 1 GROUP BY kind, state").all().await
}

/// Counts them.
///
/// # Errors
/// When the database fails.
pub async fn tally(tx: &mut Tx) -> Result<()> {
    for sql in [
        "INSERT INTO impact_count (kind, state, topics) SELECT kind, state, 0 FROM impact WHERE listed = 1 GROUP BY kind, state
         ON CONFLICT (kind, state) DO NOTHING",
        "UPDATE impact_count SET topics = (SELECT count(*) FROM impact
             WHERE impact.listed = 1 AND impact.kind = impact_count.kind AND impact.state = impact_count.state)",
    ] {
        tx.query(sql).execute().await?;
    }
    Ok(())
}
