//! Who may call what: docs/access.md lists every route of the source with what it answers a stranger.

use std::{collections::BTreeMap, fmt::Write as _};

use heard::web::openapi_yaml;
use regex::Regex;
use reqwest::header;

use crate::{
    databases,
    documents::expect_document,
    source::files,
    world::{ADMIN, World},
};

/// What a stranger may call, and why that is right. Anything else has to turn a stranger away.
const OPEN: &[(&str, &str)] = &[
    ("GET /assets/{name}", "anybody: styles, scripts and icons"),
    ("GET /c/{token}", "whoever has the link of a message; it shows the topic of that message"),
    ("GET /docs", "anybody: the API's description for people"),
    ("GET /favicon.ico", "anybody"),
    ("GET /healthz", "anybody: whether the process lives"),
    ("GET /login", "anybody: the form that asks for the admin token"),
    ("GET /openapi.yaml", "anybody: the API's description"),
    ("GET /readyz", "anybody: whether it takes requests"),
    ("POST /c/{token}", "whoever has the link of a message"),
    ("POST /login", "whoever knows the admin token, eight tries a minute for one address"),
    ("POST /logout", "anybody; it ends the session of the browser that asks"),
];

/// Every route that the source declares, as method and path.
fn routes() -> Vec<String> {
    let single = Regex::new(r#"\.route\(\s*"(/[^"]*)",\s*web::(get|post|put|patch|delete)\(\)"#).unwrap();
    let resource =
        Regex::new(r#"web::resource\("(/[^"]*)"\)((?:\s*\.route\(web::(?:get|post)\(\)[^)]*\)\))+)"#).unwrap();
    let method = Regex::new(r"web::(get|post)\(\)").unwrap();
    let described = Regex::new(r#"#\[(get|post|put|patch|delete)\("(/[^"]*)"\)\]"#).unwrap();
    let mut routes = Vec::new();
    for path in files(&["src/web"], &["rs"]) {
        let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap();
        for found in single.captures_iter(&text) {
            routes.push(format!("{} {}", found[2].to_uppercase(), &found[1]));
        }
        for found in resource.captures_iter(&text) {
            for way in method.captures_iter(&found[2]) {
                routes.push(format!("{} {}", way[1].to_uppercase(), &found[1]));
            }
        }
        for found in described.captures_iter(&text) {
            routes.push(format!("{} /api/v1{}", found[1].to_uppercase(), &found[2]));
        }
    }
    routes.sort();
    routes.dedup();
    routes
}

/// Who may call a route, by what it answers somebody with no credentials at all, or with the admin token alone.
async fn who(world: &World, route: &str) -> String {
    let (method, path) = route.split_once(' ').unwrap();
    let method: reqwest::Method = method.parse().unwrap();
    let filled = path
        .replace("{connection}", "acme")
        .replace("{act}", "merge")
        .replace("{id}", "0197a000-0000-7000-8000-000000000000")
        .replace("{ticket}", "0197a000-0000-7000-8000-000000000000")
        .replace("{token}", "nobody-was-ever-sent-this")
        .replace("{secret}", "nobody-was-ever-told-this")
        .replace("{name}", "heard.css");
    let address = format!("{}{filled}", world.url());
    let stranger = world.anonymous().request(method.clone(), &address).body("").send().await.unwrap();
    let holder = world.anonymous().request(method, &address).bearer_auth(ADMIN).body("").send().await.unwrap();
    let to_login = stranger.headers().get(header::LOCATION).is_some_and(|to| to.as_bytes().starts_with(b"/login?"))
        || stranger.headers().get(header::LOCATION).is_some_and(|to| to == "/login") && path != "/logout";
    let turned_away = stranger.status() == 401;
    if turned_away && stranger.headers().contains_key(header::WWW_AUTHENTICATE) {
        assert_ne!(holder.status(), 401, "the admin token opens {route}");
        return "the admin token, as a bearer token".to_owned();
    }
    if to_login {
        return "a session of the console".to_owned();
    }
    if turned_away && path.starts_with("/hooks/") {
        assert_eq!(holder.status(), 401, "the admin token is no signature: {route}");
        let by = if path.contains("{secret}") { "the secret in its address" } else { "its signature" };
        return format!("a sender who is known by {by}");
    }
    let why = OPEN.iter().find(|(open, _)| *open == route).map(|(_, why)| *why);
    why.unwrap_or_else(|| panic!("{route} answers a stranger {}, and nobody says that it may", stranger.status()))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_listed_with_who_may_call_it() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let mut of_everybody: BTreeMap<String, String> = BTreeMap::new();
    for route in routes() {
        let who = who(&world, &route).await;
        of_everybody.insert(route, who);
    }
    let mut text = "# Who may call what\n\n\
        <!-- Written by `UPDATE=1 cargo test --test it access` from what a running Heard answers. -->\n\n\
        Every address that Heard serves. The admin token has every role; the console's sign-in form asks for it and opens a\n\
        session of twelve hours. A form that changes something is taken from Heard's own pages only. With `metrics_listen`,\n\
        `/metrics` is also served without a token at that address.\n\n\
        | method | path | who |\n|---|---|---|\n"
        .to_owned();
    let mut listed: Vec<(&str, &str, &str)> = of_everybody
        .iter()
        .filter_map(|(route, who)| route.split_once(' ').map(|(method, path)| (path, method, who.as_str())))
        .collect();
    listed.sort_unstable();
    for (path, method, who) in listed {
        writeln!(text, "| {method} | `{path}` | {who} |").unwrap();
    }
    expect_document("docs/access.md", &text);
    for (open, _) in OPEN {
        assert!(of_everybody.contains_key(*open), "{open} is no route");
    }
}

#[test]
fn every_operation_of_the_apis_description_is_among_the_routes() {
    let routes = routes();
    let description = openapi_yaml().unwrap();
    let mut path = "";
    let mut missing = Vec::new();
    for line in description.lines() {
        if let Some(found) = line.strip_prefix("  /api/") {
            path = found.trim_end_matches(':');
        } else if let Some(method) = line.strip_prefix("    ").and_then(|rest| rest.strip_suffix(':'))
            && ["get", "post", "put", "patch", "delete"].contains(&method)
        {
            let route = format!("{} /api/{path}", method.to_uppercase());
            missing.extend((!routes.contains(&route)).then_some(route));
        }
    }
    assert!(missing.is_empty(), "the tests of access do not see {missing:?}");
}
