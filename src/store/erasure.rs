//! Customers who are forgotten. What is left of them are rows that count, and traces that keep what was forgotten from coming
//! back and from being told again (G4, one update per customer and milestone; G6, nothing private leaves).

use super::{Result, Session, StoreError, Tx, columns::owed, impacts, marks, search_words, ties, topics, vocabulary};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, TicketId, TopicId, UpdateId},
        milestone::MilestoneKind,
        update::UpdateState,
    },
};

/// What a customer who is forgotten was told, or may have been told.
pub struct ToldFact {
    /// The topic.
    pub topic: TopicId,
    /// About which step.
    pub kind: MilestoneKind,
    /// In which cycle.
    pub cycle: i64,
}

/// Keeps a trace of what is forgotten: a keyed hash, which says nothing to whoever reads it.
pub async fn keep_trace(tx: &mut Tx, trace: &[u8], now: Time) -> Result<()> {
    tx.query("INSERT INTO erased (trace, erased_at) VALUES ($1, $2) ON CONFLICT (trace) DO NOTHING")
        .bind(trace)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// When what left this trace was forgotten.
pub async fn erased_at(session: &mut impl Session, trace: &[u8]) -> Result<Option<Time>> {
    let row = session.query("SELECT erased_at FROM erased WHERE trace = $1").bind(trace).optional::<(Time,)>().await?;
    Ok(row.map(|(at,)| at))
}

/// Whether anybody was ever forgotten.
pub async fn is_used(session: &mut impl Session) -> Result<bool> {
    Ok(session.query("SELECT 1 FROM erased LIMIT 1").optional::<(i32,)>().await?.is_some())
}

/// Every ticket of a customer.
pub async fn tickets(session: &mut impl Session, customer: CustomerId) -> Result<Vec<TicketId>> {
    let rows = session
        .query("SELECT id FROM ticket WHERE customer_id = $1 ORDER BY id")
        .bind(customer)
        .all::<(TicketId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The subjects of a customer's tickets that no ticket of anybody else has.
pub async fn own_subjects(session: &mut impl Session, customer: CustomerId) -> Result<Vec<String>> {
    let rows = session
        .query(
            "SELECT DISTINCT subject FROM ticket WHERE customer_id = $1 AND subject <> ''
               AND NOT EXISTS (SELECT 1 FROM ticket other WHERE other.subject = ticket.subject AND other.customer_id <> $1)
             ORDER BY subject",
        )
        .bind(customer)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(subject,)| subject).collect())
}

/// How notes name the topics that a customer's tickets are in or ever were: by their addresses here, or by their issues'. The title
/// beside that may be a subject of theirs, in whatever spelling.
pub async fn topic_addresses(session: &mut impl Session, customer: CustomerId) -> Result<Vec<String>> {
    let rows = session
        .query(
            "WITH RECURSIVE theirs (id) AS (
                 SELECT decision.topic_id FROM decision JOIN ticket ON ticket.id = decision.ticket_id
                  WHERE ticket.customer_id = $1 AND decision.topic_id IS NOT NULL
                 UNION SELECT link.topic_id FROM link JOIN ticket ON ticket.id = link.ticket_id WHERE ticket.customer_id = $1
                 UNION SELECT topic.merged_into FROM topic JOIN theirs ON theirs.id = topic.id
                  WHERE topic.merged_into IS NOT NULL)
             SELECT theirs.id, issue.url FROM theirs LEFT JOIN issue ON issue.topic_id = theirs.id",
        )
        .bind(customer)
        .all::<(TopicId, Option<String>)>()
        .await?;
    let names = |(topic, url): (TopicId, Option<String>)| [Some(topic.to_string()), url];
    Ok(rows.into_iter().flat_map(names).flatten().collect())
}

/// Forgets the notes that wait to be written and name a topic by this address.
pub async fn forget_notes_about(tx: &mut Tx, address: &str) -> Result<()> {
    tx.query(
        r"UPDATE outbox_message SET detail = '{}', state = CASE WHEN state = 'done' THEN state ELSE 'dropped' END
          WHERE kind = 'note' AND lower(CAST(detail AS TEXT)) LIKE $1 ESCAPE '\'",
    )
    .bind(topics::like(address))
    .execute()
    .await?;
    Ok(())
}

/// Every record of a customer: connection and the helpdesk's id.
pub async fn records(session: &mut impl Session, customer: CustomerId) -> Result<Vec<(String, String)>> {
    session
        .query("SELECT connection, external_id FROM requester WHERE customer_id = $1 ORDER BY connection, external_id")
        .bind(customer)
        .all()
        .await
}

/// The tickets of others in which a record of a person wrote: in copy, or before the ticket was given to somebody else. Says
/// of each whether what they wrote was the customer's word there.
pub async fn written_elsewhere(
    session: &mut impl Session,
    customer: CustomerId,
    connection: &str,
    record: &str,
) -> Result<Vec<(TicketId, bool)>> {
    session
        .query(
            "SELECT ticket.id, max(CASE WHEN message.author = 'customer' THEN 1 ELSE 0 END) = 1
             FROM message JOIN ticket ON ticket.id = message.ticket_id
             WHERE ticket.connection = $1 AND message.author_external_id = $2 AND ticket.customer_id <> $3
             GROUP BY ticket.id ORDER BY ticket.id",
        )
        .bind(connection)
        .bind(record)
        .bind(customer)
        .all()
        .await
}

