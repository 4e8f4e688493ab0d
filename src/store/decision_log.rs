//! The decisions that the grouping has not taken up yet, each with what it needs of them.
//!
//! A start takes up every decision ever made, so a row holds no more than that. For a ticket that the machine placed,
//! it holds the ticket as it was opened, but not the reasons, which make up most of a decision.

use serde_json::value::RawValue;

use super::{
    Result, Session,
    columns::record,
    decided::{DecidedColumns, needed},
    tickets::Opening,
};
use crate::{
    base::clock::Time,
    model::{
        decision::{Decided, GroupedPlacement, Subjects, Verdict},
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

/// How many decisions are read at a time. The number is written into the statement, and it is small: PostgreSQL then
/// knows that looking up each ticket is cheaper than reading all of them for every chunk.
pub const CHUNK: usize = chunk!();

/// A decision to be taken up.
#[derive(Debug)]
pub struct LoggedDecision {
    /// Its id.
    pub id: DecisionId,
    /// Its place in the order.
    pub seq: i64,
    /// What was decided.
    pub logged: Logged,
}

/// What the grouping needs of a decision to take it up.
#[derive(Debug)]
pub enum Logged {
    /// The machine placed a ticket.
    Placed {
        /// The topic.
        topic: TopicId,
        /// How it placed it.
        placement: GroupedPlacement,
        /// The ticket.
        opening: Opening,
    },
    /// A person decided something, or an agent in the helpdesk did.
    Said(Decided),
}

/// [`LoggedDecision`] as a row.
struct LoggedDecisionRow {
    id: DecisionId,
    seq: i64,
    verdict: Verdict,
    ticket: Option<TicketId>,
    topic: Option<TopicId>,
    other: Option<TopicId>,
    match_log_odds: Option<f32>,
    likely: Option<TopicId>,
    ticket_kind: Option<TopicKind>,
    detail: Box<RawValue>,
    subject: Option<String>,
    body: Option<String>,
    customer: Option<CustomerId>,
    organization: Option<OrganizationId>,
    brand: Option<String>,
    created_at: Option<Time>,
    vector: Option<Vec<u8>>,
}
record!(LoggedDecisionRow {
    id, seq, verdict, ticket = "ticket_id", topic = "topic_id", other = "other_topic_id", match_log_odds,
    likely = "likely_topic_id", ticket_kind, json detail, subject, body, customer = "customer_id",
    organization = "organization_id", brand, created_at, vector
});

impl LoggedDecisionRow {
    fn read(self) -> Result<LoggedDecision> {
        let about = Subjects { ticket: self.ticket, topic: self.topic, other: self.other };
        let columns = DecidedColumns {
            verdict: self.verdict,
            about,
            score: None,
            match_log_odds: self.match_log_odds,
            likely: self.likely,
            ticket_kind: self.ticket_kind,
            detail: self.detail,
        };
        let logged = match self.verdict {
            Verdict::Join | Verdict::Ask | Verdict::New => Logged::Placed {
                topic: needed(about.topic)?,
                placement: columns.placement()?,
                opening: Opening {
                    ticket: needed(about.ticket)?,
                    subject: needed(self.subject)?,
                    body: self.body,
                    customer: needed(self.customer)?,
                    organization: self.organization,
                    brand: self.brand,
                    created_at: needed(self.created_at)?,
                    vector: self.vector,
                },
            },
            _ => Logged::Said(columns.read()?),
        };
        Ok(LoggedDecision { id: self.id, seq: self.seq, logged })
    }
}

/// The next [`CHUNK`] decisions after `seq`, in order, with this model's vectors.
pub async fn since(session: &mut impl Session, seq: i64, model: &str) -> Result<Vec<LoggedDecision>> {
    let rows = session
        .query(concat!(
            "SELECT logged.id, logged.seq, logged.verdict, logged.ticket_id, logged.topic_id, logged.other_topic_id,
                    logged.match_log_odds, logged.likely_topic_id, logged.ticket_kind, logged.detail,
                    ticket.subject, ticket.customer_id, ticket.organization_id, ticket.brand, ticket.created_at, embedding.vector,
                    (SELECT body FROM message WHERE ticket_id = ticket.id AND public AND author = 'customer'
                     ORDER BY created_at, id LIMIT 1) AS body
             FROM (SELECT id, seq, verdict, ticket_id, topic_id, other_topic_id, maker, match_log_odds, likely_topic_id, ticket_kind,
                          CASE WHEN maker <> 'machine' THEN detail ELSE 'null' END AS detail
                   FROM decision WHERE seq > $1 ORDER BY seq LIMIT ",
            chunk!(),
            ") logged
             LEFT JOIN ticket ON ticket.id = logged.ticket_id AND logged.maker = 'machine'
             LEFT JOIN embedding ON embedding.ticket_id = ticket.id AND embedding.model = $2
             ORDER BY logged.seq"
        ))
        .bind(seq)
        .bind(model)
        .all::<LoggedDecisionRow>()
        .await?;
    rows.into_iter().map(LoggedDecisionRow::read).collect()
}
