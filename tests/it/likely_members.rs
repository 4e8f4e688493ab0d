//! Tickets of which the machine is not sure stand where they most probably belong, and count there apart (DESIGN 6.4).

mod first_day;
mod told;
mod told_moves;
mod triage;

use std::{collections::BTreeMap, process::Command};

use heard::{
    model::id::TopicId,
    store::likely_members::{found_anew, misplaced, stands_in},
};
use serde_json::{Value, json};

use crate::{
    chance::Chance,
    databases,
    world::{Options, World},
};

/// One problem in four people's words, and a wish. The machine asks about the second to the fourth, and holds each to be the
/// first, or the second, more likely than not.
const WRITTEN: [(&str, &str, &str, &str); 5] = [
    (
        "Ana Sousa",
        "Lovelace",
        "CSV export is missing its last row",
        "Hello, every CSV export of our monthly report is missing its last row. Can you look at it?",
    ),
    (
        "Bob Stone",
        "Quarry",
        "Last row missing in CSV export",
        "When I export the monthly report as CSV, the last row is not in the file.",
    ),
    (
        "Cem Kaya",
        "Bosporus",
        "Monthly report CSV misses a row",
        "Our monthly report as CSV export misses its last row. Please look at it.",
    ),
    (
        "Dora Lind",
        "Quarry",
        "Export of the CSV report: last row",
        "Hi, the last row of each CSV export is missing again in our monthly report.",
    ),
    ("Eve Noon", "Night", "Dark colours", "I would like dark colours at night."),
];

impl World {
    /// What [`WRITTEN`] says, each ticket with its topic.
    async fn hears_them(&self) -> Vec<(u64, String)> {
        let mut heard = Vec::new();
        for (name, company, subject, body) in WRITTEN {
            let customer = self.helpdesk.customer(name).of(company).revenue(10_000).add();
            let ticket = self.helpdesk.ticket_from(customer).subject(subject).body(body).send();
            let topic = self.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
            heard.push((ticket, topic));
        }
        self.settles().await;
        heard
    }

    /// The board: each topic's title with its sure customers and its likely ones.
    async fn board(&self) -> Vec<(String, i64, i64)> {
        let topics = self.get("/api/v1/topics").await["topics"].as_array().unwrap().clone();
        let counts = |topic: &Value| (topic["customer_count"].as_i64(), topic["likely"]["customer_count"].as_i64());
        let mut board = Vec::new();
        for topic in topics {
            let (sure, likely) = counts(&topic);
            board.push((topic["title"].as_str().unwrap().to_owned(), sure.unwrap(), likely.unwrap()));
        }
        self.nothing_is_out_of_place().await;
        board
    }

    /// What is kept up is what would be found anew.
    async fn nothing_is_out_of_place(&self) {
        let app = self.app();
        let mut conn = app.database.read().await.unwrap();
        assert_eq!(misplaced(&mut conn, 10).await.unwrap(), []);
        drop(conn);
        self.weighs_as_found_anew().await;
        for topic in self.get("/api/v1/tickets?limit=200").await["tickets"].as_array().unwrap() {
            let Some(topic) = topic["topic"].as_str().and_then(TopicId::parse) else { continue };
            let mut conn = app.database.read().await.unwrap();
            let kept = stands_in(&mut conn, topic).await.unwrap();
            let anew = found_anew(&mut conn, topic).await.unwrap();
            assert_eq!(kept, anew, "{topic}");
        }
    }

