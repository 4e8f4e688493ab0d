//! What was let go while a person reviewed, and is filed once nobody does.

use simulator::Failure;

use super::Waiting;
use crate::{databases, world::World};

/// What a person wrote above an issue for whoever reads a private repository stays where they meant it to stand.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_above_an_issue_is_filed_only_where_it_was_meant_for() {
    for is_opened in [true, false] {
        databases::for_each(async |database| {
            let mut world = World::reviewed(database).await;
            let Waiting { topic, .. } = world.a_complaint_in_review().await;
            let shown = world.preview(&topic).await;
            world.github.faults().all("POST /repos/acme/product/issues", Failure::RetryAfter(429, 2));
            let introduction = "Seen since we moved the export to the new servers.";
            assert_eq!(world.files(&topic, &shown, Some(introduction)).await.0, 200);
            world.until("GitHub was asked", async || world.github.faults().count("POST /repos/*/*/issues") > 0).await;
            world.stops().await;
            world.product().becomes_private(!is_opened);
            world.settings_change("review = true", "review = false");
            world.github.faults().heal();
            world.starts_again().await;
            world.is_swept().await;
            let issue = world.product().issue(world.issue_of(&topic).await).unwrap();
            assert_eq!(issue.body.contains("new servers"), !is_opened, "{}", issue.body);
        })
        .await;
    }
}
