//! What is left of somebody under another spelling, in what could not be read, and in work that failed.

use serde_json::{Value, json};
use simulator::Failure;

use crate::{
    databases,
    world::{Options, World},
};

/// A title is cut, spaced and escaped otherwise than the subject that it was made of, and no database folds every letter.
#[tokio::test(flavor = "multi_thread")]
async fn no_subject_of_theirs_is_left_in_notes_elsewhere_however_it_is_spelled() {
    let long = format!("İSTANBUL: quatermass {}", "the export of the monthly report loses its last row, ".repeat(3));
    for subject in ["ÜBERWEISUNG  VON \"QUATERMASS\" \\ÄRGERT\\ UNS", "Quatermass!", &long] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let agent = world.helpdesk.agent("Sam Okafor");
            let zoe = world.helpdesk.customer("Zephyrine Roth").email("zephyrine@wolkenheim.test").add();
            let own = world.helpdesk.ticket_from(zoe).subject(subject).body("The export is short.").send();
            let topic = world.topic_of(own).await["id"].as_str().unwrap().to_owned();
            let bob = world.helpdesk.customer("Bob Stone").add();
            let theirs = world.helpdesk.ticket_from(bob).subject("Something short").body("The export is short.").send();
            let id = world.id_of(theirs).await;
            world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": topic })).await;
            world.settles().await;
            // One note is written, and another waits.
            world.helpdesk.agent_tags(agent, theirs, "escalate");
            world
                .until("the note is written", async || {
                    let notes = world.helpdesk.notes_by_heard(theirs);
                    notes.iter().any(|note| note.plain_body.to_lowercase().contains("quatermass"))
                })
                .await;
            let issue = world.issue_of(&topic).await;
            world.settles().await;
            world.helpdesk.faults().all("PUT /api/v2/tickets/*", Failure::Status(503));
            world.an_engineer_merges_the_fix_of(issue);
            let waiting = "SELECT count(*) FROM outbox_message WHERE kind = 'note' AND state IN ('wanted', 'unclear')
                AND lower(CAST(detail AS TEXT)) LIKE '%quatermass%'";
            world.until("a note waits", async || world.counts(waiting).await > 0).await;
            let found = world.get("/api/v1/customers?email=zephyrine@wolkenheim.test").await;
            let customer = found["customers"][0]["id"].as_str().unwrap().to_owned();
            assert_eq!(world.deletes(&format!("/api/v1/customers/{customer}")).await.0, 200);
            assert_eq!(world.counts(waiting).await, 0);
            // Reading Bob's ticket once more, with the note that stands there, brings nothing back.
            world.helpdesk.customer_replies(theirs, "Any news?");
            world.settles().await;
            let body = "SELECT count(*) FROM message WHERE lower(body) LIKE '%quatermass%'";
            assert_eq!(world.counts(body).await, 0);
            assert_eq!(world.kept_somewhere_of(&["quatermass", "zephyrine", "wolkenheim"]).await, Vec::<String>::new());
        })
        .await;
    }
}

/// What could not be read is kept until a person deals with it, and may be what they ask to forget.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_goes_with_whose_number_is_in_it() {
    const DESK: &str = r#"
[[connections]]
name = "desk"
helpdesk = "generic"
url = "http://127.0.0.1:9"
path_secret = "only-the-sender-knows"
"#;
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: DESK, ..Options::default() }).await;
        let says = async |id: &str, ticket: &str, at: Value, words: &str| {
            let requester = json!({ "id": "wolkenheim", "name": "Zephyrine Roth" });
            let message = json!({ "id": id, "author": "customer", "author_id": "wolkenheim", "public": true, "body": words,
                "created_at": at });
            let ticket = json!({ "id": ticket, "subject": "Login", "created_at": at, "requester": requester });
            let body = json!({ "id": id, "ticket": ticket, "messages": [message] }).to_string();
            let door = format!("{}/hooks/desk/only-the-sender-knows", world.url());
            assert_eq!(world.anonymous().post(door).body(body).send().await.unwrap().status(), 202);
            world.rests().await;
        };
        says("e1", "quatermass", "2026-11-22T03:00:00Z".into(), "Signing in leads back to the form").await;
        says("e2", "quatermass", Value::Null, "My vogelsang secret").await;
        assert_eq!(world.counts("SELECT count(*) FROM delivery WHERE state = 'unreadable'").await, 1);
        let found = world.get("/api/v1/tickets?connection=desk&external_id=quatermass").await;
        let ticket = world.get(&format!("/api/v1/tickets/{}", found["tickets"][0]["id"].as_str().unwrap())).await;
        let customer = ticket["customer"].as_str().unwrap();
        assert_eq!(world.deletes(&format!("/api/v1/customers/{customer}")).await.0, 200);
        assert_eq!(world.kept_somewhere().await, Vec::<String>::new());
    })
    .await;
}

/// The health page names a ticket by the helpdesk's number.
#[tokio::test(flavor = "multi_thread")]
async fn failed_work_on_their_tickets_is_forgotten_and_not_done_again() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, ticket) = world.complains("Zephyrine Roth");
        world.topic_of(ticket).await;
        world.settles().await;
        world.helpdesk.faults().all("GET /api/v2/tickets/*", Failure::Status(503));
        world.helpdesk.customer_replies(ticket, "Any news?");
        world.until("reading it failed", async || !world.failures().await.is_empty()).await;
        let id = world.id_of(ticket).await;
        let customer = world.get(&format!("/api/v1/tickets/{id}")).await["customer"].as_str().unwrap().to_owned();
        assert_eq!(world.deletes(&format!("/api/v1/customers/{customer}")).await.0, 200);
        let reading = "SELECT count(*) FROM river_job WHERE kind = 'refresh' AND CAST(state AS TEXT) <> 'completed'";
        world.until("nobody reads it any more", async || world.counts(reading).await == 0).await;
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}
