//! What customers answered: the latest verdict of each customer on a topic's fix in a cycle.

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, TicketId, TopicId, UpdateId},
        update::{CustomerVerdict, Via},
    },
};

/// A customer's verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Who.
    pub customer: CustomerId,
    /// About which topic.
    pub topic: TopicId,
    /// In which cycle.
    pub cycle: i64,
    /// Answering which update.
    pub update: Option<UpdateId>,
    /// In which ticket: the one of their link, or the one that they replied in.
    pub ticket: Option<TicketId>,
    /// Works or still broken.
    pub verdict: CustomerVerdict,
    /// How it came.
    pub via: Via,
    /// One to five, if they tapped one.
    pub feeling: Option<i64>,
    /// In their own words.
    pub words: Option<String>,
    /// When.
    pub confirmed_at: Time,
}
record!(Confirmation {
    customer = "customer_id", topic = "topic_id", cycle, update = "update_id", ticket = "ticket_id", verdict, via, feeling, words, confirmed_at
});

/// Records a verdict. False if this customer already gave the same one in this cycle, answering the same update; then only the
/// feeling and the words are updated. Whoever says the same of another update has said something new, which takes the other's place.
pub async fn add(tx: &mut Tx, said: &Confirmation) -> Result<bool> {
    let id = UpdateId::generate(said.confirmed_at).uuid();
    let rows = tx
        .query(
            "INSERT INTO confirmation (id, customer_id, topic_id, cycle, update_id, ticket_id, verdict, via, feeling, words,
                                       confirmed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (customer_id, topic_id, cycle, verdict) DO UPDATE
                SET update_id = excluded.update_id, ticket_id = excluded.ticket_id, via = excluded.via, feeling = excluded.feeling,
                    words = excluded.words, confirmed_at = excluded.confirmed_at
                WHERE confirmation.update_id <> excluded.update_id",
        )
        .bind(id)
        .bind(said.customer)
        .bind(said.topic)
        .bind(said.cycle)
        .bind(said.update)
        .bind(said.ticket)
        .bind(said.verdict)
        .bind(said.via)
        .bind(said.feeling)
        .bind(said.words.as_deref())
        .bind(said.confirmed_at)
        .execute()
        .await?;
    if rows == 0 {
        tx.query(
            "UPDATE confirmation SET feeling = coalesce($5, feeling), words = coalesce($6, words),
                                     ticket_id = CASE WHEN $6 IS NULL THEN ticket_id ELSE $7 END
             WHERE customer_id = $1 AND topic_id = $2 AND cycle = $3 AND verdict = $4",
        )
        .bind(said.customer)
        .bind(said.topic)
        .bind(said.cycle)
        .bind(said.verdict)
        .bind(said.feeling)
        .bind(said.words.as_deref())
        .bind(said.ticket)
        .execute()
        .await?;
    }
    Ok(rows == 1)
}

/// Deletes the opposite verdict of the same customer and cycle, because the latest one counts.
pub async fn retract_opposite(tx: &mut Tx, said: &Confirmation) -> Result<()> {
    tx.query("DELETE FROM confirmation WHERE customer_id = $1 AND topic_id = $2 AND cycle = $3 AND verdict <> $4")
        .bind(said.customer)
        .bind(said.topic)
        .bind(said.cycle)
        .bind(said.verdict)
        .execute()
        .await?;
    Ok(())
}

/// What a customer says of a topic's fix in a cycle.
pub async fn of_customer(
    session: &mut impl Session,
    customer: CustomerId,
    topic: TopicId,
    cycle: i64,
) -> Result<Option<Confirmation>> {
    session
        .query(
            "SELECT customer_id, topic_id, cycle, update_id, ticket_id, verdict, via, feeling, words, confirmed_at
             FROM confirmation
             WHERE customer_id = $1 AND topic_id = $2 AND cycle = $3 ORDER BY confirmed_at DESC, id DESC LIMIT 1",
        )
        .bind(customer)
        .bind(topic)
        .bind(cycle)
        .optional()
        .await
}

/// Whether anybody says that a topic's fix is still broken.
pub async fn any_still_broken(session: &mut impl Session, topic: TopicId, cycle: i64) -> Result<bool> {
    let row = session
        .query("SELECT 1 FROM confirmation WHERE topic_id = $1 AND cycle = $2 AND verdict = 'still_broken' LIMIT 1");
    Ok(row.bind(topic).bind(cycle).optional::<(i32,)>().await?.is_some())
}

/// Whether an answer to the fix of this cycle waits for a person to say what it means.
pub async fn any_unread_answer(session: &mut impl Session, topic: TopicId, cycle: i64) -> Result<bool> {
    let row = session.query(
        r#"SELECT 1 FROM "update" WHERE topic_id = $1 AND cycle = $2 AND kind = 'shipped' AND unclear IS NOT NULL LIMIT 1"#,
    );
    Ok(row.bind(topic).bind(cycle).optional::<(i32,)>().await?.is_some())
}

/// Everything a customer said, newest first.
pub async fn all_of_customer(session: &mut impl Session, customer: CustomerId) -> Result<Vec<Confirmation>> {
    session
        .query(
            "SELECT customer_id, topic_id, cycle, update_id, ticket_id, verdict, via, feeling, words, confirmed_at
             FROM confirmation
             WHERE customer_id = $1 ORDER BY confirmed_at DESC, id DESC",
        )
        .bind(customer)
        .all()
        .await
}

/// What customers of a topic wrote of a fix that is still broken for them, newest first. Words go with the ticket that they were said
/// in: left out are those of a ticket that is in another topic, was deleted, is somebody else's, or is kept out of issues. A ticket
/// that only carries on another, and is in no topic itself, goes with that one.
pub async fn still_broken_words(
    session: &mut impl Session,
    topic: TopicId,
    cycle: i64,
    limit: usize,
) -> Result<Vec<String>> {
    let rows = session
        .query(
            r#"SELECT words FROM confirmation WHERE topic_id = $1 AND cycle = $2 AND verdict = 'still_broken' AND words IS NOT NULL
               AND EXISTS (SELECT 1 FROM ticket said LEFT JOIN link ON link.ticket_id = said.id
                           WHERE said.id = confirmation.ticket_id AND said.customer_id = confirmation.customer_id
                             AND said.status <> 'deleted' AND NOT said.unquoted
                             AND (link.topic_id = $1 OR link.topic_id IS NULL AND EXISTS (
                                  SELECT 1 FROM "update" JOIN link told ON told.ticket_id = "update".ticket_id
                                  JOIN ticket ON ticket.id = told.ticket_id
                                  WHERE "update".id = confirmation.update_id AND told.topic_id = $1
                                    AND ticket.status <> 'deleted' AND NOT ticket.unquoted)))
             ORDER BY confirmed_at DESC, id DESC LIMIT $3"#,
        )
        .bind(topic)
        .bind(cycle)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(words,)| words).collect())
}

/// What customers said about a topic, newest first.
pub async fn of_topic(session: &mut impl Session, topic: TopicId, limit: i64) -> Result<Vec<Confirmation>> {
    session
        .query(
            "SELECT customer_id, topic_id, cycle, update_id, ticket_id, verdict, via, feeling, words, confirmed_at
             FROM confirmation
             WHERE topic_id = $1 ORDER BY confirmed_at DESC, id DESC LIMIT $2",
        )
        .bind(topic)
        .bind(limit)
        .all()
        .await
}
