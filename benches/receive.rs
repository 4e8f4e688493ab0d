//! How many webhooks Heard takes beside Express, in the same run: acknowledgements per second, what each takes of the processor,
//! their latency at 500 per second, memory, and what happens at ten times what is too much.
//!
//! `benches/peers/install; ulimit -n 20000; cargo bench --bench receive -- [ROUNDS]`. Each receiver is a process of its own on a
//! database of its own, which waits for the disk at every commit, and gets the same unique signed deliveries of 4 kB from this
//! process, on the same cores. Heard understands them meanwhile, and what that takes counts. Of PostgreSQL's server the
//! processor time is counted apart. The disk's own sync time is measured in each round, because an acknowledgement waits for it.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

#[path = "../tests/it/databases.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod databases;
mod load;
#[expect(dead_code, reason = "another measurement uses more of it")]
mod service;

use std::{
    collections::BTreeMap,
    io::{Seek as _, Write as _},
    path::Path,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use load::{Load, Overload, processor, receiver::Receiver};

/// How many senders wait for their answers.
const CONNECTIONS: usize = 32;
/// How many share a fixed rate.
const LANES: usize = 256;
/// How many send too much, where so many files may be open: more than Heard keeps waiting.
const CROWD: usize = 6_144;
const SPAN: Duration = Duration::from_secs(6);
const WARM_UP: Duration = Duration::from_secs(2);
const PER_SECOND: u32 = 500;
const TOO_MUCH: f64 = 10.0;

fn main() {
    let rounds = std::env::args().filter_map(|argument| argument.parse().ok()).next_back().unwrap_or(3_usize);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    databases::DURABLE.store(true, Ordering::Relaxed);
    println!(
        "| round | receiver | acks/s | µs/ack | server's µs/ack | p50 at 500/s | p99 at 500/s | memory | sent at 10 times | goodput | 503 | lost | quick again after | disk sync p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut all: BTreeMap<String, Vec<Measured>> = BTreeMap::new();
    for round in 1..=rounds {
        let both = databases::each().into_iter().zip(databases::each_empty());
        for (migrated, empty) in both {
            let folder = tempfile::tempdir().unwrap();
            let sync = disk_sync_p99(folder.path());
            let engine = migrated.name;
            let heard = Receiver::heard(folder.path(), migrated);
            let measured = runtime.block_on(measure(heard));
            show(round, "Heard", engine, &measured, sync);
            all.entry(format!("{engine}, Heard")).or_default().push(measured);
            let Some(express) = Receiver::express(empty) else {
                println!("There is no Express to compare with: run benches/peers/install.");
                continue;
            };
            let measured = runtime.block_on(measure(express));
            show(round, "Express", engine, &measured, sync);
            all.entry(format!("{engine}, Express")).or_default().push(measured);
        }
    }
    compare(&all);
}

/// What was seen of a receiver in one round.
#[derive(Debug)]
struct Measured {
    per_second: f64,
    micros: f64,
    server_micros: f64,
    p50: f64,
    p99: f64,
    memory_mb: f64,
    overload: Overload,
}

impl Measured {
    /// What it acknowledged of too much, as a share of what it acknowledges of enough.
    fn goodput(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let per_second = self.overload.acknowledged as f64 / self.overload.span.as_secs_f64();
        per_second / self.per_second
    }
}

async fn measure(mut receiver: Receiver) -> Measured {
    receiver.is_ready().await;
    let load = Load::on(receiver.address);
    load.closed_loop(CONNECTIONS, WARM_UP).await;
    receiver.has_understood().await;
    let server = receiver.server();
    let used = || {
        let server = server.as_deref().map_or(Duration::ZERO, processor::of_postgres);
        (processor::of(receiver.pid()), server)
    };
    let (before, begun) = (used(), Instant::now());
    let acknowledged = load.closed_loop(CONNECTIONS, SPAN).await;
    let took = begun.elapsed();
    receiver.has_understood().await;
    let after = used();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let acknowledged = acknowledged as f64;
    let micros = |span: Duration| span.as_secs_f64() * 1e6 / acknowledged;
    let per_second = acknowledged / took.as_secs_f64();
    let latencies = load.open_loop(PER_SECOND, LANES, SPAN).await;
    let memory_kb = u32::try_from(processor::peak_memory_kb(receiver.pid())).unwrap_or(u32::MAX);
    receiver.has_understood().await;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate, and positive")]
    let too_much = (per_second * TOO_MUCH) as u32;
    let overload = load.overload(too_much, crowd(), SPAN).await;
    receiver.has_understood().await;
    let measured = Measured {
        per_second,
        micros: micros(after.0.saturating_sub(before.0)),
        server_micros: micros(after.1.saturating_sub(before.1)),
        p50: ms(percentile(&latencies, 50)),
        p99: ms(percentile(&latencies, 99)),
        memory_mb: f64::from(memory_kb) / 1024.0,
        overload,
    };
    receiver.stop();
    measured
}

/// How many connections send too much: as many as files may be open here.
fn crowd() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let open = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    open.and_then(|open| open.parse::<usize>().ok()).map_or(CROWD, |open| open.saturating_sub(300).clamp(32, CROWD))
}

fn show(round: usize, name: &str, engine: &str, seen: &Measured, sync: Duration) {
    let of_too_much = &seen.overload;
    println!(
        "| {round} | {name}, {engine} | {:.0} | {:.0} | {:.0} | {:.1} ms | {:.1} ms | {:.0} MB | {} | {:.0} % | {} | {} | {:.1} s | {:.1} ms |",
        seen.per_second,
        seen.micros,
        seen.server_micros,
        seen.p50,
        seen.p99,
        seen.memory_mb,
        of_too_much.sent,
        seen.goodput() * 100.0,
        of_too_much.refused,
        of_too_much.unanswered,
        of_too_much.recovered.as_secs_f64(),
        ms(sync),
    );
}

/// The medians, and how they compare.
fn compare(all: &BTreeMap<String, Vec<Measured>>) {
    let median = |of: &str, value: fn(&Measured) -> f64| {
        let mut values: Vec<f64> = all.get(of).into_iter().flatten().map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    println!("\n| median | acks/s | µs/ack | p99 at 500/s | memory | goodput | quick again after |");
    println!("|---|---|---|---|---|---|---|");
    for name in all.keys() {
        let of = |value: fn(&Measured) -> f64| median(name, value).unwrap_or(f64::NAN);
        println!(
            "| {name} | {:.0} | {:.0} | {:.1} ms | {:.0} MB | {:.0} % | {:.1} s |",
            of(|seen| seen.per_second),
            of(|seen| seen.micros),
            of(|seen| seen.p99),
            of(|seen| seen.memory_mb),
            of(|seen| seen.goodput() * 100.0),
            of(|seen| seen.overload.recovered.as_secs_f64()),
        );
    }
    println!("\n| Express against Heard | processor for an acknowledgement | acks/s | p99 at 500/s | memory |");
    println!("|---|---|---|---|---|");
    for engine in ["SQLite", "PostgreSQL"] {
        let (heard, express) = (format!("{engine}, Heard"), format!("{engine}, Express"));
        let ratio = |value: fn(&Measured) -> f64| Some(median(&express, value)? / median(&heard, value)?);
        let shown = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.1} times"));
        println!(
            "| {engine} | {} | {} | {} | {} |",
            shown(ratio(|seen| seen.micros)),
            shown(ratio(|seen| seen.per_second)),
            shown(ratio(|seen| seen.p99)),
            shown(ratio(|seen| seen.memory_mb)),
        );
    }
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// What one 16 kB write with fdatasync takes here, at the 99th percentile of 300.
fn disk_sync_p99(folder: &Path) -> Duration {
    let mut file = std::fs::File::create(folder.join("sync")).unwrap();
    let block = vec![7_u8; 16 * 1024];
    let mut spans: Vec<Duration> = (0..300)
        .map(|_| {
            let begun = Instant::now();
            file.write_all(&block).unwrap();
            file.sync_data().unwrap();
            begun.elapsed()
        })
        .collect();
    file.rewind().unwrap();
    spans.sort_unstable();
    percentile(&spans, 99)
}
