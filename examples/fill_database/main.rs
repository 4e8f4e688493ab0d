//! Fills an empty database with a year of a helpdesk: tickets with their customers, organizations, messages, topics, decisions and
//! vectors, issues, releases, what customers were told and what they answered, as Heard itself would have stored them. It is what
//! measurements are made on: `cargo run --release --example fill_database -- URL TICKETS [LAST_DAY]`.
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

use std::time::Instant;

use anyhow::{Context as _, bail};
use heard::{
    base::clock::{Clock, Time},
    store::{Database, migrate},
};

use made_up::Export;
use rows::Target;
use tickets::History;

/// Bodies of so many bytes make tickets of some 70 words.
const BODY_BYTES: usize = 380;
/// So many tickets in a hundred are of recurring problems.
const REPEATS_PERCENT: u64 = 20;
/// So many tickets are written at once.
const AT_ONCE: usize = 5_000;
/// How often it says how far it is.
const SAYS_EVERY: usize = 50_000;

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
    let mut target = Target::open(&url).await?;
    if target.count("SELECT count(*) FROM ticket").await? > 0 {
        bail!("There are tickets in this database. It has to be empty.");
    }
    let export = Export::new(count, BODY_BYTES, REPEATS_PERCENT);
    let mut history = History::new(&export, last_day.as_micros())?;
    let mut written = 0_usize;
    for ticket in export.all() {
        history.add(ticket)?;
        written += 1;
        if written.is_multiple_of(AT_ONCE) {
            target.write(history.tables.all()).await?;
        }
        if written.is_multiple_of(SAYS_EVERY) {
            eprintln!("{written} tickets after {:.0} s", begun.elapsed().as_secs_f64());
        }
    }
    outcomes::add(&mut history);
    target.write(history.tables.all()).await?;
    for statement in AFTERWARDS {
        target.run(statement).await?;
    }
    target.close().await?;
    eprintln!("{written} tickets, {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// What follows from the rows.
const AFTERWARDS: [&str; 4] = [
    "UPDATE counter SET value = (SELECT coalesce(max(seq), 0) FROM decision) WHERE name = 'decision'",
    "UPDATE topic SET last_seen_at = (SELECT max(ticket.created_at) FROM link JOIN ticket ON ticket.id = link.ticket_id
                                      WHERE link.topic_id = topic.id)
     WHERE id IN (SELECT topic_id FROM link GROUP BY topic_id HAVING count(*) > 1)",
    "INSERT INTO learning (what, count) SELECT 'release', count(*) FROM release",
    "ANALYZE",
];
