//! What topics weigh, kept so that no page has to sum it up: `impact`, and the two tables that it is counted from.
//!
//! Whoever changes a link, a ticket, a topic or an organization only notes that it was touched. As the transaction commits,
//! `keep_up` reads what each touched ticket should count as, takes away what it counted as before, and adds what it counts as now.
//! That costs as much as what was touched, however many tickets the topic has. Where much was touched, as in a merge, or where
//! hundreds of tickets stand elsewhere with their topics, the topics are counted anew instead; a test holds both to the same figures.
//!
//! On PostgreSQL several transactions may touch one topic. Each holds the topic's row of `impact` before it reads what its tickets
//! should count as, so that it sees what the one before it did. The rows are held last and in order, so that nobody waits for
//! each other. A new organization's row is held before them: what it pays must not change meanwhile. A ticket that counts nowhere yet has
//! no topic that could be held for it: whoever links it and whoever changes what it counts as go one after the other by the ticket.

mod anew;
mod counted;
mod one;
mod scores;
mod tally;

use std::{collections::BTreeSet, sync::LazyLock};

pub use self::{
    anew::rebuild,
    scores::{any_is_due, rescore},
    tally::{are_many, counts, tally},
};
use self::{
    anew::{count_anew, counted_with, follow},
    counted::was_and_is,
    one::{count, count_alone, hold, hold_organization, is_behind, pays},
};
use super::{
    Result, Session, Tx,
    many::{ManyRows, ROWS_MAX},
    topics::ImpactRow,
    touched::{ONE_BY_ONE, Touched},
};
use crate::{
    base::clock::Time,
    model::{
        id::{OrganizationId, TicketId, TopicId},
        impact::Impact,
    },
};

/// How many tickets a transaction has to itself at most: PostgreSQL keeps such locks in a table of some thousand rows. Only where two
/// customers become one who wrote more tickets that nobody has grouped yet, others are touched.
const ALONE_MAX: usize = 500;

/// Counts what a transaction touched. Nothing else may be done in it afterwards.
pub(super) async fn keep_up(tx: &mut Tx) -> Result<()> {
    let Touched { mut tickets, mut topics, mut places, organizations, mut anew, born } =
        std::mem::take(&mut tx.touched);
    let (mut recounted, mut held_first) = (BTreeSet::new(), BTreeSet::new());
    let mut gone_along = BTreeSet::new();
    for topic in &places {
        topics.insert(*topic);
        if gone_along.len() <= ONE_BY_ONE {
            gone_along.extend(of_topic(tx, *topic).await?);
        }
    }
    if gone_along.len() > ONE_BY_ONE {
        anew.append(&mut places);
    } else {
        tickets.append(&mut gone_along);
    }
    for topic in anew {
        recounted.extend(counted_with(tx, topic).await?);
        tickets.extend(merged_into_topic(tx, topic).await?);
    }
    let touched: Vec<TicketId> = tickets.iter().copied().collect();
    tickets.extend(merged_into(tx, &touched).await?);
    for organization in &organizations {
        topics.extend(topics_of(tx, *organization).await?);
    }
    let (mut changed, mut uncounted) = (BTreeSet::new(), Vec::new());
    // What nobody knew of before and is in no topic counted nowhere, and does not now.
    let known: Vec<TicketId> = tickets.difference(&born).copied().collect();
    for ticket in known {
        let seen = look(tx, ticket, &mut topics, &mut held_first).await?;
        if seen.changes {
            changed.insert(ticket);
        }
        if !seen.counts {
            uncounted.push(ticket);
        }
    }
    for organization in held_first {
        hold_organization(tx, organization).await?;
    }
    for ticket in uncounted.into_iter().take(ALONE_MAX) {
        if count_alone(tx, ticket).await? && look(tx, ticket, &mut topics, &mut BTreeSet::new()).await?.changes {
            changed.insert(ticket);
        }
    }
    topics.extend(&recounted);
    for topic in &topics {
        hold(tx, *topic).await?;
    }
    for organization in organizations {
        pays(tx, organization).await?;
    }
    count_anew(tx, &recounted).await?;
    for topic in places {
        // What was put there until the topic was held goes along.
        let late = of_topic(tx, topic).await?;
        changed.extend(late.into_iter().filter(|ticket| !tickets.contains(ticket)));
    }
    for ticket in changed {
        count(tx, ticket, &mut topics).await?;
    }
    for topic in topics {
        follow(tx, topic).await?;
    }
    Ok(())
}

