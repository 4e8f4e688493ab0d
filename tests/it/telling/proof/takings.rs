//! What takes a fix back, and what carries it over.

use simulator::MergeMethod;

use crate::{
    databases,
    story::Complaint,
    world::{Options, World},
};

/// A fix of two commits that is merged in this way. Gives the commit on main and those of the branch.
fn merged(world: &World, complaint: &Complaint, how: MergeMethod) -> (String, Vec<String>) {
    let product = world.product();
    let parts = ["export: write the last row", "export: test it"];
    let parts: Vec<String> =
        parts.iter().map(|message| product.commit_on("export", message, &["src/export.rs"])).collect();
    let pull = product.pull_request("Write the last row").from("export").fixing(complaint.issue).open();
    (product.merge(pull, how).unwrap(), parts)
}

/// solana-developer-platform#1906, pr-log#516
#[tokio::test(flavor = "multi_thread")]
async fn whoever_reverts_one_commit_of_a_merged_fix_leaves_a_doubt() {
    for how in [MergeMethod::Merge, MergeMethod::Rebase] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let complaint = world.an_escalated_complaint().await;
            let (merge, parts) = merged(&world, &complaint, how);
            let part = if how == MergeMethod::Merge {
                parts[0].clone()
            } else {
                world.product().first_parent(&merge).unwrap()
            };
            world
                .product()
                .commit_on_main(&format!("Revert \"export: write the last row\"\n\nThis reverts commit {part}."));
            world.product().release("v2.4.0").publish();
            let reason = world.asks_first(&complaint, "a part of the fix was taken back").await;
            assert!(reason.contains("export: write the last row"), "{reason}");
        })
        .await;
    }
}

/// checkstyle/contribution#236, #289, standard-version#829
#[tokio::test(flavor = "multi_thread")]
async fn a_taking_back_is_heard_however_it_is_worded() {
    const WORDINGS: &[&str] = &[
        "Revert \"Write the last row too (#PR)\"",
        "Revert #PR: it broke the billing export",
        "This reverts commits SHA and 0123456789abcdef0123456789abcdef01234567.",
        "Back out SHA8: the billing export is empty",
        "revert: write the last row too",
        "This reverts pull request #PR.",
        "hotfix: roll back PR #PR until Monday",
        "Revert the export changes of last week",
    ];
    for wording in WORDINGS {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let complaint = world.an_escalated_complaint().await;
            let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
            let words = wording
                .replace("#PR", &format!("#{}", complaint.issue + 1))
                .replace("SHA8", &fix[..8])
                .replace("SHA", &fix);
            world.product().commit_on_main(&words);
            world.product().release("v2.4.0").publish();
            world.tells_nobody(&complaint, &words).await;
            let asked = world.updates().await.iter().any(|update| update["state"] == "draft");
            let known = world.evidence(&complaint).await;
            assert!(
                asked || known.iter().any(|proof| proof["says"].as_str().unwrap().contains("takes it back")),
                "{words}: {known:?}"
            );
        })
        .await;
    }
}

/// conventional-changelog#554, HeyPuter#2578
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_was_reverted_and_reapplied_is_out() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        let revert = world.product().revert(&fix);
        world.product().commit_on_main(&format!("Reapply \"Write the last row too\"\n\nThis reverts commit {revert}."));
        world.product().release("v2.4.0").publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

/// tailscale#20688, scylladb#20021
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_was_picked_to_a_release_line_is_out_in_its_patch_release() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().branch("release/2.3", "main");
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        let picked = world.product().cherry_pick(&fix, "release/2.3");
        world.product().release("v2.3.1").at(&picked).publish();
        world.until("somebody is told or asked", async || !world.updates().await.is_empty()).await;
        assert_eq!(world.updates().await[0]["milestone"], "shipped");
    })
    .await;
}

