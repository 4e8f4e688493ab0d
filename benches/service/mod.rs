//! The built binary as a process of its own, with one connection whose helpdesk is never reached.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// What deliveries are signed with.
pub const SECRET: &str = "bench-secret";

/// A Heard that runs until it is stopped.
pub struct Service {
    child: Child,
    pub url: String,
    log: mpsc::Receiver<String>,
}

impl Service {
    /// Starts it on a database, with more settings: tables, in TOML.
    pub fn start(folder: &Path, database: &str, settings: &str) -> Self {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = format!(
            "listen = \"{listen}\"\npublic_url = \"http://{listen}\"\ndatabase = \"{database}\"\nadmin_token = \"bench\"\n\
             {settings}\n\
             [[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\nurl = \"http://127.0.0.1:9\"\nuser = \"a@b.test\"\n\
             token = \"t\"\nwebhook_secret = \"{SECRET}\"\nsweep_minutes = 1440\n"
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
