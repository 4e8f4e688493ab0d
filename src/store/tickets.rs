//! Tickets and their messages, as the helpdesk last had them.
//!
//! The third key against duplicates and disorder (G2, twice, late or out of order changes nothing): a snapshot that is
//! older than what we have changes nothing, and a message is stored once by the helpdesk's id.

use std::collections::HashMap;

use sqlx::types::Json;

use super::{Result, Session, Tx, columns::record, impacts, marks, search_text, vocabulary};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, MessageId, OrganizationId, TicketId, TopicId},
        ticket::{Message, MessageAuthor, MessageTrust, Ticket, TicketStatus},
    },
};

record!(Ticket {
    id, connection, external_id, url, brand, subject, status, json tags, customer = "customer_id", requester_external_id,
    organization = "organization_id", agent_external_id, agent_name, channel, created_at, changed_at, merged_into,
    follow_up_of, reaches_others, internal
});
record!(Message { id, ticket = "ticket_id", external_id, author, author_external_id, public, trust, body, created_at });

/// The columns of a ticket, for every statement that reads one.
macro_rules! columns_of_ticket {
    () => {
        "ticket.id, ticket.connection, ticket.external_id, ticket.url, ticket.brand, ticket.subject, ticket.status,
         ticket.tags, ticket.customer_id, ticket.requester_external_id, ticket.organization_id, ticket.agent_external_id, ticket.agent_name, ticket.channel,
         ticket.created_at, ticket.changed_at, ticket.merged_into, ticket.follow_up_of, ticket.reaches_others,
         ticket.internal"
    };
}
pub(super) use columns_of_ticket;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns_of_ticket!(), " FROM ticket ", $rest)
    };
}

/// Stores a ticket as the helpdesk has it. `ticket.id` is used only if the ticket is new. Returns the id under which it
/// is stored, or `None` if what we have is newer.
pub async fn put(tx: &mut Tx, ticket: &Ticket, now: Time) -> Result<Option<TicketId>> {
    let row = tx
        .query(
            "INSERT INTO ticket (id, connection, external_id, url, brand, subject, status, tags, customer_id, organization_id,
                                 agent_external_id, agent_name, created_at, changed_at, merged_into,
                                 follow_up_of, requester_external_id, channel, read_at, reaches_others)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
             ON CONFLICT (connection, external_id) DO UPDATE SET
                url = excluded.url, brand = excluded.brand, subject = excluded.subject, status = excluded.status,
                tags = excluded.tags, customer_id = excluded.customer_id,
                requester_external_id = excluded.requester_external_id, organization_id = excluded.organization_id,
                agent_external_id = excluded.agent_external_id, agent_name = excluded.agent_name, channel = excluded.channel,
                changed_at = excluded.changed_at, read_at = excluded.read_at, merged_into = coalesce(excluded.merged_into, ticket.merged_into),
                follow_up_of = coalesce(excluded.follow_up_of, ticket.follow_up_of), reaches_others = excluded.reaches_others
             WHERE ticket.changed_at <= excluded.changed_at
             RETURNING id",
        )
        .bind(ticket.id)
        .bind(ticket.connection.as_str())
        .bind(ticket.external_id.as_str())
        .bind(ticket.url.as_deref())
        .bind(ticket.brand.as_deref())
        .bind(ticket.subject.as_str())
        .bind(ticket.status)
        .bind(Json(&ticket.tags))
        .bind(ticket.customer)
        .bind(ticket.organization)
        .bind(ticket.agent_external_id.as_deref())
        .bind(ticket.agent_name.as_deref())
        .bind(ticket.created_at)
        .bind(ticket.changed_at)
        .bind(ticket.merged_into.as_deref())
        .bind(ticket.follow_up_of.as_deref())
        .bind(ticket.requester_external_id.as_str())
        .bind(ticket.channel)
        .bind(now)
        .bind(ticket.reaches_others)
        .optional::<(TicketId,)>()
        .await?;
    let Some((id,)) = row else { return Ok(None) };
    tx.touched.tickets.insert(id);
    if id == ticket.id {
        tx.touched.born.insert(id);
    }
    Ok(Some(id))
}

