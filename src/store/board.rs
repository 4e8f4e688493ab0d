//! The board: topics with their weight, in the order somebody wants. It is read in one statement that sums up nothing but what it
//! shows: what topics weigh is kept (`impacts.rs`).

use super::{
    Conn, Result, Session,
    columns::record,
    sought::{self, SoughtWords, has_words, listed_among},
    topics,
};
use crate::{
    base::clock::Time,
    model::{
        id::TopicId,
        impact::{Impact, LikelyImpact},
        issue,
        ranking::TopicOrder,
        spike::{self, TopicSpike},
        topic::{Topic, TopicKind, TopicState},
    },
};

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
    /// Only topics of this kind.
    pub kind: Option<TopicKind>,
    /// Only topics in this state.
    pub state: Option<TopicState>,
    /// Only topics with these words.
    pub words: Option<SoughtWords>,
    /// Only topics beside this one.
    pub beside: Option<Beside>,
}

/// The other topics of a brand.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The topic that is left out.
    pub topic: Option<TopicId>,
    /// The brand; `None` for topics without one.
    pub brand: Option<String>,
}

/// Which part of a board is shown, and in which order.
#[derive(Clone, Copy, Debug)]
pub struct BoardCut {
    /// The order.
    pub order: TopicOrder,
    /// Whether what customers pay may put topics in order.
    pub with_amounts: bool,
    /// How many are passed over.
    pub skip: i64,
    /// How many are shown at most.
    pub limit: i64,
}

macro_rules! week {
    ($name:literal, $from:literal, $to:literal) => {
        concat!(
            "CAST(sum(CASE WHEN written.created_at >= ",
            $from,
            " AND written.created_at < ",
            $to,
            " THEN 1 ELSE 0 END) AS BIGINT) AS ",
            $name,
            ", "
        )
    };
}

/// The statement that weighs topics. It chooses the topics first, by an index of their order, and reads the tickets of twelve weeks
/// and what renews of those alone.
macro_rules! select {
    ([$($which:tt)+], $order:literal) => {
        concat!(
            "WITH chosen AS (SELECT impact.* FROM impact WHERE ",
            $($which)+,
            " AND ($16 IS NULL OR impact.kind = $16) AND ($17 IS NULL OR impact.state = $17)
              AND ",
            has_words!("$19", "$18", "$26", "$27", "$28"),
            " ORDER BY ",
            $order,
            " LIMIT $20 OFFSET $21),
                  heard AS (SELECT chosen.topic_id, ",
            week!("w00", "$3", "$4"),
            week!("w01", "$4", "$5"),
            week!("w02", "$5", "$6"),
            week!("w03", "$6", "$7"),
            week!("w04", "$7", "$8"),
            week!("w05", "$8", "$9"),
            week!("w06", "$9", "$10"),
            week!("w07", "$10", "$11"),
            week!("w08", "$11", "$12"),
            week!("w09", "$12", "$13"),
            week!("w10", "$13", "$14"),
            week!("w11", "$14", "$15"),
            "count(*) AS lately
                            FROM chosen JOIN impact_ticket written ON written.topic_id = chosen.topic_id
                                 AND written.created_at >= $3 AND written.customer_id IS NOT NULL
                            GROUP BY chosen.topic_id)
             SELECT topic.id, topic.kind, topic.kind_is_sure, topic.title, topic.summary, topic.brand, topic.state, topic.cycle,
                    topic.merged_into, topic.repository, topic.first_seen_at, topic.last_seen_at,
                    chosen.tickets, chosen.customers, chosen.organizations, chosen.revenue_cents,
                    chosen.all_tickets - chosen.tickets AS likely_tickets, chosen.all_customers - chosen.customers AS likely_customers,
                    chosen.all_organizations - chosen.organizations AS likely_organizations,
                    chosen.all_revenue_cents - chosen.revenue_cents AS likely_revenue_cents,
                    (SELECT count(*) FROM impact_organization behind WHERE behind.topic_id = chosen.topic_id
                        AND behind.renewal_at >= $1 AND behind.renewal_at < $2) AS renewals,
                    coalesce(w00, 0) AS w00, coalesce(w01, 0) AS w01, coalesce(w02, 0) AS w02, coalesce(w03, 0) AS w03,
                    coalesce(w04, 0) AS w04, coalesce(w05, 0) AS w05, coalesce(w06, 0) AS w06, coalesce(w07, 0) AS w07,
                    coalesce(w08, 0) AS w08, coalesce(w09, 0) AS w09, coalesce(w10, 0) AS w10, coalesce(w11, 0) AS w11,
                    issue.repository AS issue_repository, issue.number, issue.url, issue.state AS issue_state,
                    spike.began_at AS spike_began_at, spike.last_at AS spike_last_at, spike.customers AS spike_customers,
                    spike.usual AS spike_usual
             FROM chosen JOIN topic ON topic.id = chosen.topic_id
                  LEFT JOIN spike ON spike.topic_id = chosen.topic_id AND spike.last_at > $25
                  LEFT JOIN heard ON heard.topic_id = chosen.topic_id LEFT JOIN issue ON issue.topic_id = chosen.topic_id
             ORDER BY chosen.last_seen_at DESC, chosen.topic_id"
        )
    };
}

