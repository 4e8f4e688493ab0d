//! Names of releases, tags and environments.

use std::time::Duration;

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

/// PX4/Hawkeye#114, grappa-irc#1636, itchysats#2971
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_a_prerelease_by_its_name_or_by_its_mark_is_one() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        for name in ["v2.4.0-rc.1", "nightly-20261128", "v2.4.0b2", "canary"] {
            world.product().release(name).at(&fix).publish();
        }
        world.product().release("v2.4.0").at(&fix).prerelease().publish();
        world.tells_nobody(&complaint, "none of them is for everybody").await;
        assert!(world.updates().await.is_empty());
        world.product().release("v2.4.1").at(&fix).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.1"));
    })
    .await;
}

/// sudocode#518, Sonoff-Tasmota#109, upload-artifact#184
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_without_a_version_ships_nothing_and_the_most_exact_one_is_named() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { release: "tags", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().tag("v2", "main");
        world.product().tag("latest", "main");
        world.settles().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        for tag in ["nightly", "deployed-to-staging", "latest", "v2"] {
            world.product().tag(tag, &fix);
        }
        world.tells_nobody(&complaint, "no tag names a version, and a moved one is no release").await;
        assert!(world.updates().await.is_empty());
        world.product().tag("v2.4.0", &fix);
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

/// deploy-to-vercel#89
#[tokio::test(flavor = "multi_thread")]
async fn an_environment_is_known_in_any_case() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { release: "deployments", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.product().deploy("Production", &fix);
        world.told_in(complaint.ticket).await;
    })
    .await;
}

/// gitlab-ce#22533
#[tokio::test(flavor = "multi_thread")]
async fn the_environments_that_were_seen_are_named_where_none_counts() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { release: "deployments", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.product().deploy("staging", &fix);
        world.tells_nobody(&complaint, "staging is not production").await;
        let evidence = world.evidence(&complaint).await;
        assert!(
            evidence.iter().any(|proof| proof["says"].as_str().unwrap().contains("went to staging")),
            "{evidence:?}"
        );
        let findings = heard::flow::check::run(world.app()).await;
        assert!(
            findings.iter().any(|one| !one.ok && one.sentence.contains("Those to staging were seen")),
            "{findings:?}"
        );
    })
    .await;
}

/// semantic-release-monorepo#51, NVIDIA/nvcf#1914, renovatebot/renovate#15088
#[tokio::test(flavor = "multi_thread")]
async fn the_tag_of_one_of_several_packages_is_a_question() {
    for (tag, other, called) in [
        ("docs-v1.0.2", "api-v2.4.0", "a release of docs"),
        ("api-v2.4.1", "docs-v1.0.1", "a release of api"),
        ("@acme/ui@2.0.1", "@acme/server@1.0.0", "a release of acme/ui"),
        ("v2.4.0", "helm-chart-1.2.3", "a release of the whole"),
        ("sdk/go/v1.0.1", "v2.3.0", "a release of sdk/go"),
    ] {
        for source in ["releases", "tags"] {
            databases::for_each(async |database| {
                let world = World::with(database, Options { release: source, ..Options::default() }).await;
                let product = world.product();
                let publish = |tag: &str| match source {
                    "tags" => product.tag(tag, "main").map(|_| 0).unwrap_or_default(),
                    _ => product.release(tag).publish(),
                };
                publish(other);
                let complaint = world.an_escalated_complaint().await;
                world.an_engineer_merges_the_fix_of(complaint.issue);
                publish(tag);
                let reason = world.asks_first(&complaint, "its tag contains every commit").await;
                assert!(reason.contains(called) && reason.contains("components"), "{tag}: {reason}");
                let findings = heard::flow::check::run(world.app()).await;
                assert!(
                    findings.iter().any(|one| !one.ok && one.sentence.contains("several packages")),
                    "{findings:?}"
                );
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_package_under_several_spellings_is_told() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for tag in ["2.2.0", "release-2.3.0", "product-v2.3.1", "v2.4.0-rc.1", "docs-preview-1"] {
            world.product().release(tag).publish();
        }
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

/// GreycLab/CImg#422, BerkeleyLab/Marble#53
#[tokio::test(flavor = "multi_thread")]
async fn a_release_whose_tag_was_moved_to_the_fix_is_a_question() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().release("v2.4.0").publish();
        world.settles().await;
        world.clock.advance(Duration::from_secs(10));
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.product().tag("v2.4.0", &fix);
        // No webhook says that the tag of a release was moved.
        world.sweeps().await;
        let reason = world.asks_first(&complaint, "who took it before has not got the fix").await;
        assert!(reason.contains("moved to another commit"), "{reason}");
    })
    .await;
}

/// peters/horizon#579, ncipollo/release-action#382
#[tokio::test(flavor = "multi_thread")]
async fn a_release_without_the_files_that_others_have_is_a_question_until_it_has_them() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let product = world.product();
        for tag in ["v2.2.0", "v2.3.0"] {
            product.release(tag).with_files(6).publish();
        }
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_secs(10));
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        let release = product.release("v2.4.0").at(&fix).publish();
        let reason = world.asks_first(&complaint, "nobody can get it").await;
        assert!(reason.contains("v2.4.0 has no files yet"), "{reason}");
        product.has_files(release, 6);
        world.sweeps().await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

/// `readthedocs/readthedocs.org#754`, jenkinsci/ghprb-plugin#140: the settings have the repository's name in other letters than GitHub.
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_the_same_however_the_settings_spell_it() {
    databases::for_each(async |database| {
        let changes = [("name = \"acme/product\"", "name = \"Acme/Product\"")];
        let options = Options { changes: &changes, clock: stopped_clock(), ..Options::default() };
        let mut world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        world.settles().await;
        world.stops().await;
        world.settings_change("name = \"Acme/Product\"", "name = \"acme/PRODUCT\"");
        world.starts_again().await;
        world.product().with_engineer("mona", "write").comments_on(complaint.issue, "Thank you all.");
        world.stays_shipped(&complaint).await;
    })
    .await;
}

/// Somebody corrects how the name is spelled on GitHub, and nobody has to change the settings.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_spelled_otherwise_from_now_on_is_the_same() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().renames_to("Product");
        world.settles().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        let release = world.product().release("v2.4.0").at(&fix).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        world.settles().await;
        world.product().delete_release(release);
        world.update_that_is("correction", "draft").await;
    })
    .await;
}

/// The same while no webhook arrives: nothing that was told is taken back by it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_back_because_a_name_is_spelled_otherwise() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        world.github.hooks().drop_all(true);
        world.product().renames_to("Product");
        world.clock.advance(Duration::from_mins(1));
        world.product().with_engineer("mona", "write").comments_on(complaint.issue, "Thank you all.");
        world.stays_shipped(&complaint).await;
    })
    .await;
}

impl World {
    /// However often everything is looked at again, the topic is shipped and nobody reads that it is not.
    async fn stays_shipped(&self, complaint: &Complaint) {
        for _ in 0..2 {
            self.clock.advance(Duration::from_mins(6));
            self.sweeps().await;
        }
        self.settles().await;
        assert_eq!(self.get(&format!("/api/v1/topics/{}", complaint.topic)).await["state"], "shipped");
        let updates = self.updates().await;
        assert!(updates.iter().all(|one| one["milestone"] != "correction"), "{updates:#?}");
    }
}
