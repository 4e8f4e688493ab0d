//! From SQLite to PostgreSQL, and back: everything is there afterwards, and the story goes on where it stood.

use std::{
    process::{Command, Output},
    time::Duration,
};

use heard::model::role::Role;
use serde_json::{Value, json};
use simulator::CloseReason;

use crate::{
    databases::{self, Database},
    people::Teammate,
    story::stopped_clock,
    world::{Options, World},
};

/// An operator copies one database to another.
fn copies(from: &str, to: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
    command.args(["database", "copy", "--json", "--to", "env:NEW_DATABASE"]).current_dir(folder.path()).env_clear();
    command.env("HEARD_DATABASE", from).env("NEW_DATABASE", to).output().unwrap()
}

/// What was copied.
#[track_caller]
fn copied(from: &str, to: &str) -> Value {
    let output = copies(from, to);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The sentence with which a copy is refused.
#[track_caller]
fn refused(from: &str, to: &str) -> String {
    let output = copies(from, to);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    said
}

/// How many rows were copied of a table.
fn rows_of(copied: &Value, table: &str) -> u64 {
    let mut tables = copied["tables"].as_array().unwrap().iter();
    tables.find(|one| one["name"] == table).unwrap_or_else(|| panic!("no {table} in {copied}"))["rows"]
        .as_u64()
        .unwrap()
}

/// A PostgreSQL database without any table, where PostgreSQL is installed.
fn postgres() -> Option<Database> {
    databases::each_empty().into_iter().find(|database| database.name == "PostgreSQL")
}

/// Somebody writes something, and it is escalated. Gives who, the topic and its issue.
async fn escalated(world: &World, name: &str, subject: &str) -> (u64, String, u64) {
    let agent = world.helpdesk.agent(&format!("Agent of {name}"));
    let customer = world.helpdesk.customer(name).add();
    let body = format!("Hello, {subject}, and that every single time.");
    let ticket = world.helpdesk.ticket_from(customer).subject(subject).body(&body).send();
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    world.helpdesk.agent_tags(agent, ticket, "escalate");
    let issue = world.issue_of(&topic).await;
    world.settles().await;
    (customer, topic, issue)
}

/// The hold passes, and whatever is due is done.
async fn the_hold_passes(world: &World) {
    world.clock.advance(Duration::from_mins(31));
    world.sweeps().await;
}

/// A world in which much has happened: two were told, one message is held, one waits as a draft, and one fix is merged and not out.
struct LivedIn {
    world: World,
    told: [u64; 2],
    held: u64,
    declined: u64,
    waiting: u64,
    merged: String,
    ada: Teammate,
}

async fn lived_in(database: &str) -> LivedIn {
    let options = Options { clock: stopped_clock(), hold_minutes: 30, ..Options::default() };
    let world = World::with(database, options).await;
    let complaint = world.an_escalated_complaint().await;
    let (second, other) = world.complains("Bea Lind");
    world.support_says_they_are_the_same(other, complaint.ticket).await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(1));
    world.ships(complaint.issue, "v2.4.0");
    world.update_that_is("shipped", "held").await;
    world.settles().await;
    the_hold_passes(&world).await;
    let told = [complaint.customer, second];
    world.until("both are told", async || told.iter().all(|one| world.helpdesk.heard_by(*one).len() == 1)).await;

    let (declined, topic, issue) = escalated(&world, "Dan Roe", "Avatar upload turns pictures upside down").await;
    world.product().close_as(issue, CloseReason::NotPlanned);
    world.becomes(&topic, "declined").await;
    world.update_that_is("declined", "draft").await;

    let (held, topic, issue) = escalated(&world, "Cleo Park", "Password reset mail never arrives").await;
    world.clock.advance(Duration::from_mins(1));
    world.ships(issue, "v2.5.0");
    world.becomes(&topic, "shipped").await;
    world.until("hers is held", async || world.updates().await.iter().any(is_held)).await;

    let (waiting, topic, issue) = escalated(&world, "Eva Ruiz", "Search forgets umlauts in street names").await;
    let merged = world.an_engineer_merges_the_fix_of(issue);
    world.becomes(&topic, "fix_merged").await;

    let ada = world.joins_team("Ada Byron", Role::Admin).await;
    world
        .sends_form(
            &ada.cookie,
            &format!("/topics/{topic}/title"),
            &[("text", "Street names with umlauts are not found")],
        )
        .await;
    world.settles().await;
    LivedIn { world, told, held, declined, waiting, merged, ada }
}

