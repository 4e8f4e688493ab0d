//! What is found by a word, a number or an id.
//!
//! Each statement looks at no more than so many entries of an index, however many tickets there are, and counts customers in no more than
//! [`COUNTED`] tickets. Internal tickets are not found by their words, and deleted ones not at all.

use uuid::Uuid;

use super::{Conn, Result, Session, columns::record, database::Query, raised::speaks};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, OrganizationId, TicketId, TopicId},
        search::{SearchNoun, TextQuery, WORDS_ASKED, WordRange},
        ticket::TicketStatus,
        topic::{TopicKind, TopicState},
    },
};

/// Where customers are counted up to this many, that many or more.
pub const COUNTED: i64 = 1_000;

/// Among how many of the newest tickets it is seen how common a word is.
const SAMPLE: i64 = 1_000;

/// A word that no more of these have is rare: some 10,000 of a million have it.
pub const FEW: i64 = SAMPLE / 100;

/// Words that no more of these have together are worth asking the index for, however common each is: some 2,000 of a million have them.
pub const FEW_TOGETHER: i64 = SAMPLE / 500;

/// A topic as a search shows it.
#[derive(Clone, Debug)]
pub struct TopicHit {
    /// The topic.
    pub id: TopicId,
    /// What it is about.
    pub kind: TopicKind,
    /// What it is called.
    pub title: String,
    /// Its brand.
    pub brand: Option<String>,
    /// Where it is.
    pub state: TopicState,
    /// How often it was reopened.
    pub cycle: i64,
    /// When it was last heard of.
    pub last_seen_at: Time,
    /// Its customers, as the board shows them.
    pub customers: i64,
    /// The repository of its issue.
    pub repository: Option<String>,
    /// The number of its issue.
    pub number: Option<i64>,
}
record!(TopicHit { id, kind, title, brand, state, cycle, last_seen_at, customers, repository, number });

/// A ticket as a search shows it.
#[derive(Clone, Debug)]
pub struct TicketHit {
    /// The ticket.
    pub id: TicketId,
    /// The connection it came through.
    pub connection: String,
    /// The helpdesk's number.
    pub external_id: String,
    /// Where an agent opens it.
    pub url: Option<String>,
    /// The subject; empty for an internal ticket.
    pub subject: String,
    /// Whether nothing in it is public.
    pub internal: bool,
    /// Its status in the helpdesk.
    pub status: TicketStatus,
    /// The brand it was written to.
    pub brand: Option<String>,
    /// When the customer wrote.
    pub created_at: Time,
    /// Who wrote: their name or address.
    pub customer_name: String,
    /// Its topic, once grouped.
    pub topic: Option<TopicId>,
    /// What that is called.
    pub topic_title: Option<String>,
}
record!(TicketHit {
    id, connection, external_id, url, subject, internal, status, brand, created_at, customer_name, topic = "topic_id", topic_title
});

/// A customer as a search shows them.
#[derive(Clone, Debug)]
pub struct CustomerHit {
    /// The customer.
    pub id: CustomerId,
    /// The name, as the helpdesk has it.
    pub name: String,
    /// The address.
    pub email: Option<String>,
    /// For whom they last wrote.
    pub organization: Option<String>,
    /// How many tickets they wrote, up to [`COUNTED`].
    pub tickets: i64,
    /// When they last wrote.
    pub last_at: Option<Time>,
}
record!(CustomerHit { id, name, email, organization, tickets, last_at });

/// An organization as a search shows it.
#[derive(Clone, Debug)]
pub struct OrganizationHit {
    /// The organization.
    pub id: OrganizationId,
    /// The name.
    pub name: String,
    /// The plan it pays for.
    pub plan: Option<String>,
    /// Its revenue a year.
    pub revenue_cents: Option<i64>,
    /// How many of its customers wrote, up to [`COUNTED`].
    pub customers: i64,
    /// When one of them last wrote.
    pub last_at: Option<Time>,
}
record!(OrganizationHit { id, name, plan, revenue_cents, customers, last_at });

/// How a search goes through the index of words.
#[derive(Clone, Debug)]
pub struct WordSearch<'w> {
    /// The words, the one that the fewest have first. There is one at least.
    pub words: &'w [&'w WordRange],
    /// At how many entries with the first word it looks.
    pub near: i64,
    /// How many are shown.
    pub limit: i64,
    /// Only those of this brand, if it is said.
    pub brand: Option<&'w str>,
    /// What was typed, in small letters: what is called just so comes first.
    pub exact: &'w str,
}

