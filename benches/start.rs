//! How long a start takes until the first webhook is acknowledged, and until tickets can be grouped, by the tickets that are stored,
//! on each database: `cargo bench --bench start -- [TICKETS] [WHERE]`.
//!
//! It fills a database with made-up tickets of some 70 words, each with a decision, a link and a vector, then starts the
//! built binary on it as a process of its own, sends it a delivery as soon as it listens, and waits for it to say that it is ready to
//! group. The decisions are copies of what the engine really decided about the first of them, so that they are as long as real ones; the
//! vectors are random. `WHERE` is a file of SQLite or a URL with a database that is filled already (`examples/fill_database`). It is
//! started three times, because the first start may have to read files that the others find in the system's memory.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

#[path = "../tests/it/databases.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod databases;
mod made_up;
#[expect(dead_code, reason = "another measurement uses more of it")]
mod service;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use grouping::{
    BUILTIN_NAME, Engine, EngineOptions, MachineVerdict, SentenceModel, SentenceVector, TicketDecision, TicketText,
};
use heard::{
    base::clock::Time,
    model::{
        decision::{Actor, Decided, Grouped, GroupedPlacement, GroupingOutcome, Maker},
        id::{CustomerId, OrganizationId, TicketId, TopicId},
        ticket::{MessageAuthor, MessageTrust, Ticket, TicketChannel, TicketStatus},
        topic::{Topic, TopicKind, TopicState},
    },
    store::{
        Database, Session as _, Tx,
        customers::{self, Attributes},
        decisions,
        requesters::{self, Requester},
        tickets::{self, NewMessage},
        topics,
    },
};

use made_up::{Export, random::Random};
use service::Service;

/// Bodies of so many bytes make tickets of some 70 words.
const BODY_BYTES: usize = 380;
/// So many tickets in a hundred are of recurring problems.
const REPEATS_PERCENT: u64 = 20;
/// So many tickets are really decided; the others get copies of those decisions.
const DECIDED: usize = 1_000;
/// So many tickets are stored at once.
const STORED_AT_ONCE: usize = 1_000;
const DIMENSIONS: usize = 384;
/// What the service says once it has taken everything up.
const READY: &str = "Ready to group";
/// Longer is no start.
const AT_MOST: Duration = Duration::from_mins(30);
/// Nor is it one if nobody listens by then.
const LISTENS_WITHIN: Duration = Duration::from_mins(2);
/// So often it is started: the first start reads files that the others find in the system's memory.
const STARTS: u64 = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let tickets = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let kept = arguments.iter().find(|argument| argument.parse::<u64>().is_err());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("| database | tickets | start | first acknowledgement after | ready to group after | memory |");
    println!("|---|---|---|---|---|---|");
    if let Some(kept) = kept {
        let is_url = kept.starts_with("sqlite:") || kept.contains("://");
        let url = if is_url { kept.clone() } else { format!("sqlite:{kept}") };
        let name = if url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" };
        starts(&runtime, name, &url);
        return;
    }
    for database in databases::each() {
        runtime.block_on(fill(&database.url, &Export::new(tickets, BODY_BYTES, REPEATS_PERCENT)));
        starts(&runtime, database.name, &database.url);
    }
}

/// Starts it on a filled database again and again.
fn starts(runtime: &tokio::runtime::Runtime, name: &str, url: &str) {
    let tickets = runtime.block_on(count(url));
    for start in 1..=STARTS {
        let folder = tempfile::tempdir().unwrap();
        #[expect(clippy::disallowed_methods, reason = "who sends is not Heard")]
        let http = reqwest::Client::new();
        let begun = Instant::now();
        let mut heard = Service::start(folder.path(), url, "");
        runtime.block_on(first_acknowledgement(&http, &heard.url, start));
        let acknowledged = begun.elapsed();
        heard.wait_for(READY, AT_MOST);
        println!(
            "| {name} | {tickets} | {start} | {:.0} ms | {:.1} s | {} MB |",
            acknowledged.as_secs_f64() * 1_000.0,
            begun.elapsed().as_secs_f64(),
            heard.peak_memory_kb() / 1024,
        );
        heard.stop();
    }
}

