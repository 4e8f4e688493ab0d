//! Sources that are silent, late or gone.

use simulator::{Failure, MergeMethod, RepositoryOptions};

use crate::{
    databases,
    story::Complaint,
    world::{Options, World},
};

/// semantic-pull-requests#186: the button for reverts, squashed with its title only.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_judged_by_a_look_that_began_after_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.settles().await;
        let said = format!("Reverts acme/product#{}", complaint.issue + 1);
        let pull = world.product().pull_request("Billing is right again").saying(&said).open();
        world.product().merge(pull, MergeMethod::Squash).unwrap();
        world.product().release("v2.4.0").publish();
        world.tells_nobody(&complaint, "it was taken back before the release").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_fix_of_which_no_webhook_told_is_waited_for() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let first = world.merges("Write the last row", complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.settles().await;
        world.github.hooks().drop_all(true);
        let second = world.merges("Flush the last row", complaint.issue);
        world.github.hooks().drop_all(false);
        world.product().release("v2.4.0").at(&first).publish();
        world.tells_nobody(&complaint, "the second half is not in it").await;
        world.product().release("v2.4.1").at(&second).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.1"));
    })
    .await;
}

/// A fix of two halves: one by keyword, the other linked by hand, which only GraphQL knows. A release holds the first.
async fn half_a_fix(world: &World) -> (Complaint, String) {
    let complaint = world.an_escalated_complaint().await;
    let first = world.merges("Write the last row", complaint.issue);
    let pull = world.product().pull_request("Flush the last row").open();
    world.product().links(pull, complaint.issue);
    world.product().merge(pull, MergeMethod::Squash).unwrap();
    (complaint, first)
}

/// github/docs#22607, port-labs/ocean#3526
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_set_does_not_shrink_because_graphql_is_silent() {
    let limited = r#"{"data": null, "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}"#;
    let broken = r#"{"data": null, "errors": [{"message": "Something went wrong while executing your query."}]}"#;
    let half =
        r#"{"data": {"repository": null}, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible"}]}"#;
    for failure in [
        Failure::Says(limited.into()),
        Failure::Says(broken.into()),
        Failure::Says(half.into()),
        Failure::Status(404),
        Failure::Status(403),
    ] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { graphql: true, ..Options::default() }).await;
            let (complaint, first) = half_a_fix(&world).await;
            world.settles().await;
            world.github.faults().all("POST /graphql", failure.clone());
            world.product().release("v2.4.0").at(&first).publish();
            world.tells_nobody(&complaint, &format!("half of it is missing, and {failure:?}")).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graphql_that_was_missing_once_is_asked_again() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { graphql: true, ..Options::default() }).await;
        world.github.faults().next(1, "POST /graphql", Failure::Status(404));
        let (complaint, first) = half_a_fix(&world).await;
        world.product().release("v2.4.0").at(&first).publish();
        world.tells_nobody(&complaint, "half of it is missing").await;
        world.product().release("v2.4.1").publish();
        world.until("the whole is out", async || !world.updates().await.is_empty()).await;
    })
    .await;
}

/// probot/stale#25
#[tokio::test(flavor = "multi_thread")]
async fn a_comment_on_a_locked_issue_is_left_out_with_its_reason() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().locks(complaint.issue);
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        world.helpdesk.customer_replies(complaint.ticket, "It is still broken.");
        let left_out = world.fails("comment", "locked").await;
        assert!(left_out.given_up && !left_out.sentence.contains("credentials"), "{left_out:?}");
    })
    .await;
}

/// renovate#6215
#[tokio::test(flavor = "multi_thread")]
async fn an_archived_repository_refuses_the_issue_in_a_sentence() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        world.product().is_archived();
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &serde_json::json!({})).await;
        let refused = world.fails("file", "archived").await;
        assert!(refused.given_up && !refused.sentence.contains("credentials"), "{refused:?}");
    })
    .await;
}