/// The helpdesk gave a ticket's number to another ticket: what we have under it is a ticket that is gone.
pub async fn retire(tx: &mut Tx, id: TicketId) -> Result<()> {
    let merged = impacts::merged_into(tx, &[id]).await?;
    tx.touched.tickets.extend(merged.into_iter().chain([id]));
    let set = tx.query("UPDATE ticket SET external_id = external_id || ' before ' || $2, status = $3 WHERE id = $1");
    set.bind(id).bind(id.to_string()).bind(TicketStatus::Deleted).execute().await?;
    Ok(())
}

/// What was learned at this time of a ticket is newer than every delivery that says it was changed before.
pub async fn changed_by(tx: &mut Tx, id: TicketId, at: Time) -> Result<()> {
    tx.query("UPDATE ticket SET changed_at = $2 WHERE id = $1 AND changed_at < $2").bind(id).bind(at).execute().await?;
    Ok(())
}

/// Notes that the helpdesk deleted a ticket, or merged it into another.
pub async fn ended(tx: &mut Tx, id: TicketId, status: TicketStatus, into: Option<&str>) -> Result<()> {
    tx.touched.tickets.insert(id);
    let set = tx.query("UPDATE ticket SET status = $2, merged_into = coalesce($3, merged_into) WHERE id = $1");
    set.bind(id).bind(status).bind(into).execute().await?;
    Ok(())
}

/// The ticket of this id.
pub async fn get(session: &mut impl Session, id: TicketId) -> Result<Option<Ticket>> {
    session.query(select!("WHERE ticket.id = $1")).bind(id).optional().await
}

/// The ticket with this id in the helpdesk.
pub async fn find(session: &mut impl Session, connection: &str, external_id: &str) -> Result<Option<Ticket>> {
    session
        .query(select!("WHERE ticket.connection = $1 AND ticket.external_id = $2"))
        .bind(connection)
        .bind(external_id)
        .optional()
        .await
}

/// Whether a ticket that changed at this time was read since, `settled` after it or later: what changes within the same second
/// has the same time, and lists lag behind what was written.
pub async fn is_read(
    session: &mut impl Session,
    connection: &str,
    external_id: &str,
    changed_at: Time,
    settled: Time,
) -> Result<bool> {
    let row = session
        .query(
            "SELECT 1 FROM ticket WHERE connection = $1 AND external_id = $2
               AND (changed_at > $3 OR (changed_at = $3 AND read_at >= $4))",
        )
        .bind(connection)
        .bind(external_id)
        .bind(changed_at)
        .bind(settled);
    Ok(row.optional::<(i32,)>().await?.is_some())
}

/// The helpdesk's ids of the tickets of one record of a person, newest first.
pub async fn of_requester(session: &mut impl Session, connection: &str, requester: &str) -> Result<Vec<String>> {
    let rows = session
        .query(
            "SELECT external_id FROM ticket WHERE connection = $1 AND requester_external_id = $2
             ORDER BY created_at DESC, id DESC",
        )
        .bind(connection)
        .bind(requester)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The ticket after which a topic is called when the one that named it is gone: the oldest that its customer knows of.
pub async fn to_name(session: &mut impl Session, topic: TopicId) -> Result<Option<Ticket>> {
    session
        .query(select!(
            "JOIN link ON link.ticket_id = ticket.id WHERE link.topic_id = $1 AND NOT ticket.internal
               AND ticket.status NOT IN ('deleted', 'merged') AND ticket.subject <> '' ORDER BY ticket.created_at, ticket.id LIMIT 1"
        ))
        .bind(topic)
        .optional()
        .await
}

/// The tickets of a topic, newest first.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<Ticket>> {
    session
        .query(select!(
            "JOIN link ON link.ticket_id = ticket.id WHERE link.topic_id = $1 ORDER BY ticket.created_at DESC, ticket.id DESC"
        ))
        .bind(topic)
        .all()
        .await
}