    /// Somebody says which likely members belong to a topic.
    async fn says_of_likely(&self, topic: &str, same: &[&str], not_same: &[&str]) -> Value {
        self.does(&format!("/api/v1/topics/{topic}/likely"), &json!({ "same": same, "not_same": not_same })).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_most_probably_belongs_together_is_one_topic_on_the_board_and_only_who_is_sure_is_told() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let (first, second) = (heard[0].1.as_str(), heard[1].1.as_str());
        let shown = [(WRITTEN[0].2.to_owned(), 1, 3), (WRITTEN[4].2.to_owned(), 1, 0)];
        assert_eq!(world.board().await, shown);
        let page = world.get(&format!("/api/v1/topics/{first}")).await;
        assert_eq!(page["likely"]["ticket_count"], 3, "{page}");
        // Two of the three write for one company.
        assert_eq!(
            (&page["likely"]["organization_count"], &page["likely"]["revenue_cents"]),
            (&json!(2), &json!(2_000_000))
        );
        assert_eq!(page["likely_links"].as_array().unwrap().len(), 3);
        assert_eq!(world.get(&format!("/api/v1/topics/{second}")).await["likely_in"], json!(first));
        let found = world.get("/api/v1/topics?q=misses").await["topics"].clone();
        assert_eq!(found[0]["id"], json!(first), "a likely member's words find the topic: {found}");

        world.does(&format!("/api/v1/topics/{first}/escalate"), &json!({})).await;
        let issue = world.issue_of(first).await;
        world.settles().await;
        let notes = world.helpdesk.notes(heard[0].0);
        assert!(
            notes.iter().any(|note| note.plain_body.contains("3 more customers most probably ask for it too")),
            "{notes:?}"
        );
        let body = world.product().issue(issue).unwrap().body;
        assert!(body.contains("raised by 1 customer") && body.contains("3 more are likely to"), "{body}");
        world.ships(issue, "v2.4.0");
        world.told_in(heard[0].0).await;
        world.settles().await;
        assert_eq!(world.updates().await.len(), 1, "nobody said that the others asked for this");
        let cookie = crate::web::session(&world).await;
        let asked = world.anonymous().get(format!("{}/topics/{first}", world.url())).header("cookie", cookie);
        let shown = asked.send().await.unwrap().text().await.unwrap();
        assert!(shown.contains("Most probably the same, not confirmed") && shown.contains("Tell these too"), "{shown}");
        assert_eq!(shown.matches("is about the same\"").count(), 3, "all three are chosen: {shown}");

        let ids: Vec<String> = page["likely_links"]
            .as_array()
            .unwrap()
            .iter()
            .map(|link| link["ticket"].as_str().unwrap().to_owned())
            .collect();
        world.says_of_likely(first, &ids.iter().map(String::as_str).collect::<Vec<_>>(), &[]).await;
        world.settles().await;
        assert_eq!(world.board().await[0], (WRITTEN[0].2.to_owned(), 4, 0));
        for (ticket, _) in &heard[1..4] {
            world.told_in(*ticket).await;
        }
        assert_eq!(world.updates().await.len(), 4, "each is told once, now that somebody said so");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_moves_what_it_implies_and_can_be_taken_back() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let mut ids = Vec::new();
        for (ticket, _) in &heard {
            ids.push(world.id_of(*ticket).await);
        }
        let (first, second) = (heard[0].1.as_str(), heard[1].1.as_str());
        // The fourth was held to be the second: it goes where that goes.
        world.says_of_likely(first, &[], &[&ids[1]]).await;
        let counts = |board: &[(String, i64, i64)], at: usize| {
            board.iter().find(|row| row.0 == WRITTEN[at].2).map(|row| (row.1, row.2))
        };
        let board = world.board().await;
        assert_eq!((counts(&board, 0), counts(&board, 1)), (Some((1, 1)), Some((1, 1))), "{board:?}");

        world.says_of_likely(second, &[&ids[3]], &[]).await;
        world.says_of_likely(first, &[&ids[2]], &[]).await;
        let board = world.board().await;
        assert_eq!((counts(&board, 0), counts(&board, 1)), (Some((2, 0)), Some((2, 0))), "{board:?}");

        // A merge takes them along, and undoing it brings them back.
        world.does(&format!("/api/v1/topics/{second}/merge"), &json!({ "into": first })).await;
        assert_eq!(counts(&world.board().await, 0), Some((4, 0)));
        world.does(&format!("/api/v1/topics/{first}/undo"), &json!({})).await;
        let board = world.board().await;
        assert_eq!((counts(&board, 0), counts(&board, 1)), (Some((2, 0)), Some((2, 0))), "{board:?}");
        // What is no likely member any more is left as it is.
        world.says_of_likely(first, &[&ids[3]], &[]).await;
        assert_eq!(counts(&world.board().await, 1), Some((2, 0)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn likely_members_go_where_their_topic_goes_and_an_escalated_one_stands_by_itself() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let (first, other) = (heard[0].1.as_str(), heard[4].1.as_str());
        world.does(&format!("/api/v1/topics/{first}/merge"), &json!({ "into": other })).await;
        assert_eq!(world.board().await, [(WRITTEN[4].2.to_owned(), 2, 3)]);
        world.does(&format!("/api/v1/topics/{other}/undo"), &json!({})).await;
        assert_eq!(world.board().await, [(WRITTEN[0].2.to_owned(), 1, 3), (WRITTEN[4].2.to_owned(), 1, 0)]);

        world.does(&format!("/api/v1/topics/{}/escalate", heard[1].1), &json!({})).await;
        world.settles().await;
        let board = world.board().await;
        assert!(board.contains(&(WRITTEN[1].2.to_owned(), 1, 1)), "engineers know it by itself: {board:?}");
        assert!(board.contains(&(WRITTEN[0].2.to_owned(), 1, 1)), "{board:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_answers_for_as_many_as_are_ticked() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let first = heard[0].1.as_str();
        let cookie = crate::web::session(&world).await;
        let path = format!("{}/topics/{first}", world.url());
        let page = world.anonymous().get(&path).header("cookie", &cookie).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("Most probably the same, not confirmed") && page.contains("and 3 likely"), "{page}");
        let (two, three) = (world.id_of(heard[1].0).await, world.id_of(heard[2].0).await);
        let send = async |fields: &[(&str, &str)]| {
            let request = world.anonymous().post(format!("{path}/likely")).header("cookie", &cookie);
            crate::web::filled(request, fields).send().await.unwrap().status().as_u16()
        };
        assert_eq!(send(&[("answer", "same"), ("ticket", &two), ("ticket", &three)]).await, 303);
        assert_eq!(send(&[("answer", "same")]).await, 409);
        assert_eq!(world.board().await[0], (WRITTEN[0].2.to_owned(), 3, 1));
    })
    .await;
}

/// Sixteen ways to say two things, so that guesses hang on guesses.
async fn says_two_things(world: &World) -> Vec<u64> {
    let mut tickets = Vec::new();
    for number in 0..16 {
        let (_, _, subject, body) = WRITTEN[number % 4];
        let extra = ["today", "again", "for us", "since March"][number / 4];
        let customer = world.helpdesk.customer(&format!("Customer {number}")).add();
        let ticket = world
            .helpdesk
            .ticket_from(customer)
            .subject(&format!("{subject} {extra}"))
            .body(&format!("{body} {extra}"));
        let ticket = ticket.send();
        world.topic_of(ticket).await;
        tickets.push(ticket);
    }
    world.settles().await;
    tickets
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_people_do_each_stands_where_it_would_be_found_anew() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let tickets = says_two_things(&world).await;
        world.nothing_is_out_of_place().await;
        let mut chance = Chance::seeded(20_261_129);
        for step in 0..40 {
            let mut draw = || tickets[usize::try_from(chance.below(16)).unwrap()];
            let (one, two) = (draw(), draw());
            let (a, b) = (world.topic_of(one).await, world.topic_of(two).await);
            let (a, b) = (a["id"].as_str().unwrap().to_owned(), b["id"].as_str().unwrap().to_owned());
            let (one, _) = (world.id_of(one).await, two);
            match step % 5 {
                0 => drop(world.post(&format!("/api/v1/topics/{a}/merge"), &json!({ "into": b })).await),
                1 => drop(world.post(&format!("/api/v1/tickets/{one}/move"), &json!({ "topic": b })).await),
                2 => drop(world.post(&format!("/api/v1/topics/{a}/undo"), &json!({})).await),
                3 => drop(world.post(&format!("/api/v1/topics/{b}/likely"), &json!({ "not_same": [one] })).await),
                _ => drop(world.post(&format!("/api/v1/topics/{b}/likely"), &json!({ "same": [one] })).await),
            }
            println!("{step}: {one} {a} {b}");
            world.nothing_is_out_of_place().await;
        }
    })
    .await;
}