/// How many entries there are with a word, counted up to `most`.
pub async fn count_near(session: &mut impl Session, noun: SearchNoun, word: &WordRange, most: i64) -> Result<i64> {
    let (count,) = session
        .query(
            "SELECT count(*) FROM (SELECT id FROM search_word WHERE noun = $1 AND word >= $2 AND word < $3 LIMIT $4) near",
        )
        .bind(noun.as_str())
        .bind(word.from.as_str())
        .bind(word.to.as_str())
        .bind(most)
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// The ids of what has all of the words. `$1` is the noun, `$2` to `$9` are the words, `$10` is how many entries are looked at, `$11` how
/// many are shown, `$12` the brand, and `$13` what was typed.
macro_rules! found {
    () => {
        "WITH near AS (SELECT word, id FROM search_word WHERE noun = $1 AND word >= $2 AND word < $3
                       ORDER BY word, id DESC LIMIT $10),
              found AS (SELECT DISTINCT near.id FROM near
                        WHERE ($4 IS NULL OR EXISTS (SELECT 1 FROM search_word too WHERE too.id = near.id AND too.word >= $4 AND too.word < $5))
                          AND ($6 IS NULL OR EXISTS (SELECT 1 FROM search_word too WHERE too.id = near.id AND too.word >= $6 AND too.word < $7))
                          AND ($8 IS NULL OR EXISTS (SELECT 1 FROM search_word too WHERE too.id = near.id AND too.word >= $8 AND too.word < $9))) "
    };
}

/// Binds `$1` to `$13`.
fn bound<'c>(query: Query<'c>, noun: SearchNoun, search: &WordSearch<'_>) -> Query<'c> {
    let mut query = query.bind(noun.as_str());
    for place in 0..WORDS_ASKED {
        let word = search.words.get(place);
        query = query.bind(word.map(|word| word.from.as_str())).bind(word.map(|word| word.to.as_str()));
    }
    query.bind(search.near).bind(search.limit).bind(search.brand).bind(search.exact)
}

/// Topics as they are shown, of those that `$source` chooses, in this order. What `$with` is stands before it.
macro_rules! topics {
    ([$($with:tt)*] by [$($order:tt)+] $($source:tt)+) => {
        concat!(
            $($with)*
            "SELECT topic.id, topic.kind, topic.title, topic.brand, topic.state, topic.cycle, topic.last_seen_at,
                    coalesce(impact.customers, 0) AS customers, issue.repository AS repository, issue.number AS number
             FROM (", $($source)+, ") topic LEFT JOIN impact ON impact.topic_id = topic.id LEFT JOIN issue ON issue.topic_id = topic.id
             ORDER BY ", $($order)+
        )
    };
}

/// The order of topics: what was heard of last comes first.
macro_rules! last_heard {
    () => {
        "topic.last_seen_at DESC, topic.id DESC"
    };
}

/// The same, after what is called just as was typed.
macro_rules! exact_topics {
    () => {
        concat!("CASE WHEN lower(topic.title) = lower($13) THEN 0 ELSE 1 END, ", last_heard!())
    };
}

/// The topics whose titles have all of the words, last heard of first. Those that the board does not show are left out: whether it
/// does is asked of one after the other in their order, until enough are found.
pub async fn topics(session: &mut impl Session, search: &WordSearch<'_>) -> Result<Vec<TopicHit>> {
    let query = session.query(topics!(
        [found!(),] by [exact_topics!()]
        "SELECT topic.* FROM (SELECT topic.* FROM found JOIN topic ON topic.id = found.id
                               WHERE topic.merged_into IS NULL AND topic.likely_in IS NULL AND ($12 IS NULL OR topic.brand = $12)
                               ORDER BY ",
        exact_topics!(),
        " LIMIT $10) topic
         WHERE EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id WHERE link.topic_id = topic.id
                       AND (topic.state <> 'open' OR NOT ticket.internal) AND ",
        speaks!(),
        ") LIMIT $11"
    ));
    bound(query, SearchNoun::Topic, search).all().await
}

