//! A Heard that somebody has just started: it is connected with nothing, and its settings are a file in a folder of their own.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use heard::{
    base::clock::Clock,
    cli::running::{HeardInstance, Start},
    model::role::Role,
    settings::Settings,
};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use simulator::{Github, GithubOptions, Zendesk, ZendeskOptions};
use tempfile::TempDir;

use crate::{
    connecting::workshop::{APP_KEY, TOKEN},
    people::{PASSWORD, cookies},
    web::filled,
    world::{ADMIN, browserless, metrics},
};

/// How long a started Heard may take to hear of something. A passing test never waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running Heard, an admin who is signed in, and what it can be connected with.
pub struct Newcomer {
    folder: TempDir,
    pub desk: Zendesk,
    pub github: Github,
    pub url: String,
    /// The admin's session.
    pub cookie: String,
    service: Option<HeardInstance>,
    http: reqwest::Client,
}

impl Newcomer {
    pub async fn new(database: &str) -> Self {
        let mut options = ZendeskOptions::new(micros());
        options.export_lag_s = 0;
        let desk = Zendesk::start(options).unwrap();
        let mut options = GithubOptions::new(micros());
        APP_KEY.clone_into(&mut options.private_key);
        TOKEN.clone_into(&mut options.token);
        let github = Github::start(options).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            "# ours\nlisten = \"{listen}\" # here\npublic_url = \"http://{listen}\"\ndatabase = \"{database}\"\n\
             admin_token = \"{ADMIN}\"\n\n[grouping]\nmodel = \"none\" # for now\n"
        );
        fs::write(folder.path().join("heard.toml"), settings).unwrap();
        let mut office = Self {
            folder,
            desk,
            github,
            url: format!("http://{listen}"),
            cookie: String::new(),
            service: None,
            http: browserless(),
        };
        office.start_on(listener).await;
        let answer = office.posting("", "/login", &[("token", ADMIN.to_owned())]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        office.cookie = cookies(&answer);
        office
    }

    async fn start_on(&mut self, listener: TcpListener) {
        listener.set_nonblocking(true).unwrap();
        let settings = Settings::load(Some(&self.path("heard.toml"))).unwrap().settings;
        let start =
            Start { settings, listener, clock: Clock::system(), eager: true, metrics: metrics(), workers: Some(1) };
        self.service = Some(HeardInstance::start(start).await.unwrap());
    }

    pub async fn stops(mut self) {
        if let Some(service) = self.service.take() {
            service.stop().await.unwrap();
        }
    }

    /// Heard starts again with what the settings say by now.
    pub async fn starts_again(&mut self) {
        if let Some(service) = self.service.take() {
            service.stop().await.unwrap();
        }
        let listener = TcpListener::bind(self.url.trim_start_matches("http://")).unwrap();
        self.start_on(listener).await;
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn settings(&self) -> String {
        fs::read_to_string(self.path("heard.toml")).unwrap()
    }

    /// What is filled in for Zendesk.
    pub fn zendesk(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", "acme".to_owned()),
            ("url", self.desk.url().to_owned()),
            ("user", "heard@acme.test".to_owned()),
            ("token", "zendesk-token".to_owned()),
            ("public_url", self.url.clone()),
            ("escalate_tag", String::new()),
        ]
    }

    /// What is filled in for GitHub.
    pub fn github(&self) -> Vec<(&'static str, String)> {
        vec![
            ("repositories", "acme/product".to_owned()),
            ("organization", String::new()),
            ("url", self.github.url().to_owned()),
            ("public_url", self.url.clone()),
        ]
    }

    /// How often something was written in the account.
    pub fn writes_at_zendesk(&self) -> usize {
        self.desk.faults().calls().iter().filter(|call| call.method != "GET").count()
    }

