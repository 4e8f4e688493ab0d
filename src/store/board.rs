//! What the console and the API show at a glance: topics with their weight, and what waits for a person. Each is read
//! in one statement.

use super::{Result, Session, columns::record, raised::speaks, topics};
use crate::{
    base::clock::Time,
    model::{
        delivery,
        id::{DeliveryId, TopicId},
        impact::{Impact, LikelyImpact},
        issue,
        spike::{self, TopicSpike},
        topic::{Topic, TopicKind, TopicState},
    },
};

/// The most topics that a board weighs. If there are more, those with the oldest newest ticket are left out.
const BOARD_ROWS: i64 = 10_000;

/// A topic with its weight and its issue.
#[derive(Clone, Debug)]
pub struct WeighedTopic {
    /// The topic.
    pub topic: Topic,
    /// Its weight.
    pub impact: Impact,
    /// Its issue, once GitHub has it.
    pub issue: Option<IssueLine>,
    /// Its spike, while it goes on.
    pub spike: Option<TopicSpike>,
    /// Tickets per week, likely members too, oldest week first, up to now.
    pub weeks: [i64; WEEKS],
}

/// How many weeks a board looks back.
pub const WEEKS: usize = 12;

/// What a list of topics shows of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueLine {
    /// `owner/name`.
    pub repository: String,
    /// Its number.
    pub number: i64,
    /// Where to read it.
    pub url: Option<String>,
    /// Open or closed.
    pub state: Option<issue::IssueState>,
}

struct Flat {
    id: TopicId,
    kind: TopicKind,
    kind_is_sure: bool,
    title: String,
    summary: Option<String>,
    brand: Option<String>,
    state: TopicState,
    cycle: i64,
    merged_into: Option<TopicId>,
    repository: Option<String>,
    first_seen_at: Time,
    last_seen_at: Time,
    tickets: i64,
    customers: i64,
    organizations: i64,
    revenue_cents: i64,
    likely_tickets: i64,
    likely_customers: i64,
    likely_organizations: i64,
    likely_revenue_cents: i64,
    renewals: i64,
    issue_repository: Option<String>,
    number: Option<i64>,
    url: Option<String>,
    issue_state: Option<issue::IssueState>,
    spike_began_at: Option<Time>,
    spike_last_at: Option<Time>,
    spike_customers: Option<i64>,
    spike_usual: Option<f64>,
    w00: i64,
    w01: i64,
    w02: i64,
    w03: i64,
    w04: i64,
    w05: i64,
    w06: i64,
    w07: i64,
    w08: i64,
    w09: i64,
    w10: i64,
    w11: i64,
}
record!(Flat {
    id,
    kind,
    kind_is_sure,
    title,
    summary,
    brand,
    state,
    cycle,
    merged_into,
    repository,
    first_seen_at,
    last_seen_at,
    tickets,
    customers,
    organizations,
    revenue_cents,
    likely_tickets,
    likely_customers,
    likely_organizations,
    likely_revenue_cents,
    renewals,
    issue_repository,
    number,
    url,
    issue_state,
    spike_began_at,
    spike_last_at,
    spike_customers,
    spike_usual,
    w00,
    w01,
    w02,
    w03,
    w04,
    w05,
    w06,
    w07,
    w08,
    w09,
    w10,
    w11
});

impl From<Flat> for WeighedTopic {
    fn from(flat: Flat) -> Self {
        let issue = flat.issue_repository.zip(flat.number).map(|(repository, number)| IssueLine {
            repository,
            number,
            url: flat.url,
            state: flat.issue_state,
        });
        let spike = match (flat.spike_began_at, flat.spike_last_at, flat.spike_customers, flat.spike_usual) {
            (Some(began_at), Some(last_at), Some(customers), Some(usual)) => {
                Some(TopicSpike { began_at, last_at, customers, usual })
            }
            _ => None,
        };
        Self {
            spike,
            impact: Impact {
                tickets: flat.tickets,
                customers: flat.customers,
                organizations: flat.organizations,
                revenue_cents: flat.revenue_cents,
                likely: LikelyImpact {
                    tickets: flat.likely_tickets,
                    customers: flat.likely_customers,
                    organizations: flat.likely_organizations,
                    revenue_cents: flat.likely_revenue_cents,
                },
                renewals: flat.renewals,
                recent: flat.w11,
                before: flat.w10,
            },
            topic: Topic {
                id: flat.id,
                kind: flat.kind,
                kind_is_sure: flat.kind_is_sure,
                title: flat.title,
                summary: flat.summary,
                brand: flat.brand,
                state: flat.state,
                cycle: flat.cycle,
                merged_into: flat.merged_into,
                repository: flat.repository,
                first_seen_at: flat.first_seen_at,
                last_seen_at: flat.last_seen_at,
            },
            issue,
            weeks: [
                flat.w00, flat.w01, flat.w02, flat.w03, flat.w04, flat.w05, flat.w06, flat.w07, flat.w08, flat.w09,
                flat.w10, flat.w11,
            ],
        }
    }
}

