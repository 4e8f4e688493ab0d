//! A ticket with everything that Heard stores of it: its people, its messages, its topic, the decision that put it there.

use std::collections::HashMap;

use grouping::BUILTIN_NAME;
use heard::{
    model::{
        audit::BEGINNING,
        search::{SearchNoun, text_words},
    },
    wording::permit,
};
use uuid::Uuid;

use crate::{
    machine::{Machine, Put, vector},
    made_up::{Export, Ticket, random::Random},
    rows::Cell,
    tables::Tables,
};

/// The connection that all tickets are of.
pub const CONNECTION: &str = "acme";
/// The repository that all issues are in.
pub const REPOSITORY: &str = "acme/product";
/// Groups of tickets from this number on come up once.
const ONCE: u64 = 1 << 40;
/// One in so many tickets, the newest, still has the bytes of its delivery.
const KEPT_SHARE: i64 = 50;
const AGENTS: usize = 30;
/// Of so many tickets in a hundred that come up once the machine is not sure.
const ASKED_PERCENT: u64 = 15;
/// Among how many of the latest recurring topics it looks.
const NEAR: usize = 40;
/// The topic that one in so many tickets is of.
const LARGE: &str = "large";
const LARGE_EVERY: usize = 50;
/// One in so many tickets is of somebody who writes once, and for nobody.
const ALONE_EVERY: usize = 40;
pub const HOUR: i64 = 3_600_000_000;
const FIRST_NAMES: [&str; 24] = [
    "Ana", "Ben", "Cleo", "Dario", "Ewa", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kaya", "Lena", "Marco", "Nadia",
    "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wim", "Yuki",
];
const LAST_NAMES: [&str; 24] = [
    "Sousa", "Rossi", "Tan", "Novak", "Berg", "Okafor", "Lovelace", "Schmidt", "Garcia", "Ito", "Keller", "Larsen",
    "Mensah", "Nielsen", "Ortega", "Petrov", "Quist", "Ramos", "Silva", "Tanaka", "Ueda", "Visser", "Weber", "Zhang",
];

/// Where a recurring topic is on its way.
pub const STATES: [(&str, u64); 7] = [
    ("open", 55),
    ("escalated", 70),
    ("planned", 78),
    ("in_progress", 85),
    ("fix_merged", 88),
    ("shipped", 97),
    ("declined", 100),
];

/// A topic that several tickets raise.
pub struct Recurring {
    pub topic: Uuid,
    pub title: String,
    pub state: &'static str,
    pub opened_at: i64,
    pub first_ticket: Uuid,
    /// Who raised it, where, and when.
    pub raised: Vec<(Uuid, Uuid, i64)>,
}

/// Somebody who writes.
#[derive(Clone)]
struct Person {
    id: Uuid,
    external_id: String,
    name: String,
    name_parts: Vec<String>,
}

/// What was stored so far, and what waits to be written.
pub struct History {
    pub tables: Tables,
    pub random: Random,
    /// The recurring topics, in the order in which they were opened.
    pub recurring: Vec<Recurring>,
    /// When the last ticket is written at the latest.
    pub end: i64,
    /// The last row of the audit log: its place and its hash.
    pub audited: (i64, Vec<u8>),
    machine: Machine,
    later_by: i64,
    places: HashMap<String, usize>,
    people: HashMap<String, Person>,
    organizations: HashMap<String, Uuid>,
    count: usize,
    kept_from: i64,
}

impl History {
    /// An empty history that ends at this time.
    pub fn new(export: &Export, end: i64) -> anyhow::Result<Self> {
        let first = export.times().next().map_or(end, jiff::Timestamp::as_microsecond);
        let last = export.times().last().map_or(end, jiff::Timestamp::as_microsecond);
        let later_by = end - HOUR - last;
        Ok(Self {
            tables: Tables::new(),
            random: Random(7),
            recurring: Vec::new(),
            end,
            audited: (0, BEGINNING.to_vec()),
            machine: Machine::new(export)?,
            later_by,
            places: HashMap::new(),
            people: HashMap::new(),
            organizations: HashMap::new(),
            count: 0,
            kept_from: end - HOUR - (last - first) / KEPT_SHARE,
        })
    }

