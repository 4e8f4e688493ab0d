//! `heard connect zendesk` as an operator meets it: the built command against a simulated account, and what it leaves there and
//! in the folder of the settings. `heard connect github` is below.

mod first_hour;
mod github;
pub mod page;
mod token;
mod unreached;
mod workshop;

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use heard::base::clock::Clock;
use serde_json::{Value, json};
use simulator::{Failure, Zendesk, ZendeskOptions};
use tempfile::TempDir;

use crate::world::{ADMIN, browserless};

/// How long a started Heard may take to hear of something. A passing test never waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// An operator with an empty folder, an account, and an address that is Heard's to be.
struct Office {
    folder: TempDir,
    desk: Zendesk,
    address: String,
    url: String,
}

/// A Heard that runs in the office.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It is gone already, or it goes now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Office {
    fn new() -> Self {
        let clock = Clock::system();
        let micros: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(move || clock.now().as_micros());
        let mut options = ZendeskOptions::new(micros);
        options.export_lag_s = 0;
        let desk = Zendesk::start(options).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), desk, address: free.to_string(), url: format!("http://{free}") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command with the token in its environment and nobody to ask.
    fn heard(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }

    fn connect_as(&self, token: &str, more: &[&str]) -> Output {
        let always = ["connect", "zendesk", "--name", "acme", "--url", self.desk.url(), "--public-url", &self.url];
        let user = ["--user", "heard@acme.test"];
        let arguments: Vec<&str> = always.into_iter().chain(user).chain(more.iter().copied()).collect();
        self.heard(&arguments).env("HEARD_CONNECTIONS_ACME_TOKEN", token).output().unwrap()
    }

    fn connect(&self, more: &[&str]) -> Output {
        self.connect_as("zendesk-token", more)
    }

    fn settings(&self) -> String {
        fs::read_to_string(self.path("heard.toml")).unwrap_or_default()
    }

    /// How often something was written in the account.
    fn writes(&self) -> usize {
        self.desk.faults().calls().iter().filter(|call| call.method != "GET").count()
    }

    fn endpoint(&self) -> String {
        format!("{}/hooks/acme", self.url)
    }

    /// The webhooks to Heard.
    fn webhooks(&self) -> Vec<Value> {
        self.desk.webhooks().into_iter().filter(|one| one["endpoint"] == self.endpoint()).collect()
    }

    fn serve(&self) -> Served {
        let mut command = self.heard(&["serve"]);
        command.env("HEARD_LISTEN", &self.address).env("HEARD_ADMIN_TOKEN", ADMIN).env("HEARD_GROUPING_MODEL", "none");
        Served(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Waits until a running Heard took a ticket, and not by its sweep.
    async fn is_heard(&self, ticket: u64) {
        let http = browserless();
        let begun = Instant::now();
        loop {
            let path = format!("{}/api/v1/tickets?connection=acme&external_id={ticket}", self.url);
            if let Ok(answer) = http.get(path).bearer_auth(ADMIN).send().await {
                let found: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
                if found["tickets"][0]["id"].is_string() {
                    break;
                }
            }
            assert!(begun.elapsed() < PATIENCE, "Heard never heard of ticket {ticket}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until a started Heard answers.
    async fn answers(&self) {
        let begun = Instant::now();
        while browserless().get(format!("{}/healthz", self.url)).send().await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "Heard never answered");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A ticket of a new customer comes to Heard by a webhook that Heard takes.
    async fn a_ticket_is_heard(&self) {
        let customer = self.desk.customer("Ada Lovelace").add();
        let ticket = self.desk.ticket_from(customer).subject("Export fails").body("It says 500").send();
        self.desk.hooks().settled().await;
        let log = self.desk.hooks().log();
        let last = log.iter().rev().find(|sent| !sent.attempts.is_empty()).expect("Zendesk sent something");
        assert_eq!(last.attempts.last().unwrap().outcome, Ok(202), "{last:?}");
        self.is_heard(ticket).await;
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a command that went well said, which holds no secret.
#[track_caller]
fn said(output: &Output) -> String {
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}{error}");
    no_secret(&out);
    out
}

/// The sentence of a command that went wrong.
#[track_caller]
fn wrong(output: &Output) -> String {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{}{error}", text(&output.stdout));
    assert_eq!(error.lines().count(), 1, "{error}");
    no_secret(&error);
    no_secret(&text(&output.stdout));
    error
}

#[track_caller]
fn no_secret(text: &str) {
    for secret in ["zendesk-token", "zendesk-webhook-secret", "Basic "] {
        assert!(!text.contains(secret), "a secret is shown: {text}");
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_connects_and_a_ticket_is_heard() {
    let office = Office::new();
    let first = said(&office.connect(&["--yes"]));
    assert!(first.contains("To do: make the webhook \"Heard (acme)\""), "{first}");
    assert!(
        first.contains("To do: make the macro \"Escalate to engineering\", which adds the tag escalate"),
        "{first}"
    );
    assert!(first.contains("    webhook_secret = \"file:heard-secrets/acme-webhook-secret\""), "{first}");
    assert!(first.contains(&format!("Nothing answers at {} yet. Next: `heard serve`", office.url)), "{first}");

    let made = office.webhooks();
    assert_eq!((made.len(), &made[0]["status"]), (1, &json!("active")));
    assert!(made[0]["subscriptions"].as_array().unwrap().contains(&json!("zen:event-type:user.merged")), "{made:?}");
    assert_eq!(office.desk.macros()[0]["actions"], json!([{"field": "current_tags", "value": "escalate"}]));
    no_secret(&office.settings());

    let served = office.serve();
    office.answers().await;
    office.a_ticket_is_heard().await;
    let checked = office.heard(&["check"]).env("HEARD_GROUPING_MODEL", "none").output().unwrap();
    assert!(said(&checked).contains("Its webhook is set up."), "{}", text(&checked.stdout));
    let second = said(&office.connect(&[]));
    assert!(second.contains(&format!("Heard at {} took a signed test delivery", office.url)), "{second}");
    drop(served);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_finds_a_secret_that_zendesk_does_not_sign_with_and_connecting_again_mends_it() {
    let office = Office::new();
    said(&office.connect(&["--yes"]));
    let check = || office.heard(&["check"]).env("HEARD_GROUPING_MODEL", "none").output().unwrap();
    assert!(said(&check()).contains("Its webhook is set up."));
    let file = office.path("heard-secrets").join("acme-webhook-secret");
    fs::write(&file, "another-secret-that-is-long-enough").unwrap();
    let output = check();
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("signs with another secret than the one in the settings"), "{printed}");
    assert!(!printed.contains("Its webhook is set up."), "{printed}");
    no_secret(&printed);
    said(&office.connect(&["--yes"]));
    assert!(said(&check()).contains("Its webhook is set up."));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_account_has_no_events_of_tickets_a_trigger_tells() {
    let office = Office::new();
    office.desk.has_no_ticket_events();
    let first = said(&office.connect(&["--yes"]));
    assert!(first.contains("This account has no events of tickets"), "{first}");
    assert_eq!(office.webhooks()[0]["subscriptions"], json!(["conditional_ticket_events"]));
    assert_eq!(office.desk.triggers()[0]["category_id"], "10026");
    let before = office.writes();
    let again = said(&office.connect(&[]));
    assert!(again.contains("Everything is there already. Nothing was changed."), "{again}");
    assert_eq!(office.writes(), before);

    let _served = office.serve();
    office.answers().await;
    office.a_ticket_is_heard().await;

    let removed = said(&office.connect(&["--remove", "--yes"]));
    assert!(removed.contains("To do: delete the trigger"), "{removed}");
    assert_eq!((office.webhooks().len(), office.desk.triggers().len(), office.desk.macros().len()), (0, 0, 0));

    office.desk.has_no_trigger_categories();
    said(&office.connect(&["--yes"]));
    assert_eq!(office.desk.triggers()[0].get("category_id"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_run_finds_everything_and_changes_nothing() {
    let office = Office::new();
    said(&office.connect(&["--yes"]));
    let (settings, writes) = (office.settings(), office.writes());
    for more in [&[][..], &["--yes"], &["--dry-run"]] {
        let again = said(&office.connect(more));
        assert!(again.contains("There already: the webhook \"Heard (acme)\" sends to"), "{again}");
        assert!(!again.contains("To do:"), "{again}");
    }
    // What it needs is in the settings by now.
    let alone = office.heard(&["connect", "zendesk", "--name", "acme"]).output().unwrap();
    assert!(said(&alone).contains("Nothing was changed."), "{}", text(&alone.stdout));
    assert_eq!((office.settings(), office.writes()), (settings, writes));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_ended_in_the_middle_is_finished_by_the_next() {
    for (call, failure) in [
        ("POST /api/v2/webhooks", Failure::ResponseLost),
        ("POST /api/v2/webhooks", Failure::Status(500)),
        ("POST /api/v2/macros", Failure::ResponseLost),
        ("POST /api/v2/macros", Failure::Reset),
        ("GET /api/v2/webhooks/*/signing_secret", Failure::RetryAfter(429, 30)),
    ] {
        let office = Office::new();
        office.desk.faults().next(1, call, failure.clone());
        let ended = wrong(&office.connect(&["--yes"]));
        assert!(ended.contains("try again"), "{call} {failure:?}: {ended}");
        assert_eq!(office.settings(), "", "{call} {failure:?}");
        office.desk.faults().heal();
        said(&office.connect(&["--yes"]));
        assert_eq!((office.webhooks().len(), office.desk.macros().len()), (1, 1), "{call} {failure:?}");
        assert!(office.settings().contains("name = \"acme\""), "{call} {failure:?}");
        let kept = fs::read_to_string(office.path("heard-secrets/acme-webhook-secret")).unwrap();
        assert_eq!(kept, "zendesk-webhook-secret\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_where_nobody_agreed() {
    let office = Office::new();
    let shown = said(&office.connect(&["--dry-run"]));
    assert!(shown.contains("To do: make the webhook") && shown.contains("Nothing was done"), "{shown}");
    let nobody = office.connect(&[]);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(text(&nobody.stderr).contains("--yes"), "{}", text(&nobody.stderr));
    assert_eq!(office.writes(), 0);
    assert_eq!(fs::read_dir(office.folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_make_webhooks_is_told_so() {
    let office = Office::new();
    office.desk.heard_is("agent");
    let sentence = wrong(&office.connect(&["--yes"]));
    assert!(
        sentence.contains("Heard is an agent in Zendesk, and only an administrator may make webhooks"),
        "{sentence}"
    );
    assert_eq!(office.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_said_in_one_sentence_with_what_to_do() {
    let office = Office::new();
    let sentence = wrong(&office.connect_as("another-token", &["--yes"]));
    assert!(sentence.contains("does not let us in") && sentence.contains("token access is switched on"), "{sentence}");

    for (failure, words) in [
        (Failure::Garbage, "with a page for people; give the account's own address"),
        (Failure::Status(404), "answered 404"),
        (Failure::RetryAfter(429, 17), "takes no more calls for 17 seconds"),
    ] {
        office.desk.faults().next(1, "GET /api/v2/users/me", failure);
        let sentence = wrong(&office.connect(&["--yes"]));
        assert!(sentence.contains(words), "{sentence}");
        office.desk.faults().heal();
    }

    office.desk.has_room_for_webhooks(0);
    let sentence = wrong(&office.connect(&["--yes"]));
    assert!(sentence.contains("has no room for more webhooks"), "{sentence}");

    let missing = office.heard(&["connect", "zendesk", "--name", "acme", "--url", office.desk.url()]).output().unwrap();
    assert!(wrong(&missing).contains("--public-url is missing"));
    let arguments = ["connect", "zendesk", "--name", "acme", "--url", office.desk.url(), "--public-url", &office.url];
    let missing = office.heard(&arguments).output().unwrap();
    assert!(wrong(&missing).contains("HEARD_CONNECTIONS_ACME_TOKEN"));

    let arguments = ["connect", "zendesk", "--name", "acme", "--url", "http://acme.zendesk.test"];
    let open = office.heard(&arguments).env("HEARD_CONNECTIONS_ACME_TOKEN", "zendesk-token").output().unwrap();
    assert!(wrong(&open).contains("would carry the administrator's token unencrypted"));

    office.desk.goes_down().await;
    let sentence = wrong(&office.connect(&["--yes"]));
    assert!(sentence.contains("could not be reached: the connection was refused"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_made_by_hand_is_used_and_mended() {
    let office = Office::new();
    let http = browserless();
    let by_hand = |path: &str, body: Value| {
        let request = http.post(format!("{}/api/v2/{path}", office.desk.url())).json(&body);
        request.basic_auth("heard@acme.test/token", Some("zendesk-token")).send()
    };
    let webhook = |endpoint: &str| {
        json!({"webhook": {"name": "Ours", "endpoint": endpoint, "http_method": "POST", "request_format": "json",
            "status": "inactive", "subscriptions": ["zen:event-type:ticket.created", "zen:event-type:ticket.type_changed"]}})
    };
    by_hand("webhooks", webhook("https://other.test/")).await.unwrap();
    by_hand("webhooks", webhook(&format!("{}/", office.endpoint()))).await.unwrap();
    let actions = json!([{"field": "current_tags", "value": "escalate bug"}, {"field": "priority", "value": "high"}]);
    by_hand("macros", json!({"macro": {"title": "It is a bug", "actions": actions}})).await.unwrap();

    let said = said(&office.connect(&["--yes"]));
    assert!(
        said.contains("To do: mend the webhook \"Ours\": switch it on; subscribe it to ticket.comment_added"),
        "{said}"
    );
    assert!(said.contains("There already: the macro \"It is a bug\" adds the tag escalate."), "{said}");
    let [other, ours] = &office.desk.webhooks()[..] else { panic!("one webhook too many or too few") };
    assert_eq!((&other["status"], &ours["status"]), (&json!("inactive"), &json!("active")));
    let subscriptions = ours["subscriptions"].as_array().unwrap();
    assert!(
        subscriptions.contains(&json!("zen:event-type:ticket.type_changed")),
        "what it had stays: {subscriptions:?}"
    );
    assert!(subscriptions.contains(&json!("zen:event-type:ticket.merged")), "{subscriptions:?}");
    assert_eq!(office.desk.macros().len(), 1);
    let kept = fs::read_to_string(office.path("heard-secrets/acme-webhook-secret")).unwrap();
    assert!(kept.trim().len() > 20 && kept.trim() != "zendesk-webhook-secret", "the secret of this webhook");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_heard_made_is_removed_and_the_settings_stay() {
    let office = Office::new();
    said(&office.connect(&["--yes"]));
    let http = browserless();
    let other = json!({"webhook": {"name": "Pager", "endpoint": "https://pager.test/", "http_method": "POST",
        "request_format": "json", "status": "active", "subscriptions": ["zen:event-type:ticket.created"]}});
    let request = http.post(format!("{}/api/v2/webhooks", office.desk.url())).json(&other);
    request.basic_auth("heard@acme.test/token", Some("zendesk-token")).send().await.unwrap();
    let (settings, writes) = (office.settings(), office.writes());

    let shown = said(&office.connect(&["--remove", "--dry-run"]));
    assert!(
        shown.contains("To do: delete the webhook \"Heard (acme)\"") && shown.contains("Nothing was done"),
        "{shown}"
    );
    assert_eq!(office.connect(&["--remove"]).status.code(), Some(2), "nobody was asked");
    assert_eq!(office.writes(), writes);

    let removed = said(&office.connect(&["--remove", "--yes"]));
    assert!(removed.contains("take the section [[connections]] with name = \"acme\" out of it"), "{removed}");
    assert_eq!((office.webhooks().len(), office.desk.webhooks().len(), office.desk.macros().len()), (0, 1, 0));
    assert_eq!(office.settings(), settings);
    let again = said(&office.connect(&["--remove", "--yes"]));
    assert!(again.contains("Zendesk has nothing that Heard made for acme."), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_keep_their_comments_and_secrets_are_for_their_owner() {
    let office = Office::new();
    let before = "# Ours since 2024.\nlisten = \"127.0.0.1:8080\" # behind the proxy\n\n\
        [[connections]] # the old desk\nname = \"old\"\nhelpdesk = \"generic\"\n\n[log]\n# level = \"debug\"\n";
    fs::write(office.path("heard.toml"), before).unwrap();
    fs::set_permissions(office.path("heard.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    said(&office.connect(&["--yes", "--escalate-tag", "to engineering"]));
    let after = office.settings();
    let (top, rest) = before.split_once("\n\n").unwrap();
    assert!(after.starts_with(top) && after.contains(rest.trim_end()), "{after}");
    assert!(after.ends_with("escalate_tag = \"to_engineering\"\n"), "{after}");
    assert_eq!(after.matches("public_url").count(), 1, "{after}");
    no_secret(&after);

    assert_eq!(mode(&office.path("heard.toml")), 0o640, "its rights stay");
    assert_eq!(mode(&office.path("heard-secrets")), 0o700);
    for (file, secret) in [("acme-token", "zendesk-token"), ("acme-webhook-secret", "zendesk-webhook-secret")] {
        let path = office.path("heard-secrets").join(file);
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().trim()), (0o600, secret));
    }
    assert_eq!(fs::read_to_string(office.path("heard-secrets/.gitignore")).unwrap(), "*\n");
    let left: Vec<_> = fs::read_dir(office.folder.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_kept_elsewhere_is_held_against_zendesks() {
    let office = Office::new();
    let section = format!(
        "public_url = {:?}\n[[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\nurl = {:?}\nuser = \"heard@acme.test\"\n\
         token = \"env:TOKEN\"\nwebhook_secret = \"env:SECRET\"\nescalate_tag = \"escalate\"\n",
        office.url,
        office.desk.url()
    );
    fs::write(office.path("heard.toml"), &section).unwrap();
    let connect = |secret: &str| {
        let mut command = office.heard(&["connect", "zendesk", "--name", "acme", "--yes"]);
        command.env("TOKEN", "zendesk-token").env("SECRET", secret).output().unwrap()
    };
    let sentence = wrong(&connect("something-else-altogether"));
    assert!(sentence.contains("connections.acme.webhook_secret is not what Zendesk signs with"), "{sentence}");
    assert!(said(&connect("zendesk-webhook-secret")).contains("Nothing was changed."));
    assert!(said(&connect("")).contains("SECRET, which is not set"));
    assert_eq!(office.settings(), section);
    assert!(!office.path("heard-secrets").exists());
}
