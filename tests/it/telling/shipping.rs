//! What counts as out: containment in a stable release, or a statement; never a merge, a draft or a label (G5).

use serde_json::json;
use simulator::MergeMethod;

use crate::{
    databases,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn drafts_and_prereleases_tell_nobody_until_they_are_for_everybody() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.product().release("v2.4.0").at(&fix).save_draft();
        let candidate = world.product().release("v2.4.0-rc.1").at(&fix).prerelease().publish();
        world.settles().await;
        assert!(
            world.helpdesk.replies_by_heard(complaint.ticket).is_empty(),
            "neither a draft nor a prerelease is out"
        );
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "fix_merged");
        world.product().promote(candidate);
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0-rc.1"), "now it is for everybody");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_was_cut_before_the_fix_tells_nobody() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let before = world.product().commit_on_main("Tidy up");
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.product().release("v2.4.0").at(&before).publish();
        world.settles().await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "v2.4.0 does not have it");
        world.product().release("v2.4.1").at(&fix).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_with_one_of_two_fixes_tells_nobody() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let first = world.merges("Write the last row", complaint.issue);
        let second = world.merges("Flush the last row", complaint.issue);
        world.product().release("v2.4.0").at(&first).publish();
        world.becomes(&complaint.topic, "fix_merged").await;
        world.settles().await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "half a fix is none");
        world.product().release("v2.4.1").at(&second).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ci_states_to_be_out_is_still_compared_with_the_fix() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { release: "stated", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let before = world.product().sha_of("main").unwrap();
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        let states = |version: &str, sha: &str| json!({"repository": "acme/product", "version": version, "sha": sha});
        world.does("/api/v1/releases", &states("2.4.0", &before)).await;
        world.product().release("v9.9.9").at(&fix).publish();
        world.settles().await;
        assert!(
            world.helpdesk.replies_by_heard(complaint.ticket).is_empty(),
            "2.4.0 has no fix, and releases do not count"
        );
        let (answered, why) =
            world.post("/api/v1/releases", &json!({"repository": "acme/other", "version": "1", "sha": fix})).await;
        assert_eq!(answered, 409, "{why}");
        world.does("/api/v1/releases", &states("2.4.1", &fix)).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.1"));
        world.does("/api/v1/releases", &states("2.4.1", &fix)).await;
        world.settles().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1, "stated twice, told once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_was_reverted_before_the_release_tells_nobody() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        let without = world.product().revert(&fix);
        world.product().release("v2.4.0").at(&without).publish();
        world.settles().await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "the release has the fix and its revert");
        assert_ne!(world.topic_of(complaint.ticket).await["state"], "shipped");
    })
    .await;
}

/// A repository of two components that are released one by one.
const TWO_PARTS: &str = r#"
[[repositories.components]]
name = "web"
tag = "^web-v"
paths = ["packages/web/"]
[[repositories.components]]
name = "api"
tag = "^api-v"
paths = ["packages/api", "packages/shared"]
"#;

impl World {
    /// The fix of an issue is merged; it changes these files.
    fn merges_a_change_of(&self, issue: u64, files: &[&str]) -> String {
        let product = self.product();
        let pull_request = product.pull_request("Write the last row too").fixing(issue).touching(files).open();
        product.merge(pull_request, MergeMethod::Squash).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_release_of_another_component_of_the_repository_tells_nobody() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: TWO_PARTS, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.merges_a_change_of(complaint.issue, &["packages/web/export.ts", "README.md"]);
        world.becomes(&complaint.topic, "fix_merged").await;
        // Both contain the commit: every tag of such a repository does.
        world.product().release("api-v3.0.0").at(&fix).publish();
        world.product().release("nightly-17").at(&fix).publish();
        world.settles().await;
        assert!(world.updates().await.is_empty(), "nothing is even planned: {:?}", world.updates().await);
        world.product().release("web-v1.9.0").at(&fix).publish();
        let told = world.told_in(complaint.ticket).await;
        assert!(told.contains("1.9.0") && !told.contains("web-v"), "the version, and not our name of the tag: {told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_of_two_components_tells_nobody_until_both_are_out() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: TWO_PARTS, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.merges_a_change_of(complaint.issue, &["packages/web/export.ts", "packages/shared/rows.ts"]);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.product().release("web-v1.9.0").at(&fix).publish();
        world.settles().await;
        assert!(world.updates().await.is_empty(), "half of it is out");
        world.product().release("api-v3.0.0").at(&fix).publish();
        world.told_in(complaint.ticket).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_of_no_component_that_the_settings_name_waits_for_a_person() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: TWO_PARTS, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.merges_a_change_of(complaint.issue, &["tools/build.sh", "packages/web.md"]);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.product().release("api-v3.0.0").at(&fix).publish();
        let draft = world.update_that_is("shipped", "draft").await;
        assert!(draft["reason"].as_str().unwrap().contains("a person has to say"), "{draft}");
    })
    .await;
}
