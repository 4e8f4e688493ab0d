//! Notes and openings in a helpdesk that is slow to answer, and in which nobody can look for them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ANN, ann, connection, server::Desk, ticket};
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