/// A customer's tickets in a topic, the one they last wrote in first.
pub async fn of_customer(session: &mut impl Session, customer: CustomerId, topic: TopicId) -> Result<Vec<Ticket>> {
    session
        .query(select!(
            "JOIN link ON link.ticket_id = ticket.id WHERE ticket.customer_id = $1 AND link.topic_id = $2
             ORDER BY COALESCE((SELECT max(message.created_at) FROM message WHERE message.ticket_id = ticket.id
                 AND message.public AND message.author = 'customer'), ticket.created_at) DESC,
                 ticket.created_at DESC, ticket.id DESC"
        ))
        .bind(customer)
        .bind(topic)
        .all()
        .await
}

/// When the customer last wrote in public in a ticket.
pub async fn last_heard(session: &mut impl Session, ticket: TicketId) -> Result<Option<Time>> {
    let (at,) = session
        .query("SELECT max(created_at) FROM message WHERE ticket_id = $1 AND public AND author = 'customer'")
        .bind(ticket)
        .one::<(Option<Time>,)>()
        .await?;
    Ok(at)
}

/// Whether the customer has written anything in a ticket.
pub async fn is_spoken_in(session: &mut impl Session, ticket: TicketId) -> Result<bool> {
    let row = session
        .query("SELECT 1 FROM message WHERE ticket_id = $1 AND public AND author = 'customer' LIMIT 1")
        .bind(ticket)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// Whether the customer may be written to in a ticket: they wrote something public there, or nothing is known of what was
/// written there (G6, nothing private leaves).
pub async fn may_be_written_to(session: &mut impl Session, ticket: TicketId) -> Result<bool> {
    let row = session
        .query("SELECT count(*), count(CASE WHEN public AND author = 'customer' THEN 1 END) FROM message WHERE ticket_id = $1")
        .bind(ticket)
        .one::<(i64, i64)>()
        .await?;
    Ok(row.0 == 0 || row.1 > 0)
}

/// A message as it is stored.
#[derive(Clone, Debug)]
pub struct NewMessage<'m> {
    /// The ticket.
    pub ticket: TicketId,
    /// The helpdesk's id.
    pub external_id: &'m str,
    /// Who wrote it.
    pub author: MessageAuthor,
    /// The helpdesk's id of whoever wrote it.
    pub author_external_id: Option<&'m str>,
    /// Whether the customer sees it.
    pub public: bool,
    /// Whether it is its author's.
    pub trust: MessageTrust,
    /// Plain text.
    pub body: &'m str,
    /// When it was written.
    pub created_at: Time,
    /// When the helpdesk had it so.
    pub as_of: Time,
}

/// What a message is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageNews {
    /// It was not known.
    New,
    /// Its words, its publicity, or whether the customer wrote it are other than they were.
    Changed,
    /// It is as it was.
    Same,
}

/// Stores a message as the helpdesk has it now: what is redacted or made private there is so here (G6, nothing private
/// leaves).
pub async fn keep_message(tx: &mut Tx, message: &NewMessage<'_>, now: Time) -> Result<MessageNews> {
    if add_message(tx, message, now).await? {
        return Ok(MessageNews::New);
    }
    let rows = tx
        .query(
            "UPDATE message SET author = $3, author_external_id = $4, public = $5, body = $6, as_of = $7
             WHERE ticket_id = $1 AND external_id = $2 AND as_of <= $7
               AND (public <> $5 OR body <> $6 OR (author <> $3 AND (author = 'customer' OR $3 = 'customer')))",
        )
        .bind(message.ticket)
        .bind(message.external_id)
        .bind(message.author)
        .bind(message.author_external_id)
        .bind(message.public)
        .bind(message.body.replace('\0', ""))
        .bind(message.as_of)
        .execute()
        .await?;
    if rows == 1 {
        return Ok(MessageNews::Changed);
    }
    // It is so still: what is older than this changes nothing any more.
    tx.query("UPDATE message SET as_of = $4 WHERE ticket_id = $1 AND external_id = $2 AND body = $3 AND as_of < $4")
        .bind(message.ticket)
        .bind(message.external_id)
        .bind(message.body.replace('\0', ""))
        .bind(message.as_of)
        .execute()
        .await?;
    // That an agent's reply turns out to be ours changes no words.
    tx.query("UPDATE message SET author = $3 WHERE ticket_id = $1 AND external_id = $2 AND author <> $3")
        .bind(message.ticket)
        .bind(message.external_id)
        .bind(message.author)
        .execute()
        .await?;
    Ok(MessageNews::Same)
}

