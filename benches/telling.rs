//! How soon and how fast the customers of one topic are told, on each database: `cargo bench --bench telling -- [CUSTOMERS]`.
//!
//! It starts the built binary as a process of its own, with the simulated Zendesk and GitHub in this one, on the same cores. So many
//! customers write the same; every tenth ticket has an agent. Then the fix ships without a hold, while fifty new deliveries a second
//! arrive. It is told once to a helpdesk without limits, and once, to at most [`CUSTOMERS_LIMITED`], to one that allows 700 calls a
//! minute: of these, *share* is how many Heard made in the whole minutes that telling took. The helpdesk's own record counts.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

#[path = "../tests/it/databases.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod databases;
#[path = "load/processor.rs"]
#[expect(dead_code, reason = "another measurement uses more of it")]
mod processor;
#[expect(dead_code, reason = "another measurement uses more of it")]
mod service;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use heard::{
    base::clock::Clock,
    store::{Database, Session as _},
};
use simulator::{Call, Github, GithubOptions, MergeMethod, Zendesk, ZendeskOptions};

use service::{SECRET, Service, deliver};

/// By which the settings know what is escalated, where they say nothing else.
const ESCALATE_TAG: &str = "escalate";
const SUBJECT: &str = "CSV export is missing its last row";
const BODY: &str = "Every CSV export of our monthly report is missing its last row.";
/// One ticket of so many has an agent.
const LOOKED_AFTER: u64 = 10;
/// What Zendesk allows in a minute on its Enterprise plan.
const CALLS_A_MINUTE: u32 = 700;
/// How many are told at most where calls are limited: more take longer, and show the same.
const CUSTOMERS_LIMITED: u64 = 2_000;
/// New deliveries meanwhile.
const DELIVERIES_A_SECOND: u32 = 50;
/// Nothing may stand still for so long.
const PATIENCE: Duration = Duration::from_mins(5);
const LOOKS_AGAIN: Duration = Duration::from_millis(200);

fn main() {
    let customers = std::env::args().filter_map(|argument| argument.parse().ok()).next_back().unwrap_or(10_000_u64);
    let runtime =
        |threads| tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
    let (runtime, senders) = (runtime(2), runtime(1));
    databases::DURABLE.store(true, Ordering::Relaxed);
    println!(
        "| database | helpdesk | customers | first reply after | all after | a second | calls a reply | share of what is allowed | p99 of deliveries | notes | processor of Heard | memory |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for limit in [None, Some(CALLS_A_MINUTE)] {
        for database in databases::each() {
            let customers = if limit.is_some() { customers.min(CUSTOMERS_LIMITED) } else { customers };
            let told = runtime.block_on(tell(&database.url, customers, limit, &senders));
            told.print(database.name, customers, limit);
        }
    }
}

/// What was measured.
struct Told {
    first: Duration,
    all: Duration,
    calls: usize,
    share: Option<f64>,
    acknowledged_p99: Duration,
    notes: usize,
    processor: Duration,
    memory_kb: u64,
}

impl Told {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn print(&self, database: &str, customers: u64, limit: Option<u32>) {
        let helpdesk = limit.map_or_else(|| "without limits".to_owned(), |limit| format!("{limit} calls a minute"));
        let share = self.share.map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", 100.0 * share));
        println!(
            "| {database} | {helpdesk} | {customers} | {:.2} s | {:.1} s | {:.0} | {:.2} | {share} | {:.1} ms | {} | {:.1} s | {} MB |",
            self.first.as_secs_f64(),
            self.all.as_secs_f64(),
            customers as f64 / self.all.as_secs_f64(),
            self.calls as f64 / customers as f64,
            self.acknowledged_p99.as_secs_f64() * 1000.0,
            self.notes,
            self.processor.as_secs_f64(),
            self.memory_kb / 1024,
        );
    }
}

/// Both sites.
struct Outside {
    helpdesk: Zendesk,
    github: Github,
    agent: u64,
}