/// release-please#1034, manual-approval#89
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_without_room_is_shown_and_taken_up_again_when_there_is_room() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let body = world.product().issue(complaint.issue).unwrap().body;
        let log = "a line of a pasted log\n".repeat(3_000);
        world.product().rewrites(complaint.issue, &format!("{body}\n{log}"));
        let (_, other) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(other).await["id"], complaint.topic.as_str());
        let shown = world.fails("no_room", "no room").await;
        assert!(shown.given_up, "{shown:?}");
        world.product().rewrites(complaint.issue, &body);
        world.until("it is off the health page", async || world.failures().await.is_empty()).await;
        assert!(world.product().issue(complaint.issue).unwrap().body.contains("2 customers"));
    })
    .await;
}

/// GoogleCloudPlatform/wombat-dressing-room#92, hhvm/user-documentation#759: tags are listed by their names.
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_found_on_any_page_and_it_is_said_where_there_are_more_than_are_read() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { release: "tags", ..Options::default() }).await;
        let product = world.product();
        let complaint = world.an_escalated_complaint().await;
        world.github.hooks().drop_all(true);
        for number in 0..350 {
            product.tag(&format!("v3.{number}.0"), "main");
        }
        world.github.hooks().drop_all(false);
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        product.tag("v1.9.0", &fix);
        assert!(world.told_in(complaint.ticket).await.contains("1.9.0"));
        world.settles().await;
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
        world.github.hooks().drop_all(true);
        for number in 0..700 {
            product.tag(&format!("v4.{number}.0"), "main");
        }
        world.github.hooks().drop_all(false);
        product.tag("v1.9.1", &fix);
        let said = world.fails("more_than_read", "acme/product has more tags than Heard reads").await;
        assert!(said.given_up, "{said:?}");
    })
    .await;
}

/// An element that is not what it should be: that GitHub sends one is a guess of our own.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_cannot_be_read_is_said_and_what_can_be_read_is_told() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.github.faults().all("GET /repos/acme/product/releases", Failure::Says("[null]".into()));
        world.product().release("v2.4.0").at(&fix).publish();
        world.fails("more_than_read", "some that it cannot read").await;
        world.github.faults().heal();
        world.product().release("v2.4.1").at(&fix).publish();
        world.told_in(complaint.ticket).await;
        world.settles().await;
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

/// magit/forge#271, ckeditor/ckeditor5#2002
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_or_a_fix_in_a_repository_that_the_settings_do_not_name_is_shown() {
    for moves in [true, false] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { graphql: true, ..Options::default() }).await;
            let complaint = world.an_escalated_complaint().await;
            let engine = world.github.add_repository(&RepositoryOptions::private("acme/engine"));
            if moves {
                world.product().transfers(complaint.issue, &engine).unwrap();
            } else {
                let pull =
                    engine.pull_request("Write the last row too").fixing_in("acme/product", complaint.issue).open();
                engine.merge(pull, MergeMethod::Squash).unwrap();
            }
            let said = world.fails("unnamed_repository", "acme/engine, which the settings do not name").await;
            assert!(said.given_up && said.sentence.contains("[[repositories]]"), "{said:?}");
            if !moves {
                world.is_stated_to_be_out(&complaint, "2.4.0").await;
                world.told_in(complaint.ticket).await;
                world.until("it is off the health page", async || world.failures().await.is_empty()).await;
            }
        })
        .await;
    }
}

/// antfu/github-doorcat#18, opencloudtouch#264: GitHub says "not found" of what we may not see.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_we_may_not_see_for_a_while_is_not_filed_anew() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.github.faults().all("GET /repos/acme/product/**", Failure::Status(404));
        world.product().labels(complaint.issue, "bug");
        let said = world.fails("look", "does not show us acme/product any more").await;
        assert!(!said.given_up, "access may come back: {said:?}");
    })
    .await;
}
