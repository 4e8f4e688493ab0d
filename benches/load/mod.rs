//! Sends signed deliveries over kept connections, with as little of the processor as it can: bytes over TCP, and of an answer only
//! its status. Latency counts from when a request was due, not from when it was sent, so a stall is not hidden.

pub mod processor;
pub mod receiver;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::service::SECRET;

/// How many bytes a delivery has.
const BODY_BYTES: usize = 4_096;
/// How many people the deliveries speak of.
const PEOPLE: u64 = 1_000;
/// How long an answer may take after the last delivery is sent.
const GRACE: Duration = Duration::from_secs(3);
/// Whoever answers a delivery so soon has recovered.
const QUICK: Duration = Duration::from_millis(100);
/// Longer is no recovery.
const RECOVERED_WITHIN: Duration = Duration::from_mins(1);

/// What a delivery is filled up with.
static WORDS: LazyLock<String> =
    LazyLock::new(|| "The export \\\"orders\\\" stops after 500 rows.\\nIt worked last week. ".repeat(80));

/// A connection to a receiver.
pub struct Sender {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Sender {
    pub async fn to(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::with_capacity(1_024) })
    }

    /// Sends one delivery that nobody sent before, signed as Zendesk signs. The status of the answer.
    pub async fn delivers(&mut self, number: u64) -> io::Result<u16> {
        let body = body(number);
        #[expect(clippy::disallowed_methods, reason = "the load generator is not Heard")]
        let timestamp = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(timestamp.as_bytes());
        mac.update(body.as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        let request = format!(
            "POST /hooks/acme HTTP/1.1\r\nhost: receiver\r\ncontent-type: application/json\r\n\
             x-zendesk-webhook-signature: {signature}\r\nx-zendesk-webhook-signature-timestamp: {timestamp}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.asks(request.as_bytes()).await
    }

    /// Asks for a page. The status, and what it says.
    pub async fn reads(&mut self, path: &str, token: &str) -> io::Result<(u16, String)> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: receiver\r\nauthorization: Bearer {token}\r\n\r\n");
        let status = self.asks(request.as_bytes()).await?;
        let answer = String::from_utf8_lossy(&self.answer);
        Ok((status, answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, page)| page.to_owned())))
    }

    async fn asks(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(status) = status(&self.answer) {
                return Ok(status);
            }
        }
    }
}

/// An event about a person of whom Heard has no ticket: it is understood, and nothing has to be asked of the helpdesk.
fn body(number: u64) -> String {
    let head = format!(
        "{{\"account_id\":1,\"id\":\"bench-{number}\",\"type\":\"zen:event-type:user.name_changed\",\
         \"time\":\"2026-01-01T00:00:00Z\",\"zendesk_event_version\":\"2022-11-06\",\
         \"detail\":{{\"id\":\"{}\",\"note\":\"",
        1_000_000 + number % PEOPLE
    );
    let end = "\"},\"event\":{}}";
    let room = BODY_BYTES.saturating_sub(head.len() + end.len());
    // Not within an escape: what is missing is filled with letters.
    let words = &WORDS[..room.min(WORDS.len())];
    let words = words.trim_end_matches('\\');
    format!("{head}{words}{}{end}", "x".repeat(room - words.len()))
}

/// The status of an answer that is there to its end.
fn status(answer: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, page) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    });
    if page.len() < length.unwrap_or(0) {
        return None;
    }
    head.split(' ').nth(1)?.parse().ok()
}

/// Whether a receiver took a delivery.
fn is_taken(status: u16) -> bool {
    matches!(status, 200 | 202)
}

/// Deliveries to one receiver.
pub struct Load {
    address: SocketAddr,
    numbers: Arc<AtomicU64>,
}

impl Load {
    pub fn on(address: SocketAddr) -> Self {
        Self { address, numbers: Arc::default() }
    }

    async fn senders(&self, count: usize) -> Vec<Sender> {
        let mut senders = Vec::with_capacity(count);
        for _ in 0..count {
            senders.push(Sender::to(self.address).await.unwrap());
        }
        senders
    }

    /// As many as so many senders manage who each wait for their answer. How many were acknowledged.
    pub async fn closed_loop(&self, connections: usize, span: Duration) -> u64 {
        let senders = self.senders(connections).await;
        let begun = Instant::now();
        let lanes = senders.into_iter().map(|mut sender| {
            let numbers = Arc::clone(&self.numbers);
            tokio::spawn(async move {
                let mut acknowledged = 0_u64;
                while begun.elapsed() < span {
                    let answered = sender.delivers(numbers.fetch_add(1, Ordering::Relaxed)).await.unwrap();
                    assert!(is_taken(answered), "answered {answered}");
                    acknowledged += 1;
                }
                acknowledged
            })
        });
        let mut total = 0;
        for lane in lanes.collect::<Vec<_>>() {
            total += lane.await.unwrap();
        }
        total
    }

