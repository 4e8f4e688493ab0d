//! An answer that opened a ticket of its own: a mail program named no thread, or the helpdesk looked for it in another queue
//! (django-helpdesk#756, django-helpdesk#1279).

use serde_json::{Value, json};

use super::{ann, ben, connection, server::Desk, ticket};
use crate::{
    databases,
    world::{Options, World},
};

/// A mail that quotes what it answers, as mail programs do.
fn answering(world: &World, id: &str, by: &Value, words: &str, told: &str) -> Value {
    let quoted = told.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n");
    let mut mail = ticket(5, id, by, &format!("{words}\n\nOn Sunday Acme support wrote:\n{quoted}"), &json!({}));
    let now = json!(world.clock.now().to_string());
    mail["messages"][0]["created_at"] = now.clone();
    (mail["ticket"]["created_at"], mail["ticket"]["changed_at"]) = (now.clone(), now);
    mail["ticket"]["subject"] = json!("Re: [support-7] Your report");
    mail
}

/// Ann is told in her ticket; the topic, and the text that she got.
async fn ann_is_told(world: &World, desk: &Desk) -> (String, String) {
    world.desk_says(&ticket(1, "7", &ann(), super::ANN, &json!({}))).await;
    let issue = world.desk_escalates("7").await;
    world.ships(issue, "v2.4.0");
    world.update_that_is("shipped", "sent").await;
    let topic = world.desks("7").await["topic"].as_str().unwrap().to_owned();
    (topic, desk.replies()[0].body["text"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_opened_a_ticket_of_its_own_is_heard_as_the_answer_that_it_is() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        let (topic, told) = ann_is_told(&world, &desk).await;
        world
            .desk_says(&answering(&world, "9", &ann(), "No, it is still broken: the last row is missing.", &told))
            .await;
        let path = format!("/api/v1/topics/{topic}");
        world.until("the topic is open again", async || world.get(&path).await["cycle"] == 1).await;
        assert_eq!(world.desks("9").await["topic"], topic.as_str(), "it belongs where she was told");
        assert_eq!(
            world.counts("SELECT count(*) FROM message WHERE body LIKE '%/c/%-%' AND body NOT LIKE '%PAGE%'").await,
            0
        );
    })
    .await;
}

/// A link can be forwarded: whoever quotes somebody else's answers nothing for them.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_quotes_what_another_was_told_answers_nothing_for_them() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        let (topic, told) = ann_is_told(&world, &desk).await;
        world
            .desk_says(&answering(&world, "9", &ben(), "It is still broken, I cannot print invoices either.", &told))
            .await;
        world.settles().await;
        let path = format!("/api/v1/topics/{topic}");
        assert_eq!(world.get(&path).await["cycle"], 0);
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM ticket WHERE follow_up_of IS NOT NULL").await, 0);
    })
    .await;
}
