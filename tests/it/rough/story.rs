//! One story: from the complaints to what customers say of the fix.

use std::time::Duration;

use serde_json::Value;
use simulator::MergeMethod;

use super::people::People;
use crate::{
    chance::Chance,
    weather,
    world::{Options, World},
};

/// What engineers say among themselves.
const AMONG_ENGINEERS: &str = "Initech runs an old table engine, INC-4711";
/// What agents say among themselves.
const AMONG_AGENTS: &str = "Careful, their renewal is at risk";

/// How the fix comes, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fix {
    /// Merged and released.
    Released,
    /// Merged, reverted, and released without it.
    Reverted,
    /// Merged, reverted, brought back, and released.
    BroughtBack,
}

/// Plays the story of a seed.
pub async fn plays(seed: u64, database: &str) {
    let mut chance = Chance::of(seed);
    let hold_minutes = if chance.below(3) == 0 { 30 } else { 0 };
    let graphql = chance.below(2) == 0;
    let options = Options { clock: weather::clock(), hold_minutes, graphql, weather: Some(seed), ..Options::default() };
    let world = World::with(database, options).await;
    let mut people = People::write(&world, &mut chance);

    people.something_happens(&world, &mut chance);
    let topic = people.speak_of_one_topic(&world).await;
    people.something_happens(&world, &mut chance);
    world.helpdesk.agent_tags(people.agent, people.first(), "escalate");
    world.helpdesk.agent_notes(people.agent, people.first(), AMONG_AGENTS);
    let issue = world.issue_of(&topic).await;
    world.product().comments_on(issue, AMONG_ENGINEERS);
    people.something_happens(&world, &mut chance);

    let method = if chance.below(2) == 0 { MergeMethod::Squash } else { MergeMethod::Merge };
    let fix =
        [Fix::Released, Fix::Released, Fix::Reverted, Fix::BroughtBack][usize::try_from(chance.below(4)).unwrap()];
    let before = world.product().commit_on_main("Another thing");
    let pull_request = world.product().pull_request("Write the last row too").fixing(issue).open();
    let merged = world.product().merge(pull_request, method).expect("it can be merged");
    if chance.below(2) == 0 {
        // Cut from what was there before the fix.
        world.product().release("v2.3.9").at(&before).publish();
    }
    if fix != Fix::Released {
        let revert = world.product().revert(&merged);
        if fix == Fix::BroughtBack {
            world
                .product()
                .commit_on_main(&format!("Reapply \"Write the last row too\"\n\nThis reverts commit {revert}."));
        }
    }
    people.something_happens(&world, &mut chance);
    time_passes(&world).await;
    assert_eq!(people.told(&world, "2.4.0"), 0, "nobody is told before a release contains the fix");

    let tip = world.product().commit_on_main("One more thing");
    world.product().release("v2.4.0").at(&tip).publish();
    people.something_happens(&world, &mut chance);
    time_passes(&world).await;
    people.something_happens(&world, &mut chance);
    world.comes_to_rest().await;
    world.weighs_as_found_anew().await;

    let updates = world.updates().await;
    people.was_told_once_at_most(&world, &updates);
    assert_eq!(world.github.issues_filed_by_heard(), 1, "one issue");
    match fix {
        Fix::Reverted => assert_eq!(people.told(&world, "2.4.0"), 0, "the fix is not in it: {updates:#?}"),
        Fix::Released | Fix::BroughtBack => people.nobody_is_forgotten(&world, &updates).await,
    }
    nothing_private_left(&world, issue);
    people.what_was_taken_back_is_gone(&world, issue).await;
    let failures: Vec<_> = world.failures().await.into_iter().filter(|failure| !failure.given_up).collect();
    assert!(failures.is_empty(), "nothing goes on failing in fair weather: {failures:#?}");
}

/// Some minutes pass, in which both sides are swept.
async fn time_passes(world: &World) {
    let end = world.clock.now().plus(Duration::from_mins(7));
    world.until("some minutes have passed", async || world.clock.now() >= end).await;
}

/// What agents and engineers say among themselves is in no message to a customer, and no agent's word in the issue.
fn nothing_private_left(world: &World, issue: u64) {
    for ticket in world.helpdesk.tickets() {
        for seen in world.helpdesk.customer_sees(ticket) {
            for private in [AMONG_AGENTS, AMONG_ENGINEERS, "INC-4711"] {
                assert!(!seen.plain_body.contains(private), "a customer reads {private:?}: {}", seen.plain_body);
            }
        }
    }
    let issue = world.product().issue(issue).unwrap();
    assert!(!issue.body.contains(AMONG_AGENTS), "an agent's note stands in the issue: {}", issue.body);
}

/// The state and reason of an update, for a message.
pub fn said_of(update: &Value) -> (&str, &str) {
    (update["state"].as_str().unwrap_or_default(), update["reason"].as_str().unwrap_or_default())
}
