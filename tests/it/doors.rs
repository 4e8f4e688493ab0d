//! The webhooks' doors: who is let in, what is kept, and what the sender is told (G1, G2, G9, G12).

mod addresses;
mod bodies;
mod guesses;
mod poison;
mod refused;
mod sessions;
mod together;

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use heard::{
    base::{
        clock::Time,
        signature::{Hash, hmac},
    },
    store::Session as _,
};
use serde_json::{Value, json};
use simulator::Failure;

use crate::{
    databases,
    world::{Options, SECRET_BEFORE, World},
};

/// A delivery's headers.
type Headers = Vec<(&'static str, String)>;

/// A connection whose sender cannot sign, and a signed one of any shape.
const OTHERS: &str = r#"
[[connections]]
name = "desk"
helpdesk = "generic"
url = "http://127.0.0.1:9"
path_secret = "only-the-sender-knows"
"#;

fn zendesk(secret: &str, at: Time, body: &str) -> Headers {
    let signature = hmac(Hash::Sha256, secret.as_bytes(), &[at.to_string().as_bytes(), body.as_bytes()]);
    vec![
        ("x-zendesk-webhook-signature", BASE64_STANDARD.encode(signature)),
        ("x-zendesk-webhook-signature-timestamp", at.to_string()),
    ]
}

fn github(secret: &str, event: &str, id: &str, body: &str) -> Headers {
    let signature = hex::encode(hmac(Hash::Sha256, secret.as_bytes(), &[body.as_bytes()]));
    vec![
        ("x-hub-signature-256", format!("sha256={signature}")),
        ("x-github-event", event.to_owned()),
        ("x-github-delivery", id.to_owned()),
    ]
}

impl World {
    /// Knocks at a door, and says what was answered.
    async fn knocks(&self, door: &str, headers: &Headers, body: &str) -> u16 {
        let request = self.anonymous().post(format!("{}{door}", self.url())).body(body.to_owned());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        request.send().await.unwrap().status().as_u16()
    }

    /// The deliveries that were kept, newest first.
    async fn kept(&self, query: &str) -> Vec<Value> {
        self.get(&format!("/api/v1/deliveries{query}")).await["deliveries"].as_array().unwrap().clone()
    }

    fn helpdesks_secret(&self) -> &str {
        &self.helpdesk.options().webhook_secret
    }

    fn githubs_secret(&self) -> &str {
        &self.github.options().webhook_secret
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_nobody_we_know_signed_is_turned_away_and_not_kept() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (now, body, secret) = (world.clock.now(), r#"{"heard":1,"ticket_id":"1"}"#, world.helpdesks_secret());
        let late = Duration::from_secs(301);
        let published = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";
        let without_its_time = zendesk(secret, now, body).into_iter().take(1).collect();
        for (why, headers) in [
            ("missing", Headers::new()),
            ("without the time it was signed at", without_its_time),
            ("wrong", zendesk("somebody else's secret", now, body)),
            ("made with the secret that Zendesk publishes for tests", zendesk(published, now, body)),
            (
                "empty",
                vec![
                    ("x-zendesk-webhook-signature", String::new()),
                    ("x-zendesk-webhook-signature-timestamp", now.to_string()),
                ],
            ),
            ("of another body", zendesk(secret, now, r#"{"heard":1,"ticket_id":"2"}"#)),
            ("stale", zendesk(secret, now.minus(late), body)),
            ("of the future", zendesk(secret, now.plus(late), body)),
        ] {
            assert_eq!(world.knocks("/hooks/acme", &headers, body).await, 401, "a signature that is {why}");
        }
        let sha1 = vec![("x-hub-signature", "sha1=00".to_owned()), ("x-github-event", "ping".to_owned())];
        for (why, headers) in [
            ("missing", Headers::new()),
            ("of the old kind", sha1),
            ("wrong", github("somebody else's secret", "ping", "1", body)),
            ("of another body", github(world.githubs_secret(), "ping", "1", "{}")),
        ] {
            assert_eq!(
                world.knocks("/hooks/github", &headers, body).await,
                401,
                "a signature of GitHub's that is {why}"
            );
        }
        assert!(world.kept("").await.is_empty(), "nothing of it is kept");
        assert_eq!(world.knocks("/hooks/acme", &zendesk(secret, now, body), body).await, 202);
        assert_eq!(world.knocks("/hooks/github", &github(world.githubs_secret(), "ping", "1", body), body).await, 202);
        assert_eq!(world.kept("").await.len(), 2, "what is genuine is kept");
    })
    .await;
}

/// `webhook_secret` and `webhook_secret_previous` of both sides.
#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_rotated_both_the_new_and_the_one_before_hold() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let (now, body) = (world.clock.now(), r#"{"zen":"Keep it logically awesome."}"#);
        assert_eq!(world.knocks("/hooks/acme", &zendesk(SECRET_BEFORE, now, body), body).await, 202);
        assert_eq!(world.knocks("/hooks/acme", &zendesk(world.helpdesks_secret(), now, body), body).await, 202);
        assert_eq!(world.knocks("/hooks/github", &github(SECRET_BEFORE, "ping", "1", body), body).await, 202);
        assert_eq!(world.knocks("/hooks/github", &github(world.githubs_secret(), "ping", "2", body), body).await, 202);
    }
}

/// The contract's order: unknown connection, body over the limit, signature.
#[tokio::test(flavor = "multi_thread")]
async fn a_door_says_first_that_it_is_none_then_that_it_is_too_much_then_that_it_is_unsigned() {
    for database in databases::each() {
        let world = World::with(&database.url, Options { tell: OTHERS, ..Options::default() }).await;
        let (helpdesk, too_much) = (1024 * 1024, 1024 * 1024 + 1);
        assert_eq!(world.knocks("/hooks/nobody", &Headers::new(), "{}").await, 404);
        for (door, length, expected) in [
            ("/hooks/nobody", too_much, "404"),
            ("/hooks/nobody/only-the-sender-knows", too_much, "404"),
            ("/hooks/acme", too_much, "413"),
            ("/hooks/desk/only-the-sender-knows", too_much, "413"),
            ("/hooks/github", 25 * helpdesk + 1, "413"),
        ] {
            assert!(announces(&world, door, length).contains(expected), "{length} bytes announced at {door}");
        }
        // A body that does not say how long it is, is cut off at the limit as well.
        assert!(streams(&world, "/hooks/acme", too_much).contains("413"));
        assert!(
            streams(&world, "/hooks/acme", helpdesk).contains("401"),
            "a body of the limit is read, and is unsigned"
        );
        assert!(world.kept("").await.is_empty());
    }
}

/// Says that a body of this length will come, and what is answered to that alone.
fn announces(world: &World, door: &str, length: usize) -> String {
    let mut stream = TcpStream::connect(world.url().trim_start_matches("http://")).unwrap();
    write!(stream, "POST {door} HTTP/1.1\r\nhost: heard\r\ncontent-length: {length}\r\n\r\n").unwrap();
    status_line(stream)
}

/// Sends a body of this length in chunks.
fn streams(world: &World, door: &str, length: usize) -> String {
    let mut stream = TcpStream::connect(world.url().trim_start_matches("http://")).unwrap();
    write!(stream, "POST {door} HTTP/1.1\r\nhost: heard\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
    // The door may close before it has heard everything.
    let _ = write!(stream, "{length:x}\r\n").and_then(|()| stream.write_all(&vec![b' '; length]));
    let _ = stream.write_all(b"\r\n0\r\n\r\n");
    status_line(stream)
}

fn status_line(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_cannot_sign_is_known_by_the_secret_in_its_address() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: OTHERS, ..Options::default() }).await;
        let body = generic("evt-1", "7", true).to_string();
        let none = Headers::new();
        assert_eq!(world.knocks("/hooks/desk", &none, &body).await, 401, "without the secret");
        assert_eq!(world.knocks("/hooks/desk/only-the-sender-guesses", &none, &body).await, 401, "with another");
        assert_eq!(world.knocks("/hooks/acme/only-the-sender-knows", &none, &body).await, 401, "where senders sign");
        assert!(world.kept("").await.is_empty());
        assert_eq!(world.knocks("/hooks/desk/only-the-sender-knows", &none, &body).await, 202);
        world.rests().await;
        let tickets = world.get("/api/v1/tickets?connection=desk").await;
        assert_eq!(tickets["tickets"][0]["external_id"], "7", "{tickets}");
    })
    .await;
}