/// The id of a ticket's description while it stands in for the first message.
pub const DESCRIPTION: &str = "description";

/// The first message of a ticket is listed under its own id by now. What stood in for it is the same message: whoever read
/// it has read it.
pub async fn first_is_listed(tx: &mut Tx, ticket: TicketId, external_id: &str) -> Result<()> {
    tx.query(
        "UPDATE message SET external_id = $2 WHERE ticket_id = $1 AND external_id = $3 AND external_id <> $2
            AND NOT EXISTS (SELECT 1 FROM message listed WHERE listed.ticket_id = $1 AND listed.external_id = $2)",
    )
    .bind(ticket)
    .bind(external_id)
    .bind(DESCRIPTION)
    .execute()
    .await?;
    Ok(())
}

/// Whether a message of a ticket was listed, beside what stands in for the first one ([`DESCRIPTION`]).
pub async fn has_listed(session: &mut impl Session, ticket: TicketId) -> Result<bool> {
    let listed = "SELECT 1 FROM message WHERE ticket_id = $1 AND external_id <> $2 LIMIT 1";
    Ok(session.query(listed).bind(ticket).bind(DESCRIPTION).optional::<(i32,)>().await?.is_some())
}

/// The helpdesk's ids of who wrote a ticket's messages, by the message's id. Those of nobody known are left out.
pub async fn authors(session: &mut impl Session, ticket: TicketId) -> Result<HashMap<String, String>> {
    let rows = session
        .query("SELECT external_id, author_external_id FROM message WHERE ticket_id = $1 AND author_external_id IS NOT NULL")
        .bind(ticket)
        .all::<(String, String)>()
        .await?;
    Ok(rows.into_iter().collect())
}

/// Forgets the messages that the helpdesk does not have any more: those that are not among `listed`, which is the whole
/// thread, and are older than its newest. One that is newer may only be missing in a list that lags. True if there were any.
pub async fn forget_missing_messages(tx: &mut Tx, ticket: TicketId, listed: &[&str], newest: Time) -> Result<bool> {
    let known = tx
        .query("SELECT id, external_id FROM message WHERE ticket_id = $1 AND created_at < $2")
        .bind(ticket)
        .bind(newest)
        .all::<(MessageId, String)>()
        .await?;
    let mut any = false;
    for (id, _) in known.iter().filter(|(_, external_id)| !listed.contains(&external_id.as_str())) {
        tx.query("DELETE FROM message WHERE id = $1").bind(*id).execute().await?;
        any = true;
    }
    Ok(any)
}

/// Forgets what was written in a ticket, and its subject. The row stays, so that nobody is told twice, with the time until
/// which everything was read: if the words come back, they are no new answers.
pub async fn forget_messages(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    tx.query(
        "UPDATE ticket SET read_until = coalesce((SELECT max(created_at) FROM message WHERE ticket_id = $1), read_until)
         WHERE id = $1",
    )
    .bind(ticket)
    .execute()
    .await?;
    tx.query("DELETE FROM message WHERE ticket_id = $1").bind(ticket).execute().await?;
    vocabulary::forget(tx, ticket).await?;
    marks::forget(tx, ticket).await?;
    tx.query("UPDATE ticket SET subject = '' WHERE id = $1").bind(ticket).execute().await?;
    Ok(())
}

/// Notes that a ticket goes on with another of its helpdesk, which did not say so itself.
pub async fn goes_on_with(tx: &mut Tx, ticket: TicketId, source: &str) -> Result<()> {
    let query = tx.query("UPDATE ticket SET follow_up_of = $2 WHERE id = $1 AND follow_up_of IS NULL");
    query.bind(ticket).bind(source).execute().await?;
    Ok(())
}

