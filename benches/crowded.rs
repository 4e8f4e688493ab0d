//! What signed deliveries wait while strangers hold the door: 8,000 half-sent bodies and 200 slow ones of nearly 25 MiB.
//!
//! `ulimit -n 20000; cargo bench --bench crowded`. It starts the built binary as a process of its own, on SQLite. Each
//! stranger whose connection was closed comes again three seconds later, so that about as many are there all the time.
//! Deliveries have a runtime of their own: in one with the strangers, they would wait for these and not for Heard.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

#[expect(dead_code, reason = "another measurement uses more of it")]
mod service;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use service::{Service, deliver};

const HALF_SENT: u64 = 8_000;
const SLOW: u64 = 200;
const DELIVERIES: u64 = 1_000;
const AGAIN: Duration = Duration::from_secs(3);
const SETTINGS: &str = "[log]\nlevel = \"error\"\n[grouping]\nmodel = \"none\"\n[github]\ntoken = \"t\"\n\
                        webhook_secret = \"the-other-secret-of-the-benches\"\n[[repositories]]\nname = \"acme/product\"";

/// What a stranger sends after the head.
#[derive(Clone, Copy)]
enum Stranger {
    /// One byte, and then nothing.
    HalfSent,
    /// Nearly 25 MiB as fast as it is taken, and then nothing.
    Slow,
}

fn main() {
    let runtime =
        |threads| tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
    let (crowd, senders) = (runtime(2), runtime(1));
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("heard.db").display());
    let mut heard = Service::start(folder.path(), &database, SETTINGS);
    #[expect(clippy::disallowed_methods, reason = "the load generator is not Heard")]
    let kept = reqwest::Client::new();
    #[expect(clippy::disallowed_methods, reason = "the load generator is not Heard")]
    let new = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    println!("| strangers | deliveries | held at once | p50 | p99 | longest | memory |");
    println!("|---|---|---|---|---|---|---|");
    let measured = async {
        for _ in 0..600 {
            if kept.get(format!("{}/readyz", heard.url)).send().await.is_ok_and(|answer| answer.status() == 200) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let alone = latencies(&kept, &heard.url, 0).await;
        row("none", "kept connections", 0, &alone, heard.peak_memory_kb());
        let held = Arc::new(AtomicU64::new(0));
        let all = (0..HALF_SENT).map(|_| Stranger::HalfSent).chain((0..SLOW).map(|_| Stranger::Slow));
        let strangers: Vec<_> =
            all.map(|stranger| crowd.spawn(comes_again(stranger, heard.url.clone(), Arc::clone(&held)))).collect();
        tokio::time::sleep(Duration::from_secs(2)).await;
        for (round, how, http) in [(1, "kept connections", &kept), (2, "a new connection each", &new)] {
            let among_them = latencies(http, &heard.url, round * DELIVERIES).await;
            let held = held.load(Ordering::Relaxed);
            row("8,000 half-sent, 200 slow", how, held, &among_them, heard.peak_memory_kb());
        }
        strangers.iter().for_each(tokio::task::JoinHandle::abort);
    };
    senders.block_on(measured);
    heard.stop();
}

async fn comes_again(stranger: Stranger, url: String, held: Arc<AtomicU64>) {
    loop {
        if let Ok(stream) = TcpStream::connect(url.trim_start_matches("http://")).await {
            held.fetch_add(1, Ordering::Relaxed);
            let _ = holds(stream, stranger).await;
            held.fetch_sub(1, Ordering::Relaxed);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Sends what it has to, and stays until it is sent away.
async fn holds(mut stream: TcpStream, stranger: Stranger) -> std::io::Result<()> {
    let (door, length) = match stranger {
        Stranger::HalfSent => ("acme", 1_000_000_usize),
        Stranger::Slow => ("github", 25 * 1024 * 1024 - 1),
    };
    let head = format!(
        "POST /hooks/{door} HTTP/1.1\r\nhost: heard\r\nx-hub-signature-256: sha256=00\r\ncontent-length: {length}\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await?;
    if let Stranger::Slow = stranger {
        let block = vec![b' '; 64 * 1024];
        for _ in 0..(length / block.len() - 1) {
            stream.write_all(&block).await?;
        }
    }
    let mut answer = [0; 512];
    while stream.read(&mut answer).await? > 0 {}
    Ok(())
}

/// How long deliveries take, a hundred a second.
async fn latencies(http: &reqwest::Client, url: &str, from: u64) -> Vec<Duration> {
    let begun = Instant::now();
    let deliveries: Vec<_> = (0..DELIVERIES)
        .map(|nth| {
            let (http, url) = (http.clone(), url.to_owned());
            let due = begun + Duration::from_millis(10 * nth);
            tokio::spawn(async move {
                tokio::time::sleep_until(due.into()).await;
                deliver(&http, &url, from + nth).await;
                due.elapsed()
            })
        })
        .collect();
    let mut took = Vec::new();
    for delivery in deliveries {
        took.push(delivery.await.unwrap());
    }
    took.sort_unstable();
    took
}

fn row(who: &str, how: &str, held: u64, sorted: &[Duration], memory_kb: u64) {
    let ms = |percent: usize| sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1000.0;
    println!(
        "| {who} | {how} | {held} | {:.1} ms | {:.1} ms | {:.1} ms | {} MB |",
        ms(50),
        ms(99),
        ms(100),
        memory_kb / 1024
    );
}
