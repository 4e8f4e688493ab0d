//! What arrives late, comes back or is cut in half, at helpdesks that can be read and at those that cannot (G2, twice, late or
//! out of order changes nothing; G6, nothing private leaves).

use serde_json::{Value, json};

use crate::{
    databases,
    world::{Options, World},
};

/// A helpdesk that cannot be read.
const DESK: &str = r#"
[[connections]]
name = "desk"
helpdesk = "generic"
url = "http://127.0.0.1:9"
path_secret = "only-the-sender-knows"
"#;

impl World {
    /// The helpdesk that cannot be read sends something, and it is read.
    async fn desk_sends(&self, body: &str) {
        let door = format!("{}/hooks/desk/only-the-sender-knows", self.url());
        let status = self.anonymous().post(door).body(body.to_owned()).send().await.unwrap().status().as_u16();
        assert_eq!(status, 202);
        self.rests().await;
    }
}

/// A ticket with one message, as it was at that minute.
fn at(minute: u32, id: &str, words: &str) -> Value {
    json!({"id": id, "event": "ticket.updated",
        "ticket": {"id": "7", "subject": "Exports time out", "status": "open",
            "created_at": "2026-11-22T03:00:00Z", "changed_at": format!("2026-11-22T03:{minute:02}:00Z"),
            "requester": {"id": "42", "name": "Ann Doe", "email": "ann@acme.test"}},
        "messages": [{"id": "m1", "author": "customer", "author_id": "42", "public": true, "body": words,
            "created_at": "2026-11-22T03:00:00Z"}]})
}

/// facetoe/zenpy#640 at a helpdesk that cannot be read: what was redacted does not come back with a late delivery.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_delivery_brings_no_redacted_words_back() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: DESK, ..Options::default() }).await;
        let secret = "Our nightly export times out, my password is Zephyrine";
        world.desk_sends(&at(1, "e1", secret).to_string()).await;
        world.desk_sends(&at(5, "e3", "Our nightly export times out, my password is [redacted]").to_string()).await;
        world.desk_sends(&at(3, "e2", &format!("{secret}.")).to_string()).await;
        let kept = "SELECT count(*) FROM message WHERE body LIKE '%Zephyrine%'";
        assert_eq!(world.counts(kept).await, 0, "an older state changes nothing");
        let gone = json!({"id": "e5", "event": "ticket.deleted", "ticket": {"id": "7", "status": "deleted"}});
        world.desk_sends(&gone.to_string()).await;
        world.desk_sends(&at(6, "e4", secret).to_string()).await;
        assert_eq!(world.counts("SELECT count(*) FROM message").await, 0, "nor does it bring back what was deleted");
    })
    .await;
}

/// What was answered before a ticket was deleted is no new answer when it comes back.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_messages_of_a_ticket_that_comes_back_are_no_new_answers() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        world.helpdesk.customer_replies(complaint.ticket, "It is still broken, the last row is missing.");
        world.until("it is heard", async || world.topic_of(complaint.ticket).await["cycle"] == json!(1)).await;
        world.settles().await;
        let heard = world.counts("SELECT count(*) FROM confirmation").await;
        world.helpdesk.delete(complaint.agent, complaint.ticket);
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM message").await, 0);
        world.helpdesk.agent_restores(complaint.agent, complaint.ticket);
        world.until("its words are back", async || world.counts("SELECT count(*) FROM message").await > 0).await;
        world.settles().await;
        let unread = "SELECT count(*) FROM message WHERE author = 'customer' AND reading IS NULL";
        assert_eq!(world.counts(unread).await, 0, "nothing waits to be read as an answer");
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, heard);
    })
    .await;
}

/// `statevde/statev_v5_issues#952`, polonel/trudesk#341: a number that was given to another ticket.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_under_a_number_that_another_had_is_another_ticket() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: DESK, ..Options::default() }).await;
        world.desk_sends(&at(1, "e1", "Our nightly export times out").to_string()).await;
        let first = world.get("/api/v1/tickets?connection=desk").await["tickets"][0].clone();
        let mut second = at(1, "e2", "Please add a dark theme to the editor.");
        second["ticket"]["created_at"] = json!("2027-02-01T09:00:00Z");
        second["ticket"]["changed_at"] = json!("2027-02-01T09:00:00Z");
        second["ticket"]["subject"] = json!("Dark mode");
        second["ticket"]["requester"] = json!({"id": "77", "name": "Ben Poe", "email": "ben@acme.test"});
        second["messages"][0]["author_id"] = json!("77");
        world.desk_sends(&second.to_string()).await;
        let now = world.get("/api/v1/tickets?connection=desk&external_id=7").await["tickets"][0].clone();
        assert_ne!(now["id"], first["id"]);
        assert_ne!(now["topic"], first["topic"], "nothing of the first is told to the second: {now}");
        assert_eq!(now["subject"], "Dark mode");
        // A ticket that was only given to somebody else is the same ticket.
        second["id"] = json!("e3");
        second["ticket"]["changed_at"] = json!("2027-02-01T10:00:00Z");
        second["ticket"]["requester"]["id"] = json!("78");
        world.desk_sends(&second.to_string()).await;
        let given = world.get("/api/v1/tickets?connection=desk&external_id=7").await["tickets"][0].clone();
        assert_eq!(given["id"], now["id"]);
    })
    .await;
}

/// buttondown/roadmap#3134: a subject that was cut in the middle of an emoji.
#[tokio::test(flavor = "multi_thread")]
async fn half_an_emoji_stops_no_delivery() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: DESK, ..Options::default() }).await;
        let body = at(1, "e1", "Our nightly export times out").to_string();
        world.desk_sends(&body.replace("Exports time out", "Exports time out \\ud83d")).await;
        let ticket = world.get("/api/v1/tickets?connection=desk").await["tickets"][0].clone();
        assert_eq!(ticket["subject"], "Exports time out \u{fffd}", "{ticket}");
    })
    .await;
}