/// What is seen of a ticket before anything is held for it.
struct LookedAt {
    /// It counts somewhere.
    counts: bool,
    /// It counts as something else than it should.
    changes: bool,
}

/// Whether a ticket counts as something else than it should. If so, it is in these topics, and for these organizations where they
/// are new there.
async fn look(
    tx: &mut Tx,
    ticket: TicketId,
    topics: &mut BTreeSet<TopicId>,
    organizations: &mut BTreeSet<OrganizationId>,
) -> Result<LookedAt> {
    let (was, is) = was_and_is(tx, ticket).await?;
    for counted in is.iter().filter(|counted| !was.contains(*counted)) {
        if let Some(organization) = counted.organization
            && !is_behind(tx, counted.topic, organization).await?
        {
            organizations.insert(organization);
        }
    }
    let as_it_was = was.len() == is.len() && was.iter().all(|counted| is.contains(counted));
    if !as_it_was {
        topics.extend(was.iter().chain(&is).map(|counted| counted.topic));
    }
    Ok(LookedAt { counts: !was.is_empty(), changes: !as_it_was })
}

/// The tickets of a topic.
async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<TicketId>> {
    let rows = session.query("SELECT ticket_id FROM link WHERE topic_id = $1").bind(topic).all::<(TicketId,)>().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The tickets that were merged into any of a topic.
async fn merged_into_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<TicketId>> {
    let rows = session
        .query(
            "SELECT source.id FROM link JOIN ticket ON ticket.id = link.ticket_id
                 JOIN ticket source ON source.merged_into = ticket.external_id AND source.connection = ticket.connection
             WHERE link.topic_id = $1",
        )
        .bind(topic)
        .all::<(TicketId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A cross join keeps SQLite to its order: few tickets are merged, and it may take reading all of them for cheaper.
static MERGED_INTO: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "SELECT source.id FROM ticket CROSS JOIN ticket source
         WHERE source.merged_into = ticket.external_id AND source.connection = ticket.connection AND ticket.id IN (VALUES ",
        1,
        ")",
    )
});

/// The tickets that were merged into these: whether somebody raises a topic in them hangs on where these are.
pub(super) async fn merged_into(session: &mut impl Session, tickets: &[TicketId]) -> Result<Vec<TicketId>> {
    let mut merged = Vec::new();
    for some in tickets.chunks(ROWS_MAX) {
        let query = session.query_many(&MERGED_INTO, some, |query, row| query.bind(row.copied()));
        merged.extend(query.all::<(TicketId,)>().await?.into_iter().map(|(id,)| id));
    }
    Ok(merged)
}

/// The topics that an organization is behind.
async fn topics_of(session: &mut impl Session, organization: OrganizationId) -> Result<Vec<TopicId>> {
    let rows = session
        .query("SELECT topic_id FROM impact_organization WHERE organization_id = $1")
        .bind(organization)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What a topic weighs at `now`, as it was when the last change committed. Whoever changes something in a transaction and needs
/// what follows from it asks [`super::topics::impact`].
pub async fn get(session: &mut impl Session, topic: TopicId, now: Time) -> Result<Impact> {
    let week = std::time::Duration::from_hours(7 * 24);
    let row = session
        .query(
            "SELECT tickets, customers, organizations, revenue_cents, all_tickets, all_customers, all_organizations, all_revenue_cents,
                    (SELECT count(*) FROM impact_organization paying WHERE paying.topic_id = $1 AND paying.renewal_at >= $2
                        AND paying.renewal_at < $3) AS renewals,
                    (SELECT count(*) FROM impact_ticket written WHERE written.topic_id = $1 AND written.created_at >= $4
                        AND written.customer_id IS NOT NULL) AS recent,
                    (SELECT count(*) FROM impact_ticket written WHERE written.topic_id = $1 AND written.created_at >= $5
                        AND written.created_at < $4 AND written.customer_id IS NOT NULL) AS before
             FROM impact WHERE topic_id = $1",
        )
        .bind(topic)
        .bind(now)
        .bind(now.plus(week * 90 / 7))
        .bind(now.minus(week))
        .bind(now.minus(week * 2))
        .optional::<ImpactRow>()
        .await?;
    Ok(row.map(Impact::from).unwrap_or_default())
}