/// The topics with an issue of this number, in this repository if one is said.
pub async fn topics_of_issue(
    session: &mut impl Session,
    repository: Option<&str>,
    number: i64,
    brand: Option<&str>,
    limit: i64,
) -> Result<Vec<TopicHit>> {
    let query = session.query(topics!(
        [] by [last_heard!()]
        "SELECT topic.* FROM issue JOIN topic ON topic.id = issue.topic_id
         WHERE issue.number = $1 AND ($2 IS NULL OR lower(issue.repository) = lower($2)) AND ($3 IS NULL OR topic.brand = $3)
         ORDER BY topic.last_seen_at DESC, topic.id DESC LIMIT $4"
    ));
    query.bind(number).bind(repository).bind(brand).bind(limit).all().await
}

/// The topic of this id.
pub async fn topic(session: &mut impl Session, id: Uuid) -> Result<Vec<TopicHit>> {
    session.query(topics!([] by [last_heard!()] "SELECT topic.* FROM topic WHERE topic.id = $1")).bind(id).all().await
}

/// Tickets as they are shown, of those that `$source` chooses.
macro_rules! tickets {
    ([$($with:tt)*] $($source:tt)+) => {
        concat!(
            $($with)*
            "SELECT ticket.id, ticket.connection, ticket.external_id, ticket.url, ticket.internal, ticket.status, ticket.brand, ticket.created_at,
                    CASE WHEN ticket.internal THEN '' ELSE ticket.subject END AS subject,
                    coalesce(nullif(trim(customer.name), ''), customer.email, '') AS customer_name,
                    link.topic_id, CASE WHEN ticket.internal THEN NULL ELSE topic.title END AS topic_title
             FROM (", $($source)+, ") ticket JOIN customer ON customer.id = ticket.customer_id
             LEFT JOIN link ON link.ticket_id = ticket.id LEFT JOIN topic ON topic.id = link.topic_id
             ORDER BY ticket.created_at DESC, ticket.id DESC"
        )
    };
}

/// The newest `$5` tickets, with their words after a space: each is looked up by itself, whatever the planner thinks of it.
macro_rules! newest {
    ($columns:literal) => {
        concat!(
            "(SELECT ",
            $columns,
            "' ' || (SELECT ticket_text.words FROM ticket_text WHERE ticket_text.ticket_id = ticket.id) AS words
              FROM ticket ORDER BY ticket.created_at DESC LIMIT $5) ticket "
        )
    };
}

/// The tickets with these words among the newest `near` of all, newest first. A word that many tickets have is found here at once, and
/// no index is asked for all that have it.
pub async fn newest_tickets(
    session: &mut impl Session,
    text: &TextQuery,
    brand: Option<&str>,
    near: i64,
    limit: i64,
) -> Result<Vec<TicketHit>> {
    let query = session.query(tickets!(
        []
        "SELECT ticket.* FROM ",
        newest!("ticket.*, "),
        "WHERE ticket.words LIKE $1 AND ($2 IS NULL OR ticket.words LIKE $2) AND ($3 IS NULL OR ticket.words LIKE $3)
           AND ($4 IS NULL OR ticket.words LIKE $4)
           AND NOT ticket.internal AND ticket.status <> 'deleted' AND ($6 IS NULL OR ticket.brand = $6)
         ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT $7"
    ));
    patterns(query, text).bind(near).bind(brand).bind(limit).all().await
}

/// How many of some of the newest tickets have each of these words, and how many all of them. A word is rare if no more than [`FEW`] do.
pub async fn shares(session: &mut impl Session, text: &TextQuery) -> Result<([i64; WORDS_ASKED], i64)> {
    let query = session.query(concat!(
        "SELECT count(CASE WHEN ticket.words LIKE $1 THEN 1 END), count(CASE WHEN ticket.words LIKE $2 THEN 1 END),
                count(CASE WHEN ticket.words LIKE $3 THEN 1 END), count(CASE WHEN ticket.words LIKE $4 THEN 1 END),
                count(CASE WHEN ticket.words LIKE $1 AND ($2 IS NULL OR ticket.words LIKE $2)
                            AND ($3 IS NULL OR ticket.words LIKE $3) AND ($4 IS NULL OR ticket.words LIKE $4) THEN 1 END) FROM ",
        newest!("")
    ));
    let (first, second, third, fourth, together) =
        patterns(query, text).bind(SAMPLE).one::<(i64, i64, i64, i64, i64)>().await?;
    Ok(([first, second, third, fourth], together))
}

