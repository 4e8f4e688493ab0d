//! Topics and what they weigh.

use super::{Result, Session, Tx, columns::record, search_words};
use crate::{
    base::clock::Time,
    model::{
        decision::Maker,
        id::{CustomerId, TopicId},
        impact::{Impact, LikelyImpact},
        topic::{Topic, TopicKind, TopicState},
    },
};

record!(Topic {
    id,
    kind,
    kind_is_sure,
    title,
    summary,
    brand,
    state,
    cycle,
    merged_into,
    repository,
    first_seen_at,
    last_seen_at
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT topic.id, topic.kind, topic.kind_is_sure, topic.title, topic.summary, topic.brand, topic.state, topic.cycle, topic.merged_into,
                    topic.repository, topic.first_seen_at, topic.last_seen_at FROM topic ",
            $rest
        )
    };
}

/// Adds a topic whose title and kind are the machine's.
pub async fn add(tx: &mut Tx, topic: &Topic) -> Result<()> {
    tx.query(
        "INSERT INTO topic (id, kind, kind_by, title, title_by, brand, state, cycle, first_seen_at, last_seen_at,
                            kind_is_sure, desired_version, observed_version, looked)
         VALUES ($1, $2, $3, $4, $3, $5, $6, $7, $8, $9, $10, 0, 0, 0)",
    )
    .bind(topic.id)
    .bind(topic.kind)
    .bind(Maker::Machine)
    .bind(topic.title.as_str())
    .bind(topic.brand.as_deref())
    .bind(topic.state)
    .bind(topic.cycle)
    .bind(topic.first_seen_at)
    .bind(topic.last_seen_at)
    .bind(topic.kind_is_sure)
    .execute()
    .await?;
    tx.touched.topics.insert(topic.id);
    search_words::of_new_topic(tx, topic.id, &topic.title).await
}

/// The topic of this id, merged or not.
pub async fn get(session: &mut impl Session, id: TopicId) -> Result<Option<Topic>> {
    session.query(select!("WHERE topic.id = $1")).bind(id).optional().await
}

