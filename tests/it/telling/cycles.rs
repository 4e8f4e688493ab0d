//! Two topics become one, and customers were told by either: in cycles of different numbers where one had been opened again, and also
//! of the same (G4, one update per customer and milestone; G5, shipped means in users' hands).

use std::time::Duration;

use heard::{
    flow::people::milestones,
    model::{decision::Actor, id::TopicId},
};
use serde_json::{Value, json};
use simulator::MergeMethod;

use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

const STILL_BROKEN: &str = "No, it is still broken: the last row is missing in every export.";

fn options(hold_minutes: u32) -> Options<'static> {
    Options { clock: stopped_clock(), hold_minutes, ..Options::default() }
}

/// One fix of two topics that everybody was told of. Ana's was opened again before.
struct Fixed {
    anas: String,
    bens: String,
    bens_ticket: u64,
    bens_issue: u64,
    fix: String,
    customers: [u64; 3],
}

/// Why Ana's topic was opened again.
#[derive(Clone, Copy, PartialEq)]
enum CameBack {
    StillBroken,
    Withdrawn,
}

async fn fixed(world: &World) -> Fixed {
    fixed_after(world, CameBack::StillBroken).await
}

async fn fixed_after(world: &World, came_back: CameBack) -> Fixed {
    let ana = world.an_escalated_complaint().await;
    world.clock.advance(Duration::from_mins(1));
    let release = world.ships(ana.issue, "v2.3.0");
    world.told_in(ana.ticket).await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(2));
    match came_back {
        CameBack::StillBroken => {
            world.helpdesk.customer_replies(ana.ticket, STILL_BROKEN);
        }
        CameBack::Withdrawn => {
            world.product().delete_release(release);
            world.approves(&world.update_that_is("correction", "draft").await).await;
            world.update_that_is("correction", "sent").await;
        }
    }
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
    let customers = [ana.customer, ben, cyd];
    let fixed = Fixed { anas: ana.topic, bens, bens_ticket: ticket, bens_issue: issue, fix, customers };
    let anas = if came_back == CameBack::Withdrawn { 3 } else { 2 };
    world.until("everybody is told", async || heard(world, &fixed) == [anas, 1, 1]).await;
    world.settles().await;
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
            let world = World::with(database, options(0)).await;
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
        let world = World::with(database, options(0)).await;
        let fixed = fixed(&world).await;
        become_one(&world, &fixed.bens, &fixed.anas).await;
        world.product().revert(&fixed.fix);
        world.product().release("v2.4.1").publish();
        world.update_that_is("correction", "draft").await;
        world.settles().await;
        assert_eq!(corrections(&world, "draft").await, ["Ana", "Ben", "Cyd"], "{:#?}", world.updates().await);
    })
    .await;
}