/// Binds a pattern for each word that may be asked for.
pub(super) fn patterns<'c>(mut query: Query<'c>, text: &TextQuery) -> Query<'c> {
    for place in 0..WORDS_ASKED {
        query = query.bind(text.patterns.get(place).map(String::as_str));
    }
    query
}

/// The tickets that each engine's index gives for what it is asked (`$1`), `$2` at most, with their words.
macro_rules! indexed {
    (sqlite) => {
        "SELECT ticket_text.ticket_id AS id, ticket_text.words AS words FROM ticket_text_index CROSS JOIN ticket_text
         WHERE ticket_text_index MATCH $1 AND ticket_text.number = ticket_text_index.rowid
         ORDER BY ticket_text_index.rowid DESC LIMIT $2"
    };
    (postgres) => {
        "SELECT with_words.id, with_words.words FROM tickets_with_words(CAST($1 AS tsquery), $2) AS with_words"
    };
}
pub(super) use indexed;

/// A statement over them, in both engines' spelling.
macro_rules! of_indexed {
    ($conn:ident, $statement:ident) => {
        if matches!($conn, Conn::Sqlite(_)) { $statement!(sqlite) } else { $statement!(postgres) }
    };
}
pub(super) use of_indexed;

pub(super) fn asked_of<'t>(conn: &Conn, text: &'t TextQuery) -> &'t str {
    if matches!(conn, Conn::Sqlite(_)) { &text.fts5 } else { &text.tsquery }
}

macro_rules! count_indexed {
    ($engine:ident) => {
        concat!("SELECT count(*) FROM (", indexed!($engine), ") found")
    };
}

/// How many tickets the index gives, counted up to `most`.
pub async fn count_tickets(conn: &mut Conn, text: &TextQuery, most: i64) -> Result<i64> {
    let asked = asked_of(conn, text);
    let sql = of_indexed!(conn, count_indexed);
    let (count,) = conn.query(sql).bind(asked).bind(most).one::<(i64,)>().await?;
    Ok(count)
}

macro_rules! tickets_indexed {
    ($engine:ident) => {
        tickets!(
            ["WITH found AS (", indexed!($engine), ") ",]
            "SELECT ticket.* FROM found CROSS JOIN ticket
             WHERE ticket.id = found.id AND ' ' || found.words LIKE $3 AND ($4 IS NULL OR ' ' || found.words LIKE $4)
               AND ($5 IS NULL OR ' ' || found.words LIKE $5) AND ($6 IS NULL OR ' ' || found.words LIKE $6)
               AND NOT ticket.internal AND ticket.status <> 'deleted' AND ($7 IS NULL OR ticket.brand = $7)
             ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT $8"
        )
    };
}

/// The tickets with these words, newest first, of `near` that the index gives.
pub async fn tickets(
    conn: &mut Conn,
    text: &TextQuery,
    brand: Option<&str>,
    near: i64,
    limit: i64,
) -> Result<Vec<TicketHit>> {
    let asked = asked_of(conn, text);
    let sql = of_indexed!(conn, tickets_indexed);
    let query = conn.query(sql).bind(asked).bind(near);
    patterns(query, text).bind(brand).bind(limit).all().await
}

/// The tickets with this number in a helpdesk.
pub async fn tickets_of_number(
    session: &mut impl Session,
    number: &str,
    brand: Option<&str>,
    limit: i64,
) -> Result<Vec<TicketHit>> {
    let query = session.query(tickets!(
        []
        "SELECT ticket.* FROM ticket
         WHERE ticket.external_id = $1 AND ticket.status <> 'deleted' AND ($2 IS NULL OR ticket.brand = $2)
         ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT $3"
    ));
    query.bind(number).bind(brand).bind(limit).all().await
}

/// The ticket of this id.
pub async fn ticket(session: &mut impl Session, id: Uuid) -> Result<Vec<TicketHit>> {
    let query =
        session.query(tickets!([] "SELECT ticket.* FROM ticket WHERE ticket.id = $1 AND ticket.status <> 'deleted'"));
    query.bind(id).all().await
}

