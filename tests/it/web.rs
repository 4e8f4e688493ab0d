//! Who may come in, what is answered in which order, and that a page is safe to open.

mod board;
mod cancelling;
mod causes;
mod exports;
mod messages;
mod refusals;
mod refused;
mod script;
mod search;
mod several;
mod sought;

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::json;

use crate::{
    databases,
    world::{ADMIN, World},
};

/// The largest body a helpdesk may send.
const MEBIBYTE: usize = 1024 * 1024;

/// A ticket of a customer of an organization, once it has a topic.
async fn a_ticket(world: &World, name: &str, subject: &str, body: &str) -> u64 {
    let email = format!("{}@example.test", name.to_lowercase().replace(' ', "."));
    let customer = world.helpdesk.customer(name).email(&email).of("Lovelace Ltd").add();
    let ticket = world.helpdesk.ticket_from(customer).subject(subject).body(body).send();
    world.topic_of(ticket).await;
    ticket
}

/// A request with a form's fields as its body.
pub fn filled(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
}

/// The console's session of somebody who signed in, as a `Cookie` header.
pub async fn session(world: &World) -> String {
    let request = world.anonymous().post(format!("{}/login", world.url()));
    let answer = filled(request, &[("token", ADMIN), ("next", "/topics")]).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_comes_in() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        for (method, path, expected) in [
            (Method::GET, "/healthz", 200),
            (Method::GET, "/readyz", 200),
            (Method::GET, "/metrics", 401),
            (Method::GET, "/docs", 200),
            (Method::GET, "/openapi.yaml", 200),
            (Method::GET, "/login", 200),
            (Method::GET, "/", 303),
            (Method::GET, "/topics", 303),
            (Method::GET, "/triage", 303),
            (Method::GET, "/updates", 303),
            (Method::GET, "/health", 303),
            (Method::GET, "/nothing/lives/here", 303),
            (Method::POST, "/topics/0197a000-0000-7000-8000-000000000000/escalate", 303),
            (Method::POST, "/failures/retry", 303),
            (Method::GET, "/api/v1/topics", 401),
            (Method::GET, "/api/v1/nothing", 401),
            (Method::GET, "/c/nobody-knows-this-link", 404),
            (Method::POST, "/c/nobody-knows-this-link", 400),
        ] {
            let answer =
                world.anonymous().request(method.clone(), format!("{}{path}", world.url())).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{method} {path}");
            if expected == 303 {
                assert!(answer.headers()["location"].to_str().unwrap().starts_with("/login"), "{method} {path}");
            }
        }
        for wrong in ["", "Bearer", "Bearer wrong", &format!("Basic {ADMIN}"), &format!("Bearer {ADMIN}x")] {
            let request =
                world.anonymous().get(format!("{}/api/v1/topics", world.url())).header("authorization", wrong);
            assert_eq!(request.send().await.unwrap().status(), 401, "{wrong:?}");
        }
        let metrics =
            world.anonymous().get(format!("{}/metrics", world.url())).bearer_auth(ADMIN).send().await.unwrap();
        assert!(metrics.text().await.unwrap().contains("heard_http_request_seconds"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_refused_in_the_contracts_order() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let large = vec![b'x'; MEBIBYTE + 1];
        for (path, body, expected) in [
            ("/hooks/nobody", large.clone(), StatusCode::NOT_FOUND),
            ("/hooks/nobody/secret", b"{}".to_vec(), StatusCode::NOT_FOUND),
            ("/hooks/acme", large.clone(), StatusCode::PAYLOAD_TOO_LARGE),
            ("/hooks/acme", b"{}".to_vec(), StatusCode::UNAUTHORIZED),
            ("/hooks/acme/guess", b"{}".to_vec(), StatusCode::UNAUTHORIZED),
            ("/hooks/github", large, StatusCode::UNAUTHORIZED),
            ("/hooks/github", b"{}".to_vec(), StatusCode::UNAUTHORIZED),
        ] {
            let length = body.len();
            let answer = world.anonymous().post(format!("{}{path}", world.url())).body(body).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{path} with {length} bytes");
            assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_the_console_and_ends() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let client = world.anonymous();
        let page = format!("{}/topics?kind=bug", world.url());
        let sent_away = client.get(&page).send().await.unwrap();
        assert_eq!(sent_away.headers()["location"], "/login?next=%2Ftopics%3Fkind%3Dbug");

        let wrong = filled(client.post(format!("{}/login", world.url())), &[("token", "wrong")]).send().await.unwrap();
        assert_eq!(wrong.status(), 401);
        assert!(!wrong.headers().contains_key("set-cookie"));

        let cookie = session(&world).await;
        let opened = client.get(&page).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(opened.status(), 200);
        let csp = opened.headers()["content-security-policy"].to_str().unwrap();
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{csp}");
        assert_eq!(opened.headers()["cache-control"], "no-store");
        assert_eq!(opened.headers()["x-content-type-options"], "nosniff");

        let forged = client.post(format!("{}/logout", world.url())).header("cookie", &cookie);
        let forged = forged.header("sec-fetch-site", "cross-site").send().await.unwrap();
        assert!(!forged.headers().contains_key("set-cookie"), "another site's page cannot sign anybody out");
        let left = client.post(format!("{}/logout", world.url())).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(left.headers()["location"], "/login");
        let again = client.get(&page).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(again.status(), 303, "a session that was ended opens nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_changes_nothing() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let ticket = a_ticket(&world, "Ana Sousa", "Export loses a row", "The export loses its last row.").await;
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let cookie = session(&world).await;
        let act = world.anonymous().post(format!("{}/topics/{topic}/title", world.url())).header("cookie", cookie);
        let act = filled(act.header("sec-fetch-site", "cross-site"), &[("text", "Renamed by a stranger")]);
        assert_eq!(act.send().await.unwrap().status(), 409);
        assert_eq!(world.topic_of(ticket).await["title"], "Export loses a row");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_the_token_has_to_wait() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let mut last = StatusCode::OK;
        for guess in 0..12 {
            let request = world.anonymous().post(format!("{}/login", world.url()));
            last = filled(request, &[("token", &format!("guess {guess}"))]).send().await.unwrap().status();
        }
        assert_eq!(last, 429);
        session(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_means_that_the_database_answers() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let asked = async |path: &str| world.anonymous().get(format!("{}{path}", world.url())).send().await.unwrap();
        assert_eq!(asked("/readyz").await.status(), 200);
        world.app().database.close().await;
        let not_ready = asked("/readyz").await;
        assert_eq!(not_ready.status(), 503);
        assert!(not_ready.headers().contains_key("retry-after"));
        assert_eq!(asked("/healthz").await.status(), 200, "a database that is down is no reason to be restarted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_of_their_own_serves_the_numbers_and_nothing_else() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn(heard::web::serve_metrics(crate::world::metrics(), listener, stop.clone()));
    assert_eq!(reqwest::get(format!("{url}/metrics")).await.unwrap().status(), 200);
    assert_eq!(reqwest::get(format!("{url}/topics")).await.unwrap().status(), 404);
    stop.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consoles_forms_do_what_they_say() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let one = a_ticket(&world, "Ana", "Export loses a row", "The export loses its last row.").await;
        let two = a_ticket(&world, "Bob", "Month is incomplete", "Thirty days in the file, not thirty-one.").await;
        let id = async |ticket: u64| world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let ticket = async |number: u64| {
            let found = world.get(&format!("/api/v1/tickets?external_id={number}")).await;
            found["tickets"][0]["id"].as_str().unwrap().to_owned()
        };
        let (first, second) = (id(one).await, id(two).await);
        let cookie = session(&world).await;
        let send = async |path: String, fields: &[(&str, &str)]| {
            let request = world.anonymous().post(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
            let answer = filled(request, fields).send().await.unwrap();
            let led_to = answer.headers().get("location").map(|place| place.to_str().unwrap().to_owned());
            (answer.status().as_u16(), led_to.unwrap_or_default())
        };
        let shown = async |field: &str| world.get(&format!("/api/v1/topics/{first}")).await[field].clone();

        let led = |said: &str| (303, format!("/topics/{first}?said={said}"));
        assert_eq!(send(format!("/topics/{first}/title"), &[("text", "The last row")]).await, led("titled"));
        assert_eq!(shown("title").await, "The last row");
        assert_eq!(send(format!("/topics/{first}/kind"), &[("text", "question")]).await, led("kind"));
        assert_eq!(shown("kind").await, "question");
        assert_eq!(send(format!("/topics/{first}/summary"), &[("text", "The file is whole.")]).await, led("summary"));
        assert_eq!(shown("summary").await, "The file is whole.");
        let (_, place) = send(format!("/topics/{second}/merge"), &[("text", &first)]).await;
        assert!(place.starts_with(&format!("/topics/{first}?said=merged&undoes={first}&")), "{place}");
        assert_eq!(shown("ticket_count").await, 2);
        assert_eq!(send(format!("/topics/{first}/undo"), &[]).await, led("undone"));
        assert_eq!(shown("ticket_count").await, 1);

        let bobs = ticket(two).await;
        let (_, place) = send(format!("/tickets/{bobs}/move"), &[("text", &first)]).await;
        assert!(place.starts_with(&format!("/tickets/{bobs}?said=moved&undoes={first}&")), "{place}");
        assert_eq!(id(two).await, first);
        let (status, place) = send(format!("/topics/{first}/split"), &[("ticket", &bobs)]).await;
        assert!(status == 303 && place.contains("?said=split&undoes="), "{status} {place}");
        assert_ne!(id(two).await, first);

        assert_eq!(
            send(format!("/topics/{first}/decline"), &[("text", "It would slow every file down.")]).await,
            led("declined")
        );
        world.rests().await;
        let draft = world.get("/api/v1/updates?state=draft").await["updates"][0]["id"].as_str().unwrap().to_owned();
        let better = [("text", "Hi Ana,\r\n\r\nwe will leave it.")];
        let (status, _) = send(format!("/updates/{draft}/edit"), &better).await;
        let text = world.get(&format!("/api/v1/updates/{draft}")).await["text"].clone();
        assert_eq!((status, text), (303, json!("Hi Ana,\n\nwe will leave it.")));
        assert_eq!(send(format!("/updates/{draft}/cancel"), &[]).await.0, 303);
        assert_eq!(world.get(&format!("/api/v1/updates/{draft}")).await["state"], "cancelled");
        assert_eq!(send(format!("/updates/{draft}/approve"), &[]).await.0, 409, "what was cancelled is not sent");

        let delivery = world.get("/api/v1/deliveries").await["deliveries"][0]["id"].as_str().unwrap().to_owned();
        let replayed = (303, "/health?said=replayed".to_owned());
        assert_eq!(send(format!("/deliveries/{delivery}/replay"), &[]).await, replayed);
        for (path, fields, status) in [
            ("/topics/unknown/title".to_owned(), vec![("text", "x")], 404),
            (format!("/topics/{first}/dance"), vec![("text", "x")], 404),
            (format!("/topics/{first}/title"), vec![("text", "  ")], 409),
            (format!("/topics/{first}/split"), vec![], 409),
            (format!("/topics/{first}/title"), vec![], 400),
        ] {
            assert_eq!(send(path.clone(), &fields).await.0, status, "{path} {fields:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_goes_on_until_its_end() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for (name, subject) in
            [("Ana", "Export loses a row"), ("Bob", "Dark colours please"), ("Cem", "Cannot sign in")]
        {
            a_ticket(&world, name, subject, subject).await;
        }
        for noun in ["tickets", "customers", "topics", "deliveries"] {
            let mut seen = Vec::new();
            let mut after = String::new();
            loop {
                let list = world.get(&format!("/api/v1/{noun}?limit=1{after}")).await;
                let rows = list[noun].as_array().unwrap();
                assert_eq!(rows.len(), 1, "{noun}");
                seen.push(rows[0]["id"].as_str().unwrap().to_owned());
                match list["next"].as_str() {
                    Some(next) => after = format!("&after={next}"),
                    None => break,
                }
            }
            let length = seen.len();
            seen.sort();
            seen.dedup();
            assert!(length >= 3 && seen.len() == length, "{noun}: {seen:?}");
        }
        for noun in ["organizations", "updates", "promises", "releases"] {
            let list = world.get(&format!("/api/v1/{noun}")).await;
            assert!(list[noun].is_array() && list["next"].is_null(), "{noun}: {list}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_and_a_ticket_show_what_the_contract_says() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ana Sousa", "Export loses a row", "The export loses its last row.").await;
        let topic = world.topic_of(ticket).await;
        for field in [
            "id",
            "kind",
            "title",
            "state",
            "ticket_count",
            "customer_count",
            "organization_count",
            "revenue_cents",
            "score",
            "issue",
            "first_seen_at",
            "last_seen_at",
            "score_terms",
            "links",
            "milestones",
            "updates",
        ] {
            assert!(topic.get(field).is_some(), "{field} is missing in {topic}");
        }
        let counts =
            ["ticket_count", "customer_count", "organization_count"].map(|field| topic[field].as_i64().unwrap());
        assert_eq!(counts, [1, 1, 1]);
        let total: i64 =
            topic["score_terms"].as_array().unwrap().iter().map(|term| term["points"].as_i64().unwrap()).sum();
        assert_eq!(topic["score"], total);
        let listed = world.get(&format!("/api/v1/tickets?connection=acme&external_id={ticket}")).await;
        let shown = &listed["tickets"][0];
        assert_eq!((&shown["decision"], &shown["topic"]), (&json!("new"), &topic["id"]));
        assert_eq!(shown["external_id"], ticket.to_string());
        let by_id = world.get(&format!("/api/v1/tickets/{}", shown["id"].as_str().unwrap())).await;
        assert_eq!(&by_id, shown);
        for (path, body, status) in [
            ("/api/v1/topics/0197a000-0000-7000-8000-000000000000/escalate", json!({}), 404),
            ("/api/v1/topics/not-an-id/undo", json!({"unknown": 1}), 400),
            ("/api/v1/topics/x/merge", json!({"unknown": 1}), 400),
        ] {
            let (answered, problem) = world.post(path, &body).await;
            assert_eq!(answered, status, "{path}: {problem}");
            assert!(problem["type"].as_str().unwrap().starts_with("urn:heard:problem:"), "{problem}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_correct_topics_through_the_api() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let one = a_ticket(&world, "Ana", "Export loses a row", "The export loses its last row.").await;
        let two = a_ticket(&world, "Bob", "Month is incomplete", "Thirty days in the file, not thirty-one.").await;
        let (first, second) = (world.topic_of(one).await, world.topic_of(two).await);
        let (first, second) = (first["id"].as_str().unwrap(), second["id"].as_str().unwrap());
        assert_ne!(first, second);

        let (status, merged) = world.post(&format!("/api/v1/topics/{second}/merge"), &json!({"into": first})).await;
        assert_eq!((status, &merged["customer_count"]), (200, &json!(2)), "{merged}");
        assert_eq!(world.get(&format!("/api/v1/topics/{second}")).await["id"], first, "a merged topic leads on");

        let (status, _) = world.post(&format!("/api/v1/topics/{first}/undo"), &json!({})).await;
        assert_eq!(status, 204);
        assert_eq!(world.topic_of(two).await["id"], second);

        let ticket = world.get(&format!("/api/v1/tickets?external_id={two}")).await["tickets"][0]["id"].clone();
        let path = format!("/api/v1/tickets/{}/move", ticket.as_str().unwrap());
        let (status, moved) = world.post(&path, &json!({"topic": first})).await;
        assert_eq!((status, &moved["topic"]), (200, &json!(first)), "{moved}");
        let (status, split) = world.post(&format!("/api/v1/topics/{first}/split"), &json!({"tickets": [ticket]})).await;
        assert_eq!((status, &split["ticket_count"]), (200, &json!(1)), "{split}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_what_an_organization_is_worth() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ana", "Export loses a row", "The export loses its last row.").await;
        let organization = world.get("/api/v1/organizations").await["organizations"][0]["id"].clone();
        let path = format!("{}/api/v1/organizations/{}", world.url(), organization.as_str().unwrap());
        let worth = json!({"plan": "Business", "revenue_cents": 41_200_000, "renewal_at": "2030-01-01T00:00:00Z"});
        let answer = world.anonymous().put(path).bearer_auth(ADMIN).json(&worth).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        assert_eq!(world.topic_of(ticket).await["revenue_cents"], 41_200_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_link_changes_nothing_until_they_say_so() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ana Sousa", "Export loses a row", "The export loses its last row.").await;
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.post(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        let issue = world
            .until_some("the issue is filed", async || {
                world.get(&format!("/api/v1/topics/{topic}")).await["issue"]["number"].as_u64()
            })
            .await;
        let fix = world.an_engineer_merges_the_fix_of(issue);
        world.until("the fix is merged", async || world.topic_of(ticket).await["state"] == "fix_merged").await;
        world.product().release("v2.4.0").at(&fix).publish();
        let told = world.told_in(ticket).await;
        let link = told.split_whitespace().find(|word| word.contains("/c/")).unwrap();
        let link = link.split('?').next().unwrap().trim_matches(|c: char| "<>().,".contains(c)).to_owned();

        let said = async || world.get(&format!("/api/v1/topics/{topic}")).await["updates"].clone();
        for answer in ["", "?answer=works", "?answer=still_broken", "?answer=stop"] {
            let page = world.anonymous().get(format!("{link}{answer}")).send().await.unwrap();
            assert_eq!(page.status(), 200);
            assert_eq!(page.headers()["referrer-policy"], "no-referrer");
            assert_eq!(page.headers()["cache-control"], "no-store");
            let html = page.text().await.unwrap();
            assert!(
                html.contains("Hello Ana") && html.contains("version 2.4.0") && html.contains("its last row"),
                "{html}"
            );
            assert!(!html.contains("Sousa"), "what is on the page is theirs, and no more of it than is needed");
        }
        assert_eq!(said().await["confirmed"], 0, "a mail scanner follows links, and that says nothing");
        assert_eq!(world.get("/api/v1/customers").await["customers"][0]["opted_out_at"], json!(null));

        let update = world.update_that_is("shipped", "sent").await["id"].as_str().unwrap().to_owned();
        let works = [("act", "works"), ("update", &update)];
        let answer = filled(world.anonymous().post(&link), &works).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        assert_eq!(said().await["confirmed"], 1);
        let thanks = world.anonymous().get(format!("{link}?said=works")).send().await.unwrap().text().await.unwrap();
        assert!(thanks.contains("Thank you"), "{thanks}");

        let stop = filled(world.anonymous().post(&link), &[("act", "stop")]).send().await.unwrap();
        assert_eq!(stop.status(), 303);
        assert!(world.get("/api/v1/customers").await["customers"][0]["opted_out_at"].is_string());
        let resume = filled(world.anonymous().post(&link), &[("act", "resume")]).send().await.unwrap();
        assert_eq!(resume.status(), 303);
        assert!(world.get("/api/v1/customers").await["customers"][0]["opted_out_at"].is_null());

        let strangers =
            filled(world.anonymous().post(&link), &[("act", "works"), ("update", &topic)]).send().await.unwrap();
        assert_eq!(strangers.status(), 404, "an update that is not theirs is not known");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_writes_is_never_markup() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let attack = "<script>alert('x')</script><img src=x onerror=alert(1)>";
        let ticket = a_ticket(&world, "Mallory <b>", attack, attack).await;
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let ticket = world.get("/api/v1/tickets").await["tickets"][0]["id"].as_str().unwrap().to_owned();
        let cookie = session(&world).await;
        for path in
            ["/topics".to_owned(), format!("/topics/{topic}"), format!("/tickets/{ticket}"), "/health".to_owned()]
        {
            let request = world.anonymous().get(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            let html = answer.text().await.unwrap();
            assert_eq!(html.matches("<script").count(), 1, "{path} has our own");
            assert!(!html.contains("<img") && !html.contains("Mallory <b>"), "{path}");
            assert!(!html.contains(" style=") && !html.contains(" onclick="), "{path} would need a weaker policy");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_without_a_name_is_called_by_their_address() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let nameless = world.helpdesk.customer("").email("ann@example.test").add();
        let ticket = world.helpdesk.ticket_from(nameless).subject("CSV export").body("A row is missing.").send();
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let cookie = session(&world).await;
        let read = async |path: String| {
            let page = world.anonymous().get(format!("{}{path}", world.url())).header("cookie", &cookie);
            page.send().await.unwrap().text().await.unwrap()
        };
        let page = read(format!("/topics/{topic}")).await;
        assert!(page.contains("ann@example.test") && !page.contains("without a name"), "{page}");
        let told = read(format!("/topics/{topic}/recipients?text=v1")).await;
        assert!(told.contains("ann@example.test") && !told.contains("without a name"), "{told}");
    })
    .await;
}