/// The first names of those to whom a correction is to go, or went.
async fn corrections(world: &World, state: &str) -> Vec<String> {
    let of_a_fix = |one: &Value| one["milestone"] == "correction" && one["state"] == state;
    let name = |one: Value| {
        let text = one["text"].as_str().unwrap().to_owned();
        text.strip_prefix("Hi ").and_then(|text| text.split(',').next()).unwrap().to_owned()
    };
    let mut names: Vec<_> = world.updates().await.into_iter().filter(of_a_fix).map(name).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_corrected_before_a_merge_is_corrected_again_when_the_next_fix_is_taken_back() {
    databases::for_each(async |database| {
        let world = World::with(database, options(0)).await;
        let fixed = fixed_after(&world, CameBack::Withdrawn).await;
        become_one(&world, &fixed.anas, &fixed.bens).await;
        assert_eq!(heard(&world, &fixed), [3, 1, 1], "{:#?}", world.updates().await);
        world.product().revert(&fixed.fix);
        world.product().release("v2.4.1").publish();
        world.update_that_is("correction", "draft").await;
        world.settles().await;
        assert_eq!(corrections(&world, "sent").await, ["Ana"]);
        assert_eq!(corrections(&world, "draft").await, ["Ana", "Ben", "Cyd"], "{:#?}", world.updates().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn still_broken_by_whoever_came_with_a_merged_topic_opens_the_one_that_carries_on() {
    databases::for_each(async |database| {
        let world = World::with(database, options(0)).await;
        let fixed = fixed(&world).await;
        become_one(&world, &fixed.bens, &fixed.anas).await;
        assert_eq!(world.topic_of(fixed.bens_ticket).await["id"], fixed.anas.as_str());
        world.clock.advance(Duration::from_mins(2));
        let words = "No, it is still broken: every invoice is black and white.";
        world.helpdesk.customer_replies(fixed.bens_ticket, words);
        world.settles().await;
        let topic = world.get(&format!("/api/v1/topics/{}", fixed.anas)).await;
        assert_eq!((&topic["cycle"], topic["state"] == "shipped"), (&json!(2), false), "{topic:#}");
        let fixes = topic["cycles"].as_array().unwrap();
        let counted: Vec<_> = fixes.iter().map(|fix| (&fix["cycle"], &fix["told"], &fix["still_broken"])).collect();
        assert_eq!(counted, [(&json!(0), &json!(1), &json!(1)), (&json!(1), &json!(3), &json!(1))], "{topic:#}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_a_merge_counts_in_the_topic_that_carries_on_and_goes_back() {
    databases::for_each(async |database| {
        let world = World::with(database, options(0)).await;
        let fixed = fixed(&world).await;
        world.clock.advance(Duration::from_mins(2));
        world.helpdesk.customer_replies(fixed.bens_ticket, "Thank you, it works now!");
        world.settles().await;
        let confirmed = async |topic: &str| {
            let topic = world.get(&format!("/api/v1/topics/{topic}")).await;
            let fixes = topic["cycles"].as_array().unwrap();
            fixes.last().unwrap()["confirmed"].as_i64().unwrap()
        };
        assert_eq!((confirmed(&fixed.anas).await, confirmed(&fixed.bens).await), (0, 1));
        become_one(&world, &fixed.bens, &fixed.anas).await;
        assert_eq!(confirmed(&fixed.anas).await, 1);
        world.does(&format!("/api/v1/topics/{}/undo", fixed.anas), &json!({})).await;
        world.settles().await;
        assert_eq!((confirmed(&fixed.anas).await, confirmed(&fixed.bens).await), (0, 1));
        assert_eq!(heard(&world, &fixed), [2, 1, 1], "{:#?}", world.updates().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_came_with_a_merged_topic_is_told_of_the_next_fix() {
    databases::for_each(async |database| {
        let world = World::with(database, options(0)).await;
        let fixed = fixed(&world).await;
        become_one(&world, &fixed.anas, &fixed.bens).await;
        assert_eq!(heard(&world, &fixed), [2, 1, 1]);
        world.clock.advance(Duration::from_mins(2));
        let words = "No, it is still broken: every invoice is black and white.";
        world.helpdesk.customer_replies(fixed.bens_ticket, words);
        world.settles().await;
        assert_eq!(world.topic_of(fixed.bens_ticket).await["cycle"], 1);
        world.clock.advance(Duration::from_mins(1));
        world.ships(fixed.bens_issue, "v2.5.0");
        world.until("everybody is told", async || heard(&world, &fixed) == [3, 2, 2]).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(31));
        world.sweeps().await;
        world.settles().await;
        assert_eq!(heard(&world, &fixed), [3, 2, 2], "{:#?}", world.updates().await);
    })
    .await;
}

/// One customer wrote twice, and support sees it after the first of the two was answered.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_by_the_topic_that_goes_is_not_told_again_by_the_one_that_stays() {
    for told_stays in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, options(30)).await;
            let one = world.an_escalated_complaint().await;
            let also = world.helpdesk.ticket_from(one.customer);
            let also = also.subject("Totals look odd").body("The sum under the report is too small.").send();
            let second = world.topic_of(also).await["id"].as_str().unwrap().to_owned();
            assert_ne!(second, one.topic);
            world.helpdesk.agent_tags(one.agent, also, "escalate");
            let two = world.issue_of(&second).await;
            world.settles().await;
            world.clock.advance(Duration::from_mins(1));
            let both = format!("Fixes #{}\nFixes #{two}", one.issue);
            let pull = world.product().pull_request("Write and sum").saying(&both).open();
            let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
            world.settles().await;
            world.clock.advance(Duration::from_mins(1));
            world.product().release("v2.4.0").at(&fix).publish();
            world.becomes(&one.topic, "shipped").await;
            world.becomes(&second, "shipped").await;
            world.settles().await;
            // An agent is on the phone with her, and lets the first of the two go at once.
            let ticket = world.id_of(one.ticket).await;
            let is_first = |one: &&Value| one["milestone"] == "shipped" && one["ticket"] == ticket.as_str();
            let all = world.updates().await;
            world.approves(all.iter().find(is_first).unwrap()).await;
            world.told_in(one.ticket).await;
            world.settles().await;
            let (goes, stays) = if told_stays { (&second, &one.topic) } else { (&one.topic, &second) };
            become_one(&world, goes, stays).await;
            let told = || world.helpdesk.heard_by(one.customer).len();
            assert_eq!(told(), 1, "{:#?}", world.updates().await);
            // They part, and somebody says whether she is told of the other one as well.
            world.does(&format!("/api/v1/topics/{stays}/undo"), &json!({})).await;
            world.settles().await;
            let asked = world.update_that_is("shipped", "draft").await;
            assert!(asked["reason"].as_str().unwrap().contains("undone"), "{asked:#}");
            assert_eq!((&asked["topic"], told()), (&json!(second), 1));
            become_one(&world, goes, stays).await;
            assert_eq!(told(), 1, "{:#?}", world.updates().await);
            // Whoever was told is owed the correction, whichever topic told them.
            world.product().revert(&fix);
            world.product().release("v2.4.1").publish();
            world.update_that_is("correction", "draft").await;
            world.settles().await;
            assert_eq!(corrections(&world, "draft").await, ["Ana"], "{:#?}", world.updates().await);
        })
        .await;
    }
}

/// "That is another bug", and then it was the same after all.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_in_a_topic_that_was_split_off_is_not_told_again_when_it_comes_back() {
    databases::for_each(async |database| {
        let world = World::with(database, options(0)).await;
        let ana = world.an_escalated_complaint().await;
        let (cyd, cyds) = world.complains("Cyd Lund");
        world.support_says_they_are_the_same(cyds, ana.ticket).await;
        world.settles().await;
        let topic = world.topic_of(ana.ticket).await["id"].as_str().unwrap().to_owned();
        world.clock.advance(Duration::from_mins(1));
        world.ships(ana.issue, "v2.3.0");
        world.told_in(ana.ticket).await;
        world.told_in(cyds).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(2));
        world.helpdesk.customer_replies(ana.ticket, STILL_BROKEN);
        world.settles().await;
        assert_eq!(world.topic_of(ana.ticket).await["cycle"], 1);
        let hers = world.id_of(ana.ticket).await;
        let split = world.does(&format!("/api/v1/topics/{topic}/split"), &json!({ "tickets": [hers] })).await;
        let apart = split["id"].as_str().unwrap().to_owned();
        world.settles().await;
        world.does(&format!("/api/v1/topics/{apart}/escalate"), &json!({})).await;
        let issue = world.issue_of(&apart).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        let both = format!("Fixes #{}\nFixes #{issue}", ana.issue);
        let pull = world.product().pull_request("Write every row").saying(&both).open();
        let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.product().release("v2.4.0").at(&fix).publish();
        let told = || [ana.customer, cyd].map(|customer| world.helpdesk.heard_by(customer).len());
        world.until("both are told", async || told() == [2, 2]).await;
        world.settles().await;
        become_one(&world, &apart, &topic).await;
        assert_eq!(told(), [2, 2], "{:#?}", world.updates().await);
        world.product().revert(&fix);
        world.product().release("v2.4.1").publish();
        world.update_that_is("correction", "draft").await;
        world.settles().await;
        assert_eq!(corrections(&world, "draft").await, ["Ana", "Cyd"], "{:#?}", world.updates().await);
    })
    .await;
}

/// And it was the same before anybody was told.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_to_be_told_when_their_ticket_left_is_asked_about_when_it_is_back() {
    for undone in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, options(30)).await;
            let ana = world.an_escalated_complaint().await;
            let (cyd, cyds) = world.complains("Cyd Lund");
            world.support_says_they_are_the_same(cyds, ana.ticket).await;
            world.settles().await;
            world.ships(ana.issue, "v2.3.0");
            world.becomes(&ana.topic, "shipped").await;
            world.settles().await;
            let theirs = world.id_of(cyds).await;
            let split =
                world.does(&format!("/api/v1/topics/{}/split", ana.topic), &json!({ "tickets": [theirs] })).await;
            world.settles().await;
            world.update_that_is("shipped", "cancelled").await;
            if undone {
                world.does(&format!("/api/v1/topics/{}/undo", ana.topic), &json!({})).await;
                world.settles().await;
            } else {
                become_one(&world, split["id"].as_str().unwrap(), &ana.topic).await;
            }
            let asked = world.update_that_is("shipped", "draft").await;
            assert!(asked["reason"].as_str().unwrap().contains("is back"), "{asked:#}");
            world.approves(&asked).await;
            assert!(world.told_in(cyds).await.contains("2.3.0"));
            world.settles().await;
            assert_eq!(world.helpdesk.heard_by(cyd).len(), 1);
        })
        .await;
    }
}

