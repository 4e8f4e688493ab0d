//! The decision log and the links that came of it. Decisions are only ever added. `seq` is the order in which the
//! grouping learns.

use serde_json::value::RawValue;
use sqlx::types::Json;

use super::{Result, Session, Tx, audit, columns::record, decided::DecidedColumns};
use crate::{
    base::clock::Time,
    model::{
        decision::{Actor, Decided, Grouped, Maker, RankedTopic, Subjects, Verdict},
        id::{DecisionId, TicketId, TopicId},
        topic::TopicKind,
    },
};

/// A decision as it is stored.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Our id.
    pub id: DecisionId,
    /// What was decided.
    pub decided: Decided,
    /// Who decided it.
    pub actor: Actor,
    /// When.
    pub made_at: Time,
    /// Whether a later decision undid it.
    pub is_undone: bool,
}

/// [`Decision`] as a row.
struct DecisionRow {
    id: DecisionId,
    verdict: Verdict,
    ticket: Option<TicketId>,
    topic: Option<TopicId>,
    other: Option<TopicId>,
    actor: String,
    score: Option<f64>,
    match_log_odds: Option<f32>,
    likely: Option<TopicId>,
    ticket_kind: Option<TopicKind>,
    detail: Box<RawValue>,
    made_at: Time,
    undone_by: Option<DecisionId>,
}
record!(DecisionRow {
    id, verdict, ticket = "ticket_id", topic = "topic_id", other = "other_topic_id", actor, score, match_log_odds,
    likely = "likely_topic_id", ticket_kind, json detail, made_at, undone_by
});

impl DecisionRow {
    fn read(self) -> Result<Decision> {
        let columns = DecidedColumns {
            verdict: self.verdict,
            about: Subjects { ticket: self.ticket, topic: self.topic, other: self.other },
            score: self.score,
            match_log_odds: self.match_log_odds,
            likely: self.likely,
            ticket_kind: self.ticket_kind,
            detail: self.detail,
        };
        Ok(Decision {
            id: self.id,
            decided: columns.read()?,
            actor: Actor::stored(self.actor),
            made_at: self.made_at,
            is_undone: self.undone_by.is_some(),
        })
    }
}

/// Adds a decision at the end. Returns its id and its `seq`.
pub async fn add(tx: &mut Tx, decided: &Decided, actor: &Actor, now: Time) -> Result<(DecisionId, i64)> {
    let (seq,) = tx
        .query("UPDATE counter SET value = value + 1 WHERE name = $1 RETURNING value")
        .bind("decision")
        .one::<(i64,)>()
        .await?;
    let id = DecisionId::generate(now);
    let columns = DecidedColumns::of(decided)?;
    tx.query(
        "INSERT INTO decision (id, seq, verdict, ticket_id, topic_id, other_topic_id, maker, actor, score, detail, made_at,
                               match_log_odds, likely_topic_id, ticket_kind)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(id)
    .bind(seq)
    .bind(columns.verdict)
    .bind(columns.about.ticket)
    .bind(columns.about.topic)
    .bind(columns.about.other)
    .bind(decided.maker())
    .bind(actor.as_str())
    .bind(columns.score)
    .bind(Json(columns.detail))
    .bind(now)
    .bind(columns.match_log_odds)
    .bind(columns.likely)
    .bind(columns.ticket_kind)
    .execute()
    .await?;
    // Of a kind it is written down from which to which, by whoever knows both.
    if decided.maker() == Maker::Person && decided.verdict() != Verdict::Kind {
        let Subjects { ticket, topic, other } = decided.subjects();
        let (topic, other) = (topic.map(|id| id.to_string()), other.map(|id| id.to_string()));
        let subject = ticket.map(|id| id.to_string()).or_else(|| topic.clone()).unwrap_or_default();
        let became = topic.filter(|topic| *topic != subject);
        let places = (other.as_deref(), became.as_deref());
        audit::change(tx, actor, decided.verdict().as_str(), &subject, places, now).await?;
    }
    Ok((id, seq))
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, verdict, ticket_id, topic_id, other_topic_id, actor, score, match_log_odds, likely_topic_id, ticket_kind,
                    detail, made_at, undone_by
             FROM decision ",
            $rest
        )
    };
}

