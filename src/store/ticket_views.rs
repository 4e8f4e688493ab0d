//! Tickets as people read them: who wrote, in which words, and why the ticket is in its topic. One statement each.

use serde_json::value::RawValue;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Result, Session, columns::record};
use crate::{
    base::clock::Time,
    model::{
        decision::{Actor, GroupingOutcome, GroupingReasons, Maker, Verdict},
        id::{CustomerId, OrganizationId, TicketId, TopicId},
        ticket::TicketStatus,
    },
};

/// A ticket with who wrote it, in their own words, and why it is in its topic.
#[derive(Clone, Debug)]
pub struct TicketView {
    /// The ticket.
    pub ticket: TicketId,
    /// The connection it came through.
    pub connection: String,
    /// The helpdesk's id.
    pub external_id: String,
    /// Where an agent opens it.
    pub url: Option<String>,
    /// The subject, from the customer or the helpdesk.
    pub subject: String,
    /// Its status in the helpdesk.
    pub status: TicketStatus,
    /// Whether nothing in it is public.
    pub internal: bool,
    /// When the customer wrote.
    pub created_at: Time,
    /// What the customer wrote first.
    pub words: Option<String>,
    /// Who wrote.
    pub customer: CustomerId,
    /// Their name, or their address if the helpdesk knows no name. Empty without either.
    pub customer_name: String,
    /// BCP 47.
    pub locale: Option<String>,
    /// The organization they write for.
    pub organization: Option<OrganizationId>,
    /// Its name.
    pub organization_name: Option<String>,
    /// The plan it pays for.
    pub plan: Option<String>,
    /// When its contract renews.
    pub renewal_at: Option<Time>,
    /// Its topic, once grouped.
    pub topic: Option<TopicId>,
    /// Who has the last word on its topic, once grouped.
    pub last_word: Option<LastWord>,
    /// What the machine last decided about it.
    pub guess: Option<MachineGuess>,
}

/// The last word on a ticket's topic. A person has it if they placed the ticket, merged its topic into this one, or
/// said that it is about no other topic. Until then the machine has it.
#[derive(Clone, Debug)]
pub struct LastWord {
    /// A person or the machine.
    pub maker: Maker,
    /// What they decided.
    pub verdict: Verdict,
    /// Who they are.
    pub actor: Actor,
    /// When they decided.
    pub at: Time,
}

/// What the machine decided about a ticket on its own.
#[derive(Clone, Debug)]
pub struct MachineGuess {
    /// What it did.
    pub outcome: GroupingOutcome,
    /// How likely it thought the best topic was, from 0 to 1.
    pub score: f64,
    /// When it decided.
    pub at: Time,
    /// Why.
    pub reasons: GroupingReasons,
}

/// [`TicketView`] as a row.
struct TicketViewRow {
    id: TicketId,
    connection: String,
    external_id: String,
    url: Option<String>,
    subject: String,
    status: TicketStatus,
    internal: bool,
    created_at: Time,
    words: Option<String>,
    customer_id: CustomerId,
    customer_name: String,
    locale: Option<String>,
    organization_id: Option<OrganizationId>,
    organization_name: Option<String>,
    plan: Option<String>,
    renewal_at: Option<Time>,
    topic_id: Option<TopicId>,
    maker: Option<Maker>,
    verdict: Option<Verdict>,
    actor: Option<String>,
    decided_at: Option<Time>,
    machine_outcome: Option<GroupingOutcome>,
    machine_score: Option<f64>,
    machine_at: Option<Time>,
    machine_detail: Option<Json<Box<RawValue>>>,
}
record!(TicketViewRow {
    id,
    connection,
    external_id,
    url,
    subject,
    status,
    internal,
    created_at,
    words,
    customer_id,
    customer_name,
    locale,
    organization_id,
    organization_name,
    plan,
    renewal_at,
    topic_id,
    maker,
    verdict,
    actor,
    decided_at,
    machine_outcome,
    machine_score,
    machine_at,
    machine_detail
});

