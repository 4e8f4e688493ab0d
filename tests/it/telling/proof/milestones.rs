//! `release = "milestone"`: a closed milestone that has the issue asks a person.

use std::time::Duration;

use simulator::CloseReason;

use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_milestone_with_the_issue_is_a_draft_that_a_person_confirms() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { release: "milestone", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let product = world.product();
        let says = async |words: &str| {
            world.tells_nobody(&complaint, words).await;
            assert!(world.updates().await.iter().all(|update| update["milestone"] != "shipped"), "{words}");
            let evidence = world.evidence(&complaint).await;
            assert!(
                evidence.iter().any(|proof| proof["says"].as_str().unwrap().contains(words)),
                "{words}: {evidence:?}"
            );
        };
        product.close_as(complaint.issue, CloseReason::Completed);
        says("is in no milestone").await;
        let milestone = product.milestone("2.4");
        product.plans(complaint.issue, milestone);
        says("is still open").await;
        product.close_milestone(milestone);
        let draft = world.update_that_is("shipped", "draft").await;
        assert!(draft["reason"].as_str().unwrap().contains("2.4"), "{draft}");
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        world.approves(&draft).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_milestone_with_an_issue_that_was_not_done_asks_nothing() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { release: "milestone", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let product = world.product();
        let milestone = product.milestone("2.4");
        product.plans(complaint.issue, milestone);
        product.close_milestone(milestone);
        world.tells_nobody(&complaint, "it is open").await;
        assert!(world.updates().await.iter().all(|update| update["milestone"] != "shipped"));
    })
    .await;
}

/// A guess of our own: what people do with a milestone after it has shipped.
#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_milestone_after_customers_were_told_corrects_nothing() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { release: "milestone", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let product = world.product();
        let milestone = product.milestone("2.4");
        product.plans(complaint.issue, milestone);
        product.close_as(complaint.issue, CloseReason::Completed);
        product.close_milestone(milestone);
        let draft = world.update_that_is("shipped", "draft").await;
        world.approves(&draft).await;
        world.told_in(complaint.ticket).await;
        world.settles().await;
        let next = product.milestone("2.5");
        product.plans(complaint.issue, next);
        product.close_milestone(next);
        world.settles().await;
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "shipped");
        assert!(world.updates().await.iter().all(|update| update["milestone"] != "correction"));
    })
    .await;
}

/// Somebody gives the repository another name while no webhook arrives, and an operator enters it.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_a_milestone_outlives_a_new_name_of_its_repository() {
    databases::for_each(async |database| {
        let mut world =
            World::with(database, Options { release: "milestone", clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        let milestone = world.product().milestone("2.4");
        world.product().plans(complaint.issue, milestone);
        world.product().close_as(complaint.issue, CloseReason::Completed);
        world.product().close_milestone(milestone);
        let draft = world.update_that_is("shipped", "draft").await;
        world.settles().await;
        world.github.hooks().drop_all(true);
        world.product().renames_to("goods");
        world.stops().await;
        world.settings_change("name = \"acme/product\"", "name = \"acme/goods\"");
        world.starts_again().await;
        world.sweeps().await;
        world.settles().await;
        let update = world.updates().await.into_iter().find(|one| one["id"] == draft["id"]).unwrap();
        assert_eq!(update["state"], "draft", "{update}");
        assert_eq!(world.get(&format!("/api/v1/topics/{}", complaint.topic)).await["state"], "shipped");
    })
    .await;
}
