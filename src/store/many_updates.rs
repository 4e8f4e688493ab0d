//! Updates by the many: planned, claimed and settled by one statement for all of them (G4, one update per customer and milestone).
//!
//! What is done here to many is what `updates.rs` and `attempts.rs` do to one, under the same conditions. An update is *plain* where
//! nothing that is stored asks for a closer look before it is sent. Whatever else is so of one, it is not plain, and is looked at by
//! itself.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    Result, Session, Tx,
    columns::{pauses, record},
    many::{ManyRows, ROWS_MAX},
    recipient_tickets::reads_along,
    tickets::columns_of_ticket,
};
use crate::{
    base::{clock::Time, secret::Secret},
    model::{
        attempt::Attempt,
        id::{CustomerId, TicketId, TopicId, UpdateId},
        milestone::MilestoneKind,
        ticket::Ticket,
        topic::TopicState,
        update::Update,
    },
};

/// Plans those that are not planned yet.
static ADD: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH planned (id, customer_id, topic_id, origin_topic_id, milestone_id, kind, cycle, ticket_id, state, due_at, text, html,
                       reason, sent_at, likely, created_at) AS (VALUES ",
        16,
        r#") INSERT INTO "update" (id, customer_id, topic_id, origin_topic_id, milestone_id, kind, cycle, ticket_id, state, due_at,
                                   text, html, reason, sent_at, likely, created_at)
           SELECT id, customer_id, topic_id, origin_topic_id, milestone_id, kind, cycle, ticket_id, state, due_at, text, html, reason,
                  sent_at, likely, created_at FROM planned
           WHERE id IS NOT NULL ON CONFLICT (customer_id, milestone_id) DO NOTHING RETURNING id"#,
    )
});

/// Plans updates, and says which of them are new: a customer who has one for the step already, in whichever topic it is by now, gets
/// no other. `origin` is the topic that they go back to where a merge is undone.
pub async fn add(tx: &mut Tx, planned: &[Update], origin: TopicId, now: Time) -> Result<HashSet<UpdateId>> {
    let mut new = HashSet::with_capacity(planned.len());
    for some in planned.chunks(ROWS_MAX) {
        let insert = tx.query_many(&ADD, some, |insert, row| {
            insert
                .bind(row.map(|one| one.id))
                .bind(row.map(|one| one.customer))
                .bind(row.map(|one| one.topic))
                .bind(row.map(|_| origin))
                .bind(row.map(|one| one.milestone))
                .bind(row.map(|one| one.kind))
                .bind(row.map(|one| one.cycle))
                .bind(row.map(|one| one.ticket))
                .bind(row.map(Update::state))
                .bind(row.and_then(|one| one.standing.due_at()))
                .bind(row.map(|one| one.text.as_str()))
                .bind(row.map(|one| one.html.as_str()))
                .bind(row.and_then(|one| one.standing.reason()))
                .bind(row.and_then(|one| one.standing.sent_at()))
                .bind(row.map(|one| one.likely))
                .bind(row.map(|_| now))
        });
        new.extend(insert.all::<(UpdateId,)>().await?.into_iter().map(|(id,)| id));
    }
    Ok(new)
}

/// An update that is due and plain, and what decides beside the database whether it may go.
#[derive(Clone, Debug)]
pub struct PlainUpdate {
    /// Which.
    pub id: UpdateId,
    /// For whom.
    pub customer: CustomerId,
    /// About what.
    pub kind: MilestoneKind,
    /// In which ticket.
    pub ticket: TicketId,
    /// In which helpdesk.
    pub connection: String,
    /// The helpdesk's record of them.
    pub person: String,
    /// Where they are, as far as the helpdesk says.
    pub time_zone: Option<String>,
    /// Where the topic is.
    pub topic_state: TopicState,
}
record!(PlainUpdate {
    id, customer = "customer_id", kind, ticket = "ticket_id", connection, person = "requester_external_id", time_zone, topic_state
});

/// What an update is looked at with.
const LOOKED_AT: &str = r#") SELECT ours.id, ours.customer_id, ours.kind, ticket.id AS ticket_id, ticket.connection,
         ticket.requester_external_id, customer.time_zone, topic.state AS topic_state
     FROM wanted JOIN "update" ours ON ours.id = wanted.update_id
         JOIN milestone step ON step.id = ours.milestone_id
         JOIN topic ON topic.id = ours.topic_id
         JOIN ticket ON ticket.id = ours.ticket_id
         JOIN link ON link.ticket_id = ticket.id
         JOIN customer ON customer.id = ours.customer_id
         JOIN requester ON requester.connection = ticket.connection
             AND requester.external_id = ticket.requester_external_id
         LEFT JOIN release ON release.id = step.release_id
     WHERE "#;

