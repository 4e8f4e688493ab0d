//! What comes up after an update was planned and before the customer has it: a doubt while its sending is unclear or failed, and
//! what becomes of a fix whose topic was merged into another one meanwhile.

use std::time::Duration;

use simulator::{Failure, MergeMethod};

use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

const DENIES: &str = "This does NOT fix #1, sorry; only the log is written.\nThis does NOT fix #2, either.";

fn options<'o>(hold_minutes: u32) -> Options<'o> {
    Options { clock: stopped_clock(), hold_minutes, tell: "shipped = \"send\"\n", graphql: true, ..Options::default() }
}

/// A reply was lost, or refused, and then the engineer writes that it fixes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_that_comes_up_while_a_sending_is_unclear_or_failed_is_not_forgotten() {
    let cases = [(500, "sending"), (422, "failed")].into_iter().flat_map(|case| [(case, "send"), (case, "draft")]);
    databases::for_each_case(cases, async |database, ((status, state), policy)| {
        let tell = format!("shipped = {policy:?}\n");
        let world = World::with(database, Options { tell: &tell, ..options(0) }).await;
        let complaint = world.an_escalated_complaint().await;
        let pull = world.product().pull_request("Write the last row too").fixing(complaint.issue).open();
        let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
        world.becomes(&complaint.topic, "fix_merged").await;
        world.settles().await;
        world.helpdesk.hooks().drop_all(true);
        world.helpdesk.faults().next(1, "PUT /api/v2/tickets/*", Failure::Status(status));
        world.clock.advance(Duration::from_mins(1));
        world.product().release("v2.4.0").at(&fix).publish();
        if policy == "draft" {
            // Nothing was doubted when it was approved.
            let draft = world.update_that_is("shipped", "draft").await;
            world.approves(&draft).await;
        }
        world.update_that_is("shipped", state).await;
        world.product().rewrites(pull, DENIES);
        world.github.hooks().settled().await;
        world
            .until("it is doubted", async || {
                let topic = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
                topic["evidence"].to_string().contains("denies")
            })
            .await;
        for failed in world.failures().await {
            world.tries_again(&failed).await;
        }
        world
            .until("it waits for a person", async || {
                world.clock.advance(Duration::from_secs(1));
                world.updates().await.iter().any(|one| one["milestone"] == "shipped" && one["state"] == "draft")
            })
            .await;
        world.rests().await;
        let said = world.helpdesk.replies_by_heard(complaint.ticket);
        assert!(said.is_empty(), "{:?}\n{:#?}", said[0].plain_body, world.updates().await);
    })
    .await;
}

/// Two topics with one fix are found to be one while their customers wait out the hold.
struct MergedMeanwhile {
    ana: u64,
    ben: u64,
    fix: String,
    pull: u64,
}

async fn merged_meanwhile(world: &World) -> MergedMeanwhile {
    let one = world.an_escalated_complaint().await;
    let ben = world.helpdesk.customer("Ben Poe").add();
    let bens = world.helpdesk.ticket_from(ben).subject("Printer").body("Please print invoices in colour.").send();
    let topic = world.topic_of(bens).await["id"].as_str().unwrap().to_owned();
    world.helpdesk.agent_tags(one.agent, bens, "escalate");
    let two = world.issue_of(&topic).await;
    world.settles().await;
    let both = format!("Fixes #{}\nFixes #{two}", one.issue);
    let pull = world.product().pull_request("Write and print").saying(&both).open();
    let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
    world.settles().await;
    world.product().release("v2.4.0").at(&fix).publish();
    world.becomes(&one.topic, "shipped").await;
    world.becomes(&topic, "shipped").await;
    world.settles().await;
    world.support_says_they_are_the_same(bens, one.ticket).await;
    world.settles().await;
    let updates = world.updates().await;
    let held = updates.iter().filter(|one| one["milestone"] == "shipped" && one["state"] == "held").count();
    assert_eq!(held, 2, "{updates:#?}");
    MergedMeanwhile { ana: one.ticket, ben: bens, fix, pull }
}

