//! What a sender is told who has the address slightly wrong, and who may post a form from where.

use reqwest::Method;

use super::{Headers, OTHERS, zendesk};
use crate::{
    databases,
    web::{filled, session},
    world::{Options, World},
};

/// Senders that follow redirects would take the sign-in page for "delivered".
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_at_a_wrong_address_is_never_sent_to_a_page() {
    for database in databases::each() {
        let world = World::with(&database.url, Options { tell: OTHERS, ..Options::default() }).await;
        for (method, path, expected) in [
            ("POST", "/hooks", 404),
            ("POST", "/hooks/", 404),
            ("POST", "/hooks/acme/", 404),
            ("POST", "/hooks//acme", 404),
            ("POST", "/hooks/acme/a/b", 404),
            ("POST", "/hooks/desk/only-the-sender-knows/", 404),
            ("POST", "/hooks/desk/", 404),
            ("GET", "/hooks", 404),
            ("GET", "/hooks/acme/", 404),
            ("PUT", "/hooks/acme", 405),
            ("GET", "/hooks/acme", 405),
            ("HEAD", "/hooks/acme", 405),
            ("DELETE", "/hooks/acme", 405),
            ("PATCH", "/hooks/github", 405),
            ("PUT", "/hooks/desk/only-the-sender-knows", 405),
            ("OPTIONS", "/hooks/acme", 405),
            ("POST", "/hook/acme", 404),
            ("POST", "/hooksacme", 404),
            ("POST", "/webhooks/acme", 404),
            ("POST", "//hooks/acme", 404),
            ("POST", "/", 404),
            ("PUT", "/nothing/lives/here", 404),
        ] {
            let method: Method = method.parse().unwrap();
            let request = world.anonymous().request(method.clone(), format!("{}{path}", world.url()));
            let answer = request.header("content-type", "application/json").body("{}").send().await.unwrap();
            assert_eq!(answer.status(), expected, "{method} {path}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json", "{method} {path}");
            assert_eq!(answer.headers().contains_key("allow"), expected == 405, "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_signs_has_one_address() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (now, body) = (world.clock.now(), r#"{"heard":1,"ticket_id":"1"}"#);
        let signed = zendesk(world.helpdesks_secret(), now, body);
        for door in ["/hooks/acme/anything", "/hooks/acme/%61"] {
            assert_eq!(world.knocks(door, &signed, body).await, 401, "{door}");
        }
        assert!(world.kept("").await.is_empty());
        assert_eq!(world.knocks("/hooks/acme", &signed, body).await, 202);
    })
    .await;
}

/// A header that is no text is no reason to overlook that it was sent twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_was_sent_twice_is_refused_in_whatever_bytes() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let (now, body) = (world.clock.now(), r#"{"heard":1,"ticket_id":"1"}"#);
    let signed: Headers = zendesk(world.helpdesks_secret(), now, body);
    let name = signed[0].0;
    for second in [b"\xff\xfe".as_slice(), b"caf\xe9", b"AAAA"] {
        let request = world.anonymous().post(format!("{}/hooks/acme", world.url())).body(body);
        let request = signed.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let twice = request.header(name, reqwest::header::HeaderValue::from_bytes(second).unwrap());
        assert_eq!(twice.send().await.unwrap().status(), 401, "{second:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_taken_from_the_public_address_and_browsers_keep_to_https() {
    let database = databases::sqlite();
    let mut world = World::new(&database.url).await;
    let plain = world.anonymous().get(format!("{}/login", world.url())).send().await.unwrap();
    assert!(!plain.headers().contains_key("strict-transport-security"), "not everybody has https");
    world.stops().await;
    let local = format!("public_url = {:?}", world.url());
    world.settings_change(&local, "public_url = \"https://heard.acme.test\"");
    world.starts_again().await;
    let cookie = session(&world).await;
    for path in ["/login", "/topics", "/api/v1/topics", "/hooks/acme", "/nothing"] {
        let answer = world.anonymous().get(format!("{}{path}", world.url())).send().await.unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000", "{path}");
    }
    let address = format!("{}/topics/0197a000-0000-7000-8000-000000000000/title", world.url());
    for (origin, host, expected) in [
        ("https://heard.acme.test", "heard.acme.test", 404),
        ("https://heard.acme.test", "10.0.0.7:8080", 404),
        ("https://evil.test", "evil.test", 409),
        ("http://heard.acme.test", "heard.acme.test", 409),
        ("https://heard.acme.test:8443", "heard.acme.test:8443", 409),
        ("null", "heard.acme.test", 409),
    ] {
        for name in ["host", "x-forwarded-host"] {
            let request = world.anonymous().post(&address).header("cookie", &cookie).header("origin", origin);
            let answer = filled(request.header(name, host), &[("text", "x")]).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{origin} at {name} {host}");
        }
    }
}
