//! A crowd is told of one fix, each exactly once, by a Heard that is killed again and again and a helpdesk of which nothing
//! is sure (G4, one update per customer and milestone).
//!
//! The helpdesk's own record counts, not ours. In the usual run it is a small crowd. The large one, two thousand
//! customers and twenty kills, takes some minutes for each:
//!
//! ```text
//! HEARD_CROWD=2000 cargo test --test it -- crash::crowd --nocapture --test-threads 1
//! ```

use std::time::{Duration, Instant};

use simulator::{Github, GithubOptions, MergeMethod, Zendesk, ZendeskOptions};

use super::{
    inside::Inside,
    lot::{AnswersByLot, FOLLOW_UPS, REPLIES},
    process::Process,
    scene::{settings, until_some},
};
use crate::{
    chance::{Chance, number},
    databases,
};

/// How long nobody may be told before the test is given up.
const PATIENCE: Duration = Duration::from_mins(5);
/// At the latest so long after it has started, it is killed.
const LATEST: Duration = Duration::from_secs(4);
/// In the usual run.
const USUAL: u64 = 30;
/// From this number on it is a large crowd.
const LARGE: u64 = 1_000;

const SUBJECT: &str = "CSV export is missing its last row";

/// How large a crowd is told, and by how many processes.
struct Size {
    customers: u64,
    kills: u64,
    replicas: usize,
}