/// What a person states is a release of each topic by itself, though it is called the same.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_version_that_was_stated_nobody_is_told_twice_whichever_topic_told_them() {
    for first_is_proven in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, options(0)).await;
            let ana = world.an_escalated_complaint().await;
            let ben = world.helpdesk.customer("Ben Poe").add();
            let words = "Please print invoices in colour.";
            let ticket = world.helpdesk.ticket_from(ben).subject("Printer").body(words).send();
            let bens = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
            world.settles().await;
            let state = async |topic: &str, version: &str| {
                world.clock.advance(Duration::from_mins(20));
                let topic = TopicId::parse(topic).unwrap();
                milestones::state_shipped(world.app(), topic, version, &Actor::admin()).await.unwrap();
                world.settles().await;
            };
            state(&ana.topic, "2.3.0").await;
            world.told_in(ana.ticket).await;
            world.settles().await;
            world.clock.advance(Duration::from_mins(2));
            world.helpdesk.customer_replies(ana.ticket, STILL_BROKEN);
            world.settles().await;
            assert_eq!(world.topic_of(ana.ticket).await["cycle"], 1);
            state(&bens, "2.4.0").await;
            if first_is_proven {
                world.ships(ana.issue, "v2.4.0");
                world.becomes(&ana.topic, "shipped").await;
            } else {
                state(&ana.topic, "2.4.0").await;
            }
            let told = || [ana.customer, ben].map(|customer| world.helpdesk.heard_by(customer).len());
            world.until("both are told", async || told() == [2, 1]).await;
            world.settles().await;
            become_one(&world, &bens, &ana.topic).await;
            assert_eq!(told(), [2, 1], "{:#?}", world.updates().await);
            let waits = world.updates().await.into_iter().any(|one| one["state"] == "draft" || one["state"] == "held");
            assert!(!waits, "and nobody is asked: {:#?}", world.updates().await);
        })
        .await;
    }
}
