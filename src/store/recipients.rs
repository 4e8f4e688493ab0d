//! The recipients of a topic, read for many customers at once: four statements for a page, however many it holds. Its likely members
//! are read apart from those that are in it.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use uuid::Uuid;

use super::{
    Result, Session,
    columns::{record, the_same_release},
    customers::columns_of_customer,
    likely_members::{guessed, waits},
    recipient_tickets::{self, is_wanted, reads_along},
};
use crate::{
    base::clock::Time,
    model::{
        customer::Customer,
        id::{CustomerId, MilestoneId, ReleaseId, TicketId, TopicId},
        milestone::MilestoneKind,
        recipient::{Recipient, UpdateSoFar, VerdictSoFar},
        update::{CustomerVerdict, UpdateState},
    },
};

/// An update, with the customer it is for.
struct UpdateSoFarRow {
    customer: CustomerId,
    milestone: MilestoneId,
    kind: MilestoneKind,
    cycle: i64,
    release: Option<ReleaseId>,
    state: UpdateState,
    sent_at: Option<Time>,
    ticket: TicketId,
    for_another: bool,
}
record!(UpdateSoFarRow {
    customer = "customer_id", milestone = "milestone_id", kind, cycle, release = "release_id", state, sent_at,
    ticket = "ticket_id", for_another
});

/// A verdict, with the customer who gave it.
struct VerdictRow {
    customer: CustomerId,
    verdict: CustomerVerdict,
    cycle: i64,
    said_at: Time,
}
record!(VerdictRow { customer = "customer_id", verdict, cycle, said_at = "confirmed_at" });

/// The recipients of a topic in the order of their customers' ids, after a cursor, at most `limit`.
pub async fn page(
    session: &mut impl Session,
    topic: TopicId,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<Recipient>> {
    let customers = session
        .query(concat!(
            "SELECT ",
            columns_of_customer!(),
            " FROM customer WHERE id IN (
                 SELECT ticket.customer_id FROM link JOIN ticket ON ticket.id = link.ticket_id
                 WHERE link.topic_id = $1 AND ($2 IS NULL OR ticket.customer_id > $2))
             ORDER BY id LIMIT $3"
        ))
        .bind(topic)
        .bind(after)
        .bind(limit)
        .all::<Customer>()
        .await?;
    fill(session, topic, customers, WalkedMembers::Sure).await
}

/// A customer, with how many tickets of theirs are in the topic.
struct CountedCustomer {
    customer: Customer,
    tickets: i64,
}
record!(CountedCustomer { flat customer, tickets });

/// For a page that only shows recipients, no more tickets than this are looked at, except for those of its last customer.
const LOOKED_AT: i64 = 1_000;

/// Some recipients, to be shown.
#[derive(Clone, Debug, Default)]
pub struct ShownRecipients {
    /// They, each with the one ticket in which they would be told.
    pub recipients: Vec<Recipient>,
    /// Whether there are fewer of them than were asked for, because they have so many tickets, and others follow.
    pub is_cut: bool,
}

/// The recipients of a topic that are known to be in it, to be shown: as [`page`] gives them, but for those who are not reachable, and
/// each with the first ticket in which they are. They are found by what was counted as the last change committed, so that no page looks
/// at every ticket of the topic. Whoever is told is never found here.
async fn page_to_show(
    session: &mut impl Session,
    topic: TopicId,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<ShownRecipients> {
    let found = session
        .query(concat!(
            "SELECT ",
            columns_of_customer!(),
            ", counted.tickets FROM (
                 SELECT customer_id, count(*) AS tickets FROM impact_ticket
                 WHERE topic_id = $1 AND sure = 1 AND customer_id > $2
                 GROUP BY customer_id ORDER BY customer_id LIMIT $3) counted
             JOIN customer ON customer.id = counted.customer_id ORDER BY customer.id"
        ))
        .bind(topic)
        .bind(after.unwrap_or_else(|| Uuid::nil().into()))
        .bind(limit)
        .all::<CountedCustomer>()
        .await?;
    let (mut customers, mut tickets, all) = (Vec::new(), 0_i64, found.len());
    for counted in found {
        if tickets >= LOOKED_AT {
            break;
        }
        tickets = tickets.saturating_add(counted.tickets);
        customers.push(counted.customer);
    }
    let is_cut = customers.len() < all;
    Ok(ShownRecipients { recipients: fill(session, topic, customers, WalkedMembers::Shown).await?, is_cut })
}

/// Which recipients are read.
#[derive(Clone, Copy, Debug)]
enum WalkedMembers {
    /// Those with a ticket in the topic.
    Sure,
    /// The same, each with one ticket alone: that in which they would be told.
    Shown,
    /// Likely members, from this probability on.
    Likely(f64),
}

/// More than any probability: of likely members, only those who have an update about the topic.
const NONE_BUT_TOLD: f64 = 2.0;

/// Where a walk over the recipients of a topic has come to: first over those that are in it, then over its likely members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecipientsWalk {
    /// Whether those that are in it are through.
    likely: bool,
    after: Option<CustomerId>,
}

