//! What a person approved or wrote is theirs: an approval is for what they had read, and their words are not lost.

use std::time::Duration;

use heard::{
    flow::people::topics,
    model::{decision::Actor, id::TopicId},
    store::Session,
};
use serde_json::{Value, json};
use simulator::{Failure, MergeMethod};

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

const DENIES: &str = "This does NOT fix #1, sorry; only the log is written.";
const MAY_BE_OUT: &str = "It may be out, and this is not certain";

fn options(tell: &str, hold_minutes: u32) -> Options<'_> {
    Options { clock: stopped_clock(), hold_minutes, tell, graphql: true, ..Options::default() }
}

async fn shipped_update_for(world: &World, ticket: u64) -> Value {
    let id = world.id_of(ticket).await;
    let is_it = |one: &Value| one["milestone"] == "shipped" && one["ticket"] == id.as_str();
    world.until_some("there is an update for the ticket", async || world.updates().await.into_iter().find(is_it)).await
}

/// A draft of a certain fix waits for a person.
async fn a_draft(database: &str) -> (World, Complaint, Value) {
    let world = World::with(database, options("shipped = \"draft\"\n", 0)).await;
    let complaint = world.an_escalated_complaint().await;
    world.ships(complaint.issue, "v2.4.0");
    let draft = world.update_that_is("shipped", "draft").await;
    world.settles().await;
    (world, complaint, draft)
}

/// A draft waits because the pull request says by now that it does not fix the issue.
async fn a_doubted_draft(database: &str) -> (World, Complaint, Value) {
    let world = World::with(database, options("shipped = \"send\"\n", 0)).await;
    let complaint = world.an_escalated_complaint().await;
    let pull = world.product().pull_request("Write the last row too").fixing(complaint.issue).open();
    let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
    world.becomes(&complaint.topic, "fix_merged").await;
    world.product().rewrites(pull, DENIES);
    world.settles().await;
    world.product().release("v2.4.0").at(&fix).publish();
    let draft = world.update_that_is("shipped", "draft").await;
    assert!(draft["reason"].as_str().unwrap().contains("denies"), "{draft:#?}");
    (world, complaint, draft)
}

/// Another customer asks for something else, and the agent escalates that too: the ticket, its topic, and the topic's issue.
async fn another_is_escalated(world: &World, agent: u64, name: &str) -> (u64, String, u64) {
    let customer = world.helpdesk.customer(name).add();
    let ticket =
        world.helpdesk.ticket_from(customer).subject("Printer").body("Please print invoices in colour.").send();
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    world.helpdesk.agent_tags(agent, ticket, "escalate");
    let issue = world.issue_of(&topic).await;
    (ticket, topic, issue)
}

/// One row says a doubt that was not there before.
async fn becomes_doubted(world: &World, statement: &'static str) {
    let mut tx = world.app().database.begin().await.unwrap();
    assert_eq!(tx.query(statement).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
}

/// The button of a page that showed an update as it is here.
fn approval(update: &Value) -> String {
    format!("/api/v1/updates/{}/approve?seen={}", update["id"].as_str().unwrap(), update["seen"].as_str().unwrap())
}

/// Whoever approves a draft although something is doubted has said nothing of what is doubted later.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_for_the_doubt_that_was_read() {
    databases::for_each(async |database| {
        let (world, complaint, draft) = a_doubted_draft(database).await;
        world.post("/api/v1/pauses", &json!({})).await;
        world.approves(&draft).await;
        world.settles().await;
        // While sending is paused, the reason for the doubt becomes another one.
        becomes_doubted(
            &world,
            "UPDATE milestone SET doubt = 'commit 0123456 may take it back' WHERE kind = 'shipped'",
        )
        .await;
        world.post("/api/v1/pauses/end", &json!({})).await;
        let draft = world.update_that_is("shipped", "draft").await;
        assert!(draft["reason"].as_str().unwrap().contains("may take it back"), "{draft:#?}");
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        world.approves(&draft).await;
        world.told_in(complaint.ticket).await;
    })
    .await;
}

