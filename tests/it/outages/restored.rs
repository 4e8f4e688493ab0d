//! An old backup is restored: the database does not know what was told since, and nobody is told twice (G4, one update per customer
//! and milestone). What happens elsewhere: Alignak-monitoring/alignak#871.

use std::{process::Command, time::Duration};

use heard::store::Session;
use serde_json::{Value, json};
use simulator::Failure;

use super::timeless;
use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

/// A complaint whose fix is merged and not out yet, and a backup of the database as it is then.
async fn backed_up_before_the_release(world: &World, database: &str, closed: bool) -> (Complaint, String, Vec<u8>) {
    let complaint = world.an_escalated_complaint().await;
    let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
    world.becomes(&complaint.topic, "fix_merged").await;
    if closed {
        world.helpdesk.agent_sets_status(complaint.agent, complaint.ticket, "solved");
        world.helpdesk.close(complaint.ticket);
    }
    world.settles().await;
    world.is_swept().await;
    let backup = databases::backup(database).await;
    world.clock.advance(Duration::from_mins(10));
    (complaint, fix, backup)
}

/// The release is told, and then the backup takes the place of the database.
async fn told_and_restored(world: &mut World, database: &str, fix: &str, backup: &[u8]) {
    world.product().release("v2.4.0").at(fix).publish();
    world.update_that_is("shipped", "sent").await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(10));
    world.stops().await;
    databases::restore(database, backup);
}

fn says_that_it_is_not_remembered(update: &Value) {
    let why = update["reason"].as_str().unwrap();
    assert!(why.contains("that this database does not know"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_old_backup_is_restored_whoever_was_told_since_is_a_question_and_not_told_again() {
    databases::for_each(async |database| {
        let mut world = timeless(database).await;
        let (complaint, fix, backup) = backed_up_before_the_release(&world, database, false).await;
        told_and_restored(&mut world, database, &fix, &backup).await;
        world.starts_again().await;
        let draft = world.update_that_is("shipped", "draft").await;
        says_that_it_is_not_remembered(&draft);
        // The release is said once more, and so are all webhooks.
        world.github.hooks().redeliver_all(1, 1);
        world.helpdesk.hooks().redeliver_all(1, 1);
        world.settles().await;
        world.sweeps().await;
        let path = format!("/api/v1/topics/{}/updates", complaint.topic);
        world.does(&path, &json!({ "act": "approve" })).await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "also where all others are approved");
        assert_eq!(world.github.issues_filed_by_heard(), 1);
        // Somebody has looked, and wants it to be said again.
        world.approves(&draft).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 2);
    })
    .await;
}

/// GitHub was read first, so the updates were there when the reply was found that the database does not know. Somebody has their page
/// open.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_planned_before_an_unknown_reply_is_read_is_a_question_as_well() {
    // One after the other: whoever restores holds up what else this test does.
    for (state, act, hold_minutes) in [("draft", "approve", 0), ("held", "send_now", 30)] {
        databases::for_each(async |database| {
            let tell = if state == "draft" { "shipped = \"draft\"\n" } else { "" };
            let options = Options { clock: stopped_clock(), tell, hold_minutes, ..Options::default() };
            let mut world = World::with(database, options).await;
            let (complaint, fix, backup) = backed_up_before_the_release(&world, database, false).await;
            world.product().release("v2.4.0").at(&fix).publish();
            let first = world.update_that_is("shipped", state).await;
            world.does(&format!("/api/v1/updates/{}/{act}", first["id"].as_str().unwrap()), &json!({})).await;
            world.update_that_is("shipped", "sent").await;
            world.settles().await;
            world.clock.advance(Duration::from_mins(10));
            world.stops().await;
            databases::restore(database, &backup);
            world.helpdesk.faults().all("GET /api/v2/incremental/**", Failure::Status(500));
            world.starts_again().await;
            let planned = world.update_that_is("shipped", state).await;
            let asks = |update: &Value| update["reason"].as_str().is_some_and(|why| why.contains("does not know"));
            assert!(!asks(&planned), "the reply is not read yet: {planned:#}");
            world.helpdesk.faults().heal();
            world.sweeps().await;
            let draft = world.update_that_is("shipped", "draft").await;
            says_that_it_is_not_remembered(&draft);
            let all = format!("/api/v1/topics/{}/updates", complaint.topic);
            assert_eq!(world.does(&all, &json!({ "act": "approve" })).await["done"], 0);
            let old_page = format!(
                "/api/v1/updates/{}/approve?seen={}",
                draft["id"].as_str().unwrap(),
                planned["seen"].as_str().unwrap()
            );
            assert_eq!(world.post(&old_page, &json!({})).await.0, 409, "they did not read why it waits");
            world.settles().await;
            assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
            world.approves(&draft).await;
            world.settles().await;
            world.until("somebody has looked", async || world.helpdesk.heard_by(complaint.customer).len() == 2).await;
        })
        .await;
    }
}

