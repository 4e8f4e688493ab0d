//! Lists whose texts are more than one answer may have: GitHub takes 65,536 characters of up to four bytes, and shows a hundred on
//! a page; Zendesk's export has five hundred tickets, each with its first message.

use std::time::Duration;

use crate::{
    databases,
    story::{BODY, SUBJECT, stopped_clock},
    world::{Options, World},
};

/// So many of these are more than the sixteen megabytes that are read of an answer.
const MANY: usize = 66;

fn long() -> String {
    "\u{1f980}".repeat(65_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn long_pull_requests_and_comments_hold_nothing_up() {
    databases::for_each(async |database| {
        let options = Options { public: true, graphql: true, tell: "shipped = \"send\"\n", ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        let mallory = world.product().with_stranger("mallory");
        world.github.hooks().drop_all(true);
        for nth in 0..MANY {
            let pull = mallory.pull_request(&format!("Crab {nth}")).saying(&long()).open();
            // A maintainer closes the spam at once.
            world.product().close_pull_request(pull);
            mallory.comments_on(complaint.issue, &long());
        }
        world.github.hooks().drop_all(false);
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.settles().await;
        world.product().release("v2.4.0").at(&fix).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_issues_stop_no_sweep() {
    databases::for_each(async |database| {
        let options =
            Options { clock: stopped_clock(), public: true, tell: "shipped = \"send\"\n", ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.is_swept().await;
        world.github.hooks().drop_all(true);
        let mallory = world.product().with_stranger("mallory");
        for nth in 0..MANY {
            mallory.files_issue(&format!("Crab {nth}"), &long());
        }
        world.ships(complaint.issue, "v2.4.0");
        world.sweeps().await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_tickets_stop_no_sweep() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        world.is_swept().await;
        world.helpdesk.hooks().drop_all(true);
        let mallory = world.helpdesk.customer("Mallory Moe").add();
        let long = "spam ".repeat(12_000);
        for nth in 0..290 {
            world.helpdesk.ticket_from(mallory).subject(&format!("Spam {nth}")).body(&long).send();
        }
        let ana = world.helpdesk.customer("Ana Sousa").add();
        let ticket = world.helpdesk.ticket_from(ana).subject(SUBJECT).body(BODY).send();
        world.clock.advance(Duration::from_mins(6));
        world.until("it is found", async || world.is_grouped(ticket).await).await;
    })
    .await;
}
