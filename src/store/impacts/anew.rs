//! Counting anew: topics whose tickets were moved by the hundred, or all there are.

use std::{collections::BTreeSet, sync::LazyLock};

use super::{
    counted::{counted_revenue, is_asked, should_be},
    scores,
    tally::tally,
};
use crate::{
    model::id::TopicId,
    store::{
        Result, Session as _, Tx,
        many::{ManyRows, ROWS_MAX},
        raised::speaks,
    },
};

/// Who is behind a topic, from its rows in `impact_ticket`.
macro_rules! organizations {
    ($which:literal) => {
        concat!(
            "INSERT INTO impact_organization (topic_id, organization_id, sure_tickets, likely_tickets, revenue_cents, renewal_at)
             SELECT counted.topic_id, counted.organization_id, CAST(sum(counted.sure) AS BIGINT), CAST(sum(1 - counted.sure) AS BIGINT),
                    max(",
            counted_revenue!(),
            "), max(organization.renewal_at)
             FROM impact_ticket counted JOIN organization ON organization.id = counted.organization_id WHERE ",
            $which,
            " GROUP BY counted.topic_id, counted.organization_id"
        )
    };
}

/// A topic's figures, from the rows of the two other tables.
macro_rules! figures {
    ($which:literal) => {
        concat!(
            "UPDATE impact SET
                 tickets = (SELECT count(*) FROM impact_ticket counted
                            WHERE counted.topic_id = impact.topic_id AND counted.sure = 1 AND counted.customer_id IS NOT NULL),
                 all_tickets = (SELECT count(*) FROM impact_ticket counted
                                WHERE counted.topic_id = impact.topic_id AND counted.customer_id IS NOT NULL),
                 customers = (SELECT count(DISTINCT counted.customer_id) FROM impact_ticket counted
                              WHERE counted.topic_id = impact.topic_id AND counted.sure = 1),
                 all_customers = (SELECT count(DISTINCT counted.customer_id) FROM impact_ticket counted
                                  WHERE counted.topic_id = impact.topic_id),
                 organizations = (SELECT count(*) FROM impact_organization behind
                                  WHERE behind.topic_id = impact.topic_id AND behind.sure_tickets > 0),
                 all_organizations = (SELECT count(*) FROM impact_organization behind WHERE behind.topic_id = impact.topic_id),
                 revenue_cents = CAST((SELECT coalesce(sum(behind.revenue_cents), 0) FROM impact_organization behind
                                       WHERE behind.topic_id = impact.topic_id AND behind.sure_tickets > 0) AS BIGINT),
                 all_revenue_cents = CAST((SELECT coalesce(sum(behind.revenue_cents), 0) FROM impact_organization behind
                                           WHERE behind.topic_id = impact.topic_id) AS BIGINT),
                 likely_customers = (SELECT count(DISTINCT counted.customer_id) FROM impact_ticket counted
                                     WHERE counted.topic_id = impact.topic_id AND counted.sure = 0),
                 likely_revenue_cents = CAST((SELECT coalesce(sum(behind.revenue_cents), 0) FROM impact_organization behind
                                              WHERE behind.topic_id = impact.topic_id AND behind.likely_tickets > 0) AS BIGINT),
                 asked = (SELECT count(*) FROM impact_ticket counted
                          WHERE counted.topic_id = impact.topic_id AND counted.sure = 0 AND counted.asked = 1),
                 asked_alone = (SELECT count(*) FROM impact_ticket counted
                                WHERE counted.topic_id = impact.topic_id AND counted.sure = 1 AND counted.asked = 1),
                 speaking = CAST((SELECT coalesce(sum(counted.speaks), 0) FROM impact_ticket counted
                                  WHERE counted.topic_id = impact.topic_id) AS BIGINT),
                 in_public = CAST((SELECT coalesce(sum(counted.in_public), 0) FROM impact_ticket counted
                                   WHERE counted.topic_id = impact.topic_id) AS BIGINT)
             WHERE ",
            $which
        )
    };
}

/// What a topic is listed by, from its row and its figures. A score is due ($1) where it is listed.
macro_rules! follows {
    ($which:literal) => {
        concat!(
            "UPDATE impact SET kind = topic.kind, state = topic.state, first_seen_at = topic.first_seen_at,
                    last_seen_at = topic.last_seen_at, listed = CASE WHEN ",
            follows!(),
            " THEN 1 ELSE 0 END, rescore_at = CASE WHEN ",
            follows!(),
            " THEN $1 ELSE NULL END
             FROM topic WHERE topic.id = impact.topic_id AND ",
            $which
        )
    };
    () => {
        "topic.merged_into IS NULL AND topic.likely_in IS NULL AND impact.speaking > 0 AND (topic.state <> 'open' OR impact.in_public > 0)"
    };
}

/// The topics in which tickets of a topic count, or should.
pub(super) async fn counted_with(tx: &mut Tx, topic: TopicId) -> Result<Vec<TopicId>> {
    let rows = tx
        .query(
            "SELECT id FROM topic WHERE id = $1
             UNION SELECT likely_in FROM topic WHERE id = $1 AND likely_in IS NOT NULL
             UNION SELECT counted.topic_id FROM link JOIN impact_ticket counted ON counted.ticket_id = link.ticket_id
             WHERE link.topic_id = $1",
        )
        .bind(topic)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Before many topics are counted anew, nothing counts for them.
static NO_TICKETS: LazyLock<ManyRows> =
    LazyLock::new(|| ManyRows::new("DELETE FROM impact_ticket WHERE topic_id IN (VALUES ", 1, ")"));
static NO_ORGANIZATIONS: LazyLock<ManyRows> =
    LazyLock::new(|| ManyRows::new("DELETE FROM impact_organization WHERE topic_id IN (VALUES ", 1, ")"));

/// Then their tickets count, but for those that count elsewhere until they are counted by themselves.
static TICKETS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH again (id) AS (VALUES ",
        1,
        concat!(
            ") INSERT INTO impact_ticket (ticket_id, sure, topic_id, customer_id, organization_id, created_at, speaks, in_public, asked) ",
            should_be!(
                "link.topic_id IN (SELECT again.id FROM again)",
                "own.likely_in IN (SELECT again.id FROM again)"
            ),
            " ON CONFLICT (ticket_id, sure) DO NOTHING"
        ),
    )
});

