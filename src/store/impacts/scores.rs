//! The scores that topics are put in order by. Time alone changes them: tickets grow old, renewals come near and pass, and whoever
//! waits goes on waiting. So they are looked at when something was counted, and when the next of that is due. What a page shows of
//! a score is reckoned as it is shown; only the order is as old as the last look.

use std::{collections::BTreeSet, time::Duration};

use super::one::hold;
use crate::{
    base::clock::Time,
    model::{
        id::TopicId,
        impact::Impact,
        score::{score, waits_until},
        topic::TopicState,
    },
    store::{Result, Session, Tx, columns::record},
};

/// What has to be looked at as soon as possible.
pub(super) fn due() -> Time {
    Time::from_seconds(0)
}

/// What a score is made of, and what of that ends or begins next.
struct Scored {
    state: TopicState,
    first_seen_at: Time,
    customers: i64,
    organizations: i64,
    revenue_cents: i64,
    renewals: i64,
    recent: i64,
    before: i64,
    oldest_recent: Option<Time>,
    oldest_before: Option<Time>,
    next_past: Option<Time>,
    next_near: Option<Time>,
}
record!(Scored {
    state,
    first_seen_at,
    customers,
    organizations,
    revenue_cents,
    renewals,
    recent,
    before,
    oldest_recent,
    oldest_before,
    next_past,
    next_near
});

const WEEK: Duration = Duration::from_hours(7 * 24);
/// As near as a renewal counts.
const NEAR: Duration = Duration::from_hours(90 * 24);

/// Whether a score is due.
///
/// # Errors
/// When the database fails.
pub async fn any_is_due(session: &mut impl Session, now: Time) -> Result<bool> {
    let row = session.query("SELECT 1 FROM impact WHERE rescore_at <= $1 LIMIT 1").bind(now).optional::<(i32,)>();
    Ok(row.await?.is_some())
}

/// Looks at the scores that are due, `limit` of them at most, and says how many there were.
///
/// # Errors
/// When the database fails.
pub async fn rescore(tx: &mut Tx, now: Time, limit: i64) -> Result<usize> {
    let rows = tx
        .query("SELECT topic_id FROM impact WHERE rescore_at <= $1 ORDER BY rescore_at LIMIT $2")
        .bind(now)
        .bind(limit)
        .all::<(TopicId,)>()
        .await?;
    let topics: BTreeSet<TopicId> = rows.into_iter().map(|(id,)| id).collect();
    for topic in &topics {
        // What is counted meanwhile makes the score due again, after this.
        hold(tx, *topic).await?;
    }
    for topic in &topics {
        one(tx, *topic, now).await?;
    }
    Ok(topics.len())
}

async fn one(tx: &mut Tx, topic: TopicId, now: Time) -> Result<()> {
    let scored = tx
        .query(
            "SELECT state, first_seen_at, all_customers AS customers, all_organizations AS organizations,
                    all_revenue_cents AS revenue_cents,
                    (SELECT count(*) FROM impact_organization behind WHERE behind.topic_id = $1 AND behind.renewal_at >= $2
                        AND behind.renewal_at < $3) AS renewals,
                    (SELECT count(*) FROM impact_ticket written WHERE written.topic_id = $1 AND written.created_at >= $4
                        AND written.customer_id IS NOT NULL) AS recent,
                    (SELECT count(*) FROM impact_ticket written WHERE written.topic_id = $1 AND written.created_at >= $5
                        AND written.created_at < $4 AND written.customer_id IS NOT NULL) AS before,
                    (SELECT min(written.created_at) FROM impact_ticket written WHERE written.topic_id = $1
                        AND written.created_at >= $4) AS oldest_recent,
                    (SELECT min(written.created_at) FROM impact_ticket written WHERE written.topic_id = $1
                        AND written.created_at >= $5) AS oldest_before,
                    (SELECT min(behind.renewal_at) FROM impact_organization behind WHERE behind.topic_id = $1
                        AND behind.renewal_at >= $2) AS next_past,
                    (SELECT min(behind.renewal_at) FROM impact_organization behind WHERE behind.topic_id = $1
                        AND behind.renewal_at >= $3) AS next_near
             FROM impact WHERE topic_id = $1",
        )
        .bind(topic)
        .bind(now)
        .bind(now.plus(NEAR))
        .bind(now.minus(WEEK))
        .bind(now.minus(WEEK * 2))
        .one::<Scored>()
        .await?;
    let impact = scored.impact();
    let total = |impact: &Impact| score(impact, scored.state, scored.first_seen_at, now).total;
    tx.query("UPDATE impact SET score = $2, plain_score = $3, rescore_at = $4 WHERE topic_id = $1")
        .bind(topic)
        .bind(total(&impact))
        .bind(total(&impact.without_amounts()))
        .bind(scored.changes_at(now))
        .execute()
        .await?;
    Ok(())
}

impl Scored {
    fn impact(&self) -> Impact {
        Impact {
            customers: self.customers,
            organizations: self.organizations,
            revenue_cents: self.revenue_cents,
            renewals: self.renewals,
            recent: self.recent,
            before: self.before,
            ..Impact::default()
        }
    }

    /// When the score may be another one, if nothing happens until then.
    fn changes_at(&self, now: Time) -> Option<Time> {
        // All of these still count at the moment itself.
        let after = |at: Time| at.plus(Duration::from_micros(1));
        [
            self.oldest_recent.map(|at| after(at.plus(WEEK))),
            self.oldest_before.map(|at| after(at.plus(WEEK * 2))),
            self.next_past.map(after),
            self.next_near.map(|at| after(at.minus(NEAR))),
            waits_until(self.state, self.first_seen_at, now),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_looked_at_again_when_the_first_of_its_terms_may_change() {
        let now = Time::from_seconds(1_000 * 86_400);
        let day = Duration::from_hours(24);
        let scored = Scored {
            state: TopicState::Shipped,
            first_seen_at: now,
            customers: 3,
            organizations: 1,
            revenue_cents: 0,
            renewals: 0,
            recent: 1,
            before: 1,
            oldest_recent: Some(now.minus(day)),
            oldest_before: Some(now.minus(day * 13)),
            next_past: Some(now.plus(day * 100)),
            next_near: Some(now.plus(day * 100)),
        };
        assert_eq!(scored.changes_at(now), Some(now.plus(day).plus(Duration::from_micros(1))));
        let finished = Scored { oldest_recent: None, oldest_before: None, next_past: None, next_near: None, ..scored };
        assert_eq!(finished.changes_at(now), None);
        let open = Scored { state: TopicState::Open, ..finished };
        assert_eq!(open.changes_at(now), Some(now.plus(day)));
    }
}
