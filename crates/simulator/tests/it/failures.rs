//! The failure switches, and webhooks that are lost, repeated, late or out of order.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulator::Failure;

use super::zendesk::Desk;

fn reply(text: &str) -> Value {
    json!({"ticket": {"comment": {"body": text, "public": true}}})
}

async fn desk_with_ticket() -> (Desk, u64) {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    (desk, ticket)
}

#[tokio::test]
async fn a_lost_response_leaves_the_effect_and_no_answer() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.helpdesk.faults().next(1, "PUT /api/v2/tickets/*", Failure::ResponseLost);
    assert!(desk.try_call(Method::PUT, &format!("tickets/{ticket}"), reply("once")).await.is_err());
    assert_eq!(desk.helpdesk.replies_by_heard(ticket).len(), 1);
    assert_eq!(desk.helpdesk.faults().calls().last().unwrap().status, None);
    assert_eq!(desk.call(Method::PUT, &format!("tickets/{ticket}"), reply("twice")).await.0, 200);
    assert_eq!(desk.helpdesk.replies_by_heard(ticket).len(), 2);
}

#[tokio::test]
async fn an_answer_can_break_off_in_the_middle() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.helpdesk.faults().next(1, "PUT /**", Failure::ResponseCut);
    let broken = desk.try_call(Method::PUT, &format!("tickets/{ticket}"), reply("once")).await.unwrap_err();
    assert!(broken.is_body() || broken.is_decode(), "{broken:?}");
    assert_eq!(desk.helpdesk.replies_by_heard(ticket).len(), 1);
}

#[tokio::test]
async fn a_reset_and_an_error_leave_no_effect() {
    let (desk, ticket) = desk_with_ticket().await;
    let path = format!("tickets/{ticket}");
    desk.helpdesk.faults().next(1, "PUT /**", Failure::Reset);
    desk.helpdesk.faults().next(1, "PUT /**", Failure::Status(502));
    desk.helpdesk.faults().next(1, "PUT /**", Failure::Garbage);
    assert!(desk.try_call(Method::PUT, &path, reply("a")).await.is_err());
    assert_eq!(desk.call(Method::PUT, &path, reply("b")).await.0, 502);
    let (status, body) = desk.try_call(Method::PUT, &path, reply("c")).await.unwrap();
    assert_eq!((status, body.starts_with("<html>")), (200, true));
    assert!(desk.helpdesk.replies_by_heard(ticket).is_empty());
}

#[tokio::test]
async fn an_error_can_be_answered_although_the_effect_was_made() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.helpdesk.faults().next(1, "PUT /**", Failure::EffectThenStatus(504));
    assert_eq!(desk.call(Method::PUT, &format!("tickets/{ticket}"), reply("a")).await.0, 504);
    assert_eq!(desk.helpdesk.replies_by_heard(ticket).len(), 1);
}

#[tokio::test]
async fn a_slow_answer_comes_late_and_silence_never_ends() {
    let (desk, ticket) = desk_with_ticket().await;
    let path = format!("tickets/{ticket}");
    desk.helpdesk.faults().next(1, "GET /api/v2/tickets/*", Failure::Slow(Duration::from_millis(150)));
    let started = std::time::Instant::now();
    assert_eq!(desk.call(Method::GET, &path, Value::Null).await.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(150));
    desk.helpdesk.faults().next(1, "GET /api/v2/tickets/*", Failure::NeverAnswers);
    let silence =
        tokio::time::timeout(Duration::from_millis(200), desk.try_call(Method::GET, &path, Value::Null)).await;
    assert!(silence.is_err());
    assert_eq!(desk.call(Method::GET, &path, Value::Null).await.0, 200);
}

#[tokio::test]
async fn a_helpdesk_that_is_down_refuses_connections_and_comes_back_as_it_was() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.helpdesk.goes_down().await;
    let refused = desk.try_call(Method::GET, &format!("tickets/{ticket}"), Value::Null).await.unwrap_err();
    assert!(refused.is_connect() || refused.is_request(), "{refused}");
    desk.helpdesk.comes_back().unwrap();
    assert_eq!(desk.call(Method::GET, &format!("tickets/{ticket}"), Value::Null).await.0, 200);
}