async fn nobody_is_told_after_the_hold(world: &World, tickets: &[u64]) {
    world.settles().await;
    world.clock.advance(Duration::from_mins(31));
    world.sweeps().await;
    world.settles().await;
    for ticket in tickets {
        let said = world.helpdesk.replies_by_heard(*ticket);
        assert!(said.is_empty(), "{}\n{:#?}", said[0].plain_body, world.updates().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_came_with_a_merged_topic_is_not_told_of_a_fix_that_was_taken_back() {
    databases::for_each(async |database| {
        let world = World::with(database, options(30)).await;
        let MergedMeanwhile { ana, ben, fix, .. } = merged_meanwhile(&world).await;
        world.clock.advance(Duration::from_mins(2));
        world.product().revert(&fix);
        world.product().release("v2.4.1").publish();
        nobody_is_told_after_the_hold(&world, &[ana, ben]).await;
    })
    .await;
}

/// Two weeks after it shipped, the topic that carries on is watched for whoever came with the merged one.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_came_with_a_merged_topic_is_held_and_not_told_of_a_fix_that_was_taken_back_in_the_third_week() {
    databases::for_each(async |database| {
        let world = World::with(database, options(30)).await;
        let MergedMeanwhile { ana, ben, fix, .. } = merged_meanwhile(&world).await;
        let all = world.updates().await;
        let until = world.clock.now().plus(Duration::from_hours(20 * 24));
        let carried = all.iter().find(|one| one["text"].as_str().unwrap().contains("Hi Ben")).unwrap();
        let path = format!("/api/v1/updates/{}/hold", carried["id"].as_str().unwrap());
        world.does(&path, &serde_json::json!({ "until": until })).await;
        world.clock.advance(Duration::from_mins(31));
        world.sweeps().await;
        world.told_in(ana).await;
        world.clock.advance(Duration::from_hours(15 * 24));
        world.sweeps().await;
        world.product().revert(&fix);
        world.product().release("v2.4.1").publish();
        world.settles().await;
        world.clock.advance(Duration::from_hours(6 * 24));
        world.sweeps().await;
        nobody_is_told_after_the_hold(&world, &[ben]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_came_with_a_merged_topic_waits_after_a_still_broken() {
    databases::for_each(async |database| {
        let world = World::with(database, options(30)).await;
        let MergedMeanwhile { ana, ben, .. } = merged_meanwhile(&world).await;
        let all = world.updates().await;
        let anas = all.iter().find(|one| one["text"].as_str().unwrap().contains("Hi Ana")).unwrap();
        world.approves(anas).await;
        world.told_in(ana).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(2));
        world.helpdesk.customer_replies(ana, "No, it is still broken: the last row is missing in every export.");
        world.settles().await;
        assert_eq!(world.topic_of(ana).await["cycle"], 1);
        nobody_is_told_after_the_hold(&world, &[ben]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_came_with_a_merged_topic_waits_for_a_person_where_the_fix_is_doubted() {
    databases::for_each(async |database| {
        let world = World::with(database, options(30)).await;
        let MergedMeanwhile { ana, ben, pull, .. } = merged_meanwhile(&world).await;
        world.product().rewrites(pull, DENIES);
        nobody_is_told_after_the_hold(&world, &[ana, ben]).await;
    })
    .await;
}

/// What speaks against a fix after one of two customers was told of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Against {
    StillBroken,
    TakenBack,
    Denied,
}

/// The one was told. The other came with a topic that was merged: their message was refused, or nobody knows whether it was written.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_came_with_a_merged_topic_and_was_not_reached_is_not_told_of_a_fix_that_does_not_hold() {
    let cases = [
        (Against::StillBroken, 422, "failed"),
        (Against::StillBroken, 500, "sending"),
        (Against::TakenBack, 500, "sending"),
        (Against::Denied, 500, "sending"),
    ];
    databases::for_each_case(cases, async |database, (against, failed_with, unsent)| {
        let world = World::with(database, options(30)).await;
        let MergedMeanwhile { ana, ben, fix, pull } = merged_meanwhile(&world).await;
        let bens = format!("PUT /api/v2/tickets/{ben}");
        world.helpdesk.faults().all(&bens, Failure::Status(failed_with));
        world.clock.advance(Duration::from_mins(31));
        world.told_in(ana).await;
        let theirs = world.id_of(ben).await;
        world
            .until("it was tried in vain", async || {
                let is_it = |one: &serde_json::Value| one["ticket"] == theirs.as_str() && one["state"] == unsent;
                let calls = world.helpdesk.faults().calls().into_iter();
                let mut said = calls.filter(|call| call.body["ticket"]["comment"]["public"] == true);
                said.any(|call| call.status == Some(failed_with)) && world.updates().await.iter().any(is_it)
            })
            .await;
        world.helpdesk.faults().heal();
        world.clock.advance(Duration::from_secs(5));
        match against {
            Against::StillBroken => {
                let words = "No, it is still broken: the last row is missing in every export.";
                world.helpdesk.customer_replies(ana, words);
            }
            Against::TakenBack => {
                world.product().revert(&fix);
                world.product().release("v2.4.1").publish();
            }
            Against::Denied => world.product().rewrites(pull, DENIES),
        }
        world
            .until("it speaks against the fix", async || {
                let topic = world.topic_of(ana).await;
                let page = world.get(&format!("/api/v1/topics/{}", topic["id"].as_str().unwrap())).await;
                topic["cycle"] == 1 || page["evidence"].to_string().contains("denies")
            })
            .await;
        for failed in world.failures().await.into_iter().filter(|failed| failed.work == "send") {
            world.tries_again(&failed).await;
        }
        let ends = if against == Against::Denied { "draft" } else { "cancelled" };
        world
            .until(&format!("it is {ends}: {against:?}, {unsent}"), async || {
                world.clock.advance(Duration::from_secs(1));
                let all = world.updates().await;
                let said = world.helpdesk.replies_by_heard(ben);
                assert!(said.is_empty(), "{against:?}, {unsent}: {}\n{all:#?}", said[0].plain_body);
                all.iter().any(|one| one["milestone"] == "shipped" && one["state"] == ends)
            })
            .await;
    })
    .await;
}
