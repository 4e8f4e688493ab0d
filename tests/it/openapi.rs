//! The API's description is what the handlers say, and what is served.

use std::path::Path;

use heard::web::{openapi_json, openapi_yaml};
use serde_json::{Value, json};

use crate::{
    databases,
    world::{ADMIN, World},
};

/// `UPDATE=1 cargo test openapi` writes it anew.
#[test]
fn the_checked_in_description_is_the_handlers_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/heard.yaml");
    let generated = openapi_yaml().unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == generated, "openapi/heard.yaml is not what the handlers say; run UPDATE=1 cargo test openapi");
}

/// Every operation of the description, as method and path with ids filled in.
fn operations() -> Vec<(reqwest::Method, String)> {
    let description = openapi_yaml().unwrap();
    let mut operations = Vec::new();
    let mut path = String::new();
    for line in description.lines() {
        if let Some(found) = line.strip_prefix("  /") {
            path = format!("/{}", found.trim_end_matches(':')).replace("{id}", "0197a000-0000-7000-8000-000000000000");
        } else if let Some(method) = line.strip_prefix("    ").and_then(|rest| rest.strip_suffix(':'))
            && ["get", "post", "put", "patch", "delete"].contains(&method)
        {
            operations.push((method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    operations
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_served_and_needs_the_token() {
    for database in databases::each() {
        let world = World::new(&database.url).await;
        let operations = operations();
        assert!(operations.len() > 25, "{operations:?}");
        for (method, path) in operations {
            let request = world.anonymous().request(method.clone(), format!("{}{path}", world.url()));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{method} {path}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json", "{method} {path}");
            assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{method} {path}");
        }
        let served = world.anonymous().get(format!("{}/openapi.yaml", world.url())).send().await.unwrap();
        assert_eq!(served.text().await.unwrap(), openapi_yaml().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_an_address_does_not_have_is_told_those_it_has() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let operations = operations();
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"] {
        let method: reqwest::Method = method.parse().unwrap();
        for (_, path) in &operations {
            if operations.iter().any(|(served, at)| *served == method && at == path) {
                continue;
            }
            let request = world.anonymous().request(method.clone(), format!("{}{path}", world.url()));
            let answer = request.bearer_auth(ADMIN).send().await.unwrap();
            // A part of the one path is an id in another.
            if path.ends_with("/sessions/end") && method == "DELETE" {
                assert_eq!(answer.status(), 404);
                continue;
            }
            assert_eq!(answer.status(), 405, "{method} {path}");
            let allowed = answer.headers()["allow"].to_str().unwrap();
            for (served, _) in operations.iter().filter(|(_, at)| at == path) {
                assert!(allowed.split(", ").any(|one| one == served.as_str()), "{method} {path}: {allowed}");
            }
        }
    }
    let nowhere = world.anonymous().put(format!("{}/api/v1/nothing", world.url()));
    assert_eq!(nowhere.bearer_auth(ADMIN).send().await.unwrap().status(), 404);
}

/// A filter that was ignored gave everything, and a guard in the wrong place guarded nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_address_does_not_read_is_refused() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let asks = async |method: &reqwest::Method, path: &str, body: &'static str| {
        let request = world.anonymous().request(method.clone(), format!("{}{path}", world.url())).bearer_auth(ADMIN);
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (method, path) in operations() {
        let (status, problem) = asks(&method, &format!("{path}?nobody_reads_this=1"), "").await;
        assert!(status == 400 && problem.contains("`nobody_reads_this` is no parameter"), "{method} {path}: {problem}");
    }
    let get = reqwest::Method::GET;
    let (status, problem) = asks(&get, "/api/v1/updates?topic=0197a000-0000-7000-8000-000000000000", "").await;
    assert_eq!(status, 400);
    assert!(problem.contains("It has: `state`, `after`, `limit`."), "{problem}");
    assert_eq!(asks(&get, "/api/v1/updates?state=sent&limit=7", "").await.0, 200);
    let (post, no_update) = (reqwest::Method::POST, "/api/v1/updates/0197a000-0000-7000-8000-000000000000");
    for act in ["approve", "cancel", "restore", "send_now", "arrived"] {
        for (body, status) in [("", 404), ("{}", 404), ("{\"seen\": \"x\"}", 400), ("seen=x", 400)] {
            let (answered, problem) = asks(&post, &format!("{no_update}/{act}"), body).await;
            assert_eq!(answered, status, "{act} {body}: {problem}");
            assert!(status == 404 || act != "approve" || problem.contains("`seen`"), "it says where: {problem}");
        }
    }
    assert_eq!(asks(&post, &format!("{no_update}/approve?seen=x"), "{}").await.0, 404);
}

/// The router takes `%75pdates` for `updates`, and so does whoever looks at what is read there.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_written_in_another_way_reads_no_more_than_it_does() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let no_update = "0197a000-0000-7000-8000-000000000000";
        let asks = async |method: &str, path: &str, body: &'static str| {
            let method: reqwest::Method = method.parse().unwrap();
            let request = world.anonymous().request(method, format!("{}{path}", world.url())).bearer_auth(ADMIN);
            let answer = request.body(body).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        for (method, path, body, status) in [
            ("GET", "/api/v1/%75pdates?topic=7", "", 400),
            ("GET", "/%61pi/v1/updates?topic=7", "", 400),
            ("GET", "/api/v1/%75pdates?state=sent", "", 200),
            ("PUT", "/api/v1/%75pdates", "", 405),
            // A filter in the body of a list is as lost as a misspelled one. Without a field it says nothing.
            ("GET", "/api/v1/updates", "{\"state\": \"sent\"}", 400),
            ("GET", "/api/v1/updates", "state=sent", 400),
            ("GET", "/api/v1/updates", "{}", 200),
            ("GET", "/api/v1/updates?", "", 200),
            ("GET", "/api/v1/updates?&", "", 200),
            ("GET", "/api/v1/updates?state=sent&state=draft", "", 400),
            ("GET", "/api/v1/updates?st%61te=sent", "", 200),
            ("GET", "/api/v1/updates/?topic=7", "", 404),
            ("GET", "/api/v1//updates?topic=7", "", 404),
        ] {
            let (answered, said) = asks(method, path, body).await;
            assert_eq!(answered, status, "{method} {path} {body}: {said}");
        }
        for path in ["%75pdates", "updat%65s"] {
            let path = format!("/api/v1/{path}/{no_update}/appro%76e");
            let (answered, said) = asks("POST", &path, "{\"seen\": \"x\"}").await;
            assert!(answered == 400 && said.contains("`seen`"), "{path}: {answered} {said}");
            assert_eq!(asks("POST", &path, "").await.0, 404, "{path}");
        }
    })
    .await;
}

/// Links get parameters of others on their way: mails and chats add where somebody came from.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_api_refuses_parameters_that_nobody_reads() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for (method, path) in [
            ("GET", "/login"),
            ("GET", "/topics"),
            ("GET", "/docs"),
            ("GET", "/openapi.yaml"),
            ("GET", "/healthz"),
            ("GET", "/c/nobody-knows-this-link"),
            ("POST", "/hooks/acme"),
            ("POST", "/hooks/github"),
        ] {
            let method: reqwest::Method = method.parse().unwrap();
            let asks = async |query: &str| {
                let address = format!("{}{path}{query}", world.url());
                let answer = world.anonymous().request(method.clone(), address).send().await.unwrap();
                (answer.status().as_u16(), answer.text().await.unwrap())
            };
            let ((plain, _), (status, said)) = (asks("").await, asks("?utm_source=mail&fbclid=7").await);
            assert_eq!(status, plain, "{method} {path}");
            assert!(!said.contains("is no parameter"), "{method} {path}: {said}");
        }
    })
    .await;
}

