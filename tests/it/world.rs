//! A world to test in: a running Heard, a simulated Zendesk and a simulated GitHub, all over real HTTP, on one database.
//!
//! Tests speak to it in sentences. Waiting is for something to become true, with a limit, and never for a time to pass.

use std::{
    net::TcpListener,
    path::Path,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use crate::weather;
use heard::{
    base::{
        clock::{Clock, Time},
        telemetry::Metrics,
    },
    cli::running::{HeardInstance, Start},
    flow::App,
    settings::{Settings, Variables},
};
use serde_json::Value;
use simulator::{Github, GithubOptions, MergeMethod, Repository, Zendesk, ZendeskOptions};

/// How long anything may take to become true. Generous: a machine may be busy; a passing test never waits for it.
const PATIENCE: Duration = Duration::from_mins(1);
/// How soon whoever waits looks again, and how soon after a while: looking takes more of the machine than most of what is waited for,
/// but a failure may stand for a moment only. Many rough stories are played at once, and each waits long.
const LOOKS_AGAIN_AFTER: Duration = Duration::from_millis(5);
const LOOKS_AGAIN_AT_LAST: Duration = Duration::from_millis(20);
const LOOKS_AGAIN_IN_ROUGH_WEATHER: Duration = Duration::from_millis(60);
/// The admin token of every world.
pub const ADMIN: &str = "admin-token-of-the-tests";
/// What both sides signed with before their secrets were changed.
pub const SECRET_BEFORE: &str = "the-secret-before-this-one";

/// Everything at once.
pub struct World {
    /// The simulated Zendesk.
    pub helpdesk: Zendesk,
    /// The simulated GitHub.
    pub github: Github,
    /// The time they all live in.
    pub clock: Clock,
    /// Whether time passes at once where Heard only waits for it (see `weather`).
    pub(crate) hurries: bool,
    /// The settings' text, for a second start on the same database.
    toml: String,
    service: Option<HeardInstance>,
    url: String,
    http: reqwest::Client,
}

/// How a world differs from the usual one.
pub struct Options<'o> {
    /// More settings, after the usual ones.
    pub tell: &'o str,
    /// Settings that are written otherwise: what stands there, and what to write instead.
    pub changes: &'o [(&'o str, &'o str)],
    /// The time, where it is not the machine's.
    pub clock: Clock,
    /// The minutes a shipped update is held.
    pub hold_minutes: u32,
    /// Whether the repository is public.
    pub public: bool,
    /// What counts as out.
    pub release: &'o str,
    /// The `[github]` section, if it is not the simulated GitHub.
    pub github: Option<String>,
    /// Whether GitHub answers GraphQL.
    pub graphql: bool,
    /// Where Heard listens, where somebody had to know it before.
    pub listener: Option<TcpListener>,
    /// The seed of the rough weather, if it is not fair. It needs [`weather::clock`].
    pub weather: Option<u64>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            tell: "",
            changes: &[],
            clock: if weather::seed().is_some() { weather::clock() } else { Clock::system() },
            hold_minutes: 0,
            public: false,
            release: "releases",
            github: None,
            graphql: false,
            listener: None,
            weather: weather::seed(),
        }
    }
}

impl World {
    /// A world with nothing in it yet, on this database.
    pub async fn new(database: &str) -> Self {
        Self::with(database, Options::default()).await
    }

    /// A world that differs.
    pub async fn with(database: &str, options: Options<'_>) -> Self {
        let theirs = options.clock.clone();
        let micros: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(move || theirs.now().as_micros());
        let mut desk = ZendeskOptions::new(micros.clone());
        desk.export_lag_s = 0;
        let helpdesk = Zendesk::start(desk).unwrap();
        let mut hub = GithubOptions::new(micros);
        hub.repositories[0].private = !options.public;
        hub.graphql = options.graphql;
        let github = Github::start(hub).unwrap();
        let listener = options.listener.unwrap_or_else(|| TcpListener::bind("127.0.0.1:0").unwrap());
        let listen = listener.local_addr().unwrap();
        let section = options.github.unwrap_or_else(|| simulator_section(&github));
        let toml = format!(
            r#"
listen = "{listen}"
public_url = "http://{listen}"
database = "{database}"
admin_token = "{ADMIN}"
[github]
{section}
sweep_minutes = 5
[[repositories]]
name = "acme/product"
default = true
release = "{}"
hold_minutes = {}
[[connections]]
name = "acme"
helpdesk = "zendesk"
url = "{}"
user = "{}"
token = "{}"
webhook_secret = "{}"
webhook_secret_previous = "{SECRET_BEFORE}"
escalate_tag = "escalate"
sweep_minutes = 5
[grouping]
model = "none"
[tell]
team = "Acme support"
hold_minutes = 0
{}
"#,
            options.release,
            options.hold_minutes,
            helpdesk.url(),
            helpdesk.options().user,
            helpdesk.options().token,
            helpdesk.options().webhook_secret,
            options.tell,
        );
        let url = format!("http://{listen}");
        helpdesk.send_webhooks_to(&format!("{url}/hooks/acme"));
        github.send_webhooks_to(&format!("{url}/hooks/github"));
        if let Some(seed) = options.weather {
            helpdesk.rough_weather(seed);
            github.rough_weather(seed + 1);
        }
        let mut world = Self {
            helpdesk,
            github,
            clock: options.clock,
            hurries: options.weather.is_some(),
            toml,
            service: None,
            url,
            http: browserless(),
        };
        for (from, to) in options.changes {
            world.settings_change(from, to);
        }
        world.start_on(listener).await;
        world
    }

