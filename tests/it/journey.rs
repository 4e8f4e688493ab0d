//! What Heard is for, from end to end, in sentences. Read this first.

use crate::{
    databases, weather,
    world::{Options, World},
};

/// Two customers meet the same bug in words of their own; one fix answers each of them, by name, in their ticket.
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_reaches_everyone_who_reported_it() {
    databases::for_each(async |database| is_played(World::new(database).await).await).await;
}

/// The same while both sides lose, double, delay and refuse what they can (see `rough` for more of it).
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_reaches_everyone_who_reported_it_in_rough_weather_too() {
    for seed in 1..=2 {
        databases::for_each(async |database| {
            let rough = Options { weather: Some(seed), clock: weather::clock(), ..Options::default() };
            is_played(World::with(database, rough).await).await;
        })
        .await;
    }
}

async fn is_played(world: World) {
    let sam = world.helpdesk.agent("Sam Okafor");
    let ana = world.helpdesk.customer("Ana Sousa").email("ana@lovelace.test").of("Lovelace Ltd").add();
    let bob = world.helpdesk.customer("Bob Stone").email("bob@stone.test").add();
    let first = world
        .helpdesk
        .ticket_from(ana)
        .subject("CSV export is missing its last row")
        .body("Hello, every CSV export of our monthly report is missing its last row. Can you look at it?")
        .assigned_to(sam)
        .send();
    let topic = world.topic_of(first).await;
    let second = world
        .helpdesk
        .ticket_from(bob)
        .subject("CSV export is missing its last row")
        .body("Hi, every CSV export of our monthly report is missing its last row.")
        .send();
    world.support_says_they_are_the_same(second, first).await;
    assert_eq!(world.topic_of(second).await["id"], topic["id"], "both speak of one topic");

    world.helpdesk.agent_tags(sam, first, "escalate");
    let issue = world
        .until_some("the topic's issue is filed", async || {
            world.get(&format!("/api/v1/topics/{}", topic["id"].as_str().unwrap())).await["issue"]["number"].as_u64()
        })
        .await;
    let fix = world.an_engineer_merges_the_fix_of(issue);
    world
        .until("the topic says that its fix is merged", async || world.topic_of(first).await["state"] == "fix_merged")
        .await;
    world.rests().await;
    assert!(world.helpdesk.replies_by_heard(first).is_empty(), "merged is not shipped, and nobody is told");

    world.product().release("v2.4.0").at(&fix).publish();
    let to_ana = world.told_in(first).await;
    let to_bob = world.told_in(second).await;
    assert!(to_ana.starts_with("Hi Ana,") && to_ana.contains("2.4.0"), "{to_ana}");
    assert!(to_bob.starts_with("Hi Bob,") && to_bob.contains("missing its last row"), "{to_bob}");
    world.rests().await;
    for ticket in [first, second] {
        assert_eq!(world.helpdesk.replies_by_heard(ticket).len(), 1, "each is told once");
    }
    assert_eq!(world.github.issues_filed_by_heard(), 1);
    assert_eq!(world.topic_of(first).await["state"], "shipped");
}
