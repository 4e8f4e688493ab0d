//! The hold between a release and the message: time to think again, on a clock that the test moves.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Failure;

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

/// A fix that shipped, whose message is held for half an hour.
async fn a_held_update(database: &str) -> (World, Complaint, String, u64) {
    let world = World::with(database, Options { clock: stopped_clock(), hold_minutes: 30, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
    world.becomes(&complaint.topic, "fix_merged").await;
    world.clock.advance(Duration::from_mins(1));
    let release = world.product().release("v2.4.0").at(&fix).publish();
    world.update_that_is("shipped", "held").await;
    world.settles().await;
    (world, complaint, fix, release)
}

/// The hold passes, and whatever is due is done.
async fn the_hold_passes(world: &World) {
    world.clock.advance(Duration::from_mins(31));
    world.sweeps().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_held_for_as_long_as_its_repository_says() {
    databases::for_each(async |database| {
        let (world, complaint, ..) = a_held_update(database).await;
        world.clock.advance(Duration::from_mins(20));
        world.sweeps().await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "26 minutes are not 30");
        world.clock.advance(Duration::from_mins(4));
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_withdrawn_during_the_hold_is_not_told() {
    databases::for_each(async |database| {
        let (world, complaint, _, release) = a_held_update(database).await;
        world.product().delete_release(release);
        let cancelled = world.update_that_is("shipped", "cancelled").await;
        assert!(cancelled["reason"].as_str().is_some_and(|why| why.len() > 10), "{cancelled}");
        the_hold_passes(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        assert_ne!(world.topic_of(complaint.ticket).await["state"], "shipped");
    })
    .await;
}

/// Deleted on GitHub, and no webhook said so (G10).
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_vanished_unsaid_is_not_told_either() {
    databases::for_each(async |database| {
        let (world, complaint, _, release) = a_held_update(database).await;
        world.github.hooks().drop_all(true);
        world.product().delete_release(release);
        world.sweeps().await;
        world.update_that_is("shipped", "cancelled").await;
        the_hold_passes(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_is_reverted_in_a_release_during_the_hold_is_not_told() {
    databases::for_each(async |database| {
        let (world, complaint, fix, _) = a_held_update(database).await;
        world.clock.advance(Duration::from_mins(1));
        let without = world.product().revert(&fix);
        world.product().release("v2.4.1").at(&without).publish();
        let cancelled = world.update_that_is("shipped", "cancelled").await;
        assert!(cancelled["reason"].as_str().is_some_and(|why| why.len() > 10), "{cancelled}");
        the_hold_passes(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_cancels_an_update_during_the_hold() {
    databases::for_each(async |database| {
        let (world, complaint, ..) = a_held_update(database).await;
        let held = world.update_that_is("shipped", "held").await;
        world.does(&format!("/api/v1/updates/{}/cancel", held["id"].as_str().unwrap()), &json!({})).await;
        the_hold_passes(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        assert_eq!(world.updates().await[0]["state"], "cancelled", "and it stays cancelled");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_split_off_during_the_hold_is_not_told() {
    databases::for_each(async |database| {
        let world =
            World::with(database, Options { clock: stopped_clock(), hold_minutes: 30, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let (_, other) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(other).await["id"], complaint.topic.as_str());
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.until("both are held", async || world.updates().await.len() == 2).await;
        let leaving = world.id_of(other).await;
        world.does(&format!("/api/v1/topics/{}/split", complaint.topic), &json!({"tickets": [leaving]})).await;
        world.update_that_is("shipped", "cancelled").await;
        the_hold_passes(&world).await;
        world.told_in(complaint.ticket).await;
        assert!(world.helpdesk.replies_by_heard(other).is_empty(), "theirs is another topic now");
    })
    .await;
}

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

/// Two weeks after a release nobody looks whether it stands any more, unless somebody is still to be told of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_is_reverted_in_the_third_week_of_a_hold_or_a_pause_is_not_told() {
    for is_paused in [false, true] {
        databases::for_each(async |database| {
            let (world, complaint, fix, _) = a_held_update(database).await;
            if is_paused {
                world.does("/api/v1/pauses", &json!({})).await;
            } else {
                let held = world.update_that_is("shipped", "held").await;
                let until = world.clock.now().plus(days(20));
                let path = format!("/api/v1/updates/{}/hold", held["id"].as_str().unwrap());
                world.does(&path, &json!({ "until": until })).await;
            }
            world.clock.advance(days(15));
            world.sweeps().await;
            let without = world.product().revert(&fix);
            world.product().release("v2.4.1").at(&without).publish();
            world.settles().await;
            world.sweeps().await;
            if is_paused {
                world.does("/api/v1/pauses/end", &json!({})).await;
            }
            world.clock.advance(days(6));
            world.sweeps().await;
            assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "v2.4.1 is out without it");
            world.update_that_is("shipped", "cancelled").await;
        })
        .await;
    }
}

/// Deleted on GitHub, and no webhook said so (G10).
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_vanished_unsaid_in_the_third_week_of_a_hold_is_not_told() {
    databases::for_each(async |database| {
        let (world, complaint, _, release) = a_held_update(database).await;
        let held = world.update_that_is("shipped", "held").await;
        let until = world.clock.now().plus(days(20));
        let path = format!("/api/v1/updates/{}/hold", held["id"].as_str().unwrap());
        world.does(&path, &json!({ "until": until })).await;
        world.clock.advance(days(15));
        world.sweeps().await;
        world.github.hooks().drop_all(true);
        world.product().delete_release(release);
        world.sweeps().await;
        world.clock.advance(days(6));
        world.sweeps().await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
    })
    .await;
}

/// The release that replaces a bad one is out before the bad one is deleted, or made a prerelease again (KSP-CKAN/NetKAN#7796,
/// googleapis/release-please-action#272, dev-drprasad/delete-older-releases#12).
#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_is_told_of_the_release_that_has_the_fix_once_the_first_one_stands_no_more() {
    for is_deleted in [true, false] {
        databases::for_each(async |database| {
            let (world, complaint, _, release) = a_held_update(database).await;
            world.clock.advance(Duration::from_mins(5));
            world.product().commit_on_main("Build for arm64 again");
            world.product().release("v2.4.1").publish();
            world.settles().await;
            if is_deleted {
                world.product().delete_release(release);
            } else {
                world.product().demote(release);
            }
            world.settles().await;
            // It is held as long after the second one as it would have been.
            the_hold_passes(&world).await;
            the_hold_passes(&world).await;
            let told = world.told_in(complaint.ticket).await;
            assert!(told.contains("2.4.1") && !told.contains("2.4.0"), "{told}");
            world.settles().await;
            assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "once");
            assert_eq!(world.topic_of(complaint.ticket).await["state"], "shipped");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_wrote_of_a_release_that_stands_no_more_waits_for_them() {
    databases::for_each(async |database| {
        let (world, complaint, _, release) = a_held_update(database).await;
        let held = world.update_that_is("shipped", "held").await;
        let path = format!("/api/v1/updates/{}/edit", held["id"].as_str().unwrap());
        world.does(&path, &json!({ "text": "Hi Ana, 2.4.0 writes the last row." })).await;
        world.clock.advance(Duration::from_mins(5));
        world.product().commit_on_main("Build for arm64 again");
        world.product().release("v2.4.1").publish();
        world.settles().await;
        world.product().delete_release(release);
        let draft = world.update_that_is("shipped", "draft").await;
        assert!(draft["reason"].as_str().is_some_and(|why| why.contains("2.4.1")), "{draft}");
        the_hold_passes(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "nobody has read it since");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_wrote_of_a_release_that_is_gone_is_not_approved_with_all_others() {
    databases::for_each(async |database| {
        let options = Options { clock: stopped_clock(), tell: "shipped = \"draft\"\n", ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        let (_, bobs) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(bobs, complaint.ticket).await;
        world.settles().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.clock.advance(Duration::from_mins(1));
        let release = world.product().release("v2.4.0").at(&fix).publish();
        let drafts = async || -> Vec<Value> {
            let all = world.updates().await.into_iter();
            all.filter(|one| one["milestone"] == "shipped" && one["state"] == "draft").collect()
        };
        world.until("both are drafts", async || drafts().await.len() == 2).await;
        world.settles().await;
        let anas = world.id_of(complaint.ticket).await;
        let all = drafts().await;
        let hers = all.iter().find(|one| one["ticket"] == anas.as_str()).unwrap();
        let path = format!("/api/v1/updates/{}/edit", hers["id"].as_str().unwrap());
        world.does(&path, &json!({ "text": "Hi Ana, 2.4.0 writes the last row." })).await;
        world.clock.advance(Duration::from_mins(5));
        world.product().commit_on_main("Build for arm64 again");
        world.product().release("v2.4.1").publish();
        world.settles().await;
        world.product().delete_release(release);
        world
            .until("the other text names the release that is there", async || {
                drafts().await.iter().any(|one| one["text"].as_str().is_some_and(|text| text.contains("2.4.1")))
            })
            .await;
        world.settles().await;
        let path = format!("/api/v1/topics/{}/updates", complaint.topic);
        assert_eq!(world.does(&path, &json!({ "act": "approve" })).await, json!({ "done": 1, "left": 0 }));
        assert!(world.told_in(bobs).await.contains("2.4.1"));
        world.settles().await;
        let told = world.helpdesk.replies_by_heard(complaint.ticket);
        assert!(told.is_empty(), "nobody has read since that it names a release that is gone: {told:?}");
        // Somebody reads it by itself, and puts it right.
        world
            .does(
                &format!("/api/v1/updates/{}/edit", hers["id"].as_str().unwrap()),
                &json!({ "text": "2.4.1 has it." }),
            )
            .await;
        world.approves(hers).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_wrote_and_was_not_sent_waits_to_be_read_once_its_release_is_gone() {
    databases::for_each(async |database| {
        let (world, complaint, _, release) = a_held_update(database).await;
        let held = world.update_that_is("shipped", "held").await;
        let path = format!("/api/v1/updates/{}/edit", held["id"].as_str().unwrap());
        world.does(&path, &json!({ "text": "Hi Ana, 2.4.0 writes the last row." })).await;
        world.helpdesk.faults().next(1, "PUT /api/v2/tickets/*", Failure::Status(422));
        the_hold_passes(&world).await;
        world.fails("send", "could not be sent").await;
        world.product().commit_on_main("Build for arm64 again");
        world.product().release("v2.4.1").publish();
        world.settles().await;
        world.product().delete_release(release);
        let draft = world.update_that_is("shipped", "draft").await;
        let why = draft["reason"].as_str().unwrap();
        assert!(why.contains("2.4.1 has the fix") && why.contains("could not be sent"), "{why}");
        world.until("nobody can try it again", async || world.failures().await.is_empty()).await;
        the_hold_passes(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "nobody has read it since");
    })
    .await;
}

/// The build of a tag fails, and the tag is taken back (CocoaPods/CocoaPods#3286, adoptium/temurin-build#4114).
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_deleted_during_the_hold_is_not_told_until_it_is_there_again() {
    for is_said in [true, false] {
        databases::for_each(async |database| {
            let options = Options { clock: stopped_clock(), hold_minutes: 30, release: "tags", ..Options::default() };
            let world = World::with(database, options).await;
            let complaint = world.an_escalated_complaint().await;
            let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
            world.becomes(&complaint.topic, "fix_merged").await;
            world.clock.advance(Duration::from_mins(1));
            world.product().tag("v2.4.0", &fix).unwrap();
            world.update_that_is("shipped", "held").await;
            world.settles().await;
            world.github.hooks().drop_all(!is_said);
            world.product().delete_tag("v2.4.0");
            world.sweeps().await;
            world.update_that_is("shipped", "cancelled").await;
            the_hold_passes(&world).await;
            assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "nobody can get v2.4.0");
            assert_ne!(world.topic_of(complaint.ticket).await["state"], "shipped");
            world.github.hooks().drop_all(false);
            world.product().tag("v2.4.0", &fix).unwrap();
            world.sweeps().await;
            world.update_that_is("shipped", "held").await;
            the_hold_passes(&world).await;
            assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
            world.settles().await;
            assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "once");
        })
        .await;
    }
}

/// Whoever may not see the tags of a repository is answered that there are none (github-changelog-generator#484).
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_heard_may_not_see_for_a_while_is_not_gone() {
    databases::for_each(async |database| {
        let options = Options { clock: stopped_clock(), hold_minutes: 30, release: "tags", ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.clock.advance(Duration::from_mins(1));
        world.product().tag("v2.4.0", &fix).unwrap();
        world.update_that_is("shipped", "held").await;
        world.settles().await;
        for unseen in ["GET /repos/acme/product/tags", "GET /repos/acme/product/git/**"] {
            world.github.faults().all(unseen, Failure::Status(404));
        }
        world.sweeps().await;
        world.github.faults().heal();
        world.update_that_is("shipped", "held").await;
        the_hold_passes(&world).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_written_into_nothing_that_goes_out_by_itself() {
    databases::for_each(async |database| {
        let (world, ..) = a_held_update(database).await;
        let held = world.update_that_is("shipped", "held").await;
        let path = format!("/api/v1/updates/{}/edit", held["id"].as_str().unwrap());
        let (status, problem) = world.post(&path, &json!({ "text": "Hi Ana, it is in [...] now." })).await;
        assert_eq!(status, 409, "{problem}");
        assert_eq!(world.update_that_is("shipped", "held").await["text"], held["text"]);
    })
    .await;
}

/// A draft that nobody looks at cost calls with every release, for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_watched_while_its_message_waits_and_not_for_ever_for_a_draft_that_is_left_lying() {
    databases::for_each(async |database| {
        let tell = "shipped = \"draft\"\n";
        let world = World::with(database, Options { clock: stopped_clock(), tell, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "draft").await;
        world.settles().await;
        let judged = async || world.counts("SELECT count(*) FROM river_job WHERE kind = 'ship'").await;
        for (passed, version, is_watched) in [(80, "v2.4.1", true), (11, "v2.4.2", false)] {
            world.clock.advance(days(passed));
            world.sweeps().await;
            world.settles().await;
            let before = judged().await;
            world.product().commit_on_main("Change something else");
            world.product().release(version).publish();
            world.settles().await;
            assert_eq!(judged().await > before, is_watched, "{version}");
        }
    })
    .await;
}