/// A field that is misspelled is no field that was left out.
#[test]
fn no_body_takes_a_field_that_is_not_described() {
    let description = openapi_json().unwrap();
    let mut bodies = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let Some(schema) = schema.as_str() else {
                assert!(operation["requestBody"].is_null(), "{method} {path}");
                continue;
            };
            bodies += 1;
            let fields = description.pointer(schema.trim_start_matches('#')).unwrap();
            assert_eq!(fields["additionalProperties"], false, "{method} {path}");
        }
    }
    assert!(bodies > 20, "{bodies}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_description_does_not_allow_is_refused_and_what_it_allows_is_taken() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let any = "0197a000-0000-7000-8000-000000000000";
        let no_topic = format!("/api/v1/topics/{any}");
        for (path, status) in [
            ("/api/v1/topics?state=", 400),
            ("/api/v1/topics?kind=complaint", 400),
            ("/api/v1/topics?sort=loudest", 400),
            ("/api/v1/topics?limit=0", 400),
            ("/api/v1/topics?limit=201", 400),
            ("/api/v1/topics?limit=200", 200),
            ("/api/v1/topics?after=", 400),
            ("/api/v1/topics?after=7", 400),
            ("/api/v1/promises?limit=201", 400),
            ("/api/v1/search?q=export&limit=0", 400),
            ("/api/v1/search?q=%20", 400),
            ("/api/v1/search?q=-", 200),
            ("/api/v1/audit/verify?head=abcd", 400),
            ("/api/v1/exports/updates?state=sent&topic=x", 409),
            ("/api/v1/exports/updates?state=told", 400),
            (&*format!("{no_topic}/updates/text?milestone=finished"), 400),
            (&*format!("{no_topic}/updates/text?milestone=shipped&language=xx"), 400),
            (&*format!("{no_topic}/updates/text?milestone=shipped&language=de"), 404),
        ] {
            let request = world.anonymous().get(format!("{}{path}", world.url()));
            assert_eq!(request.bearer_auth(ADMIN).send().await.unwrap().status(), status, "{path}");
        }
        // A cursor of one list is some place in every other.
        for noun in ["topics", "tickets", "customers", "organizations", "updates", "deliveries", "releases", "audit"] {
            for after in [any, "00000000-0000-0000-0000-000000000007", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
                world.get(&format!("/api/v1/{noun}?after={after}")).await;
            }
        }
        // JSON has one kind of numbers, so a whole one may be written with a point.
        let token = |days: &Value| json!({ "name": "reports", "role": "agent", "scope": "read", "days": days });
        for (days, status) in [
            ("0", 400),
            ("367", 400),
            ("1.5", 400),
            ("-1", 400),
            ("1e30", 400),
            ("366", 200),
            ("90.0", 200),
            ("null", 200),
        ] {
            let days: Value = serde_json::from_str(days).unwrap();
            assert_eq!(world.post("/api/v1/tokens", &token(&days)).await.0, status, "{days} days");
        }
    })
    .await;
}
