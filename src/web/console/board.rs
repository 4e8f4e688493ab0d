//! The topics board: what customers ask for, by how many ask.

use actix_web::{HttpResponse, http::header, web};
use askama::Template;
use serde::Deserialize;

use super::{
    columns::{ChosenColumns, ColumnName, address},
    first_steps::{self, FirstStepLine},
    review,
    shell::{self, Answer, FlashQuery, Shell},
};
use crate::{
    base::clock::Time,
    flow::ranking::{ScoredTopic, ranked, spiking},
    model::{
        currency::Currency,
        ranking::TopicOrder,
        role::{Privilege, right},
        topic::{TopicKind, TopicState},
    },
    store::{
        Conn, StoreError,
        board::{self, BoardCut, TopicFilter, WeighedTopic},
        impacts, issues,
        sought::SoughtWords,
    },
    web::{
        may::May,
        ui::{self, Html, states::TOPIC_STATES},
    },
    wording,
};

/// How many topics one page of the board shows.
const PAGE: i64 = 50;
/// How many spikes are named above it.
const SPIKES: i64 = 5;
/// How many topics with sought words are counted.
const COUNTED: i64 = 10_000;
/// Of how many topics each is asked whether it has the words, so that those that have them are counted.
const ASKED: i64 = 1_000;

/// The columns that can be left out.
const COLUMNS: &[ColumnName] = &[
    ("customers", "Customers"),
    ("organizations", "Organizations"),
    ("revenue", "Revenue"),
    ("renewals", "Renewals at risk"),
    ("weeks", "12 weeks"),
    ("score", "Score"),
    ("state", "State"),
    ("age", "Age"),
];

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(start)).route("/topics", web::get().to(show));
}

async fn start() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/topics")).finish()
}

/// What the board's address says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct BoardQuery {
    kind: Option<String>,
    state: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    page: Option<String>,
    #[serde(skip)]
    columns: ChosenColumns,
    #[serde(flatten)]
    said: FlashQuery,
}

struct KindTab {
    name: &'static str,
    address: String,
    count: i64,
    current: bool,
}

struct Column {
    word: &'static str,
    name: String,
    class: &'static str,
    address: Option<String>,
    sorted: bool,
}

/// A row of the board.
struct BoardRow {
    id: String,
    kind: Html,
    title: String,
    brand: Option<String>,
    customers: i64,
    likely_customers: i64,
    organizations: i64,
    likely_organizations: i64,
    revenue: String,
    likely_revenue: Option<String>,
    renewals: i64,
    weeks: Html,
    score: i64,
    state: Html,
    issue: Option<i64>,
    spike: Option<String>,
    age: String,
}

#[derive(Template)]
#[template(path = "console/topics.html")]
struct BoardPage {
    shell: Shell,
    /// What is to be done first, until that is done.
    first_steps: Option<Vec<FirstStepLine>>,
    /// The topics that far more customers than usual raise just now: id, title, and how many.
    spikes: Vec<(String, String, String)>,
    /// The issues that wait for a review: where it is done, and the topic's name.
    in_review: Vec<(String, String)>,
    tabs: Vec<KindTab>,
    states: Vec<(&'static str, &'static str, bool)>,
    headings: Vec<Column>,
    columns: ChosenColumns,
    /// The currency of the amounts, where the settings say it.
    currency: Option<Currency>,
    csv: String,
    jsonl: String,
    rows: Vec<BoardRow>,
    total: String,
    q: String,
    kind: String,
    orders: Vec<(&'static str, &'static str, bool)>,
    filtered: bool,
    earlier: Option<String>,
    later: Option<String>,
}

