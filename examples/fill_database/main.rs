//! Fills an empty database with a year of a helpdesk: tickets with their customers, organizations, messages, topics, decisions and
//! vectors, issues, releases, what customers were told and what they answered, as Heard itself would have stored them. It is what
//! measurements are made on: `cargo run --release --example fill_database -- URL TICKETS [LAST_DAY]`.
//!
//! For a million tickets there are some 200,000 topics, one of them with 20,000 tickets, 200,000 customers, of whom one wrote some
//! 50,000 tickets, and 100,000 organizations. Indexes are made once the rows are there, and a larger database is filled without
//! looking whether what rows point to is there; smaller ones are, so a short run shows whether the rows are right. What was only
//! begun is of no use: throw it away.
//!
//! The same arguments give the same rows. The last ticket is of the day before `LAST_DAY` (`2026-11-30`), or before today, so
//! that pages that look back some weeks show something. Of the words that no list has only those of subjects are kept: the
//! made-up texts have many more of them than real ones. The words and the reasons of decisions are copies of real ones.

mod machine;
#[path = "../../benches/made_up/mod.rs"]
mod made_up;
mod outcomes;
mod rows;
mod tables;
mod tickets;
mod weights;

use std::{thread, time::Instant};

use anyhow::{Context as _, anyhow, bail};
use heard::{
    base::clock::{Clock, Time},
    store::{Database, migrate},
};
use tokio::sync::mpsc;

use made_up::Export;
use rows::Target;
use tables::Tables;
use tickets::History;

/// Bodies of so many bytes make tickets of some 70 words.
const BODY_BYTES: usize = 380;
/// So many tickets in a hundred are of recurring problems.
const REPEATS_PERCENT: u64 = 90;
/// So many tickets are written at once.
const AT_ONCE: usize = 5_000;
/// How often it says how far it is.
const SAYS_EVERY: usize = 50_000;
/// Of databases with fewer tickets each row is looked up that another points to.
const UNCHECKED_FROM: u64 = 20_001;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(count)) = (arguments.next(), arguments.next()) else {
        bail!("Say which database and how many tickets: fill_database sqlite:/tmp/heard.db 1000000");
    };
    let count: u64 = count.replace(['_', ','], "").parse().context("the number of tickets")?;
    let last_day = match arguments.next() {
        Some(day) => Time::parse(&format!("{day}T00:00:00Z")).context("the last day, as 2026-11-30")?,
        None => Clock::system().now().day_began(),
    };
    let database = Database::open(&url).await?;
    migrate(&database).await?;
    database.close().await;
    let begun = Instant::now();
    let mut target = Target::open(&url, count < UNCHECKED_FROM).await?;
    if target.count("SELECT count(*) FROM ticket").await? > 0 {
        bail!("There are tickets in this database. It has to be empty.");
    }
    let indexes = target.without_indexes().await?;
    let (batches, mut written) = mpsc::channel(1);
    let making = thread::spawn(move || make(count, last_day, &batches));
    let mut tickets = 0;
    while let Some(mut batch) = written.recv().await {
        target.write(batch.tables.all()).await?;
        if batch.tickets / SAYS_EVERY > tickets / SAYS_EVERY {
            eprintln!("{} tickets after {:.0} s", batch.tickets, begun.elapsed().as_secs_f64());
        }
        tickets = batch.tickets;
    }
    making.join().map_err(|_| anyhow!("the rows could not be made"))??;
    eprintln!("All rows after {:.0} s; now the indexes.", begun.elapsed().as_secs_f64());
    for statement in AFTERWARDS {
        target.run(statement).await?;
    }
    for index in indexes {
        target.run_made(index).await?;
    }
    target.tidy().await?;
    target.close().await?;
    eprintln!("All indexes after {:.0} s; now what topics weigh.", begun.elapsed().as_secs_f64());
    weights::find(&url, last_day).await?;
    eprintln!("{tickets} tickets, {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Rows that are written at once.
struct Batch {
    tables: Tables,
    /// How many tickets there are with these.
    tickets: usize,
}

/// Makes all rows, while others are written. It ends early if nobody takes them any more.
fn make(count: u64, last_day: Time, batches: &mpsc::Sender<Batch>) -> anyhow::Result<()> {
    let export = Export::new(count, BODY_BYTES, REPEATS_PERCENT);
    let mut history = History::new(&export, last_day.as_micros())?;
    let mut tickets = 0_usize;
    for ticket in export.all() {
        history.add(ticket)?;
        tickets += 1;
        if tickets.is_multiple_of(AT_ONCE) {
            let tables = std::mem::replace(&mut history.tables, Tables::new());
            if batches.blocking_send(Batch { tables, tickets }).is_err() {
                return Ok(());
            }
        }
    }
    outcomes::add(&mut history);
    // Whoever waits for it says why it is not written.
    let _ = batches.blocking_send(Batch { tables: history.tables, tickets });
    Ok(())
}

/// What follows from the rows.
const AFTERWARDS: [&str; 4] = [
    "UPDATE counter SET value = (SELECT coalesce(max(seq), 0) FROM decision) WHERE name = 'decision'",
    "UPDATE counter SET value = (SELECT coalesce(max(seq), 0) FROM audit) WHERE name = 'audit'",
    "UPDATE topic SET last_seen_at = seen.last_at
     FROM (SELECT link.topic_id, max(ticket.created_at) AS last_at FROM link JOIN ticket ON ticket.id = link.ticket_id
           GROUP BY link.topic_id) AS seen
     WHERE seen.topic_id = topic.id AND topic.last_seen_at <> seen.last_at",
    "INSERT INTO learning (what, count) SELECT 'release', count(*) FROM release",
];
