//! Decisions and the links they made. Decisions are only ever added; `seq` is the order in which the grouping learns.

use serde_json::Value;
use sqlx::types::Json;

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::{
        decision::{Actor, Maker, Verdict},
        id::{DecisionId, TicketId, TopicId},
        topic::TopicKind,
    },
};

/// A decision as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Our id.
    pub id: DecisionId,
    /// Its place in the order.
    pub seq: i64,
    /// What was decided.
    pub verdict: Verdict,
    /// About which ticket.
    pub ticket: Option<TicketId>,
    /// The topic it led to.
    pub topic: Option<TopicId>,
    /// The topic it led away from, or merged away.
    pub other: Option<TopicId>,
    /// A person or the machine.
    pub maker: Maker,
    /// Who.
    pub actor: String,
    /// The likelihood the machine gave.
    pub score: Option<f64>,
    /// The reasons, or what an undo needs. Ids and terms; words of a ticket only as positions would be, so none.
    pub detail: Value,
    /// When.
    pub made_at: Time,
    /// The decision that undid it.
    pub undone_by: Option<DecisionId>,
}
record!(Decision {
    id, seq, verdict, ticket = "ticket_id", topic = "topic_id", other = "other_topic_id", maker, actor, score, json detail,
    made_at, undone_by
});

/// A decision to be stored.
#[derive(Clone, Debug)]
pub struct New<'d> {
    /// What was decided.
    pub verdict: Verdict,
    /// About which ticket.
    pub ticket: Option<TicketId>,
    /// The topic it leads to.
    pub topic: Option<TopicId>,
    /// The topic it leads away from, or merges away.
    pub other: Option<TopicId>,
    /// A person or the machine.
    pub maker: Maker,
    /// Who.
    pub actor: &'d Actor,
    /// The likelihood the machine gave.
    pub score: Option<f64>,
    /// What a start needs of it.
    pub gist: Option<Gist>,
    /// The reasons.
    pub detail: Value,
}

impl<'d> New<'d> {
    /// What a person decided, still about nothing.
    pub fn said(verdict: Verdict, actor: &'d Actor, detail: Value) -> Self {
        Self {
            verdict,
            ticket: None,
            topic: None,
            other: None,
            maker: Maker::Person,
            actor,
            score: None,
            gist: None,
            detail,
        }
    }
}

/// What of a decision of the machine is needed to take it up again, beside its reasons: these need not be read for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gist {
    /// How far the machine believed in its best candidate.
    pub belief: f32,
    /// The topic that the ticket is likely about.
    pub likely: Option<TopicId>,
    /// What kind the ticket is of.
    pub kind: TopicKind,
}

/// Adds a decision at the end of the order; its id and its place there.
pub async fn add(tx: &mut Tx, new: New<'_>, now: Time) -> Result<(DecisionId, i64)> {
    let (seq,) = tx
        .query("UPDATE counter SET value = value + 1 WHERE name = $1 RETURNING value")
        .bind("decision")
        .one::<(i64,)>()
        .await?;
    let id = DecisionId::generate(now);
    tx.query(
        "INSERT INTO decision (id, seq, verdict, ticket_id, topic_id, other_topic_id, maker, actor, score, detail, made_at,
                               match_log_odds, likely_topic_id, ticket_kind)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(id)
    .bind(seq)
    .bind(new.verdict)
    .bind(new.ticket)
    .bind(new.topic)
    .bind(new.other)
    .bind(new.maker)
    .bind(new.actor.as_str())
    .bind(new.score)
    .bind(Json(new.detail))
    .bind(now)
    .bind(new.gist.map(|gist| gist.belief))
    .bind(new.gist.and_then(|gist| gist.likely))
    .bind(new.gist.map(|gist| gist.kind))
    .execute()
    .await?;
    Ok((id, seq))
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, seq, verdict, ticket_id, topic_id, other_topic_id, maker, actor, score, detail, made_at, undone_by
             FROM decision ",
            $rest
        )
    };
}

/// What the machine decided when it placed a ticket.
pub async fn of_machine(session: &mut impl Session, ticket: TicketId) -> Result<Option<Decision>> {
    session
        .query(select!("WHERE ticket_id = $1 AND maker = 'machine' ORDER BY seq DESC LIMIT 1"))
        .bind(ticket)
        .optional()
        .await
}

/// What was decided about a topic or its tickets, newest first.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<Decision>> {
    session
        .query(select!(
            "WHERE topic_id = $1 OR other_topic_id = $1 OR ticket_id IN (SELECT ticket_id FROM link WHERE topic_id = $1)
             ORDER BY seq DESC LIMIT 200"
        ))
        .bind(topic)
        .all()
        .await
}

/// The newest decision of a person about a topic that still holds: what `undo` takes back.
pub async fn last_of_a_person(session: &mut impl Session, topic: TopicId) -> Result<Option<Decision>> {
    session
        .query(select!(
            "WHERE (topic_id = $1 OR other_topic_id = $1) AND maker = 'person' AND verdict <> 'undo' AND undone_by IS NULL
             ORDER BY seq DESC LIMIT 1"
        ))
        .bind(topic)
        .optional()
        .await
}