async fn show(
    May { app, caller, .. }: May<right::ReadTopics>,
    asked: web::Query<BoardQuery>,
    pairs: web::Query<Vec<(String, String)>>,
) -> Answer {
    let asked = BoardQuery { columns: ChosenColumns::of(COLUMNS, &pairs), ..asked.into_inner() };
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, &caller, "topics", &asked.said).await?;
    // Whoever may not know customers sees how many there are, and neither what they pay nor what waits with their words.
    let knows_customers = caller.may(Privilege::ReadCustomers);
    let (wanted, order) = (asked.filter(knows_customers), asked.order(knows_customers));
    let page = asked.page.as_deref().and_then(|page| page.parse::<u32>().ok()).map_or(0, i64::from);
    let cut = BoardCut { order, with_amounts: knows_customers, skip: page * PAGE, limit: PAGE };
    let shown = ranked(&mut conn, &wanted, cut, now).await?;
    let counts = impacts::counts(&mut conn).await?;
    let (total, more) = how_many(&mut conn, &wanted, counted(&counts, wanted.kind, wanted.state), cut).await?;
    let in_review = if knows_customers { issues::in_review(&mut conn).await? } else { Vec::new() };
    let spiking = spiking(&mut conn, &wanted, BoardCut { skip: 0, limit: SPIKES, ..cut }, now).await?;
    let spiking = spiking.iter().filter_map(|found| Some((&found.weighed.topic, found.weighed.spike?)));
    let spikes =
        spiking.map(|(topic, spike)| (topic.id.to_string(), topic.title.clone(), wording::spike::said(&spike)));
    let spikes: Vec<_> = spikes.collect();
    let at = |page: i64| asked.address(&[("page", &page.to_string())]);
    Ok(ui::page(&BoardPage {
        shell,
        first_steps: first_steps::left(&app, &mut conn, &caller).await?,
        spikes,
        in_review: in_review.into_iter().map(|waits| (review::address(waits.topic), waits.title)).collect(),
        tabs: tabs(&asked, wanted.kind, &counts),
        states: states(wanted.state),
        headings: headings(&asked, order, app.settings.currency),
        currency: app.settings.currency,
        csv: asked.export("csv"),
        jsonl: asked.export("jsonl"),
        rows: shown.into_iter().map(|found| BoardRow::new(found, knows_customers, now)).collect(),
        total: format!("{}{}", if more { "more than " } else { "" }, ui::count(total, "topic", "topics")),
        q: asked.q.clone().unwrap_or_default(),
        kind: wanted.kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        orders: orders(order),
        filtered: wanted.words.is_some() || wanted.state.is_some() || wanted.kind.is_some(),
        earlier: (page > 0).then(|| at(page - 1)),
        later: (more || total > (page + 1) * PAGE).then(|| at(page + 1)),
        columns: asked.columns.clone(),
    }))
}

/// How many topics there are of those that may be, `all`, and whether there are more. Words that very many topics have are not worth
/// asking each for: it is counted as far as is shown.
async fn how_many(conn: &mut Conn, wanted: &TopicFilter, all: i64, cut: BoardCut) -> Result<(i64, bool), StoreError> {
    let Some(words) = &wanted.words else { return Ok((all, false)) };
    let asked = if all > ASKED { cut.skip + cut.limit } else { COUNTED };
    board::count_found(conn, wanted, words, COUNTED, asked).await
}

impl BoardQuery {
    /// Which topics it asks for. Whoever may not know customers finds no words of theirs.
    pub fn filter(&self, knows_customers: bool) -> TopicFilter {
        TopicFilter {
            beside: None,
            kind: self.kind.as_deref().and_then(TopicKind::parse),
            state: self.state.as_deref().and_then(TopicState::parse),
            words: SoughtWords::typed(self.q.as_deref(), knows_customers),
        }
    }

    /// In which order. What customers pay puts nothing in order for whoever may not know it.
    pub fn order(&self, knows_customers: bool) -> TopicOrder {
        let order = self.sort.as_deref().and_then(TopicOrder::parse).unwrap_or(TopicOrder::Customers);
        if order == TopicOrder::Revenue && !knows_customers { TopicOrder::Customers } else { order }
    }

    /// Where all that it asks for is exported.
    fn export(&self, format: &str) -> String {
        let pairs = [("kind", &self.kind), ("state", &self.state), ("q", &self.q), ("sort", &self.sort)];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        address("/export/topics", pairs.chain([("format", format.to_owned())]))
    }

    /// The board's address with some of what was asked changed; an empty value leaves it out.
    fn address(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs = vec![];
        for (name, value) in
            [("kind", &self.kind), ("state", &self.state), ("q", &self.q), ("sort", &self.sort), ("page", &self.page)]
        {
            let wished = changes.iter().find(|(changed, _)| *changed == name).map(|(_, value)| (*value).to_owned());
            // Another list begins at its first page.
            let kept = if name == "page" && !changes.is_empty() { None } else { value.clone() };
            if let Some(value) = wished.or(kept) {
                pairs.push((name, value));
            }
        }
        address("/topics", pairs.into_iter().chain(self.columns.pairs()))
    }
}

/// How many topics there are of a kind, in a state.
fn counted(counts: &[(TopicKind, TopicState, i64)], kind: Option<TopicKind>, state: Option<TopicState>) -> i64 {
    let is_meant = |(of, at, _): &&(TopicKind, TopicState, i64)| {
        kind.is_none_or(|kind| kind == *of) && state.is_none_or(|state| state == *at)
    };
    counts.iter().filter(is_meant).map(|(.., count)| count).sum()
}