/// Notes whether anything in a ticket is public, and by which words it is found, once its row and its messages are stored. One without
/// messages counts as public: nothing is known of it.
pub async fn note_contents(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    tx.touched.tickets.insert(ticket);
    tx.query(
        "UPDATE ticket SET internal = EXISTS (SELECT 1 FROM message WHERE message.ticket_id = ticket.id)
                AND NOT EXISTS (SELECT 1 FROM message WHERE message.ticket_id = ticket.id AND message.public)
         WHERE id = $1",
    )
    .bind(ticket)
    .execute()
    .await?;
    search_text::keep(tx, ticket).await
}

async fn add_message(tx: &mut Tx, message: &NewMessage<'_>, now: Time) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO message (id, ticket_id, external_id, author, author_external_id, public, trust, body, created_at, as_of,
                                  reading)
             VALUES ($1, $2, $3, $4, $8, $5, $9, $6, $7, $10,
                     (SELECT 'known' FROM ticket WHERE ticket.id = $2 AND ticket.read_until >= $7)) ON CONFLICT (ticket_id, external_id) DO NOTHING",
        )
        .bind(MessageId::generate(now))
        .bind(message.ticket)
        .bind(message.external_id)
        .bind(message.author)
        .bind(message.public)
        // PostgreSQL's text has no NUL.
        .bind(message.body.replace('\0', ""))
        .bind(message.created_at)
        .bind(message.author_external_id)
        .bind(message.trust)
        .bind(message.as_of)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The messages of a ticket, oldest first.
pub async fn messages(session: &mut impl Session, ticket: TicketId) -> Result<Vec<Message>> {
    session
        .query(
            "SELECT id, ticket_id, external_id, author, author_external_id, public, trust, body, created_at FROM message
             WHERE ticket_id = $1 ORDER BY created_at, id",
        )
        .bind(ticket)
        .all()
        .await
}

/// What the customer, or somebody in copy, wrote in public in a ticket and nobody has read as an answer yet, oldest first.
pub async fn unread_answers(session: &mut impl Session, ticket: TicketId) -> Result<Vec<Message>> {
    session
        .query(
            "SELECT id, ticket_id, external_id, author, author_external_id, public, trust, body, created_at FROM message
             WHERE ticket_id = $1 AND public AND author IN ('customer', 'copied') AND reading IS NULL ORDER BY created_at, id",
        )
        .bind(ticket)
        .all()
        .await
}

/// Keeps what a message meant as an answer, so that it is read once. False if it had been read.
pub async fn set_reading(tx: &mut Tx, message: MessageId, reading: &str) -> Result<bool> {
    let rows = tx
        .query("UPDATE message SET reading = $2 WHERE id = $1 AND reading IS NULL")
        .bind(message)
        .bind(reading)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// What the customer wrote first in a ticket.
pub async fn first_words(session: &mut impl Session, ticket: TicketId) -> Result<Option<String>> {
    let row = session
        .query(
            "SELECT body FROM message WHERE ticket_id = $1 AND public AND author = 'customer' ORDER BY created_at, id LIMIT 1",
        )
        .bind(ticket)
        .optional::<(String,)>()
        .await?;
    Ok(row.map(|(body,)| body))
}

/// Whether an agent ever answered this ticket in public. If so, they may sign the update.
pub async fn was_cared_for(session: &mut impl Session, ticket: TicketId) -> Result<bool> {
    let row = session
        .query("SELECT 1 FROM message WHERE ticket_id = $1 AND public AND author = 'agent' LIMIT 1")
        .bind(ticket)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// A ticket as it was opened, which is all that the grouping reads of it.
#[derive(Debug)]
pub struct Opening {
    /// The ticket.
    pub ticket: TicketId,
    /// Its subject.
    pub subject: String,
    /// The customer's first public words.
    pub body: Option<String>,
    /// Who wrote.
    pub customer: CustomerId,
    /// The organization they write for.
    pub organization: Option<OrganizationId>,
    /// The brand they wrote to.
    pub brand: Option<String>,
    /// When they wrote.
    pub created_at: Time,
    /// The vector that the model made of it, if one was kept.
    pub vector: Option<Vec<u8>>,
}
