//! A reply that the helpdesk takes and nobody gets was not told (G4, one update per customer and milestone). The simulator's
//! `people.rs` names the reports.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Failure, Zendesk};

use crate::{
    databases,
    story::{BODY, Complaint, SUBJECT, page_in, stopped_clock},
    world::{Options, World},
};

impl World {
    /// The usual complaint, opened by `opens` and escalated by an agent.
    async fn an_escalated_complaint_by(&self, opens: impl FnOnce(&Zendesk) -> (u64, u64)) -> Complaint {
        let agent = self.helpdesk.agent("Sam Okafor");
        let (customer, ticket) = opens(&self.helpdesk);
        let topic = self.grouped_into(ticket).await;
        self.helpdesk.agent_tags(agent, ticket, "escalate");
        let issue = self.issue_of(&topic).await;
        self.settles().await;
        Complaint { agent, customer, ticket, topic, issue }
    }

    /// The update about the shipping that is in a state, with what its topic says of who was told.
    async fn not_told(&self, complaint: &Complaint, state: &str, why: &str) -> Value {
        let update = self.update_that_is("shipped", state).await;
        assert!(update["reason"].as_str().is_some_and(|reason| reason.contains(why)), "{update}");
        self.settles().await;
        assert!(self.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "nothing was sent");
        let topic = self.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
        assert_eq!(topic["updates"]["told"], json!(0), "{topic}");
        update
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_messenger_does_not_deliver_any_more_was_not_told() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world
            .an_escalated_complaint_by(|desk| {
                let ana = desk.customer("Ana Sousa").add();
                (ana, desk.ticket_from(ana).subject(SUBJECT).body(BODY).through("whatsapp").send())
            })
            .await;
        world.clock.advance(Duration::from_hours(16 * 24));
        world.ships(complaint.issue, "v2.4.0");
        let failed = world.not_told(&complaint, "failed", "messenger").await;
        world.fails("send", "messenger").await;
        world.helpdesk.customer_replies(complaint.ticket, "Any news?");
        world.settles().await;
        world.approves(&failed).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"), "she has written, so it is open again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_ticket_by_mail_is_told_there_and_not_by_the_messenger() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_hours(1));
        let ticket = world.helpdesk.ticket_from(complaint.customer).subject(SUBJECT).body(BODY);
        let by_messenger = ticket.through("native_messaging").send();
        world.support_says_they_are_the_same(by_messenger, complaint.ticket).await;
        world.settles().await;
        world.clock.advance(Duration::from_hours(48));
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        assert!(world.helpdesk.replies_by_heard(by_messenger).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_customer_is_shown_and_told_once_they_are_let_back() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.helpdesk.agent_suspends(complaint.customer, true);
        world.settles().await;
        world.ships(complaint.issue, "v2.4.0");
        let failed = world.not_told(&complaint, "failed", "suspended").await;
        world.helpdesk.agent_suspends(complaint.customer, false);
        world.settles().await;
        world.approves(&failed).await;
        world.told_in(complaint.ticket).await;
    })
    .await;
}

/// support.zendesk.com, 236279987
#[tokio::test(flavor = "multi_thread")]
async fn whose_mail_comes_back_for_good_was_not_told_and_is_once_it_arrives_again() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        // Nobody is notified of it, and no ticket changes.
        world.helpdesk.mail_bounces(complaint.customer, true);
        world.ships(complaint.issue, "v2.4.0");
        let failed = world.not_told(&complaint, "failed", "comes back").await;
        world.helpdesk.mail_bounces(complaint.customer, false);
        world.approves(&failed).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_without_an_address_is_not_told_by_mail() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world
            .an_escalated_complaint_by(|desk| {
                let caller = desk.customer("+49 30 1234").without_address().add();
                (caller, desk.ticket_from(caller).subject(SUBJECT).body(BODY).through("voice").send())
            })
            .await;
        world.ships(complaint.issue, "v2.4.0");
        world.not_told(&complaint, "failed", "no address").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_which_nothing_is_known_asks_a_person_who_may_send_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world
            .an_escalated_complaint_by(|desk| {
                let ana = desk.customer("Ana Sousa").add();
                (ana, desk.ticket_from(ana).subject(SUBJECT).body(BODY).through("carrier_pigeon").send())
            })
            .await;
        world.ships(complaint.issue, "v2.4.0");
        let draft = world.not_told(&complaint, "draft", "not known whether").await;
        world.approves(&draft).await;
        world.told_in(complaint.ticket).await;
    })
    .await;
}

/// A post on a page is a ticket, and Zendesk comments there (support.zendesk.com, 4408819897242; zammad/zammad#421).
#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_reads_has_nothing_of_hers_and_waits_for_a_person() {
    for channel in ["facebook", "twitter", "google_play_reviews"] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
            let complaint = world
                .an_escalated_complaint_by(|desk| {
                    let ana = desk.customer("Ana Sousa").add();
                    (ana, desk.ticket_from(ana).subject(SUBJECT).body(BODY).through(channel).send())
                })
                .await;
            world.clock.advance(Duration::from_hours(1));
            world.ships(complaint.issue, "v2.4.0");
            let draft = world.not_told(&complaint, "draft", "not known whether").await;
            world.approves(&draft).await;
            let said = world.told_in(complaint.ticket).await;
            assert!(said.contains("2.4.0"), "{said}");
            assert!(!said.contains("/c/"), "the key of her page stands on a public page: {said}");
            assert!(!said.contains("Ana") && !said.contains(BODY), "her name or her words do: {said}");
        })
        .await;
    }
}