impl Outside {
    fn start() -> Self {
        let clock = Clock::system();
        let micros: simulator::Clock = Arc::new(move || clock.now().as_micros());
        let mut desk = ZendeskOptions::new(micros.clone());
        desk.export_lag_s = 0;
        SECRET.clone_into(&mut desk.webhook_secret);
        let helpdesk = Zendesk::start(desk).unwrap();
        let mut hub = GithubOptions::new(micros);
        hub.repositories[0].private = true;
        let github = Github::start(hub).unwrap();
        let agent = helpdesk.agent("Sam Okafor");
        Self { helpdesk, github, agent }
    }

    fn settings(&self) -> String {
        let hub = self.github.options();
        format!(
            "[log]\nlevel = \"error\"\n[grouping]\nmodel = \"none\"\n[tell]\nteam = \"Support\"\nhold_minutes = 0\n\
             [github]\napi_url = {:?}\ntoken = {:?}\nwebhook_secret = {:?}\n\
             [[repositories]]\nname = \"acme/product\"\ndefault = true\nhold_minutes = 0\n",
            self.github.url(),
            hub.token,
            hub.webhook_secret,
        )
    }

    /// Everybody writes the same. Gives the first ticket.
    fn complains(&self, customers: u64) -> u64 {
        let writes = |nth: u64| {
            let name = format!("Customer {nth}");
            let customer = self.helpdesk.customer(&name).email(&format!("c{nth}@customer.test")).add();
            let ticket = self.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY);
            if nth.is_multiple_of(LOOKED_AFTER) { ticket.assigned_to(self.agent).send() } else { ticket.send() }
        };
        (0..customers).map(writes).min().expect("somebody writes")
    }

    /// The fix is merged and released.
    fn ships(&self, issue: u64) {
        let product = self.github.repository("acme/product");
        let pull_request = product.pull_request("Mend it").fixing(issue).open();
        let fix = product.merge(pull_request, MergeMethod::Squash).expect("it can be merged");
        product.release("v2.4.0").at(&fix).publish();
    }
}

async fn tell(url: &str, customers: u64, limit: Option<u32>, senders: &tokio::runtime::Runtime) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start();
    let desk = outside.helpdesk.options();
    let account = [outside.helpdesk.url(), desk.user.as_str(), desk.token.as_str()];
    let mut heard = Service::beside(folder.path(), url, &outside.settings(), account);
    let inside = Inside::of(url).await;
    is_ready(&heard.url).await;
    outside.helpdesk.send_webhooks_to(&format!("{}/hooks/acme", heard.url));
    outside.github.send_webhooks_to(&format!("{}/hooks/github", heard.url));
    let all = i64::try_from(customers).unwrap();
    let first_ticket = outside.complains(customers);
    inside.reaches("SELECT count(*) FROM link", all).await;
    assert_eq!(inside.counts("SELECT count(DISTINCT topic_id) FROM link").await, 1, "one topic");
    outside.helpdesk.agent_tags(outside.agent, first_ticket, ESCALATE_TAG);
    inside.reaches("SELECT count(*) FROM issue WHERE number IS NOT NULL", 1).await;
    inside.rests().await;
    let issue = outside.github.repository("acme/product").issues().first().map(|issue| issue.number).unwrap();

    let faults = outside.helpdesk.faults();
    let (calls_before, processor_before) = (faults.calls().len(), processor::of(heard.pid()));
    let clock = Clock::system();
    faults.limit_per_minute(limit);
    let ended = Arc::new(AtomicBool::new(false));
    let deliveries = senders.spawn(delivers(heard.url.clone(), Arc::clone(&ended)));
    let released_at = clock.now().as_micros();
    outside.ships(issue);
    inside.reaches(r#"SELECT count(*) FROM "update" WHERE state = 'sent'"#, all).await;
    ended.store(true, Ordering::Relaxed);
    let mut acknowledged = deliveries.await.unwrap();
    acknowledged.sort_unstable();
    let processor = processor::of(heard.pid()).saturating_sub(processor_before);
    faults.limit_per_minute(None);
    inside.rests().await;

    let calls: Vec<Call> = faults.calls().split_off(calls_before);
    let since = |call: &Call| Duration::from_micros(u64::try_from(call.at - released_at).unwrap_or(0));
    let replies: Vec<Duration> = calls.iter().filter(|call| writes(call) == Some(true)).map(since).collect();
    assert_eq!(replies.len() as u64, customers, "each is told once");
    let last = replies.iter().max().copied().unwrap_or_default();
    let answered = calls.iter().filter(|call| since(call) <= last && call.status != Some(429));
    let told = Told {
        first: replies.iter().min().copied().unwrap_or_default(),
        all: last,
        calls: answered.count(),
        share: limit.and_then(|limit| share(&calls, limit, last, since)),
        acknowledged_p99: acknowledged[acknowledged.len() * 99 / 100],
        notes: calls.iter().filter(|call| writes(call) == Some(false)).count(),
        processor,
        memory_kb: heard.peak_memory_kb(),
    };
    heard.stop();
    inside.database.close().await;
    told
}

