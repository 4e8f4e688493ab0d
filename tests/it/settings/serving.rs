//! What the settings at the top of the file and of `[log]` change.

use std::{
    net::TcpListener,
    process::{Command, Output},
    time::Duration,
};

use super::CONNECTION;
use crate::{
    databases,
    story::stopped_clock,
    web::session,
    world::{ADMIN, Options, World, browserless},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_public_url_is_where_links_in_messages_lead() {
    let database = databases::sqlite();
    let mut world = World::new(&database.url).await;
    world.stops().await;
    let local = format!("public_url = {:?}", world.url());
    world.settings_change(&local, "public_url = \"https://heard.acme.test\"");
    world.starts_again().await;
    let complaint = world.an_escalated_complaint().await;
    world.ships(complaint.issue, "v2.4.0");
    let told = world.told_in(complaint.ticket).await;
    assert!(told.contains("https://heard.acme.test/c/"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_token_opens_the_api() {
    const OTHER: &str = "another-token-of-the-tests";
    let database = databases::sqlite();
    let tokens = (format!("admin_token = {ADMIN:?}"), format!("admin_token = {OTHER:?}"));
    let changes = [(tokens.0.as_str(), tokens.1.as_str())];
    let world = World::with(&database.url, Options { changes: &changes, ..Options::default() }).await;
    let mut answers = Vec::new();
    for token in [ADMIN, OTHER] {
        let asked = world.anonymous().get(format!("{}/api/v1/topics", world.url())).bearer_auth(token);
        answers.push(asked.send().await.unwrap().status().as_u16());
    }
    assert_eq!(answers, [401, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_served_without_a_token_where_metrics_listen_says() {
    let database = databases::sqlite();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let more = format!("metrics_listen = \"{free}\"\ndatabase = ");
    let changes = [("database = ", more.as_str())];
    let world = World::with(&database.url, Options { changes: &changes, ..Options::default() }).await;
    let mut answers = Vec::new();
    for url in [world.url().to_owned(), format!("http://{free}")] {
        answers.push(browserless().get(format!("{url}/metrics")).send().await.unwrap().status().as_u16());
    }
    assert_eq!(answers, [401, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_shown_in_the_currency_and_those_of_another_are_not_added_to_them() {
    databases::for_each(async |database| {
        let changes = [("database = ", "currency = \"EUR\"\ndatabase = ")];
        let world = World::with(database, Options { changes: &changes, ..Options::default() }).await;
        let mut tickets = Vec::new();
        for (name, company, paid) in [
            ("Ana Sousa", "Lovelace Ltd", "€412k"),
            ("Bob Stone", "Stone & Sons", "$1.2M"),
            ("Cem Kaya", "Kaya Freight", "18000"),
        ] {
            let email = format!("{}@example.test", name[..3].to_lowercase());
            let customer = world.helpdesk.customer(name).email(&email).of(company).revenue_written(paid).add();
            let ticket = world.helpdesk.ticket_from(customer).subject("Export loses its last row").body(name).send();
            world.topic_of(ticket).await;
            tickets.push(ticket);
        }
        for other in &tickets[1..] {
            world.support_says_they_are_the_same(*other, tickets[0]).await;
        }
        world.rests().await;
        let topic = world.topic_of(tickets[0]).await;
        assert_eq!(topic["customer_count"], 3, "{topic}");
        assert_eq!(topic["revenue_cents"], 43_000_000, "dollars are no euros, and nothing is converted: {topic}");
        let cookie = session(&world).await;
        let page = async |path: &str| {
            let request = world.anonymous().get(format!("{}{path}", world.url())).header("cookie", &cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        let id = topic["id"].as_str().unwrap();
        for (path, shown) in [
            ("/topics".to_owned(), "Revenue, EUR"),
            (format!("/topics/{id}"), "430k EUR"),
            (format!("/topics/{id}/customers"), "Revenue, EUR"),
            ("/search?q=lovelace".to_owned(), "412k EUR revenue a year"),
            ("/export/topics?format=csv".to_owned(), ",43000000,EUR,"),
            (format!("/export/topics/{id}/customers?format=jsonl"), "\"currency\":\"EUR\""),
        ] {
            let said = page(&path).await;
            assert!(said.contains(shown), "{path} does not say {shown}: {said}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_deliveries_is_kept_for_as_many_days_as_the_settings_say() {
    let database = databases::sqlite();
    let changes = [("database = ", "keep_deliveries_days = 3\ndatabase = ")];
    let options = Options { changes: &changes, clock: stopped_clock(), ..Options::default() };
    let world = World::with(&database.url, options).await;
    world.complains("Ana Sousa");
    world.settles().await;
    let kept = async || world.counts("SELECT count(*) FROM delivery WHERE length(body) > 0").await;
    world.clock.advance(Duration::from_hours(2 * 24));
    world.settles().await;
    assert!(kept().await > 0, "it can still be read again");
    world.clock.advance(Duration::from_hours(2 * 24));
    world.until("what they said is forgotten", async || kept().await == 0).await;
}

/// What the log says of a connection whose customers are given links to this machine.
const NOTICE: &str = "customers cannot open the links in their messages";

/// What `heard serve` says where it cannot listen: one notice in its log, then why it ended.
fn said_with(setting: &str, value: &str) -> String {
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("heard.toml"), CONNECTION).unwrap();
    let Output { stderr, .. } = Command::new(env!("CARGO_BIN_EXE_heard"))
        .current_dir(folder.path())
        .arg("serve")
        .env("HEARD_LISTEN", taken.local_addr().unwrap().to_string())
        .env(setting, value)
        .output()
        .unwrap();
    String::from_utf8(stderr).unwrap()
}

#[test]
fn the_log_is_in_the_format_that_is_set() {
    let is_json = |said: &str| said.lines().any(|line| line.starts_with('{') && line.contains(NOTICE));
    let (text, json) = (said_with("HEARD_LOG_FORMAT", "text"), said_with("HEARD_LOG_FORMAT", "json"));
    assert!(text.contains(NOTICE) && !is_json(&text), "{text}");
    assert!(is_json(&json), "{json}");
}

#[test]
fn the_log_says_as_much_as_its_level_allows() {
    let (usual, error) = (said_with("HEARD_LOG_LEVEL", "info"), said_with("HEARD_LOG_LEVEL", "error"));
    assert!(usual.contains(NOTICE) && !error.contains(NOTICE), "{usual}{error}");
    assert!(error.contains("is taken by another program"), "{error}");
}
