//! What outsiders do in other places: in branches that are nobody's release, in texts about what they fixed or took back, in
//! repositories of their own, and in others of the owner (entrius/gittensor#1038, RollingVersions#104, gitlabhq#9704,
//! AtlassianPS/ConfluencePS#145).

use std::time::Duration;

use serde_json::json;
use simulator::{CloseReason, Failure, MergeMethod, Repository, RepositoryOptions};

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

fn public(tell: &'static str, graphql: bool) -> Options<'static> {
    Options { public: true, graphql, tell, ..Options::default() }
}

/// A pull request of an outsider that an engineer merged into a branch, with its text as they wrote it then.
fn merged_into(world: &World, branch: &str) -> u64 {
    let mallory = world.product().with_stranger("mallory");
    let pull = mallory.pull_request("Spell the readme right").touching(&["README.md"]).into(branch).open();
    world.product().merge(pull, MergeMethod::Squash).unwrap();
    pull
}

fn mallory(world: &World) -> Repository<'_> {
    world.product().with_stranger("mallory")
}

/// The engineer's fix comes out, and is told.
async fn the_real_fix_is_told(world: &World, complaint: &Complaint) {
    let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
    world.settles().await;
    world.product().release("v2.4.0").at(&fix).publish();
    assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
}

/// The customer of a complaint hears nothing, and its topic stays as it is.
async fn moves_nothing(world: &World, complaint: &Complaint, state: &str, replies: usize) {
    world.product().labels(complaint.issue, "export");
    world.settles().await;
    let said = world.helpdesk.replies_by_heard(complaint.ticket);
    assert_eq!(said.len(), replies, "{said:#?}");
    let topic = world.topic_of(complaint.ticket).await;
    assert_eq!((&topic["state"], &topic["cycle"]), (&json!(state), &json!(0)), "{:#?}", world.updates().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_outsider_claims_in_another_branch_holds_nothing_up() {
    for (branch, graphql) in [("develop", false), ("gh-pages", true)] {
        databases::for_each(async |database| {
            let world = World::with(database, public("shipped = \"send\"\n", graphql)).await;
            let before = merged_into(&world, branch);
            let complaint = world.an_escalated_complaint().await;
            let after = merged_into(&world, branch);
            for pull in [before, after] {
                mallory(&world).rewrites(pull, &format!("Fixes #{}", complaint.issue));
            }
            the_real_fix_is_told(&world, &complaint).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_outsider_claims_in_another_branch_is_no_merged_fix() {
    databases::for_each(async |database| {
        let world = World::with(database, public("shipped = \"send\"\nfix_merged = \"send\"\n", false)).await;
        let complaint = world.an_escalated_complaint().await;
        let pull = merged_into(&world, "develop");
        mallory(&world).rewrites(pull, &format!("Fixes #{}", complaint.issue));
        moves_nothing(&world, &complaint, "escalated", 0).await;
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        world.becomes(&complaint.topic, "declined").await;
        moves_nothing(&world, &complaint, "declined", 0).await;
    })
    .await;
}

/// A revert is merged after what it reverts, and outsiders may edit their texts at any time.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_outsider_writes_of_reverts_and_backports_changes_nothing() {
    for word in ["Reverts", "Backport of"] {
        databases::for_each(async |database| {
            let options = Options { hold_minutes: 30, clock: stopped_clock(), ..public("shipped = \"send\"\n", true) };
            let world = World::with(database, options).await;
            let complaint = world.an_escalated_complaint().await;
            let old = merged_into(&world, "main");
            world.product().release("v2.3.0").publish();
            let pull = world.product().pull_request("Write the last row too").fixing(complaint.issue).open();
            let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
            let new = merged_into(&world, "main");
            world.settles().await;
            for one in [old, new] {
                mallory(&world).rewrites(one, &format!("{word} #{pull}"));
            }
            moves_nothing(&world, &complaint, "fix_merged", 0).await;
            assert!(world.updates().await.is_empty(), "no release has it: {:#?}", world.updates().await);
            world.clock.advance(Duration::from_mins(1));
            world.product().release("v2.4.0").at(&fix).publish();
            let held = world.update_that_is("shipped", "held").await;
            world.clock.advance(Duration::from_mins(20));
            for text in ["Nothing".to_owned(), format!("{word} #{pull}")] {
                mallory(&world).rewrites(old, &text);
                moves_nothing(&world, &complaint, "shipped", 0).await;
            }
            let still = world.update_that_is("shipped", "held").await;
            assert_eq!(still["due_at"], held["due_at"], "the hold does not begin anew");
        })
        .await;
    }
}

/// What mallory says in a repository of their own, in which they may do everything. Nothing of it is sent to Heard.
fn at_home(world: &World, issue: u64, merged: bool) {
    world.github.hooks().drop_all(true);
    world.github.add_repository(&RepositoryOptions::public("mallory/product"));
    let home = world.github.repository("mallory/product").with_engineer("mallory", "admin");
    let pull = home.pull_request("Some change").touching(&["README.md"]).open();
    if merged {
        home.merge(pull, MergeMethod::Squash).unwrap();
    }
    // GitHub closes nothing by it, and goes on listing it as closing.
    home.rewrites(pull, &format!("Fixes acme/product#{issue}"));
    world.github.hooks().drop_all(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_merged_in_somebody_elses_repository_fixes_nothing_and_takes_nothing_back() {
    let app = format!("app_id = 12345\nprivate_key = \"\"\"\n{}\"\"\"", include_str!("../../github/app.pem"));
    let as_app = [("token = \"github-token\"", app.as_str())];
    for changes in [&as_app[..], &[]] {
        databases::for_each(async |database| {
            let tell = "shipped = \"send\"\nreopened = \"send\"\nin_progress = \"send\"\n";
            let world = World::with(database, Options { changes, ..public(tell, true) }).await;
            let complaint = world.an_escalated_complaint().await;
            world.github.faults().all("GET /repos/mallory/product/installation", Failure::Status(404));
            at_home(&world, complaint.issue, false);
            moves_nothing(&world, &complaint, "escalated", 0).await;
            world.product().release("v2.3.0").publish();
            the_real_fix_is_told(&world, &complaint).await;
            moves_nothing(&world, &complaint, "shipped", 1).await;
            at_home(&world, complaint.issue, true);
            moves_nothing(&world, &complaint, "shipped", 1).await;
            assert!(world.failures().await.is_empty(), "{:#?}", world.failures().await);
        })
        .await;
    }
}

/// Whoever wrote an issue may close it, also by a commit in a fork.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_its_author_closes_from_a_fork_waits_for_the_fix() {
    for graphql in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, public("shipped = \"send\"\n", graphql)).await;
            let issue = mallory(&world).files_issue("Last row lost", "It is lost in every export.");
            let (_, ticket) = world.complains("Ana Sousa");
            world.topic_of(ticket).await;
            let link = format!("/api/v1/tickets/{}/link_issue", world.id_of(ticket).await);
            world.does(&link, &json!({ "url": format!("acme/product#{issue}") })).await;
            world.settles().await;
            world.github.add_repository(&RepositoryOptions::public("mallory/notes"));
            let home = world.github.repository("mallory/notes").with_engineer("mallory", "admin");
            home.commit_on_main(&format!("Fixes acme/product#{issue}"));
            let fix = world.an_engineer_merges_the_fix_of(issue);
            world.settles().await;
            world.product().release("v2.4.0").at(&fix).publish();
            assert!(world.told_in(ticket).await.contains("2.4.0"));
        })
        .await;
    }
}

/// Where the App is installed on the repositories that Heard files in, and on no other, one of these was enough. Of an outsider
/// something may have been merged there long ago, and they may write into it what they like.
#[tokio::test(flavor = "multi_thread")]
async fn what_outsiders_write_in_other_repositories_of_the_owner_holds_nothing_up() {
    for (merged, graphql) in [(false, true), (true, true), (true, false)] {
        databases::for_each(async |database| {
            let world = World::with(database, public("shipped = \"send\"\n", graphql)).await;
            let complaint = world.an_escalated_complaint().await;
            world.github.hooks().drop_all(true);
            world.github.add_repository(&RepositoryOptions::public("acme/website"));
            world.github.faults().all("GET /repos/acme/website/pulls/*", Failure::Status(404));
            let website = world.github.repository("acme/website");
            let mallory = website.with_stranger("mallory");
            for nth in 0..21 {
                let pull = mallory.pull_request(&format!("Spam {nth}")).touching(&["README.md"]).into("drafts").open();
                if merged {
                    website.merge(pull, MergeMethod::Squash).unwrap();
                }
                mallory.rewrites(pull, &format!("Fixes acme/product#{}", complaint.issue));
            }
            world.github.hooks().drop_all(false);
            the_real_fix_is_told(&world, &complaint).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_a_thousand_commits_name_is_told_when_it_is_fixed() {
    databases::for_each(async |database| {
        let world = World::with(database, public("shipped = \"send\"\n", true)).await;
        let complaint = world.an_escalated_complaint().await;
        world.github.hooks().drop_all(true);
        world.github.add_repository(&RepositoryOptions::public("mallory/notes"));
        let home = world.github.repository("mallory/notes").with_engineer("mallory", "admin");
        for nth in 0..1_001 {
            home.commit_on_main(&format!("See acme/product#{} {nth}", complaint.issue));
        }
        world.github.hooks().drop_all(false);
        the_real_fix_is_told(&world, &complaint).await;
    })
    .await;
}

/// The page says what is known, and not what only an outsider says.
#[tokio::test(flavor = "multi_thread")]
async fn a_customers_page_says_nothing_that_only_an_outsider_says() {
    databases::for_each(async |database| {
        let world = World::with(database, public("shipped = \"send\"\nworkaround = \"send\"\n", false)).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().comments_on(complaint.issue, "/heard workaround Export to XLSX instead; it has every row.");
        world.update_that_is("workaround", "sent").await;
        let page = crate::story::page_in(&world.told_in(complaint.ticket).await);
        let pull = merged_into(&world, "main");
        world.settles().await;
        mallory(&world).rewrites(pull, &format!("Fixes #{}", complaint.issue));
        world.product().release("v2.4.0").publish();
        world.update_that_is("shipped", "draft").await;
        world.settles().await;
        let shown = world.anonymous().get(&page).send().await.unwrap().text().await.unwrap();
        assert!(!shown.contains("Written, not out yet"), "{shown}");
    })
    .await;
}