/// What a call wrote, if it did: a reply, or else a note.
fn writes(call: &Call) -> Option<bool> {
    let comment = &call.body["ticket"]["comment"];
    (call.status == Some(200) && call.method == "PUT").then(|| comment["public"].as_bool()).flatten()
}

/// Of the calls that were allowed in the whole minutes until the last reply, how many were made.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn share(calls: &[Call], limit: u32, last: Duration, since: impl Fn(&Call) -> Duration) -> Option<f64> {
    let minutes = u32::try_from(last.as_secs() / 60).ok().filter(|minutes| *minutes > 0)?;
    let whole = Duration::from_mins(u64::from(minutes));
    let made = calls.iter().filter(|call| since(call) < whole && call.status != Some(429)).count();
    Some(made as f64 / f64::from(limit * minutes))
}

/// Sends new deliveries until telling has ended. How long each took, from when it was due.
async fn delivers(url: String, ended: Arc<AtomicBool>) -> Vec<Duration> {
    #[expect(clippy::disallowed_methods, reason = "the load generator is not Heard")]
    let http = reqwest::Client::new();
    let mut under_way = Vec::new();
    let (begun, mut nth) = (Instant::now(), 0_u32);
    while !ended.load(Ordering::Relaxed) {
        let due = begun + Duration::from_secs(1) / DELIVERIES_A_SECOND * nth;
        tokio::time::sleep_until(due.into()).await;
        let (http, url, number) = (http.clone(), url.clone(), u64::from(nth));
        under_way.push(tokio::spawn(async move {
            deliver(&http, &url, number).await;
            due.elapsed()
        }));
        nth += 1;
    }
    let mut took = Vec::new();
    for delivery in under_way {
        took.push(delivery.await.unwrap());
    }
    took
}

async fn is_ready(url: &str) {
    #[expect(clippy::disallowed_methods, reason = "the load generator is not Heard")]
    let http = reqwest::Client::new();
    for _ in 0..600 {
        if http.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status() == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("Heard does not start");
}

/// The database of the Heard that is measured.
struct Inside {
    database: Database,
}

impl Inside {
    async fn of(url: &str) -> Self {
        Self { database: Database::open(url).await.unwrap() }
    }

    async fn counts(&self, question: &'static str) -> i64 {
        let mut conn = self.database.read().await.unwrap();
        conn.query(question).one::<(i64,)>().await.unwrap().0
    }

    /// Waits until a count is as high as this.
    async fn reaches(&self, question: &'static str, wanted: i64) {
        let (mut begun, mut known) = (Instant::now(), -1);
        while known < wanted {
            let counted = self.counts(question).await;
            if counted > known {
                (begun, known) = (Instant::now(), counted);
            }
            assert!(begun.elapsed() < PATIENCE, "{question} stays at {known} of {wanted}");
            tokio::time::sleep(LOOKS_AGAIN).await;
        }
    }

    /// Waits until no job is left but those that look around.
    async fn rests(&self) {
        const LEFT: &str =
            "SELECT count(*) FROM river_job WHERE finalized_at IS NULL AND kind NOT IN ('watch', 'sweeps')";
        let begun = Instant::now();
        while self.counts(LEFT).await > 0 {
            assert!(begun.elapsed() < PATIENCE, "Heard does not come to rest");
            tokio::time::sleep(LOOKS_AGAIN).await;
        }
    }
}