/// Which topics a board shows.
#[derive(Clone, Debug, Default)]
pub struct TopicFilter {
    /// Only the topic with this id.
    pub id: Option<TopicId>,
    /// Only topics of this kind.
    pub kind: Option<TopicKind>,
    /// Only topics in this state.
    pub state: Option<TopicState>,
    /// Only topics with these words.
    pub words: Option<SoughtWords>,
}

/// Words that are looked for in topics.
#[derive(Clone, Debug)]
pub struct SoughtWords {
    /// The words.
    pub words: String,
    /// Whether they may stand in a subject of a ticket too, and not only in the title or the summary: whoever may not read
    /// customers' words does not find out either that they are there.
    pub in_subjects: bool,
}

impl SoughtWords {
    /// What is typed into a field; nothing where nothing is.
    pub fn typed(words: Option<&str>, in_subjects: bool) -> Option<Self> {
        let words = words.filter(|words| !words.trim().is_empty())?.to_owned();
        Some(Self { words, in_subjects })
    }
}

macro_rules! week {
    ($name:literal, $from:literal, $to:literal) => {
        concat!(
            "CAST(sum(CASE WHEN created_at >= ",
            $from,
            " AND created_at < ",
            $to,
            " THEN 1 ELSE 0 END) AS BIGINT) AS ",
            $name,
            ", "
        )
    };
}

/// The topic that carries on for `asked`, with its weight. `None` if nobody raises it. If it is merged between the two
/// readings, it is looked for where it went.
pub async fn topic(session: &mut impl Session, asked: TopicId, now: Time) -> Result<Option<(Topic, WeighedTopic)>> {
    for _ in 0..3 {
        let Some(topic) = topics::current(session, asked).await? else { return Ok(None) };
        let filter = TopicFilter { id: Some(topic.id), ..TopicFilter::default() };
        if let Some(row) = rows(session, &filter, now).await?.pop() {
            return Ok(Some((topic, row)));
        }
    }
    Ok(None)
}

