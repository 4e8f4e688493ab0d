//! NUL and half a pair of surrogates: one poisoned value costs no neighbour, and no request of anybody.

use heard::store::{Session as _, StoreError};
use reqwest::Method;
use serde_json::json;

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

/// Letters that no engine packs into less.
fn letters(count: usize) -> String {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
    };
    (0..count).map(|_| next()).collect()
}

/// PostgreSQL refuses long keys (`margince/margince#4646`: one mail stopped a whole import), and SQLite takes them.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_for_a_key_costs_nobody_but_itself() {
    let long = letters(10_000);
    let of_ids = [
        ("/messages/0/id", json!(long)),
        ("/messages/0/author_id", json!(long)),
        ("/ticket/requester/id", json!(long)),
        ("/ticket/requester/company_id", json!(long)),
        ("/ticket/id", json!(long)),
        ("/ticket/organization/id", json!(long)),
        ("/ticket/agent/id", json!(long)),
        ("/ticket/brand", json!(long)),
        ("/ticket/merged_into", json!(long)),
    ];
    let of_words = [
        ("/ticket/requester/email", json!(format!("{long}@acme.test"))),
        ("/ticket/requester/name", json!(long)),
        ("/ticket/requester/locale", json!(long)),
        ("/ticket/agent/name", json!(long)),
        ("/ticket/organization/name", json!(long)),
        ("/ticket/subject", json!(long)),
        ("/ticket/url", json!(format!("https://acme.test/{long}"))),
        ("/ticket/tags", json!([long, "billing"])),
        ("/messages/0/body", json!(long)),
        ("/id", json!(long)),
    ];
    databases::for_each(async |database| {
        let tell = format!("{OTHERS}customer_ids = \"ours\"\n");
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        let door = "/hooks/desk/only-the-sender-knows";
        for (nth, (place, value)) in of_ids.iter().chain(&of_words).enumerate() {
            let mut body = generic(&format!("evt-{nth}"), &format!("{nth}"), true);
            body["ticket"]["requester"] = json!({"id": format!("p{nth}"), "name": "Ann Doe"});
            body["ticket"]["organization"] = json!({"id": format!("o{nth}"), "name": "Acme"});
            body["ticket"]["agent"] = json!({"id": "84", "name": "Sam Hill"});
            let (parent, name) = place.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[name] = value.clone();
            assert_eq!(world.knocks(door, &Headers::new(), &body.to_string()).await, 202, "{place}");
        }
        world.rests().await;
        let unreadable = world.kept("?state=unreadable").await;
        assert_eq!(unreadable.len(), of_ids.len(), "{unreadable:?}");
        for one in &unreadable {
            let why = one["error"].as_str().unwrap();
            assert!(why.ends_with("id has 10000 characters, and at most 500 are taken"), "{why}");
        }
        assert_eq!(world.counts("SELECT count(*) FROM link").await, i64::try_from(of_words.len()).unwrap());
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE length(name) > 500").await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE length(email) > 500").await, 0);
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_with_a_long_id_is_kept_once_and_costs_no_neighbour() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: OTHERS, ..Options::default() }).await;
        let door = "/hooks/desk/only-the-sender-knows";
        let long = letters(5_000);
        for _ in 0..2 {
            let answers = (0..60).map(|nth| {
                let id = if nth % 5 == 0 { format!("{nth}{long}") } else { format!("evt-{nth}") };
                let (world, body) = (&world, generic(&id, &format!("{nth}"), true));
                let mut body = body;
                body["messages"][0]["id"] = json!(format!("m{nth}"));
                async move { world.knocks(door, &Headers::new(), &body.to_string()).await }
            });
            assert_eq!(futures::future::join_all(answers).await, [202; 60]);
        }
        world.rests().await;
        assert!(world.kept("?state=unreadable").await.is_empty());
        assert_eq!(world.counts("SELECT count(*) FROM delivery").await, 60);
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 60);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_a_long_name_is_read_in_the_helpdesk_like_anybody() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ana = world.helpdesk.customer(&letters(6_000)).add();
        let ticket = world.helpdesk.ticket_from(ana).subject("Exports time out").body("The export stops.").send();
        world.topic_of(ticket).await;
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE length(name) = 500").await, 1);
    })
    .await;
}

/// Whatever gets past the bounds is refused alone, and not tried for ever.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_engine_refuses_for_its_size_is_refused_for_its_values() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let mut tx = world.app().database.begin().await.unwrap();
        let stored = tx
            .query("INSERT INTO own_write (connection, external_id, written_at) VALUES ($1, $2, $3)")
            .bind("acme")
            .bind(letters(10_000))
            .bind(world.clock.now())
            .execute()
            .await;
        assert!(stored.as_ref().err().is_none_or(StoreError::is_about_the_values), "{stored:?}");
        assert_eq!(stored.is_err(), database.starts_with("postgres"), "SQLite takes it: {stored:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_too_long_for_a_key_is_refused_with_a_sentence() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for place in ["version", "component", "environment"] {
            let mut stated = json!({"repository": "acme/product", "version": "9.9.9", "sha": "9fceb02c0ffee9fceb02c0ffee9fceb02c0ffee1"});
            stated[place] = json!(letters(10_000));
            let (status, said) = world.post("/api/v1/releases", &stated).await;
            assert_eq!(status, 409, "{said}");
            assert!(said["detail"].as_str().unwrap().contains("at most 500 characters together"), "{said}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_organization_is_worth_so_much_that_the_board_cannot_be_summed() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for (nth, company) in ["Lovelace Ltd", "Noether AG"].into_iter().enumerate() {
            let customer = world.helpdesk.customer(&format!("Ana {nth}")).of(company).add();
            let ticket =
                world.helpdesk.ticket_from(customer).subject("Exports time out").body("The export stops.").send();
            world.topic_of(ticket).await;
        }
        let organizations = world.get("/api/v1/organizations").await["organizations"].as_array().unwrap().clone();
        assert_eq!(organizations.len(), 2);
        for (value, expected) in [(i64::MAX, 400), (-1, 400), (90_000_000_000_001, 400), (90_000_000_000_000, 200)] {
            for organization in &organizations {
                let path = format!("{}/api/v1/organizations/{}", world.url(), organization["id"].as_str().unwrap());
                let request = world.anonymous().put(path).bearer_auth(ADMIN).json(&json!({ "revenue_cents": value }));
                assert_eq!(request.send().await.unwrap().status(), expected, "{value}");
            }
            assert!(world.get("/api/v1/topics").await["topics"].is_array());
        }
    })
    .await;
}
