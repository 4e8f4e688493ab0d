//! Notes and openings in a helpdesk that is slow to answer, and in which nobody can look for them.

use std::time::Duration;

use heard::{flow::watch, model::id::OutboxMessageId, store::Session as _};
use serde_json::{Value, json};

use super::{ANN, ann, ben, connection, server::Desk, ticket};
use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

fn texts(desk: &Desk) -> Vec<String> {
    desk.notes().iter().map(|note| note.body["text"].as_str().unwrap().to_owned()).collect()
}

/// Ticket 7 is escalated while no answer of the desk arrives, and time goes by.
async fn escalated_in_vain(database: &str, desk: &Desk) -> World {
    let options = Options { tell: &connection(desk), clock: stopped_clock(), ..Options::default() };
    let world = World::with(database, options).await;
    world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
    desk.answers(Some(500));
    let topic = world.desks("7").await["topic"].as_str().unwrap().to_owned();
    world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
    world.until("it is written", async || !desk.notes().is_empty()).await;
    for _ in 0..8 {
        world.clock.advance(Duration::from_mins(10));
        world.rests().await;
    }
    world.fails("write", "Look into the ticket").await;
    world
}

/// django-helpdesk took the note each time, answered after our patience, and got it ten times.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_which_nobody_knows_whether_it_is_there_is_not_written_again_and_again() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = escalated_in_vain(database, &desk).await;
        let mut written = texts(&desk);
        let all = written.len();
        written.dedup();
        assert_eq!(written.len(), all, "each once: {written:#?}");
        // The helpdesk sends the ticket again, and the note is in it.
        desk.answers(None);
        let shown: Vec<Value> = written
            .iter()
            .enumerate()
            .map(|(nth, text)| {
                json!({"id": format!("n{nth}"), "author": "agent", "author_id": "99", "public": false, "body": text,
                    "created_at": "2026-11-22T03:05:00Z"})
            })
            .collect();
        world.desk_says(&json!({"id": "e5", "ticket": {"id": "7"}, "messages": shown})).await;
        world
            .until("nobody has to look any more", async || {
                world.failures().await.iter().all(|failure| failure.work != "write")
            })
            .await;
        world.settles().await;
        assert_eq!(texts(&desk).len(), all, "and it is not written again");
        assert_eq!(
            world.counts("SELECT count(*) FROM message WHERE author = 'heard'").await,
            i64::try_from(all).unwrap()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_looked_and_not_found_the_note_has_it_written_again() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = escalated_in_vain(database, &desk).await;
        desk.answers(None);
        let before = texts(&desk);
        let asked = world.fails("write", "Look into the ticket").await;
        world.tries_again(&asked).await;
        world.until("it is written once more", async || texts(&desk).len() == before.len() + 1).await;
        assert!(before.contains(texts(&desk).last().unwrap()));
    })
    .await;
}

/// django-helpdesk keeps a comment of each opening.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_not_opened_again_and_again() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let reopen =
            "reopen = { path = \"/tickets/{ticket}/openings\", json = { open = true }, id_in_body = \"id\" }\n";
        let tell = connection(&desk) + reopen;
        let options = Options { tell: &tell, clock: stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        world.ships(issue, "v2.4.0");
        world.update_that_is("shipped", "sent").await;
        let solved = json!({ "status": "solved" });
        world.desk_says(&ticket(2, "7", &ann(), ANN, &solved)).await;
        world.clock.advance(Duration::from_mins(5));
        desk.answers(Some(500));
        let at = world.clock.now().to_string();
        let broken = json!({"id": "m8", "author": "customer", "author_id": "42", "public": true,
            "body": "It is still broken.", "created_at": at});
        world.desk_says(&json!({"id": "e3", "ticket": {"id": "7"}, "messages": [broken]})).await;
        world.until("it is opened", async || !desk.openings().is_empty()).await;
        for _ in 0..6 {
            world.clock.advance(Duration::from_mins(10));
            world.rests().await;
        }
        assert_eq!(desk.openings().len(), 1, "a person is asked");
        world.fails("write", "Look into the ticket").await;
    })
    .await;
}

/// A helpdesk that keeps what it refuses got one a minute.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_the_helpdesk_refuses_is_written_again_only_when_a_person_says_so() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let options = Options { tell: &connection(&desk), clock: stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        desk.answers(Some(422));
        let topic = world.desks("7").await["topic"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        world.issue_of(&topic).await;
        world.until("both are refused", async || texts(&desk).len() == 2).await;
        world.settles().await;
        for _ in 0..5 {
            world.clock.advance(Duration::from_mins(10));
            watch::run(world.app()).await.unwrap();
            world.rests().await;
        }
        assert_eq!(texts(&desk).len(), 2, "each once");
        desk.answers(None);
        let failures = world.failures().await;
        let refused = failures.iter().filter(|failure| failure.work == "write").collect::<Vec<_>>();
        assert_eq!(refused.len(), 2, "{refused:?}");
        world.tries_again(refused[0]).await;
        world.until("it is written", async || texts(&desk).len() == 3).await;
        world.until("the other waits", async || world.failures().await.len() == failures.len() - 1).await;
    })
    .await;
}

