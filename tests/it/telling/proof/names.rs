//! Names of releases, tags and environments.

use crate::{
    databases,
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
