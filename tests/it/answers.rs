//! Every answer counts: of those who follow a "still broken", of those who only press a button, and after a topic came back.

use serde_json::json;

use crate::{
    databases,
    story::{Complaint, page_in, stopped_clock},
    web::session,
    world::{Options, World},
};

/// Ana's complaint and Bob's ticket in the same topic, both told that it shipped, with the page and the update of each.
struct BothTold {
    world: World,
    complaint: Complaint,
    ana: (String, String),
    bob: (String, String),
}

async fn both_told(database: &str, tell: &str) -> BothTold {
    let world = World::with(database, Options { clock: stopped_clock(), tell, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    let (_, other) = world.complains("Bob Stone");
    assert_eq!(world.topic_of(other).await["id"], complaint.topic.as_str());
    world.settles().await;
    world.ships(complaint.issue, "v2.4.0");
    let (ana, bob) = (page_in(&world.told_in(complaint.ticket).await), page_in(&world.told_in(other).await));
    world.settles().await;
    let (ana_ticket, bob_ticket) = (world.id_of(complaint.ticket).await, world.id_of(other).await);
    let updates = world.updates().await;
    let update = |ticket: &str| {
        let of_ticket = updates.iter().find(|update| update["ticket"] == ticket && update["milestone"] == "shipped");
        of_ticket.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (ana, bob) = ((ana, update(&ana_ticket)), (bob, update(&bob_ticket)));
    world.clock.advance(std::time::Duration::from_mins(5));
    BothTold { world, complaint, ana, bob }
}

async fn page(world: &World, page: &str) -> String {
    world.anonymous().get(page).send().await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_still_asked_and_heard_after_one_said_that_it_is_still_broken() {
    databases::for_each(async |database| {
        let BothTold { world, complaint, ana, bob } = both_told(database, "").await;
        let said = [("act", "still_broken"), ("update", &*ana.1), ("words", "The last row is still missing")];
        assert_eq!(world.says_on(&ana.0, &said).await, 303);
        let topic = format!("/api/v1/topics/{}", complaint.topic);
        world.until("the topic is open again", async || world.get(&topic).await["cycle"] == 1).await;
        world.settles().await;
        assert!(page(&world, &bob.0).await.contains("value=\"works\""), "Bob is still asked");
        assert_eq!(world.says_on(&bob.0, &[("act", "works"), ("update", &bob.1)]).await, 303);
        world.settles().await;
        let read = page(&world, &bob.0).await;
        assert!(read.contains("For others it does not yet") && !read.contains("value=\"works\""), "{read}");
        let shown = world.get(&topic).await;
        let cycle = &shown["cycles"][0];
        assert_eq!(
            (&cycle["version"], &cycle["told"], &cycle["confirmed"], &cycle["still_broken"]),
            (&json!("v2.4.0"), &json!(2), &json!(1), &json!(1)),
            "its history is kept: {shown}"
        );
        assert!(cycle["reopened_at"].is_string(), "{cycle}");
        // The page does not read as if nobody had ever been told.
        let cookie = session(&world).await;
        let request = world.anonymous().get(format!("{}/topics/{}", world.url(), complaint.topic));
        let read = request.header("cookie", cookie).send().await.unwrap().text().await.unwrap();
        let (_, told) = read.split_once("id=\"p-told\"").unwrap();
        let (told, _) = told.split_once("</section>").unwrap();
        assert!(told.contains("In this round, since it was opened again:"), "{told}");
        assert!(told.contains("Before: told 2, confirmed 1, still broken 1."), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_click_is_kept_and_asked_for_words_before_the_topic_opens_again() {
    databases::for_each(async |database| {
        let BothTold { world, complaint, ana, .. } = both_told(database, "").await;
        let topic = format!("/api/v1/topics/{}", complaint.topic);
        assert_eq!(world.says_on(&ana.0, &[("act", "still_broken"), ("update", &ana.1)]).await, 303);
        world.settles().await;
        let shown = world.get(&topic).await;
        assert_eq!((&shown["state"], &shown["updates"]["still_broken"]), (&json!("shipped"), &json!(1)), "{shown}");
        assert!(page(&world, &ana.0).await.contains("What do you see instead?"));
        let said = [("act", "still_broken"), ("update", &*ana.1), ("words", "Row 400 is missing")];
        assert_eq!(world.says_on(&ana.0, &said).await, 303);
        world.until("the topic is open again", async || world.get(&topic).await["cycle"] == 1).await;
        world.settles().await;
        let notes = world.helpdesk.notes_by_heard(complaint.ticket);
        assert!(notes.iter().any(|note| note.plain_body.contains("Row 400 is missing")), "{notes:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_many_open_a_topic_again_is_a_policy() {
    databases::for_each(async |database| {
        let BothTold { world, complaint, ana, bob } = both_told(database, "reopen = \"2\"\n").await;
        let topic = format!("/api/v1/topics/{}", complaint.topic);
        let said = [("act", "still_broken"), ("update", &*ana.1), ("words", "The last row is missing")];
        assert_eq!(world.says_on(&ana.0, &said).await, 303);
        world.settles().await;
        assert_eq!(world.get(&topic).await["state"], "shipped", "words alone are not enough here");
        assert_eq!(world.says_on(&bob.0, &[("act", "still_broken"), ("update", &bob.1)]).await, 303);
        world.until("the topic is open again", async || world.get(&topic).await["cycle"] == 1).await;
    })
    .await;
}
