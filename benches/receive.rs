//! How many webhooks Heard takes: durable acknowledgements per second, their p99 at 500 per second, and memory.
//!
//! `cargo bench --bench receive`. It starts the built binary as a process of its own on each database and sends signed
//! deliveries over loopback from this process, on the same cores. Every delivery is unique and of 2 kB. Latency counts
//! from when a request was due, not from when it was sent, so a stall is not hidden. The disk's own sync time is measured
//! in the same run, in the same folder, because an acknowledgement waits for it.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

#[path = "../tests/it/databases.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod databases;
#[expect(dead_code, reason = "another measurement uses more of it")]
mod service;

use std::{
    io::{Seek as _, Write as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use service::{Service, deliver};

const CONNECTIONS: usize = 64;
const SETTINGS: &str = "[log]\nlevel = \"error\"\n[grouping]\nmodel = \"none\"";
const SPAN: Duration = Duration::from_secs(6);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    databases::DURABLE.store(true, Ordering::Relaxed);
    println!("| database | acks/s | p50 at 500/s | p99 at 500/s | disk sync p99 | memory |");
    println!("|---|---|---|---|---|---|");
    for database in databases::each() {
        let folder = tempfile::tempdir().unwrap();
        let sync = disk_sync_p99(folder.path());
        let mut heard = Senders::of(Service::start(folder.path(), &database.url, SETTINGS));
        let (rate, latencies) = runtime.block_on(async {
            heard.is_ready().await;
            (heard.closed_loop().await, heard.open_loop(500).await)
        });
        println!(
            "| {} | {rate:.0} | {:.1} ms | {:.1} ms | {:.1} ms | {} MB |",
            database.name,
            ms(percentile(&latencies, 50)),
            ms(percentile(&latencies, 99)),
            ms(sync),
            heard.service.peak_memory_kb() / 1024,
        );
        heard.service.stop();
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

/// Who sends to the service.
struct Senders {
    service: Service,
    http: reqwest::Client,
    sent: Arc<AtomicU64>,
}

impl Senders {
    fn of(service: Service) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the load generator is not Heard")]
        let http = reqwest::Client::builder().pool_max_idle_per_host(CONNECTIONS).build().unwrap();
        Self { service, http, sent: Arc::default() }
    }

    async fn is_ready(&self) {
        for _ in 0..600 {
            let asked = self.http.get(format!("{}/readyz", self.service.url)).send();
            if asked.await.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("Heard did not become ready within 30 s, but said:\n{}", self.service.said());
    }

    /// As many as 64 senders manage who each wait for their answer.
    async fn closed_loop(&self) -> f64 {
        let begun = Instant::now();
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (http, url, sent) = (self.http.clone(), self.service.url.clone(), Arc::clone(&self.sent));
                tokio::spawn(async move {
                    let mut acknowledged = 0_u64;
                    while begun.elapsed() < SPAN {
                        deliver(&http, &url, sent.fetch_add(1, Ordering::Relaxed)).await;
                        acknowledged += 1;
                    }
                    acknowledged
                })
            })
            .collect();
        let mut total = 0;
        for sender in senders {
            total += sender.await.unwrap();
        }
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let total = total as f64;
        total / begun.elapsed().as_secs_f64()
    }

    /// A fixed rate, whatever the answers do.
    async fn open_loop(&self, per_second: u32) -> Vec<Duration> {
        let begun = Instant::now();
        let count = per_second * u32::try_from(SPAN.as_secs()).unwrap();
        let senders: Vec<_> = (0..count)
            .map(|place| {
                let (http, url, sent) = (self.http.clone(), self.service.url.clone(), Arc::clone(&self.sent));
                let due = begun + Duration::from_secs(1) / per_second * place;
                tokio::spawn(async move {
                    tokio::time::sleep_until(due.into()).await;
                    deliver(&http, &url, sent.fetch_add(1, Ordering::Relaxed)).await;
                    due.elapsed()
                })
            })
            .collect();
        let mut latencies = Vec::with_capacity(senders.len());
        for sender in senders {
            latencies.push(sender.await.unwrap());
        }
        latencies.sort_unstable();
        latencies
    }
}