impl Size {
    fn of_this_run(replicas: usize) -> Self {
        let wanted = number("HEARD_CROWD");
        let customers = wanted.unwrap_or(USUAL);
        Self { customers, kills: if customers >= LARGE { 20 } else { 4 }, replicas }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_is_told_once_each_however_often_heard_is_killed_and_whatever_the_helpdesk_answers() {
    tells_each_once(&databases::sqlite(), Size::of_this_run(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_crowd_is_told_once_each_on_postgresql() {
    if let Some(database) = postgres() {
        tells_each_once(&database, Size::of_this_run(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_that_are_killed_by_lot_tell_a_crowd_once_each() {
    if let Some(database) = postgres() {
        tells_each_once(&database, Size::of_this_run(3)).await;
    }
}

fn postgres() -> Option<databases::Database> {
    databases::each().into_iter().find(|database| database.name == "PostgreSQL")
}

async fn tells_each_once(database: &databases::Database, size: Size) {
    let Size { customers, kills, replicas } = size;
    let mut chance = Chance::seeded(20_261_128 + replicas as u64);
    let crowd = Crowd::new();
    let prepare = |_| Process::prepare(|listen| crowd.settings(listen, &database.url));
    let mut heard: Vec<Process> = (0..replicas).map(prepare).collect();
    for one in &mut heard {
        one.starts().await;
    }
    crowd.helpdesk.send_webhooks_to(&format!("{}/hooks/acme", heard[0].url));
    crowd.github.send_webhooks_to(&format!("{}/hooks/github", heard[replicas - 1].url));
    let inside = Inside::of(&database.url).await;

    let begun = Instant::now();
    let people = crowd.complains(customers);
    crowd.is_one_topic(&inside, &heard[0]).await;
    let issue = crowd.is_escalated(people[0].ticket).await;
    inside.rests(&heard[0]).await;
    crowd.helpdesk.hooks().settled().await;
    let grouped = begun.elapsed();

    let begun = Instant::now();
    // Whoever is told of a small crowd last waits for nobody, so it is calm then.
    let requests = if customers >= LARGE { 3 * customers } else { customers };
    let answers = AnswersByLot::begin(&crowd.helpdesk, requests, &mut chance);
    crowd.ships(issue);
    for _ in 0..kills {
        crowd.moment(2 * customers / kills, &mut chance).await;
        let chosen = usize::try_from(chance.below(replicas as u64)).unwrap();
        heard[chosen].is_killed();
        heard[chosen].starts().await;
    }
    crowd.is_told(&people, &inside, &heard).await;
    inside.rests(&heard[0]).await;
    let lasted = begun.elapsed();

    for person in &people {
        let told = crowd.helpdesk.heard_by(person.id);
        assert_eq!(told.len(), 1, "{:?} has {told:#?}", person.name);
    }
    let counts = async |question, wanted: u64| {
        let found = inside.counts(question).await;
        assert_eq!(u64::try_from(found).unwrap(), wanted, "{question}\n{}", inside.troubles().await);
    };
    counts(r#"SELECT count(*) FROM "update" WHERE state = 'sent'"#, customers).await;
    counts(r#"SELECT count(*) FROM "update""#, customers).await;
    counts("SELECT count(*) FROM failure", 0).await;
    counts("SELECT count(*) FROM confirmation", 0).await;
    let said = |words: &str| heard.iter().map(|one| one.has_said(words)).sum::<usize>();
    eprintln!(
        "{}, {replicas} at a time: {customers} customers were one topic after {grouped:.0?}, and all told {lasted:.0?} after \
         the release and over {kills} kills; {} replies of unclear end, {} found; writes: {:#?}",
        database.name,
        said("It is unclear whether the customer has the update"),
        said("Found the reply whose"),
        answers.met(&crowd.helpdesk),
    );
    for one in &mut heard {
        one.stops().await;
    }
}

/// Somebody who complained.
struct Complainant {
    name: String,
    id: u64,
    ticket: u64,
}

/// Both sites, and many people who have the same trouble.
struct Crowd {
    helpdesk: Zendesk,
    github: Github,
    sam: u64,
}

impl Crowd {
    fn new() -> Self {
        let clock = heard::base::clock::Clock::system();
        let micros: simulator::Clock = std::sync::Arc::new(move || clock.now().as_micros());
        let mut desk = ZendeskOptions::new(micros.clone());
        desk.export_lag_s = 0;
        let helpdesk = Zendesk::start(desk).unwrap();
        let mut hub = GithubOptions::new(micros);
        hub.repositories[0].private = true;
        let github = Github::start(hub).unwrap();
        let sam = helpdesk.agent("Sam Okafor");
        Self { helpdesk, github, sam }
    }

    fn settings(&self, listen: &str, database: &str) -> String {
        // Notes on the way are written before the weather turns, and take as long as the replies.
        let tell = "escalated = \"silent\"\nin_progress = \"silent\"\nfix_merged = \"silent\"";
        settings((&self.helpdesk, &self.github), listen, database, tell)
    }

    /// Everybody writes the same. Some write twice, and some tickets are closed by the time of the fix.
    fn complains(&self, customers: u64) -> Vec<Complainant> {
        (0..customers)
            .map(|number| {
                let name = format!("Customer {number}");
                let id = self.helpdesk.customer(&name).email(&format!("c{number}@customer.test")).add();
                let writes = || {
                    let ticket = self.helpdesk.ticket_from(id).subject(SUBJECT).assigned_to(self.sam);
                    ticket.body("Every CSV export of our monthly report is missing its last row.").send()
                };
                let ticket = writes();
                match number % 20 {
                    3 => {
                        writes();
                    }
                    7 => self.helpdesk.close(ticket),
                    _ => {}
                }
                Complainant { name, id, ticket }
            })
            .collect()
    }

    async fn is_one_topic(&self, inside: &Inside, heard: &Process) {
        let tickets = i64::try_from(self.helpdesk.tickets().len()).unwrap();
        let (mut begun, mut known) = (Instant::now(), 0);
        while known < tickets {
            let linked = inside.counts("SELECT count(*) FROM link").await;
            if linked > known {
                (begun, known) = (Instant::now(), linked);
            }
            assert!(begun.elapsed() < PATIENCE, "{known} of {tickets} are grouped.\n{}", heard.last_words());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(inside.counts("SELECT count(DISTINCT topic_id) FROM link").await, 1);
    }

    /// Gives the number of the issue.
    async fn is_escalated(&self, ticket: u64) -> u64 {
        self.helpdesk.agent_tags(self.sam, ticket, "escalate");
        let issues = || self.github.repository("acme/product").issues();
        until_some("there is an issue", || issues().first().map(|issue| issue.number)).await
    }

    fn ships(&self, issue: u64) {
        let product = self.github.repository("acme/product");
        let pull_request = product.pull_request("Mend it").fixing(issue).open();
        let fix = product.merge(pull_request, MergeMethod::Squash).expect("it can be merged");
        product.release("v2.4.0").at(&fix).publish();
    }

    fn writes(&self) -> u64 {
        let faults = self.helpdesk.faults();
        (faults.count(REPLIES) + faults.count(FOLLOW_UPS)) as u64
    }

    /// The next moment that the lot draws: at most so many writes later, or when it seems to have nothing to do.
    async fn moment(&self, most: u64, chance: &mut Chance) {
        let end = self.writes() + chance.below(most) + 1;
        let begun = Instant::now();
        while self.writes() < end && begun.elapsed() < LATEST {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until everybody has heard of the fix.
    async fn is_told(&self, people: &[Complainant], inside: &Inside, heard: &[Process]) {
        let (mut begun, mut most) = (Instant::now(), 0);
        loop {
            let told = people.iter().filter(|person| !self.helpdesk.heard_by(person.id).is_empty()).count();
            if told == people.len() {
                return;
            }
            if told > most {
                (begun, most) = (Instant::now(), told);
            }
            if begun.elapsed() > PATIENCE {
                let words: Vec<String> = heard.iter().map(Process::last_words).collect();
                panic!("{told} of {} are told.\n{}\n{}", people.len(), inside.troubles().await, words.join("\n\n"));
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}
