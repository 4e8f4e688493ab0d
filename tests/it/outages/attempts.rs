//! One attempt to tell a customer, and the next: what became of one is never taken for what became of another (G4, one update
//! per customer and milestone), and what was taken back is not sent again (G6, nothing private leaves).

use std::time::Duration;

use heard::flow::jobs;
use simulator::Failure;

use super::{helpdesk::ships_while, timeless};
use crate::{
    databases,
    story::{BODY, Complaint, SUBJECT, page_in},
    world::World,
};

impl World {
    /// Mail to the address of what was told last comes back.
    fn comes_back(&self, complaint: &Complaint, told: &str) {
        let report = format!(
            "Undelivered Mail Returned to Sender\n\n<ana.sousa@customer.test>: 550 5.1.1 no such user\n\n> see {}",
            page_in(told)
        );
        self.helpdesk.mail_comes_back(complaint.ticket, &report);
    }
}

/// Mail servers report one mail more than once (osTicket/osTicket#4911).
#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_what_came_back_says_nothing_of_what_was_sent_since() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let first = world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        world.comes_back(&complaint, &first);
        let failed = world.fails("send", "came back").await;
        world.tries_again(&failed).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let told = world.helpdesk.replies_by_heard(complaint.ticket);
        assert_eq!(told.len(), 2, "sent again by a person");
        assert_ne!(page_in(&told[0].plain_body), page_in(&told[1].plain_body), "each attempt has a link of its own");
        world.comes_back(&complaint, &first);
        world.settles().await;
        world.update_that_is("shipped", "sent").await;
        world.comes_back(&complaint, &told[1].plain_body);
        world.update_that_is("shipped", "failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opens_the_link_of_what_came_back_has_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let told = world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        world.comes_back(&complaint, &told);
        let update = world.update_that_is("shipped", "failed").await["id"].as_str().unwrap().to_owned();
        world.says_on(&page_in(&told), &[("act", "works"), ("update", &update)]).await;
        world.update_that_is("shipped", "sent").await;
        assert_eq!(world.counts("SELECT count(*) FROM confirmation WHERE verdict = 'works'").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_page_is_kept_only_while_it_is_sent() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = ships_while(&world, Failure::Status(500)).await;
        world.update_that_is("shipped", "sending").await;
        let kept = r#"SELECT count(*) FROM "update" WHERE page_key IS NOT NULL"#;
        assert_eq!(world.counts(kept).await, 1, "the same call may have to be made again");
        world.fails("send", "looking for the reply").await;
        world.clock.advance(Duration::from_secs(21));
        world.looks_in_vain().await;
        world.is_sent_once_it_was_looked_for().await;
        world.told_in(complaint.ticket).await;
        assert_eq!(world.counts(kept).await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM page_token").await, 1, "one attempt, one link");
        assert_eq!(world.counts("SELECT count(*) FROM own_key WHERE name = 'pages'").await, 0, "none makes keys");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_taken_back_while_they_are_sent_are_not_sent_again() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = ships_while(&world, Failure::Reset).await;
        world.update_that_is("shipped", "sending").await;
        world.fails("send", "looking for the reply").await;
        world.helpdesk.hooks().drop_all(false);
        world.helpdesk.agent_redacts(complaint.agent, complaint.ticket, "monthly");
        let quoting = r#"SELECT count(*) FROM "update" WHERE text LIKE '%monthly%'"#;
        world.until("they are forgotten", async || world.counts(quoting).await == 0).await;
        world.clock.advance(Duration::from_secs(21));
        world.looks_in_vain().await;
        world.is_sent_once_it_was_looked_for().await;
        let told = world.told_in(complaint.ticket).await;
        assert!(told.contains("last row") && !told.contains("monthly"), "{told}");
    })
    .await;
}

/// A new ticket that was opened for an update is known by its key together with its words, and these are gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_whose_words_were_taken_back_while_it_was_opened_is_not_opened_twice() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.helpdesk.agent_sets_status(complaint.agent, complaint.ticket, "solved");
        world.helpdesk.close(complaint.ticket);
        world.settles().await;
        world.helpdesk.hooks().drop_all(true);
        world.helpdesk.faults().next(1, "POST /api/v2/tickets", Failure::ResponseLost);
        world.product().release("v2.4.0").at(&fix).publish();
        world.fails("send", "looking for the reply").await;
        world.helpdesk.hooks().drop_all(false);
        world.helpdesk.agent_redacts(complaint.agent, complaint.ticket, "monthly");
        let quoting = r#"SELECT count(*) FROM "update" WHERE text LIKE '%monthly%'"#;
        world.until("they are forgotten", async || world.counts(quoting).await == 0).await;
        world.clock.advance(Duration::from_secs(21));
        world.looks_in_vain().await;
        world.clock.advance(Duration::from_secs(21));
        let doubted = world.update_that_is("shipped", "in_doubt").await;
        assert!(doubted["reason"].as_str().unwrap().contains("in other words"), "{doubted}");
        assert_eq!(world.helpdesk.tickets().len(), 2, "one follow-up");
        // Somebody touches the follow-up, and Heard sees its own link there.
        let follow_up = world.helpdesk.tickets().into_iter().max().unwrap();
        world.helpdesk.agent_notes(complaint.agent, follow_up, "They have it.");
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        assert_eq!(world.helpdesk.tickets().len(), 2);
    })
    .await;
}