/// Those of these updates that are plain: due, about the topic's own step in its present cycle and a release that stands, without
/// a doubt; to a customer of whom nothing is unusual, in their only ticket of the topic, which only they read, which belongs to a
/// record that mail reaches, and in which they wrote; about what neither they nor the ticket was told before; and paused by nobody.
static PLAIN: LazyLock<ManyRows> = LazyLock::new(|| {
    let conditions = [
        "ours.state = 'held'",
        "ours.due_at <= wanted.moment",
        "NOT ours.may_be_elsewhere",
        "step.topic_id = ours.topic_id",
        "topic.merged_into IS NULL",
        "topic.cycle = ours.cycle",
        "link.topic_id = ours.topic_id",
        "(step.confidence IS NULL OR step.confidence <> 'likely')",
        "(release.id IS NULL OR release.withdrawn_at IS NULL)",
        "(release.id IS NULL OR NOT release.prerelease)",
        "customer.opted_out_at IS NULL",
        "requester.standing = 'reachable'",
        "ticket.customer_id = ours.customer_id",
        "ticket.status NOT IN ('merged', 'deleted')",
        "ticket.channel = 'mail'",
        "NOT ticket.internal",
        concat!("NOT (", reads_along!(), ")"),
        "EXISTS (SELECT 1 FROM message WHERE message.ticket_id = ticket.id AND message.public AND message.author = 'customer')",
        "NOT EXISTS (SELECT 1 FROM requester other WHERE other.customer_id = ours.customer_id AND other.opted_out_at IS NOT NULL)",
        "NOT EXISTS (SELECT 1 FROM ticket other JOIN link also ON also.ticket_id = other.id
             WHERE other.customer_id = ours.customer_id AND other.id <> ticket.id AND also.topic_id = ours.topic_id)",
        "NOT EXISTS (SELECT 1 FROM ticket other WHERE other.customer_id = ours.customer_id AND other.unremembered)",
        r#"NOT EXISTS (SELECT 1 FROM "update" told WHERE told.ticket_id = ours.ticket_id AND told.kind = ours.kind
             AND told.id <> ours.id AND told.state IN ('sending', 'sent', 'in_doubt'))"#,
        r#"NOT EXISTS (SELECT 1 FROM "update" told WHERE told.topic_id = ours.topic_id AND told.customer_id = ours.customer_id
             AND told.kind = ours.kind AND told.id <> ours.id AND told.state IN ('sending', 'sent', 'in_doubt'))"#,
        concat!("NOT EXISTS (SELECT 1 FROM pause WHERE ", pauses!("ours.topic_id", "ticket.connection"), ")"),
    ];
    let all = conditions.join(" AND ");
    ManyRows::new("WITH wanted (update_id, moment) AS (VALUES ", 2, &[LOOKED_AT, &all].concat())
});

/// Those of these updates that are plain now.
pub async fn plain(session: &mut impl Session, ids: &[UpdateId], now: Time) -> Result<Vec<PlainUpdate>> {
    let mut plain = Vec::with_capacity(ids.len());
    for some in ids.chunks(ROWS_MAX) {
        let query = session.query_many(&PLAIN, some, |query, row| query.bind(row.copied()).bind(row.map(|_| now)));
        plain.extend(query.all::<PlainUpdate>().await?);
    }
    Ok(plain)
}

/// Holds them, one after the other: rows are held after they were put in order. A change of many rows takes them as it finds them, and
/// then two who hold the same customers may wait for each other.
static HOLD: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new("SELECT id FROM customer WHERE id IN (VALUES ", 1, ") ORDER BY id FOR NO KEY UPDATE")
});

/// Nobody else makes one of these customers one with another before the transaction ends. They are given in the order of their ids. On
/// SQLite nobody else writes anyway.
pub async fn hold(tx: &mut Tx, customers: &[CustomerId]) -> Result<()> {
    if tx.is_on_sqlite() {
        return Ok(());
    }
    for some in customers.chunks(ROWS_MAX) {
        let held = tx.query_many(&HOLD, some, |held, row| held.bind(row.copied()));
        held.all::<(CustomerId,)>().await?;
    }
    Ok(())
}