impl RecipientsWalk {
    /// Behind this recipient.
    pub fn behind(recipient: &Recipient) -> Self {
        Self { likely: recipient.is_likely(), after: Some(recipient.customer.id) }
    }

    /// What its text says.
    pub fn parse(text: &str) -> Option<Self> {
        let (likely, id) = text.strip_prefix(LIKELY).map_or((false, text), |id| (true, id));
        Some(Self { likely, after: Some(CustomerId::parse(id)?) })
    }
}

/// How a place among likely members begins.
const LIKELY: &str = "likely-";

impl fmt::Display for RecipientsWalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let likely = if self.likely { LIKELY } else { "" };
        let after = self.after.map(|id| id.to_string()).unwrap_or_default();
        write!(f, "{likely}{after}")
    }
}

/// The next recipients of a topic, at most `limit`: those that are in it, and then its likely members that are as likely as `least`,
/// or have an update about it. None at the end. Nobody is both.
pub async fn walk_on(
    session: &mut impl Session,
    topic: TopicId,
    walk: &mut RecipientsWalk,
    least: Option<f64>,
    limit: i64,
) -> Result<Vec<Recipient>> {
    if !walk.likely {
        let sure = page(session, topic, walk.after, limit).await?;
        if let Some(last) = sure.last() {
            walk.after = Some(last.customer.id);
            return Ok(sure);
        }
        *walk = RecipientsWalk { likely: true, after: None };
    }
    walk_on_over_likely(session, topic, walk, least, limit).await
}

async fn walk_on_over_likely(
    session: &mut impl Session,
    topic: TopicId,
    walk: &mut RecipientsWalk,
    least: Option<f64>,
    limit: i64,
) -> Result<Vec<Recipient>> {
    let likely = likely_page(session, topic, walk.after, least.unwrap_or(NONE_BUT_TOLD), limit).await?;
    walk.after = likely.last().map(|last| last.customer.id).or(walk.after);
    Ok(likely)
}

/// The same as [`walk_on`], for a page that only shows them.
pub async fn walk_to_show(
    session: &mut impl Session,
    topic: TopicId,
    walk: &mut RecipientsWalk,
    least: Option<f64>,
    limit: i64,
) -> Result<ShownRecipients> {
    if !walk.likely {
        let sure = page_to_show(session, topic, walk.after, limit).await?;
        if let Some(last) = sure.recipients.last() {
            walk.after = Some(last.customer.id);
            return Ok(sure);
        }
        *walk = RecipientsWalk { likely: true, after: None };
    }
    let recipients = walk_on_over_likely(session, topic, walk, least, limit).await?;
    Ok(ShownRecipients { recipients, is_cut: false })
}

/// The likely members of a topic without a ticket in it, in the order of their customers' ids, after a cursor.
async fn likely_page(
    session: &mut impl Session,
    topic: TopicId,
    after: Option<CustomerId>,
    least: f64,
    limit: i64,
) -> Result<Vec<Recipient>> {
    let customers = session
        .query(concat!(
            guessed!(),
            "SELECT ",
            columns_of_customer!(),
            " FROM customer WHERE id IN (
                 SELECT ticket.customer_id FROM guessed JOIN ticket ON ticket.id = guessed.ticket_id
                 WHERE ($2 IS NULL OR ticket.customer_id > $2) AND ",
            is_wanted!(),
            ") AND NOT EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id
                               WHERE link.topic_id = $1 AND ticket.customer_id = customer.id)
             ORDER BY id LIMIT $3"
        ))
        .bind(topic)
        .bind(after)
        .bind(limit)
        .bind(least)
        .all::<Customer>()
        .await?;
    fill(session, topic, customers, WalkedMembers::Likely(least)).await
}