/// Sends a delivery as soon as somebody listens, and waits for its acknowledgement.
async fn first_acknowledgement(http: &reqwest::Client, url: &str, start: u64) {
    let address = url.trim_start_matches("http://");
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        assert!(begun.elapsed() < LISTENS_WITHIN, "nobody listens at {url}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Nobody sent one of this number before, also where the database was measured on before.
    #[expect(clippy::disallowed_methods, reason = "who sends is not Heard")]
    let number = jiff::Timestamp::now().as_microsecond();
    service::deliver(http, url, number.unsigned_abs() + start).await;
}

async fn count(url: &str) -> i64 {
    let database = Database::open(url).await.unwrap();
    let mut conn = database.read().await.unwrap();
    let (count,) = conn.query("SELECT count(*) FROM ticket").one::<(i64,)>().await.unwrap();
    drop(conn);
    database.close().await;
    count
}

/// Stores a year's tickets.
async fn fill(url: &str, export: &Export) {
    let database = Database::open(url).await.unwrap();
    let mut history = History::new(decided(export));
    let mut written = export.all().peekable();
    while written.peek().is_some() {
        let mut tx = database.begin().await.unwrap();
        for ticket in written.by_ref().take(STORED_AT_ONCE) {
            history.add(&mut tx, ticket).await;
        }
        tx.commit().await.unwrap();
    }
    database.close().await;
}

/// What the engine decides about the first tickets, each but those that it joins in a topic of its own.
fn decided(export: &Export) -> Vec<TicketDecision> {
    let mut random = Random(11);
    let mut engine = Engine::new(EngineOptions { model: SentenceModel::Given, ..EngineOptions::default() }).unwrap();
    let decide = |ticket: made_up::Ticket| {
        let now = at(ticket.created_at);
        let mut text = TicketText::new(TicketId::generate(now).to_string(), &ticket.subject, &ticket.body);
        text.customer = Some(ticket.customer);
        text.created_at_us = now.as_micros();
        let analyzed = engine.analyzer().analyze_with(&text, vector(&mut random));
        let decision = engine.decide_analyzed(&analyzed);
        engine.place_analyzed(&analyzed, TopicId::generate(now).to_string(), Some(&decision));
        decision
    };
    export.all().take(2 * DECIDED).map(decide).skip(DECIDED).collect()
}

fn vector(random: &mut Random) -> SentenceVector {
    #[expect(clippy::cast_possible_truncation, reason = "a number below one")]
    let raw: Vec<f32> = (0..DIMENSIONS).map(|_| random.share() as f32 - 0.5).collect();
    SentenceVector::quantise(&raw)
}

fn at(written: jiff::Timestamp) -> Time {
    Time::from_micros(written.as_microsecond())
}

/// What was stored so far.
struct History {
    random: Random,
    decided: Vec<TicketDecision>,
    count: usize,
    topics: HashMap<String, TopicId>,
    latest: Option<TopicId>,
    customers: HashMap<String, CustomerId>,
    organizations: HashMap<String, OrganizationId>,
}

impl History {
    fn new(decided: Vec<TicketDecision>) -> Self {
        Self {
            random: Random(7),
            decided,
            count: 0,
            topics: HashMap::new(),
            latest: None,
            customers: HashMap::new(),
            organizations: HashMap::new(),
        }
    }

    /// Stores a ticket with what was decided about it, as the service does.
    async fn add(&mut self, tx: &mut Tx, written: made_up::Ticket) {
        let now = at(written.created_at);
        let ticket = Ticket {
            id: TicketId::generate(now),
            connection: "acme".to_owned(),
            external_id: written.id,
            url: None,
            brand: None,
            subject: written.subject,
            status: TicketStatus::Open,
            tags: Vec::new(),
            requester_external_id: "1".into(),
            customer: self.customer(tx, &written.customer, now).await,
            organization: self.organization(tx, written.organization, now).await,
            agent_external_id: None,
            agent_name: None,
            channel: TicketChannel::Mail,
            created_at: now,
            changed_at: now,
            follow_up_of: None,
            reaches_others: false,
            internal: false,
            merged_into: None,
        };
        tickets::put(tx, &ticket, now).await.unwrap();
        let message = NewMessage {
            ticket: ticket.id,
            external_id: "1",
            author_external_id: None,
            author: MessageAuthor::Customer,
            public: true,
            trust: MessageTrust::Trusted,
            body: &written.body,
            created_at: now,
            as_of: now,
        };
        tickets::keep_message(tx, &message, now).await.unwrap();
        self.place(tx, &ticket, written.group).await;
        let vector = vector(&mut self.random).to_bytes();
        decisions::keep_vector(tx, ticket.id, BUILTIN_NAME, vector).await.unwrap();
    }

    async fn customer(&mut self, tx: &mut Tx, address: &str, now: Time) -> CustomerId {
        if let Some(known) = self.customers.get(address) {
            return *known;
        }
        let requester = Requester {
            time_zone: None,
            connection: "acme",
            external_id: address,
            name: "",
            email: Some(address),
            verified: true,
            company_id: None,
            locale: None,
            standing: None,
        };
        let id = requesters::behind(tx, &requester, now).await.unwrap().customer;
        self.customers.insert(address.to_owned(), id);
        id
    }

    async fn organization(&mut self, tx: &mut Tx, name: Option<String>, now: Time) -> Option<OrganizationId> {
        let name = name?;
        if let Some(known) = self.organizations.get(&name) {
            return Some(*known);
        }
        let id = customers::organization(tx, "acme", &name, &name, &Attributes::default(), now).await.unwrap();
        self.organizations.insert(name, id);
        Some(id)
    }

    /// Puts a ticket into the topic that it is truly about, opened where there is none.
    async fn place(&mut self, tx: &mut Tx, ticket: &Ticket, group: String) {
        let now = ticket.created_at;
        let mut decision = self.decided[self.count % self.decided.len()].clone();
        self.count += 1;
        decision.ticket = ticket.id.to_string().into();
        let (outcome, topic, likely) = match self.topics.get(&group) {
            Some(topic) => (GroupingOutcome::Join, *topic, Some(*topic)),
            None => (GroupingOutcome::Ask, open(tx, ticket).await, self.latest),
        };
        decision.verdict = if outcome == GroupingOutcome::Join { MachineVerdict::Join } else { MachineVerdict::Ask };
        decision.topic = likely.map(|topic| topic.to_string().into());
        let grouped = Decided::Grouped(Grouped {
            outcome,
            ticket: ticket.id,
            topic,
            score: decision.score,
            placement: GroupedPlacement {
                match_log_odds: decision.match_log_odds,
                likely: likely.filter(|_| decision.likely_topic().is_some()),
                kind: TopicKind::Bug,
            },
            reasons: serde_json::value::to_raw_value(&decision).unwrap(),
        });
        let (id, _) = decisions::add(tx, &grouped, &Actor::machine(), now).await.unwrap();
        decisions::place(tx, ticket.id, topic, Maker::Machine, id, now).await.unwrap();
        self.topics.insert(group, topic);
        self.latest = Some(topic);
    }
}

async fn open(tx: &mut Tx, ticket: &Ticket) -> TopicId {
    let id = TopicId::generate(ticket.created_at);
    let topic = Topic {
        id,
        kind: TopicKind::Bug,
        kind_is_sure: true,
        title: ticket.subject.clone(),
        summary: None,
        brand: None,
        state: TopicState::Open,
        cycle: 0,
        merged_into: None,
        repository: None,
        first_seen_at: ticket.created_at,
        last_seen_at: ticket.created_at,
    };
    topics::add(tx, &topic).await.unwrap();
    id
}