/// The same in each order.
macro_rules! in_order {
    ($cut:expr, $($which:tt)+) => {
        match ($cut.order, $cut.with_amounts) {
            (TopicOrder::Customers, true) => {
                select!(
                    [$($which)+],
                    "impact.all_customers DESC, impact.score DESC, impact.last_seen_at DESC, impact.topic_id"
                )
            }
            (TopicOrder::Customers | TopicOrder::Revenue, false) => {
                select!(
                    [$($which)+],
                    "impact.all_customers DESC, impact.plain_score DESC, impact.last_seen_at DESC, impact.topic_id"
                )
            }
            (TopicOrder::Score, true) => {
                select!([$($which)+], "impact.score DESC, impact.last_seen_at DESC, impact.topic_id")
            }
            (TopicOrder::Score, false) => {
                select!([$($which)+], "impact.plain_score DESC, impact.last_seen_at DESC, impact.topic_id")
            }
            (TopicOrder::Revenue, true) => {
                select!([$($which)+], "impact.all_revenue_cents DESC, impact.last_seen_at DESC, impact.topic_id")
            }
            (TopicOrder::LastSeen, _) => select!([$($which)+], "impact.last_seen_at DESC, impact.topic_id"),
            (TopicOrder::FirstSeen, _) => {
                select!([$($which)+], "impact.first_seen_at, impact.last_seen_at DESC, impact.topic_id")
            }
        }
    };
}