    /// A fixed rate, whatever the answers do. How long each took, sorted.
    pub async fn open_loop(&self, per_second: u32, connections: usize, span: Duration) -> Vec<Duration> {
        let senders = self.senders(connections).await;
        let begun = Instant::now();
        let lanes = senders.into_iter().enumerate().map(|(lane, mut sender)| {
            let numbers = Arc::clone(&self.numbers);
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                for due in dues(begun, per_second, lane, connections, span) {
                    tokio::time::sleep_until(due.into()).await;
                    let answered = sender.delivers(numbers.fetch_add(1, Ordering::Relaxed)).await.unwrap();
                    assert!(is_taken(answered), "answered {answered}");
                    latencies.push(due.elapsed());
                }
                latencies
            })
        });
        let mut latencies = Vec::new();
        for lane in lanes.collect::<Vec<_>>() {
            latencies.extend(lane.await.unwrap());
        }
        latencies.sort_unstable();
        latencies
    }

    /// A rate that is too much, and how soon the receiver is quick again once it is over.
    pub async fn overload(&self, per_second: u32, connections: usize, span: Duration) -> Overload {
        let senders = self.senders(connections).await;
        let begun = Instant::now();
        let lanes = senders.into_iter().enumerate().map(|(lane, mut sender)| {
            let (numbers, address) = (Arc::clone(&self.numbers), self.address);
            tokio::spawn(async move {
                let mut seen = Overload::default();
                for due in dues(begun, per_second, lane, connections, span) {
                    tokio::time::sleep_until(due.into()).await;
                    if begun.elapsed() >= span {
                        break;
                    }
                    seen.sent += 1;
                    let delivery = sender.delivers(numbers.fetch_add(1, Ordering::Relaxed));
                    match tokio::time::timeout_at((begun + span + GRACE).into(), delivery).await {
                        Ok(Ok(status)) if is_taken(status) && begun.elapsed() <= span => seen.acknowledged += 1,
                        Ok(Ok(status)) if is_taken(status) => seen.late += 1,
                        Ok(Ok(503)) => seen.refused += 1,
                        _ => {
                            seen.unanswered += 1;
                            let Ok(again) = Sender::to(address).await else { break };
                            sender = again;
                        }
                    }
                }
                seen
            })
        });
        let lanes: Vec<_> = lanes.collect();
        tokio::time::sleep_until((begun + span).into()).await;
        let recovered = self.recovers().await;
        let mut all = Overload { span, recovered, ..Overload::default() };
        for lane in lanes {
            all.add(&lane.await.unwrap());
        }
        all
    }

    /// How long it takes from now until three deliveries one after the other are taken quickly.
    async fn recovers(&self) -> Duration {
        let begun = Instant::now();
        let mut quick = 0;
        let mut since = begun.elapsed();
        while quick < 3 && begun.elapsed() < RECOVERED_WITHIN {
            let asked = Instant::now();
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let answered = async { Sender::to(self.address).await?.delivers(number).await };
            let is_quick = matches!(tokio::time::timeout(QUICK, answered).await, Ok(Ok(status)) if is_taken(status));
            quick = if is_quick { quick + 1 } else { 0 };
            if !is_quick {
                since = begun.elapsed();
                tokio::time::sleep(QUICK.saturating_sub(asked.elapsed())).await;
            }
        }
        if quick < 3 { RECOVERED_WITHIN } else { since }
    }
}

/// When the requests of one of several lanes are due.
fn dues(begun: Instant, per_second: u32, lane: usize, lanes: usize, span: Duration) -> impl Iterator<Item = Instant> {
    let apart = Duration::from_secs(1).as_nanos() / u128::from(per_second.max(1));
    let count = span.as_nanos() / apart.max(1);
    (lane as u128..count)
        .step_by(lanes)
        .map(move |place| begun + Duration::from_nanos(u64::try_from(place * apart).unwrap_or(u64::MAX)))
}

/// What became of too many deliveries.
#[derive(Clone, Debug, Default)]
pub struct Overload {
    /// For how long they were sent.
    pub span: Duration,
    /// How many were sent.
    pub sent: u64,
    /// How many were acknowledged while they were sent.
    pub acknowledged: u64,
    /// How many were acknowledged after that.
    pub late: u64,
    /// How many were asked to come back.
    pub refused: u64,
    /// How many got another answer, or none.
    pub unanswered: u64,
    /// How soon it was quick again.
    pub recovered: Duration,
}

impl Overload {
    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.acknowledged += other.acknowledged;
        self.late += other.late;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
    }
}