/// Forgets what a record of a person wrote in a ticket. Gives the helpdesk's ids of it.
pub async fn forget_written(tx: &mut Tx, ticket: TicketId, record: &str) -> Result<Vec<String>> {
    let rows = tx
        .query("DELETE FROM message WHERE ticket_id = $1 AND author_external_id = $2 RETURNING external_id")
        .bind(ticket)
        .bind(record)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(external_id,)| external_id).collect())
}

/// What a customer was told, or may have been told.
pub async fn told(session: &mut impl Session, customer: CustomerId) -> Result<Vec<ToldFact>> {
    let rows = session
        .query(r#"SELECT topic_id, kind, cycle, state FROM "update" WHERE customer_id = $1 ORDER BY id"#)
        .bind(customer)
        .all::<(TopicId, MilestoneKind, i64, UpdateState)>()
        .await?;
    let told = rows.into_iter().filter(|(.., state)| state.may_have_arrived());
    Ok(told.map(|(topic, kind, cycle, _)| ToldFact { topic, kind, cycle }).collect())
}

/// What is left of a ticket is a row that is gone. `name` takes the place of the helpdesk's number.
pub async fn ticket(tx: &mut Tx, id: TicketId, name: &str) -> Result<()> {
    for sql in [
        "UPDATE outbox_message SET detail = '{}', state = CASE WHEN state = 'done' THEN state ELSE 'dropped' END
         WHERE kind IN ('note', 'reopen') AND subject = $2 AND $1 = $1",
        "DELETE FROM question WHERE ticket_id = $1 AND $2 = $2",
        "DELETE FROM escalation WHERE ticket_id = $1 AND $2 = $2",
        "DELETE FROM message WHERE ticket_id = $1 AND $2 = $2",
    ] {
        tx.query(sql).bind(id).bind(id.to_string()).execute().await?;
    }
    let merged = impacts::merged_into(tx, &[id]).await?;
    tx.touched.tickets.extend(merged.into_iter().chain([id]));
    vocabulary::forget(tx, id).await?;
    ties::forget(tx, id).await?;
    marks::forget(tx, id).await?;
    tx.query(
        "UPDATE ticket SET status = 'deleted', external_id = $2, requester_external_id = '', subject = '', url = NULL, tags = '[]', agent_name = NULL,
             agent_external_id = NULL, organization_id = NULL, merged_into = NULL, follow_up_of = NULL, name_trace = NULL
         WHERE id = $1",
    )
    .bind(id)
    .bind(name)
    .execute()
    .await?;
    Ok(())
}

/// What is left of a customer is a row without a name. What they were owed is cancelled; what is being sent cannot be called
/// back.
pub async fn customer(tx: &mut Tx, id: CustomerId, why: &str, now: Time) -> Result<()> {
    tx.query(concat!(
        r#"UPDATE "update" SET state = 'cancelled', reason = $2, page_key = NULL
           WHERE customer_id = $1 AND state <> 'sending' AND state IN "#,
        owed!()
    ))
    .bind(id)
    .bind(why)
    .execute()
    .await?;
    tx.query(
        "UPDATE customer SET name = '', email = NULL, locale = NULL, time_zone = NULL, opted_out_at = coalesce(opted_out_at, $2)
         WHERE id = $1",
    )
    .bind(id)
    .bind(now)
    .execute()
    .await?;
    for sql in [
        r#"UPDATE "update" SET text = '', html = '', unclear = NULL, external_id = NULL WHERE customer_id = $1"#,
        "UPDATE confirmation SET words = NULL, feeling = NULL WHERE customer_id = $1",
        "DELETE FROM page_token WHERE customer_id = $1",
        "DELETE FROM requester WHERE customer_id = $1",
    ] {
        tx.query(sql).bind(id).execute().await?;
    }
    search_words::of_customer(tx, id).await
}

/// The updates of a customer, for the health page to forget them.
pub async fn updates(session: &mut impl Session, customer: CustomerId) -> Result<Vec<UpdateId>> {
    let rows =
        session.query(r#"SELECT id FROM "update" WHERE customer_id = $1"#).bind(customer).all::<(UpdateId,)>().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Forgets every failure that speaks of one of these ids.
pub async fn failures(tx: &mut Tx, ids: impl IntoIterator<Item = String>) -> std::result::Result<(), StoreError> {
    for id in ids {
        tx.query("DELETE FROM failure WHERE subject LIKE $1").bind(format!("%{id}%")).execute().await?;
    }
    Ok(())
}

/// Forgets the failures of work on this, as it is written on the health page.
pub async fn failure_of(tx: &mut Tx, subject: &str) -> Result<()> {
    tx.query("DELETE FROM failure WHERE subject = $1").bind(subject).execute().await?;
    Ok(())
}

/// Forgets the failures of a kind of work that name this among others. They come again, without it, if the work still fails.
pub async fn failures_that_name(tx: &mut Tx, work: &str, named: &str) -> Result<()> {
    let subject = format!("%{named}%");
    tx.query("DELETE FROM failure WHERE work = $1 AND subject LIKE $2").bind(work).bind(subject).execute().await?;
    Ok(())
}