fn is_held(update: &Value) -> bool {
    update["state"] == "held" && update["milestone"] == "shipped"
}

/// What people see.
async fn seen(world: &World) -> Vec<Value> {
    let mut seen = world.updates().await;
    for path in [
        "topics?limit=200",
        "tickets?limit=200",
        "customers?limit=200",
        "people",
        "audit?limit=200",
        "search?q=umlauts",
        "search?q=eva",
    ] {
        seen.push(world.get(&format!("/api/v1/{path}")).await);
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_not_told_before_the_move_is_told_after_it_once_and_nobody_twice() {
    let Some(postgres) = postgres() else { return };
    let sqlite = databases::sqlite();
    let LivedIn { mut world, told, held, declined, waiting, merged, ada } = lived_in(&sqlite.url).await;
    let before = seen(&world).await;
    let audit = world.get("/api/v1/audit/verify").await;
    assert_eq!(audit["whole"], true);

    let running = refused(&sqlite.url, &postgres.url);
    assert!(running.starts_with("heard: another Heard runs on "), "{running}");
    world.stops().await;
    let copied = copied(&sqlite.url, &postgres.url);
    assert_eq!(rows_of(&copied, "audit"), audit["rows"].as_u64().unwrap());
    assert_eq!(rows_of(&copied, "person"), 1);
    world.settings_change(&sqlite.url, &postgres.url);
    world.starts_again().await;

    assert_eq!(seen(&world).await, before);
    let again = world.get(&format!("/api/v1/audit/verify?head={}", audit["head"].as_str().unwrap())).await;
    assert_eq!((&again["whole"], &again["has_head"]), (&json!(true), &json!(true)), "{again}");
    assert!(world.is_signed_in(&ada.cookie).await);
    for statement in ["UPDATE audit SET actor = 'machine'", "DELETE FROM audit"] {
        assert!(databases::execute(&postgres.url, statement).await.is_err(), "{statement}");
    }

    // Every webhook once more, and the sweep.
    world.helpdesk.hooks().redeliver_all(1, 1);
    world.github.hooks().redeliver_all(1, 1);
    world.settles().await;
    the_hold_passes(&world).await;
    world.until("the message that was held is sent", async || world.helpdesk.heard_by(held).len() == 1).await;
    world.product().release("v2.6.0").at(&merged).publish();
    world.until("there is a message for the one who waited", async || world.updates().await.iter().any(is_held)).await;
    world.settles().await;
    the_hold_passes(&world).await;
    world.until("the one who waited is told", async || world.helpdesk.heard_by(waiting).len() == 1).await;
    the_hold_passes(&world).await;
    for customer in [told[0], told[1], held, waiting] {
        assert_eq!(world.helpdesk.heard_by(customer).len(), 1, "{customer}");
    }
    assert!(world.helpdesk.heard_by(declined).is_empty(), "that is still a draft");
    assert_eq!(world.github.issues_filed_by_heard(), 4);
    assert!(world.failures().await.is_empty());

    // New people, decisions and jobs get numbers that nobody has.
    let (_, topic, _) = escalated(&world, "Fay Moss", "Invoice totals ignore the discount code").await;
    let kind = format!("/topics/{topic}/kind");
    world.sends_form(&ada.cookie, &kind, &[("text", "question")]).await;
    assert_eq!(world.get("/api/v1/audit/verify").await["whole"], true);
}

/// A job as River keeps it on SQLite, as if its process had just died, and another that is done.
const JOBS: &str = r#"INSERT INTO river_job (args, kind, max_attempts, state, attempt, scheduled_at, unique_key, unique_states, finalized_at)
     VALUES (jsonb('{"source":"helpdesk:acme"}'), 'sweep', 1000000, 'running', 3, '2026-11-20 12:00:00.123', x'0102', 241, NULL),
            (jsonb('{"source":"helpdesk:acme"}'), 'sweep', 1000000, 'completed', 1, '2026-11-20 12:00:00.123', NULL, NULL,
             '2026-11-20 12:00:01.000')"#;
const JOB_IN_POSTGRES: &str = r#"UPDATE river_job SET priority = priority
     WHERE kind = 'sweep' AND state = 'available' AND attempt = 3 AND max_attempts = 32767 AND tags = '{}'
       AND args = '{"source": "helpdesk:acme"}' AND scheduled_at = '2026-11-20 12:00:00.123+00'
       AND unique_key = '\x0102' AND river_job_state_in_bitmask(unique_states, 'running')
       AND NOT river_job_state_in_bitmask(unique_states, 'completed')"#;
const JOB_BACK_IN_SQLITE: &str = r#"UPDATE river_job SET priority = priority
     WHERE kind = 'sweep' AND state = 'available' AND attempt = 3 AND scheduled_at = '2026-11-20 12:00:00.123'
       AND typeof(args) = 'blob' AND json(args) = '{"source":"helpdesk:acme"}' AND unique_key = x'0102' AND unique_states = 241"#;

#[tokio::test(flavor = "multi_thread")]
async fn there_and_back_is_where_it_was() {
    let Some(postgres) = postgres() else { return };
    let (here, back) = (databases::sqlite(), databases::sqlite());
    let LivedIn { mut world, .. } = lived_in(&here.url).await;
    let before = seen(&world).await;
    world.stops().await;
    // What only SQLite holds is left out on the way.
    databases::execute(&here.url, "UPDATE sweep SET error = 'no' || char(0) || 'ne'").await.unwrap();
    databases::execute(&here.url, JOBS).await.unwrap();

    let there = copied(&here.url, &postgres.url);
    assert_eq!(databases::execute(&postgres.url, JOB_IN_POSTGRES).await.unwrap(), 1);
    let sweeps =
        databases::execute(&postgres.url, "UPDATE sweep SET error = error WHERE error = 'none'").await.unwrap();
    assert_eq!(sweeps, rows_of(&there, "sweep"));
    let returned = copied(&postgres.url, &back.url);
    assert_eq!(returned, there, "by every checksum");
    assert_eq!(databases::execute(&back.url, JOB_BACK_IN_SQLITE).await.unwrap(), 1);

    world.settings_change(&here.url, &back.url);
    world.starts_again().await;
    assert_eq!(seen(&world).await, before);
    assert_eq!(world.get("/api/v1/audit/verify").await["whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_copied_where_something_would_be_lost() {
    let Some(postgres) = postgres() else { return };
    let sqlite = databases::sqlite();
    let mut world = World::new(&sqlite.url).await;
    world.complains("Ana Sousa");
    world.settles().await;
    world.stops().await;

    let said = refused(&sqlite.url, &databases::sqlite().url);
    assert!(said.contains("both databases are of one kind"), "{said}");
    let said = refused("sqlite:/nowhere/heard.db", &postgres.url);
    assert!(said.contains("there is no database at /nowhere/heard.db"), "{said}");
    let said = refused(&sqlite.url, "mysql://127.0.0.1/heard");
    assert!(said.contains("--to is no database"), "{said}");
    let said = refused(&sqlite.url, "postgres://postgres@127.0.0.1:9/heard");
    assert!(said.contains("the target at 127.0.0.1:9 does not answer"), "{said}");

    copied(&sqlite.url, &postgres.url);
    let said = refused(&sqlite.url, &postgres.url);
    assert!(said.contains("the target is not empty"), "{said}");
    world.settings_change(&sqlite.url, &postgres.url);
    world.starts_again().await;
    let said = refused(&postgres.url, &databases::sqlite().url);
    assert!(said.contains("Heard runs on the PostgreSQL just now (processes: 1)"), "{said}");
}

/// The image sets `HEARD_DATABASE`, and variables win over the settings file (PicPeak/picpeak#1038: on the old one for months).
#[tokio::test(flavor = "multi_thread")]
async fn whoever_names_the_old_database_in_a_variable_hears_that_it_wins() {
    let Some(postgres) = postgres() else { return };
    let sqlite = databases::sqlite();
    let mut world = World::new(&sqlite.url).await;
    world.complains("Ana Sousa");
    world.settles().await;
    world.stops().await;

    let folder = tempfile::tempdir().unwrap();
    let heard = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
        command.args(words).current_dir(folder.path()).env_clear();
        command.env("HEARD_DATABASE", &sqlite.url).env("HEARD_GROUPING_MODEL", "none");
        command.env("NEW_DATABASE", &postgres.url).output().unwrap()
    };
    let output = heard(&["database", "copy", "--to", "env:NEW_DATABASE"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("HEARD_DATABASE"), "nobody says that the variable wins over the settings file: {said}");

    // As the page on operating has it: the settings name the new one. The check is looked at before the old one is deleted.
    std::fs::write(folder.path().join("heard.toml"), "database = \"env:NEW_DATABASE\"\n").unwrap();
    let output = heard(&["check"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("SQLite"), "the check does not say which database it is: {said}");
    assert!(!said.contains("postgres://"), "no address with who signs in to it: {said}");
}