/// And what follows from their tickets.
static ORGANIZATIONS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH again (id) AS (VALUES ",
        1,
        concat!(") ", organizations!("counted.topic_id IN (SELECT again.id FROM again)")),
    )
});
static FIGURES: LazyLock<ManyRows> = LazyLock::new(|| ManyRows::new(figures!("impact.topic_id IN (VALUES "), 1, ")"));

/// Counts these topics anew, by a few statements for hundreds of them. Each of them is held. A ticket that counts for another topic
/// still is counted by itself, after this.
pub(super) async fn count_anew(tx: &mut Tx, topics: &BTreeSet<TopicId>) -> Result<()> {
    let topics: Vec<TopicId> = topics.iter().copied().collect();
    for statement in [&*NO_TICKETS, &*NO_ORGANIZATIONS, &*TICKETS, &*ORGANIZATIONS, &*FIGURES] {
        for some in topics.chunks(ROWS_MAX) {
            let query = tx.query_many(statement, some, |query, row| query.bind(row.copied()));
            query.execute().await?;
        }
    }
    Ok(())
}

/// What a topic is listed by follows from its row and its figures.
pub(super) async fn follow(tx: &mut Tx, topic: TopicId) -> Result<()> {
    tx.query(follows!("impact.topic_id = $2")).bind(scores::due()).bind(topic).execute().await?;
    Ok(())
}

/// Counts everything anew, while nobody else writes. Says how many topics there are. Their scores are due then.
///
/// # Errors
/// When the database fails.
pub async fn rebuild(tx: &mut Tx) -> Result<u64> {
    for sql in [
        "DELETE FROM impact_ticket",
        "DELETE FROM impact_organization",
        "DELETE FROM impact",
        concat!(
            "INSERT INTO impact_ticket (ticket_id, sure, topic_id, customer_id, organization_id, created_at, speaks, in_public, asked) ",
            should_be!("TRUE", "TRUE")
        ),
        organizations!("TRUE"),
        "INSERT INTO impact (topic_id, kind, state, first_seen_at, last_seen_at)
         SELECT id, kind, state, first_seen_at, last_seen_at FROM topic",
    ] {
        tx.query(sql).execute().await?;
    }
    let topics = tx.query(figures!("TRUE")).execute().await?;
    tx.query(follows!("TRUE")).bind(scores::due()).execute().await?;
    tally(tx).await?;
    Ok(topics)
}
