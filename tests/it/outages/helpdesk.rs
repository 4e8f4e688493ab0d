//! The helpdesk fails in every way it can, at the reply to a customer and elsewhere.

use std::time::Duration;

use heard::{
    flow::{people::retry, sweep, watch},
    model::decision::Actor,
    store::Session as _,
};
use serde_json::json;
use simulator::Failure;

use super::{rash, timeless};
use crate::{
    databases,
    story::{BODY, Complaint, SUBJECT},
    world::{Options, World},
};

const REPLIES: &str = "PUT /api/v2/tickets/*";

/// A fix that ships while something is wrong with the helpdesk's replies.
pub(super) async fn ships_while(world: &World, failure: Failure) -> Complaint {
    let complaint = world.an_escalated_complaint().await;
    // The notes of the milestones on the way are another story: they are written before anything is wrong.
    let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
    world.becomes(&complaint.topic, "fix_merged").await;
    world.settles().await;
    // The webhook about our own reply would say that it is there: here nothing does.
    world.helpdesk.hooks().drop_all(true);
    world.helpdesk.faults().next(1, REPLIES, failure);
    world.product().release("v2.4.0").at(&fix).publish();
    complaint
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_whose_answer_was_lost_is_found_and_not_sent_again() {
    for failure in
        [Failure::ResponseLost, Failure::ResponseCut, Failure::EffectThenStatus(500), Failure::EffectThenStatus(504)]
    {
        databases::for_each(async |database| {
            let world = timeless(database).await;
            let complaint = ships_while(&world, failure.clone()).await;
            world.update_that_is("shipped", "sending").await;
            world.fails("send", "looking for the reply").await;
            world.clock.advance(Duration::from_secs(21));
            world.update_that_is("shipped", "sent").await;
            world.settles().await;
            assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "after {failure:?}");
        })
        .await;
    }
}

impl World {
    /// The update was looked for, and not found.
    pub(super) async fn looks_in_vain(&self) {
        let looked_for = r#"SELECT count(*) FROM "update" WHERE look_ups > 0"#;
        self.until("it was looked for", async || self.counts(looked_for).await > 0).await;
        self.settles().await;
    }

