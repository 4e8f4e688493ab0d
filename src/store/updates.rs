//! Updates, planned once for each customer, topic, milestone and cycle (G4, one update per customer and milestone).

use std::sync::LazyLock;

use uuid::Uuid;

use super::{
    Result, Session, StoreError, Tx,
    columns::{owed, pauses, record, the_same_release, unsent, waiting},
    many::{ManyRows, ROWS_MAX},
};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, MilestoneId, TicketId, TopicId, UpdateId},
        milestone::MilestoneKind,
        progress::ToldCounts,
        update::{TimeWish, Update, UpdateStanding, UpdateState},
    },
};

/// [`Update`] as a row.
struct UpdateRow {
    id: UpdateId,
    customer: CustomerId,
    topic: TopicId,
    milestone: MilestoneId,
    kind: MilestoneKind,
    cycle: i64,
    ticket: TicketId,
    state: UpdateState,
    due_at: Option<Time>,
    text: String,
    html: String,
    reason: Option<String>,
    sent_at: Option<Time>,
    unclear: Option<String>,
    held_by: Option<String>,
    at_once: bool,
    likely: bool,
}
record!(UpdateRow {
    id, customer = "customer_id", topic = "topic_id", milestone = "milestone_id", kind, cycle, ticket = "ticket_id", state,
    due_at, text, html, reason, sent_at, unclear, held_by, at_once, likely
});

impl UpdateRow {
    fn read(self) -> Result<Update> {
        let missing = |what: &str| StoreError::Corrupt(format!("the update {} has no {what}", self.id));
        let why = self.reason.clone().unwrap_or_default();
        let standing = match self.state {
            UpdateState::Draft => UpdateStanding::Draft(why),
            UpdateState::Held => UpdateStanding::Held {
                until: self.due_at.ok_or_else(|| missing("time at which it is due"))?,
                why: self.reason,
            },
            UpdateState::Sending => UpdateStanding::Sending,
            UpdateState::Sent => UpdateStanding::Sent(self.sent_at.ok_or_else(|| missing("time of sending"))?),
            UpdateState::Skipped => UpdateStanding::Skipped(why),
            UpdateState::Cancelled => UpdateStanding::Cancelled(why),
            UpdateState::Failed => UpdateStanding::Failed(why),
            UpdateState::InDoubt => UpdateStanding::InDoubt(why),
        };
        let wish = match (self.state, self.held_by, self.at_once) {
            (UpdateState::Held, Some(by), _) => Some(TimeWish::NotBefore(by)),
            (UpdateState::Held, None, true) => Some(TimeWish::AtOnce),
            _ => None,
        };
        let Self { id, customer, topic, milestone, kind, cycle, ticket, text, html, unclear, likely, .. } = self;
        Ok(Update { id, customer, topic, milestone, kind, cycle, ticket, standing, text, html, unclear, wish, likely })
    }
}

fn read_all(rows: Vec<UpdateRow>) -> Result<Vec<Update>> {
    rows.into_iter().map(UpdateRow::read).collect()
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            r#"SELECT id, customer_id, topic_id, milestone_id, kind, cycle, ticket_id, state, due_at, text, html, reason, sent_at,
                      unclear, held_by, at_once, likely FROM "update" "#,
            $rest
        )
    };
}

/// The updates of which nobody knows whether they stand in this ticket.
pub async fn unclear_in(session: &mut impl Session, ticket: TicketId) -> Result<Vec<Update>> {
    let unclear = select!("WHERE ticket_id = $1 AND state IN ('sending', 'in_doubt') AND attempted_at IS NOT NULL");
    read_all(session.query(unclear).bind(ticket).all().await?)
}

/// The update of this id.
pub async fn get(session: &mut impl Session, id: UpdateId) -> Result<Option<Update>> {
    session.query(select!("WHERE id = $1")).bind(id).optional().await?.map(UpdateRow::read).transpose()
}

/// The updates of these ids.
static GET_MANY: LazyLock<ManyRows> = LazyLock::new(|| ManyRows::new(select!("WHERE id IN (VALUES "), 1, ")"));

/// The updates of these ids, in no order.
pub async fn get_many(session: &mut impl Session, ids: &[UpdateId]) -> Result<Vec<Update>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(ROWS_MAX) {
        let query = session.query_many(&GET_MANY, some, |query, row| query.bind(row.copied()));
        found.extend(read_all(query.all().await?)?);
    }
    Ok(found)
}

/// The updates of a topic, newest first.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<Update>> {
    read_all(session.query(select!("WHERE topic_id = $1 ORDER BY id DESC")).bind(topic).all().await?)
}

