//! The built binary as a process of its own, with one connection whose helpdesk is never reached, or is the measurement's own.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What deliveries are signed with.
pub const SECRET: &str = "the-secret-of-the-benches";
/// Who may read everything.
pub const TOKEN: &str = "the-token-of-the-benches";

/// A Heard that runs until it is stopped.
pub struct Service {
    child: Child,
    pub url: String,
    log: mpsc::Receiver<String>,
}

impl Service {
    /// Starts it on a database, with more settings: tables, in TOML.
    pub fn start(folder: &Path, database: &str, settings: &str) -> Self {
        Self::beside(folder, database, settings, ["http://127.0.0.1:9", "a@b.test", "t"])
    }

    /// The same with a helpdesk that is reached at a URL, by a user with a token.
    pub fn beside(folder: &Path, database: &str, settings: &str, [url, user, token]: [&str; 3]) -> Self {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = format!(
            "listen = \"{listen}\"\npublic_url = \"http://{listen}\"\ndatabase = \"{database}\"\nadmin_token = \"{TOKEN}\"\n\
             {settings}\n\
             [[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\nurl = \"{url}\"\nuser = \"{user}\"\n\
             token = \"{token}\"\nwebhook_secret = \"{SECRET}\"\nsweep_minutes = 1440\n"
        );
        let path = folder.join("heard.toml");
        std::fs::write(&path, settings).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_heard"))
            .args(["--config", path.to_str().unwrap(), "serve"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = mpsc::channel();
        // Read to its end, so that it never waits for somebody who reads its log.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(sender.send(line))));
        Self { child, url: format!("http://{listen}"), log }
    }

    /// Waits until its log says this.
    pub fn wait_for(&self, words: &str, at_most: Duration) {
        let until = Instant::now() + at_most;
        let mut said = Vec::new();
        while let Ok(line) = self.log.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if line.contains(words) {
                return;
            }
            said.push(line);
        }
        panic!("Heard did not say {words:?} within {at_most:?}, but:\n{}", said.join("\n"));
    }

    /// What its log said so far, for who cannot go on.
    pub fn said(&self) -> String {
        self.log.try_iter().collect::<Vec<_>>().join("\n")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn peak_memory_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("VmHWM: 0 kB");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
    }

    pub fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// One delivery of 2 kB that nobody sent before, signed as [`sends`] signs it.
pub async fn deliver(http: &reqwest::Client, url: &str, number: u64) {
    let padding = "x".repeat(1_800);
    let body = format!(
        "{{\"account_id\":1,\"id\":\"bench-{number}\",\"type\":\"zen:event-type:user.created\",\"subject\":\"zen:user:1\",\
         \"time\":\"2026-01-01T00:00:00Z\",\"zendesk_event_version\":\"2022-11-06\",\"detail\":{{\"note\":\"{padding}\"}},\"event\":{{}}}}"
    );
    sends(http, url, body).await;
}

/// Sends a delivery that is signed as Zendesk signs. Anything but 202 ends the measurement.
pub async fn sends(http: &reqwest::Client, url: &str, body: String) {
    #[expect(clippy::disallowed_methods, reason = "the load generator is not Heard")]
    let timestamp = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(timestamp.as_bytes());
    mac.update(body.as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let answer = http
        .post(format!("{url}/hooks/acme"))
        .header("x-zendesk-webhook-signature", signature)
        .header("x-zendesk-webhook-signature-timestamp", timestamp)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 202);
}