    /// What is not there is looked for again a little later, and then sent.
    pub(super) async fn is_sent_once_it_was_looked_for(&self) {
        self.until("it is sent", async || {
            self.clock.advance(Duration::from_millis(200));
            self.updates().await.iter().any(|one| one["milestone"] == "shipped" && one["state"] == "sent")
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_found_in_a_list_that_lags_behind_what_was_written() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        world.helpdesk.lists_lag(30);
        let complaint = ships_while(&world, Failure::ResponseLost).await;
        world.update_that_is("shipped", "sending").await;
        world.fails("send", "looking for the reply").await;
        world.clock.advance(Duration::from_secs(21));
        world.looks_in_vain().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "not there is not the same as not written");
        world.clock.advance(Duration::from_secs(11));
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

/// Their most recent ticket is another one by the time it is looked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_looked_for_in_the_ticket_in_which_it_was_being_written() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = world.an_escalated_complaint().await;
        let other = world.helpdesk.ticket_from(complaint.customer).subject(SUBJECT).body(BODY).send();
        world.support_says_they_are_the_same(other, complaint.ticket).await;
        world.clock.advance(Duration::from_mins(1));
        world.helpdesk.customer_replies(complaint.ticket, "By the way, it is the monthly report.");
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.settles().await;
        world.helpdesk.faults().next(1, REPLIES, Failure::ResponseLost);
        world.product().release("v2.4.0").at(&fix).publish();
        // Our own reply's webhook is lost, and theirs is not.
        world.helpdesk.hooks().drop_all(true);
        world.fails("send", "looking for the reply").await;
        world.helpdesk.hooks().drop_all(false);
        world.clock.advance(Duration::from_secs(5));
        world.helpdesk.customer_replies(other, "And the weekly one, too.");
        world.settles().await;
        world.clock.advance(Duration::from_secs(16));
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
        assert_eq!(world.helpdesk.replies_by_heard(other).len(), 0, "they have it in the other ticket");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_reply_is_in_a_ticket_that_was_deleted_meanwhile_is_asked_of_a_person() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = ships_while(&world, Failure::ResponseLost).await;
        world.fails("send", "looking for the reply").await;
        world.helpdesk.delete(complaint.agent, complaint.ticket);
        world.clock.advance(Duration::from_secs(21));
        let update = world.update_that_is("shipped", "in_doubt").await;
        assert!(update["reason"].as_str().unwrap().contains("deleted"), "{update}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_for_a_ticket_that_was_deleted_meanwhile_is_not_tried_for_ever() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        world.settles().await;
        world.helpdesk.hooks().drop_all(true);
        world.helpdesk.faults().next(1, REPLIES, Failure::Reset);
        let escalate = format!("/api/v1/topics/{}/escalate", world.topic_of(ticket).await["id"].as_str().unwrap());
        world.does(&escalate, &json!({})).await;
        world.fails("write", "acme").await;
        world.helpdesk.delete(agent, ticket);
        world.clock.advance(Duration::from_mins(2));
        world
            .until("the note is given up", async || {
                world.counts("SELECT count(*) FROM outbox_message WHERE state IN ('wanted', 'unclear')").await == 0
            })
            .await;
        world.until("it is off the health page", async || world.failures().await.is_empty()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_whose_links_the_helpdesk_does_not_show_is_found_by_our_key() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        world.helpdesk.shows_no_addresses();
        let complaint = ships_while(&world, Failure::ResponseLost).await;
        world.update_that_is("shipped", "sending").await;
        world.fails("send", "looking for the reply").await;
        world.clock.advance(Duration::from_secs(21));
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_the_helpdesk_could_not_write_is_sent_later_once_it_is_sure_that_it_is_not_there() {
    let failures = [Failure::Status(500), Failure::Reset, Failure::Garbage];
    databases::for_each_case(&failures, async |database, failure| {
        let world = timeless(database).await;
        let complaint = ships_while(&world, failure.clone()).await;
        world.fails("send", "acme").await;
        world.clock.advance(Duration::from_secs(21));
        world.is_sent_once_it_was_looked_for().await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "after {failure:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_was_not_written_is_sent_however_slowly_the_helpdesk_lets_us_look_for_it() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = ships_while(&world, Failure::Status(500)).await;
        world.fails("send", "acme").await;
        for list in ["GET /api/v2/tickets/*/comments", "GET /api/v2/tickets/*/audits"] {
            world.helpdesk.faults().all(list, Failure::Slow(Duration::from_millis(2_700)));
        }
        world.clock.advance(Duration::from_secs(21));
        world.looks_in_vain().await;
        world.clock.advance(Duration::from_secs(11));
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_was_never_answered_reaches_the_customer_once_whether_it_was_written_or_not() {
    databases::for_each_case(&[Failure::Held, Failure::NeverAnswers], async |database, failure| {
        let world = timeless(database).await;
        let complaint = ships_while(&world, failure.clone()).await;
        // The call's own time has to pass: it is the machine's, not the world's.
        world.fails("send", "acme").await;
        world.clock.advance(Duration::from_secs(21));
        world.is_sent_once_it_was_looked_for().await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "after {failure:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_into_a_ticket_that_is_not_there_says_so_and_is_never_sent() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = ships_while(&world, Failure::Status(404)).await;
        let update = world.until_some("the update is settled", async || {
            let all = world.updates().await;
            all.into_iter().find(|one| matches!(one["state"].as_str(), Some("failed" | "cancelled")))
        });
        let update = update.await;
        assert!(!update["reason"].as_str().unwrap().is_empty(), "{update}");
        world.settles().await;
        assert!(world.helpdesk.heard_by(complaint.customer).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_the_helpdesk_refuses_waits_for_a_person_whose_button_sends_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = ships_while(&world, Failure::Status(422)).await;
        let failed = world.fails("send", "could not be sent").await;
        assert!(failed.given_up, "{failed:?}");
        let update = world.update_that_is("shipped", "failed").await;
        assert!(update["reason"].as_str().is_some_and(|why| why.contains("acme")), "{update}");
        world.tries_again(&failed).await;
        world.update_that_is("shipped", "sent").await;
        world.until("it is off the health page", async || world.failures().await.is_empty()).await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_with_a_wrong_token_says_so_and_is_sent_when_the_token_is_right() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = ships_while(&world, Failure::Status(401)).await;
        let failed = world.fails("send", "refuses our credentials").await;
        assert!(!failed.given_up, "{failed:?}");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_helpdesk_that_is_down_waits_in_the_queue_once() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = ships_while(&world, Failure::Status(500)).await;
        world.helpdesk.faults().all("* /**", Failure::Status(500));
        world.fails("send", "acme").await;
        for _ in 0..20 {
            // Whoever looks around finds it waiting each time.
            world.clock.advance(Duration::from_secs(30));
            watch::run(world.app()).await.unwrap();
            sweep::begin(world.app()).await.unwrap();
        }
        for kind in ["send", "write", "sweep", "file", "group"] {
            let waiting = "SELECT count(*) FROM river_job WHERE finalized_at IS NULL AND kind = $1";
            let mut conn = world.app().database.read().await.unwrap();
            let (waiting,) = conn.query(waiting).bind(kind).one::<(i64,)>().await.unwrap();
            assert!(waiting <= 4, "{waiting} jobs wait to {kind}");
        }
        world.helpdesk.faults().heal();
        world.clock.advance(Duration::from_mins(10));
        world.is_sent_once_it_was_looked_for().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_calls_the_helpdesk_before_it_said() {
    databases::for_each(async |database| {
        let world = World::with(
            database,
            Options { tell: "escalated = \"send\"\nin_progress = \"send\"\n", ..Options::default() },
        )
        .await;
        world.is_swept().await;
        world.helpdesk.faults().next(1, "GET /api/v2/tickets/*", Failure::RetryAfter(429, 2));
        let complaint = world.an_escalated_complaint().await;
        world.helpdesk.faults().next(1, REPLIES, Failure::RetryAfter(429, 2));
        world.product().assigns(complaint.issue, "octocat");
        world.until("they are told of the work", async || world.helpdesk.heard_by(complaint.customer).len() == 2).await;
        world.helpdesk.faults().next(1, REPLIES, Failure::RetryAfter(503, 2));
        world.ships(complaint.issue, "v2.4.0");
        world.until("they are told of the fix", async || world.helpdesk.heard_by(complaint.customer).len() == 3).await;
        world.settles().await;
        assert_eq!(rash(&world.helpdesk.faults().violations()), Vec::<&String>::new());
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_cannot_be_read_just_now_is_read_later() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let reads = "GET /api/v2/tickets/*";
        for (number, failure) in
            [Failure::Status(500), Failure::Garbage, Failure::Reset, Failure::Status(401)].into_iter().enumerate()
        {
            world.helpdesk.faults().all(reads, failure.clone());
            let (_, ticket) = world.complains(&format!("Customer {number}"));
            let failed = world.fails("refresh", "acme").await;
            assert!(
                !failed.sentence.contains("missing its last row"),
                "no customer's text on the health page: {failed:?}"
            );
            world.helpdesk.faults().heal();
            // A second job for the ticket may fail just after all was well, by an answer that was under way: its button is
            // pressed as well.
            world
                .until("the ticket was read and nothing stands on the health page", async || {
                    let left = world.failures().await;
                    for failure in &left {
                        let _ = retry::retry(world.app(), failure.id, &Actor::admin()).await;
                    }
                    left.is_empty() && world.is_grouped(ticket).await
                })
                .await;
        }
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helpdesk_that_never_answers_stops_nothing_else() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        world.helpdesk.faults().next(1, "GET /api/v2/tickets/*", Failure::NeverAnswers);
        let (_, stuck) = world.complains("Ana Sousa");
        let (_, other) = world.complains("Bob Stone");
        world.topic_of(other).await;
        world.topic_of(stuck).await;
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_whose_answer_was_lost_is_not_written_again() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.settles().await;
        // No webhook shows us the note, so it has to be looked for.
        world.helpdesk.hooks().drop_all(true);
        world.helpdesk.faults().next(2, REPLIES, Failure::ResponseLost);
        let escalate = format!("/api/v1/tickets/{}/escalate", world.id_of(ticket).await);
        world.does(&escalate, &serde_json::json!({})).await;
        world.issue_of(&topic).await;
        for written in [1, 2] {
            world
                .until("a note stands there, unknown to us", async || {
                    world.helpdesk.notes_by_heard(ticket).len() == written && !world.failures().await.is_empty()
                })
                .await;
            world.clock.advance(Duration::from_secs(61));
        }
        world.until("they are found", async || world.failures().await.is_empty()).await;
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM outbox_message WHERE state = 'done'").await, 2);
        assert_eq!(world.helpdesk.notes_by_heard(ticket).len(), 2, "and not written again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_says_escalated_before_filed_even_where_the_first_note_fails_and_heard_starts_again() {
    databases::for_each(async |database| {
        let mut world = timeless(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.settles().await;
        world.helpdesk.faults().next(1, REPLIES, Failure::Status(500));
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        world.issue_of(&topic).await;
        world.fails("write", "acme").await;
        world.stops().await;
        world.starts_again().await;
        world.clock.advance(Duration::from_secs(21));
        world.until("both notes are there", async || world.helpdesk.notes_by_heard(ticket).len() == 2).await;
        let notes = world.helpdesk.notes_by_heard(ticket);
        assert!(notes[0].plain_body.contains("Heard: escalated"), "{notes:#?}");
        assert!(notes[1].plain_body.contains("the issue is filed"), "{notes:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_note_that_waits_for_a_person_does_not_keep_back_the_next() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        world.settles().await;
        world.helpdesk.faults().next(1, REPLIES, Failure::Status(422));
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        assert!(world.fails("write", "acme").await.given_up);
        world
            .until("the filing is noted all the same", async || {
                let notes = world.helpdesk.notes_by_heard(ticket);
                notes.iter().any(|note| note.plain_body.contains("the issue is filed"))
            })
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_kind_that_is_not_known_is_shown_and_not_dropped() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        world.until("the note is there", async || !world.helpdesk.notes_by_heard(ticket).is_empty()).await;
        world.settles().await;
        let mut tx = world.app().database.begin().await.unwrap();
        tx.query("UPDATE outbox_message SET kind = 'letter', state = 'wanted' WHERE kind = 'note'")
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world.clock.advance(Duration::from_secs(61));
        assert!(world.fails("write", "letter").await.given_up);
        assert_eq!(world.counts("SELECT count(*) FROM outbox_message WHERE state = 'dropped'").await, 0);
    })
    .await;
}