/// The newest updates of a topic, newest first.
pub async fn newest_of_topic(session: &mut impl Session, topic: TopicId, limit: i64) -> Result<Vec<Update>> {
    let query = session.query(select!("WHERE topic_id = $1 ORDER BY id DESC LIMIT $2"));
    read_all(query.bind(topic).bind(limit).all().await?)
}

/// How the updates of a topic stand of which some can be done something with at once: of each step, how many stand so. When held ones
/// are due is not among it.
pub async fn standings(
    session: &mut impl Session,
    topic: TopicId,
) -> Result<Vec<(MilestoneKind, UpdateStanding, i64)>> {
    let rows = session
        .query(
            r#"SELECT kind, state, reason, count(*) FROM "update" WHERE topic_id = $1 AND state IN ('draft', 'held', 'cancelled')
               GROUP BY kind, state, reason ORDER BY kind, state"#,
        )
        .bind(topic)
        .all::<(MilestoneKind, UpdateState, Option<String>, i64)>()
        .await?;
    let standing = |state, why: Option<String>| match state {
        UpdateState::Held => UpdateStanding::Held { until: Time::from_seconds(0), why },
        UpdateState::Draft => UpdateStanding::Draft(why.unwrap_or_default()),
        _ => UpdateStanding::Cancelled(why.unwrap_or_default()),
    };
    Ok(rows.into_iter().map(|(kind, state, why, count)| (kind, standing(state, why), count)).collect())
}

/// The updates of a milestone.
pub async fn of_milestone(session: &mut impl Session, milestone: MilestoneId) -> Result<Vec<Update>> {
    read_all(session.query(select!("WHERE milestone_id = $1 ORDER BY id")).bind(milestone).all().await?)
}

/// The updates of a customer, newest first.
pub async fn of_customer(session: &mut impl Session, customer: CustomerId) -> Result<Vec<Update>> {
    read_all(session.query(select!("WHERE customer_id = $1 ORDER BY id DESC")).bind(customer).all().await?)
}

/// The unsent updates that quote a ticket.
pub async fn unsent_in(session: &mut impl Session, ticket: TicketId) -> Result<Vec<Update>> {
    let rows = session.query(select!("WHERE ticket_id = $1 AND state IN ('draft', 'held') ORDER BY id"));
    read_all(rows.bind(ticket).all().await?)
}

/// The updates for a ticket, newest first.
pub async fn of_ticket(session: &mut impl Session, ticket: TicketId) -> Result<Vec<Update>> {
    read_all(session.query(select!("WHERE ticket_id = $1 ORDER BY id DESC")).bind(ticket).all().await?)
}

/// Whether a person ever rewrote an update, alone or with others.
pub async fn is_edited(session: &mut impl Session, id: UpdateId) -> Result<bool> {
    let row = session
        .query("SELECT 1 FROM audit WHERE action IN ('edit', 'edit_all') AND subject = $1 LIMIT 1")
        .bind(id.to_string());
    Ok(row.optional::<(i32,)>().await?.is_some())
}

/// Whether a person ever rewrote this update alone.
pub async fn is_edited_alone(session: &mut impl Session, id: UpdateId) -> Result<bool> {
    let row = session.query("SELECT 1 FROM audit WHERE action = 'edit' AND subject = $1 LIMIT 1").bind(id.to_string());
    Ok(row.optional::<(i32,)>().await?.is_some())
}

