//! What failed for one cause is one row of the health page, and is tried again by one press.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Failure;

use super::{filled, session};
use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_for_one_cause_is_one_row_and_is_tried_again_at_once() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let (_, bobs) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(bobs, complaint.ticket).await;
        world.settles().await;
        let tickets = [complaint.ticket, bobs];
        for ticket in tickets {
            world.helpdesk.faults().all(&format!("PUT /api/v2/tickets/{ticket}"), Failure::Status(422));
        }
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        let are = async |state: &str, count: usize| {
            let is_it = |one: &&Value| one["milestone"] == "shipped" && one["state"] == state;
            world.updates().await.iter().filter(is_it).count() == count
        };
        world.until("neither is sent", async || are("failed", 2).await).await;
        world.settles().await;
        let cookie = session(&world).await;
        let page = async || {
            let request = world.anonymous().get(format!("{}/health", world.url())).header("cookie", &cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        let shown = page().await;
        assert!(shown.contains("2 of these") && shown.contains("Try all 2 again"), "{shown}");
        let sentence = world.fails("send", "could not be sent").await.sentence;
        let press = async |work: &str, sentence: &str| {
            let request = world.anonymous().post(format!("{}/failures/retry", world.url())).header("cookie", &cookie);
            let request = request.header("origin", world.url());
            filled(request, &[("work", work), ("sentence", sentence)]).send().await.unwrap().status()
        };
        world.helpdesk.faults().heal();
        assert_eq!(press("send", "Something else.").await, 303);
        assert!(are("failed", 2).await, "another cause is not meant");
        assert_eq!(press("send", &sentence).await, 303);
        for ticket in tickets {
            assert!(world.told_in(ticket).await.contains("2.4.0"));
        }
        world.settles().await;
        assert!(are("sent", 2).await);
        let shown = page().await;
        assert!(!shown.contains("could not be sent"), "{shown}");
        assert_eq!(press("send", &sentence).await, 303, "who presses twice changes nothing");
        world.settles().await;
        for ticket in tickets {
            assert_eq!(world.helpdesk.replies_by_heard(ticket).len(), 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_refuses_us_is_red_with_the_reason_and_what_is_safe_meanwhile() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.settles().await;
        world.is_swept().await;
        let cookie = session(&world).await;
        let page = async || {
            let request = world.anonymous().get(format!("{}/health", world.url())).header("cookie", &cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        let safe = "Webhooks are still taken and kept.";
        let fine = page().await;
        assert!(!fine.contains(safe), "{fine}");
        let deliveries = world.get("/api/v1/deliveries").await["deliveries"].clone();
        let ticket = complaint.ticket.to_string();
        let of_ticket = |one: &&Value| one["ticket"].as_str() == Some(ticket.as_str());
        let delivery = deliveries.as_array().unwrap().iter().find(of_ticket).expect("a delivery that names the ticket");
        assert!(fine.contains(delivery["id"].as_str().unwrap()), "the id that heard replay takes: {fine}");

        world.helpdesk.faults().all("* /**", Failure::Status(401));
        world.clock.advance(Duration::from_mins(6));
        world.until("the page says what is refused, and what is safe", async || page().await.contains(safe)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_shown_with_its_event_and_without_anybodys_words() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.settles().await;
        let cookie = session(&world).await;
        let deliveries = world.get("/api/v1/deliveries").await["deliveries"].clone();
        let ticket = complaint.ticket.to_string();
        let of_ticket = |one: &&Value| one["ticket"].as_str() == Some(ticket.as_str());
        let delivery =
            deliveries.as_array().unwrap().iter().rfind(of_ticket).expect("a delivery that names the ticket");
        let id = delivery["id"].as_str().unwrap();
        let whole = world.get(&format!("/api/v1/deliveries/{id}")).await;
        assert_eq!((&whole["ticket"], &whole["events"]), (&delivery["ticket"], &json!(["ticket_changed"])), "{whole}");
        assert!(whole["body"].as_str().unwrap().contains("zen:event-type:ticket."), "{whole}");
        for one in deliveries.as_array().unwrap() {
            let id = one["id"].as_str().unwrap();
            let request = world.anonymous().get(format!("{}/deliveries/{id}", world.url())).header("cookie", &cookie);
            let shown = request.send().await.unwrap().text().await.unwrap();
            let whole = world.get(&format!("/api/v1/deliveries/{id}")).await.to_string();
            assert!(shown.contains(id) && shown.contains("What it said"), "{shown}");
            for words in ["Ana", "Sousa", "last row", "monthly report"] {
                assert!(!shown.contains(words) && !whole.contains(words), "{words}: {shown} {whole}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_health_page_says_how_many_deliveries_are_in_each_state() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        world.an_escalated_complaint().await;
        world.settles().await;
        let read = world.counts("SELECT count(*) FROM delivery WHERE state = 'understood'").await;
        assert!(read > 0);
        let cookie = session(&world).await;
        let request = world.anonymous().get(format!("{}/health", world.url())).header("cookie", &cookie);
        let shown = request.send().await.unwrap().text().await.unwrap();
        for counted in [format!("understood <b>{read}</b>"), "not read yet <b>0</b>".to_owned()] {
            assert!(shown.contains(&counted), "{counted}: {shown}");
        }
    })
    .await;
}
