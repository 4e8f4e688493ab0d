//! What somebody says who may only propose changes: on a public repository anybody opens a pull request, and may edit its text
//! after it was merged (semantic-release/semantic-release#726, talex-touch/tuff#1780).

use simulator::MergeMethod;

use crate::{
    databases,
    world::{Options, World},
};

fn public(tell: &'static str, graphql: bool) -> Options<'static> {
    Options { public: true, graphql, tell, ..Options::default() }
}

/// GitHub closes nothing then, and every customer was told "That is fixed".
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_writes_into_a_merged_pull_request_fixes_nothing_by_itself() {
    for graphql in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, public("shipped = \"send\"\n", graphql)).await;
            let complaint = world.an_escalated_complaint().await;
            let mallory = world.product().with_stranger("mallory");
            let pull = mallory.pull_request("Spell the readme right").touching(&["README.md"]).open();
            let merged = world.product().merge(pull, MergeMethod::Squash).unwrap();
            world.product().release("v2.4.0").at(&merged).publish();
            world.settles().await;
            mallory.rewrites(pull, &format!("Fixes #{}", complaint.issue));
            world.settles().await;
            let reason = world.asks_first(&complaint, "its author may not write there").await;
            assert!(reason.contains("was not closed when it was merged"), "{reason}");
        })
        .await;
    }
}

/// A stranger may fix something, too: GitHub closes the issue when an engineer merges it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_fixes_is_told_where_the_merge_closed_the_issue() {
    databases::for_each(async |database| {
        let world = World::with(database, public("shipped = \"send\"\n", false)).await;
        let complaint = world.an_escalated_complaint().await;
        let mallory = world.product().with_stranger("mallory");
        let pull = mallory.pull_request("Write the last row too").fixing(complaint.issue).open();
        let merged = world.product().merge(pull, MergeMethod::Squash).unwrap();
        world.product().release("v2.4.0").at(&merged).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_working_on_it_because_a_stranger_says_so() {
    databases::for_each(async |database| {
        let world = World::with(database, public("in_progress = \"send\"\n", false)).await;
        let complaint = world.an_escalated_complaint().await;
        let mallory = world.product().with_stranger("mallory");
        mallory.pull_request("Spam").saying(&format!("Fixes #{}", complaint.issue)).open();
        world.tells_nobody(&complaint, "anybody may open one").await;
        world.becomes(&complaint.topic, "escalated").await;
        world.product().pull_request("Write the last row too").fixing(complaint.issue).open();
        world.becomes(&complaint.topic, "in_progress").await;
    })
    .await;
}
