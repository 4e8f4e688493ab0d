//! A sending that was cut off, at a helpdesk that cannot be read: nobody knows whether the customer has the message, until
//! something shows it (G4).

use std::time::Duration;

use heard::{
    flow::people::retry,
    model::decision::Actor,
    store::{Session as _, failures},
};
use serde_json::json;

use crate::{
    databases,
    story::{Complaint, page_in, stopped_clock},
    world::{Options, World},
};

/// A customer who was told, of whom Heard knows only that it had begun to tell them.
async fn somebody_who_may_have_been_told(database: &str) -> (World, Complaint, String, String) {
    let world = World::new(database).await;
    let complaint = world.an_escalated_complaint().await;
    world.ships(complaint.issue, "v2.4.0");
    let page = page_in(&world.told_in(complaint.ticket).await);
    let update = world.update_that_is("shipped", "sent").await["id"].as_str().unwrap().to_owned();
    world.settles().await;
    let mut tx = world.app().database.begin().await.unwrap();
    for forget in [
        r#"UPDATE "update" SET state = 'in_doubt', sent_at = NULL, external_id = NULL, reason = 'Nobody knows.'"#,
        "DELETE FROM own_write",
    ] {
        tx.query(forget).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    (world, complaint, page, update)
}

impl World {
    async fn state_of(&self, update: &str) -> String {
        self.get(&format!("/api/v1/updates/{update}")).await["state"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_by_the_link_of_a_message_has_the_message_and_may_answer_it() {
    databases::for_each(async |database| {
        let (world, complaint, page, update) = somebody_who_may_have_been_told(database).await;
        let seen = world.anonymous().get(&page).send().await.unwrap().text().await.unwrap();
        assert!(seen.contains("value=\"works\""), "they are asked: {seen}");
        assert_eq!(world.state_of(&update).await, "in_doubt", "looking changes nothing");
        let said = [("act", "still_broken"), ("update", update.as_str()), ("words", "The last row is still missing.")];
        assert_eq!(world.says_on(&page, &said).await, 303);
        assert_eq!(world.state_of(&update).await, "sent");
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "and nothing was sent again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_reply_coming_back_says_that_the_customer_has_it() {
    databases::for_each(async |database| {
        let (world, complaint, _, update) = somebody_who_may_have_been_told(database).await;
        world.helpdesk.agent_replies(complaint.agent, complaint.ticket, "Glad to help.");
        world.until("it is known to be sent", async || world.state_of(&update).await == "sent").await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "and nothing was sent again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_looked_says_that_the_customer_has_it_and_it_is_never_sent_again() {
    databases::for_each(async |database| {
        let (world, complaint, _, update) = somebody_who_may_have_been_told(database).await;
        let path = format!("/api/v1/updates/{update}/arrived");
        let (status, said) = world.post(&path, &json!({})).await;
        assert_eq!((status, said["state"].as_str()), (200, Some("sent")), "{said}");
        let (again, why) = world.post(&path, &json!({})).await;
        assert!((400..500).contains(&again), "there is no doubt any more: {why}");
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_on_the_health_page_sends_nothing_that_may_have_been_sent() {
    databases::for_each(async |database| {
        let (world, complaint, _, update) = somebody_who_may_have_been_told(database).await;
        let mut tx = world.app().database.begin().await.unwrap();
        let in_doubt = heard::wording::doubt::sentence(heard::model::standing::Doubt::CannotBeRead);
        let subject = json!({"update": update}).to_string();
        failures::note(&mut tx, "send", &subject, in_doubt, None, world.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let failed = world.fails("send", "not known whether").await;
        let refused = retry::retry(world.app(), failed.id, &Actor::admin()).await.unwrap_err().to_string();
        assert!(refused.contains("under Updates"), "{refused}");
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
        world.fails("send", "not known whether").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_turns_out_to_have_a_message_that_was_wrong_by_then_is_owed_the_correction() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        let release = world.ships(complaint.issue, "v2.4.0");
        let page = page_in(&world.told_in(complaint.ticket).await);
        let update = world.update_that_is("shipped", "sent").await["id"].as_str().unwrap().to_owned();
        world.settles().await;
        let mut tx = world.app().database.begin().await.unwrap();
        // The answer to the call was lost, and another process is about to look for the message.
        let cut_off = r#"UPDATE "update" SET state = 'sending', sent_at = NULL, external_id = NULL"#;
        tx.query(cut_off).execute().await.unwrap();
        tx.query("DELETE FROM own_write").execute().await.unwrap();
        tx.commit().await.unwrap();
        world.product().delete_release(release);
        world.until("it is not out", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        world.settles().await;
        let corrections = async || world.updates().await.iter().filter(|one| one["milestone"] == "correction").count();
        assert_eq!(world.says_on(&page, &[("act", "works"), ("update", &update)]).await, 303);
        world.until("the correction is drafted", async || corrections().await == 1).await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "and nothing was sent again");
    })
    .await;
}
