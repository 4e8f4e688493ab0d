//! The first day: 700 tickets come over HTTP into a fresh installation, and the console shows what most of them are about before
//! anybody has answered anything.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use heard::{
    model::id::TopicId,
    store::{decisions, likely_members::stands_in, tickets},
};
use serde_json::json;

use super::labelled;
use crate::{
    databases::{self, Database},
    web::session,
    world::{Options, World},
};

/// What customers of a bank wrote, and what about: `BANKING77` by `PolyAI`, CC BY 4.0. What a support lead would call one topic is
/// one topic here. The ten largest are each about a fifth smaller than the one before; the others have eight tickets at most.
const WRITTEN: &str = include_str!("../../data/first_day.jsonl");
/// How many topics are looked at.
const LARGEST: usize = 10;

/// The rows of the board: each topic's address, with its customers, the likely ones too.
fn rows(page: &str) -> Vec<(TopicId, i64)> {
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<i64>().ok();
    let row = |row: &str| {
        let id = row.split_once(r#"href="/topics/"#)?.1.split('"').next()?;
        let customers = row.split_once(r#"<b class="strong">"#)?.1;
        let cell = customers.split("</td>").next()?;
        let likely = cell.split_once("> +").and_then(|(_, likely)| number(likely)).unwrap_or_default();
        Some((TopicId::parse(id)?, number(customers)? + likely))
    };
    page.split("<tr>").filter_map(row).collect()
}

/// A helpdesk that tells everything in one request, and is asked nothing.
const CHAT: &str = r#"
[[connections]]
name = "chat"
helpdesk = "generic"
url = "http://127.0.0.1:9"
path_secret = "only-the-sender-knows"
"#;

/// Sends them all, one after the other and a minute apart. Gives the topic on whose row each stands.
async fn fed(world: &World, written: &[(String, String)]) -> Vec<TopicId> {
    let door = format!("{}/hooks/chat/only-the-sender-knows", world.url());
    let mut sent = Vec::new();
    for (number, (words, _)) in written.iter().enumerate() {
        let at = format!("2026-03-02T{:02}:{:02}:00Z", 8 + number / 60, number % 60);
        let (ticket, customer) = (number.to_string(), format!("c{number}"));
        let told = json!({
            "id": format!("e{number}"), "event": "ticket.created",
            "ticket": {
                "id": ticket, "subject": words, "status": "open", "created_at": at, "changed_at": at,
                "requester": { "id": customer, "name": format!("Customer {number}"), "email": format!("{customer}@bank.test") },
            },
            "messages": [
                { "id": format!("m{number}"), "author": "customer", "author_id": customer, "public": true, "body": words, "created_at": at },
            ],
        });
        let answer = world.anonymous().post(&door).body(told.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        world.until("it is grouped", async || topic_of(world, &ticket).await.is_some()).await;
        sent.push(ticket);
    }
    world.rests().await;
    let mut stand = Vec::new();
    for ticket in sent {
        let own = world.until_some("it is found", async || topic_of(world, &ticket).await).await;
        let mut conn = world.app().database.read().await.unwrap();
        stand.push(stands_in(&mut conn, own).await.unwrap().unwrap_or(own));
    }
    stand
}

/// Asked of the store, which takes far less time than asking the API. A database that is busy is asked again.
async fn topic_of(world: &World, ticket: &str) -> Option<TopicId> {
    let mut conn = world.app().database.read().await.ok()?;
    let ticket = tickets::find(&mut conn, "chat", ticket).await.ok()??;
    decisions::link(&mut conn, ticket.id).await.ok()?.map(|link| link.topic)
}

/// The sentence model takes a minute of processor time for them, so PostgreSQL's turn is in `.ci/long`.
#[tokio::test(flavor = "multi_thread")]
async fn the_largest_topics_stand_on_top_on_the_first_day_on_sqlite() {
    the_first_day(&databases::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_topics_stand_on_top_on_the_first_day_on_postgresql() {
    if std::env::var_os("HEARD_LONG").is_none() {
        eprintln!("not played on PostgreSQL: HEARD_LONG=1 does, as .ci/long");
        return;
    }
    for database in databases::each().iter().filter(|database| database.name == "PostgreSQL") {
        the_first_day(database).await;
    }
}

async fn the_first_day(database: &Database) {
    let begun = Instant::now();
    let changes = [("model = \"none\"", "model = \"builtin\"")];
    let world = World::with(&database.url, Options { tell: CHAT, changes: &changes, ..Options::default() }).await;
    let written = labelled(WRITTEN);
    assert_eq!(written.len(), 700);
    let stand = fed(&world, &written).await;
    let cookie = session(&world).await;
    let page = world.anonymous().get(format!("{}/topics", world.url())).header("cookie", cookie);
    let rows = rows(&page.send().await.unwrap().text().await.unwrap());

    let mut sizes: HashMap<&str, usize> = HashMap::new();
    let mut about: HashMap<TopicId, BTreeMap<&str, usize>> = HashMap::new();
    for ((_, topic), place) in written.iter().zip(&stand) {
        *sizes.entry(topic).or_default() += 1;
        *about.entry(*place).or_default().entry(topic).or_default() += 1;
    }
    let mut largest: Vec<(&str, usize)> = sizes.into_iter().collect();
    largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    largest.truncate(LARGEST);
    // What most tickets of a row are about, and where that is seen first.
    let about = |(topic, _): &(TopicId, i64)| {
        about[topic].iter().max_by_key(|(_, size)| **size).map(|(topic, _)| *topic).unwrap()
    };
    let shown: Vec<(&str, i64)> = rows.iter().map(|row| (about(row), row.1)).collect();
    let seen: Vec<Option<usize>> =
        largest.iter().map(|(topic, _)| shown.iter().position(|(row, _)| row == topic)).collect();
    eprintln!("{:?}\n{largest:?}\n{seen:?}\n{shown:?}", begun.elapsed());

    let top: Vec<&str> = shown.iter().map(|(topic, _)| *topic).take(5).collect();
    assert_eq!(top, largest.iter().map(|(topic, _)| *topic).take(5).collect::<Vec<_>>(), "{shown:?}");
    for ((topic, size), (_, customers)) in largest.iter().zip(&shown).take(3) {
        let size = i64::try_from(*size).unwrap();
        assert!((customers - size).abs() * 5 <= size, "{topic}: {customers} of {size}");
    }
    let seen: Vec<usize> = seen.into_iter().flatten().collect();
    assert!(seen.len() == LARGEST && seen.iter().all(|place| *place < LARGEST + 3), "{seen:?}");
    let swapped = (0..LARGEST).map(|one| seen[one..].iter().filter(|place| **place < seen[one]).count());
    assert!(swapped.sum::<usize>() <= 3, "of 45 pairs: {seen:?}");
}