/// Customers as they are shown, of those that `$source` chooses.
macro_rules! customers {
    ([$($with:tt)*] by [$($order:tt)+] $($source:tt)+) => {
        concat!(
            $($with)*
            "SELECT customer.id, customer.name, customer.email,
                    (SELECT organization.name FROM ticket JOIN organization ON organization.id = ticket.organization_id
                     WHERE ticket.customer_id = customer.id ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT 1) AS organization,
                    (SELECT count(*) FROM (SELECT ticket.id FROM ticket WHERE ticket.customer_id = customer.id AND NOT ticket.internal
                                             AND ticket.status <> 'deleted' LIMIT 1000) heard) AS tickets,
                    (SELECT ticket.created_at FROM ticket WHERE ticket.customer_id = customer.id AND NOT ticket.internal
                        AND ticket.status <> 'deleted' ORDER BY ticket.created_at DESC LIMIT 1) AS last_at
             FROM (",
            $($source)+,
            ") customer ORDER BY ",
            $($order)+
        )
    };
}

/// The order of customers: whoever is called just as was typed, then whom Heard saw last.
macro_rules! exact_customers {
    () => {
        "CASE WHEN lower(customer.name) = lower($13) OR lower(customer.email) = lower($13) THEN 0 ELSE 1 END, customer.id DESC"
    };
}

/// The customers whose names and addresses have all of the words, whom Heard saw first last.
pub async fn customers(session: &mut impl Session, search: &WordSearch<'_>) -> Result<Vec<CustomerHit>> {
    let query = session.query(customers!(
        [found!(),] by [exact_customers!()]
        "SELECT customer.* FROM found JOIN customer ON customer.id = found.id
         WHERE ($12 IS NULL OR EXISTS (SELECT 1 FROM ticket WHERE ticket.customer_id = customer.id AND ticket.brand = $12))
         ORDER BY ",
        exact_customers!(),
        " LIMIT $11"
    ));
    bound(query, SearchNoun::Customer, search).all().await
}

/// The customer of this id.
pub async fn customer(session: &mut impl Session, id: Uuid) -> Result<Vec<CustomerHit>> {
    let query =
        session.query(customers!([] by ["customer.id"] "SELECT customer.* FROM customer WHERE customer.id = $1"));
    query.bind(id).all().await
}

/// Organizations as they are shown, of those that `$source` chooses.
macro_rules! organizations {
    ([$($with:tt)*] by [$($order:tt)+] $($source:tt)+) => {
        concat!(
            $($with)*
            "SELECT organization.id, organization.name, organization.plan, organization.revenue_cents,
                    (SELECT count(DISTINCT heard.customer_id) FROM (
                         SELECT ticket.customer_id FROM ticket WHERE ticket.organization_id = organization.id AND NOT ticket.internal
                            AND ticket.status <> 'deleted' LIMIT 1000) heard) AS customers,
                    (SELECT ticket.created_at FROM ticket WHERE ticket.organization_id = organization.id
                     ORDER BY ticket.created_at DESC LIMIT 1) AS last_at
             FROM (",
            $($source)+,
            ") organization ORDER BY ",
            $($order)+
        )
    };
}

/// The order of organizations: what is called just as was typed, then who pays most.
macro_rules! exact_organizations {
    () => {
        "CASE WHEN lower(organization.name) = lower($13) THEN 0 ELSE 1 END, coalesce(organization.revenue_cents, 0) DESC,
         organization.name, organization.id"
    };
}

/// The organizations whose names have all of the words, whoever pays most first.
pub async fn organizations(session: &mut impl Session, search: &WordSearch<'_>) -> Result<Vec<OrganizationHit>> {
    let query = session.query(organizations!(
        [found!(),] by [exact_organizations!()]
        "SELECT organization.* FROM found JOIN organization ON organization.id = found.id
         WHERE ($12 IS NULL OR EXISTS (SELECT 1 FROM ticket WHERE ticket.organization_id = organization.id AND ticket.brand = $12))
         ORDER BY ",
        exact_organizations!(),
        " LIMIT $11"
    ));
    bound(query, SearchNoun::Organization, search).all().await
}

/// The organization of this id.
pub async fn organization(session: &mut impl Session, id: Uuid) -> Result<Vec<OrganizationHit>> {
    let query = session.query(
        organizations!([] by ["organization.id"] "SELECT organization.* FROM organization WHERE organization.id = $1"),
    );
    query.bind(id).all().await
}
