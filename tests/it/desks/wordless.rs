//! What is not told in words, or not in the words of a person: a picture alone, and what a mail system reports.

use serde_json::json;

use super::{ann, connection, server::Desk, ticket};
use crate::{
    databases,
    world::{Options, World},
};

impl World {
    /// The pass over what a lost job may have left behind.
    async fn passes_over(&self) {
        heard::flow::group::stranded(self.app()).await.unwrap();
        self.rests().await;
    }
}

/// Heard's own note made such a ticket look as if nothing in it were the customer's, and nobody was told, nor asked (G4, none
/// is forgotten).
#[tokio::test(flavor = "multi_thread")]
async fn who_sends_a_picture_alone_is_told_by_the_subject() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), "", &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        let note = json!({"id": "e2", "actor": "99", "ticket": {"id": "7"}, "messages": [{"id": "n1", "author": "agent",
            "author_id": "99", "public": false, "body": "Heard: escalated", "created_at": "2026-11-22T03:05:00Z"}]});
        world.desk_says(&note).await;
        world.ships(issue, "v2.4.0");
        world.update_that_is("shipped", "sent").await;
        let [told] = &desk.replies()[..] else { panic!("{:?}", desk.replies()) };
        let text = told.body["text"].as_str().unwrap();
        assert!(text.contains("> Nightly export loses its last row"), "{text}");
    })
    .await;
}

/// Postfix, in a helpdesk that makes a ticket of every mail and knows nothing of its author.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_mail_came_back_is_no_topic_where_nothing_says_who_wrote_it() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        let mailer = json!({"id": "9", "name": "", "email": "mailer-daemon@mx.test"});
        let report = "This is the mail system at host mx.test.\n\nI'm sorry to have to inform you that your message could not\nbe \
                      delivered to one or more recipients.\n\n<ann@acme.test>: unknown user: \"ann\"";
        world.desk_says(&ticket(1, "7", &mailer, report, &json!({}))).await;
        world.passes_over().await;
        assert_eq!(world.desks("7").await["topic"], json!(null));
        world.desk_says(&ticket(2, "8", &ann(), super::ANN, &json!({}))).await;
        assert!(world.desks("8").await["topic"].is_string(), "whoever complains has a topic");
    })
    .await;
}

/// django-helpdesk#756: an automatic reply whose subject names no ticket opens one. It spoke of a topic by its subject, and was
/// counted as a customer whom a shipped fix had not helped.
#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_reply_that_opened_a_ticket_is_no_topic_until_a_person_writes_in_it() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        let away = "I am out of the office until 7 December. In urgent cases please call reception.";
        let by_its_subject = json!({"subject": "Automatic reply: Nightly export loses its last row"});
        let (mut by_a_header, mut by_words) =
            (ticket(2, "8", &ann(), away, &json!({})), ticket(3, "9", &ann(), away, &json!({})));
        world.desk_says(&ticket(1, "7", &ann(), away, &by_its_subject)).await;
        by_a_header["ticket"]["subject"] = json!("Abwesenheitsnotiz: Export");
        by_a_header["messages"][0]["body"] = json!("Ich bin am 7. Dezember wieder da.");
        by_a_header["messages"][0]["trust"] = json!("automatic");
        world.desk_says(&by_a_header).await;
        by_words["messages"][0]["body"] = json!(format!("{away} The nightly export loses its last row."));
        world.desk_says(&by_words).await;
        world.passes_over().await;
        assert_eq!(world.desks("7").await["topic"], json!(null));
        assert_eq!(world.desks("8").await["topic"], json!(null));
        assert!(
            world.desks("9").await["topic"].is_string(),
            "one witness alone: they may be away and have a complaint"
        );
        let mut person = ticket(4, "7", &ann(), super::ANN, &by_its_subject);
        person["messages"][0]["id"] = json!("m70");
        world.desk_says(&person).await;
        assert!(world.desks("7").await["topic"].is_string(), "now a person wrote");
    })
    .await;
}