/// Messages of customers, each with what it is about.
fn labelled(lines: &str) -> Vec<(String, String)> {
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["words"].as_str().unwrap().to_owned(), line["topic"].as_str().unwrap().to_owned())
    };
    lines.lines().map(read).collect()
}

/// A fresh installation, before anybody has answered anything.
#[tokio::test(flavor = "multi_thread")]
async fn the_board_of_the_first_day_is_what_analyze_shows_of_the_same_tickets() {
    let database = databases::sqlite();
    let changes = [("model = \"none\"", "model = \"builtin\"")];
    let world = World::with(&database.url, Options { changes: &changes, ..Options::default() }).await;
    // Customers' messages to a bank: `BANKING77` by `PolyAI`, CC BY 4.0.
    let written = labelled(include_str!("../data/topics.jsonl"));
    let mut rows = Vec::new();
    for (number, (words, _)) in written.iter().enumerate() {
        let customer = world.helpdesk.customer(&format!("Customer {number}")).add();
        let ticket = world.helpdesk.ticket_from(customer).subject(words).body(words).send();
        world.topic_of(ticket).await;
        let known =
            world.get(&format!("/api/v1/tickets?connection=acme&external_id={ticket}")).await["tickets"][0].clone();
        rows.push((ticket, known, words));
    }
    world.settles().await;
    let mut stands: BTreeMap<String, String> = BTreeMap::new();
    let mut lines = String::new();
    for (ticket, known, words) in &rows {
        let topic = world.topic_of(*ticket).await;
        let place = topic["likely_in"].as_str().or(topic["id"].as_str()).unwrap().to_owned();
        stands.insert(ticket.to_string(), place);
        let line = json!({ "id": ticket.to_string(), "created_at": known["created_at"], "subject": words, "body": words, "customer": known["customer"] });
        lines.extend([line.to_string(), "\n".to_owned()]);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tickets.jsonl");
    std::fs::write(&file, lines).unwrap();
    let analyzed = Command::new(env!("CARGO_BIN_EXE_heard")).arg("analyze").arg(&file).arg("--json").output().unwrap();
    let analyzed = String::from_utf8(analyzed.stdout).unwrap();
    let told: Vec<Value> = analyzed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(told.len(), written.len());
    // The same tickets stand together in both.
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let apart: Vec<&Value> = told
        .iter()
        .filter(|row| {
            let here = stands[row["id"].as_str().unwrap()].as_str();
            *names.entry(row["topic"].as_str().unwrap()).or_insert(here) != here
        })
        .collect();
    assert_eq!(apart, Vec::<&Value>::new(), "analyze puts them elsewhere");
    let board = world.get("/api/v1/topics?limit=200").await["topics"].as_array().unwrap().clone();
    assert_eq!(board.len(), names.len(), "as many topics as analyze shows");
    assert!(board.len() * 2 < written.len(), "and far fewer than tickets");

    // What most customers write about comes first, with nearly as many as there are.
    let size = |topic: &str| i64::try_from(written.iter().filter(|(_, one)| one == topic).count()).unwrap();
    let first = board[0]["customer_count"].as_i64().unwrap() + board[0]["likely"]["customer_count"].as_i64().unwrap();
    assert!(board[0]["title"].as_str().unwrap().contains("refund"), "{}", board[0]);
    assert!((first - size("Refund_not_showing_up")).abs() <= 3, "{first}");
}
