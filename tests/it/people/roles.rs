//! What a role may not do, it cannot do; and an engineer learns nothing of customers.

use std::time::Duration;

use heard::model::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use url::Url;

use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

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
        let refused = world.sends_form(&erik.cookie, &format!("/topics/{topic}/shipped"), &[("text", " ")]).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT, "and the page stands there again");
        seen.push_str(&refused.text().await.unwrap());
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

#[tokio::test(flavor = "multi_thread")]
async fn what_customers_pay_is_not_to_be_reckoned_from_a_score_either() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let customer = world.helpdesk.customer("Wanda Kowalski").email("wanda@kowalski.test");
        let customer = customer.of("Kowalski Pumps").plan("Enterprise").revenue(48_000).add();
        let ticket = world.helpdesk.ticket_from(customer).subject("Export loses a row").body("Its last row.").send();
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let erik = world.joins_team("Erik Engineer", Role::Engineer).await;
        let of_maya = world.makes_token(&maya.cookie, "board", Role::Agent, "read").await;
        let of_erik = world.makes_token(&erik.cookie, "board", Role::Engineer, "read").await;
        let asked =
            async |token: &str, path: &str| -> Value { world.asks_with(token, path).await.json().await.unwrap() };
        let path = format!("/api/v1/topics/{topic}");
        let (of_agent, of_engineer) = (asked(&of_maya, &path).await, asked(&of_erik, &path).await);
        let sum = |topic: &Value| -> i64 {
            topic["score_terms"].as_array().unwrap().iter().map(|term| term["points"].as_i64().unwrap()).sum()
        };
        assert_eq!(of_agent["score"].as_i64().unwrap(), sum(&of_agent));
        assert_eq!(of_engineer["score"].as_i64().unwrap(), sum(&of_engineer), "the rest is what they pay");
        assert!(sum(&of_agent) > sum(&of_engineer), "{of_agent}");
        for order in ["customers", "score", "last_seen"] {
            let listed = asked(&of_erik, &format!("/api/v1/topics?sort={order}")).await;
            assert_eq!(listed["topics"][0]["score"], of_engineer["score"], "in the list by {order}");
        }
        let exported = world.asks_with(&of_erik, "/api/v1/exports/topics").await.text().await.unwrap();
        let exported: Value = serde_json::from_str(exported.lines().next().unwrap()).unwrap();
        assert_eq!(exported["score"], of_engineer["score"], "in a file of the API");
        let file = world.opens_page(&erik.cookie, "/export/topics?format=jsonl").await.text().await.unwrap();
        let file: Value = serde_json::from_str(file.lines().next().unwrap()).unwrap();
        assert_eq!(file["score"], of_engineer["score"], "in a file of the console");
        let page = world.opens_page(&erik.cookie, &format!("/topics/{topic}")).await.text().await.unwrap();
        assert!(page.contains(&format!("Score {}</h2>", sum(&of_engineer))), "{page}");
        let board = world.opens_page(&erik.cookie, "/topics?sort=score&column=score").await.text().await.unwrap();
        assert!(board.contains(&format!("<b class=\"strong\">{}</b>", sum(&of_engineer))), "{board}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_finds_topics_and_issues_and_no_customer_or_word_of_theirs() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let customer =
            world.helpdesk.customer("Wanda Kowalski").email("wanda@kowalski.test").of("Kowalski Pumps").add();
        let ticket = world.helpdesk.ticket_from(customer).subject("Zanzibar loses a row").body("Its last row.").send();
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        let issue = world.issue_of(&topic).await;
        world.rests().await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let pia = world.joins_team("Pia Product", Role::Product).await;
        let erik = world.joins_team("Erik Engineer", Role::Engineer).await;
        let named = world.sends_form(&pia.cookie, &format!("/topics/{topic}/title"), &[("text", "Quagga")]).await;
        assert_eq!(named.status(), StatusCode::SEE_OTHER);
        let of_maya = world.makes_token(&maya.cookie, "search", Role::Agent, "read").await;
        let of_erik = world.makes_token(&erik.cookie, "search", Role::Engineer, "read").await;
        let found = async |token: &str, q: &str| -> Value {
            let answer = world.asks_with(token, &format!("/api/v1/search?q={q}")).await;
            assert_eq!(answer.status(), StatusCode::OK, "{q}");
            answer.json().await.unwrap()
        };
        for q in ["quagga".to_owned(), format!("%23{issue}"), topic.clone()] {
            assert_eq!(found(&of_erik, &q).await["topics"][0]["id"], json!(topic), "{q}");
        }
        // The ticket's subject has the word, the topic has another name.
        for path in ["/api/v1/topics?q=zanzibar", "/api/v1/exports/topics?q=zanzibar"] {
            let found = async |token: &str| world.asks_with(token, path).await.text().await.unwrap().contains("Quagga");
            assert!(found(&of_maya).await, "an agent finds it by {path}");
            assert!(!found(&of_erik).await, "an engineer finds it by {path}");
        }
        for path in ["/topics?q=zanzibar", "/export/topics?q=zanzibar"] {
            let page = world.opens_page(&erik.cookie, path).await.text().await.unwrap();
            assert!(!page.contains("Quagga"), "an engineer finds it by {path}");
        }
        let number = ticket.to_string();
        let id = found(&of_maya, "zanzibar").await["tickets"][0]["id"].as_str().unwrap().to_owned();
        for (q, kind) in [
            ("zanzibar", "tickets"),
            (number.as_str(), "tickets"),
            (id.as_str(), "tickets"),
            ("wanda", "customers"),
            ("kowalski", "organizations"),
        ] {
            assert_ne!(found(&of_maya, q).await[kind], json!([]), "{q} is there");
            let of_engineer = found(&of_erik, q).await;
            for kind in ["tickets", "customers", "organizations"] {
                assert_eq!(of_engineer[kind], json!([]), "{q}: {of_engineer}");
            }
            let page = world.opens_page(&erik.cookie, &format!("/search?q={q}")).await;
            assert_eq!(page.status(), StatusCode::OK, "{q}");
            let page = page.text().await.unwrap();
            for secret in ["Wanda", "Kowalski", "Zanzibar", "/tickets"] {
                assert!(!page.contains(secret), "{q}: an engineer finds {secret}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_is_shown_no_topic_of_which_only_agents_speak() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let about = world.helpdesk.customer("Wanda Kowalski").add();
        let internal =
            world.helpdesk.agent_opens_internally(agent, about, "Zanzibar loses rows", "Seen on their screen.");
        let topic = world.topic_of(internal).await["id"].as_str().unwrap().to_owned();
        world.settles().await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let erik = world.joins_team("Erik Engineer", Role::Engineer).await;
        let token = world.makes_token(&erik.cookie, "board", Role::Engineer, "read").await;
        let page = format!("/topics/{topic}");
        let path = format!("/api/v1/topics/{topic}");
        let search = format!("/api/v1/search?q={topic}");
        assert_eq!(world.opens_page(&maya.cookie, &page).await.status(), StatusCode::OK);
        assert_eq!(world.opens_page(&erik.cookie, &page).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(world.asks_with(&token, &path).await.status(), StatusCode::NOT_FOUND);
        assert!(!world.asks_with(&token, &search).await.text().await.unwrap().contains("Zanzibar"));
        // Somebody escalates it, and its issue has its name.
        world.helpdesk.agent_tags(agent, internal, "escalate");
        world.issue_of(&topic).await;
        world.settles().await;
        assert_eq!(world.opens_page(&erik.cookie, &page).await.status(), StatusCode::OK);
        assert!(world.asks_with(&token, &search).await.text().await.unwrap().contains(&topic));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_takes_topics_along_and_no_customer_or_amount() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let customer = world.helpdesk.customer("Wanda Kowalski").email("wanda@kowalski.test");
        let customer = customer.of("Kowalski Pumps").plan("Enterprise").revenue(48_000).add();
        let ticket = world.helpdesk.ticket_from(customer).subject("Export loses a row").body("Its last row.").send();
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let erik = world.joins_team("Erik Engineer", Role::Engineer).await;
        let of_maya = world.makes_token(&maya.cookie, "lists", Role::Agent, "read").await;
        let of_erik = world.makes_token(&erik.cookie, "lists", Role::Engineer, "read").await;
        let exported = async |token: &str| -> Value {
            let answer = world.asks_with(token, "/api/v1/exports/topics").await;
            assert_eq!(answer.status(), StatusCode::OK);
            serde_json::from_str(answer.text().await.unwrap().lines().next().unwrap()).unwrap()
        };
        let amount = exported(&of_maya).await["revenue_cents"].as_i64().unwrap();
        assert!(amount > 0, "an agent knows it");
        let of_engineer = exported(&of_erik).await;
        assert_eq!((&of_engineer["title"], &of_engineer["customers"]), (&json!("Export loses a row"), &json!(1)));
        assert_eq!(of_engineer["revenue_cents"], Value::Null, "{of_engineer}");
        for path in ["/export/topics", "/export/topics?sort=revenue&format=jsonl"] {
            let file = world.opens_page(&erik.cookie, path).await;
            assert_eq!(file.status(), StatusCode::OK, "{path}");
            let file = file.text().await.unwrap();
            assert!(file.contains("Export loses a row") && !file.contains(&amount.to_string()), "{file}");
        }
        for path in [
            "/api/v1/exports/topics?sort=revenue".to_owned(),
            "/api/v1/exports/tickets".to_owned(),
            "/api/v1/exports/updates?state=sent".to_owned(),
            format!("/api/v1/exports/topics/{topic}/customers"),
        ] {
            assert_eq!(world.asks_with(&of_erik, &path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
        for path in [
            "/tickets".to_owned(),
            format!("/topics/{topic}/customers"),
            "/export/tickets".to_owned(),
            "/export/updates?state=sent".to_owned(),
            format!("/export/topics/{topic}/customers"),
        ] {
            assert_eq!(world.opens_page(&erik.cookie, &path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
        let board = world.opens_page(&erik.cookie, "/topics").await.text().await.unwrap();
        assert!(board.contains("/export/topics") && !board.contains("href=\"/tickets\""), "{board}");
        let log = world.get("/api/v1/audit?action=export_list").await;
        let log = log["acts"].as_array().unwrap();
        assert!(log.iter().all(|act| act["subject"] == "topics"), "what is refused is no export: {log:#?}");
        assert_eq!(log.iter().filter(|act| act["name"] == "Erik Engineer").count(), 2, "{log:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_undoes_from_a_toast_what_was_decided_long_ago() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        world.an_escalated_complaint().await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let ticket = world.get("/api/v1/tickets").await["tickets"][0]["id"].as_str().unwrap().to_owned();
        let moved = world.sends_form(&maya.cookie, &format!("/tickets/{ticket}/move"), &[("text", "")]).await;
        let place = moved.headers()["location"].to_str().unwrap();
        let place = Url::parse(&format!("{}{place}", world.url())).unwrap();
        let topic = place.query_pairs().find(|(name, _)| name == "undoes").unwrap().1.into_owned();
        world.clock.advance(Duration::from_mins(61));
        // Somebody else made the link.
        let undo = [("topic", topic.as_str()), ("since", "0"), ("at", "/topics")];
        assert_eq!(world.sends_form(&maya.cookie, "/undo", &undo).await.status(), StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_undoes_from_a_toast_what_somebody_else_decided() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        world.an_escalated_complaint().await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let pia = world.joins_team("Pia Product", Role::Product).await;
        let erik = world.joins_team("Erik Engineer", Role::Engineer).await;
        let ticket = world.get("/api/v1/tickets").await["tickets"][0]["id"].as_str().unwrap().to_owned();
        let moved = world.sends_form(&maya.cookie, &format!("/tickets/{ticket}/move"), &[("text", "")]).await;
        assert_eq!(moved.status(), StatusCode::SEE_OTHER);
        let place = moved.headers()["location"].to_str().unwrap();
        let place = Url::parse(&format!("{}{place}", world.url())).unwrap();
        let said = |wanted: &str| place.query_pairs().find(|(name, _)| name == wanted).unwrap().1.into_owned();
        let (topic, since) = (said("undoes"), said("since"));
        let undo = [("topic", topic.as_str()), ("since", since.as_str()), ("at", "/topics")];
        assert_eq!(world.sends_form(&erik.cookie, "/undo", &undo).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(world.sends_form(&pia.cookie, "/undo", &undo).await.status(), StatusCode::CONFLICT);
        let undone = world.sends_form(&maya.cookie, "/undo", &undo).await;
        assert_eq!(undone.headers()["location"], "/topics?said=undone");
    })
    .await;
}
