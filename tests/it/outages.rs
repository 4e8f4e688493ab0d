//! What happens while the other side is down, slow, limited or wrong: the work is done later, exactly once, or it stands
//! on the health page with a sentence and a button (G3, G4, G10, G11).
//!
//! `outages/github.rs` and `outages/helpdesk.rs`: each failure. `outages/attempts.rs`: one attempt
//! to tell, and the next. `outages/database.rs`: what the database will not have. `outages/vanished.rs`: what was deleted, moved
//! or merged elsewhere. `outages/taken_name.rs`: names that mean another repository. `outages/restored.rs`: a database that is older
//! than what was told. Here: what no webhook said.

mod attempts;
mod database;
mod github;
mod helpdesk;
mod restored;
mod taken_name;
mod vanished;

use std::time::Duration;

use serde_json::json;

use crate::{
    databases,
    story::{BODY, SUBJECT, stopped_clock},
    world::{Options, World},
};

/// A world whose time the test moves.
async fn timeless(database: &str) -> World {
    World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await
}

/// The calls that came although we had been asked to wait two seconds; whatever was on its way just then could not know.
fn rash(violations: &[String]) -> Vec<&String> {
    let early = |violation: &String| {
        let (_, after) = violation.split_once(" came ")?;
        after.split(' ').next()?.parse::<u32>().ok()
    };
    violations.iter().filter(|violation| early(violation).is_none_or(|early_ms| early_ms < 1_800)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_finds_everything_that_no_webhook_said() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        world.is_swept().await;
        world.helpdesk.hooks().drop_all(true);
        world.github.hooks().drop_all(true);
        let agent = world.helpdesk.agent("Sam Okafor");
        let ana = world.helpdesk.customer("Ana Sousa").add();
        let ticket = world.helpdesk.ticket_from(ana).subject(SUBJECT).body(BODY).send();
        world.sweeps().await;
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        world.sweeps().await;
        let issue = world.issue_of(&topic).await;
        let fix = world.an_engineer_merges_the_fix_of(issue);
        world.sweeps().await;
        world.becomes(&topic, "fix_merged").await;
        world.product().release("v2.4.0").at(&fix).publish();
        world.sweeps().await;
        assert!(world.told_in(ticket).await.contains("2.4.0"));
        world.helpdesk.customer_replies(ticket, "It is still broken.");
        world.sweeps().await;
        let path = format!("/api/v1/topics/{topic}");
        world.until("the topic is open again", async || world.get(&path).await["cycle"] == 1).await;
        for _ in 0..3 {
            world.sweeps().await;
        }
        assert_eq!(world.helpdesk.heard_by(ana).len(), 1);
        assert_eq!(world.github.issues_filed_by_heard(), 1);
        assert_eq!(world.counts("SELECT count(*) FROM delivery").await, 0, "not one webhook was there");
    })
    .await;
}

/// The helpdesk counts in whole seconds, so what changes in the second in which we read has a time that we have seen.
#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_finds_what_changed_in_the_second_in_which_its_ticket_was_read() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        world.settles().await;
        world.is_swept().await;
        world.helpdesk.hooks().drop_all(true);
        world.helpdesk.customer_replies(ticket, "It is the report of March.");
        world.sweeps().await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE body LIKE '%of March%'").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_it_stopped() {
    databases::for_each(async |database| {
        let mut world = timeless(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.stops().await;
        // Nobody listens: neither the merge nor the release is heard of.
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.product().release("v2.4.0").at(&fix).publish();
        world.clock.advance(Duration::from_mins(10));
        world.starts_again().await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"), "the sweep at the start found both");
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_because_of_a_wrong_token_is_tried_at_once_by_a_start_with_the_right_one() {
    databases::for_each(async |database| {
        let mut world = timeless(database).await;
        world.is_swept().await;
        let before = format!("token = \"{}\"", world.helpdesk.options().token);
        world.helpdesk.rotate_token("the-token-after");
        world.clock.advance(Duration::from_mins(6));
        world.fails("sweep", "refuses our credentials").await;
        let failing = "SELECT count(*) FROM sweep WHERE error IS NOT NULL";
        assert_eq!(world.counts(failing).await, 1);
        world.stops().await;
        world.settings_change(&before, "token = \"the-token-after\"");
        world.starts_again().await;
        // It would wait for two minutes by itself, which is longer than a test is patient.
        world.until("the sweep reaches it", async || world.counts(failing).await == 0).await;
        let stands = async || world.failures().await.iter().any(|failure| failure.work == "sweep");
        world.until("the health page says nothing of it", async || !stands().await).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_webhook_said_is_forgotten_after_a_while_and_still_counts_once() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        world.complains("Ana Sousa");
        world.settles().await;
        // What cannot be read waits for a person, however long that takes.
        let kept = "SELECT count(*) FROM delivery WHERE length(body) > 0";
        let all = world.counts("SELECT count(*) FROM delivery").await;
        assert!(all > 0 && world.counts(kept).await == all);
        world.clock.advance(Duration::from_hours(29 * 24));
        world.settles().await;
        assert_eq!(world.counts(kept).await, all, "it can still be read again");
        world.clock.advance(Duration::from_hours(2 * 24));
        world.until("what they said is forgotten", async || world.counts(kept).await == 0).await;
        let newest = world.get("/api/v1/deliveries?state=forgotten").await["deliveries"][0].clone();
        let whole = world.get(&format!("/api/v1/deliveries/{}", newest["id"].as_str().unwrap())).await;
        assert_eq!((&whole["body"], &whole["events"], &whole["headers"]), (&json!(null), &json!([]), &json!([])));
        let replay = format!("/api/v1/deliveries/{}/replay", newest["id"].as_str().unwrap());
        let (status, problem) = world.post(&replay, &json!({})).await;
        assert_eq!(status, 409);
        assert!(problem["detail"].as_str().unwrap().contains("keep_deliveries_days"), "{problem}");
        world.helpdesk.hooks().redeliver_all(1, 1);
        world.helpdesk.hooks().settled().await;
        let again = world.helpdesk.hooks().log().into_iter().filter(|sent| sent.redelivery);
        let answers: Vec<_> = again.map(|sent| sent.attempts.last().unwrap().outcome.clone()).collect();
        assert!(!answers.is_empty() && answers.iter().all(|answer| *answer == Ok(202)), "{answers:?}");
        assert_eq!(world.counts("SELECT count(*) FROM delivery").await, all, "what came before still counts as come");
    })
    .await;
}