/// The second of two calls forgot which doubt the first had agreed to.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_comes_twice_agrees_to_the_doubt_as_it_did_at_first() {
    databases::for_each(async |database| {
        let (world, complaint, draft) = a_doubted_draft(database).await;
        world.does("/api/v1/pauses", &json!({})).await;
        for _ in 0..2 {
            world.approves(&draft).await;
            world.settles().await;
            world.update_that_is("shipped", "held").await;
        }
        world.does("/api/v1/pauses/end", &json!({})).await;
        world.told_in(complaint.ticket).await;
        world.settles().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
    })
    .await;
}

/// A button of a page that was loaded before the doubt came up, beside a text that is still the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_something_else_by_now_is_not_approved_as_it_was_read() {
    databases::for_each(async |database| {
        let (world, _, read) = a_draft(database).await;
        becomes_doubted(
            &world,
            r#"UPDATE "update" SET reason = 'It may be out, and this is not certain.' WHERE kind = 'shipped'"#,
        )
        .await;
        let approved_as = async |read: &Value| world.post(&approval(read), &json!({})).await.0;
        assert_eq!(approved_as(&read).await, 409);
        let now = world.update_that_is("shipped", "draft").await;
        assert_eq!(now["text"], read["text"]);
        assert_eq!(approved_as(&now).await, 200);
    })
    .await;
}

/// The drafts of a certain fix come into a topic whose fix is doubted. What was held would wait there; what waits already says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_a_merge_brings_into_a_doubted_topic_says_the_doubt() {
    databases::for_each(async |database| {
        let world = World::with(database, options("shipped = \"draft\"\n", 0)).await;
        let one = world.an_escalated_complaint().await;
        let (bens, topic, two) = another_is_escalated(&world, one.agent, "Ben Poe").await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.merges("Write the last row too", one.issue);
        let denies = format!("This does NOT fix #{two}, sorry; only the log is written.");
        let pull = world.product().pull_request("Log the printer").saying(&denies).open();
        let last = world.product().merge(pull, MergeMethod::Squash).unwrap();
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.product().release("v2.4.0").at(&last).publish();
        world.becomes(&one.topic, "shipped").await;
        world.becomes(&topic, "shipped").await;
        world.settles().await;
        let bens_draft = shipped_update_for(&world, bens).await;
        assert!(bens_draft["reason"].as_str().unwrap().starts_with(MAY_BE_OUT), "{bens_draft:#}");
        let anas_draft = shipped_update_for(&world, one.ticket).await;
        assert_eq!(anas_draft["reason"], "The policy for this milestone is a draft.");
        world.does(&format!("/api/v1/topics/{}/merge", one.topic), &json!({ "into": topic })).await;
        world.settles().await;
        let anas_draft = shipped_update_for(&world, one.ticket).await;
        assert_eq!(anas_draft["state"], "draft", "{anas_draft:#}");
        if anas_draft["reason"].as_str().unwrap().starts_with(MAY_BE_OUT) {
            return;
        }
        world.approves(&anas_draft).await;
        world.settles().await;
        let said = world.helpdesk.replies_by_heard(one.ticket);
        assert!(said.is_empty(), "nobody read the doubt: {}", said[0].plain_body);
    })
    .await;
}