fn generic(id: &str, ticket: &str, whole: bool) -> Value {
    let mut ticket = json!({ "id": ticket });
    if whole {
        ticket["subject"] = json!("Exports time out");
        ticket["created_at"] = json!("2026-11-22T03:35:07Z");
        ticket["changed_at"] = json!("2026-11-22T03:37:00Z");
        ticket["requester"] = json!({"id": "42", "name": "Ann Doe", "email": "ann@acme.test"});
    }
    let message = json!({"id": format!("m-{id}"), "author": "customer", "author_id": "42", "public": true,
        "body": "Our nightly export times out", "created_at": "2026-11-22T03:36:00Z"});
    json!({"id": id, "event": "ticket.updated", "ticket": ticket, "messages": [message]})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_kept_and_shown_and_can_be_read_again() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: OTHERS, ..Options::default() }).await;
        let (now, broken) = (world.clock.now(), r#"{"heard":1,"#);
        assert_eq!(world.knocks("/hooks/acme", &zendesk(world.helpdesks_secret(), now, broken), broken).await, 202);
        let signed = github(world.githubs_secret(), "issues", "1", broken);
        assert_eq!(world.knocks("/hooks/github", &signed, broken).await, 202);
        // About a ticket that nobody has described yet: it can be read once somebody has.
        let early = generic("evt-1", "7", false).to_string();
        assert_eq!(world.knocks("/hooks/desk/only-the-sender-knows", &Headers::new(), &early).await, 202);
        world.rests().await;
        let unreadable = world.kept("?state=unreadable").await;
        assert_eq!(unreadable.len(), 3, "{unreadable:?}");
        assert!(unreadable.iter().all(|one| one["error"].as_str().is_some_and(|why| why.len() > 10)), "{unreadable:?}");

        let whole = generic("evt-2", "7", true).to_string();
        assert_eq!(world.knocks("/hooks/desk/only-the-sender-knows", &Headers::new(), &whole).await, 202);
        world.rests().await;
        for delivery in &unreadable {
            let path = format!("/api/v1/deliveries/{}/replay", delivery["id"].as_str().unwrap());
            assert_eq!(world.post(&path, &json!({})).await.0, 202);
        }
        world.rests().await;
        let still: Vec<Value> = world.kept("?state=unreadable").await;
        assert_eq!(still.len(), 2, "the early one was understood: {still:?}");
        assert!(still.iter().all(|one| one["connection"] != "desk"), "{still:?}");
        assert_eq!(world.counts("SELECT count(*) FROM message").await, 2, "and its message is there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_concern_us_is_taken_and_ignored() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        world.settles().await;
        let calls = world.helpdesk.faults().calls().len();
        world.helpdesk.announces(ticket, "frobnicated", json!({"into": [1, null, {"deep": true}]}));
        world.product().announces("sponsorship", Some("created"), json!({"sponsorship": {"tier": null}}));
        world.product().announces("star", None, json!({}));
        world.settles().await;
        let ignored = world.kept("?state=ignored").await;
        assert_eq!(ignored.len(), 3, "{ignored:?}");
        assert!(world.kept("?state=unreadable").await.is_empty());
        assert_eq!(world.helpdesk.faults().calls().len(), calls, "and nobody was asked anything about them");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_counts_once_by_its_id_and_once_by_what_was_signed() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let body = r#"{"zen":"Design for failure."}"#;
        let other = r#"{"zen":"Design for failure.","again":true}"#;
        let secret = world.githubs_secret();
        for (id, body, kept) in [("1", body, 1), ("1", body, 1), ("2", body, 1), ("1", other, 1), ("3", other, 2)] {
            assert_eq!(world.knocks("/hooks/github", &github(secret, "ping", id, body), body).await, 202);
            assert_eq!(world.kept("").await.len(), kept, "after delivery {id} of {body}");
        }
        let (now, secret) = (world.clock.now(), world.helpdesks_secret());
        let later = now.plus(Duration::from_secs(1));
        let event =
            r#"{"account_id":22129848,"id":"e1","type":"zen:event-type:ticket.frobnicated","detail":{"id":"1"}}"#;
        let trigger = r#"{"heard":1,"ticket_id":"1"}"#;
        for (at, body, kept) in
            [(now, event, 3), (later, event, 3), (now, trigger, 4), (now, trigger, 4), (later, trigger, 5)]
        {
            assert_eq!(world.knocks("/hooks/acme", &zendesk(secret, at, body), body).await, 202);
            assert_eq!(world.kept("").await.len(), kept, "after {body} signed at {at}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_webhook_again_and_out_of_order_changes_nothing() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        world.helpdesk.hooks().hold();
        let agent = world.helpdesk.agent("Sam Okafor");
        let (_, ticket) = world.complains("Ana Sousa");
        world.helpdesk.agent_notes(agent, ticket, "Seen it too.");
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        world.helpdesk.hooks().release_shuffled(7);
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.issue_of(&topic).await;
        world.settles().await;
        let thread = world.helpdesk.thread(ticket).len();
        let deliveries = world.counts("SELECT count(*) FROM delivery").await;
        world.helpdesk.hooks().redeliver_all(3, 1);
        world.github.hooks().redeliver_all(3, 2);
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM delivery").await, deliveries);
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 1);
        assert_eq!(world.counts("SELECT count(*) FROM topic").await, 1);
        assert_eq!(world.helpdesk.thread(ticket).len(), thread, "nothing more was written");
        assert_eq!(world.github.issues_filed_by_heard(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_cannot_commit_senders_are_told_in_time_when_to_come_back() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (now, body) = (world.clock.now(), r#"{"heard":1,"ticket_id":"1"}"#);
        let mut blocking = world.app().database.begin().await.unwrap();
        if database.starts_with("postgres") {
            blocking.query("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE").execute().await.unwrap();
        }
        let begun = Instant::now();
        let answer = zendesk(world.helpdesks_secret(), now, body)
            .into_iter()
            .fold(world.anonymous().post(format!("{}/hooks/acme", world.url())), |request, (name, value)| {
                request.header(name, value)
            })
            .body(body)
            .send()
            .await
            .unwrap();
        assert!(begun.elapsed() < Duration::from_secs(3), "it took {:?}", begun.elapsed());
        assert_eq!(answer.status(), 503);
        let after: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..60).contains(&after), "Zendesk comes back where it is told to within a minute, not after {after}");
        drop(blocking);
        world
            .until("it is taken again", async || {
                world.knocks("/hooks/acme", &zendesk(world.helpdesks_secret(), now, body), body).await == 202
            })
            .await;
        world.rests().await;
        assert_eq!(world.kept("").await.len(), 1, "once, whatever became of the first");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_taken_whatever_is_down_behind_them() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        world.helpdesk.faults().all("* /**", Failure::NeverAnswers);
        world.github.goes_down().await;
        for name in ["Ana Sousa", "Bob Stone", "Cyd Ray"] {
            world.complains(name);
        }
        let begun = Instant::now();
        world.helpdesk.hooks().settled().await;
        assert!(begun.elapsed() < Duration::from_secs(5), "nobody behind it was waited for: {:?}", begun.elapsed());
        for sent in world.helpdesk.hooks().log() {
            assert_eq!(sent.attempts.last().unwrap().outcome, Ok(202), "{}", sent.event);
        }
        assert_eq!(world.kept("").await.len(), 3);
    })
    .await;
}
