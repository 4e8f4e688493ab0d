//! Starts the stand-in: `emulate` from npm, a GitHub with a memory that knows nothing of ours.
//!
//! Its limits: it has no GraphQL, no deployments and no log of deliveries; "Fixes #1" does not close an issue; a release
//! makes no tag; deliveries are numbered by the millisecond.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::TempDir;

use crate::world::browserless;

/// The App that Heard is there.
const APP_ID: u64 = 12_345;
/// Its key: nothing but this test's stand-in trusts it.
const KEY: &str = include_str!("../github/app.pem");
/// What its webhooks are signed with.
pub const WEBHOOK_SECRET: &str = "webhook-secret-of-the-stand-in";
/// The engineer's token.
pub const ENGINEER: &str = "token-of-the-engineer";
/// The repository, which is private.
pub const REPOSITORY: &str = "acme/product";
/// How long it may take to start, on a machine that is busy with other things.
const START_WITHIN: Duration = Duration::from_mins(1);

/// A stand-in that runs. Dropping it stops it.
pub struct StandIn {
    /// The base of its API.
    pub url: String,
    process: Child,
    folder: TempDir,
}

/// Where `tests/standin/install` put it, or why there is none.
pub fn installed() -> Result<PathBuf, String> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/standin/node_modules/emulate/dist/index.js");
    if !program.is_file() {
        return Err("the stand-in is not installed; tests/standin/install does that".to_owned());
    }
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    match node {
        Ok(status) if status.success() => Ok(program),
        _ => Err("the stand-in needs node, which is not installed".to_owned()),
    }
}

impl StandIn {
    /// Starts it; it sends its webhooks to `webhook_url`.
    pub async fn start(program: &Path, webhook_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("seed.json");
        std::fs::write(&seed, serde_json::to_vec_pretty(&memory(webhook_url)).unwrap()).unwrap();
        // It cannot be asked for a free port: one that was free a moment ago has to do.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let process = Command::new("node")
            .arg(program)
            .args(["start", "--service", "github", "--port", &port.to_string(), "--seed"])
            .arg(&seed)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let standin = Self { url: format!("http://127.0.0.1:{port}"), process, folder };
        standin.answers().await;
        standin
    }

    async fn answers(&self) {
        let begun = Instant::now();
        let http = browserless();
        let url = format!("{}/repos/{REPOSITORY}", self.url);
        loop {
            let answer = http.get(&url).bearer_auth(ENGINEER).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let said = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < START_WITHIN, "the stand-in does not answer; it said: {said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Heard's `[github]` section: the App, with its key.
    pub fn section(&self) -> String {
        format!(
            "api_url = {:?}\napp_id = {APP_ID}\nwebhook_secret = {WEBHOOK_SECRET:?}\nprivate_key = \"\"\"\n{KEY}\"\"\"",
            self.url
        )
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What it knows from the start: an engineer, a repository, and Heard's App with what docs ask for.
fn memory(webhook_url: &str) -> serde_json::Value {
    let (owner, name) = REPOSITORY.split_once('/').unwrap();
    json!({
        "tokens": { ENGINEER: { "login": "robin", "scopes": ["repo", "admin:repo_hook"] } },
        "github": {
            "users": [{ "login": "robin", "name": "Robin Engineer", "email": "robin@acme.test" }],
            "orgs": [{ "login": owner, "name": "Acme", "members": [{ "login": "robin", "role": "admin" }] }],
            "repos": [{ "owner": owner, "name": name, "private": true, "auto_init": true }],
            "apps": [{
                "app_id": APP_ID,
                "slug": "heard",
                "name": "Heard",
                "private_key": KEY,
                "webhook_url": webhook_url,
                "webhook_secret": WEBHOOK_SECRET,
                "permissions": { "contents": "read", "issues": "write", "metadata": "read", "pull_requests": "read" },
                "events": ["issues", "issue_comment", "label", "milestone", "pull_request", "push", "release"],
                "installations": [{ "installation_id": 100, "account": owner, "repository_selection": "all" }]
            }]
        }
    })
}
