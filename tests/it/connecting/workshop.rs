//! What the tests of `heard connect github` have in common: the built command, a person at a browser, and a simulated GitHub.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use heard::base::clock::Clock;
use simulator::{Github, GithubOptions, RepositoryOptions};
use tempfile::TempDir;

use crate::world::{ADMIN, browserless};

/// How long a command may take to say something. A passing test never waits for it.
const PATIENCE: Duration = Duration::from_mins(1);
/// A throw-away key, made for the tests and used nowhere else.
pub const APP_KEY: &str = include_str!("../github/app.pem");
/// A personal token.
pub const TOKEN: &str = "ghp_of-the-tests";
/// What takes a code.
pub const CONVERSION: &str = "POST /api/v3/app-manifests/*/conversions";

/// An operator with an empty folder, a GitHub, and an address that is Heard's to be.
pub struct Workshop {
    pub folder: TempDir,
    pub github: Github,
    pub address: String,
    pub url: String,
}

/// A command that runs.
pub struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It is gone already, or it goes now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// What it said so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said this.
    pub async fn says(&self, words: &str) -> String {
        let begun = Instant::now();
        loop {
            let said = self.said();
            if said.contains(words) {
                return said;
            }
            assert!(begun.elapsed() < PATIENCE, "it never said {words:?}: {said}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits for its end: the code and what it said.
    pub async fn ends(mut self) -> (i32, String) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                for reader in std::mem::take(&mut self.readers) {
                    reader.join().unwrap();
                }
                let said = self.said();
                no_secret(&said);
                return (status.code().unwrap_or(-1), said);
            }
            assert!(begun.elapsed() < PATIENCE, "it never ended: {}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Its page on this machine.
    pub async fn page(&self) -> String {
        let said = self.says("Open http://").await;
        let address = said.split("Open ").nth(1).unwrap().split_whitespace().next().unwrap();
        address.trim_end_matches('/').to_owned()
    }
}

impl Workshop {
    pub fn new() -> Self {
        let clock = Clock::system();
        let micros: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(move || clock.now().as_micros());
        let mut options = GithubOptions::new(micros);
        APP_KEY.clone_into(&mut options.private_key);
        TOKEN.clone_into(&mut options.token);
        options.repositories.push(RepositoryOptions::private("acme/docs"));
        let github = Github::start(options).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), github, address: free.to_string(), url: format!("http://{free}") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn heard(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }

    pub fn command(&self, more: &[&str]) -> Command {
        let always = ["connect", "github", "--url", self.github.url(), "--public-url", &self.url];
        let arguments: Vec<&str> = always.into_iter().chain(more.iter().copied()).collect();
        self.heard(&arguments)
    }

    pub fn connect(&self, more: &[&str]) -> Output {
        self.command(more).output().unwrap()
    }

    /// Starts the command.
    pub fn starts(&self, more: &[&str]) -> Running {
        let mut child = self.command(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let streams: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        let readers = streams.map(|stream| {
            let said = Arc::clone(&said);
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut said = said.lock().unwrap();
                    said.push_str(&line);
                    said.push('\n');
                }
            })
        });
        Running { child, said, readers: readers.into() }
    }

    pub fn settings(&self) -> String {
        fs::read_to_string(self.path("heard.toml")).unwrap_or_default()
    }

    pub fn endpoint(&self) -> String {
        format!("{}/hooks/github", self.url)
    }

    /// How often something was written at GitHub, tokens of installations apart.
    pub fn writes(&self) -> usize {
        let calls = self.github.faults().calls();
        calls.iter().filter(|call| call.method != "GET" && !call.path.ends_with("/access_tokens")).count()
    }

    /// An App that is registered and installed, with the settings that name it.
    pub async fn connected(&self) {
        let running = self.starts(&["--repository", "acme/product", "--yes"]);
        registers(&running.page().await).await;
        running.says("To do by you: install the App").await;
        self.github.installs_app(None);
        let (code, said) = running.ends().await;
        assert_eq!(code, 0, "{said}");
    }

    pub fn serve(&self) -> Running {
        let mut command = self.heard(&["serve"]);
        command.env("HEARD_LISTEN", &self.address).env("HEARD_ADMIN_TOKEN", ADMIN).env("HEARD_GROUPING_MODEL", "none");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Running { child, said: Arc::default(), readers: Vec::new() }
    }

    /// Waits until a started Heard answers.
    pub async fn answers(&self) {
        let begun = Instant::now();
        while browserless().get(format!("{}/healthz", self.url)).send().await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "Heard never answered");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub fn checked(&self) -> String {
        said(&self.heard(&["check"]).env("HEARD_GROUPING_MODEL", "none").output().unwrap())
    }
}

/// Where a page is served.
pub fn origin(page: &str) -> String {
    let (scheme, rest) = page.split_once("://").unwrap();
    format!("{scheme}://{}", rest.split('/').next().unwrap())
}

/// The form of a page on this machine: where it goes, and the manifest.
pub async fn form(page: &str) -> (String, String) {
    let answer = browserless().get(page).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let html = answer.text().await.unwrap();
    let value = |before: &str| {
        let rest = html.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {html}"));
        html_escape::decode_html_entities(rest.split('"').next().unwrap()).into_owned()
    };
    (value("action=\""), value("name=\"manifest\" value=\""))
}

/// What the button of the page sends.
pub async fn posts(action: &str, manifest: &str) -> reqwest::Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("manifest", manifest).finish();
    let kind = "application/x-www-form-urlencoded";
    browserless().post(action).header("content-type", kind).body(body).send().await.unwrap()
}

/// A person presses the button and registers the App: where GitHub sends the browser back to, if it does.
pub async fn presses(page: &str) -> Option<String> {
    let (action, manifest) = form(page).await;
    let answer = posts(&action, &manifest).await;
    answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned())
}

/// A person registers the App and comes back: what the page says then.
pub async fn registers(page: &str) -> String {
    let back = presses(page).await.expect("GitHub takes the manifest");
    browserless().get(back).send().await.unwrap().text().await.unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a command that went well said, which holds no secret.
#[track_caller]
pub fn said(output: &Output) -> String {
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}{error}");
    no_secret(&out);
    out
}

/// What a command that went wrong said, and its sentence.
#[track_caller]
pub fn wrong(output: &Output) -> String {
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    no_secret(&format!("{out}{error}"));
    format!("{out}{error}")
}

#[track_caller]
pub fn no_secret(text: &str) {
    for secret in ["PRIVATE KEY", "a-client-secret", TOKEN, "ghs_"] {
        assert!(!text.contains(secret), "a secret is shown: {text}");
    }
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
