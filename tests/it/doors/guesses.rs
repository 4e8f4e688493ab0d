//! Wrong admin tokens: slowed down, counted, and never in the owner's way.

use reqwest::{RequestBuilder, StatusCode};

use crate::{
    databases,
    web::{filled, session},
    world::{ADMIN, Options, World, metrics},
};

impl World {
    fn asks(&self, path: &str, token: &str) -> RequestBuilder {
        self.anonymous().get(format!("{}{path}", self.url())).bearer_auth(token)
    }
}

/// The value of a counter in this process, all its labels together. Other tests count too, so it only grows.
fn counted(name: &str) -> u64 {
    let text = metrics()();
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_are_slowed_down_and_the_right_one_never_is() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let before = counted("heard_wrong_tokens_total");
        let mut answers = Vec::new();
        for (nth, path) in ["/api/v1/topics", "/api/v1/nothing", "/metrics"].iter().cycle().take(30).enumerate() {
            let answer = world.asks(path, &format!("guess-{nth}")).send().await.unwrap();
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                assert!(answer.headers().contains_key("retry-after"), "{path}");
            }
            answers.push(answer.status().as_u16());
        }
        assert_eq!(answers[0], 401);
        assert_eq!(answers[29], 429, "{answers:?}");
        assert!(counted("heard_wrong_tokens_total") >= before + 30);
        assert_eq!(world.asks("/api/v1/topics", ADMIN).send().await.unwrap().status(), 200);
        assert_eq!(world.asks("/metrics", ADMIN).send().await.unwrap().status(), 200);
        let wrong = filled(world.anonymous().post(format!("{}/login", world.url())), &[("token", "guess")]);
        assert_eq!(wrong.send().await.unwrap().status(), 429, "the console's door counts with the API's");
        session(&world).await;
        let nothing = world.anonymous().get(format!("{}/api/v1/topics", world.url())).send().await.unwrap();
        assert_eq!(nothing.status(), 401, "who brings no token guesses nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_token_lets_nobody_in() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for value in ["Bearer", "Bearer ", "Bearer  \t", "bearer  ", ""] {
            for path in ["/api/v1/topics", "/metrics"] {
                let request = world.anonymous().get(format!("{}{path}", world.url())).header("authorization", value);
                let status = request.send().await.unwrap().status().as_u16();
                assert!([401, 429].contains(&status), "{path} with {value:?}: {status}");
            }
        }
        for token in ["", " ", "\t"] {
            let form = world.anonymous().post(format!("{}/login", world.url()));
            let answer = filled(form, &[("token", token), ("next", "/topics")]).send().await.unwrap();
            let status = answer.status().as_u16();
            assert!([400, 401, 403, 429].contains(&status), "{token:?}: {status}");
            let session = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().starts_with("heard_session=");
            assert!(!answer.headers().get_all("set-cookie").iter().any(session), "{token:?} began a session");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_are_counted_by_who_sent_them_through_a_proxy_that_is_trusted() {
    let database = databases::sqlite();
    let trusted = [("database = ", "trusted_proxies = [\"127.0.0.0/8\"]\ndatabase = ")];
    for (changes, neighbour) in [(trusted.as_slice(), 401), (&[], 429)] {
        let world = World::with(&database.url, Options { changes, ..Options::default() }).await;
        let guess = async |from: &str| {
            world
                .asks("/api/v1/topics", "guess")
                .header("x-forwarded-for", from)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16()
        };
        let mut last = 0;
        for nth in 0..20 {
            // What stands before the last address is the guesser's own invention.
            last = guess(&format!("10.9.8.{nth}, 203.0.113.9")).await;
        }
        assert_eq!(last, 429);
        assert_eq!(guess("198.51.100.1").await, neighbour, "another address");
    }
}

/// A middleware's refusal is an answer like any other.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_at_the_door_has_our_headers_and_is_counted() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let cookie = session(&world).await;
    let address = format!("{}/topics/0197a000-0000-7000-8000-000000000000/title", world.url());
    let cross_site = world.anonymous().post(&address).header("cookie", &cookie).header("sec-fetch-site", "cross-site");
    for (what, request, status) in [
        ("a wrong bearer", world.asks("/api/v1/topics", "guess"), 401),
        ("another site's form", filled(cross_site, &[("text", "x")]), 409),
        ("a stranger", world.anonymous().get(format!("{}/topics", world.url())), 303),
        ("a packed body", world.anonymous().post(&address).header("content-encoding", "gzip").body("x"), 415),
        ("a webhook at no address", world.anonymous().put(format!("{}/hooks/acme", world.url())), 405),
    ] {
        let counted_so = |status: u16| {
            let text = metrics()();
            let label = format!("status=\"{status}\"");
            let lines = text
                .lines()
                .filter(|line| line.starts_with("heard_http_request_seconds_count") && line.contains(&label));
            lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>()
        };
        let before = counted_so(status);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{what}");
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
        ] {
            let value = answer.headers().get(name).unwrap_or_else(|| panic!("{what} has no {name}"));
            assert!(value.to_str().unwrap().contains(part), "{what}: {value:?}");
        }
        assert!(counted_so(status) > before, "{what} is not counted");
    }
}
