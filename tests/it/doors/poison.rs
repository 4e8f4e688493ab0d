//! NUL and half a pair of surrogates: one poisoned value costs no neighbour, and no request of anybody.

use reqwest::Method;

use super::{Headers, OTHERS, generic};
use crate::{
    databases,
    web::{filled, session},
    world::{ADMIN, Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_delivery_fails_alone() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: OTHERS, ..Options::default() }).await;
        let door = "/hooks/desk/only-the-sender-knows";
        let deliveries = (0..60).map(|nth| {
            let id = if nth % 5 == 0 { format!("evt-\u{0}{nth}") } else { format!("evt-{nth}") };
            generic(&id, &format!("{nth}"), true).to_string()
        });
        let none = Headers::new();
        let answers = deliveries.map(|body| {
            let (world, none) = (&world, &none);
            async move { world.knocks(door, none, &body).await }
        });
        let answers = futures::future::join_all(answers).await;
        assert_eq!(answers, [202; 60]);
        world.rests().await;
        assert!(world.kept("?state=unreadable").await.is_empty());
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 60);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_database_holds_is_left_out_of_a_tickets_words() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: OTHERS, ..Options::default() }).await;
        let body = generic("evt-1", "7", true).to_string();
        let poisoned = body
            .replace("Exports time out", "Exports\\u0000 time out \\ud83d")
            .replace("Our nightly export", "Our \\udc00 nightly\\u0000 export")
            .replace("\"42\"", "\"4\\u00002\"")
            .replace("Ann Doe", "Ann\\u0000 Doe");
        let door = "/hooks/desk/only-the-sender-knows";
        assert_eq!(world.knocks(door, &Headers::new(), &poisoned).await, 202);
        world.rests().await;
        let tickets = world.get("/api/v1/tickets?connection=desk&external_id=7").await;
        assert_eq!(tickets["tickets"][0]["subject"], "Exports time out \u{fffd}", "{tickets}");
        assert!(tickets["tickets"][0]["topic"].is_string(), "{tickets}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_server_error_for_a_character() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        for path in [
            "/api/v1/topics?q=%00",
            "/api/v1/topics?q=a%00b",
            "/api/v1/topics?after=%00",
            "/api/v1/tickets?connection=%00&external_id=1",
            "/api/v1/tickets?connection=acme&external_id=%00",
            "/api/v1/topics/%00",
            "/api/v1/customers/%00",
            "/api/v1/deliveries?state=%00",
            "/c/%00",
            "/c/%ff%fe",
            "/topics?q=%00",
        ] {
            let answer =
                world.anonymous().get(format!("{}{path}", world.url())).bearer_auth(ADMIN).send().await.unwrap();
            assert!(answer.status().as_u16() < 500, "GET {path} answered {}", answer.status());
        }
        for (method, path, body) in [
            (Method::PATCH, format!("/api/v1/topics/{topic}"), r#"{"title": "x\u0000y"}"#),
            (Method::PATCH, format!("/api/v1/topics/{topic}"), r#"{"title": "x\ud800y"}"#),
            (
                Method::POST,
                "/api/v1/releases".to_owned(),
                r#"{"repository": "acme/product", "version": "1\u0000.0", "sha": "abc\u0000"}"#,
            ),
            (
                Method::POST,
                "/api/v1/releases".to_owned(),
                r#"{"repository": "acme\u0000/product", "version": "1.0", "sha": "abc"}"#,
            ),
            (Method::POST, format!("/api/v1/topics/{topic}/escalate"), "{\"\u{0}\": \"\\u0000\"}"),
        ] {
            let request =
                world.anonymous().request(method.clone(), format!("{}{path}", world.url())).bearer_auth(ADMIN);
            let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
            assert!(answer.status().as_u16() < 500, "{method} {path} of {body} answered {}", answer.status());
        }
        let cookie = session(&world).await;
        let form = world.anonymous().post(format!("{}/topics/{topic}/title", world.url())).header("cookie", cookie);
        let answer = filled(form, &[("text", "x\u{0}y")]).send().await.unwrap();
        assert!(answer.status().as_u16() < 500, "the console's form answered {}", answer.status());
    })
    .await;
}
