//! How long tickets take from their webhook to their topic, against a helpdesk that answers at once:
//! `cargo bench --bench grouped -- [TICKETS] [words | model] [back-fill]`.
//!
//! It fills a simulated Zendesk in this process with made-up tickets of some 70 words, starts the built binary beside it as a process of
//! its own on each database, which waits for the disk at every commit, and has 32 senders name each ticket in a webhook. With
//! `back-fill` nothing is sent: a sweep from the beginning finds all of them. The clock stops when every ticket has a topic, by the
//! service's own count. The simulated Zendesk takes part of the same processors; what Heard takes of them stands apart, and so does what
//! PostgreSQL's server takes.
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
#[path = "load/processor.rs"]
mod processor;
#[expect(dead_code, reason = "another measurement uses more of it")]
mod service;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use heard::{
    base::clock::Time,
    store::{Database, sweeps},
};
use simulator::{Zendesk, ZendeskOptions};

use made_up::Export;
use service::{SECRET, Service, TOKEN, sends};

/// Bodies of so many bytes make tickets of some 70 words.
const BODY_BYTES: usize = 380;
/// So many tickets in a hundred are of recurring problems.
const REPEATS_PERCENT: u64 = 20;
const SENDERS: usize = 32;
/// Slower is no measurement.
const AT_LEAST_A_SECOND: u64 = 5;
const READY_WITHIN: Duration = Duration::from_secs(30);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let says = |word: &str| arguments.iter().any(|argument| argument == word);
    let tickets = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(10_000_u64);
    let models: &[&str] = match (says("words"), says("model")) {
        (true, false) => &["none"],
        (false, true) => &["builtin"],
        _ => &["none", "builtin"],
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    databases::DURABLE.store(true, Ordering::Relaxed);
    println!(
        "| database | model | tickets | acknowledged after | grouped after | a second | calls for a ticket | µs for a ticket | server's µs | memory at most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for model in models {
        for database in databases::each() {
            runtime.block_on(measure(&database, model, tickets, says("back-fill")));
        }
    }
}

async fn measure(database: &databases::Database, model: &str, tickets: u64, is_back_fill: bool) {
    let desk = helpdesk();
    let numbers = fill(&desk, tickets);
    let tickets = numbers.len() as u64;
    if is_back_fill {
        sweeps_from_the_beginning(&database.url).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = format!("[log]\nlevel = \"error\"\n[grouping]\nmodel = \"{model}\"");
    let let_in = [desk.url(), desk.options().user.as_str(), desk.options().token.as_str()];
    let mut heard = Service::beside(folder.path(), &database.url, &settings, let_in);
    #[expect(clippy::disallowed_methods, reason = "the load generator is not Heard")]
    let http = reqwest::Client::new();
    is_ready(&http, &heard).await;
    let server = server(&database.url);
    let used = || (processor::of(heard.pid()), server.as_deref().map_or(Duration::ZERO, processor::of_postgres));
    let (before, begun) = (used(), Instant::now());
    if !is_back_fill {
        send_all(&http, &heard.url, Arc::new(numbers)).await;
    }
    let acknowledged = begun.elapsed();
    let at_most = Duration::from_secs(120 + tickets / AT_LEAST_A_SECOND);
    let mut grouped = 0;
    while grouped < tickets {
        assert!(
            begun.elapsed() < at_most,
            "{grouped} of {tickets} tickets have a topic; Heard said:\n{}",
            heard.said()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
        grouped = grouped_so_far(&http, &heard.url).await;
    }
    let (took, after) = (begun.elapsed(), used());
    #[expect(clippy::cast_precision_loss, reason = "a few millions")]
    let for_each = |whole: f64| whole / tickets as f64;
    #[expect(clippy::cast_precision_loss, reason = "a few millions")]
    let calls = desk.faults().count("* /**") as f64;
    println!(
        "| {} | {model} | {tickets} | {:.1} s | {:.1} s | {:.0} | {:.2} | {:.0} | {:.0} | {} MB |",
        database.name,
        acknowledged.as_secs_f64(),
        took.as_secs_f64(),
        1.0 / for_each(took.as_secs_f64()),
        for_each(calls),
        for_each(after.0.saturating_sub(before.0).as_secs_f64() * 1e6),
        for_each(after.1.saturating_sub(before.1).as_secs_f64() * 1e6),
        processor::peak_memory_kb(heard.pid()) / 1024,
    );
    heard.stop();
}

/// A simulated Zendesk in the time of this machine, which withholds nothing.
fn helpdesk() -> Zendesk {
    #[expect(clippy::disallowed_methods, reason = "the simulated helpdesk lives in the machine's time")]
    let mut options = ZendeskOptions::new(Arc::new(|| jiff::Timestamp::now().as_microsecond()));
    SECRET.clone_into(&mut options.webhook_secret);
    options.export_lag_s = 0;
    Zendesk::start(options).unwrap()
}

/// Opens the tickets, and tells nobody. Gives their numbers. Automatic replies are nobody's complaint and get no topic, so there are none.
fn fill(desk: &Zendesk, tickets: u64) -> Vec<u64> {
    let mut customers: HashMap<String, u64> = HashMap::new();
    let open = |ticket: made_up::Ticket| {
        let customer = *customers.entry(ticket.customer).or_insert_with_key(|name| {
            let customer = desk.customer(name);
            match &ticket.organization {
                Some(organization) => customer.of(organization).add(),
                None => customer.add(),
            }
        });
        desk.ticket_from(customer).subject(&ticket.subject).body(&ticket.body).send()
    };
    let export = Export::new(tickets, BODY_BYTES, REPEATS_PERCENT);
    export.all().filter(|ticket| ticket.subject != "Automatic reply").map(open).collect()
}

async fn sweeps_from_the_beginning(url: &str) {
    let database = Database::open(url).await.unwrap();
    let mut tx = database.begin().await.unwrap();
    sweeps::begin(&mut tx, "helpdesk:acme", Time::from_seconds(0)).await.unwrap();
    tx.commit().await.unwrap();
    database.close().await;
}

async fn is_ready(http: &reqwest::Client, heard: &Service) {
    let begun = Instant::now();
    let ready = format!("{}/readyz", heard.url);
    while !http.get(&ready).send().await.is_ok_and(|answer| answer.status() == 200) {
        assert!(begun.elapsed() < READY_WITHIN, "Heard was not ready, but said:\n{}", heard.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The folder of the server that a database is on.
fn server(url: &str) -> Option<PathBuf> {
    let (_, folder) = url.split_once("?host=")?;
    Some(PathBuf::from(folder.replace("%2F", "/")))
}

/// Names each ticket in a webhook, as the trigger of our set-up page does.
async fn send_all(http: &reqwest::Client, url: &str, numbers: Arc<Vec<u64>>) {
    let next = Arc::new(AtomicUsize::new(0));
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (http, url, numbers, next) = (http.clone(), url.to_owned(), Arc::clone(&numbers), Arc::clone(&next));
            tokio::spawn(async move {
                while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
                    sends(&http, &url, format!("{{\"heard\":1,\"ticket_id\":\"{number}\"}}")).await;
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
}

/// How many tickets have a topic, by the service's own count.
async fn grouped_so_far(http: &reqwest::Client, url: &str) -> u64 {
    let asked = http.get(format!("{url}/metrics")).bearer_auth(TOKEN).send().await.unwrap();
    let numbers = asked.text().await.unwrap();
    let counts = numbers.lines().filter(|line| line.starts_with("heard_tickets_grouped_total"));
    counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}
