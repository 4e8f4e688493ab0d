//! The simulated helpdesk and GitHub behave as the vendors do, over real HTTP.
//!
//! Everything else is tested against them, so what they promise is tested first, with clients of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop, in helpers too")]

mod failures;
mod github;
mod shipping;
mod zendesk;

use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use simulator::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A clock that only moves when it is told to.
#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    /// 2025-06-01 12:00:00 UTC.
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_748_779_200_000_000)))
    }

    fn clock(&self) -> Clock {
        let micros = Arc::clone(&self.0);
        Arc::new(move || micros.load(Ordering::SeqCst))
    }

    fn passes_s(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

/// A plain client that shows redirects instead of following them: the product's own is not to be trusted here.
#[expect(clippy::disallowed_methods, reason = "the simulated sites are judged by a client that is not Heard's")]
fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// One webhook as it arrived.
#[derive(Clone)]
struct Received {
    head: String,
    body: String,
}

impl Received {
    fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A receiver of webhooks that keeps everything it gets.
struct Receiver {
    url: String,
    status: Arc<AtomicU16>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(202));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (answers, kept) = (Arc::clone(&status), Arc::clone(&received));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let mut chunk = [0; 4096];
                let (head, body) = loop {
                    let read = stream.read(&mut chunk).await.unwrap();
                    bytes.extend_from_slice(&chunk[..read]);
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    if let Some((head, body)) = text.split_once("\r\n\r\n") {
                        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                        if body.len() == length.unwrap().parse::<usize>().unwrap() {
                            break (head.to_owned(), body.to_owned());
                        }
                    }
                    assert!(read > 0, "the sender hung up");
                };
                kept.lock().unwrap().push(Received { head, body });
                let answer = format!(
                    "HTTP/1.1 {} X\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
                    answers.load(Ordering::SeqCst)
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, status, received }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}
