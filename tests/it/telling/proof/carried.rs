//! Backports that carry nothing, or half.

use simulator::MergeMethod;

use crate::{databases, story::Complaint, world::World};

/// The files of the fix.
const FILES: &[&str] = &["src/export.rs", "src/rows.rs"];

/// A fix of two files on the default branch. Gives its commit.
async fn fixed(world: &World, complaint: &Complaint) -> String {
    let product = world.product();
    product.branch("release/2.3", "main");
    let pull = product.pull_request("Write the last row too").fixing(complaint.issue).touching(FILES).open();
    let fix = product.merge(pull, MergeMethod::Squash).unwrap();
    world.becomes(&complaint.topic, "fix_merged").await;
    fix
}

/// Which files a backport changes, and what the reason of the draft says; nothing where it is told.
const BACKPORTS: &[(&[&str], Option<&str>)] = &[
    (&[], Some("changes none of its files")),
    (&["CHANGELOG.md"], Some("changes none of its files")),
    (&["src/rows.rs"], Some("only 1 of its 2 files")),
    (&["src/export.rs", "src/rows.rs", "CHANGELOG.md"], None),
];

/// backportbot#189, valkey-search#1022, sorenlouv/backport#357
#[tokio::test(flavor = "multi_thread")]
async fn a_backport_is_proof_only_where_it_changes_every_file_of_the_fix() {
    for (files, doubt) in BACKPORTS {
        for by_pull_request in [true, false] {
            databases::for_each(async |database| {
                let world = World::new(database).await;
                let complaint = world.an_escalated_complaint().await;
                let fix = fixed(&world, &complaint).await;
                let (product, trailer) = (world.product(), format!("(cherry picked from commit {fix})"));
                let picked = if by_pull_request {
                    let pull = product.pull_request("[2.3] Write the last row too").saying(&trailer);
                    let pull = pull.into("release/2.3").touching(files).open();
                    product.merge(pull, MergeMethod::Squash).unwrap()
                } else {
                    product.commit_on("release/2.3", &format!("Write the last row too\n\n{trailer}"), files)
                };
                product.release("v2.3.1").at(&picked).publish();
                match doubt {
                    Some(doubt) => {
                        let reason = world.asks_first(&complaint, "it does not carry all of it").await;
                        assert!(reason.contains(doubt), "{files:?}: {reason}");
                    }
                    None => assert!(world.told_in(complaint.ticket).await.contains("2.3.1"), "{files:?}"),
                }
            })
            .await;
        }
    }
}