/// What the machine last decided about a ticket's place.
pub async fn of_machine(session: &mut impl Session, ticket: TicketId) -> Result<Option<Grouped>> {
    let row = session
        .query(select!("WHERE ticket_id = $1 AND maker = 'machine' ORDER BY seq DESC LIMIT 1"))
        .bind(ticket)
        .optional::<DecisionRow>()
        .await?;
    Ok(match row.map(DecisionRow::read).transpose()?.map(|decision| decision.decided) {
        Some(Decided::Grouped(grouped)) => Some(grouped),
        _ => None,
    })
}

/// What the machine decided when it first placed a ticket.
pub async fn first_of_machine(session: &mut impl Session, ticket: TicketId) -> Result<Option<Grouped>> {
    let row = session
        .query(select!("WHERE ticket_id = $1 AND maker = 'machine' ORDER BY seq LIMIT 1"))
        .bind(ticket)
        .optional::<DecisionRow>()
        .await?;
    Ok(match row.map(DecisionRow::read).transpose()?.map(|decision| decision.decided) {
        Some(Decided::Grouped(grouped)) => Some(grouped),
        _ => None,
    })
}

/// The decision of this id.
pub async fn get(session: &mut impl Session, id: DecisionId) -> Result<Option<Decision>> {
    let row = session.query(select!("WHERE id = $1")).bind(id).optional::<DecisionRow>().await?;
    row.map(DecisionRow::read).transpose()
}

/// How often people were asked about a guess of such a likelihood, and how often it was right, among their latest two thousand
/// answers.
pub async fn answered_guesses(session: &mut impl Session, from: f64, to: f64) -> Result<(i64, i64)> {
    session
        .query(
            "SELECT count(*), CAST(coalesce(sum(CASE WHEN link.topic_id = coalesce(further.merged_into, guess.merged_into, guess.id)
                                                THEN 1 ELSE 0 END), 0) AS BIGINT)
             FROM (SELECT ticket_id FROM question WHERE answered_at IS NOT NULL ORDER BY answered_at DESC LIMIT 2000) question
                 JOIN decision ON decision.ticket_id = question.ticket_id AND decision.verdict = 'ask'
                 JOIN topic guess ON guess.id = decision.likely_topic_id
                 LEFT JOIN topic further ON further.id = guess.merged_into
                 JOIN link ON link.ticket_id = question.ticket_id
             WHERE decision.score >= $1 AND decision.score < $2
               AND NOT EXISTS (SELECT 1 FROM decision later WHERE later.ticket_id = decision.ticket_id
                               AND later.maker = 'machine' AND later.seq > decision.seq)",
        )
        .bind(from)
        .bind(to)
        .one()
        .await
}

/// What people and agents decided about a topic or its tickets, newest first.
pub async fn of_people(session: &mut impl Session, topic: TopicId, limit: i64) -> Result<Vec<Decision>> {
    let rows = session
        .query(select!(
            "WHERE id IN (SELECT one.id FROM decision one WHERE one.topic_id = $1 AND one.maker <> 'machine'
                          UNION SELECT one.id FROM decision one WHERE one.other_topic_id = $1 AND one.maker <> 'machine'
                          UNION SELECT one.id FROM link JOIN decision one ON one.ticket_id = link.ticket_id AND one.maker <> 'machine'
                          WHERE link.topic_id = $1)
             ORDER BY seq DESC LIMIT $2"
        ))
        .bind(topic)
        .bind(limit)
        .all::<DecisionRow>()
        .await?;
    rows.into_iter().map(DecisionRow::read).collect()
}

/// The newest decision of a person or an agent about a topic that still holds: what `undo` takes back.
pub async fn last_of_a_person(session: &mut impl Session, topic: TopicId) -> Result<Option<Decision>> {
    let row = session
        .query(select!(
            "WHERE id IN (SELECT one.id FROM decision one WHERE one.topic_id = $1 AND one.maker <> 'machine'
                          UNION SELECT one.id FROM decision one WHERE one.other_topic_id = $1 AND one.maker <> 'machine')
               AND verdict <> 'undo' AND undone_by IS NULL
             ORDER BY seq DESC LIMIT 1"
        ))
        .bind(topic)
        .optional::<DecisionRow>()
        .await?;
    row.map(DecisionRow::read).transpose()
}

