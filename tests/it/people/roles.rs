//! What a role may not do, it cannot do; and an engineer learns nothing of customers.

use heard::model::role::Role;
use reqwest::StatusCode;

use crate::{databases, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_may_not_do_is_refused_with_what_it_takes_and_is_not_offered() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let pia = world.joins_team("Pia Product", Role::Product).await;
        let title = format!("/topics/{}/title", complaint.topic);
        let refused = world.sends_form(&maya.cookie, &title, &[("text", "Another name")]).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        let page = refused.text().await.unwrap();
        assert!(page.contains("Maya Lindgren (agent) may not do this") && page.contains("name topics"), "{page}");
        let named = world.sends_form(&pia.cookie, &title, &[("text", "Another name")]).await;
        assert_eq!(named.status(), StatusCode::SEE_OTHER);
        let topic = format!("/topics/{}", complaint.topic);
        let of_maya = world.opens_page(&maya.cookie, &topic).await.text().await.unwrap();
        let of_pia = world.opens_page(&pia.cookie, &topic).await.text().await.unwrap();
        assert!(!of_maya.contains(&format!("{topic}/title")) && of_pia.contains(&format!("{topic}/title")));
        assert!(of_maya.contains(&format!("{topic}/escalate")) && !of_pia.contains(&format!("{topic}/escalate")));
        for path in ["/people", "/audit"] {
            assert_eq!(world.opens_page(&pia.cookie, path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_decided_is_named() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let pia = world.joins_team("Pia Product", Role::Product).await;
        world
            .sends_form(&pia.cookie, &format!("/topics/{}/title", complaint.topic), &[("text", "Last row is lost")])
            .await;
        world.sends_form(&pia.cookie, "/pauses", &[("part", "everything")]).await;
        let page = world.opens_page(&pia.cookie, &format!("/topics/{}", complaint.topic)).await.text().await.unwrap();
        assert!(page.contains("Pia Product renamed it") && page.contains("by Pia Product"), "{page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_sees_topics_and_nothing_of_customers_or_what_they_pay() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let customer = world.helpdesk.customer("Wanda Kowalski").email("wanda@kowalski.test");
        let customer = customer.of("Kowalski Pumps").plan("Enterprise").revenue(48_000).add();
        let ticket = world.helpdesk.ticket_from(customer).subject("Export loses a row").body("My heart-words: Zurich.");
        let ticket = ticket.send();
        let topic = world.topic_of(ticket).await;
        assert!(topic["revenue_cents"].as_i64().unwrap() > 0, "{topic}");
        let topic = topic["id"].as_str().unwrap().to_owned();
        let erik = world.joins_team("Erik Engineer", Role::Engineer).await;
        let token = world.makes_token(&erik.cookie, "board", Role::Engineer, "write").await;
        let mut seen = String::new();
        for path in
            ["/topics".to_owned(), "/topics?sort=revenue".to_owned(), format!("/topics/{topic}"), "/health".to_owned()]
        {
            let page = world.opens_page(&erik.cookie, &path).await;
            assert_eq!(page.status(), StatusCode::OK, "{path}");
            seen.push_str(&page.text().await.unwrap());
        }
        for path in ["/api/v1/topics".to_owned(), format!("/api/v1/topics/{topic}")] {
            let answer = world.asks_with(&token, &path).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            seen.push_str(&answer.text().await.unwrap());
        }
        assert!(seen.contains("Export loses a row"));
        for secret in ["Wanda", "Kowalski", "heart-words", "48,000", "48k", "4800000", "Enterprise"] {
            assert!(!seen.contains(secret), "an engineer sees {secret}");
        }
        for path in [
            format!("/api/v1/topics/{topic}/recipients?version=1"),
            "/api/v1/tickets".to_owned(),
            "/api/v1/customers".to_owned(),
            "/api/v1/organizations".to_owned(),
            "/api/v1/updates".to_owned(),
            "/api/v1/topics?sort=revenue".to_owned(),
        ] {
            assert_eq!(world.asks_with(&token, &path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
        for path in ["/triage", "/updates", &format!("/topics/{topic}/issue")] {
            assert_eq!(world.opens_page(&erik.cookie, path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
    })
    .await;
}