#[tokio::test]
async fn who_comes_back_before_retry_after_is_recorded() {
    let (desk, ticket) = desk_with_ticket().await;
    let path = format!("tickets/{ticket}");
    desk.helpdesk.faults().next(1, "* /**", Failure::RetryAfter(429, 30));
    assert_eq!(desk.call(Method::GET, &path, Value::Null).await.0, 429);
    desk.hand.passes_s(29);
    desk.call(Method::GET, &path, Value::Null).await;
    assert_eq!(desk.helpdesk.faults().violations().len(), 1);
    desk.hand.passes_s(1);
    desk.call(Method::GET, &path, Value::Null).await;
    assert_eq!(desk.helpdesk.faults().violations().len(), 1);
}

#[tokio::test]
async fn over_the_limit_the_answer_is_429_with_the_seconds_to_wait() {
    let (desk, ticket) = desk_with_ticket().await;
    let path = format!("tickets/{ticket}");
    desk.helpdesk.faults().limit_per_minute(Some(2));
    for expected in [200, 200, 429] {
        assert_eq!(desk.call(Method::GET, &path, Value::Null).await.0, expected);
    }
    assert!(desk.helpdesk.faults().violations().is_empty());
    desk.hand.passes_s(61);
    assert_eq!(desk.call(Method::GET, &path, Value::Null).await.0, 200);
}

#[tokio::test]
async fn lost_webhooks_are_not_even_logged() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.helpdesk.hooks().drop_all(true);
    desk.helpdesk.customer_replies(ticket, "lost");
    desk.helpdesk.hooks().drop_all(false);
    desk.helpdesk.customer_replies(ticket, "sent");
    desk.helpdesk.hooks().settled().await;
    assert_eq!(desk.helpdesk.hooks().log().len(), 2);
    assert_eq!(desk.receiver.received().len(), 2);
}

#[tokio::test]
async fn held_webhooks_come_later_in_the_order_of_the_seed() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.helpdesk.hooks().settled().await;
    desk.helpdesk.hooks().hold();
    for number in 0..8 {
        desk.helpdesk.customer_replies(ticket, &number.to_string());
    }
    desk.helpdesk.hooks().settled().await;
    assert_eq!(desk.receiver.received().len(), 1);
    desk.helpdesk.hooks().release_shuffled(3);
    desk.helpdesk.hooks().settled().await;
    let received = desk.receiver.received();
    let mut order: Vec<String> =
        received[1..].iter().map(|one| one.json()["event"]["comment"]["body"].as_str().unwrap().to_owned()).collect();
    let sorted: Vec<String> = (0..8).map(|number| number.to_string()).collect();
    assert_ne!(order, sorted);
    order.sort();
    assert_eq!(order, sorted);
}

#[tokio::test]
async fn redelivery_repeats_ids_and_bytes() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.helpdesk.customer_replies(ticket, "again");
    desk.helpdesk.hooks().redeliver_all(3, 1);
    desk.helpdesk.hooks().settled().await;
    let mut bodies: Vec<String> = desk.receiver.received().into_iter().map(|one| one.body).collect();
    assert_eq!(bodies.len(), 8);
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 2);
}

#[tokio::test]
async fn zendesk_tries_again_when_told_to_wait_and_gives_up_on_errors() {
    let (desk, _) = desk_with_ticket().await;
    desk.helpdesk.hooks().settled().await;
    let ada = desk.helpdesk.customer("Bob").add();
    desk.receiver.answers(500);
    desk.helpdesk.ticket_from(ada).subject("One").body("x").send();
    desk.helpdesk.hooks().settled().await;
    assert_eq!(desk.helpdesk.hooks().log()[1].attempts.len(), 1);
    desk.receiver.answers(409);
    desk.helpdesk.ticket_from(ada).subject("Two").body("x").send();
    desk.helpdesk.hooks().settled().await;
    assert_eq!(desk.helpdesk.hooks().log()[2].attempts.len(), 4);
    assert_eq!(desk.receiver.received().len(), 1 + 1 + 4);
}

#[tokio::test]
async fn answers_carry_the_date_of_the_sites_own_clock() {
    let (desk, _) = desk_with_ticket().await;
    let answer = super::client().get(desk.helpdesk.url()).send().await.unwrap();
    assert_eq!(answer.headers()["date"], "Sun, 01 Jun 2025 12:00:00 GMT");
    assert_eq!(answer.headers().get_all("date").iter().count(), 1);
}