/// The statement that weighs topics. It chooses the topics first, so it reads only their tickets, however many others
/// there are.
macro_rules! select {
    ($which:literal) => {
        concat!(
            "WITH chosen AS (SELECT topic.* FROM topic WHERE ",
            $which,
            " AND topic.merged_into IS NULL AND ($1 IS NOT NULL OR topic.likely_in IS NULL) AND ($4 IS NULL OR topic.kind = $4) AND ($5 IS NULL OR topic.state = $5)
                             AND EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id
                                         WHERE link.topic_id = topic.id AND ($1 IS NOT NULL OR ",
            speaks!(),
            "))
                             AND ($1 IS NOT NULL OR topic.state <> 'open'
                                  OR EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id
                                             WHERE link.topic_id = topic.id AND NOT ticket.internal))
                             AND ($19 IS NULL OR lower(topic.title) LIKE $19 ESCAPE '\\' OR lower(topic.summary) LIKE $19 ESCAPE '\\'
                                  OR $22 AND EXISTS (SELECT 1 FROM link JOIN ticket ON ticket.id = link.ticket_id
                                             WHERE link.topic_id = topic.id AND lower(ticket.subject) LIKE $19 ESCAPE '\\')
                                  OR $22 AND EXISTS (SELECT 1 FROM topic likely JOIN link ON link.topic_id = likely.id
                                                 JOIN ticket ON ticket.id = link.ticket_id
                                             WHERE likely.likely_in = topic.id AND lower(ticket.subject) LIKE $19 ESCAPE '\\'))
                             ORDER BY topic.last_seen_at DESC, topic.id LIMIT $20),
                  part AS (SELECT id AS topic_id, id, 1 AS sure FROM chosen
                           UNION ALL
                           SELECT chosen.id AS topic_id, likely.id, 0 AS sure FROM chosen JOIN topic likely ON likely.likely_in = chosen.id),
                  member AS (SELECT part.topic_id, part.sure, ticket.customer_id, ticket.organization_id, ticket.created_at,
                                    CASE WHEN part.sure = 1 THEN ticket.customer_id END AS sure_customer,
                                    CASE WHEN part.sure = 1 THEN ticket.organization_id END AS sure_organization
                             FROM part JOIN link ON link.topic_id = part.id
                                  JOIN ticket ON ticket.id = link.ticket_id AND NOT ticket.internal
                                       AND ticket.status <> 'deleted'),
                  heard AS (SELECT topic_id, CAST(sum(sure) AS BIGINT) AS tickets, count(*) AS all_tickets,
                                   count(DISTINCT sure_customer) AS customers, count(DISTINCT customer_id) AS all_customers, ",
            week!("w00", "$6", "$7"),
            week!("w01", "$7", "$8"),
            week!("w02", "$8", "$9"),
            week!("w03", "$9", "$10"),
            week!("w04", "$10", "$11"),
            week!("w05", "$11", "$12"),
            week!("w06", "$12", "$13"),
            week!("w07", "$13", "$14"),
            week!("w08", "$14", "$15"),
            week!("w09", "$15", "$16"),
            week!("w10", "$16", "$17"),
            week!("w11", "$17", "$18"),
            "count(DISTINCT sure_organization) AS organizations, count(DISTINCT organization_id) AS all_organizations
                            FROM member GROUP BY topic_id),
                  paying AS (SELECT member.topic_id, organization.id, organization.revenue_cents, organization.renewal_at,
                                    max(member.sure) AS sure
                             FROM member JOIN organization ON organization.id = member.organization_id
                             GROUP BY member.topic_id, organization.id, organization.revenue_cents, organization.renewal_at),
                  worth AS (SELECT topic_id, CAST(coalesce(sum(revenue_cents * sure), 0) AS BIGINT) AS revenue_cents,
                                   CAST(coalesce(sum(revenue_cents), 0) AS BIGINT) AS all_revenue_cents,
                                   CAST(sum(CASE WHEN renewal_at >= $2 AND renewal_at < $3 THEN 1 ELSE 0 END) AS BIGINT) AS renewals
                            FROM paying GROUP BY topic_id)
             SELECT chosen.id, chosen.kind, chosen.kind_is_sure, chosen.title, chosen.summary, chosen.brand, chosen.state, chosen.cycle,
                    chosen.merged_into, chosen.repository, chosen.first_seen_at, chosen.last_seen_at,
                    coalesce(heard.tickets, 0) AS tickets, coalesce(heard.customers, 0) AS customers,
                    coalesce(heard.organizations, 0) AS organizations,
                    coalesce(worth.revenue_cents, 0) AS revenue_cents, coalesce(worth.renewals, 0) AS renewals,
                    coalesce(all_tickets - tickets, 0) AS likely_tickets, coalesce(all_customers - heard.customers, 0) AS likely_customers,
                    coalesce(all_organizations - organizations, 0) AS likely_organizations,
                    coalesce(all_revenue_cents - revenue_cents, 0) AS likely_revenue_cents,
                    coalesce(w00, 0) AS w00, coalesce(w01, 0) AS w01, coalesce(w02, 0) AS w02, coalesce(w03, 0) AS w03,
                    coalesce(w04, 0) AS w04, coalesce(w05, 0) AS w05, coalesce(w06, 0) AS w06, coalesce(w07, 0) AS w07,
                    coalesce(w08, 0) AS w08, coalesce(w09, 0) AS w09, coalesce(w10, 0) AS w10, coalesce(w11, 0) AS w11,
                    issue.repository AS issue_repository, issue.number, issue.url, issue.state AS issue_state,
                    spike.began_at AS spike_began_at, spike.last_at AS spike_last_at, spike.customers AS spike_customers,
                    spike.usual AS spike_usual
             FROM chosen LEFT JOIN spike ON spike.topic_id = chosen.id AND spike.last_at > $21 LEFT JOIN heard ON heard.topic_id = chosen.id
             LEFT JOIN worth ON worth.topic_id = chosen.id LEFT JOIN issue ON issue.topic_id = chosen.id
             ORDER BY chosen.last_seen_at DESC, chosen.id"
        )
    };
}

