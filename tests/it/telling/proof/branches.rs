//! Fixes that go another way than over the default branch: into a branch of their own, or along a release line.

use std::time::Duration;

use simulator::MergeMethod;

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

/// A fix that is merged into `branch`, and the commit there.
fn merged_into(world: &World, complaint: &Complaint, branch: &str) -> String {
    let product = world.product();
    let pull = product.pull_request("Write the last row too").into(branch).fixing(complaint.issue).open();
    product.merge(pull, MergeMethod::Squash).unwrap()
}

/// `branch` is merged into the default branch by a pull request that says nothing of the issue.
fn brought_on(world: &World, branch: &str, how: MergeMethod) {
    let product = world.product();
    let pull = product.pull_request("A new exporter").from(branch).open();
    product.merge(pull, how).unwrap();
}

/// JiRaska/open-bank-oss#9713, SendspinDroid#250
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_in_a_branch_that_was_squashed_or_rebased_is_asked_about() {
    for how in [MergeMethod::Squash, MergeMethod::Rebase] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let complaint = world.an_escalated_complaint().await;
            merged_into(&world, &complaint, "feature-a");
            world.settles().await;
            assert_ne!(world.topic_of(complaint.ticket).await["state"], "fix_merged", "it is on no branch of releases");
            brought_on(&world, "feature-a", how);
            world.product().release("v2.4.0").publish();
            let reason = world.asks_first(&complaint, "its commit is lost on the way").await;
            assert!(reason.contains("feature-a"), "{reason}");
        })
        .await;
    }
}

/// JiRaska/open-bank-oss#9713, chrisuthe/SendspinDroid#250
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_in_a_branch_that_nothing_brought_on_is_asked_about() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        merged_into(&world, &complaint, "feature-a");
        world.product().release("v2.4.0").publish();
        let reason = world.asks_first(&complaint, "it is not on the default branch").await;
        assert!(reason.contains("feature-a") && reason.contains("v2.4.0 does not contain"), "{reason}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_in_the_branch_of_an_open_pull_request_is_waited_for() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        merged_into(&world, &complaint, "feature-a");
        let upper = world.product().pull_request("A new exporter").from("feature-a").open();
        world.product().release("v2.4.0").publish();
        world.tells_nobody(&complaint, "the branch is still open").await;
        assert!(world.updates().await.iter().all(|update| update["milestone"] != "shipped"));
        world.product().merge(upper, MergeMethod::Squash).unwrap();
        world.product().release("v2.5.0").publish();
        let draft = world.update_that_is("shipped", "draft").await;
        assert!(draft["text"].as_str().unwrap().contains("2.5.0"), "{draft}");
    })
    .await;
}

/// A release line that was made without a word: what is picked to it names no origin.
async fn two_releases_of_a_silent_line(world: &World, complaint: &Complaint) {
    let product = world.product();
    for version in ["v2.3.1", "v2.3.2"] {
        world.tells_nobody(complaint, "one release without the fix may have been cut before it").await;
        assert!(world.updates().await.iter().all(|update| update["milestone"] != "shipped"));
        let words = format!("Write the last row too, for {version}");
        let picked = product.commit_on("release/2.3", &words, &["src/lib.rs"]);
        world.clock.advance(Duration::from_secs(10));
        product.release(version).at(&picked).publish();
    }
}

/// apricote/releaser-pleaser#462, robgonnella/releasaurus#283
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_two_releases_passed_by_is_asked_about_once_and_told_when_it_is_proven() {
    for taken_back in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
            let complaint = world.an_escalated_complaint().await;
            world.product().branch("release/2.3", "main");
            world.an_engineer_merges_the_fix_of(complaint.issue);
            world.becomes(&complaint.topic, "fix_merged").await;
            two_releases_of_a_silent_line(&world, &complaint).await;
            let reason = world.asks_first(&complaint, "no release contains it").await;
            assert!(reason.contains("v2.3.1") && reason.contains("v2.3.2"), "{reason}");
            if taken_back {
                let draft = world.update_that_is("shipped", "draft").await;
                let cancel = format!("/api/v1/updates/{}/cancel", draft["id"].as_str().unwrap());
                world.does(&cancel, &serde_json::json!({})).await;
            }
            world.clock.advance(Duration::from_secs(10));
            world.product().release("v2.4.0").publish();
            if taken_back {
                let again = world.update_that_is("shipped", "draft").await;
                assert!(again["reason"].as_str().unwrap().contains("certain by now"), "{again}");
                world.approves(&again).await;
            }
            assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
            world.settles().await;
            assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "once");
        })
        .await;
    }
}

/// A fix that was told in v2.4.0, and a release line that never gets it.
async fn a_fix_that_was_told(world: &World) -> (Complaint, u64) {
    let complaint = world.an_escalated_complaint().await;
    world.product().branch("release/2.3", "main");
    world.an_engineer_merges_the_fix_of(complaint.issue);
    world.becomes(&complaint.topic, "fix_merged").await;
    world.clock.advance(Duration::from_secs(10));
    let release = world.product().release("v2.4.0").publish();
    world.told_in(complaint.ticket).await;
    (complaint, release)
}

async fn two_releases_without_it(world: &World) {
    for version in ["v2.3.1", "v2.3.2"] {
        let picked = world.product().commit_on("release/2.3", version, &["src/lib.rs"]);
        world.clock.advance(Duration::from_secs(10));
        world.product().release(version).at(&picked).publish();
        world.settles().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_whose_release_went_away_is_corrected_though_others_passed_it_by() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let (complaint, release) = a_fix_that_was_told(&world).await;
        two_releases_without_it(&world).await;
        world.product().delete_release(release);
        world.update_that_is("correction", "draft").await;
        world.settles().await;
        let correction = world.update_that_is("correction", "draft").await;
        let topic = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
        assert_eq!(topic["state"], "fix_merged", "older releases are no news: {correction}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_waits_until_it_is_certain_that_the_fix_is_out_again_or_a_person_says_so() {
    for by_a_person in [true, false] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
            let (complaint, release) = a_fix_that_was_told(&world).await;
            world.product().delete_release(release);
            world.update_that_is("correction", "draft").await;
            let (_, ticket) = world.complains("Rafael Lima");
            assert_eq!(world.topic_of(ticket).await["id"], complaint.topic);
            two_releases_without_it(&world).await;
            let likely = world.update_that_is("shipped", "draft").await;
            world.settles().await;
            world.update_that_is("correction", "draft").await;
            if by_a_person {
                world.approves(&likely).await;
            } else {
                world.clock.advance(Duration::from_secs(10));
                world.product().release("v2.5.0").publish();
            }
            world.update_that_is("correction", "cancelled").await;
        })
        .await;
    }
}