#[tokio::test]
async fn a_rotated_secret_signs_and_an_unknown_event_is_sent_all_the_same() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.helpdesk.rotate_webhook_secret("new");
    desk.helpdesk.announces(ticket, "moon_phase_changed", json!({"current": "FULL"}));
    desk.helpdesk.hooks().settled().await;
    let last = desk.receiver.received().pop().unwrap();
    assert_eq!(last.json()["type"], "zen:event-type:ticket.moon_phase_changed");
    let timestamp = last.header("x-zendesk-webhook-signature-timestamp").unwrap();
    let expected = super::zendesk::zendesk_signature("new", &timestamp, &last.body);
    assert_eq!(last.header("x-zendesk-webhook-signature"), Some(expected));
}

#[tokio::test]
async fn links_into_a_simulated_site_show_a_page() {
    let (desk, ticket) = desk_with_ticket().await;
    let page = super::client().get(format!("{}/agent/tickets/{ticket}", desk.helpdesk.url())).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    let text = page.text().await.unwrap();
    assert!(text.contains("Help #") && text.contains("Please"), "{text}");
}

#[tokio::test]
async fn strange_requests_are_answered_and_leave_the_site_working() {
    let (desk, ticket) = desk_with_ticket().await;
    let huge = u64::MAX;
    let paths = [
        format!("tickets/{ticket}/comments?page={huge}&per_page={huge}"),
        format!("tickets/{ticket}/comments?page[size]={huge}&page[after]=zzz"),
        format!("incremental/tickets/cursor?start_time={}", i64::MIN),
        format!("incremental/tickets/cursor?start_time={}", i64::MAX),
        "incremental/tickets/cursor?cursor=%F0%9F%99%82".to_owned(),
        format!("tickets/{huge}"),
        "tickets/-1/merge/%00/..".to_owned(),
        "users/show_many?ids=,,x,1".to_owned(),
        "%".to_owned(),
    ];
    for path in paths {
        for (method, body) in [(Method::GET, Value::Null), (Method::PUT, json!([1])), (Method::POST, json!("x"))] {
            let (status, _) = desk.call(method, &path, body).await;
            assert!(status < 500, "{path} answered {status}");
        }
    }
    for body in [json!({"ticket": null}), json!({"ticket": {"comment": 7}}), json!({"ticket": {"status": "gone"}})] {
        let (status, _) = desk.call(Method::PUT, &format!("tickets/{ticket}"), body).await;
        assert!(status < 500);
    }
    assert_eq!(desk.call(Method::GET, "users/me", Value::Null).await.0, 200);
}

#[tokio::test]
async fn many_tickets_come_in_another_order_without_those_that_are_missing_or_not_at_all() {
    let (desk, first) = desk_with_ticket().await;
    let ada = desk.helpdesk.customer("Bea").add();
    let others: Vec<u64> =
        (0..4).map(|_| desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send()).collect();
    let agent = desk.helpdesk.agent("Sam");
    desk.helpdesk.leaves_out_of_many(others[0]);
    desk.helpdesk.delete(agent, others[1]);
    let many = async |ids: &str| {
        let path = format!("tickets/show_many?ids={ids}&include=users,organizations");
        desk.call(Method::GET, &path, Value::Null).await
    };
    let (status, found) = many(&format!("{first},{},{},{},99", others[0], others[1], others[2])).await;
    let ids: Vec<u64> = found["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect();
    assert_eq!((status, ids), (200, vec![others[2], first]));
    assert_eq!(found["users"].as_array().unwrap().len(), 2);
    assert_eq!(desk.call(Method::GET, &format!("tickets/{}", others[0]), Value::Null).await.0, 200);
    let too_many: Vec<String> = (0..101).map(|id| id.to_string()).collect();
    for refused in [too_many.join(","), format!("{first},help"), String::new()] {
        assert_eq!(many(&refused).await.0, 400, "{refused}");
    }
    desk.helpdesk.breaks_over(others[3]);
    assert_eq!(many(&format!("{first},{}", others[3])).await.0, 500);
    assert_eq!(many(&first.to_string()).await.0, 200);
    desk.helpdesk.sends_nobody_beside_many();
    assert_eq!(many(&first.to_string()).await.1["users"], Value::Null);
}
