//! How long every page and list takes in a large database, one request at a time:
//! `cargo bench --bench pages -- TICKETS [WHERE]`.
//!
//! A database is filled by `examples/fill_database`, one of each engine that goes with the run. With `WHERE`, a file of SQLite or the
//! URL of either engine, it is filled there if it is empty, used as it is if it is not, and kept. Then the built binary is started on
//! it, and asked for each address that docs/access.md lists and that may be read (`routes.rs` says with what), up to a hundred times
//! after one that does not count. For what takes more than the aim it is started again so that it logs its statements, and those that
//! took longest are shown with their plans. What is printed is Markdown, for docs/benchmarks.md.
//!
//! Whoever is asked about in a kept database gets one more link to their page, and every run leaves a session and exports in its
//! audit log.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

mod asked;
#[path = "../../tests/it/databases.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod databases;
mod places;
mod plans;
mod routes;
#[path = "../service/mod.rs"]
#[expect(dead_code, reason = "another measurement uses more of it")]
mod service;
mod statements;

use std::{process::Command, time::Duration};

use heard::store::{Database, Session as _, migrate};

use asked::{Asked, Visitor};
use places::Places;
use plans::Plans;
use service::Service;

/// What no page may take longer than.
const AIM: Duration = Duration::from_millis(50);
/// What the service says once it has taken everything up.
const READY: &str = "Ready to group";
/// Longer is no start.
const AT_MOST: Duration = Duration::from_mins(30);
/// So many tickets there are at least, so that there is one of everything that is asked for.
const FEWEST: i64 = 5_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let tickets = arguments.iter().find_map(|argument| number(argument)).unwrap_or(100_000);
    let kept = arguments.iter().find(|argument| number(argument).is_none());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Some(kept) = kept {
        let is_url = kept.starts_with("sqlite:") || kept.contains("://");
        let url = if is_url { kept.clone() } else { format!("sqlite:{kept}") };
        runtime.block_on(measure(&url, tickets));
        return;
    }
    for database in databases::each() {
        runtime.block_on(measure(&database.url, tickets));
    }
}

fn number(argument: &str) -> Option<i64> {
    argument.replace(['_', ','], "").parse().ok()
}

async fn measure(url: &str, tickets: i64) {
    if count(url, "SELECT count(*) FROM ticket").await == 0 {
        fill(url, tickets);
    }
    let counted = count(url, "SELECT count(*) FROM ticket").await;
    assert!(counted >= FEWEST, "at least {FEWEST} tickets are needed, and there are {counted}");
    println!(
        "### {}: {counted} tickets, {} topics, {} customers, {} organizations\n",
        if url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" },
        count(url, "SELECT count(*) FROM topic").await,
        count(url, "SELECT count(*) FROM customer").await,
        count(url, "SELECT count(*) FROM organization").await,
    );
    let places = Places::find(url).await;
    let folder = tempfile::tempdir().unwrap();
    let mut heard = Service::start(folder.path(), url, "");
    heard.wait_for(READY, AT_MOST);
    let visitor = Visitor::sign_in(&heard.url).await;
    let mut pages = Vec::new();
    for route in routes::listed() {
        for address in routes::addresses(&route, &places) {
            eprintln!("{address}");
            pages.push(visitor.asks(&route, address).await);
        }
    }
    heard.stop();
    let plans = Plans::of(url, &pages).await;
    show(&pages, &plans);
}

/// Fills a database with as many tickets.
fn fill(url: &str, tickets: i64) {
    let filled = Command::new(env!("CARGO"))
        .args(["run", "--release", "--locked", "--example", "fill_database", "--", url, &tickets.to_string()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(filled.success(), "the database is not filled");
}

async fn count(url: &str, statement: &'static str) -> i64 {
    let database = Database::open(url).await.unwrap();
    migrate(&database).await.unwrap();
    let mut conn = database.read().await.unwrap();
    let (count,) = conn.query(statement).one::<(i64,)>().await.unwrap();
    drop(conn);
    database.close().await;
    count
}

/// The tables: every page, and what the slow ones wait for.
fn show(pages: &[Asked], plans: &Plans) {
    println!("| page | answer | p50 | p99 | longest | bytes | its slowest statements |");
    println!("|---|---|---|---|---|---|---|");
    for page in pages {
        println!("{}", page.line(&plans.of_page(&page.address)));
    }
    let slow = pages.iter().filter(|page| page.is_slow()).count();
    let bounded = pages.iter().filter(|page| !page.is_whole).count();
    println!("\n{slow} of {bounded} take more than {} ms (p99).\n", AIM.as_millis());
    for (number, statement) in plans.slowest() {
        println!("S{number}, {:.0} ms at most:\n```\n{}\n\n{}\n```\n", statement.millis, statement.sql, statement.plan);
    }
}
