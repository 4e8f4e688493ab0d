//! What went away and is out again.

use std::time::Duration;

use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

/// HomeAssistant-V2C-Cloud#44, nextly#1691, kots#2747
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_was_published_again_is_told_once() {
    for edited in [false, true] {
        databases::for_each(async |database| {
            let world =
                World::with(database, Options { clock: stopped_clock(), hold_minutes: 1, ..Options::default() }).await;
            let complaint = world.an_escalated_complaint().await;
            let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
            world.becomes(&complaint.topic, "fix_merged").await;
            world.clock.advance(Duration::from_secs(10));
            let release = world.product().release("v2.4.0").at(&fix).publish();
            world.update_that_is("shipped", "held").await;
            world.settles().await;
            world.clock.advance(Duration::from_secs(10));
            if edited {
                world.product().demote(release);
            } else {
                world.product().delete_release(release);
            }
            world.update_that_is("shipped", "cancelled").await;
            world.settles().await;
            world.clock.advance(Duration::from_secs(10));
            if edited {
                world.product().promote(release);
            } else {
                world.product().release("v2.4.0").at(&fix).publish();
            }
            world.update_that_is("shipped", "held").await;
            world.settles().await;
            assert!(world.failures().await.is_empty(), "it is out: {:?}", world.failures().await);
            world.clock.advance(Duration::from_mins(2));
            assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
            world.settles().await;
            assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "once");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_before_it_went_away_is_not_told_again() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        let release = world.product().release("v2.4.0").at(&fix).publish();
        world.told_in(complaint.ticket).await;
        world.settles().await;
        world.product().delete_release(release);
        world.update_that_is("correction", "draft").await;
        world.settles().await;
        world.product().release("v2.4.0").at(&fix).publish();
        world.update_that_is("correction", "cancelled").await;
        world.settles().await;
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "shipped");
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_likely_and_is_proven_by_a_later_release_goes_out() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.clock.advance(Duration::from_secs(10));
        let revert = world.product().commit_on_main("Revert #2: it broke the billing export");
        world.product().release("v2.4.0").at(&revert).publish();
        world.asks_first(&complaint, "it may have been taken back").await;
        world.clock.advance(Duration::from_secs(10));
        world.product().commit_on_main(&format!("Reapply it\n\nThis reverts commit {revert}."));
        world.product().release("v2.4.1").publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.1"), "{fix}");
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}