/// Notes that a decision was undone; false when it was already.
pub async fn undone(tx: &mut Tx, id: DecisionId, by: DecisionId) -> Result<bool> {
    let rows = tx
        .query("UPDATE decision SET undone_by = $2 WHERE id = $1 AND undone_by IS NULL")
        .bind(id)
        .bind(by)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// A ticket's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The ticket.
    pub ticket: TicketId,
    /// Its topic.
    pub topic: TopicId,
    /// A person or the machine.
    pub maker: Maker,
    /// The decision that put it there.
    pub decision: DecisionId,
}
record!(Link { ticket = "ticket_id", topic = "topic_id", maker, decision = "decision_id" });

/// Where a ticket is.
pub async fn link(session: &mut impl Session, ticket: TicketId) -> Result<Option<Link>> {
    session
        .query("SELECT ticket_id, topic_id, maker, decision_id FROM link WHERE ticket_id = $1")
        .bind(ticket)
        .optional()
        .await
}

/// The links of a topic, in the order they were made.
pub async fn links(session: &mut impl Session, topic: TopicId) -> Result<Vec<Link>> {
    session
        .query("SELECT ticket_id, topic_id, maker, decision_id FROM link WHERE topic_id = $1 ORDER BY linked_at, ticket_id")
        .bind(topic)
        .all()
        .await
}

/// Puts a ticket into a topic. The machine never moves what a person placed (G8); false when it therefore did not.
pub async fn place(
    tx: &mut Tx,
    ticket: TicketId,
    topic: TopicId,
    maker: Maker,
    decision: DecisionId,
    now: Time,
) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO link (ticket_id, topic_id, maker, decision_id, linked_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (ticket_id) DO UPDATE SET topic_id = excluded.topic_id, maker = excluded.maker,
                decision_id = excluded.decision_id, linked_at = excluded.linked_at
             WHERE link.maker = 'machine' OR excluded.maker = 'person'",
        )
        .bind(ticket)
        .bind(topic)
        .bind(maker)
        .bind(decision)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Moves every ticket of a topic to another, keeping who placed each.
pub async fn move_all(tx: &mut Tx, from: TopicId, into: TopicId) -> Result<()> {
    tx.query("UPDATE link SET topic_id = $2 WHERE topic_id = $1").bind(from).bind(into).execute().await?;
    Ok(())
}

/// A question of the grouping to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// About which ticket.
    pub ticket: TicketId,
    /// The topics it may belong to, likeliest first, each with its likelihood and reasons.
    pub candidates: Value,
    /// Since when.
    pub asked_at: Time,
    /// When somebody answered.
    pub answered_at: Option<Time>,
}
record!(Question { ticket = "ticket_id", json candidates, asked_at, answered_at });

/// Asks.
pub async fn ask(tx: &mut Tx, ticket: TicketId, candidates: Value, now: Time) -> Result<()> {
    tx.query(
        "INSERT INTO question (ticket_id, candidates, asked_at) VALUES ($1, $2, $3) ON CONFLICT (ticket_id) DO NOTHING",
    )
    .bind(ticket)
    .bind(Json(candidates))
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Somebody answered, by whatever they decided about the ticket.
pub async fn answer(tx: &mut Tx, ticket: TicketId, now: Time) -> Result<()> {
    tx.query("UPDATE question SET answered_at = $2 WHERE ticket_id = $1 AND answered_at IS NULL")
        .bind(ticket)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// The question about a ticket.
pub async fn question(session: &mut impl Session, ticket: TicketId) -> Result<Option<Question>> {
    session
        .query("SELECT ticket_id, candidates, asked_at, answered_at FROM question WHERE ticket_id = $1")
        .bind(ticket)
        .optional()
        .await
}

/// Questions nobody answered yet, oldest first.
pub async fn open_questions(session: &mut impl Session, limit: i64) -> Result<Vec<Question>> {
    session
        .query(
            "SELECT ticket_id, candidates, asked_at, answered_at FROM question WHERE answered_at IS NULL
             ORDER BY asked_at, ticket_id LIMIT $1",
        )
        .bind(limit)
        .all()
        .await
}

/// How many tickets are placed, and how many have a vector of this model.
pub async fn count_vectors(session: &mut impl Session, model: &str) -> Result<(i64, i64)> {
    session
        .query("SELECT (SELECT count(*) FROM link), (SELECT count(*) FROM embedding WHERE model = $1)")
        .bind(model)
        .one::<(i64, i64)>()
        .await
}

/// Keeps the vector that a model made of a ticket, instead of any other's.
pub async fn keep_vector(tx: &mut Tx, ticket: TicketId, model: &str, vector: Vec<u8>) -> Result<()> {
    tx.query(
        "INSERT INTO embedding (ticket_id, model, vector) VALUES ($1, $2, $3)
         ON CONFLICT (ticket_id) DO UPDATE SET model = excluded.model, vector = excluded.vector",
    )
    .bind(ticket)
    .bind(model)
    .bind(vector)
    .execute()
    .await?;
    Ok(())
}
