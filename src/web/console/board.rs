//! The topics board: what customers ask for, by how many ask.

use actix_web::{HttpResponse, http::header, web};
use askama::Template;
use serde::Deserialize;

use super::shell::{self, Answer, Said, Shell};
use crate::{
    base::clock::Time,
    flow::App,
    model::{
        score::Score,
        topic::{TopicKind, TopicState},
    },
    store::{board, topics},
    web::{
        rank::{Order, ranked},
        ui::{self, Html},
    },
};

/// How many topics one page of the board shows.
const PAGE: usize = 50;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(start)).route("/topics", web::get().to(show));
}

async fn start() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/topics")).finish()
}

/// What the board's address says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Asked {
    kind: Option<String>,
    state: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    page: Option<String>,
    #[serde(flatten)]
    said: Said,
}

struct Tab {
    name: &'static str,
    address: String,
    count: i64,
    current: bool,
}

struct Column {
    name: &'static str,
    class: &'static str,
    address: Option<String>,
    sorted: bool,
}

/// A row of the board.
struct Row {
    id: String,
    kind: Html,
    title: String,
    brand: Option<String>,
    customers: i64,
    organizations: i64,
    revenue: String,
    renewals: i64,
    weeks: Html,
    score: i64,
    state: Html,
    issue: Option<i64>,
    age: String,
}

#[derive(Template)]
#[template(path = "console/topics.html")]
struct Page {
    shell: Shell,
    tabs: Vec<Tab>,
    states: Vec<(&'static str, &'static str, bool)>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    total: i64,
    q: String,
    kind: String,
    order: Order,
    filtered: bool,
    earlier: Option<String>,
    later: Option<String>,
}

async fn show(app: web::Data<App>, asked: web::Query<Asked>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, "topics", &asked.said).await?;
    let wanted = board::Wanted {
        id: None,
        kind: asked.kind.as_deref().and_then(TopicKind::parse),
        state: asked.state.as_deref().and_then(TopicState::parse),
        words: asked.q.clone().filter(|words| !words.trim().is_empty()),
    };
    let order = asked.sort.as_deref().and_then(Order::parse).unwrap_or(Order::Customers);
    let rows = ranked(&mut conn, &wanted, order, now).await?;
    let counts = topics::counts(&mut conn).await?;
    let (total, page) = (rows.len(), asked.page.as_deref().and_then(|page| page.parse().ok()).unwrap_or(0_usize));
    let shown = rows.into_iter().skip(page.saturating_mul(PAGE)).take(PAGE);
    let at = |page: usize| asked.address(&[("page", &page.to_string())]);
    Ok(ui::page(&Page {
        shell,
        tabs: tabs(&asked, wanted.kind, &counts),
        states: states(wanted.state),
        columns: columns(&asked, order),
        rows: shown.map(|(row, score)| Row::new(row, &score, now)).collect(),
        total: i64::try_from(total).unwrap_or(i64::MAX),
        q: asked.q.clone().unwrap_or_default(),
        kind: wanted.kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        order,
        filtered: wanted.words.is_some() || wanted.state.is_some() || wanted.kind.is_some(),
        earlier: page.checked_sub(1).map(at),
        later: (total > (page + 1).saturating_mul(PAGE)).then(|| at(page + 1)),
    }))
}

impl Asked {
    /// The board's address with some of what was asked changed; an empty value leaves it out.
    fn address(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs = vec![];
        for (name, value) in
            [("kind", &self.kind), ("state", &self.state), ("q", &self.q), ("sort", &self.sort), ("page", &self.page)]
        {
            let wished = changes.iter().find(|(changed, _)| *changed == name).map(|(_, value)| (*value).to_owned());
            // A page of another list is nobody's wish.
            let kept = if name == "page" && !changes.is_empty() { None } else { value.clone() };
            if let Some(value) = wished.or(kept).filter(|value| !value.is_empty()) {
                pairs.push((name, value));
            }
        }
        if pairs.is_empty() {
            return "/topics".to_owned();
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/topics?{query}")
    }
}

fn tabs(asked: &Asked, current: Option<TopicKind>, counts: &[(TopicKind, i64)]) -> Vec<Tab> {
    let of = |kind: TopicKind| counts.iter().find(|(counted, _)| *counted == kind).map_or(0, |(_, count)| *count);
    let all = counts.iter().map(|(_, count)| count).sum();
    let mut tabs =
        vec![Tab { name: "All", address: asked.address(&[("kind", "")]), count: all, current: current.is_none() }];
    for (kind, name) in
        [(TopicKind::Bug, "Bugs"), (TopicKind::FeatureRequest, "Feature requests"), (TopicKind::Question, "Questions")]
    {
        let address = asked.address(&[("kind", kind.as_str())]);
        tabs.push(Tab { name, address, count: of(kind), current: current == Some(kind) });
    }
    tabs
}

fn states(chosen: Option<TopicState>) -> Vec<(&'static str, &'static str, bool)> {
    let named = [
        (TopicState::Open, "New"),
        (TopicState::Escalated, "Escalated"),
        (TopicState::Planned, "Planned"),
        (TopicState::InProgress, "In progress"),
        (TopicState::FixMerged, "Fix merged"),
        (TopicState::Shipped, "Shipped"),
        (TopicState::Declined, "Declined"),
    ];
    named.into_iter().map(|(state, name)| (state.as_str(), name, chosen == Some(state))).collect()
}

fn columns(asked: &Asked, order: Order) -> Vec<Column> {
    let plain = |name, class| Column { name, class, address: None, sorted: false };
    let sorted = |by: Order, word: &str, name, class| Column {
        name,
        class,
        address: Some(asked.address(&[("sort", word)])),
        sorted: order == by,
    };
    vec![
        sorted(Order::Customers, "customers", "Customers", "num"),
        plain("Orgs", "num c3"),
        sorted(Order::Revenue, "revenue", "Revenue", "num"),
        plain("Renewals at risk", "num"),
        plain("12 weeks", "c2"),
        sorted(Order::Score, "score", "Score", "num"),
        plain("State", ""),
        sorted(Order::FirstSeen, "first_seen", "Age", "num c3"),
    ]
}

impl Row {
    fn new(row: board::Row, score: &Score, now: Time) -> Self {
        Self {
            id: row.topic.id.to_string(),
            kind: ui::kind(row.topic.kind),
            title: row.topic.title,
            brand: ui::brand(row.topic.brand.as_deref()).map(str::to_owned),
            customers: row.weight.customers,
            organizations: row.weight.organizations,
            revenue: ui::money(row.weight.revenue_cents),
            renewals: row.weight.renewals,
            weeks: ui::spark(&row.weeks),
            score: score.total,
            state: ui::state(row.topic.state, row.topic.cycle),
            issue: row.issue.map(|issue| issue.number),
            age: ui::age(row.topic.first_seen_at, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_asked_and_forgets_the_page() {
        let asked = Asked { q: Some("a & b".into()), page: Some("3".into()), ..Asked::default() };
        assert_eq!(asked.address(&[("kind", "bug")]), "/topics?kind=bug&q=a+%26+b");
        assert_eq!(asked.address(&[("page", "4")]), "/topics?q=a+%26+b&page=4");
        assert_eq!(Asked::default().address(&[("kind", "")]), "/topics");
    }
}
