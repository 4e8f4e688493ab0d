//! What somebody says who may only propose changes: on a public repository anybody opens a pull request, and may edit its text
//! after it was merged (semantic-release/semantic-release#726, talex-touch/tuff#1780).

use serde_json::{Value, json};
use simulator::{CloseReason, MergeMethod, RepositoryOptions};

use crate::{
    databases,
    story::Complaint,
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
            world.settles().await;
            mallory.rewrites(pull, &format!("Fixes #{}", complaint.issue));
            world.product().release("v2.4.0").at(&merged).publish();
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

/// Of every issue that they name, for as long as they like: "is not out any more: v2.4.0 lacks 1 of 2 commits".
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_claims_takes_nothing_back_and_holds_nothing_up() {
    for graphql in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, public("shipped = \"send\"\nreopened = \"send\"\n", graphql)).await;
            let complaint = world.an_escalated_complaint().await;
            let mallory = world.product().with_stranger("mallory");
            let [before, after] = ["Spell the readme right", "Spell it wrong again"]
                .map(|title| mallory.pull_request(title).touching(&["README.md"]).open());
            let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
            world.product().merge(before, MergeMethod::Squash).unwrap();
            mallory.rewrites(before, &format!("Fixes #{}", complaint.issue));
            world.settles().await;
            world.product().release("v2.4.0").at(&fix).publish();
            assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
            world.product().merge(after, MergeMethod::Squash).unwrap();
            mallory.rewrites(after, &format!("Fixes #{}", complaint.issue));
            world.product().release("v2.3.9").at(&world.product().commit_on_main("Another thing")).publish();
            world.settles().await;
            let topic = world.topic_of(complaint.ticket).await;
            assert_eq!((&topic["state"], &topic["cycle"]), (&"shipped".into(), &0.into()), "{topic:#}");
            assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
        })
        .await;
    }
}

/// Anybody may copy the line by which an engineer closes an issue.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_a_stranger_copies_is_no_template() {
    databases::for_each(async |database| {
        let world = World::with(database, public("shipped = \"send\"\n", false)).await;
        let complaint = world.an_escalated_complaint().await;
        let line = format!("Fixes #{}, the last row", complaint.issue);
        let mallory = world.product().with_stranger("mallory");
        for _ in 0..2 {
            mallory.pull_request("Spam").saying(&line).open();
        }
        let pull = world.product().pull_request("Write the last row too").saying(&line).open();
        let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
        world.product().release("v2.4.0").at(&fix).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

/// Whoever wrote an issue may close it, at the very minute of a merge.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_an_issue_proves_nothing_by_closing_it() {
    for graphql in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, public("shipped = \"send\"\n", graphql)).await;
            let mallory = world.product().with_stranger("mallory");
            let issue = mallory.files_issue("Last row lost", "It is lost in every export.");
            let (_, ticket) = world.complains("Ana Sousa");
            world.topic_of(ticket).await;
            let link = format!("/api/v1/tickets/{}/link_issue", world.id_of(ticket).await);
            world.does(&link, &json!({ "url": format!("acme/product#{issue}") })).await;
            world.settles().await;
            let pull = mallory.pull_request("Spell the readme right").touching(&["README.md"]).open();
            let merged = world.product().merge(pull, MergeMethod::Squash).unwrap();
            mallory.close_as(issue, CloseReason::Completed);
            mallory.rewrites(pull, &format!("Fixes #{issue}"));
            world.product().release("v2.4.0").at(&merged).publish();
            world.settles().await;
            assert_eq!(world.helpdesk.replies_by_heard(ticket).len(), 0);
        })
        .await;
    }
}

/// A customer's complaint about an issue that somebody filed by hand.
async fn a_complaint_about(world: &World, issue: u64) -> Complaint {
    let agent = world.helpdesk.agent("Sam Okafor");
    let (customer, ticket) = world.complains("Ana Sousa");
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    let link = format!("/api/v1/tickets/{}/link_issue", world.id_of(ticket).await);
    world.does(&link, &json!({ "url": format!("acme/product#{issue}") })).await;
    world.settles().await;
    Complaint { agent, customer, ticket, topic, issue }
}

