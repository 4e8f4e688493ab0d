//! The whole loop against a GitHub that we did not write: as an App, with signed webhooks and real comparisons.
//!
//! The stand-in comes from npm: `tests/standin/install` puts it below `target/`. Where it is missing the test says so and
//! passes, but in CI, or with `HEARD_REQUIRE_ALL=1`, it fails.

mod engineer;
mod server;

use std::{collections::BTreeSet, io::Write as _, net::TcpListener};

use heard::{
    base::signature::{Hash, hmac},
    model::delivery::Delivery,
    store::deliveries,
};
use serde_json::{Value, json};

use crate::{
    chance::Chance,
    databases,
    world::{Options, World},
};
use engineer::Engineer;
use server::{StandIn, WEBHOOK_SECRET};

/// How often everything is delivered again.
const TIMES: usize = 10;

/// Three customers, three ways to say it, one fix; and a wish that is turned down without a word to anybody.
#[tokio::test(flavor = "multi_thread")]
async fn against_another_github_three_customers_are_told_once_however_often_everything_is_delivered() {
    let program = match server::installed() {
        Ok(program) => program,
        Err(why) if databases::must_have_all() => panic!("The stand-in is needed here: {why}"),
        Err(why) => {
            // Past the capture of `cargo test`, so that it is read even when every test passes.
            let _ = writeln!(std::io::stderr(), "\nThe loop against another GitHub is not tested in this run: {why}\n");
            return;
        }
    };
    databases::for_each(async |database| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hook = format!("http://{}/hooks/github", listener.local_addr().unwrap());
        let standin = StandIn::start(&program, &hook).await;
        let options = Options { github: Some(standin.section()), listener: Some(listener), ..Options::default() };
        let world = World::with(database, options).await;
        let engineer = Engineer::of(&standin);
        let sam = world.helpdesk.agent("Sam Okafor");

        let reports = three_reports(&world, sam);
        let topic = one_topic_for(&world, &reports).await;
        let wish = a_wish(&world);
        let unwanted = id_of(&world.topic_of(wish).await);
        assert_ne!(unwanted, topic, "the wish is something else");
        world.helpdesk.agent_tags(sam, reports[0], "escalate");
        let issue = issue_of(&world, &topic).await;
        world.helpdesk.agent_tags(sam, wish, "escalate");
        let turned_down = issue_of(&world, &unwanted).await;
        let titles: Vec<Value> = engineer.issues().await.into_iter().map(|issue| issue["title"].clone()).collect();
        assert_eq!(titles.len(), 2, "one issue for the three reports, one for the wish: {titles:?}");

        let fix = engineer.merges_a_fix_of(issue).await;
        engineer.closes(issue, "completed").await;
        reaches(&world, &topic, "fix_merged").await;
        world.rests().await;
        assert_eq!(replies(&world, &reports), [0, 0, 0], "merged and closed is not shipped");
        engineer.releases("v2.4.0", &fix).await;
        for (ticket, name) in reports.iter().zip(["Ana", "Bob", "Chloé"]) {
            let told = world.told_in(*ticket).await;
            assert!(told.starts_with(&format!("Hi {name},")) && told.contains("2.4.0"), "{told}");
        }
        engineer.closes(turned_down, "not_planned").await;
        reaches(&world, &unwanted, "declined").await;
        world.rests().await;
        assert_eq!(replies(&world, &reports), [1, 1, 1]);
        assert_eq!(replies(&world, &[wish]), [0], "a decline waits for a person");

        let before = everything(&world, &engineer).await;
        deliver_all_again(&world).await;
        world.rests().await;
        assert_same(&before, &everything(&world, &engineer).await, "delivered again");
        read_all_again(&world).await;
        world.rests().await;
        assert_same(&before, &everything(&world, &engineer).await, "read again");
    })
    .await;
}

/// The same bug in three people's own words.
fn three_reports(world: &World, sam: u64) -> [u64; 3] {
    let desk = &world.helpdesk;
    let ana = desk.customer("Ana Sousa").email("ana@lovelace.test").of("Lovelace Ltd").add();
    let bob = desk.customer("Bob Stone").email("bob@stone.test").add();
    let chloe = desk.customer("Chloé Martin").email("chloe@ada.test").add();
    let report =
        |customer, subject, body| desk.ticket_from(customer).subject(subject).body(body).assigned_to(sam).send();
    [
        report(
            ana,
            "CSV export is missing its last row",
            "Hello, every CSV export of our monthly report is missing its last row. Can you look at it?",
        ),
        report(
            bob,
            "Last line gone after exporting to CSV",
            "Hi there, when I export the monthly report to CSV the last line never makes it into the file.",
        ),
        report(
            chloe,
            "Exported file stops one record early",
            "The report shows 120 records on screen, but the CSV export has 119: the last row is always missing.",
        ),
    ]
}

fn a_wish(world: &World) -> u64 {
    let dan = world.helpdesk.customer("Dan Fox").email("dan@fox.test").add();
    let wish = world.helpdesk.ticket_from(dan).subject("Please add a dark theme");
    wish.body("Working at night, the white dashboard hurts my eyes. A dark theme would be lovely.").send()
}

