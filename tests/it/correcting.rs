//! What people decide beats the machine, for ever, and can be undone (G8).

use std::time::Duration;

use heard::{
    flow::{group, people::topics},
    model::{
        decision::Actor,
        id::{TicketId, TopicId},
        topic::TopicState,
    },
    store,
};
use serde_json::{Value, json};

use crate::{
    databases,
    story::{BODY, SUBJECT},
    world::World,
};

impl World {
    /// A ticket with its topic.
    async fn writes(&self, name: &str, subject: &str, body: &str) -> (u64, String) {
        let customer = self.helpdesk.customer(name).add();
        let ticket = self.helpdesk.ticket_from(customer).subject(subject).body(body).send();
        (ticket, self.topic_id(ticket).await)
    }

    async fn topic_id(&self, ticket: u64) -> String {
        self.topic_of(ticket).await["id"].as_str().unwrap().to_owned()
    }

    /// A person moves a ticket; `None` is a topic of its own.
    async fn moves(&self, ticket: u64, topic: Option<&str>) {
        let id = self.id_of(ticket).await;
        self.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": topic })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_into_a_topic_while_it_is_merged_is_put_into_the_one_that_carries_on() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, from) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let (_, into) =
            world.writes("Bob Stone", "The invoice shows no tax", "Our invoice shows no tax since May.").await;
        world.settles().await;
        let [from, into] = [from, into].map(|id| TopicId::parse(&id).unwrap());
        let database = world.app().database.clone();
        let mut merge = database.begin().await.unwrap();
        store::topics::lock(&mut merge, from).await.unwrap();
        let waits = tokio::spawn(async move {
            let mut tx = database.begin().await.unwrap();
            store::topics::lock_current(&mut tx, from).await.unwrap().unwrap().id
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        store::topics::redirect(&mut merge, from, Some(into), TopicState::Merged).await.unwrap();
        merge.commit().await.unwrap();
        assert_eq!(waits.await.unwrap(), into);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_moved_stays_where_they_put_it() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let (first, topic) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let (second, same) = world.writes("Bob Stone", SUBJECT, BODY).await;
        assert_eq!(same, topic, "the machine holds them to be the same");
        world.moves(second, None).await;
        let own = world.topic_id(second).await;
        assert_ne!(own, topic);
        // The machine sees the ticket again and again: changed, after a restart, with another just like it.
        world.helpdesk.customer_replies(second, BODY);
        world.settles().await;
        world.stops().await;
        world.starts_again().await;
        world.helpdesk.customer_replies(second, "CSV export is missing its last row");
        let (third, _) = world.writes("Cyd Ray", SUBJECT, BODY).await;
        world.settles().await;
        assert_eq!(world.topic_id(second).await, own);
        assert_eq!(world.topic_id(first).await, topic);
        world.moves(second, Some(&topic)).await;
        assert_eq!(world.topic_id(second).await, topic, "and back, when a person says so");
        assert!([topic, own].contains(&world.topic_id(third).await), "what is like both is with one of them");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_is_a_redirect_that_later_tickets_follow_and_undo_parts_again() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let (ana, from) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let (bob, into) = world.writes("Bob Stone", "Totals look odd", "The sum under the report is too small.").await;
        assert_ne!(from, into);
        world.does(&format!("/api/v1/topics/{from}/merge"), &json!({ "into": into })).await;
        assert_eq!(world.topic_id(ana).await, into);
        assert_eq!(
            world.get(&format!("/api/v1/topics/{from}")).await["id"],
            into.as_str(),
            "the old address leads there"
        );
        world.stops().await;
        world.starts_again().await;
        let (cyd, follows) = world.writes("Cyd Ray", SUBJECT, BODY).await;
        assert_eq!(follows, into, "what is like the merged one joins the one that carries on");
        let (status, _) = world.post(&format!("/api/v1/topics/{from}/merge"), &json!({ "into": into })).await;
        assert_eq!(status, 409, "twice is refused in a sentence");
        assert_eq!(world.post(&format!("/api/v1/topics/{into}/undo"), &json!({})).await.0, 204);
        assert_eq!(world.topic_id(ana).await, from, "what it had is back");
        assert_eq!(world.topic_id(bob).await, into);
        assert_eq!(world.topic_id(cyd).await, into, "what came later stays");
        let (status, why) = world.post(&format!("/api/v1/topics/{into}/undo"), &json!({})).await;
        assert_eq!(status, 409, "there is nothing more to undo: {why}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_merge_the_same_two_topics_the_other_way_round_get_one_topic() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for (ana, bob) in [("Ana Sousa", "Bob Stone"), ("Cyd Ray", "Dan Low"), ("Eva Kern", "Finn Berg")] {
            let (first, one) = world.writes(ana, &format!("{ana} cannot print"), "The printer stays silent.").await;
            let (second, other) = world.writes(bob, &format!("{bob} sees odd totals"), "The sum is too small.").await;
            let (one, other) = if one == other { parted(&world, &one, second).await } else { (one, other) };
            let (there, back) = (format!("/api/v1/topics/{one}/merge"), format!("/api/v1/topics/{other}/merge"));
            let (into_other, into_one) = (json!({ "into": other }), json!({ "into": one }));
            let (left, right) = tokio::join!(world.post(&there, &into_other), world.post(&back, &into_one));
            let mut said = [left.0, right.0];
            said.sort_unstable();
            assert_eq!(said, [200, 409], "one merges, and the other reads that it is done: {left:?} {right:?}");
            let stands_in = world.topic_id(first).await;
            assert_eq!(world.topic_id(second).await, stands_in);
            assert!([&one, &other].contains(&&stands_in));
            assert_eq!(world.get(&format!("/api/v1/topics/{one}")).await["id"], stands_in.as_str());
            assert_eq!(world.get(&format!("/api/v1/topics/{other}")).await["id"], stands_in.as_str());
        }
    })
    .await;
}

/// Two topics where the machine saw one.
async fn parted(world: &World, topic: &str, leaving: u64) -> (String, String) {
    let leaving = json!({ "tickets": [world.id_of(leaving).await] });
    let split: Value = world.does(&format!("/api/v1/topics/{topic}/split"), &leaving).await;
    (topic.to_owned(), split["id"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_parts_for_ever_and_undo_brings_together() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let (ana, topic) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let (bob, _) = world.writes("Bob Stone", SUBJECT, BODY).await;
        let leaving = json!({ "tickets": [world.id_of(bob).await] });
        let split: Value = world.does(&format!("/api/v1/topics/{topic}/split"), &leaving).await;
        let parted = split["id"].as_str().unwrap().to_owned();
        assert_eq!((world.topic_id(ana).await, world.topic_id(bob).await), (topic.clone(), parted.clone()));
        let (status, _) = world.post(&format!("/api/v1/topics/{topic}/split"), &leaving).await;
        assert_eq!(status, 409, "it is not there any more");
        world.stops().await;
        world.starts_again().await;
        world.helpdesk.customer_replies(bob, BODY);
        world.settles().await;
        assert_eq!(world.topic_id(bob).await, parted);
        assert_eq!(world.post(&format!("/api/v1/topics/{parted}/undo"), &json!({})).await.0, 204);
        assert_eq!(world.topic_id(bob).await, topic);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_and_a_kind_that_a_person_gave_are_kept() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, topic) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let path = format!("{}/api/v1/topics/{topic}", world.url());
        let change = json!({"title": "The last row is lost", "kind": "feature_request"});
        let asked = world.anonymous().patch(&path).bearer_auth(crate::world::ADMIN).json(&change);
        assert_eq!(asked.send().await.unwrap().status(), 200);
        for name in ["Bob Stone", "Cyd Ray", "Dora Lind"] {
            assert_eq!(world.writes(name, SUBJECT, BODY).await.1, topic);
        }
        let seen = world.get(&format!("/api/v1/topics/{topic}")).await;
        assert_eq!((&seen["title"], &seen["kind"]), (&json!("The last row is lost"), &json!("feature_request")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_named_by_its_most_typical_ticket_and_of_the_kind_of_most_while_it_is_open() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let seen = async |topic: &str| {
            let topic = world.get(&format!("/api/v1/topics/{topic}")).await;
            (topic["title"].clone(), topic["kind"].clone())
        };
        let question = "How do I get the whole file?";
        let (ana, topic) = world.writes("Ana Sousa", question, "Where can I find the rest of it?").await;
        assert_eq!(seen(&topic).await, (json!(question), json!("question")));
        let (bob, _) = world.writes("Bob Stone", SUBJECT, BODY).await;
        world.writes("Chloé Petit", SUBJECT, BODY).await;
        world.support_says_they_are_the_same(bob, ana).await;
        world.settles().await;
        world.writes("Dan Wu", SUBJECT, BODY).await;
        assert_eq!(seen(&topic).await, (json!(SUBJECT), json!("bug")), "three of four say it so");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_that_two_are_the_same_teaches_the_grouping() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let (ana, topic) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let (bob, own) = world.writes("Bob Stone", "Rows are missing", "The export to CSV loses the last one.").await;
        assert_ne!(own, topic, "the machine is not sure");
        let learned = async |world: &World| {
            let ticket = TicketId::parse(&world.id_of(ana).await).unwrap();
            group::candidates(world.app(), ticket).await.unwrap();
            world.app().grouping.lock().await.answers()
        };
        assert_eq!(learned(&world).await, 0);
        world.support_says_they_are_the_same(bob, ana).await;
        assert_eq!(learned(&world).await, 1);
        world.stops().await;
        world.starts_again().await;
        assert_eq!(learned(&world).await, 1, "a restart learns the same");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_the_same_holds_against_the_machine_after_a_restart() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let (_, topic) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let (bob, _) = world.writes("Bob Stone", SUBJECT, BODY).await;
        let (ticket, of) = (TicketId::parse(&world.id_of(bob).await).unwrap(), TopicId::parse(&topic).unwrap());
        topics::not_same(world.app(), ticket, of, &Actor::admin()).await.unwrap();
        let own = world.topic_id(bob).await;
        assert_ne!(own, topic);
        world.stops().await;
        world.starts_again().await;
        world.helpdesk.customer_replies(bob, BODY);
        world.settles().await;
        assert_eq!(world.topic_id(bob).await, own);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_cannot_be_corrected() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (ticket, topic) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let (id, nobody) = (world.id_of(ticket).await, "01890a5d-ac96-774b-bcce-b302099a8057");
        for (path, body, expected) in [
            (format!("/api/v1/tickets/{nobody}/move"), json!({ "topic": topic }), 404),
            (format!("/api/v1/tickets/{id}/move"), json!({ "topic": nobody }), 404),
            (format!("/api/v1/tickets/{id}/move"), json!({ "topic": 7 }), 400),
            (format!("/api/v1/topics/{topic}/merge"), json!({ "into": nobody }), 404),
            (format!("/api/v1/topics/{topic}/merge"), json!({ "into": topic }), 409),
            (format!("/api/v1/topics/{topic}/split"), json!({ "tickets": [] }), 409),
            (format!("/api/v1/topics/{topic}/split"), json!({ "tickets": [id] }), 409),
            (format!("/api/v1/topics/{nobody}/undo"), json!({}), 404),
        ] {
            let (status, answer) = world.post(&path, &body).await;
            assert_eq!(status, expected, "POST {path} with {body}: {answer}");
            assert!(answer["title"].as_str().is_some_and(|title| !title.is_empty()), "a problem in words: {answer}");
        }
        assert_eq!(world.topic_id(ticket).await, topic);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_said_of_a_ticket_is_shown_and_what_the_machine_had_decided_stays_visible() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (ana, from) = world.writes("Ana Sousa", SUBJECT, BODY).await;
        let (bob, into) = world.writes("Bob Stone", "Totals look odd", "The sum under the report is too small.").await;
        let link = async |topic: &str, ticket: u64| {
            let id = world.id_of(ticket).await;
            let page = world.get(&format!("/api/v1/topics/{topic}")).await;
            let links = page["links"].as_array().unwrap();
            links.iter().find(|link| link["ticket"] == id.as_str()).unwrap().clone()
        };
        let before = link(&from, ana).await;
        assert_eq!(
            (&before["maker"], &before["decision"], &before["by"]),
            (&json!("machine"), &json!("new"), &json!("machine"))
        );
        assert_eq!(before["at"], before["machine"]["at"], "{before}");

        world.does(&format!("/api/v1/topics/{from}/merge"), &json!({ "into": into })).await;
        let merged = link(&into, ana).await;
        assert_eq!(
            (&merged["maker"], &merged["decision"], &merged["by"]),
            (&json!("person"), &json!("merge"), &json!("admin"))
        );
        assert!(merged["at"].as_str() >= before["at"].as_str(), "{merged}");
        assert_eq!(merged["machine"], before["machine"], "which stays as it was");
        assert_eq!(link(&into, bob).await["maker"], "machine", "theirs was not touched");
        let ticket = world.get(&format!("/api/v1/tickets/{}", world.id_of(ana).await)).await;
        assert_eq!((&ticket["placed"]["maker"], &ticket["decision"]), (&json!("person"), &json!("new")), "{ticket}");

        world.does(&format!("/api/v1/topics/{into}/undo"), &json!({})).await;
        assert_eq!(link(&from, ana).await["decision"], "undo");
        world.moves(bob, Some(&from)).await;
        let moved = link(&from, bob).await;
        assert_eq!(
            (&moved["maker"], &moved["decision"], &moved["by"]),
            (&json!("person"), &json!("move"), &json!("admin"))
        );
        for reason in moved["reasons"]["reasons"].as_array().unwrap() {
            let says = reason["says"].as_str().unwrap();
            assert!(says.ends_with('.') && !says.contains('_'), "{reason}");
        }
    })
    .await;
}