impl From<TicketViewRow> for TicketView {
    fn from(row: TicketViewRow) -> Self {
        let said = row.maker.zip(row.verdict).zip(row.actor).zip(row.decided_at);
        let guessed = row.machine_outcome.zip(row.machine_score).zip(row.machine_at).zip(row.machine_detail);
        Self {
            ticket: row.id,
            connection: row.connection,
            external_id: row.external_id,
            url: row.url,
            subject: row.subject,
            status: row.status,
            internal: row.internal,
            created_at: row.created_at,
            words: row.words,
            customer: row.customer_id,
            customer_name: row.customer_name,
            locale: row.locale,
            organization: row.organization_id,
            organization_name: row.organization_name,
            plan: row.plan,
            renewal_at: row.renewal_at,
            topic: row.topic_id,
            last_word: said.map(|(((maker, verdict), actor), at)| LastWord {
                maker,
                verdict,
                actor: Actor::stored(actor),
                at,
            }),
            guess: guessed.map(|(((outcome, score), at), Json(detail))| MachineGuess {
                outcome,
                score,
                at,
                reasons: GroupingReasons::read(&detail),
            }),
        }
    }
}

/// What is read of tickets, with what their customers wrote first unless something else is given for it.
macro_rules! select {
    ($rest:literal) => {
        select!(
            "(SELECT message.body FROM message WHERE message.ticket_id = ticket.id AND message.public AND message.author = 'customer'
              ORDER BY message.created_at, message.id LIMIT 1)",
            $rest
        )
    };
    ($words:literal, $rest:literal) => {
        concat!(
            "SELECT ticket.id, ticket.connection, ticket.external_id, ticket.url, ticket.subject, ticket.status, ticket.internal,
                    ticket.created_at, ",
            $words,
            " AS words,
                    ticket.customer_id, coalesce(nullif(trim(customer.name), ''), customer.email, '') AS customer_name, customer.locale, ticket.organization_id,
                    organization.name AS organization_name, organization.plan, organization.renewal_at,
                    link.topic_id, coalesce(said.maker, link.maker) AS maker, coalesce(said.verdict, placed.verdict) AS verdict,
                    coalesce(said.actor, placed.actor) AS actor, coalesce(said.made_at, placed.made_at) AS decided_at,
                    guess.verdict AS machine_outcome, guess.score AS machine_score, guess.made_at AS machine_at,
                    guess.detail AS machine_detail
             FROM ticket JOIN customer ON customer.id = ticket.customer_id
             LEFT JOIN organization ON organization.id = ticket.organization_id
             LEFT JOIN link ON link.ticket_id = ticket.id
             LEFT JOIN decision placed ON placed.id = link.decision_id
             LEFT JOIN decision said ON link.maker = 'machine' AND said.id = (SELECT one.id FROM (
                 SELECT merged.id, merged.seq FROM decision merged WHERE merged.other_topic_id = placed.topic_id
                   AND merged.maker <> 'machine' AND merged.maker = 'person' AND merged.verdict = 'merge'
                   AND merged.undone_by IS NULL AND placed.topic_id <> link.topic_id
                 UNION ALL SELECT parted.id, parted.seq FROM decision parted WHERE parted.ticket_id = ticket.id
                   AND parted.maker <> 'machine' AND parted.maker = 'person' AND parted.verdict = 'not_same'
                   AND parted.undone_by IS NULL AND placed.verdict = 'ask') one
                 ORDER BY one.seq DESC LIMIT 1)
             LEFT JOIN decision guess ON guess.id = (SELECT made.id FROM decision made WHERE made.ticket_id = ticket.id
                   AND made.maker = 'machine' AND made.verdict IN ('join', 'ask', 'new') ORDER BY made.seq DESC LIMIT 1) ",
            $rest
        )
    };
}

/// The tickets of a topic, newest first.
pub async fn of_topic(session: &mut impl Session, topic: TopicId, limit: i64) -> Result<Vec<TicketView>> {
    let rows = session
        .query(select!(
            "JOIN (SELECT counted.ticket_id FROM impact_ticket counted WHERE counted.topic_id = $1 AND counted.sure = 1
                   ORDER BY counted.created_at DESC, counted.ticket_id DESC LIMIT $2) newest ON newest.ticket_id = ticket.id
             ORDER BY ticket.created_at DESC, ticket.id DESC"
        ))
        .bind(topic)
        .bind(limit)
        .all::<TicketViewRow>()
        .await?;
    Ok(rows.into_iter().map(TicketView::from).collect())
}

