//! Where one customer is told before the others (`tell.canary_minutes`): the others are told only if nobody complains meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    databases,
    story::{Complaint, page_in, stopped_clock},
    world::{Options, World},
};

/// A fix of which one of two customers was told, whose ticket is the first. Two have to complain before the topic opens again.
struct FirstTold {
    world: World,
    complaint: Complaint,
    first: u64,
    other: u64,
}

async fn first_told(database: &str, tell: &str) -> FirstTold {
    let world = World::with(database, Options { clock: stopped_clock(), tell, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    let (_, bobs) = world.complains("Bob Stone");
    world.support_says_they_are_the_same(bobs, complaint.ticket).await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(1));
    world.ships(complaint.issue, "v2.4.0");
    let both = [complaint.ticket, bobs];
    let told = || both.iter().filter(|ticket| !world.helpdesk.replies_by_heard(**ticket).is_empty()).count();
    world.until("the first is told", async || told() > 0).await;
    world.settles().await;
    assert_eq!(told(), 1);
    let (first, other) =
        if world.helpdesk.replies_by_heard(bobs).is_empty() { (both[0], both[1]) } else { (both[1], both[0]) };
    world.clock.advance(Duration::from_mins(5));
    FirstTold { world, complaint, first, other }
}

impl FirstTold {
    fn is_the_other_told(&self) -> bool {
        !self.world.helpdesk.replies_by_heard(self.other).is_empty()
    }

    async fn hours_pass(&self, hours: u64) {
        self.world.clock.advance(Duration::from_hours(hours));
        self.world.sweeps().await;
    }

    /// The update of this fix that stands so.
    async fn that_is(&self, state: &str) -> Value {
        self.world.update_that_is("shipped", state).await
    }
}

const ONE_FIRST: &str = "canary_minutes = 60\nreopen = \"2\"\n";
const STILL_BROKEN: &str = "A customer says that it is still broken";

#[tokio::test(flavor = "multi_thread")]
async fn who_says_that_it_is_still_broken_holds_back_the_others() {
    databases::for_each(async |database| {
        let told = first_told(database, ONE_FIRST).await;
        let world = &told.world;
        let page = page_in(&world.told_in(told.first).await);
        let update = told.that_is("sent").await;
        let update = update["id"].as_str().unwrap();
        assert_eq!(world.says_on(&page, &[("act", "still_broken"), ("update", update)]).await, 303);
        let draft = told.that_is("draft").await;
        assert!(draft["reason"].as_str().unwrap().starts_with(STILL_BROKEN), "{draft:#}");
        let shown = world.looks_in_the_console("/updates?state=draft").await;
        assert!(shown.contains(STILL_BROKEN), "{shown}");
        let topic = world.get(&format!("/api/v1/topics/{}", told.complaint.topic)).await;
        assert_eq!(topic["state"], "shipped", "one is not enough to open the topic again");
        told.hours_pass(2).await;
        world.settles().await;
        assert!(!told.is_the_other_told());
        world.approves(&draft).await;
        world.told_in(told.other).await;
    })
    .await;
}

/// An answer waits to be read, and somebody reads it so.
async fn an_answer_is_read(database: &str, verdict: &str) -> FirstTold {
    let told = first_told(database, ONE_FIRST).await;
    let world = &told.world;
    let answer = "It works for the small report, but the big one still fails.";
    world.helpdesk.customer_replies(told.first, answer);
    let draft = told.that_is("draft").await;
    assert!(draft["reason"].as_str().unwrap().contains("nobody has read yet what it means"), "{draft:#}");
    told.hours_pass(2).await;
    world.settles().await;
    assert!(!told.is_the_other_told());
    let sent = told.that_is("sent").await;
    let confirm = format!("/api/v1/updates/{}/confirm", sent["id"].as_str().unwrap());
    world.does(&confirm, &json!({ "verdict": verdict, "words": answer })).await;
    world.settles().await;
    assert!(!told.is_the_other_told(), "the wait begins anew");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_waits_to_be_read_holds_back_the_others_until_it_was_read() {
    databases::for_each(async |database| {
        let told = an_answer_is_read(database, "works").await;
        told.that_is("held").await;
        told.hours_pass(2).await;
        told.world.told_in(told.other).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_read_as_a_complaint_holds_back_the_others() {
    databases::for_each(async |database| {
        let told = an_answer_is_read(database, "still_broken").await;
        let draft = told.that_is("draft").await;
        assert!(draft["reason"].as_str().unwrap().starts_with(STILL_BROKEN), "{draft:#}");
        assert!(!draft["reason"].as_str().unwrap().contains("nobody has read"), "{draft:#}");
        told.hours_pass(2).await;
        told.world.settles().await;
        assert!(!told.is_the_other_told());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_are_told_at_once_one_complaint_holds_back_nobody() {
    databases::for_each(async |database| {
        let tell = "reopen = \"2\"\n";
        let world =
            World::with(database, Options { clock: stopped_clock(), hold_minutes: 30, tell, ..Options::default() })
                .await;
        let complaint = world.an_escalated_complaint().await;
        let (_, bobs) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(bobs, complaint.ticket).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        let held = async || world.updates().await.into_iter().filter(|one| one["state"] == "held").collect::<Vec<_>>();
        world.until("both are held", async || held().await.len() == 2).await;
        world.settles().await;
        let anas = held().await.remove(0);
        let id = anas["id"].as_str().unwrap();
        world.does(&format!("/api/v1/updates/{id}/send_now"), &json!({})).await;
        world.until("one is told", async || held().await.len() == 1).await;
        world.settles().await;
        world.does(&format!("/api/v1/updates/{id}/confirm"), &json!({ "verdict": "still_broken" })).await;
        world.settles().await;
        assert_eq!(held().await.len(), 1);
    })
    .await;
}
