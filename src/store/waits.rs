//! What waits for a person, and what comes in: the numbers beside the menu and on the health page.

use super::{Result, Session, columns::record};
use crate::{base::clock::Time, model::delivery::DeliveryState};

/// How many questions of the grouping matter now: those about tickets that are likely members of a topic which engineers or
/// customers already hear of. The others can wait for ever.
pub async fn open_question_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session
        .query("SELECT CAST(coalesce(sum(asked), 0) AS BIGINT) FROM impact WHERE asked > 0 AND state <> 'open'")
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// How many drafts wait for a person's approval.
pub async fn draft_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session.query(r#"SELECT count(*) FROM "update" WHERE state = 'draft'"#).one::<(i64,)>().await?;
    Ok(count)
}

/// How many issues wait for a person before they are filed.
pub async fn review_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session
        .query(
            "SELECT count(*) FROM issue JOIN topic ON topic.id = issue.topic_id
             WHERE issue.filing = 'in_review' AND topic.state <> 'merged'",
        )
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// How many failures were given up and wait for a person.
pub async fn given_up_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session.query("SELECT count(*) FROM failure WHERE given_up").one::<(i64,)>().await?;
    Ok(count)
}

/// A connection's deliveries since `since`: how many there were, how many could not be read, and when the last one
/// came.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// The connection's name; `github` for GitHub.
    pub connection: String,
    /// Deliveries since then.
    pub deliveries: i64,
    /// How many of them could not be read.
    pub unreadable: i64,
    /// The newest delivery.
    pub last_at: Option<Time>,
}
record!(Traffic { connection, deliveries, unreadable, last_at });

/// What each connection delivered since `since`. A connection that was silent for the month before that as well is left
/// out.
pub async fn traffic(session: &mut impl Session, since: Time) -> Result<Vec<Traffic>> {
    session
        .query(
            "SELECT connection, CAST(sum(CASE WHEN received_at >= $1 THEN 1 ELSE 0 END) AS BIGINT) AS deliveries,
                    CAST(sum(CASE WHEN received_at >= $1 AND state = 'unreadable' THEN 1 ELSE 0 END) AS BIGINT) AS unreadable,
                    max(received_at) AS last_at
             FROM delivery WHERE received_at > $2 GROUP BY connection ORDER BY connection",
        )
        .bind(since)
        .bind(since.minus(std::time::Duration::from_hours(30 * 24)))
        .all()
        .await
}

/// So many deliveries of one state are counted, and no more: most of them were read long ago, and nobody needs to know how many millions
/// that is.
pub const DELIVERIES_COUNTED: i64 = 10_000;

/// How many deliveries are in each state. One more than [`DELIVERIES_COUNTED`] is that or more.
pub async fn delivery_counts(session: &mut impl Session) -> Result<Vec<(DeliveryState, i64)>> {
    let mut counts = Vec::new();
    for state in DeliveryState::ALL {
        // In the order of an index, so that nobody reads the table for it.
        let (count,) = session
            .query("SELECT count(*) FROM (SELECT id FROM delivery WHERE state = $1 ORDER BY id LIMIT $2) few")
            .bind(*state)
            .bind(DELIVERIES_COUNTED + 1)
            .one::<(i64,)>()
            .await?;
        counts.push((*state, count));
    }
    Ok(counts)
}