/// Whoever is in copy can write what a mail server writes.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_in_copy_says_of_a_mail_is_no_report_of_a_mail_server() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let other = world.helpdesk.customer("Bob Stone").email("bob@stone.test").add();
        let report = "Undelivered Mail Returned to Sender\n\n<ana@customer.test>: 550 5.1.1 User unknown";
        world.helpdesk.writes_in_copy(other, complaint.ticket, report);
        world.settles().await;
        world.update_that_is("shipped", "sent").await;
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

/// They have what was sent, with its link, and may call themselves what they like.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_copy_who_quotes_what_was_sent_makes_no_update_fail() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let told = world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let quoted = format!("> {}\n", told.lines().collect::<Vec<_>>().join("\n> "));
        assert!(quoted.contains("/c/"), "the link is in it");
        let report =
            format!("Undelivered Mail Returned to Sender\n\n<ana@customer.test>: 550 5.1.1 User unknown\n\n{quoted}");
        for (name, address) in [("Mallory Copy", "mallory@evil.test"), ("Mail Delivery Subsystem", "daemon@evil.test")]
        {
            let other = world.helpdesk.customer(name).email(address).add();
            world.helpdesk.writes_in_copy(other, complaint.ticket, &report);
            world.settles().await;
        }
        let update = world.update_that_is("shipped", "sent").await;
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
        let about = |words: &'static str| {
            world
                .helpdesk
                .notes_by_heard(complaint.ticket)
                .iter()
                .filter(|note| note.plain_body.contains(words))
                .count()
        };
        assert_eq!(
            (about("neither a mail system nor the customer"), about("send it again")),
            (1, 0),
            "a person looks, once"
        );
        let (status, _) =
            world.post(&format!("/api/v1/updates/{}/approve", update["id"].as_str().unwrap()), &json!({})).await;
        assert!(status >= 400, "what was told is not sent again");
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_was_not_told_and_is_not_sent_again_by_itself() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let told = world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let report = format!(
            "Undelivered Mail Returned to Sender\n\n<ana.sousa@customer.test>: 550 5.1.1 no such user\n\n> see {}",
            page_in(&told)
        );
        world.helpdesk.mail_comes_back(complaint.ticket, &report);
        let failed = world.update_that_is("shipped", "failed").await;
        assert!(failed["reason"].as_str().unwrap().contains("came back"), "{failed}");
        world.fails("send", "came back").await;
        world.settles().await;
        world
            .until("the agent reads of it", async || {
                world.helpdesk.notes_by_heard(complaint.ticket).iter().any(|note| note.plain_body.contains("came back"))
            })
            .await;
        let topic = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
        assert_eq!(
            (&topic["updates"]["told"], &topic["cycle"]),
            (&json!(0), &json!(0)),
            "a report is no verdict: {topic}"
        );
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1, "and nobody is written to by itself");

        // Support sends it again, which is refused: the message that came back is not taken for the new one.
        world.helpdesk.faults().next(1, "PUT /api/v2/tickets/*", Failure::Status(422));
        let failed = world.fails("send", "came back").await;
        world.tries_again(&failed).await;
        let failed = world.fails("send", "could not be sent").await;
        world.helpdesk.agent_replies(complaint.agent, complaint.ticket, "We have put your address right.");
        world.settles().await;
        world.update_that_is("shipped", "failed").await;
        world.tries_again(&failed).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 2, "sent again by a person");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_without_a_quotation_is_of_what_was_last_told_there() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        world.helpdesk.mail_comes_back(
            complaint.ticket,
            "Delivery Status Notification (Delay)\n\nYour message has not yet been delivered. It will be retried.",
        );
        world.settles().await;
        world.update_that_is("shipped", "sent").await;
        world.helpdesk.mail_comes_back(
            complaint.ticket,
            "Delivery Status Notification (Failure)\n\nYour message couldn't be delivered.",
        );
        world.update_that_is("shipped", "failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_helpdesk_does_not_trust_is_no_verdict_and_asks_a_person() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        let verdicts = async || world.counts("SELECT count(*) FROM confirmation").await;
        world.helpdesk.customer_replies_flagged(complaint.ticket, "Yes, it works now.", &[4]);
        world.settles().await;
        let unclear = async || world.counts(r#"SELECT count(*) FROM "update" WHERE unclear IS NOT NULL"#).await;
        assert_eq!((verdicts().await, unclear().await), (0, 0), "no person wrote it");
        for flag in [0, 2, 3, 11] {
            world.helpdesk.customer_replies_flagged(complaint.ticket, "It is still broken.", &[flag]);
            world.settles().await;
            assert_eq!((verdicts().await, unclear().await), (0, 1), "flag {flag}");
        }
        world.helpdesk.customer_replies_flagged(complaint.ticket, "It works now, thank you!", &[5]);
        world.until("a file that was too big says nothing of who wrote", async || verdicts().await == 1).await;
    })
    .await;
}

