//! What replies mean for the loop: a machine's changes nothing, and what is unclear waits for a person.

use serde_json::{Value, json};

use crate::{
    databases,
    story::{Complaint, SUBJECT},
    web,
    world::World,
};

/// A customer who was told of the fix of their complaint.
async fn told(database: &str) -> (World, Complaint) {
    let world = World::new(database).await;
    let complaint = world.an_escalated_complaint().await;
    world.ships(complaint.issue, "v2.4.0");
    world.told_in(complaint.ticket).await;
    world.settles().await;
    (world, complaint)
}

impl World {
    async fn shipped_update(&self) -> Value {
        self.update_that_is("shipped", "sent").await
    }

    pub async fn looks_in_the_console(&self, path: &str) -> String {
        let cookie = web::session(self).await;
        let answer =
            self.anonymous().get(format!("{}{path}", self.url())).header("cookie", cookie).send().await.unwrap();
        answer.text().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_a_machine_changes_nothing() {
    databases::for_each(async |database| {
        let (world, complaint) = told(database).await;
        let written = world.helpdesk.thread(complaint.ticket).len();
        let replies = [
            "Automatic reply: I am still not back from parental leave.",
            "I have left Initech. Tom is working on my accounts, please write to him.",
            "Ich bin bis zum 11. Dezember nicht im Haus. Der Notdienst funktioniert rund um die Uhr.",
        ];
        for reply in replies {
            world.helpdesk.customer_replies(complaint.ticket, reply);
        }
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE reading = 'automatic'").await, 3, "each was read");
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "shipped");
        assert_eq!(world.product().issue(complaint.issue).unwrap().state, "closed");
        assert_eq!(world.shipped_update().await["unclear"], Value::Null);
        assert_eq!(world.helpdesk.thread(complaint.ticket).len(), written + replies.len(), "and nobody hears of it");
        assert!(!world.said_to_github().contains("parental"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unclear_reply_waits_for_a_person_with_both_readings() {
    databases::for_each(async |database| {
        let (world, complaint) = told(database).await;
        world
            .helpdesk
            .customer_replies(complaint.ticket, "It works for the small report, but the big one still fails.");
        world.until("the update waits", async || world.shipped_update().await["unclear"].is_string()).await;
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0, "it is no verdict");
        let notes = world.helpdesk.notes_by_heard(complaint.ticket);
        let asked = notes.iter().find(|note| note.plain_body.contains("not clear whether it works")).expect("a note");
        for reading in ["“It works for the small report", "still fails”", "/updates?state=unclear"] {
            assert!(asked.plain_body.contains(reading), "{reading}: {}", asked.plain_body);
        }
        let page = world.looks_in_the_console("/updates?state=unclear").await;
        assert!(page.contains("answered, unclear") && page.contains("but the big one still fails"), "{page}");
        let update = world.shipped_update().await;
        let confirm = format!("/api/v1/updates/{}/confirm", update["id"].as_str().unwrap());
        world.does(&confirm, &json!({"verdict": "still_broken", "words": update["unclear"]})).await;
        assert_eq!(world.shipped_update().await["unclear"], Value::Null, "somebody has read it");
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_heard_also_where_thanks_follow_it_at_once() {
    databases::for_each(async |database| {
        let (world, complaint) = told(database).await;
        world.helpdesk.customer_replies(complaint.ticket, "It works now.");
        world.helpdesk.customer_replies(complaint.ticket, "Thanks again!");
        let topic = format!("/api/v1/topics/{}", complaint.topic);
        world.until("it is confirmed", async || world.get(&topic).await["updates"]["confirmed"] == 1).await;
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE reading IS NOT NULL").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_a_machine_opened_is_not_quoted_to_engineers() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let away = world.helpdesk.customer("Bob Stone").add();
        let body =
            "I am out of the office. Every CSV export of our monthly report is missing, ask Kim at extension 4417.";
        let ticket = world.helpdesk.ticket_from(away).subject(&format!("Automatic reply: {SUBJECT}")).body(body).send();
        let id = world.id_of(ticket).await;
        world.settles().await;
        assert!(!world.is_grouped(ticket).await, "nobody complains in it");
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({"topic": complaint.topic})).await;
        world.settles().await;
        assert!(!world.said_to_github().contains("out of the office"), "{}", world.said_to_github());
    })
    .await;
}