/// Nobody knows yet that the ticket was merged into another of the same customer's, so its answer opens a follow-up; the answer to that
/// is lost. What is looked for is in neither of the two (rough stories 20336 and 20487).
#[tokio::test(flavor = "multi_thread")]
async fn what_may_stand_in_a_follow_up_of_a_merged_ticket_is_not_said_in_the_other_one() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = world.an_escalated_complaint().await;
        let second = world.helpdesk.ticket_from(complaint.customer).subject(SUBJECT).body(BODY).send();
        world.topic_of(second).await;
        world.support_says_they_are_the_same(second, complaint.ticket).await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        world.settles().await;
        world.helpdesk.hooks().drop_all(true);
        world.helpdesk.merge(complaint.agent, second, complaint.ticket);
        world.helpdesk.faults().next(1, "POST /api/v2/tickets", Failure::ResponseLost);
        world.product().release("v2.4.0").at(&fix).publish();
        world.fails("send", "looking for the reply").await;
        let app = world.app();
        let mut tx = app.database.begin().await.unwrap();
        let read = jobs::Refresh { connection: "acme".to_owned(), ticket: second.to_string() };
        app.queue.add(&mut tx, read).await.unwrap();
        tx.commit().await.unwrap();
        world
            .until("the merge is known", async || {
                world.counts("SELECT count(*) FROM ticket WHERE status = 'merged'").await == 1
            })
            .await;
        world.clock.advance(Duration::from_secs(21));
        world.looks_in_vain().await;
        world.clock.advance(Duration::from_secs(21));
        world.update_that_is("shipped", "in_doubt").await;
        let told = world.helpdesk.heard_by(complaint.customer);
        assert_eq!(told.iter().filter(|reply| reply.plain_body.contains("2.4.0")).count(), 1, "in the follow-up");
    })
    .await;
}

/// A follow-up is being opened, its answer is lost, and nobody finds it.
async fn an_unclear_follow_up(world: &World) -> Complaint {
    let complaint = world.an_escalated_complaint().await;
    let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
    world.becomes(&complaint.topic, "fix_merged").await;
    world.helpdesk.agent_sets_status(complaint.agent, complaint.ticket, "solved");
    world.helpdesk.close(complaint.ticket);
    world.settles().await;
    world.helpdesk.hooks().drop_all(true);
    world.helpdesk.faults().next(1, "POST /api/v2/tickets", Failure::ResponseLost);
    world.helpdesk.faults().next(1, "POST /api/v2/tickets", Failure::RetryAfter(429, 1));
    world.product().release("v2.4.0").at(&fix).publish();
    world.fails("send", "looking for the reply").await;
    world.clock.advance(Duration::from_secs(21));
    world.looks_in_vain().await;
    world.clock.advance(Duration::from_secs(21));
    let asked = async || world.helpdesk.faults().count("POST /api/v2/tickets") == 2;
    world.until("it was asked to wait", asked).await;
    complaint
}

/// Found by a crowd of two thousand: the attempt had to wait after its first call had no clear end, and the one after that had
/// another key, by which the helpdesk could not know it.
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_has_to_wait_after_its_first_call_was_unclear_goes_on_with_its_key() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        an_unclear_follow_up(&world).await;
        world.clock.advance(Duration::from_secs(61));
        world.update_that_is("shipped", "sent").await;
        world.helpdesk.hooks().drop_all(false);
        world.settles().await;
        assert_eq!(world.helpdesk.tickets().len(), 2, "one follow-up");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_stand_in_a_ticket_that_nobody_found_is_not_sent_in_other_words() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        an_unclear_follow_up(&world).await;
        let update = world.update_that_is("shipped", "held").await;
        let path = format!("/api/v1/updates/{}/edit", update["id"].as_str().unwrap());
        world.does(&path, &serde_json::json!({ "text": "It is mended." })).await;
        world.clock.advance(Duration::from_secs(61));
        let doubted = world.update_that_is("shipped", "in_doubt").await;
        assert!(doubted["reason"].as_str().unwrap().contains("in other words"), "{doubted}");
        assert_eq!(world.helpdesk.tickets().len(), 2, "one follow-up");
        // Somebody has looked, and it is not there for the customer.
        world.approves(&doubted).await;
        world.helpdesk.hooks().drop_all(false);
        world.update_that_is("shipped", "sent").await;
        assert_eq!(world.helpdesk.tickets().len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_kept_without_the_words_that_were_redacted_since() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        let told = world.update_that_is("shipped", "sent").await;
        world.settles().await;
        world.helpdesk.agent_notes(complaint.agent, complaint.ticket, "She has it.");
        world.settles().await;
        let path = format!("/api/v1/updates/{}", told["id"].as_str().unwrap());
        assert!(world.get(&path).await["text"].as_str().unwrap().contains("monthly"), "it stays as long as it stands");
        world.helpdesk.agent_redacts(complaint.agent, complaint.ticket, "monthly");
        world.until("it is forgotten", async || world.get(&path).await["text"] == "").await;
        world.settles().await;
        assert_eq!(world.get(&path).await["state"], "sent", "that she has it is known for good");
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
    })
    .await;
}
