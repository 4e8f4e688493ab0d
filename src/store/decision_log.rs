//! The decisions that the grouping has not taken up yet, each with what it needs of them.
//!
//! A start takes up every decision there ever was, so a row holds no more than that: of what the machine placed not its
//! reasons, which are the most of a decision, but the ticket as it was opened.

use serde_json::value::RawValue;

use super::{Result, Session, columns::record, decisions::Gist, tickets::Opening};
use crate::{
    base::clock::Time,
    model::{
        decision::{Maker, Verdict},
        id::{CustomerId, DecisionId, OrganizationId, TicketId, TopicId},
        topic::TopicKind,
    },
};

/// [`CHUNK`], as SQL.
macro_rules! chunk {
    () => {
        250
    };
}

/// How many decisions are read at a time. It stands in the statement itself, and is small: PostgreSQL then knows that it
/// is cheaper to look each ticket up than to read all of them for every chunk.
pub const CHUNK: usize = chunk!();

/// A decision to be taken up.
#[derive(Debug)]
pub struct LoggedDecision {
    /// Its id.
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
    /// What is needed of the machine's decision, where it was stored beside its reasons.
    pub gist: Option<Gist>,
    /// The reasons, or what an undo needs, as JSON; `null` where there is a gist.
    pub detail: Box<RawValue>,
    /// The ticket that the machine placed.
    pub opening: Option<Opening>,
}

/// [`LoggedDecision`] as a row.
struct Row {
    id: DecisionId,
    seq: i64,
    verdict: Verdict,
    ticket: Option<TicketId>,
    topic: Option<TopicId>,
    other: Option<TopicId>,
    maker: Maker,
    belief: Option<f32>,
    likely: Option<TopicId>,
    kind: Option<TopicKind>,
    detail: Box<RawValue>,
    subject: Option<String>,
    body: Option<String>,
    customer: Option<CustomerId>,
    organization: Option<OrganizationId>,
    brand: Option<String>,
    created_at: Option<Time>,
    vector: Option<Vec<u8>>,
}
record!(Row {
    id, seq, verdict, ticket = "ticket_id", topic = "topic_id", other = "other_topic_id", maker, belief = "match_log_odds",
    likely = "likely_topic_id", kind = "ticket_kind", json detail, subject, body, customer = "customer_id", organization = "organization_id",
    brand, created_at, vector
});

impl From<Row> for LoggedDecision {
    fn from(row: Row) -> Self {
        let opened = row.ticket.zip(row.subject).zip(row.customer).zip(row.created_at);
        let opening = opened.map(|(((ticket, subject), customer), created_at)| Opening {
            ticket,
            subject,
            body: row.body,
            customer,
            organization: row.organization,
            brand: row.brand,
            created_at,
            vector: row.vector,
        });
        Self {
            id: row.id,
            seq: row.seq,
            verdict: row.verdict,
            ticket: row.ticket,
            topic: row.topic,
            other: row.other,
            maker: row.maker,
            gist: row.belief.zip(row.kind).map(|(belief, kind)| Gist { belief, likely: row.likely, kind }),
            detail: row.detail,
            opening,
        }
    }
}

/// The next [`CHUNK`] decisions after `seq`, in order, with the vectors of a model.
pub async fn since(session: &mut impl Session, seq: i64, model: &str) -> Result<Vec<LoggedDecision>> {
    let rows = session
        .query(concat!(
            "SELECT logged.id, logged.seq, logged.verdict, logged.ticket_id, logged.topic_id, logged.other_topic_id, logged.maker, logged.match_log_odds,
                    logged.likely_topic_id, logged.ticket_kind, logged.detail,
                    ticket.subject, ticket.customer_id, ticket.organization_id, ticket.brand, ticket.created_at, embedding.vector,
                    (SELECT body FROM message WHERE ticket_id = ticket.id AND public AND author = 'customer'
                     ORDER BY created_at, id LIMIT 1) AS body
             FROM (SELECT id, seq, verdict, ticket_id, topic_id, other_topic_id, maker, match_log_odds, likely_topic_id, ticket_kind,
                          CASE WHEN match_log_odds IS NULL THEN detail ELSE 'null' END AS detail
                   FROM decision WHERE seq > $1 ORDER BY seq LIMIT ",
            chunk!(),
            ") logged
             LEFT JOIN ticket ON ticket.id = logged.ticket_id AND logged.maker = 'machine'
             LEFT JOIN embedding ON embedding.ticket_id = ticket.id AND embedding.model = $2
             ORDER BY logged.seq"
        ))
        .bind(seq)
        .bind(model)
        .all::<Row>()
        .await?;
    Ok(rows.into_iter().map(LoggedDecision::from).collect())
}