fn tabs(asked: &BoardQuery, current: Option<TopicKind>, counts: &[(TopicKind, TopicState, i64)]) -> Vec<KindTab> {
    let of = |kind: TopicKind| counted(counts, Some(kind), None);
    let all = counted(counts, None, None);
    let mut tabs =
        vec![KindTab { name: "All", address: asked.address(&[("kind", "")]), count: all, current: current.is_none() }];
    for (kind, name) in
        [(TopicKind::Bug, "Bugs"), (TopicKind::FeatureRequest, "Feature requests"), (TopicKind::Question, "Questions")]
    {
        let address = asked.address(&[("kind", kind.as_str())]);
        tabs.push(KindTab { name, address, count: of(kind), current: current == Some(kind) });
    }
    tabs
}

fn states(chosen: Option<TopicState>) -> Vec<(&'static str, &'static str, bool)> {
    TOPIC_STATES.into_iter().map(|(state, name)| (state.as_str(), name, chosen == Some(state))).collect()
}

/// The orders, each with its word in an address and its name.
fn orders(chosen: TopicOrder) -> Vec<(&'static str, &'static str, bool)> {
    let named = TopicOrder::ALL.iter().map(|order| {
        let name = match order {
            TopicOrder::Customers => "Customers",
            TopicOrder::Score => "Score",
            TopicOrder::Revenue => "Revenue",
            TopicOrder::LastSeen => "Last heard",
            TopicOrder::FirstSeen => "Age",
        };
        (order.as_str(), name, *order == chosen)
    });
    named.collect()
}

fn headings(asked: &BoardQuery, order: TopicOrder, currency: Option<Currency>) -> Vec<Column> {
    let plain = |word, name: &str, class| Column { word, name: name.to_owned(), class, address: None, sorted: false };
    let sorted = |by: TopicOrder, word, name: &str, class| Column {
        word,
        name: name.to_owned(),
        class,
        address: Some(asked.address(&[("sort", by.as_str())])),
        sorted: order == by,
    };
    let all = [
        sorted(TopicOrder::Customers, "customers", "Customers", "num"),
        plain("organizations", "Orgs", "num c3"),
        sorted(TopicOrder::Revenue, "revenue", &ui::revenue(currency), "num"),
        plain("renewals", "Renewals at risk", "num"),
        plain("weeks", "12 weeks", "c2"),
        sorted(TopicOrder::Score, "score", "Score", "num"),
        plain("state", "State", ""),
        sorted(TopicOrder::FirstSeen, "age", "Age", "num c3"),
    ];
    all.into_iter().filter(|column| asked.columns.has(column.word)).collect()
}

impl BoardRow {
    fn new(ScoredTopic { weighed, score }: ScoredTopic, with_amounts: bool, now: Time) -> Self {
        let WeighedTopic { topic, impact, issue, spike, weeks } = weighed;
        let amount = |cents: i64| if with_amounts { cents } else { 0 };
        Self {
            id: topic.id.to_string(),
            kind: ui::kind(topic.kind),
            title: topic.title,
            brand: ui::brand(topic.brand.as_deref()).map(str::to_owned),
            customers: impact.customers,
            likely_customers: impact.likely.customers,
            organizations: impact.organizations,
            likely_organizations: impact.likely.organizations,
            revenue: ui::money(amount(impact.revenue_cents)),
            likely_revenue: Some(amount(impact.likely.revenue_cents)).filter(|cents| *cents > 0).map(ui::money),
            renewals: impact.renewals,
            weeks: ui::spark(&weeks),
            score: score.total,
            state: ui::states::topic_state(topic.state, topic.cycle),
            issue: issue.map(|issue| issue.number),
            spike: spike.map(|spike| wording::spike::said(&spike)),
            age: ui::age(topic.first_seen_at, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_asked_and_forgets_the_page() {
        let asked = BoardQuery { q: Some("a & b".into()), page: Some("3".into()), ..BoardQuery::default() };
        assert_eq!(asked.address(&[("kind", "bug")]), "/topics?kind=bug&q=a+%26+b");
        assert_eq!(asked.address(&[("page", "4")]), "/topics?q=a+%26+b&page=4");
        assert_eq!(BoardQuery::default().address(&[("kind", "")]), "/topics");
        let pairs = [("column".to_owned(), "score".to_owned())];
        let asked = BoardQuery { columns: ChosenColumns::of(COLUMNS, &pairs), ..asked };
        assert_eq!(asked.address(&[("sort", "score")]), "/topics?q=a+%26+b&sort=score&column=score");
        assert_eq!(asked.export("csv"), "/export/topics?q=a+%26+b&format=csv");
        let shown = headings(&asked, TopicOrder::Customers, None);
        assert_eq!(shown.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["Score"]);
    }
}