/// Claims those that are still held and due in this ticket.
static CLAIM: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH fresh (update_id, in_ticket, fresh_key, moment) AS (VALUES ",
        4,
        r#") UPDATE "update" SET state = 'sending', attempted_at = fresh.moment, look_ups = 0, held_by = NULL,
                 attempt = CASE WHEN page_key IS NULL THEN attempt + 1 ELSE attempt END,
                 page_key = coalesce(page_key, fresh.fresh_key)
             FROM fresh WHERE "update".id = fresh.update_id AND "update".ticket_id = fresh.in_ticket AND "update".state = 'held'
                 AND "update".due_at <= fresh.moment AND NOT "update".may_be_elsewhere
             RETURNING id, attempt, page_key"#,
    )
});

/// Claims plain updates, each with the fresh key beside it, as `attempts::claim` does one. Those that somebody else has claimed or
/// changed are left out.
pub async fn claim(tx: &mut Tx, fresh: &[(PlainUpdate, Secret)], now: Time) -> Result<Vec<(UpdateId, Attempt)>> {
    let mut claimed = Vec::with_capacity(fresh.len());
    for some in fresh.chunks(ROWS_MAX) {
        let update = tx.query_many(&CLAIM, some, |update, row| {
            update
                .bind(row.map(|(one, _)| one.id))
                .bind(row.map(|(one, _)| one.ticket))
                .bind(row.map(|(_, key)| key.expose()))
                .bind(row.map(|_| now))
        });
        let rows = update.all::<(UpdateId, i64, String)>().await?;
        let attempt = |(id, number, key)| (id, Attempt { number, page_key: Secret::new(key) });
        claimed.extend(rows.into_iter().map(attempt));
    }
    Ok(claimed)
}

/// The tickets of these ids.
static TICKETS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(concat!("SELECT ", columns_of_ticket!(), " FROM ticket WHERE ticket.id IN (VALUES "), 1, ")")
});

/// The tickets of these ids.
pub async fn tickets(session: &mut impl Session, ids: &[TicketId]) -> Result<Vec<Ticket>> {
    let mut tickets = Vec::with_capacity(ids.len());
    for some in ids.chunks(ROWS_MAX) {
        let query = session.query_many(&TICKETS, some, |query, row| query.bind(row.copied()));
        tickets.extend(query.all::<Ticket>().await?);
    }
    Ok(tickets)
}

/// An update whose reply is written.
#[derive(Clone, Copy, Debug)]
pub struct WrittenUpdate<'w> {
    /// Which.
    pub id: UpdateId,
    /// In which ticket.
    pub ticket: TicketId,
    /// The helpdesk's id of the reply.
    pub external_id: Option<&'w str>,
}

/// Settles those that were being sent.
static SENT: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH written (update_id, in_ticket, reply, moment) AS (VALUES ",
        4,
        r#") UPDATE "update" SET state = 'sent', ticket_id = written.in_ticket, external_id = written.reply,
                 sent_at = written.moment, reason = NULL, page_key = NULL
             FROM written WHERE "update".id = written.update_id AND "update".state = 'sending' RETURNING id"#,
    )
});

/// The customers have these. Says of which that was not known.
pub async fn sent(tx: &mut Tx, written: &[WrittenUpdate<'_>], now: Time) -> Result<HashSet<UpdateId>> {
    let mut news = HashSet::with_capacity(written.len());
    for some in written.chunks(ROWS_MAX) {
        let update = tx.query_many(&SENT, some, |update, row| {
            update
                .bind(row.map(|one| one.id))
                .bind(row.map(|one| one.ticket))
                .bind(row.and_then(|one| one.external_id))
                .bind(row.map(|_| now))
        });
        news.extend(update.all::<(UpdateId,)>().await?.into_iter().map(|(id,)| id));
    }
    Ok(news)
}

/// Those whose customers have more tickets there.
static WITH_OTHERS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH told (update_id) AS (VALUES ",
        1,
        r#") SELECT DISTINCT ours.id FROM told JOIN "update" ours ON ours.id = told.update_id
                 JOIN ticket other ON other.customer_id = ours.customer_id
                 JOIN link ON link.ticket_id = other.id
             WHERE other.id <> ours.ticket_id AND link.topic_id = ours.topic_id"#,
    )
});

/// Those of these updates whose customer has another ticket in the topic as well.
pub async fn with_other_tickets(session: &mut impl Session, ids: &[UpdateId]) -> Result<HashSet<UpdateId>> {
    let mut found = HashSet::new();
    for some in ids.chunks(ROWS_MAX) {
        let query = session.query_many(&WITH_OTHERS, some, |query, row| query.bind(row.copied()));
        found.extend(query.all::<(UpdateId,)>().await?.into_iter().map(|(id,)| id));
    }
    Ok(found)
}
