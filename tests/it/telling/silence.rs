//! Who hears nothing for long is owed a word, and hears it once; the promise is kept by the answer itself.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

const DAY: Duration = Duration::from_hours(24);

impl World {
    async fn promises(&self) -> Vec<Value> {
        self.get("/api/v1/promises").await["promises"].as_array().unwrap().clone()
    }

    async fn told_of(&self, milestone: &str) -> usize {
        self.updates().await.iter().filter(|update| update["milestone"] == milestone).count()
    }
}

async fn patient(database: &str) -> World {
    let tell = "silence = \"send\"\nsilence_days = 14\n";
    World::with(database, Options { tell, clock: stopped_clock(), ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_heard_nothing_for_long_is_told_how_it_stands_once() {
    databases::for_each(async |database| {
        let world = patient(database).await;
        let complaint = world.an_escalated_complaint().await;
        let promise = world.promises().await.remove(0);
        assert_eq!((&promise["topic"], &promise["what"]), (&json!(complaint.topic), &json!("Answer its customers")));
        world.clock.advance(13 * DAY);
        let (newcomer, late) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(late).await["id"], complaint.topic.as_str());
        world.settles().await;
        assert_eq!(world.told_of("silence").await, 0, "not before it is due");
        world.clock.advance(2 * DAY);
        let told = world.told_in(complaint.ticket).await;
        assert!(told.starts_with("Hi Ana,") && told.contains("you deserve a word"), "{told}");
        for _ in 0..3 {
            world.clock.advance(DAY);
            world.settles().await;
        }
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "once");
        assert!(world.helpdesk.heard_by(newcomer).is_empty(), "who wrote two days ago does not wait for long");
        assert_eq!(world.promises().await.len(), 1, "and it is still owed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_is_kept_by_the_answer_and_not_by_its_draft() {
    databases::for_each(async |database| {
        let world = patient(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().close_as(complaint.issue, simulator::CloseReason::NotPlanned);
        let draft = world.update_that_is("declined", "draft").await;
        world.settles().await;
        assert_eq!(world.promises().await.len(), 1, "nobody has been told");
        world
            .does(
                &format!("/api/v1/updates/{}/edit", draft["id"].as_str().unwrap()),
                &json!({"text": "We will not do it."}),
            )
            .await;
        world.approves(&draft).await;
        world.told_in(complaint.ticket).await;
        world.until("it is kept", async || world.promises().await.is_empty()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_better_news_overtakes_what_was_not_sent() {
    databases::for_each(async |database| {
        let tell = "silence = \"draft\"\nsilence_days = 14\nfix_merged = \"draft\"\n";
        let world = World::with(database, Options { tell, clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(15 * DAY);
        world.update_that_is("silence", "draft").await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.update_that_is("fix_merged", "draft").await;
        world.product().release("v2.4.0").at(&fix).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        world.settles().await;
        for milestone in ["silence", "fix_merged"] {
            let update = world.update_that_is(milestone, "cancelled").await;
            assert_eq!(update["reason"], "The topic is shipped by now.");
        }
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}