/// A member of the organization is called so whether they may write or not (amplifthq/opentag#69), and may close what they wrote. Who
/// tidies up while somebody else merges has not said what fixed it.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_closes_an_issue_of_theirs_while_somebody_else_merges_proves_nothing() {
    databases::for_each(async |database| {
        let world = World::with(database, public("shipped = \"send\"\n", false)).await;
        let robin = world.product().with_engineer("robin", "write");
        let complaint = a_complaint_about(&world, robin.files_issue("Last row lost", "In every export.")).await;
        let mallory = world.product().with_stranger("mallory");
        let pull = mallory.pull_request("Spell the readme right").touching(&["README.md"]).open();
        let merged = world.product().merge(pull, MergeMethod::Squash).unwrap();
        mallory.rewrites(pull, &format!("Fixes #{}", complaint.issue));
        robin.close_as(complaint.issue, CloseReason::Completed);
        world.product().release("v2.4.0").at(&merged).publish();
        let reason = world.asks_first(&complaint, "robin merged nothing").await;
        assert!(reason.contains("may have been closed by something else"), "{reason}");
    })
    .await;
}

/// Heard with somebody's own token files in their name, and the same person merges.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_fixes_is_told_where_whoever_filed_the_issue_merged_it_too() {
    databases::for_each(async |database| {
        let world = World::with(database, public("shipped = \"send\"\n", false)).await;
        let robin = world.product().with_engineer("robin", "write");
        let complaint = a_complaint_about(&world, robin.files_issue("Last row lost", "In every export.")).await;
        let mallory = world.product().with_stranger("mallory");
        let pull = mallory.pull_request("Write the last row too").fixing(complaint.issue).open();
        let merged = robin.merge(pull, MergeMethod::Squash).unwrap();
        world.product().release("v2.4.0").at(&merged).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

/// What is denied, or said by somebody who may only propose changes, is no merged fix.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_claimed_is_neither_merged_nor_done_after_all() {
    databases::for_each(async |database| {
        let tell = "shipped = \"send\"\nfix_merged = \"send\"\n";
        let world = World::with(database, public(tell, false)).await;
        let complaint = world.an_escalated_complaint().await;
        let mallory = world.product().with_stranger("mallory");
        let pull = mallory.pull_request("Spell the readme right").touching(&["README.md"]).open();
        world.product().merge(pull, MergeMethod::Squash).unwrap();
        mallory.rewrites(pull, &format!("Fixes #{}", complaint.issue));
        let denies = format!("Only adds logging. This does NOT fix #{}, which stays open.", complaint.issue);
        let log = world.product().pull_request("Log the rows").saying(&denies).open();
        world.product().merge(log, MergeMethod::Squash).unwrap();
        world.settles().await;
        world.becomes(&complaint.topic, "escalated").await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 0);
        // Why is said as soon as it is known, and not only once a release has it.
        let known = world.evidence(&complaint).await;
        let says = |proof: &Value| proof["says"].as_str().unwrap().contains("denies or limits that it fixes the issue");
        assert!(known.iter().any(says), "{known:#?}");
    })
    .await;
}

/// Each edit had every issue looked at that it names, with six calls each.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_edits_costs_no_calls() {
    databases::for_each(async |database| {
        let world = World::with(database, public("", true)).await;
        let complaint = world.an_escalated_complaint().await;
        let mallory = world.product().with_stranger("mallory");
        let pull = mallory.pull_request("Spam").saying(&format!("Fixes #{}", complaint.issue)).open();
        world.settles().await;
        let reads = || world.github.faults().count("GET /repos/*/*/issues/*/timeline");
        let before = reads();
        assert!(before > 0, "the issue was looked at when it was filed");
        for nth in 0..10 {
            mallory.rewrites(pull, &format!("Fixes #{}\n{nth}", complaint.issue));
        }
        world.settles().await;
        assert_eq!(reads(), before);
    })
    .await;
}

/// An App that serves two organizations can be installed by everybody, and GitHub signs what happens there as what happens here
/// (akuity/kargo#4411). In a repository of their own every stranger may write.
#[tokio::test(flavor = "multi_thread")]
async fn what_happens_where_a_stranger_installed_our_app_costs_no_calls() {
    databases::for_each(async |database| {
        let world = World::with(database, public("", true)).await;
        let complaint = world.an_escalated_complaint().await;
        let theirs = world.github.add_repository(&RepositoryOptions::public("mallory/product"));
        let reads = || world.github.faults().count("GET /repos/*/*/issues/*/timeline");
        let before = reads();
        let pull = theirs.pull_request("Spam").fixing_in("acme/product", complaint.issue).open();
        for nth in 0..5 {
            theirs.rewrites(pull, &format!("Fixes acme/product#{}\n{nth}", complaint.issue));
        }
        world.settles().await;
        assert_eq!(reads(), before);
    })
    .await;
}