/// The topics of which a person said that a ticket of this one is not about them.
pub async fn parted_from(session: &mut impl Session, topic: TopicId) -> Result<Vec<TopicId>> {
    let rows = session
        .query(
            "SELECT DISTINCT decision.topic_id FROM decision JOIN link ON link.ticket_id = decision.ticket_id
             WHERE link.topic_id = $1 AND decision.maker <> 'machine' AND decision.verdict = 'not_same' AND decision.undone_by IS NULL",
        )
        .bind(topic)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The tickets that a topic brought into the topic it was merged into. None if no merge holds.
pub async fn merged_tickets(session: &mut impl Session, merged: TopicId) -> Result<Vec<TicketId>> {
    let row = session
        .query(select!(
            "WHERE other_topic_id = $1 AND verdict = 'merge' AND undone_by IS NULL ORDER BY seq DESC LIMIT 1"
        ))
        .bind(merged)
        .optional::<DecisionRow>()
        .await?;
    Ok(match row.map(DecisionRow::read).transpose()?.map(|merge| merge.decided) {
        Some(Decided::Merged { tickets, .. }) => tickets,
        _ => Vec::new(),
    })
}

/// Notes that a decision was undone. False if it already was.
pub async fn undone(tx: &mut Tx, id: DecisionId, by: DecisionId) -> Result<bool> {
    let rows = tx
        .query("UPDATE decision SET undone_by = $2 WHERE id = $1 AND undone_by IS NULL")
        .bind(id)
        .bind(by)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Where a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The ticket.
    pub ticket: TicketId,
    /// Its topic.
    pub topic: TopicId,
    /// A person, an agent in the helpdesk, or the machine.
    pub maker: Maker,
    /// The decision that put it there.
    pub decision: DecisionId,
}
record!(Link { ticket = "ticket_id", topic = "topic_id", maker, decision = "decision_id" });

/// Forgets the words of a ticket that the machine noted as its reasons, and the vector that was made of them. What was
/// decided stays.
pub async fn forget_words(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    let made = tx
        .query("SELECT id, detail FROM decision WHERE ticket_id = $1 AND verdict IN ('join', 'ask', 'new')")
        .bind(ticket)
        .all::<(DecisionId, Json<serde_json::Value>)>()
        .await?;
    for (id, Json(mut detail)) in made {
        for kept in ["words", "codes"] {
            if let Some(terms) = detail.get_mut(kept) {
                *terms = serde_json::Value::Array(Vec::new());
            }
        }
        if let Some(decision) = detail.as_object_mut() {
            let mark = decision.remove("mark");
            if let Some(reasons) = decision.get_mut("reasons").and_then(|reasons| reasons.as_array_mut()) {
                reasons.retain(|reason| mark.is_none() || reason.get("name") != mark.as_ref());
            }
        }
        tx.query("UPDATE decision SET detail = $2 WHERE id = $1").bind(id).bind(Json(detail)).execute().await?;
    }
    tx.query("DELETE FROM embedding WHERE ticket_id = $1").bind(ticket).execute().await?;
    Ok(())
}

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

/// Puts a ticket into a topic. The machine never moves what an agent or a person placed, and an agent in the helpdesk never what
/// a person did (G8, a person's decision beats the machine's). False if that stopped it.
pub async fn place(
    tx: &mut Tx,
    ticket: TicketId,
    topic: TopicId,
    maker: Maker,
    decision: DecisionId,
    now: Time,
) -> Result<bool> {
    tx.touched.tickets.insert(ticket);
    put(tx, ticket, topic, maker, decision, now).await
}

/// Puts many tickets into a topic, each as [`place`] does.
pub async fn place_all(
    tx: &mut Tx,
    tickets: &[TicketId],
    topic: TopicId,
    maker: Maker,
    decision: DecisionId,
    now: Time,
) -> Result<()> {
    for ticket in tickets {
        put(tx, *ticket, topic, maker, decision, now).await?;
    }
    tx.touched.placed(tickets.iter().copied(), topic);
    Ok(())
}

async fn put(
    tx: &mut Tx,
    ticket: TicketId,
    topic: TopicId,
    maker: Maker,
    decision: DecisionId,
    now: Time,
) -> Result<bool> {
    tx.touched.born.remove(&ticket);
    let rows = tx
        .query(
            "INSERT INTO link (ticket_id, topic_id, maker, decision_id, linked_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (ticket_id) DO UPDATE SET topic_id = excluded.topic_id, maker = excluded.maker,
                decision_id = excluded.decision_id, linked_at = excluded.linked_at
             WHERE link.maker = 'machine' OR (link.maker = 'agent' AND excluded.maker = 'agent') OR excluded.maker = 'person'",
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

/// Moves every ticket of a topic to another, and keeps who placed each.
pub async fn move_all(tx: &mut Tx, from: TopicId, into: TopicId) -> Result<()> {
    let moved = tx
        .query("UPDATE link SET topic_id = $2 WHERE topic_id = $1 RETURNING ticket_id")
        .bind(from)
        .bind(into)
        .all::<(TicketId,)>()
        .await?;
    tx.touched.placed(moved.into_iter().map(|(ticket,)| ticket), into);
    Ok(())
}

/// A question that the grouping asks a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The ticket it is about.
    pub ticket: TicketId,
    /// The topics it may belong to, the likeliest first.
    pub candidates: Vec<RankedTopic>,
    /// When it was asked.
    pub asked_at: Time,
    /// When somebody answered.
    pub answered_at: Option<Time>,
}
record!(Question { ticket = "ticket_id", json candidates, asked_at, answered_at });

/// Asks a person where a ticket belongs.
pub async fn ask(tx: &mut Tx, ticket: TicketId, candidates: &[RankedTopic], now: Time) -> Result<()> {
    tx.query(
        "INSERT INTO question (ticket_id, candidates, asked_at) VALUES ($1, $2, $3) ON CONFLICT (ticket_id) DO NOTHING",
    )
    .bind(ticket)
    .bind(Json(candidates))
    .bind(now)
    .execute()
    .await?;
    tx.touched.tickets.insert(ticket);
    Ok(())
}

/// Notes that somebody answered, by whatever they decided about the ticket. About most nobody was asked, and a merge answers for all of
/// its tickets: these count as they did.
pub async fn answer(tx: &mut Tx, ticket: TicketId, now: Time) -> Result<()> {
    let set = tx.query("UPDATE question SET answered_at = $2 WHERE ticket_id = $1 AND answered_at IS NULL");
    if set.bind(ticket).bind(now).execute().await? > 0 {
        tx.touched.tickets.insert(ticket);
    }
    Ok(())
}

/// Asks anew what a decision of this time answered. False if it answered nothing.
pub async fn ask_again(tx: &mut Tx, ticket: TicketId, answered_at: Time) -> Result<bool> {
    let again = tx.query("UPDATE question SET answered_at = NULL WHERE ticket_id = $1 AND answered_at = $2");
    let is_asked = again.bind(ticket).bind(answered_at).execute().await? == 1;
    if is_asked {
        tx.touched.tickets.insert(ticket);
    }
    Ok(is_asked)
}

/// Takes back a question that nobody has answered.
pub async fn do_not_ask(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    tx.touched.tickets.insert(ticket);
    tx.query("DELETE FROM question WHERE ticket_id = $1 AND answered_at IS NULL").bind(ticket).execute().await?;
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

/// How many tickets are placed, and how many have a vector of this model.
pub async fn count_vectors(session: &mut impl Session, model: &str) -> Result<(i64, i64)> {
    session
        .query("SELECT (SELECT count(*) FROM link), (SELECT count(*) FROM embedding WHERE model = $1)")
        .bind(model)
        .one::<(i64, i64)>()
        .await
}

/// Keeps the vector that a model made of a ticket, in place of any other model's.
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