/// The tickets of the likely members that [`walk_on`] gives for this probability.
pub async fn likely_tickets(session: &mut impl Session, topic: TopicId, least: f64) -> Result<HashSet<TicketId>> {
    let rows = session
        .query(concat!(
            guessed!(),
            "SELECT ticket.id FROM guessed JOIN ticket ON ticket.id = guessed.ticket_id
             WHERE guessed.score >= $2 AND NOT EXISTS (SELECT 1 FROM link sure JOIN ticket other ON other.id = sure.ticket_id
                 WHERE sure.topic_id = $1 AND other.customer_id = ticket.customer_id)"
        ))
        .bind(topic)
        .bind(least)
        .all::<(TicketId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// One recipient of a topic. If no ticket of theirs is in it, with those that are likely to be about it, as far as they have an
/// update.
pub async fn one(session: &mut impl Session, topic: TopicId, customer: CustomerId) -> Result<Option<Recipient>> {
    let customers = session
        .query(concat!("SELECT ", columns_of_customer!(), " FROM customer WHERE id = $1"))
        .bind(customer)
        .all::<Customer>()
        .await?;
    match fill(session, topic, customers, WalkedMembers::Sure).await?.pop() {
        Some(nowhere) if nowhere.tickets.is_empty() => {
            Ok(fill(session, topic, vec![nowhere.customer], WalkedMembers::Likely(NONE_BUT_TOLD)).await?.pop())
        }
        found => Ok(found),
    }
}

/// What decides whether and how these customers are told.
async fn fill(
    session: &mut impl Session,
    topic: TopicId,
    customers: Vec<Customer>,
    members: WalkedMembers,
) -> Result<Vec<Recipient>> {
    let (Some(first), Some(last)) = (customers.first().map(|one| one.id), customers.last().map(|one| one.id)) else {
        return Ok(Vec::new());
    };
    let mut recipients: BTreeMap<CustomerId, Recipient> = BTreeMap::new();
    for customer in customers {
        let nothing_yet = Recipient { customer, tickets: Vec::new(), updates: Vec::new(), verdicts: Vec::new() };
        recipients.insert(nothing_yet.customer.id, nothing_yet);
    }
    let tickets = match members {
        WalkedMembers::Sure => recipient_tickets::tickets(session, topic, first, last).await?,
        WalkedMembers::Shown => recipient_tickets::tickets_to_show(session, topic, first, last).await?,
        WalkedMembers::Likely(least) => {
            recipient_tickets::tickets_of_likely(session, topic, (first, last), least).await?
        }
    };
    for one in tickets {
        if let Some(recipient) = recipients.get_mut(&one.ticket.customer) {
            recipient.tickets.push(one);
        }
    }
    for row in updates(session, topic, first, last).await? {
        if let Some(recipient) = recipients.get_mut(&row.customer) {
            let UpdateSoFarRow { milestone, kind, cycle, release, state, sent_at, ticket, for_another, .. } = row;
            let so_far = UpdateSoFar { milestone, kind, cycle, release, state, sent_at, ticket, for_another };
            recipient.updates.push(so_far);
        }
    }
    for row in verdicts(session, topic, first, last).await? {
        if let Some(recipient) = recipients.get_mut(&row.customer) {
            recipient.verdicts.push(VerdictSoFar { verdict: row.verdict, cycle: row.cycle, said_at: row.said_at });
        }
    }
    Ok(recipients.into_values().collect())
}

/// The release that an update tells of, as the topic's own step calls it where that is the same one.
macro_rules! release_as_here {
    () => {
        concat!(
            "coalesce((SELECT own.release_id FROM milestone own WHERE own.topic_id = $1 AND own.kind = 'shipped' AND ",
            the_same_release!("own", "milestone"),
            " ORDER BY own.cycle DESC LIMIT 1), milestone.release_id)"
        )
    };
}

async fn updates(
    session: &mut impl Session,
    topic: TopicId,
    first: CustomerId,
    last: CustomerId,
) -> Result<Vec<UpdateSoFarRow>> {
    session
        .query(concat!(
            r#"SELECT told.id, told.customer_id, told.milestone_id, told.kind, told.cycle, "#,
            release_as_here!(),
            r#" AS release_id, told.state, told.sent_at, told.ticket_id, 1 = 0 AS for_another
               FROM "update" told JOIN milestone ON milestone.id = told.milestone_id
               WHERE told.topic_id = $1 AND told.customer_id >= $2 AND told.customer_id <= $3
               UNION ALL
               SELECT told.id, ticket.customer_id, told.milestone_id, told.kind, told.cycle, "#,
            release_as_here!(),
            r#", told.state, told.sent_at, told.ticket_id, 1 = 1
               FROM "update" told JOIN ticket ON ticket.id = told.ticket_id
                   JOIN milestone ON milestone.id = told.milestone_id
               WHERE told.topic_id = $1 AND ticket.customer_id <> told.customer_id
                 AND ticket.customer_id >= $2 AND ticket.customer_id <= $3
               ORDER BY 1 DESC"#
        ))
        .bind(topic)
        .bind(first)
        .bind(last)
        .all()
        .await
}

async fn verdicts(
    session: &mut impl Session,
    topic: TopicId,
    first: CustomerId,
    last: CustomerId,
) -> Result<Vec<VerdictRow>> {
    session
        .query(
            r#"SELECT said.customer_id, said.verdict, coalesce(told.cycle, said.cycle) AS cycle, said.confirmed_at
               FROM confirmation said LEFT JOIN "update" told ON told.id = said.update_id
               WHERE coalesce(told.topic_id, said.topic_id) = $1 AND said.customer_id >= $2 AND said.customer_id <= $3
               ORDER BY said.confirmed_at DESC, said.id DESC"#,
        )
        .bind(topic)
        .bind(first)
        .bind(last)
        .all()
        .await
}

/// Whether a reply in a ticket reaches other people as well.
pub async fn read_along(session: &mut impl Session, ticket: TicketId) -> Result<bool> {
    let row =
        session.query(concat!("SELECT 1 FROM ticket WHERE ticket.id = $1 AND (", reads_along!(), ")")).bind(ticket);
    Ok(row.optional::<(i32,)>().await?.is_some())
}