/// The same without what their customers wrote, for a list of many that shows why each is there.
pub async fn links_of_topic(session: &mut impl Session, topic: TopicId, limit: i64) -> Result<Vec<TicketView>> {
    let rows = session
        .query(select!(
            "CAST(NULL AS TEXT)",
            "JOIN (SELECT counted.ticket_id FROM impact_ticket counted WHERE counted.topic_id = $1 AND counted.sure = 1
                   ORDER BY counted.created_at DESC, counted.ticket_id DESC LIMIT $2) newest ON newest.ticket_id = ticket.id
             ORDER BY ticket.created_at DESC, ticket.id DESC"
        ))
        .bind(topic)
        .bind(limit)
        .all::<TicketViewRow>()
        .await?;
    Ok(rows.into_iter().map(TicketView::from).collect())
}

/// The tickets that are likely members of a topic and of which a person can say whether they are, newest first.
pub async fn likely_of_topic(session: &mut impl Session, topic: TopicId, limit: i64) -> Result<Vec<TicketView>> {
    let rows = session
        .query(select!(
            "JOIN (SELECT counted.ticket_id FROM impact_ticket counted
                   WHERE counted.topic_id = $1 AND counted.sure = 0 AND counted.asked = 1
                   ORDER BY counted.created_at DESC, counted.ticket_id DESC LIMIT $2) newest ON newest.ticket_id = ticket.id
             ORDER BY ticket.created_at DESC, ticket.id DESC"
        ))
        .bind(topic)
        .bind(limit)
        .all::<TicketViewRow>()
        .await?;
    Ok(rows.into_iter().map(TicketView::from).collect())
}

/// One ticket.
pub async fn get(session: &mut impl Session, ticket: TicketId) -> Result<Option<TicketView>> {
    let row = session.query(select!("WHERE ticket.id = $1")).bind(ticket).optional::<TicketViewRow>().await?;
    Ok(row.map(TicketView::from))
}

/// Every ticket of a customer, newest first.
pub async fn of_customer(session: &mut impl Session, customer: CustomerId, limit: i64) -> Result<Vec<TicketView>> {
    let rows = session
        .query(select!(
            "JOIN (SELECT own.id FROM ticket own WHERE own.customer_id = $1 ORDER BY own.created_at DESC, own.id DESC LIMIT $2) newest
                 ON newest.id = ticket.id
             ORDER BY ticket.created_at DESC, ticket.id DESC"
        ))
        .bind(customer)
        .bind(limit)
        .all::<TicketViewRow>()
        .await?;
    Ok(rows.into_iter().map(TicketView::from).collect())
}

/// Tickets by id, of one connection or with one external id if asked for.
pub async fn list(
    session: &mut impl Session,
    connection: Option<&str>,
    external_id: Option<&str>,
    after: Option<TicketId>,
    limit: i64,
) -> Result<Vec<TicketView>> {
    // One statement for each, so that each goes by an index. The page is cut first: of all tickets, everything that is shown would be
    // read before the first of them is known.
    let statement = if external_id.is_some() {
        select!(
            "JOIN (SELECT one.id FROM ticket one WHERE ($1 IS NULL OR one.connection = $1) AND one.external_id = $2 AND one.id > $3
                   ORDER BY one.id LIMIT $4) listed ON listed.id = ticket.id
             ORDER BY ticket.id"
        )
    } else {
        select!(
            "JOIN (SELECT one.id FROM ticket one WHERE ($1 IS NULL OR one.connection = $1) AND $2 IS NULL AND one.id > $3
                   ORDER BY one.id LIMIT $4) listed ON listed.id = ticket.id
             ORDER BY ticket.id"
        )
    };
    let rows = session
        .query(statement)
        .bind(connection)
        .bind(external_id)
        .bind(after.unwrap_or(TicketId::from(Uuid::nil())))
        .bind(limit)
        .all::<TicketViewRow>()
        .await?;
    Ok(rows.into_iter().map(TicketView::from).collect())
}

/// What a customer has written in public, with the subjects of their tickets.
pub async fn words_of(session: &mut impl Session, customer: CustomerId) -> Result<Vec<String>> {
    let rows = session
        .query(
            "SELECT message.body FROM message JOIN ticket ON ticket.id = message.ticket_id
             WHERE ticket.customer_id = $1 AND message.public AND NOT ticket.internal
             UNION ALL SELECT subject FROM ticket WHERE customer_id = $1 AND NOT internal",
        )
        .bind(customer)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(words,)| words).collect())
}
