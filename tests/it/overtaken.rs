//! What happens while an answer is on its way: whoever waited for it finds the world changed, and does no harm (G2-G4).
//!
//! Each test holds one answer of GitHub's back, lets something else happen, and lets the answer go.

use std::time::Duration;

use serde_json::json;
use simulator::Failure;

use crate::{databases, story::page_in, world::World};

impl World {
    /// GitHub's next answer to `call` is held back from now on. Gives how often it was called so far.
    fn holds(&self, call: &str) -> usize {
        let before = self.github.faults().count(call);
        self.github.faults().next(1, call, Failure::Held);
        before
    }

    /// Waits until Heard waits for the held answer.
    async fn is_waited_for(&self, call: &str, before: usize) {
        self.until(&format!("{call} is waited for"), async || self.github.faults().count(call) > before).await;
    }

    /// The answer goes on its way, and everything that follows from it happens.
    async fn lets_go(&self) {
        self.github.faults().let_go();
        self.settles().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_issue_is_being_made_nothing_makes_a_second_one() {
    const CREATES: &str = "POST /repos/*/*/issues";
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        // The webhook about our own issue would say that it is there.
        world.github.hooks().drop_all(true);
        let before = world.holds(CREATES);
        let escalate = format!("/api/v1/topics/{topic}/escalate");
        world.does(&escalate, &json!({})).await;
        world.is_waited_for(CREATES, before).await;
        world.does(&escalate, &json!({})).await;
        let (_, another) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(another).await["id"], topic.as_str(), "the issue has more to say by now");
        world.until("another job wants to write the issue", async || waits_for_its_turn(&world).await).await;
        // Long enough for its turn at GitHub, if that were all it waits for.
        tokio::time::sleep(Duration::from_secs(3)).await;
        world.lets_go().await;
        world.issue_of(&topic).await;
        world.settles().await;
        assert_eq!(world.github.faults().count(CREATES), 1, "asked for once");
        assert_eq!(world.github.issues_filed_by_heard(), 1);
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

/// Whether a job that files has found another at it.
async fn waits_for_its_turn(world: &World) -> bool {
    world.counts("SELECT count(*) FROM river_job WHERE kind = 'file' AND CAST(state AS TEXT) = 'scheduled'").await > 0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_took_long_does_not_bring_back_what_it_saw() {
    const LOOKS: &str = "GET /repos/*/*/issues/*";
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let before = world.holds(LOOKS);
        world.product().labels(complaint.issue, "priority");
        world.is_waited_for(LOOKS, before).await;
        // It saw an open issue. Meanwhile the fix ships, which closes it, and everybody is told.
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world
            .until("the issue is known to be closed", async || {
                world.get(&format!("/api/v1/topics/{}", complaint.topic)).await["issue"]["state"] == "closed"
            })
            .await;
        world.lets_go().await;
        let topic = world.topic_of(complaint.ticket).await;
        assert_eq!((&topic["state"], &topic["cycle"]), (&json!("shipped"), &json!(0)), "nobody reopened it: {topic}");
        assert_eq!(topic["issue"]["state"], "closed");
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_engineers_reopened_an_issue_is_noticed_whoever_reads_it_first() {
    const LOOKS: &str = "GET /repos/*/*/issues/*";
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        let before = world.holds(LOOKS);
        world.product().reopen(complaint.issue);
        world.is_waited_for(LOOKS, before).await;
        // Somebody else writes meanwhile, so the issue is read and written for another reason.
        let (_, another) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(another).await["id"], complaint.topic.as_str());
        world
            .until("the issue says so", async || {
                world.product().issue(complaint.issue).unwrap().body.contains("2 customers")
            })
            .await;
        world.lets_go().await;
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_proved_a_fix_before_it_was_still_broken_tells_nobody_a_second_time() {
    const COMPARES: &str = "GET /repos/*/*/compare/**";
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let page = page_in(&world.told_in(complaint.ticket).await);
        let update = world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let before = world.holds(COMPARES);
        world.product().commit_on_main("Something else");
        world.product().release("v2.4.1").publish();
        world.is_waited_for(COMPARES, before).await;
        // That release has the fix as well. Meanwhile the fix turns out to be none.
        let said = [("act", "still_broken"), ("update", update["id"].as_str().unwrap()), ("words", "Not here")];
        assert_eq!(world.says_on(&page, &said).await, 303);
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        world.lets_go().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "told of the first fix only");
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "escalated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_answers_before_we_know_that_they_were_told_is_heard() {
    const REPLIES: &str = "PUT /api/v2/tickets/*";
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.settles().await;
        // The reply is written, and its answer is on its way; nor does a webhook say that it is there.
        world.helpdesk.hooks().drop_all(true);
        world.helpdesk.faults().next(1, REPLIES, Failure::Held);
        world.product().release("v2.4.0").at(&fix).publish();
        let page = page_in(&world.told_in(complaint.ticket).await);
        let update = world.update_that_is("shipped", "sending").await;
        let update = update["id"].as_str().unwrap();
        let seen = world.anonymous().get(&page).send().await.unwrap().text().await.unwrap();
        assert!(seen.contains("value=\"works\"") && seen.contains(update), "they are asked: {seen}");
        assert_eq!(world.says_on(&page, &[("act", "works"), ("update", update)]).await, 303);
        world.helpdesk.faults().let_go();
        world.settles().await;
        let told = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await["updates"].clone();
        assert_eq!((&told["told"], &told["confirmed"]), (&json!(1), &json!(1)), "{told}");
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}
