//! Two topics become one of which the first had been opened again and the other not, so that their cycles have different numbers
//! (G4, one update per customer and milestone; G5, shipped means in users' hands).

use std::time::Duration;

use serde_json::json;
use simulator::MergeMethod;

use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

/// One fix of two topics that everybody was told of. Ana's was opened again before.
struct Fixed {
    anas: String,
    bens: String,
    fix: String,
    customers: [u64; 3],
}

async fn fixed(world: &World) -> Fixed {
    let ana = world.an_escalated_complaint().await;
    world.clock.advance(Duration::from_mins(1));
    world.ships(ana.issue, "v2.3.0");
    world.told_in(ana.ticket).await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(2));
    world.helpdesk.customer_replies(ana.ticket, "No, it is still broken: the last row is missing in every export.");
    world.settles().await;
    assert_eq!(world.topic_of(ana.ticket).await["cycle"], 1);
    let (cyd, cyds) = world.complains("Cyd Lund");
    assert_eq!(world.topic_of(cyds).await["id"], ana.topic.as_str());
    let ben = world.helpdesk.customer("Ben Poe").add();
    let ticket = world.helpdesk.ticket_from(ben).subject("Printer").body("Please print invoices in colour.").send();
    let bens = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    world.helpdesk.agent_tags(ana.agent, ticket, "escalate");
    let issue = world.issue_of(&bens).await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(1));
    let both = format!("Fixes #{}\nFixes #{issue}", ana.issue);
    let pull = world.product().pull_request("Write and print").saying(&both).open();
    let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
    world.settles().await;
    world.clock.advance(Duration::from_mins(1));
    world.product().release("v2.4.0").at(&fix).publish();
    world.told_in(ticket).await;
    world.told_in(cyds).await;
    world.settles().await;
    let fixed = Fixed { anas: ana.topic, bens, fix, customers: [ana.customer, ben, cyd] };
    assert_eq!(heard(world, &fixed), [2, 1, 1], "{:#?}", world.updates().await);
    fixed
}

/// How often Ana, Ben and Cyd heard.
fn heard(world: &World, fixed: &Fixed) -> [usize; 3] {
    fixed.customers.map(|customer| world.helpdesk.heard_by(customer).len())
}

async fn become_one(world: &World, from: &str, into: &str) {
    world.clock.advance(Duration::from_mins(2));
    world.does(&format!("/api/v1/topics/{from}/merge"), &json!({ "into": into })).await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(31));
    world.sweeps().await;
    world.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_of_two_topics_of_different_cycles_tells_nobody_of_the_same_release_again() {
    for came_back_stays in [true, false] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
            let fixed = fixed(&world).await;
            let (stays, goes) = if came_back_stays { (&fixed.anas, &fixed.bens) } else { (&fixed.bens, &fixed.anas) };
            become_one(&world, goes, stays).await;
            assert_eq!(heard(&world, &fixed), [2, 1, 1], "{:#?}", world.updates().await);
            // They part, and are told nothing again by that.
            world.does(&format!("/api/v1/topics/{stays}/undo"), &json!({})).await;
            world.settles().await;
            become_one(&world, goes, stays).await;
            assert_eq!(heard(&world, &fixed), [2, 1, 1], "{:#?}", world.updates().await);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_by_a_merged_topic_of_another_cycle_is_owed_the_correction_too() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let fixed = fixed(&world).await;
        become_one(&world, &fixed.bens, &fixed.anas).await;
        world.product().revert(&fixed.fix);
        world.product().release("v2.4.1").publish();
        world.update_that_is("correction", "draft").await;
        world.settles().await;
        let all = world.updates().await;
        let corrected = |name: &str| {
            let hi = format!("Hi {name},");
            all.iter().any(|one| one["milestone"] == "correction" && one["text"].as_str().unwrap().starts_with(&hi))
        };
        assert!(["Ana", "Ben", "Cyd"].into_iter().all(corrected), "{all:#?}");
    })
    .await;
}
