//! Heard as a process of its own, as operators run it, so that it can be killed.

use std::{
    fs::{File, OpenOptions},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::world::browserless;

/// How long a start may take, on a machine that is busy with other things.
const START_WITHIN: Duration = Duration::from_mins(1);

/// The program with its settings: started, killed, and started again.
pub struct Process {
    /// Where it listens.
    pub url: String,
    folder: TempDir,
    running: Option<Child>,
    http: reqwest::Client,
}

impl Process {
    /// Gets everything ready; `settings` are given the address to listen on.
    pub fn prepare(settings: impl FnOnce(&str) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Free now, and hopefully again at every start.
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        std::fs::write(folder.path().join("heard.toml"), settings(&listen)).unwrap();
        Self { url: format!("http://{listen}"), folder, running: None, http: browserless() }
    }

    /// Starts it, and waits until it takes requests.
    pub async fn starts(&mut self) {
        let begun = Instant::now();
        self.running = Some(self.spawn());
        while !self.is_ready().await {
            assert!(begun.elapsed() < START_WITHIN, "Heard does not start.\n{}", self.last_words());
            let ended = self.running.as_mut().is_some_and(|child| child.try_wait().unwrap().is_some());
            if ended {
                // Somebody may have had the port for a moment; anything else fails again until the time is up.
                self.running = Some(self.spawn());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("{}/readyz", self.url)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// `kill -9`: nothing is finished, nothing is said.
    pub fn is_killed(&mut self) {
        if let Some(mut child) = self.running.take() {
            assert_eq!(child.try_wait().unwrap(), None, "Heard ended by itself.\n{}", self.last_words());
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM: it finishes what is under way and ends in good order.
    pub async fn stops(&mut self) {
        let Some(mut child) = self.running.take() else { return };
        let told = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
        assert!(told.success());
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "Heard stopped with {status}.\n{}", self.last_words());
                return;
            }
            if begun.elapsed() > START_WITHIN {
                let _ = child.kill();
                panic!("Heard does not stop.\n{}", self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The end of what it said, for the message of a failed test.
    pub fn last_words(&self) -> String {
        const LINES: usize = 60;
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// How often it said something, in all its lives.
    pub fn has_said(&self, words: &str) -> usize {
        std::fs::read_to_string(self.log()).unwrap_or_default().matches(words).count()
    }

    /// Where it has its log, its settings and its database.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn spawn(&self) -> Child {
        let log: File = OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        Command::new(env!("CARGO_BIN_EXE_heard"))
            .args(["serve", "--config"])
            .arg(self.folder.path().join("heard.toml"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