/// The topic that carries on for this one, after every merge.
pub async fn current(session: &mut impl Session, id: TopicId) -> Result<Option<Topic>> {
    const MERGES_MAX: usize = 64;
    let mut next = id;
    for _ in 0..MERGES_MAX {
        match get(session, next).await? {
            Some(topic) => match topic.merged_into {
                Some(into) => next = into,
                None => return Ok(Some(topic)),
            },
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// As [`get`], and nobody else can change the topic until `tx` ends.
pub async fn lock(tx: &mut Tx, id: TopicId) -> Result<Option<Topic>> {
    // An update that changes nothing locks the row on PostgreSQL. On SQLite the writer is alone anyway.
    tx.query("UPDATE topic SET desired_version = desired_version WHERE id = $1").bind(id).execute().await?;
    get(tx, id).await
}

/// The topic that carries on for another, locked. Who only reads which one that is may have it merged away before anything
/// is done to it, and what is put into a merged topic reaches nobody.
pub async fn lock_current(tx: &mut Tx, id: TopicId) -> Result<Option<Topic>> {
    loop {
        let Some(found) = current(tx, id).await? else { return Ok(None) };
        match lock(tx, found.id).await? {
            Some(topic) if topic.merged_into.is_some() => {}
            topic => return Ok(topic),
        }
    }
}

/// Sets a topic's state and cycle.
pub async fn set_state(tx: &mut Tx, id: TopicId, state: TopicState, cycle: i64) -> Result<()> {
    tx.touched.topics.insert(id);
    tx.query("UPDATE topic SET state = $2, cycle = $3 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(cycle)
        .execute()
        .await?;
    Ok(())
}

/// Redirects a topic to another, or back to itself.
pub async fn redirect(tx: &mut Tx, id: TopicId, into: Option<TopicId>, state: TopicState) -> Result<()> {
    tx.touched.topics.insert(id);
    tx.query("UPDATE topic SET merged_into = $2, state = $3 WHERE id = $1")
        .bind(id)
        .bind(into)
        .bind(state)
        .execute()
        .await?;
    Ok(())
}

/// Sets what a topic is about, and how sure that is. The machine does not overrule a person (G8, a person's decision beats the
/// machine's), and what it was sure of stays so while its kind does.
pub async fn set_kind(tx: &mut Tx, id: TopicId, kind: TopicKind, is_sure: bool, by: Maker) -> Result<()> {
    tx.touched.topics.insert(id);
    tx.query(
        "UPDATE topic SET kind = $2, kind_by = $3, kind_is_sure = ($4 OR (kind = $2 AND kind_is_sure))
         WHERE id = $1 AND ($3 = 'person' OR kind_by = 'machine')",
    )
    .bind(id)
    .bind(kind)
    .bind(by)
    .bind(is_sure)
    .execute()
    .await?;
    Ok(())
}

/// Sets a topic's title. The machine does not overrule a person (G8).
pub async fn set_title(tx: &mut Tx, id: TopicId, title: &str, by: Maker) -> Result<()> {
    let set = "UPDATE topic SET title = $2, title_by = $3 WHERE id = $1 AND ($3 = 'person' OR title_by = 'machine')
               RETURNING summary";
    let row = tx.query(set).bind(id).bind(title).bind(by).optional::<(Option<String>,)>().await?;
    let Some((summary,)) = row else { return Ok(()) };
    search_words::of_topic(tx, id, title, summary.as_deref()).await
}

/// Whether a person wrote the topic's title.
pub async fn title_is_written(session: &mut impl Session, id: TopicId) -> Result<bool> {
    let found: Option<(i64,)> =
        session.query("SELECT count(*) FROM topic WHERE id = $1 AND title_by = 'person'").bind(id).optional().await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// Sets the sentence that customers may be told.
pub async fn set_summary(tx: &mut Tx, id: TopicId, summary: Option<&str>) -> Result<()> {
    let set = tx.query("UPDATE topic SET summary = $2 WHERE id = $1 RETURNING title").bind(id).bind(summary);
    let Some((title,)) = set.optional::<(String,)>().await? else { return Ok(()) };
    search_words::of_topic(tx, id, &title, summary).await
}

/// Sets the repository of a topic's issue.
pub async fn set_repository(tx: &mut Tx, id: TopicId, repository: &str) -> Result<()> {
    tx.query("UPDATE topic SET repository = $2 WHERE id = $1").bind(id).bind(repository).execute().await?;
    Ok(())
}

/// One more ticket of a topic was written at this time.
pub async fn heard_at(tx: &mut Tx, id: TopicId, at: Time) -> Result<()> {
    tx.touched.topics.insert(id);
    tx.query(
        "UPDATE topic SET first_seen_at = CASE WHEN first_seen_at > $2 THEN $2 ELSE first_seen_at END,
            last_seen_at = CASE WHEN last_seen_at < $2 THEN $2 ELSE last_seen_at END
         WHERE id = $1 AND (first_seen_at > $2 OR last_seen_at < $2)",
    )
    .bind(id)
    .bind(at)
    .execute()
    .await?;
    Ok(())
}

/// Updates the topic's times from its tickets.
pub async fn refresh_times(tx: &mut Tx, id: TopicId) -> Result<()> {
    tx.touched.topics.insert(id);
    tx.query(
        "UPDATE topic SET
            first_seen_at = coalesce((SELECT min(ticket.created_at) FROM ticket JOIN link ON link.ticket_id = ticket.id
                                      WHERE link.topic_id = topic.id), first_seen_at),
            last_seen_at = coalesce((SELECT max(ticket.created_at) FROM ticket JOIN link ON link.ticket_id = ticket.id
                                     WHERE link.topic_id = topic.id), last_seen_at)
         WHERE id = $1",
    )
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Records that the topic's issue should say something new.
pub async fn want(tx: &mut Tx, id: TopicId) -> Result<()> {
    tx.query("UPDATE topic SET desired_version = desired_version + 1 WHERE id = $1").bind(id).execute().await?;
    Ok(())
}

/// Which version of the issue is wanted, and which was filed.
pub async fn versions(session: &mut impl Session, id: TopicId) -> Result<(i64, i64)> {
    session.query("SELECT desired_version, observed_version FROM topic WHERE id = $1").bind(id).one().await
}

/// Records that the issue says what was wanted as of `version`.
pub async fn filed(tx: &mut Tx, id: TopicId, version: i64) -> Result<()> {
    tx.query("UPDATE topic SET observed_version = $2 WHERE id = $1 AND observed_version < $2")
        .bind(id)
        .bind(version)
        .execute()
        .await?;
    Ok(())
}

/// Topics whose issue is behind what is wanted, which a lost job would have filed.
pub async fn unfiled(session: &mut impl Session, limit: i64) -> Result<Vec<TopicId>> {
    let rows = session
        .query(
            "SELECT topic.id FROM topic JOIN issue ON issue.topic_id = topic.id
             WHERE topic.observed_version < topic.desired_version AND issue.filing IN ('wanted', 'unclear', 'filed')
               AND NOT issue.quiet AND NOT (topic.state = 'merged' AND issue.filing = 'wanted') ORDER BY topic.id LIMIT $1",
        )
        .bind(limit)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// [`Impact`] as a row, of what is summed up here and of what is kept in `impacts.rs`.
pub(super) struct ImpactRow {
    tickets: i64,
    customers: i64,
    organizations: i64,
    revenue_cents: i64,
    all_tickets: i64,
    all_customers: i64,
    all_organizations: i64,
    all_revenue_cents: i64,
    renewals: i64,
    recent: i64,
    before: i64,
}
record!(ImpactRow {
    tickets,
    customers,
    organizations,
    revenue_cents,
    all_tickets,
    all_customers,
    all_organizations,
    all_revenue_cents,
    renewals,
    recent,
    before
});

impl From<ImpactRow> for Impact {
    fn from(row: ImpactRow) -> Self {
        Self {
            tickets: row.tickets,
            customers: row.customers,
            organizations: row.organizations,
            revenue_cents: row.revenue_cents,
            likely: LikelyImpact {
                tickets: row.all_tickets - row.tickets,
                customers: row.all_customers - row.customers,
                organizations: row.all_organizations - row.organizations,
                revenue_cents: row.all_revenue_cents - row.revenue_cents,
            },
            renewals: row.renewals,
            recent: row.recent,
            before: row.before,
        }
    }
}

/// What a topic weighs at `now`.
pub async fn impact(session: &mut impl Session, id: TopicId, now: Time) -> Result<Impact> {
    let week = std::time::Duration::from_hours(7 * 24);
    let row = session
        .query(
            "WITH mine AS (SELECT ticket.customer_id, ticket.organization_id, ticket.created_at,
                                  CASE WHEN topic.id = $1 THEN 1 ELSE 0 END AS sure
                           FROM topic JOIN link ON link.topic_id = topic.id JOIN ticket ON ticket.id = link.ticket_id
                           WHERE (topic.id = $1 OR topic.likely_in = $1) AND NOT ticket.internal AND ticket.status <> 'deleted'),
                  theirs AS (SELECT organization.id, organization.revenue_cents, organization.renewal_at, max(mine.sure) AS sure
                             FROM organization JOIN mine ON mine.organization_id = organization.id
                             GROUP BY organization.id, organization.revenue_cents, organization.renewal_at)
             SELECT (SELECT count(*) FROM mine WHERE sure = 1) AS tickets,
                    (SELECT count(DISTINCT customer_id) FROM mine WHERE sure = 1) AS customers,
                    (SELECT count(*) FROM theirs WHERE sure = 1) AS organizations,
                    CAST((SELECT coalesce(sum(revenue_cents), 0) FROM theirs WHERE sure = 1) AS BIGINT) AS revenue_cents,
                    (SELECT count(*) FROM mine) AS all_tickets,
                    (SELECT count(DISTINCT customer_id) FROM mine) AS all_customers,
                    (SELECT count(*) FROM theirs) AS all_organizations,
                    CAST((SELECT coalesce(sum(revenue_cents), 0) FROM theirs) AS BIGINT) AS all_revenue_cents,
                    (SELECT count(*) FROM theirs WHERE renewal_at >= $2 AND renewal_at < $3) AS renewals,
                    (SELECT count(*) FROM mine WHERE created_at >= $4) AS recent,
                    (SELECT count(*) FROM mine WHERE created_at < $4 AND created_at >= $5) AS before",
        )
        .bind(id)
        .bind(now)
        .bind(now.plus(week * 90 / 7))
        .bind(now.minus(week))
        .bind(now.minus(week * 2))
        .one::<ImpactRow>()
        .await?;
    Ok(row.into())
}

/// The topics that a customer's tickets are in.
pub async fn of_customer(session: &mut impl Session, customer: CustomerId) -> Result<Vec<TopicId>> {
    let rows = session
        .query(
            "SELECT DISTINCT link.topic_id FROM link JOIN ticket ON ticket.id = link.ticket_id
             WHERE ticket.customer_id = $1 ORDER BY link.topic_id",
        )
        .bind(customer)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many customers of a topic had a ticket in it by this time.
pub async fn customers_linked_by(session: &mut impl Session, id: TopicId, at: Time) -> Result<i64> {
    let row = session
        .query(
            "SELECT count(DISTINCT ticket.customer_id) FROM link JOIN ticket ON ticket.id = link.ticket_id
             WHERE link.topic_id = $1 AND NOT ticket.internal AND ticket.status <> 'deleted' AND link.linked_at <= $2",
        )
        .bind(id)
        .bind(at);
    Ok(row.one::<(i64,)>().await?.0)
}

/// The topics that a repository's releases may ship: unfinished, with an issue there.
pub async fn waiting_in(session: &mut impl Session, repository: &str) -> Result<Vec<TopicId>> {
    let rows = session
        .query(
            "SELECT topic.id FROM topic WHERE (topic.state NOT IN ('shipped', 'declined', 'merged')
                    OR (topic.state = 'shipped' AND EXISTS (
                        SELECT 1 FROM milestone likely WHERE likely.topic_id = topic.id AND likely.kind = 'shipped'
                           AND likely.cycle = topic.cycle AND likely.confidence = 'likely')))
               AND (EXISTS (SELECT 1 FROM issue WHERE issue.topic_id = topic.id AND lower(issue.repository) = lower($1))
                 OR EXISTS (SELECT 1 FROM fix WHERE fix.topic_id = topic.id AND lower(fix.repository) = lower($1)))
             ORDER BY topic.id",
        )
        .bind(repository)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A look at the topic's fix set has ended that began after this many news of releases.
pub async fn looked(tx: &mut Tx, id: TopicId, learned: i64) -> Result<()> {
    let set = "UPDATE topic SET looked = $2 WHERE id = $1 AND looked < $2";
    tx.query(set).bind(id).bind(learned).execute().await?;
    Ok(())
}

/// `%words%` for `LIKE ... ESCAPE '\'`, lower-cased.
pub(super) fn like(words: &str) -> String {
    let mut pattern = String::from("%");
    for c in words.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