/// The topic of all the tickets. Where the machine is not sure enough to join them, a person says that they are the same.
async fn one_topic_for(world: &World, tickets: &[u64]) -> String {
    let mut first = None;
    for ticket in tickets {
        let found = id_of(&world.topic_of(*ticket).await);
        let first = first.get_or_insert_with(|| found.clone());
        if *first != found {
            let (status, merged) =
                world.post(&format!("/api/v1/topics/{found}/merge"), &json!({ "into": *first })).await;
            assert_eq!(status, 200, "{merged}");
        }
    }
    let first = first.unwrap();
    for ticket in tickets {
        assert_eq!(id_of(&world.topic_of(*ticket).await), first);
    }
    first
}

fn id_of(topic: &Value) -> String {
    topic["id"].as_str().unwrap().to_owned()
}

async fn issue_of(world: &World, topic: &str) -> u64 {
    let path = format!("/api/v1/topics/{topic}");
    world.until_some("the topic's issue is filed", async || world.get(&path).await["issue"]["number"].as_u64()).await
}

async fn reaches(world: &World, topic: &str, state: &str) {
    let path = format!("/api/v1/topics/{topic}");
    world.until(&format!("the topic is {state}"), async || world.get(&path).await["state"] == state).await;
}

fn replies(world: &World, tickets: &[u64]) -> Vec<usize> {
    tickets.iter().map(|ticket| world.helpdesk.replies_by_heard(*ticket).len()).collect()
}

/// What anybody could see anywhere, times of day included: nothing of it may move.
async fn everything(world: &World, engineer: &Engineer) -> Value {
    let tickets: Vec<Value> = world
        .helpdesk
        .tickets()
        .into_iter()
        .map(|ticket| {
            let thread: Vec<_> =
                world.helpdesk.thread(ticket).into_iter().map(|said| (said.id, said.public, said.plain_body)).collect();
            json!({ "ticket": ticket, "thread": thread, "tags": world.helpdesk.ticket(ticket).unwrap().tags })
        })
        .collect();
    let issues = engineer.issues().await;
    let mut comments = Vec::new();
    for issue in &issues {
        comments.push(engineer.comments(issue["number"].as_u64().unwrap()).await);
    }
    let topics = world.get("/api/v1/topics?limit=100").await;
    let updates = world.get("/api/v1/updates?limit=100").await;
    json!({ "tickets": tickets, "issues": issues, "comments": comments, "topics": topics, "updates": updates })
}

fn assert_same(before: &Value, after: &Value, when: &str) {
    for part in ["tickets", "issues", "comments", "topics", "updates"] {
        assert_eq!(before[part], after[part], "{part} changed when everything was {when}");
    }
}

/// Both sides deliver everything again, many times, in an order by lot.
async fn deliver_all_again(world: &World) {
    let mut chance = Chance::seeded(20_261_122);
    world.helpdesk.hooks().redeliver_all(TIMES, chance.seed());
    let hook = format!("{}/hooks/github", world.url());
    let mut again: Vec<Delivery> = Vec::new();
    for _ in 0..TIMES {
        again.extend(received(world).await.into_iter().filter(|delivery| delivery.connection == "github"));
    }
    let kinds: BTreeSet<&str> = again.iter().map(event).collect();
    assert!(kinds.is_superset(&BTreeSet::from(["issues", "pull_request", "release"])), "it sent only {kinds:?}");
    chance.shuffle(&mut again);
    for delivery in again {
        let event = event(&delivery).to_owned();
        let signature = hex::encode(hmac(Hash::Sha256, WEBHOOK_SECRET.as_bytes(), &[&delivery.body]));
        let request = world.anonymous().post(&hook).header("x-github-event", event);
        let request = request.header("x-github-delivery", delivery.key.unwrap());
        let request = request.header("x-hub-signature-256", format!("sha256={signature}"));
        let answer = request.header("content-type", "application/json").body(delivery.body).send().await.unwrap();
        assert_eq!(answer.status(), 202);
    }
    world.helpdesk.hooks().settled().await;
    for sent in world.helpdesk.hooks().log().iter().filter(|sent| sent.redelivery) {
        assert_eq!(sent.attempts.last().unwrap().outcome, Ok(202), "{}", sent.event);
    }
}

fn event(delivery: &Delivery) -> &str {
    &delivery.headers.iter().find(|(name, _)| name == "x-github-event").unwrap().1
}

/// Heard reads what it has received once more, past the keys that keep repeats out.
async fn read_all_again(world: &World) {
    let mut all = received(world).await;
    Chance::seeded(20_261_123).shuffle(&mut all);
    for delivery in all {
        let (status, answer) = world.post(&format!("/api/v1/deliveries/{}/replay", delivery.id), &Value::Null).await;
        assert_eq!(status, 202, "{answer}");
    }
}

async fn received(world: &World) -> Vec<Delivery> {
    let mut conn = world.app().database.read().await.unwrap();
    let mut received = Vec::new();
    for summary in deliveries::list(&mut conn, None, None, 1_000).await.unwrap() {
        received.extend(deliveries::get(&mut conn, summary.id).await.unwrap());
    }
    received
}