    /// Somebody opens a page.
    pub async fn opening(&self, cookie: &str, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.url)).header("cookie", cookie).send().await.unwrap()
    }

    /// Somebody sends a form.
    pub async fn posting(&self, cookie: &str, path: &str, fields: &[(&str, String)]) -> Response {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let request = self.http.post(format!("{}{path}", self.url)).header("cookie", cookie);
        filled(request, &fields).send().await.unwrap()
    }

    /// The admin opens a page that is there.
    pub async fn opens(&self, path: &str) -> String {
        let answer = self.opening(&self.cookie, path).await;
        let status = answer.status();
        let page = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    /// The admin sends a form.
    pub async fn posts(&self, path: &str, fields: &[(&str, String)]) -> Response {
        self.posting(&self.cookie, path, fields).await
    }

    /// The admin sends a form, whatever comes.
    pub async fn answers_to<T: AsRef<str>>(&self, path: &str, fields: &[(&str, T)]) -> (StatusCode, String) {
        let fields: Vec<_> = fields.iter().map(|(name, text)| (*name, text.as_ref().to_owned())).collect();
        let answer = self.posts(path, &fields).await;
        (answer.status(), answer.text().await.unwrap())
    }

    /// The admin sends a form that is fine.
    pub async fn sends<T: AsRef<str>>(&self, path: &str, fields: &[(&str, T)]) -> String {
        let (status, page) = self.answers_to(path, fields).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    /// A program asks the API.
    pub async fn asks(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.url)).bearer_auth(ADMIN).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// Somebody is invited, and is signed in: their session.
    pub async fn joins(&self, name: &str, role: Role) -> String {
        let login = format!("{}@acme.test", name.to_lowercase().replace(' ', "."));
        let body = json!({ "name": name, "login": login, "role": role });
        let request = self.http.post(format!("{}/api/v1/people", self.url)).bearer_auth(ADMIN).json(&body);
        let invitation: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        let request = self.http.post(invitation["url"].as_str().unwrap());
        let answer = filled(request, &[("password", PASSWORD), ("again", PASSWORD)]).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name} sets a password");
        cookies(&answer)
    }

    /// A ticket of a new customer comes by a webhook that Heard takes.
    pub async fn hears_of_a_ticket(&self) {
        let customer = self.desk.customer("Ada Lovelace").add();
        let ticket = self.desk.ticket_from(customer).subject("Export fails").body("It says 500").send();
        self.desk.hooks().settled().await;
        let log = self.desk.hooks().log();
        let last = log.iter().rev().find(|sent| !sent.attempts.is_empty()).expect("Zendesk sent something");
        assert_eq!(last.attempts.last().unwrap().outcome, Ok(202), "{last:?}");
        let begun = Instant::now();
        let path = format!("/api/v1/tickets?connection=acme&external_id={ticket}");
        while !self.asks(&path).await["tickets"][0]["topic"].is_string() {
            assert!(begun.elapsed() < PATIENCE, "Heard never heard of ticket {ticket}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// An issue's webhook is taken.
    pub async fn hears_of_an_issue(&self) {
        self.github.repository("acme/product").files_issue("Export fails", "It says 500");
        self.github.hooks().settled().await;
        let log = self.github.hooks().log();
        let last = log.iter().rev().find(|sent| sent.event == "issues.opened").expect("GitHub told of it");
        assert_eq!(last.attempts.last().unwrap().outcome, Ok(202), "{last:?}");
    }
}

/// The time of the simulators.
pub fn micros() -> Arc<dyn Fn() -> i64 + Send + Sync> {
    let clock = Clock::system();
    Arc::new(move || clock.now().as_micros())
}

/// What stands in a page between these words and the next quotation mark.
pub fn value(page: &str, before: &str) -> String {
    let rest = page.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {page}"));
    html_escape::decode_html_entities(rest.split('"').next().unwrap()).into_owned()
}

/// The form that leads to GitHub: its address, and the manifest.
pub fn registration(page: &str) -> (String, String) {
    let (before, _) = page.split_once("name=\"manifest\"").unwrap_or_else(|| panic!("no manifest in {page}"));
    let (_, action) = before.rsplit_once("action=\"").unwrap();
    let action = html_escape::decode_html_entities(action.split('"').next().unwrap()).into_owned();
    (action, value(page, "name=\"manifest\" value=\""))
}