/// Whether an update about this step of the topic, other than this one, was or may have been sent in a ticket, whoever it
/// was for (G4, one update per customer and milestone). So it is where a merged topic told there, or this customer, the same in this
/// cycle: of a fix, the same release.
pub async fn was_told_in(session: &mut impl Session, ticket: TicketId, about: &Update) -> Result<bool> {
    let row = session
        .query(concat!(
            // Not by the topic, which may have been told to thousands.
            r#"SELECT 1 FROM (
                   SELECT id, ticket_id, customer_id, topic_id, milestone_id, kind, cycle, state FROM "update" WHERE ticket_id = $1
                   UNION SELECT id, ticket_id, customer_id, topic_id, milestone_id, kind, cycle, state FROM "update"
                   WHERE customer_id = $5) AS told
                   JOIN "update" ours ON ours.id = $4
                   JOIN milestone theirs ON theirs.id = told.milestone_id JOIN milestone step ON step.id = ours.milestone_id
               WHERE told.topic_id = $2 AND told.kind = $3 AND told.id <> $4
                 AND told.state IN ('sending', 'sent', 'in_doubt')
                 AND (told.ticket_id = $1 AND theirs.id = step.id
                      OR (told.ticket_id = $1 OR told.customer_id = $5) AND told.cycle = ours.cycle AND ours.cycle >= 0
                         AND (told.kind <> 'shipped' OR "#,
            the_same_release!("theirs", "step"),
            ")) LIMIT 1"
        ))
        .bind(ticket)
        .bind(about.topic)
        .bind(about.kind)
        .bind(about.id)
        .bind(about.customer);
    Ok(row.optional::<(i32,)>().await?.is_some())
}

/// Forgets the words of the replies in a ticket. What they meant stays.
pub async fn forget_replies(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    tx.query(r"UPDATE confirmation SET words = NULL WHERE via = 'reply' AND ticket_id = $1")
        .bind(ticket)
        .execute()
        .await?;
    // Somebody still has to say what it meant, and finds it in the ticket.
    tx.query(r#"UPDATE "update" SET unclear = $2 WHERE ticket_id = $1 AND unclear IS NOT NULL"#)
        .bind(ticket)
        .bind("The helpdesk has changed what they wrote; please look in the ticket.")
        .execute()
        .await?;
    Ok(())
}

/// Forgets the text of an update. One that may still be sent has to be written anew before that.
pub async fn forget_text(tx: &mut Tx, id: UpdateId) -> Result<()> {
    tx.query(r#"UPDATE "update" SET text = '', html = '', page_key = NULL WHERE id = $1"#).bind(id).execute().await?;
    Ok(())
}

/// Replaces the text of an update that is not told yet, whatever it waits for. An attempt with the old words has ended with it.
pub async fn rewrite(tx: &mut Tx, id: UpdateId, text: &str, html: &str) -> Result<()> {
    tx.query(concat!(
        r#"UPDATE "update" SET text = $2, html = $3, page_key = NULL WHERE id = $1 AND state IN "#,
        owed!()
    ))
    .bind(id)
    .bind(text)
    .bind(html)
    .execute()
    .await?;
    Ok(())
}

/// How many updates a customer got after this time, and when the first of them was sent.
pub async fn sent_since(session: &mut impl Session, customer: CustomerId, since: Time) -> Result<(i64, Option<Time>)> {
    session
        .query(
            r#"SELECT count(*), min(sent_at) FROM "update" WHERE customer_id = $1 AND state = 'sent' AND sent_at > $2"#,
        )
        .bind(customer)
        .bind(since)
        .one()
        .await
}

/// What was doubted of the fix, as far as whoever approved an update had read. `None` if nobody approved it, and if nothing was.
pub async fn approved_doubt(session: &mut impl Session, id: UpdateId) -> Result<Option<String>> {
    let row = session.query(r#"SELECT approved_doubt FROM "update" WHERE id = $1"#).bind(id);
    Ok(row.optional::<(Option<String>,)>().await?.and_then(|(doubt,)| doubt))
}

/// Whether a person approved an update.
pub async fn is_approved(session: &mut impl Session, id: UpdateId) -> Result<bool> {
    let row = session.query(r#"SELECT 1 FROM "update" WHERE id = $1 AND approved_by IS NOT NULL"#).bind(id);
    Ok(row.optional::<(i32,)>().await?.is_some())
}

/// The newest update that was sent in a ticket until then, whatever it was about.
pub async fn last_sent(session: &mut impl Session, ticket: TicketId, before: Time) -> Result<Option<Update>> {
    let row = session
        .query(select!("WHERE ticket_id = $1 AND state = 'sent' AND sent_at <= $2 ORDER BY sent_at DESC LIMIT 1"))
        .bind(ticket)
        .bind(before);
    row.optional().await?.map(UpdateRow::read).transpose()
}

/// The newest update a customer got in a ticket, which is what their reply answers.
pub async fn last_told(session: &mut impl Session, ticket: TicketId, before: Time) -> Result<Option<Update>> {
    let row = session
        .query(select!(
            "WHERE ticket_id = $1 AND state = 'sent' AND sent_at <= $2 AND kind IN ('shipped', 'workaround') ORDER BY sent_at DESC LIMIT 1"
        ))
        .bind(ticket)
        .bind(before)
        .optional()
        .await?;
    row.map(UpdateRow::read).transpose()
}

/// Updates in a state, oldest first, after a cursor.
pub async fn list(
    session: &mut impl Session,
    state: Option<UpdateState>,
    after: Option<UpdateId>,
    limit: i64,
) -> Result<Vec<Update>> {
    // One statement for each, so that each goes by an index.
    let statement = if state.is_some() {
        select!("WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3")
    } else {
        select!("WHERE $1 IS NULL AND id > $2 ORDER BY id LIMIT $3")
    };
    let rows = session
        .query(statement)
        .bind(state)
        .bind(after.unwrap_or(UpdateId::from(Uuid::nil())))
        .bind(limit)
        .all()
        .await?;
    read_all(rows)
}

/// The updates that were answered in words of which only a person can say what they mean, oldest first.
pub async fn unclear(session: &mut impl Session, limit: i64) -> Result<Vec<Update>> {
    read_all(session.query(select!("WHERE unclear IS NOT NULL ORDER BY id LIMIT $1")).bind(limit).all().await?)
}

/// How many updates wait for a person to say what their answer means.
pub async fn unclear_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session.query(r#"SELECT count(*) FROM "update" WHERE unclear IS NOT NULL"#).one::<(i64,)>().await?;
    Ok(count)
}

/// The updates about the fix of a cycle that are planned and not under way.
pub async fn waiting_for_the_fix(session: &mut impl Session, topic: TopicId, cycle: i64) -> Result<Vec<Update>> {
    let query = session
        .query(select!("WHERE topic_id = $1 AND cycle = $2 AND kind = 'shipped' AND state IN ('draft', 'held')"))
        .bind(topic)
        .bind(cycle);
    read_all(query.all().await?)
}

/// Keeps an answer that only a person can read, or nothing once somebody has.
pub async fn set_unclear(tx: &mut Tx, id: UpdateId, words: Option<&str>) -> Result<()> {
    tx.query(r#"UPDATE "update" SET unclear = $2 WHERE id = $1"#).bind(id).bind(words).execute().await?;
    Ok(())
}

/// An update that is due, or has to be looked up.
pub struct DueUpdate {
    /// Which.
    pub id: UpdateId,
    /// In which helpdesk.
    pub connection: String,
    /// Whether it is held; else its sending was cut off.
    pub is_held: bool,
    /// Since when it is due, if it is held.
    pub due_at: Option<Time>,
    /// Whether a job that sends many waits or runs in that helpdesk: what is due there is among what it sends.
    pub is_answered: bool,
}
record!(DueUpdate { id, connection, is_held, due_at, is_answered });

/// Held updates that are due and not paused, and those whose sending was cut off and must be looked up (what was looked at last comes
/// last): of each connection so many of both, so that none waits behind another helpdesk's that do not get ahead (G12, intake never
/// stops). It is one statement: of a job of the kind `sends_many` that ends between two, what it sent would be due and nobody's.
pub async fn due(
    session: &mut impl Session,
    now: Time,
    unclear_before: Time,
    (held, cut_off): (i64, i64),
    sends_many: &str,
) -> Result<Vec<DueUpdate>> {
    session
        .query(
            concat!(r#"SELECT id, connection, is_held, due_at, connection IN (
                   SELECT args ->> 'connection' FROM river_job
                   WHERE kind = $5 AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')) AS is_answered
               FROM (
                   SELECT "update".id, ticket.connection, "update".due_at, "update".state = 'held' AS is_held,
                       row_number() OVER (PARTITION BY ticket.connection, "update".state
                       ORDER BY CASE WHEN "update".state = 'sending' THEN "update".attempted_at ELSE "update".due_at END, "update".id) AS nth
                   FROM "update" JOIN ticket ON ticket.id = "update".ticket_id
                   WHERE ("update".state = 'sending' AND "update".attempted_at <= $2)
                      OR ("update".state = 'held' AND "update".due_at <= $1 AND NOT EXISTS (SELECT 1 FROM pause WHERE "#,
                pauses!(r#""update".topic_id"#, "ticket.connection"),
                "))) AS waiting WHERE nth <= CASE WHEN is_held THEN $3 ELSE $4 END ORDER BY nth, id"),
        )
        .bind(now)
        .bind(unclear_before)
        .bind(held)
        .bind(cut_off)
        .bind(sends_many)
        .all()
        .await
}

/// A message of ours was found in a ticket of the same customer's. If an update had to open a new ticket, replies there answer it from
/// now on.
pub async fn found_in(tx: &mut Tx, connection: &str, external_id: &str, ticket: TicketId) -> Result<()> {
    tx.query(
        r#"UPDATE "update" SET ticket_id = $1 WHERE external_id = $2 AND state = 'sent' AND ticket_id <> $1
             AND customer_id = (SELECT customer_id FROM ticket WHERE id = $1)
             AND ticket_id IN (SELECT id FROM ticket WHERE connection = $3)"#,
    )
    .bind(ticket)
    .bind(external_id)
    .bind(connection)
    .execute()
    .await?;
    Ok(())
}

/// Moves an update from one state to another. An attempt that was under way has ended, unless it is only held for longer, or
/// again because nothing was sent. Who sends it again from a doubt has looked where it may be. What a person holds is held until
/// then at least, and whoever wanted it sent at once wanted that of this attempt. False if it was no longer in `from`.
pub async fn turn(tx: &mut Tx, id: UpdateId, from: UpdateState, to: &UpdateStanding) -> Result<bool> {
    let rows = tx
        .query(
            r#"UPDATE "update" SET state = $3, reason = $4,
                   due_at = CASE WHEN held_by IS NOT NULL AND due_at > $5 THEN due_at ELSE coalesce($5, due_at) END,
                   held_by = CASE WHEN due_at <= $5 THEN NULL ELSE held_by END,
                   at_once = at_once AND $2 = 'sending' AND $3 = 'held',
                   page_key = CASE WHEN $2 IN ('held', 'sending') AND $3 = 'held' THEN page_key END,
                   may_be_elsewhere = may_be_elsewhere AND $2 <> 'in_doubt'
               WHERE id = $1 AND state = $2"#,
        )
        .bind(id)
        .bind(from)
        .bind(to.state())
        .bind(to.reason())
        .bind(to.due_at())
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Says otherwise why an update is where it is, and changes nothing else: not what is known of an attempt either. False if it was no
/// longer in `state`.
pub async fn explain(tx: &mut Tx, id: UpdateId, state: UpdateState, reasons: &str) -> Result<bool> {
    let rows = tx
        .query(r#"UPDATE "update" SET reason = $3 WHERE id = $1 AND state = $2"#)
        .bind(id)
        .bind(state)
        .bind(reasons)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Replaces the text with a person's. False if the update is being sent or was sent.
pub async fn edit(tx: &mut Tx, id: UpdateId, text: &str, html: &str) -> Result<bool> {
    let rows = tx
        .query(concat!(
            r#"UPDATE "update" SET text = $2, html = $3, page_key = NULL WHERE id = $1 AND state IN "#,
            unsent!()
        ))
        .bind(id)
        .bind(text)
        .bind(html)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Records who approved a draft, and which doubt of the fix they had read.
pub async fn approved(tx: &mut Tx, id: UpdateId, by: &str, doubt: Option<&str>) -> Result<()> {
    tx.query(r#"UPDATE "update" SET approved_by = $2, approved_doubt = $3 WHERE id = $1"#)
        .bind(id)
        .bind(by)
        .bind(doubt)
        .execute()
        .await?;
    Ok(())
}

record!(ToldCounts { told, confirmed, still_broken, waiting, failed });

/// Counts the customers who were told of a topic's shipping in a cycle, what waits to be told of it, and the answers. Whoever came
/// with a topic that was merged into it counts where they were told by that one.
pub async fn told(session: &mut impl Session, topic: TopicId, cycle: i64) -> Result<ToldCounts> {
    session
        .query(
            concat!(
            r#"SELECT (SELECT count(DISTINCT customer_id) FROM "update" WHERE topic_id = $1 AND cycle = $2 AND kind = 'shipped' AND state = 'sent') AS told,
                      (SELECT count(DISTINCT customer_id) FROM confirmation WHERE topic_id = $1 AND cycle = $2 AND verdict = 'works') AS confirmed,
                      (SELECT count(DISTINCT customer_id) FROM confirmation WHERE topic_id = $1 AND cycle = $2 AND verdict = 'still_broken') AS still_broken,
                      (SELECT count(*) FROM "update" WHERE topic_id = $1 AND cycle = $2 AND kind = 'shipped' AND state IN "#,
            waiting!(),
            r#") AS waiting,
                      (SELECT count(*) FROM "update" WHERE topic_id = $1 AND cycle = $2 AND kind = 'shipped' AND state IN ('failed', 'in_doubt')) AS failed"#
            ),
        )
        .bind(topic)
        .bind(cycle)
        .one()
        .await
}

/// How many updates are in each state in which a customer is still owed them. Of those that were told there are many more.
pub async fn owed_counts(session: &mut impl Session) -> Result<Vec<(UpdateState, i64)>> {
    let counted =
        concat!(r#"SELECT state, count(*) FROM "update" WHERE state IN "#, owed!(), " GROUP BY state ORDER BY state");
    session.query(counted).all().await
}

/// How many updates are in each state.
pub async fn counts(session: &mut impl Session) -> Result<Vec<(UpdateState, i64)>> {
    session.query(r#"SELECT state, count(*) FROM "update" GROUP BY state ORDER BY state"#).all().await
}
