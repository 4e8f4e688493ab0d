//! What `[tell]` changes, but for what tests/it/telling.rs and its parts show already.

use std::time::Duration;

use serde_json::json;
use simulator::CloseReason;

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

async fn telling(database: &str, tell: &str, changes: &[(&str, &str)]) -> World {
    World::with(database, Options { tell, changes, clock: stopped_clock(), ..Options::default() }).await
}

/// A fix that everybody was told of is not out any more.
async fn a_fix_is_taken_back(world: &World) -> Complaint {
    let complaint = world.an_escalated_complaint().await;
    world.clock.advance(Duration::from_mins(1));
    let release = world.ships(complaint.issue, "v2.4.0");
    world.told_in(complaint.ticket).await;
    world.settles().await;
    world.product().delete_release(release);
    world.until("it is not out any more", async || world.topic_of(complaint.ticket).await["cycle"] == json!(1)).await;
    world.settles().await;
    complaint
}

/// The milestones that have an update, each with its state.
async fn updates(world: &World) -> Vec<(String, String)> {
    let word = |update: &serde_json::Value, name: &str| update[name].as_str().unwrap().to_owned();
    world.updates().await.iter().map(|update| (word(update, "milestone"), word(update, "state"))).collect()
}

fn pair(milestone: &str, state: &str) -> (String, String) {
    (milestone.to_owned(), state.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_waits_for_a_person_unless_it_is_silent() {
    for (tell, expected) in [("", vec![pair("correction", "draft")]), ("correction = \"silent\"\n", vec![])] {
        let database = databases::sqlite();
        let world = telling(&database.url, tell, &[]).await;
        a_fix_is_taken_back(&world).await;
        let corrections: Vec<_> = updates(&world).await.into_iter().filter(|(kind, _)| kind == "correction").collect();
        assert_eq!(corrections, expected, "{tell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_a_topic_came_back_is_told_where_its_policy_says_so() {
    for (tell, expected) in [("", vec![]), ("reopened = \"draft\"\n", vec![pair("reopened", "draft")])] {
        let database = databases::sqlite();
        let world = telling(&database.url, tell, &[]).await;
        a_fix_is_taken_back(&world).await;
        let reopened: Vec<_> = updates(&world).await.into_iter().filter(|(kind, _)| kind == "reopened").collect();
        assert_eq!(reopened, expected, "{tell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_decline_nobody_is_told_where_it_is_silent() {
    for (tell, expected) in [("", vec![pair("declined", "draft")]), ("declined = \"silent\"\n", vec![])] {
        let database = databases::sqlite();
        let world = telling(&database.url, tell, &[]).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        world.becomes(&complaint.topic, "declined").await;
        world.settles().await;
        assert_eq!(updates(&world).await, expected, "{tell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_held_for_as_long_as_the_settings_say() {
    for (changes, now) in
        [(&[][..], 1), (&[("Acme support\"\nhold_minutes = 0", "Acme support\"\nhold_minutes = 30")], 0)]
    {
        let database = databases::sqlite();
        let world = telling(&database.url, "escalated = \"send\"\n", changes).await;
        let complaint = world.an_escalated_complaint().await;
        world.settles().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), now);
        world.clock.advance(Duration::from_mins(31));
        world.sweeps().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_signs() {
    for (changes, signature) in [
        (&[][..], "Acme support"),
        (&[("team = \"Acme support\"\n", "")], "Support"),
        (&[("Acme support", "Acme care")], "Acme care"),
    ] {
        let database = databases::sqlite();
        let world = telling(&database.url, "escalated = \"send\"\n", changes).await;
        let complaint = world.an_escalated_complaint().await;
        let told = world.told_in(complaint.ticket).await;
        assert!(told.lines().any(|line| line == signature), "{signature} in {told}");
    }
}