/// What was held would wait for a person, because the topic that carries on is not fixed. What was lost on its way is sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_was_lost_is_not_sent_once_its_topic_is_part_of_one_that_is_not_fixed() {
    databases::for_each_case([(500, "sending"), (422, "failed")], async |database, (status, state)| {
        let world = World::with(database, options("shipped = \"send\"\n", 0)).await;
        let one = world.an_escalated_complaint().await;
        let (bobs, topic, _) = another_is_escalated(&world, one.agent, "Bob Stone").await;
        let fix = world.an_engineer_merges_the_fix_of(one.issue);
        world.becomes(&one.topic, "fix_merged").await;
        world.settles().await;
        world.helpdesk.faults().all(&format!("PUT /api/v2/tickets/{}", one.ticket), Failure::Status(status));
        world.clock.advance(Duration::from_mins(1));
        world.product().release("v2.4.0").at(&fix).publish();
        world
            .until("it was tried in vain", async || {
                let calls = world.helpdesk.faults().calls().into_iter();
                let mut said = calls.filter(|call| call.body["ticket"]["comment"]["public"] == true);
                let tried = said.any(|call| call.status == Some(status));
                let is_it = |one: &Value| one["milestone"] == "shipped" && one["state"] == state;
                tried && world.updates().await.iter().any(is_it)
            })
            .await;
        world.support_says_they_are_the_same(one.ticket, bobs).await;
        let carries_on = world.topic_of(one.ticket).await;
        assert_eq!(carries_on["id"], topic.as_str());
        assert_ne!(carries_on["state"], "shipped", "nobody has fixed that: {carries_on:#}");
        world.helpdesk.faults().heal();
        world.clock.advance(Duration::from_secs(5));
        for failed in world.failures().await.into_iter().filter(|failed| failed.work == "send") {
            world.tries_again(&failed).await;
        }
        world
            .until("it waits for a person, or is sent", async || {
                world.clock.advance(Duration::from_secs(1));
                let is_it = |one: &Value| one["milestone"] == "shipped" && one["state"] == "draft";
                world.updates().await.iter().any(is_it) || !world.helpdesk.replies_by_heard(one.ticket).is_empty()
            })
            .await;
        let said = world.helpdesk.replies_by_heard(one.ticket);
        assert!(said.is_empty(), "{state}: {}\n{:#?}", said[0].plain_body, world.updates().await);
    })
    .await;
}

/// A person wrote to one customer in other words, and then somebody wrote the sentence for all of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_wrote_to_one_customer_is_not_lost_by_the_sentence_for_all() {
    databases::for_each(async |database| {
        let world = World::with(database, options("shipped = \"send\"\n", 30)).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let held = world.update_that_is("shipped", "held").await;
        world.settles().await;
        let words = "Hi Ana,\n\nyour plan gets this in January; until then we send you the whole file by hand.";
        let path = format!("/api/v1/updates/{}/edit", held["id"].as_str().unwrap());
        world.does(&path, &json!({ "text": words })).await;
        let change = topics::Change { summary: Some("The last row is written again."), ..topics::Change::default() };
        let topic = TopicId::parse(&complaint.topic).unwrap();
        topics::change(world.app(), topic, &change, &Actor::admin()).await.unwrap();
        world.settles().await;
        world.clock.advance(Duration::from_mins(31));
        world.sweeps().await;
        world.settles().await;
        let said = world.helpdesk.replies_by_heard(complaint.ticket);
        let is_theirs = said.iter().all(|reply| reply.plain_body.contains("January"));
        assert!(is_theirs, "nobody decided to say this to her: {}", said[0].plain_body);
    })
    .await;
}

/// Somebody writes a sentence into the message between the look and the button.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_after_it_was_read_is_not_approved() {
    databases::for_each(async |database| {
        let (world, complaint, read) = a_draft(database).await;
        let topic = TopicId::parse(&complaint.topic).unwrap();
        let change = topics::Change { title: None, kind: None, summary: Some("The file is whole.") };
        topics::change(world.app(), topic, &change, &Actor::admin()).await.unwrap();
        let (status, problem) = world.post(&approval(&read), &json!({})).await;
        assert_eq!(status, 409, "{problem}");
        let now = world.update_that_is("shipped", "draft").await;
        assert!(now["text"].as_str().unwrap().contains("The file is whole."), "{now}");
        world.does(&approval(&now), &json!({})).await;
        assert!(world.told_in(complaint.ticket).await.contains("The file is whole."));
    })
    .await;
}
