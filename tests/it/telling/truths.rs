//! No two truths at once: what was about to be told, and what is decided meanwhile.

use std::time::Duration;

use heard::{
    flow::people::{milestones, topics},
    model::{decision::Actor, id::TopicId},
};
use serde_json::json;
use simulator::CloseReason;

use crate::{
    databases,
    story::{page_in, stopped_clock},
    world::{Options, World},
};

/// The state of the first update of a milestone, and why.
async fn stands(world: &World, milestone: &str) -> (String, String) {
    let all = world.updates().await;
    let update = all.iter().find(|update| update["milestone"] == milestone).expect("there is one");
    let text = |name: &str| update[name].as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_cancels_what_waits_to_be_told_of_progress() {
    databases::for_each(async |database| {
        let policies = "in_progress = \"draft\"\nsilence = \"draft\"\n";
        let world = World::with(database, Options { tell: policies, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().assigns(complaint.issue, "erin");
        world.update_that_is("in_progress", "draft").await;
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        world.update_that_is("declined", "draft").await;
        world.settles().await;
        assert_eq!(stands(&world, "in_progress").await.0, "cancelled");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_topic_that_is_escalated_is_open_again_and_its_decline_is_not_told() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        let draft = world.update_that_is("declined", "draft").await;
        world.settles().await;
        world.clock.advance(Duration::from_secs(10));
        let (_, other) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(other, complaint.ticket).await;
        world.helpdesk.agent_tags(complaint.agent, other, "escalate");
        world
            .until("the issue is open again", async || world.product().issue(complaint.issue).unwrap().state == "open")
            .await;
        world.settles().await;
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "escalated");
        assert_eq!(stands(&world, "declined").await.0, "cancelled");
        let approve = format!("/api/v1/updates/{}/approve", draft["id"].as_str().unwrap());
        assert_eq!(world.post(&approve, &json!({})).await.0, 409, "it is not true any more");
        world.clock.advance(Duration::from_secs(10));
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        world.becomes(&complaint.topic, "declined").await;
        assert_eq!(world.product().issue(complaint.issue).unwrap().state, "closed", "engineers have the last word");
    })
    .await;
}

/// Two topics of two customers, the first with an issue. Gives the first complaint, and the other's ticket and topic.
async fn two_topics(world: &World) -> (crate::story::Complaint, u64, String) {
    let complaint = world.an_escalated_complaint().await;
    let bob = world.helpdesk.customer("Bob Stone").add();
    let words = "When I print an invoice, the logo of my company is upside down on every page.";
    let ticket = world.helpdesk.ticket_from(bob).subject("Logo on invoices is upside down").body(words).send();
    let other = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    assert_ne!(other, complaint.topic);
    (complaint, ticket, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_is_held_waits_for_a_person_once_its_topic_is_part_of_one_that_is_not_out() {
    databases::for_each(async |database| {
        let world =
            World::with(database, Options { clock: stopped_clock(), hold_minutes: 5, ..Options::default() }).await;
        let (complaint, ticket, other) = two_topics(&world).await;
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "held").await;
        world.settles().await;
        world.does(&format!("/api/v1/topics/{}/merge", complaint.topic), &json!({ "into": other })).await;
        let (state, why) = stands(&world, "shipped").await;
        assert!(state == "draft" && why.contains("whose fix is not out"), "{state}: {why}");
        world.clock.advance(Duration::from_mins(6));
        world.settles().await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        assert!(world.helpdesk.replies_by_heard(ticket).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_is_not_told_once_its_topic_is_part_of_one_that_is_open_and_waits_again_when_they_part() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (complaint, _, other) = two_topics(&world).await;
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        world.update_that_is("declined", "draft").await;
        world.settles().await;
        world.does(&format!("/api/v1/topics/{}/merge", complaint.topic), &json!({ "into": other })).await;
        world.settles().await;
        assert_eq!(stands(&world, "declined").await.0, "cancelled");
        world.does(&format!("/api/v1/topics/{other}/undo"), &json!({})).await;
        let (state, why) = stands(&world, "declined").await;
        assert!(state == "draft" && why.contains("undone"), "{state}: {why}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_quotes_a_ticket_which_was_moved_quotes_another_of_its_customer() {
    databases::for_each(async |database| {
        let world =
            World::with(database, Options { clock: stopped_clock(), hold_minutes: 5, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let words = "The CSV export of our monthly report is missing its last row, says my colleague Quentin too.";
        let second = world.helpdesk.ticket_from(complaint.customer).subject(crate::story::SUBJECT).body(words).send();
        world.support_says_they_are_the_same(second, complaint.ticket).await;
        world.settles().await;
        world.clock.advance(Duration::from_secs(10));
        world.ships(complaint.issue, "v2.4.0");
        let held = world.update_that_is("shipped", "held").await;
        world.settles().await;
        let quoted = if held["text"].as_str().unwrap().contains("Quentin") { second } else { complaint.ticket };
        let ticket = world.id_of(quoted).await;
        world.does(&format!("/api/v1/tickets/{ticket}/move"), &json!({})).await;
        world.settles().await;
        let text = world.update_that_is("shipped", "held").await["text"].as_str().unwrap().to_owned();
        assert_eq!(text.contains("Quentin"), quoted != second, "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_it_was_opened_again_is_no_news_once_it_is_out() {
    databases::for_each(async |database| {
        let policies = "reopened = \"draft\"\n";
        let world =
            World::with(database, Options { tell: policies, clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let topic = TopicId::parse(&complaint.topic).unwrap();
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        world.becomes(&complaint.topic, "declined").await;
        world.clock.advance(Duration::from_secs(10));
        world.product().reopen(complaint.issue);
        world.update_that_is("reopened", "draft").await;
        world.settles().await;
        milestones::state_shipped(world.app(), topic, "2.4.0", &Actor::admin()).await.unwrap();
        world.settles().await;
        assert_eq!(stands(&world, "reopened").await.0, "cancelled");
    })
    .await;
}

/// What was done is said once it is out; until then it reads as if it were.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_stands_on_no_page_while_it_is_doubted_that_it_is_out() {
    databases::for_each(async |database| {
        let tell = "escalated = \"send\"\n";
        let world = World::with(database, Options { tell, clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let page = page_in(&world.told_in(complaint.ticket).await);
        let reads = async || world.anonymous().get(&page).send().await.unwrap().text().await.unwrap();
        let topic = TopicId::parse(&complaint.topic).unwrap();
        let change = topics::Change { title: None, kind: None, summary: Some("Every export has its last row.") };
        topics::change(world.app(), topic, &change, &Actor::admin()).await.unwrap();
        world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.clock.advance(Duration::from_secs(10));
        let revert = world.product().commit_on_main("Revert #2: it broke the billing export");
        world.product().release("v2.4.0").at(&revert).publish();
        world.update_that_is("shipped", "draft").await;
        world.settles().await;
        let doubted = reads().await;
        assert!(!doubted.contains("Every export has its last row."), "{doubted}");
        world.clock.advance(Duration::from_secs(10));
        world.product().commit_on_main(&format!("Reapply it\n\nThis reverts commit {revert}."));
        world.product().release("v2.4.1").publish();
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let out = reads().await;
        assert!(out.contains("Every export has its last row."), "{out}");
    })
    .await;
}
