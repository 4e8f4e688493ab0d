//! The API's description is what the handlers say, and what is served.

use std::path::Path;

use heard::web::openapi_yaml;

use crate::{databases, world::World};

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