/// The topics that somebody raised and that were not merged away, with their weight at `now`, in no promised order.
pub async fn rows(session: &mut impl Session, filter: &TopicFilter, now: Time) -> Result<Vec<WeighedTopic>> {
    // One statement for each case, so one topic is looked up by its key.
    let mut query = match filter.id {
        Some(_) => session.query(select!("topic.id = $1")),
        None => session.query(select!("$1 IS NULL")),
    };
    let week = std::time::Duration::from_hours(7 * 24);
    query = query
        .bind(filter.id)
        .bind(now)
        .bind(now.plus(std::time::Duration::from_hours(90 * 24)))
        .bind(filter.kind)
        .bind(filter.state);
    for back in (0..=12_u32).rev() {
        // The newest week has no end, because a helpdesk's clock may be ahead of ours.
        query = query.bind(if back == 0 { Time::from_micros(i64::MAX) } else { now.minus(week * back) });
    }
    let words = filter.words.as_ref();
    let query = query.bind(words.map(|sought| super::topics::like(&sought.words))).bind(BOARD_ROWS);
    let in_subjects = words.is_some_and(|sought| sought.in_subjects);
    let rows = query.bind(now.minus(spike::OVER_AFTER)).bind(in_subjects).all::<Flat>().await?;
    Ok(rows.into_iter().map(WeighedTopic::from).collect())
}

/// How many questions of the grouping matter now: those about tickets that are likely members of a topic which engineers or
/// customers already hear of. The others can wait for ever.
pub async fn open_question_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session
        .query(
            "SELECT count(*) FROM question JOIN ticket ON ticket.id = question.ticket_id
                 JOIN link ON link.ticket_id = question.ticket_id JOIN topic own ON own.id = link.topic_id
                 JOIN topic place ON place.id = own.likely_in AND place.state <> 'open'
             WHERE answered_at IS NULL AND ticket.status NOT IN ('deleted', 'merged')",
        )
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// How many drafts wait for a person's approval.
pub async fn draft_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session.query(r#"SELECT count(*) FROM "update" WHERE state = 'draft'"#).one::<(i64,)>().await?;
    Ok(count)
}

/// How many issues wait for a person before they are filed.
pub async fn review_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session
        .query(
            "SELECT count(*) FROM issue JOIN topic ON topic.id = issue.topic_id
             WHERE issue.filing = 'in_review' AND topic.state <> 'merged'",
        )
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// How many failures were given up and wait for a person.
pub async fn given_up_count(session: &mut impl Session) -> Result<i64> {
    let (count,) = session.query("SELECT count(*) FROM failure WHERE given_up").one::<(i64,)>().await?;
    Ok(count)
}

/// A connection's deliveries since `since`: how many there were, how many could not be read, and when the last one
/// came.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// The connection's name; `github` for GitHub.
    pub connection: String,
    /// Deliveries since then.
    pub deliveries: i64,
    /// How many of them could not be read.
    pub unreadable: i64,
    /// The newest delivery.
    pub last_at: Option<Time>,
}
record!(Traffic { connection, deliveries, unreadable, last_at });

/// What each connection delivered since `since`. A connection that was silent for the month before that as well is left
/// out.
pub async fn traffic(session: &mut impl Session, since: Time) -> Result<Vec<Traffic>> {
    let month_before = DeliveryId::generate(since.minus(std::time::Duration::from_hours(30 * 24)));
    session
        .query(
            "SELECT connection, CAST(sum(CASE WHEN received_at >= $1 THEN 1 ELSE 0 END) AS BIGINT) AS deliveries,
                    CAST(sum(CASE WHEN received_at >= $1 AND state = 'unreadable' THEN 1 ELSE 0 END) AS BIGINT) AS unreadable,
                    max(received_at) AS last_at
             FROM delivery WHERE id > $2 GROUP BY connection ORDER BY connection",
        )
        .bind(since)
        .bind(month_before)
        .all()
        .await
}

/// How many deliveries are in each state.
pub async fn delivery_counts(session: &mut impl Session) -> Result<Vec<(delivery::DeliveryState, i64)>> {
    session.query("SELECT state, count(*) FROM delivery GROUP BY state ORDER BY state").all().await
}
