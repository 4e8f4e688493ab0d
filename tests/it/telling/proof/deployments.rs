//! Deployments that succeed and then fail.

use std::time::Duration;

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

/// A world in which deployments count, with a fix that is merged.
async fn merged(database: &str, hold_minutes: u32) -> (World, Complaint, String) {
    let options = Options { release: "deployments", clock: stopped_clock(), hold_minutes, ..Options::default() };
    let world = World::with(database, options).await;
    let complaint = world.an_escalated_complaint().await;
    let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
    world.becomes(&complaint.topic, "fix_merged").await;
    world.clock.advance(Duration::from_secs(10));
    (world, complaint, fix)
}

/// Flagsmith/flagsmith#6548, deis/deis#4978, kit-deployer#36
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_fails_after_it_succeeded_is_not_told() {
    for state in ["failure", "error", "inactive"] {
        databases::for_each(async |database| {
            let (world, complaint, fix) = merged(database, 5).await;
            let deployment = world.product().deploy("production", &fix).unwrap();
            world.update_that_is("shipped", "held").await;
            world.clock.advance(Duration::from_secs(10));
            world.product().deployment_becomes(deployment, state);
            world.update_that_is("shipped", "cancelled").await;
            world.settles().await;
            world.clock.advance(Duration::from_mins(6));
            world.tells_nobody(&complaint, state).await;
            let again = world.product().deploy("production", &fix).unwrap();
            world.update_that_is("shipped", "held").await;
            world.settles().await;
            world.clock.advance(Duration::from_mins(6));
            world.told_in(complaint.ticket).await;
            world.settles().await;
            assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "once, by {again}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_of_a_deployment_that_fails_later_is_corrected_by_a_person() {
    databases::for_each(async |database| {
        let (world, complaint, fix) = merged(database, 0).await;
        let deployment = world.product().deploy("production", &fix).unwrap();
        world.told_in(complaint.ticket).await;
        world.settles().await;
        world.clock.advance(Duration::from_secs(10));
        world.product().deployment_becomes(deployment, "failure");
        world.update_that_is("correction", "draft").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_the_next_one_replaced_was_out() {
    databases::for_each(async |database| {
        let (world, complaint, fix) = merged(database, 5).await;
        let product = world.product();
        let first = product.deploy("production", &fix).unwrap();
        world.update_that_is("shipped", "held").await;
        world.clock.advance(Duration::from_secs(10));
        product.commit_on_main("Something else");
        let second = product.deploy("production", "main").unwrap();
        product.deployment_becomes(first, "inactive");
        world.clock.advance(Duration::from_secs(10));
        world.settles().await;
        world.clock.advance(Duration::from_mins(6));
        world.told_in(complaint.ticket).await;
        world.settles().await;
        product.deployment_becomes(second, "failure");
        world.settles().await;
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "shipped", "the first one is back");
    })
    .await;
}