    async fn start_on(&mut self, listener: TcpListener) {
        listener.set_nonblocking(true).unwrap();
        let loaded = Settings::parse(&self.toml, "heard.toml", Path::new("."), Variables::default()).unwrap();
        let start = Start {
            settings: loaded.settings,
            listener,
            clock: self.clock.clone(),
            // In rough weather whoever waits lets time leap, and has everything looked at then.
            eager: !self.hurries,
            metrics: metrics(),
            workers: Some(1),
        };
        self.service = Some(Box::pin(HeardInstance::start(start)).await.unwrap());
    }

    /// Heard stops in good order.
    pub async fn stops(&mut self) {
        if let Some(service) = self.service.take() {
            service.stop().await.unwrap();
        }
    }

    /// Somebody changes the settings; they hold from the next start on.
    pub fn settings_change(&mut self, from: &str, to: &str) {
        assert!(self.toml.contains(from), "the settings have no {from:?}");
        self.toml = self.toml.replace(from, to);
    }

    /// Heard starts again on the same database and address.
    pub async fn starts_again(&mut self) {
        let listener = TcpListener::bind(self.url.trim_start_matches("http://")).unwrap();
        self.start_on(listener).await;
    }

    /// What the steps work with.
    pub fn app(&self) -> &Arc<App> {
        &self.service.as_ref().expect("Heard runs").app
    }