    /// An id that sorts by time.
    pub fn id(&mut self, at: i64) -> Uuid {
        let random = [self.random.next().to_be_bytes(), self.random.next().to_be_bytes()].concat();
        let mut tail = [0; 10];
        tail.copy_from_slice(&random[..10]);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(at / 1_000).unwrap_or(0), &tail).into_uuid()
    }

    /// Bytes that nobody guesses.
    pub fn hash(&mut self) -> Vec<u8> {
        (0..4).flat_map(|_| self.random.next().to_be_bytes()).collect()
    }

    /// Stores a ticket with all that belongs to it.
    pub fn add(&mut self, mut written: Ticket) -> anyhow::Result<()> {
        let at = written.created_at.as_microsecond() + self.later_by;
        let ticket = self.id(at);
        let number = self.count;
        self.count += 1;
        if number.is_multiple_of(LARGE_EVERY) {
            LARGE.clone_into(&mut written.group);
        }
        if number % ALONE_EVERY == 1 {
            written.customer = format!("alone{number}@example.org");
            written.organization = None;
        }
        let person = self.person(&written.customer, at);
        let organization = written.organization.as_deref().map(|name| self.organization(name, at));
        self.ticket(ticket, number, &written, &person, organization, at);
        self.messages(ticket, number, &written.body, &person, at);
        let words = text_words([written.subject.as_str(), written.body.as_str()]);
        self.tables.ticket_text.add([ticket.into(), words.into()]);
        self.words(ticket, &written.subject, &person, organization);
        self.delivery(number, at);
        self.place(ticket, number, written, person.id, at)
    }

    fn person(&mut self, address: &str, at: i64) -> Person {
        if let Some(known) = self.people.get(address) {
            return known.clone();
        }
        let number = self.people.len();
        let name = format!("{} {}", self.random.one(&FIRST_NAMES), self.random.one(&LAST_NAMES));
        let name_parts = permit::name_parts(&name).into_iter().collect();
        let person = Person { id: self.id(at), external_id: (1_000_000 + number).to_string(), name, name_parts };
        self.tables.find_by(SearchNoun::Customer, person.id, &[person.name.as_str(), address]);
        self.tables.customer.add([
            person.id.into(),
            person.name.as_str().into(),
            address.into(),
            ["en-GB", "en-US", "de"][number % 3].into(),
            ["Europe/Berlin", "America/New_York", "Europe/London"][number % 3].into(),
            Cell::Time(at),
        ]);
        self.tables.requester.add([
            CONNECTION.into(),
            person.external_id.as_str().into(),
            person.id.into(),
            address.into(),
            true.into(),
            "reachable".into(),
        ]);
        self.people.insert(address.to_owned(), person.clone());
        person
    }

    fn organization(&mut self, name: &str, at: i64) -> Uuid {
        if let Some(known) = self.organizations.get(name) {
            return *known;
        }
        let id = self.id(at);
        let number = self.organizations.len();
        let revenue = i64::try_from(self.random.below(90_000)).unwrap_or(0) * 100;
        let renewal = self.end + i64::try_from(self.random.below(365)).unwrap_or(0) * 24 * HOUR;
        let called = format!("Company {name}");
        self.tables.find_by(SearchNoun::Organization, id, &[called.as_str()]);
        self.tables.organization.add([
            id.into(),
            CONNECTION.into(),
            (5_000_000 + number).to_string().into(),
            called.into(),
            ["Free", "Team", "Business", "Enterprise"][number % 4].into(),
            Cell::Number(revenue),
            Cell::Time(renewal),
            ["small", "mid", "large"][number % 3].into(),
            false.into(),
        ]);
        self.organizations.insert(name.to_owned(), id);
        id
    }

    fn ticket(
        &mut self,
        ticket: Uuid,
        number: usize,
        written: &Ticket,
        person: &Person,
        organization: Option<Uuid>,
        at: i64,
    ) {
        let is_new = self.end - at < 7 * 24 * HOUR;
        let status = if is_new && self.random.percent(60) {
            "open"
        } else if self.random.percent(30) {
            "solved"
        } else {
            "closed"
        };
        let tags = if self.random.percent(30) { written.area } else { None };
        if let Some(tag) = tags {
            self.tables.mark.add([ticket.into(), format!("tag:{tag}").into()]);
        }
        let (agent, agent_name) = agent(number);
        self.tables.ticket.add([
            ticket.into(),
            CONNECTION.into(),
            number.to_string().into(),
            format!("https://acme.zendesk.com/agent/tickets/{number}").into(),
            written.subject.as_str().into(),
            status.into(),
            tags.map_or_else(|| "[]".to_owned(), |tag| format!("[\"{tag}\"]")).into(),
            person.id.into(),
            organization.into(),
            agent.into(),
            agent_name.into(),
            "mail".into(),
            Cell::Time(at),
            Cell::Time(at + HOUR),
            Cell::Time(at + HOUR),
            person.external_id.as_str().into(),
        ]);
        let vector = vector(&mut self.random).to_bytes();
        self.tables.embedding.add([ticket.into(), BUILTIN_NAME.into(), Cell::Bytes(vector)]);
    }

    /// What the customer wrote, and often an answer and a second message.
    fn messages(&mut self, ticket: Uuid, number: usize, body: &str, person: &Person, at: i64) {
        let (agent, agent_name) = agent(number);
        let answer = format!("Hello {},\n\nthank you for writing. We look into it.\n\n{agent_name}", person.name);
        let all = [
            (100, "customer", person.external_id.clone(), body.to_owned()),
            (70, "agent", agent, answer),
            (
                20,
                "customer",
                person.external_id.clone(),
                "Is there any news? It still happens to us every day.".to_owned(),
            ),
        ];
        for (place, (percent, author, by, body)) in all.into_iter().enumerate() {
            if !self.random.percent(percent) {
                return;
            }
            let at = at + i64::try_from(place).unwrap_or(0) * HOUR / 3;
            let id = self.id(at);
            self.tables.message.add([
                id.into(),
                ticket.into(),
                (10 * number + place).to_string().into(),
                author.into(),
                by.into(),
                true.into(),
                "trusted".into(),
                body.into(),
                Cell::Time(at),
                Cell::Time(at),
            ]);
        }
    }

    fn words(&mut self, ticket: Uuid, subject: &str, person: &Person, organization: Option<Uuid>) {
        for word in permit::terms_of(subject) {
            self.tables.used_word.add([word.into(), organization.unwrap_or(person.id).into(), ticket.into()]);
        }
        for name in &person.name_parts {
            self.tables.used_name.add([name.as_str().into(), ticket.into()]);
        }
    }

    /// The webhook that named the ticket. Older ones are forgotten, and still count once.
    fn delivery(&mut self, number: usize, at: i64) {
        let (id, signed) = (self.id(at), self.hash());
        let is_kept = at >= self.kept_from;
        let state = if is_kept { "understood" } else { "forgotten" };
        let body = if is_kept {
            format!("{{\"heard\":1,\"ticket_id\":\"{number}\",\"current_user_id\":\"{}\"}}", 500 + number % AGENTS)
        } else {
            String::new()
        };
        self.tables.delivery.add([
            id.into(),
            CONNECTION.into(),
            Uuid::from_u128(u128::try_from(number).unwrap_or(0)).to_string().into(),
            Cell::Bytes(signed),
            "[]".into(),
            Cell::Bytes(body.into_bytes()),
            Cell::Time(at),
            state.into(),
            Cell::Time(at),
            is_kept.then(|| number.to_string()).into(),
        ]);
    }

    /// Puts a ticket into the topic that it is truly about, opened where there is none. Sometimes the machine is not sure.
    fn place(&mut self, ticket: Uuid, number: usize, written: Ticket, customer: Uuid, at: i64) -> anyhow::Result<()> {
        let comes_up_once = written.group.parse::<u64>().is_ok_and(|group| group >= ONCE);
        let known = self.places.get(&written.group).copied();
        if let Some((place, known)) = known.and_then(|place| Some((place, self.recurring.get(place)?))) {
            let (topic, alike) = (known.topic, known.first_ticket);
            self.recurring[place].raised.push((customer, ticket, at));
            return self.decide(ticket, topic, number, Put::Join(topic, alike), at);
        }
        let likely = self.recurring.iter().rev().take(NEAR).find(|other| other.state == "open");
        let likely = likely.map(|likely| (likely.topic, likely.first_ticket));
        let put = match likely {
            Some((likely, alike)) if comes_up_once && self.random.percent(ASKED_PERCENT) => Put::Ask(likely, alike),
            _ => Put::New,
        };
        let state = match written.group.as_str() {
            LARGE => "in_progress",
            _ if comes_up_once => "open",
            _ => self.state(at),
        };
        let topic = self.open(&written.subject, kind(number), state, put, at);
        if !comes_up_once {
            self.places.insert(written.group, self.recurring.len());
            let (title, raised) = (written.subject, vec![(customer, ticket, at)]);
            self.recurring.push(Recurring { topic, title, state, opened_at: at, first_ticket: ticket, raised });
        }
        self.decide(ticket, topic, number, put, at)
    }

    /// What is new is open.
    fn state(&mut self, opened_at: i64) -> &'static str {
        if self.end - opened_at < 14 * 24 * HOUR {
            return "open";
        }
        let drawn = self.random.below(100);
        STATES.iter().find(|(_, below)| drawn < *below).map_or("open", |(state, _)| state)
    }

    fn open(&mut self, title: &str, kind: &str, state: &str, put: Put, at: i64) -> Uuid {
        let topic = self.id(at);
        let likely_in = if let Put::Ask(likely, _) = put { Some(likely) } else { None };
        self.tables.find_by(SearchNoun::Topic, topic, &[title]);
        self.tables.topic.add([
            topic.into(),
            kind.into(),
            "machine".into(),
            true.into(),
            title.into(),
            "machine".into(),
            state.into(),
            Cell::Number(0),
            (state != "open").then_some(REPOSITORY).into(),
            Cell::Time(at),
            Cell::Time(at),
            Cell::Number(0),
            Cell::Number(0),
            Cell::Number(0),
            likely_in.into(),
        ]);
        topic
    }

    fn decide(&mut self, ticket: Uuid, topic: Uuid, number: usize, put: Put, at: i64) -> anyhow::Result<()> {
        let decided = self.machine.decides(number, ticket, put)?;
        let id = self.id(at);
        self.tables.decision.add([
            id.into(),
            Cell::Number(i64::try_from(number)? + 1),
            decided.verdict.into(),
            ticket.into(),
            topic.into(),
            "machine".into(),
            "machine".into(),
            Cell::Share(decided.score),
            decided.reasons.into(),
            Cell::Time(at),
            decided.match_log_odds.map_or(Cell::Null, Cell::Share),
            decided.likely.into(),
            kind(number).into(),
        ]);
        self.tables.link.add([ticket.into(), topic.into(), "machine".into(), id.into(), Cell::Time(at)]);
        if let Put::Ask(likely, alike) = put {
            let candidates = format!("[{{\"topic\":\"{likely}\",\"ticket\":\"{alike}\",\"score\":{}}}]", decided.score);
            self.tables.question.add([ticket.into(), candidates.into(), Cell::Time(at)]);
        }
        Ok(())
    }
}

/// The agent who has a ticket: their id there, and their name.
pub fn agent(number: usize) -> (String, String) {
    let agent = number % AGENTS;
    let mut random = Random(1_000 + agent as u64);
    ((500 + agent).to_string(), format!("{} {}", random.one(&FIRST_NAMES), random.one(&LAST_NAMES)))
}

fn kind(number: usize) -> &'static str {
    ["bug", "bug", "bug", "feature_request", "question"][number % 5]
}