/// elastic/beats#24608
#[tokio::test(flavor = "multi_thread")]
async fn a_backport_that_is_only_said_is_a_question() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().branch("release/2.3", "main");
        world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        let said = format!("Backport 1/1 commits from #{}.", complaint.issue + 1);
        let pull =
            world.product().pull_request("[2.3] Write the last row too").saying(&said).into("release/2.3").open();
        let backport = world.product().merge(pull, MergeMethod::Squash).unwrap();
        world.product().release("v2.3.1").at(&backport).publish();
        world.asks_first(&complaint, "words prove nothing").await;
    })
    .await;
}

/// `SHAFT_ENGINE#4142`, EnviousWispr#1780
#[tokio::test(flavor = "multi_thread")]
async fn a_keyword_that_is_denied_in_its_own_sentence_is_a_question() {
    for by_pull_request in [true, false] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { graphql: true, ..Options::default() }).await;
            let complaint = world.an_escalated_complaint().await;
            let words = format!("Only adds logging. This does NOT fix #{}, which stays open.", complaint.issue);
            if by_pull_request {
                let pull = world.product().pull_request("Add logging").saying(&words).open();
                world.product().merge(pull, MergeMethod::Squash).unwrap();
            } else {
                world.product().commit_on_main(&format!("Add logging\n\n{words}"));
            }
            world.product().release("v2.4.0").publish();
            let reason = world.asks_first(&complaint, "it says that it is no fix").await;
            assert!(reason.contains("denies"), "{reason}");
        })
        .await;
    }
}

/// se701g2/Doto#22, open-oni/open-oni#505, cardano-foundation/catalyst-voices#269
#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_closes_an_issue_is_a_question() {
    for (line, times) in [("Example: closes #N", 1), ("Closes #N", 3), ("This pull request closes #N", 2)] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { graphql: true, ..Options::default() }).await;
            let complaint = world.an_escalated_complaint().await;
            let words = line.replace("#N", &format!("#{}", complaint.issue));
            for nth in 0..times {
                let title = format!("Mend typing error {nth}");
                let pull = world.product().pull_request(&title).saying(&format!("## What\n{words}\n## Why")).open();
                world.product().merge(pull, MergeMethod::Squash).unwrap();
            }
            world.product().release("v2.4.0").publish();
            world.asks_first(&complaint, line).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_judgement_rests_on_stands_on_the_topic_as_sentences_with_links() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.product().release("v2.4.0").at(&fix).publish();
        world.told_in(complaint.ticket).await;
        let evidence = world.evidence(&complaint).await;
        let sentence = format!("Commit {} of #{} is in v2.4.0.", &fix[..8], complaint.issue + 1);
        let found = evidence.iter().find(|proof| proof["says"] == sentence.as_str());
        let url = found.unwrap_or_else(|| panic!("{evidence:?}"))["url"].as_str().unwrap();
        assert!(url.contains(&format!("/acme/product/compare/{fix}...")), "{url}");
    })
    .await;
}

/// It was sent as proven once the hold was over.
#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_that_comes_up_during_the_hold_makes_a_draft() {
    for graphql in [false, true] {
        databases::for_each(async |database| {
            let options = Options { graphql, hold_minutes: 30, ..Options::default() };
            let world = World::with(database, options).await;
            let complaint = world.an_escalated_complaint().await;
            let pull = world.product().pull_request("Write the last row too").fixing(complaint.issue).open();
            let fix = world.product().merge(pull, MergeMethod::Squash).unwrap();
            world.product().release("v2.4.0").at(&fix).publish();
            world.update_that_is("shipped", "held").await;
            world.settles().await;
            let denies = format!("This does NOT fix #{}, sorry; only the log is written.", complaint.issue);
            world.product().rewrites(pull, &denies);
            let draft = world.update_that_is("shipped", "draft").await;
            assert!(draft["reason"].as_str().unwrap().contains("denies or limits"), "{draft:#}");
            world.product().rewrites(pull, &format!("Fixes #{}", complaint.issue));
            world.update_that_is("shipped", "held").await;
        })
        .await;
    }
}