/// Two hundred fill the list of whoever looks for what a lost job left behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_a_lost_job_left_behind_waits_behind_none_that_cannot_be_written() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let options = Options { tell: &connection(&desk), clock: stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let seven = world.desks("7").await["id"].as_str().unwrap().to_owned();
        let began = world.clock.now();
        let mut tx = world.app().database.begin().await.unwrap();
        for nth in 0..=400_u32 {
            // What a later version wrote, what waits for a person, and one of which nobody knows any more.
            let (kind, given_up) = [("letter", false), ("note", true)][usize::from(nth % 2 == 1)];
            let (kind, given_up) = if nth == 400 { ("note", false) } else { (kind, given_up) };
            tx.query(
                "INSERT INTO outbox_message (id, key, kind, subject, detail, state, created_at, given_up)
                 VALUES ($1, $2, $3, $4, '{\"text\": \"Heard: the lost note.\"}', 'wanted', $5, $6)",
            )
            .bind(OutboxMessageId::generate(began.plus(Duration::from_millis(u64::from(nth)))))
            .bind(format!("{kind}:{nth}"))
            .bind(kind)
            .bind(seven.as_str())
            .bind(began.plus(Duration::from_millis(u64::from(nth))))
            .bind(given_up)
            .execute()
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        world.clock.advance(Duration::from_mins(2));
        world.until("the lost one is written", async || texts(&desk) == ["Heard: the lost note."]).await;
    })
    .await;
}

/// Somebody in copy says that it is still broken, while no answer of the desk arrives.
async fn a_copied_person_is_quoted_in_a_note_that_waits(database: &str, desk: &Desk) -> World {
    let options = Options { tell: &connection(desk), clock: stopped_clock(), ..Options::default() };
    let world = World::with(database, options).await;
    world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
    world.desk_says(&ticket(2, "8", &ben(), "Please add a dark theme to the editor.", &json!({}))).await;
    let issue = world.desk_escalates("7").await;
    world.ships(issue, "v2.4.0");
    world.update_that_is("shipped", "sent").await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(5));
    desk.answers(Some(500));
    let written = texts(desk).len();
    world.desk_says(&says_vogelsang(&world, "No, it is still broken. The last row of vogelsang is missing.")).await;
    world.until("it is noted", async || texts(desk).len() > written).await;
    world.clock.advance(Duration::from_mins(10));
    world.fails("write", "Look into the ticket").await;
    assert_eq!(world.counts(IN_THE_OUTBOX).await, 1);
    world
}

/// Ben's words in Ann's ticket, as they are now.
fn says_vogelsang(world: &World, words: &str) -> Value {
    let message = json!({"id": "m9", "author": "customer", "author_id": "43", "public": true, "body": words,
        "created_at": world.clock.now().to_string()});
    json!({"id": format!("e{}", words.len()), "ticket": {"id": "7"}, "messages": [message]})
}

const IN_THE_OUTBOX: &str = "SELECT count(*) FROM outbox_message WHERE lower(CAST(detail AS TEXT)) LIKE '%vogelsang%'";

/// The note that waited is written without the words that were taken back.
async fn says_the_rest(world: &World, desk: &Desk) {
    assert_eq!(world.counts(IN_THE_OUTBOX).await, 0);
    desk.answers(None);
    let before = texts(desk).len();
    let waits = world.fails("write", "Look into the ticket").await;
    world.tries_again(&waits).await;
    world.until("it is written", async || texts(desk).len() > before).await;
    let said = texts(desk).pop().unwrap();
    assert!(said.contains("somebody else in this ticket says") && said.contains("Next: please answer"), "{said}");
    assert!(!said.contains("vogelsang"), "{said}");
}

/// They stood in the outbox for ever, and were written by whoever pressed the button.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_waits_quotes_nobody_who_was_forgotten() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = a_copied_person_is_quoted_in_a_note_that_waits(database, &desk).await;
        world.forgets("ben@other.test").await;
        says_the_rest(&world, &desk).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_waits_quotes_nothing_that_the_helpdesk_took_back() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = a_copied_person_is_quoted_in_a_note_that_waits(database, &desk).await;
        world.desk_says(&says_vogelsang(&world, "No, it is still broken. [redacted]")).await;
        world.settles().await;
        says_the_rest(&world, &desk).await;
    })
    .await;
}
