//! Issues that were closed as not planned, and fixed all the same.

use std::time::Duration;

use simulator::CloseReason;

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

/// A machine, or somebody with a label for silence, closes the issue as not planned.
fn closed_by_silence(world: &World, complaint: &Complaint, by: &str) {
    let product = world.product();
    let robot = if by.ends_with("[bot]") { product.with_robot(by) } else { product.with_engineer(by, "write") };
    if by == "erin" {
        robot.labels(complaint.issue, "no-issue-activity");
        robot.labels(complaint.issue, "Stale");
    }
    robot.close_as(complaint.issue, CloseReason::NotPlanned);
}

/// renovatebot/renovate#16610, zowe/zowe-cli#1609, yarnpkg/berry#4759
#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_closes_is_not_declined_and_is_told_when_it_ships() {
    for by in ["github-actions[bot]", "stale[bot]", "acme-ci-robot", "acmebot", "erin"] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let complaint = world.an_escalated_complaint().await;
            closed_by_silence(&world, &complaint, by);
            world.fails("closed_by_machine", "by a machine").await;
            world.settles().await;
            assert_ne!(world.topic_of(complaint.ticket).await["state"], "declined", "{by}");
            world.ships(complaint.issue, "v2.4.0");
            assert!(world.told_in(complaint.ticket).await.contains("2.4.0"), "{by}");
            world.settles().await;
            assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
        })
        .await;
    }
}

/// renovatebot/renovate#16610; that a person decided it and somebody did it all the same is a guess of our own.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_declined_and_is_fixed_all_the_same_is_asked_about() {
    for by_hand in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
            let complaint = world.an_escalated_complaint().await;
            if by_hand {
                world.is_declined(&complaint, "We keep it as it is.").await;
            } else {
                world.product().close_as(complaint.issue, CloseReason::NotPlanned);
            }
            world.update_that_is("declined", "draft").await;
            world.settles().await;
            world.clock.advance(Duration::from_secs(10));
            world.ships(complaint.issue, "v2.4.0");
            let reason = world.asks_first(&complaint, "it had been declined").await;
            assert!(reason.contains("declined before this was merged") || reason.contains("closed as not_planned"));
            let updates = world.updates().await;
            let declined = updates.iter().find(|update| update["milestone"] == "declined").unwrap();
            assert_eq!(declined["state"], "cancelled", "not both: {declined}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_that_engineers_took_back_is_not_told() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        world.update_that_is("declined", "draft").await;
        world.product().reopen(complaint.issue);
        world.update_that_is("declined", "cancelled").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_closed_is_off_the_health_page_once_a_person_declined_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        closed_by_silence(&world, &complaint, "stale[bot]");
        world.fails("closed_by_machine", "by a machine").await;
        world.is_declined(&complaint, "We keep it as it is.").await;
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}
