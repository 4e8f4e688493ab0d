//! Who is told, and where: one customer is one person, in one ticket of theirs, once (G4, G7).

use std::time::Duration;

use serde_json::json;

use crate::{
    databases,
    story::{SUBJECT, stopped_clock},
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_two_tickets_has_one_reply_and_a_note_in_the_other() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        let again = world
            .helpdesk
            .ticket_from(complaint.customer)
            .subject(crate::story::SUBJECT)
            .body(crate::story::BODY)
            .send();
        assert_eq!(world.topic_of(again).await["id"], complaint.topic.as_str());
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.helpdesk.agent_notes(
            complaint.agent,
            complaint.ticket,
            "An agent's word does not make it the newer one.",
        );
        world.settles().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(again).await;
        world
            .until("the other ticket's agent reads where they were told", async || {
                let notes = world.helpdesk.notes_by_heard(complaint.ticket);
                notes.iter().any(|note| note.plain_body.contains(&format!("/{again}")))
            })
            .await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "one person is told once");
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "in the ticket they wrote in last");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_in_a_ticket_that_is_closed_by_now_is_told_in_a_follow_up() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.helpdesk.agent_sets_status(complaint.agent, complaint.ticket, "solved");
        world.helpdesk.close(complaint.ticket);
        world.ships(complaint.issue, "v2.4.0");
        let told = world.until_some("there is a follow-up", async || {
            world.helpdesk.tickets().into_iter().find(|ticket| *ticket != complaint.ticket)
        });
        let follow_up = told.await;
        world.settles().await;
        let ticket = world.helpdesk.ticket(follow_up).unwrap();
        assert_eq!(ticket.followup_of, Some(complaint.ticket));
        assert_eq!(ticket.requester_id, complaint.customer, "it is theirs");
        assert_eq!(ticket.status, "solved", "and nobody's work");
        assert!(ticket.description.starts_with("Hi Ana,") && ticket.description.contains("2.4.0"), "{ticket:?}");
        world.github.hooks().redeliver_all(2, 1);
        world.settles().await;
        assert_eq!(world.helpdesk.tickets().len(), 2, "one follow-up, not one for each look");
        assert_eq!(world.counts("SELECT count(*) FROM topic").await, 1, "and our own ticket is no complaint");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_of_ours_whose_words_are_not_listed_yet_is_no_answer_of_the_customers() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.helpdesk.agent_sets_status(complaint.agent, complaint.ticket, "solved");
        world.helpdesk.close(complaint.ticket);
        world.settles().await;
        world.helpdesk.lists_lag(30);
        world.ships(complaint.issue, "v2.4.0");
        world.until("there is a follow-up", async || world.helpdesk.tickets().len() == 2).await;
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE reading IS NOT NULL").await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
        // Once they are listed, they are the same message.
        world.clock.advance(Duration::from_secs(31));
        let follow_up = world.helpdesk.tickets().into_iter().max().unwrap();
        world.helpdesk.agent_notes(complaint.agent, follow_up, "They have it.");
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE external_id = 'description'").await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
        world.becomes(&complaint.topic, "shipped").await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asked_not_to_be_told_is_skipped() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: "escalated = \"send\"\n", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let page = crate::story::page_in(&world.told_in(complaint.ticket).await);
        assert_eq!(world.says_on(&page, &[("act", "stop")]).await, 303);
        world.ships(complaint.issue, "v2.4.0");
        let skipped = world.update_that_is("shipped", "skipped").await;
        assert!(skipped["reason"].as_str().is_some_and(|why| why.contains("asked not to be told")), "{skipped}");
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_linked_after_the_release_has_a_draft() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let bob = world.helpdesk.customer("Bob Stone").add();
        let other =
            world.helpdesk.ticket_from(bob).subject("Dark mode").body("Please add a dark theme to the editor.").send();
        assert_ne!(world.topic_of(other).await["id"], complaint.topic.as_str());
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.clock.advance(Duration::from_mins(20));
        let id = world.id_of(other).await;
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({"topic": complaint.topic})).await;
        let draft = world.update_that_is("shipped", "draft").await;
        world.settles().await;
        assert!(draft["reason"].as_str().is_some_and(|why| why.contains("linked after the release")), "{draft}");
        assert!(world.helpdesk.heard_by(bob).is_empty());
        world.approves(&draft).await;
        assert!(world.told_in(other).await.starts_with("Hi Bob,"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_after_the_release_is_told_nothing_and_their_agent_reads_of_a_regression() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.clock.advance(Duration::from_mins(20));
        let (bob, late) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(late).await["id"], complaint.topic.as_str());
        world
            .until("a note speaks of the version", async || {
                world.helpdesk.notes_by_heard(late).iter().any(|note| note.plain_body.contains("v2.4.0"))
            })
            .await;
        world.sweeps().await;
        assert!(world.helpdesk.heard_by(bob).is_empty(), "for them it is not fixed");
        assert_eq!(world.updates().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merging_two_topics_never_tells_anybody_twice() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let other = world
            .helpdesk
            .ticket_from(complaint.customer)
            .subject("Totals look odd")
            .body("The sum under the report is too small.")
            .send();
        let second = world.topic_of(other).await["id"].as_str().unwrap().to_owned();
        assert_ne!(second, complaint.topic);
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.does(&format!("/api/v1/topics/{second}/merge"), &json!({"into": complaint.topic})).await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "they were told of it already");

        // The other way round: the topic that told them becomes a redirect to one that ships later.
        let third = world
            .helpdesk
            .ticket_from(complaint.customer)
            .subject("Cannot print")
            .body("The print dialog never opens.")
            .send();
        let into = world.topic_of(third).await["id"].as_str().unwrap().to_owned();
        assert_ne!(into, complaint.topic);
        world.does(&format!("/api/v1/topics/{}/merge", complaint.topic), &json!({"into": into})).await;
        world.settles().await;
        let engineer = world.product().with_engineer("mona", "write");
        world.does(&format!("/api/v1/topics/{into}/escalate"), &json!({})).await;
        let issue = world.issue_of(&into).await;
        engineer.comments_on(issue, "/heard shipped v2.5.0");
        world.becomes(&into, "shipped").await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "not again for the same cycle of one topic");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_writes_coming_back_a_hundred_times_change_nothing() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        let written = || {
            let calls = [world.helpdesk.faults().calls(), world.github.faults().calls()].concat();
            calls.iter().filter(|call| call.method != "GET" && !call.path.contains("graphql")).count()
        };
        let before = written();
        let ours = world.helpdesk.replies_by_heard(complaint.ticket).remove(0);
        world.helpdesk.hooks().redeliver_all(10, 1);
        world.github.hooks().redeliver_all(10, 2);
        // And as webhooks that were never seen before: for each round a comment of ours, on both sides.
        for _ in 0..100 {
            let comment = json!({"id": ours.id.to_string(), "body": ours.plain_body, "is_public": true});
            world.helpdesk.announces(complaint.ticket, "comment_added", json!({ "comment": comment }));
            world.product().announces(
                "issues",
                Some("edited"),
                json!({"issue": {"number": complaint.issue, "body": ""}}),
            );
        }
        world.settles().await;
        world.sweeps().await;
        assert_eq!(written(), before, "nothing was written");
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "shipped");
    })
    .await;
}

/// The fix is out before anything public of theirs is known: the ticket was opened about them, or its list lagged.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_first_heard_in_a_ticket_after_the_fix_shipped_is_told_of_it_there() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let about = world.helpdesk.customer("Cleo Vance").add();
        let theirs = world.helpdesk.agent_opens_internally(complaint.agent, about, SUBJECT, "Seen on her screen.");
        let id = world.id_of(theirs).await;
        world.grouped_into(theirs).await;
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": complaint.topic })).await;
        world.settles().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        assert!(world.helpdesk.heard_by(about).is_empty(), "she has said nothing");
        world.helpdesk.customer_replies(theirs, "You saw it yourself: the export loses its last row.");
        assert!(world.told_in(theirs).await.contains("2.4.0"));
    })
    .await;
}