/// The topic that carries on for `asked`, with its weight. `None` if nothing is in it. If it is merged between the two readings, it is
/// looked for where it went.
pub async fn topic(session: &mut impl Session, asked: TopicId, now: Time) -> Result<Option<(Topic, WeighedTopic)>> {
    const ONLY_ONE: BoardCut = BoardCut { order: TopicOrder::LastSeen, with_amounts: true, skip: 0, limit: 1 };
    for _ in 0..3 {
        let Some(topic) = topics::current(session, asked).await? else { return Ok(None) };
        let statement = select!(
            ["$29 IS NULL AND $23 AND $24 = $24 AND impact.topic_id = $22
                 AND EXISTS (SELECT 1 FROM link WHERE link.topic_id = $22)
                 AND EXISTS (SELECT 1 FROM topic WHERE topic.id = $22 AND topic.merged_into IS NULL)"],
            "impact.topic_id"
        );
        let beside = Beside { topic: Some(topic.id), brand: None };
        let filter = TopicFilter { beside: Some(beside), ..TopicFilter::default() };
        if let Some(row) = read(session, statement, &filter, None, ONLY_ONE, now).await?.pop() {
            return Ok(Some((topic, row)));
        }
    }
    Ok(None)
}

/// The topics that somebody raised and that were not merged away: those of a cut of their order, with their weight at `now`. Among
/// themselves they stand by when they were heard of last. Orders by score are as of the last look at the scores.
pub async fn rows(conn: &mut Conn, filter: &TopicFilter, cut: BoardCut, now: Time) -> Result<Vec<WeighedTopic>> {
    // Those of a board, and of a brand where one is asked for.
    macro_rules! which {
        ($engine:ident) => {
            in_order!(
                cut,
                listed_among!($engine, "$29"),
                " AND ($22 IS NULL OR impact.topic_id <> $22)
                  AND (NOT $23 OR EXISTS (SELECT 1 FROM topic WHERE topic.id = impact.topic_id AND coalesce(topic.brand, '') = $24))"
            )
        };
    }
    let among = sought::among(conn, filter.words.as_ref()).await?;
    let statement = match (among, &*conn) {
        (None, _) => which!(all),
        (Some(_), Conn::Sqlite(_)) => which!(sqlite),
        (Some(_), Conn::Postgres(_)) => which!(postgres),
    };
    read(conn, statement, filter, among, cut, now).await
}

/// The topics of a board that spike at `now`, at most `limit` of them.
pub async fn spiking(conn: &mut Conn, filter: &TopicFilter, cut: BoardCut, now: Time) -> Result<Vec<WeighedTopic>> {
    macro_rules! which {
        ($($among:tt)+) => {
            in_order!(
                cut,
                $($among)+,
                " AND impact.topic_id IN (SELECT spike.topic_id FROM spike WHERE spike.last_at > $25)
                  AND ($22 IS NULL OR impact.topic_id <> $22) AND (NOT $23 OR $24 = $24)"
            )
        };
    }
    if filter.words.as_ref().is_some_and(SoughtWords::is_empty) {
        return Ok(Vec::new());
    }
    let among = sought::among(conn, filter.words.as_ref()).await?;
    let statement = match (among, &*conn) {
        // They are few: each is asked whether it has the words. The plus keeps SQLite from going through all that is listed.
        (None, _) => which!("+impact.listed = 1 AND $29 IS NULL"),
        (Some(_), Conn::Sqlite(_)) => which!(listed_among!(sqlite, "$29")),
        (Some(_), Conn::Postgres(_)) => which!(listed_among!(postgres, "$29")),
    };
    read(conn, statement, filter, among, cut, now).await
}

/// Runs a statement that weighs topics. `among` are those that have the words, if they were found before.
async fn read(
    session: &mut impl Session,
    statement: &'static str,
    filter: &TopicFilter,
    among: Option<&str>,
    cut: BoardCut,
    now: Time,
) -> Result<Vec<WeighedTopic>> {
    let week = std::time::Duration::from_hours(7 * 24);
    let mut query = session.query(statement).bind(now).bind(now.plus(std::time::Duration::from_hours(90 * 24)));
    for back in (0..=12_u32).rev() {
        // The newest week has no end, because a helpdesk's clock may be ahead of ours.
        query = query.bind(if back == 0 { Time::from_micros(i64::MAX) } else { now.minus(week * back) });
    }
    let (words, beside) = (filter.words.as_ref().filter(|_| among.is_none()), filter.beside.as_ref());
    let pattern = |place: usize| words.and_then(|sought| sought.pattern(place));
    let rows = query
        .bind(filter.kind)
        .bind(filter.state)
        .bind(pattern(0))
        .bind(words.is_some_and(SoughtWords::in_texts))
        .bind(cut.limit)
        .bind(cut.skip)
        .bind(beside.and_then(|beside| beside.topic))
        .bind(beside.is_some())
        .bind(beside.and_then(|beside| beside.brand.as_deref()).unwrap_or_default())
        .bind(now.minus(spike::OVER_AFTER))
        .bind(pattern(1))
        .bind(pattern(2))
        .bind(pattern(3))
        .bind(among)
        .all::<Flat>()
        .await?;
    Ok(rows.into_iter().map(WeighedTopic::from).collect())
}

/// How many topics pass a filter with words: up to `most`, and up to `asked` where each topic has to be asked whether it has them.
/// With it comes whether there are more.
pub async fn count_found(
    conn: &mut Conn,
    filter: &TopicFilter,
    sought: &SoughtWords,
    most: i64,
    asked: i64,
) -> Result<(i64, bool)> {
    macro_rules! counted {
        ($engine:ident) => {
            concat!(
                "SELECT count(*) FROM (SELECT impact.topic_id FROM impact WHERE ",
                listed_among!($engine, "$9"),
                " AND ($1 IS NULL OR impact.kind = $1) AND ($2 IS NULL OR impact.state = $2) AND ",
                has_words!("$4", "$3", "$5", "$6", "$7"),
                " LIMIT $8) found"
            )
        };
    }
    let among = sought::among(conn, Some(sought)).await?;
    let most = if among.is_some() { most } else { asked };
    let statement = match (among, &*conn) {
        (None, _) => counted!(all),
        (Some(_), Conn::Sqlite(_)) => counted!(sqlite),
        (Some(_), Conn::Postgres(_)) => counted!(postgres),
    };
    let pattern = |place: usize| sought.pattern(place).filter(|_| among.is_none());
    let row = conn
        .query(statement)
        .bind(filter.kind)
        .bind(filter.state)
        .bind(pattern(0))
        .bind(sought.in_texts())
        .bind(pattern(1))
        .bind(pattern(2))
        .bind(pattern(3))
        .bind(most.saturating_add(1))
        .bind(among);
    let (count,) = row.one::<(i64,)>().await?;
    Ok((count.min(most), count > most))
}
