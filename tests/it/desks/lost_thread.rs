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

/// A helpdesk may count messages anew in each ticket: what has the number of a reply to somebody else is not that reply.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_a_lost_thread_leaves_what_others_were_told_where_it_is() {
    for by_an_agent in [false, true] {
        databases::for_each(async |database| {
            let desk = Desk::start();
            let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
            world.both_complain().await;
            let issue = world.desk_escalates("7").await;
            world.ships(issue, "v2.4.0");
            let sent = async || world.counts(r#"SELECT count(*) FROM "update" WHERE state = 'sent'"#).await;
            world.until("both were told", async || sent().await == 2).await;
            let to_ann = desk.replies().into_iter().find(|one| one.ticket == "7").unwrap();
            let number_of_bens = json!(format!("w{}", 1 + desk.written_before_the_reply_in("8")));
            let told = to_ann.body["text"].as_str().unwrap().to_owned();
            let mut mail = answering(&world, "9", &ann(), "Thank you, it works now.", &told);
            if !by_an_agent {
                mail["messages"][0]["id"] = number_of_bens.clone();
            }
            world.desk_says(&mail).await;
            world.settles().await;
            if by_an_agent {
                let agents = json!({"id": "e78", "ticket": {"id": "9"}, "messages": [{"id": number_of_bens,
                    "author": "agent", "author_id": "84", "public": true, "body": "You are welcome.",
                    "created_at": world.clock.now().to_string()}]});
                world.desk_says(&agents).await;
                world.settles().await;
            }
            let of_ben = "SELECT count(*) FROM \"update\" JOIN ticket ON ticket.id = \"update\".ticket_id
                          WHERE \"update\".state = 'sent' AND ticket.external_id = '8'";
            assert_eq!(world.counts(of_ben).await, 1, "what Ben was told stands in his ticket");
            let bens = json!({"id": "e77", "ticket": {"id": "8"}, "messages": [{"id": "b2", "author": "customer",
                "author_id": "43", "public": true, "body": "No, it is still broken, the last row is missing.",
                "created_at": world.clock.now().to_string()}]});
            world.desk_says(&bens).await;
            let heard = "SELECT count(*) FROM confirmation WHERE verdict = 'still_broken'";
            world.until("he is heard", async || world.counts(heard).await == 1).await;
            assert_eq!(
                world.counts("SELECT count(*) FROM confirmation WHERE verdict = 'works'").await,
                1,
                "and so is Ann"
            );
        })
        .await;
    }
}

/// The helpdesk counts messages anew in each ticket, and an agent answers where the customer's own reply opened one.
#[tokio::test(flavor = "multi_thread")]
async fn an_agents_message_with_our_number_in_a_lost_thread_leaves_the_answer_where_it_was_told() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        let (_, told) = ann_is_told(&world, &desk).await;
        let ours = format!("w{}", 1 + desk.written_before_the_reply_in("7"));
        world.desk_says(&answering(&world, "9", &ann(), "Thank you, I will try it tomorrow.", &told)).await;
        world.settles().await;
        let now = world.clock.now().to_string();
        let message = |ticket: &str, id: &str, author: &str, author_id: &str, body: &str| {
            json!({"id": format!("e-{ticket}-{id}"), "ticket": {"id": ticket}, "messages": [{"id": id, "author": author,
                "author_id": author_id, "public": true, "body": body, "created_at": now}]})
        };
        world.desk_says(&message("9", &ours, "agent", "84", "You are welcome.")).await;
        world.settles().await;
        let broken = "No, it is still broken, the last row is missing.";
        world.desk_says(&message("7", "b2", "customer", "42", broken)).await;
        world.until("she is heard", async || world.counts("SELECT count(*) FROM confirmation").await == 1).await;
    })
    .await;
}