/// freescout#4250: the report has no reference to the ticket, so the helpdesk opens a new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_opened_a_ticket_of_its_own_is_nobodys_complaint() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let sender = world.helpdesk.customer("Mail Delivery System").email("mailer-daemon@mx.acme.test").add();
        let report = "This is the mail system at host mx.acme.test.\n\nI'm sorry to have to inform you that your message could not \
                      be delivered.\n\n<ana.sousa@customer.test>: host mx said: 550 5.1.1 no such user";
        world.helpdesk.ticket_from(sender).subject("Undelivered Mail Returned to Sender").body(report).send();
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 1, "it is known");
        assert_eq!(world.counts("SELECT count(*) FROM topic").await, 0, "and speaks of nothing");
    })
    .await;
}

/// A mailbox that a whole department shares has thousands of tickets.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_about_a_person_reads_one_of_their_tickets() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let shared = world.helpdesk.customer("Accounts Payable").add();
        for _ in 0..5 {
            world.helpdesk.ticket_from(shared).subject(SUBJECT).body(BODY).send();
        }
        world.settles().await;
        let reads = async || world.counts("SELECT count(*) FROM river_job WHERE kind = 'refresh'").await;
        let before = reads().await;
        world.helpdesk.agent_suspends(shared, true);
        world.settles().await;
        assert_eq!(reads().await, before + 1);
        assert_eq!(world.counts("SELECT count(*) FROM requester WHERE standing = 'suspended'").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_how_each_recipient_is_reached_page_by_page() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let mut tickets = Vec::new();
        for (name, channel) in [("Bob Stone", "email"), ("Cleo Ray", "email"), ("Dan Wu", "whatsapp")] {
            let customer = world.helpdesk.customer(name).add();
            let ticket = world.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY).through(channel).send();
            world.support_says_they_are_the_same(ticket, complaint.ticket).await;
            tickets.push((customer, ticket));
        }
        let (bob, bobs) = tickets[0];
        world.helpdesk.agent_suspends(bob, true);
        world.helpdesk.close(tickets[1].1);
        world.settles().await;
        let path = format!("/api/v1/topics/{}/recipients?version=v2.4.0", complaint.topic);
        let mut found: Vec<Value> = Vec::new();
        let mut next = String::new();
        loop {
            let page = world.get(&format!("{path}&limit=2{next}")).await;
            found.extend(page["recipients"].as_array().unwrap().iter().cloned());
            let Some(after) = page["next"].as_str() else { break };
            next = format!("&after={after}");
        }
        assert_eq!(found.len(), 4, "{found:#?}");
        for (ticket, by) in [
            (complaint.ticket, json!("mail")),
            (bobs, Value::Null),
            (tickets[1].1, json!("follow_up")),
            (tickets[2].1, json!("messenger")),
        ] {
            let ticket = world.id_of(ticket).await;
            let one = found.iter().find(|one| one["ticket"] == ticket.as_str()).expect("a recipient");
            assert_eq!(one["reached_by"], by, "{one}");
            assert_eq!(one["not_reached"].is_string(), by.is_null(), "{one}");
        }
        let page = world.looks_in_the_console(&format!("/topics/{}/recipients?text=v2.4.0", complaint.topic)).await;
        for words in ["3 customers", "by mail, as a reply", "by the messenger", "follows the closed one", "suspended"] {
            assert!(page.contains(words), "{words}: {page}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_the_ticket_in_which_each_is_told_and_nobody_who_is_not_reachable() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let also = |customer| world.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY).send();
        let (second, third) = (also(complaint.customer), also(complaint.customer));
        let bobs = also(world.helpdesk.customer("Bob Stone").add());
        for ticket in [second, third, bobs] {
            world.support_says_they_are_the_same(ticket, complaint.ticket).await;
        }
        world.clock.advance(Duration::from_mins(1));
        world.helpdesk.customer_replies(second, "It is so in the weekly report, too.");
        world.helpdesk.delete(complaint.agent, bobs);
        world.settles().await;
        let path = format!("/api/v1/topics/{}/recipients?version=v2.4.0", complaint.topic);
        let shown = world.get(&path).await;
        let recipients = shown["recipients"].as_array().unwrap();
        assert_eq!(recipients.len(), 1, "Bob's only ticket was deleted: {shown:#}");
        assert_eq!(recipients[0]["ticket"], world.id_of(second).await.as_str(), "she last wrote there: {shown:#}");
        assert!(recipients[0]["text"].as_str().unwrap().contains("2.4.0"), "{shown:#}");
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        assert!(world.told_in(second).await.contains("2.4.0"), "it is told where the preview said");
    })
    .await;
}