    /// The repository on the simulated GitHub.
    pub fn product(&self) -> Repository<'_> {
        self.github.repository("acme/product")
    }

    /// Asks the API, and once more where the database is too busy just now: many worlds share a machine.
    pub async fn get(&self, path: &str) -> Value {
        self.until_some("the API answers", async || {
            let answer = self.http.get(format!("{}{path}", self.url)).bearer_auth(ADMIN).send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert!(status.is_success() || status == 503, "GET {path} answered {status}: {text}");
            status.is_success().then(|| serde_json::from_str(&text).unwrap())
        })
        .await
    }

    /// Tells the API to do something.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(ADMIN).json(body);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// A request without any credentials.
    pub fn anonymous(&self) -> &reqwest::Client {
        &self.http
    }

    /// Where Heard listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The topic of a ticket, as the API shows it, once it has one.
    pub async fn topic_of(&self, ticket: u64) -> Value {
        let what = format!("ticket {ticket} has a topic");
        let topic = self.until_some(&what, async || self.topic_id_of(ticket).await);
        self.get(&format!("/api/v1/topics/{}", topic.await)).await
    }

    /// Whether a ticket has a topic by now.
    pub async fn is_grouped(&self, ticket: u64) -> bool {
        self.topic_id_of(ticket).await.is_some()
    }

    async fn topic_id_of(&self, ticket: u64) -> Option<String> {
        let found = self.get(&format!("/api/v1/tickets?connection=acme&external_id={ticket}")).await;
        found["tickets"][0]["topic"].as_str().map(str::to_owned)
    }

    /// Support answers Heard's question, where the machine was not sure enough to join the two by itself.
    pub async fn support_says_they_are_the_same(&self, ticket: u64, other: u64) {
        let (one, two) = (self.topic_of(ticket).await, self.topic_of(other).await);
        if one["id"] != two["id"] {
            let merge = format!("/api/v1/topics/{}/merge", one["id"].as_str().unwrap());
            self.until("the merge is done", async || {
                let (status, answer) = self.post(&merge, &serde_json::json!({ "into": two["id"] })).await;
                // Many worlds share a machine, and a database that is busy says so. A person presses the button again.
                assert!((200..300).contains(&status) || status == 503, "the merge answered {status}: {answer}");
                status != 503
            })
            .await;
        }
    }

    /// Waits until something is true.
    pub async fn until(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        self.until_some(what, async || is_so().await.then_some(())).await;
    }

    /// Waits until there is something.
    pub async fn until_some<T>(&self, what: &str, mut find: impl AsyncFnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        let mut pause = LOOKS_AGAIN_AFTER;
        loop {
            if let Some(found) = find().await {
                return found;
            }
            // Many rough stories are played at once.
            let patience = if self.hurries { 4 * PATIENCE } else { PATIENCE };
            assert!(begun.elapsed() < patience, "It never came true that {what}.\n{}", self.troubles().await);
            if self.hurries {
                self.lets_time_pass().await;
            }
            tokio::time::sleep(pause).await;
            let last = if self.hurries { LOOKS_AGAIN_IN_ROUGH_WEATHER } else { LOOKS_AGAIN_AT_LAST };
            pause = (pause * 2).min(last);
        }
    }

    /// What does not work just now, for the message of a failed test.
    async fn troubles(&self) -> String {
        use heard::store::{Session, failures};
        let Some(service) = &self.service else { return "Heard does not run.".to_owned() };
        let mut conn = service.app.database.read().await.unwrap();
        let failing = failures::list(&mut conn, 20).await.unwrap();
        let jobs = conn
            .query(
                "SELECT kind, CAST(state AS TEXT), count(*) FROM river_job GROUP BY kind, state ORDER BY kind, state",
            )
            .all::<(String, String, i64)>()
            .await
            .unwrap();
        let waiting = conn
            .query(
                r#"SELECT 'update ' || state, count(*) FROM "update" GROUP BY state
                   UNION ALL SELECT 'message ' || state, count(*) FROM outbox_message GROUP BY state
                   UNION ALL SELECT 'issue ' || filing, count(*) FROM issue GROUP BY filing
                   UNION ALL SELECT 'delivery ' || state, count(*) FROM delivery GROUP BY state"#,
            )
            .all::<(String, i64)>()
            .await
            .unwrap();
        format!("At {}\nFailing: {failing:#?}\nJobs: {jobs:?}\nRows: {waiting:?}", self.clock.now())
    }

    /// Waits until no job is left to run: everything that follows from what was done so far has happened.
    pub async fn rests(&self) {
        use heard::store::Session;
        self.until("every job is done", async || {
            let mut conn = self.app().database.read().await.unwrap();
            let (left,) = conn
                .query(
                    "SELECT count(*) FROM river_job WHERE CAST(state AS TEXT) IN ('available', 'running', 'retryable')
                     AND kind NOT IN ('watch', 'sweeps')",
                )
                .one::<(i64,)>()
                .await
                .unwrap();
            // A job that waits its turn for GitHub's quota runs within the second; one that waits longer waits for a test.
            let waiting = conn
                .query("SELECT CAST(scheduled_at AS TEXT) FROM river_job WHERE CAST(state AS TEXT) = 'scheduled'")
                .all::<(String,)>()
                .await
                .unwrap();
            let soon = Clock::system().now().plus(Duration::from_millis(1_500));
            let turns = waiting.iter().filter(|(at,)| instant(at).is_some_and(|at| at < soon)).count();
            let (unread,) =
                conn.query("SELECT count(*) FROM delivery WHERE state = 'received'").one::<(i64,)>().await.unwrap();
            left == 0 && turns == 0 && unread == 0
        })
        .await;
    }

    /// An engineer fixes an issue on a branch, and the pull request is merged. Gives the commit on main.
    pub fn an_engineer_merges_the_fix_of(&self, issue: u64) -> String {
        let product = self.product();
        let pull_request = product.pull_request("Write the last row too").fixing(issue).open();
        product.merge(pull_request, MergeMethod::Squash).expect("it can be merged")
    }

    /// Waits until Heard has told a customer something in a ticket, and gives the text.
    pub async fn told_in(&self, ticket: u64) -> String {
        let what = format!("a customer is told in ticket {ticket}");
        self.until_some(&what, async || {
            self.helpdesk.replies_by_heard(ticket).last().map(|reply| reply.plain_body.clone())
        })
        .await
    }
}

/// Reads an instant as either engine writes it.
fn instant(text: &str) -> Option<Time> {
    Time::parse(&format!("{}Z", text.trim_end_matches("+00").replace(' ', "T").trim_end_matches('Z')))
}

/// A client that follows no redirects, so that a test sees each answer.
#[expect(clippy::disallowed_methods, reason = "the tests' own client is not Heard's")]
pub fn browserless() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// How Heard reaches the simulated GitHub.
pub fn simulator_section(github: &Github) -> String {
    let options = github.options();
    format!(
        "api_url = {:?}\ntoken = {:?}\nwebhook_secret = {:?}\nwebhook_secret_previous = {SECRET_BEFORE:?}",
        github.url(),
        options.token,
        options.webhook_secret
    )
}

/// The numbers of this process, recorded once.
pub fn metrics() -> heard::web::Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    let metrics = METRICS.get_or_init(|| Metrics::start().unwrap());
    Arc::new(|| metrics.render())
}