/// A draft that does not say it, however it came about: it was written while the reply was read, or had been cancelled then.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_says_that_a_reply_is_not_known_before_anybody_approves_it() {
    databases::for_each(async |database| {
        let options = Options { clock: stopped_clock(), tell: "shipped = \"draft\"\n", ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let draft = world.update_that_is("shipped", "draft").await;
        world.settles().await;
        let mut tx = world.app().database.begin().await.unwrap();
        tx.query("UPDATE ticket SET unremembered = TRUE").execute().await.unwrap();
        tx.commit().await.unwrap();
        let all = format!("/api/v1/topics/{}/updates", complaint.topic);
        assert_eq!(world.does(&all, &json!({ "act": "approve" })).await, json!({ "done": 0, "left": 1 }));
        says_that_it_is_not_remembered(&world.update_that_is("shipped", "draft").await);
        assert_eq!(world.does(&all, &json!({ "act": "approve" })).await, json!({ "done": 0, "left": 0 }));
        world.approves(&draft).await;
        world.told_in(complaint.ticket).await;
    })
    .await;
}

/// The ticket was closed, so the answer is in a ticket that was opened for it, and nothing in the closed one says so. As
/// docs/operating.md has it, everything is paused in the database before Heard starts, and goes on once all was read.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_that_starts_paused_tells_nobody_again_in_a_follow_up_either() {
    databases::for_each(async |database| {
        let mut world = timeless(database).await;
        let (complaint, fix, backup) = backed_up_before_the_release(&world, database, true).await;
        told_and_restored(&mut world, database, &fix, &backup).await;
        let folder = tempfile::tempdir().unwrap();
        let mut pause = Command::new(env!("CARGO_BIN_EXE_heard"));
        pause.args(["pause", "--stopped"]).current_dir(folder.path()).env_clear().env("HEARD_DATABASE", database);
        assert!(pause.output().unwrap().status.success());
        world.starts_again().await;
        assert_eq!(world.get("/api/v1/pauses").await["pauses"][0]["part"], "everything");
        world.becomes(&complaint.topic, "shipped").await;
        world.settles().await;
        world.does("/api/v1/pauses/end", &json!({})).await;
        says_that_it_is_not_remembered(&world.update_that_is("shipped", "draft").await);
        world.settles().await;
        assert_eq!(world.helpdesk.tickets().len(), 2, "one follow-up");
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

/// The database does not know of the issue, and would file another. Where issues are reviewed, a person sees that first, and says which
/// issue it is.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_filed_since_the_backup_is_linked_by_hand_where_a_person_reviews() {
    databases::for_each(async |database| {
        let mut world = timeless(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.settles().await;
        world.is_swept().await;
        let backup = databases::backup(database).await;
        world.clock.advance(Duration::from_mins(10));
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        let issue = world.issue_of(&topic).await;
        world.settles().await;
        let path = format!("/api/v1/topics/{topic}");
        let url = world.get(&path).await["issue"]["url"].clone();
        world.clock.advance(Duration::from_mins(10));
        world.stops().await;
        databases::restore(database, &backup);
        world.settings_change("default = true\n", "default = true\nreview = true\n");
        world.starts_again().await;
        let waits = async || world.get("/api/v1/issues/in_review").await["issues"][0]["topic"] == topic.as_str();
        world.until("its issue waits for a person", waits).await;
        let link = format!("/api/v1/tickets/{}/link_issue", world.id_of(ticket).await);
        world.does(&link, &json!({ "url": url })).await;
        world.until("it is the one there was", async || world.get(&path).await["issue"]["number"] == issue).await;
        world.settles().await;
        assert_eq!(world.github.issues_filed_by_heard(), 1);
    })
    .await;
}
