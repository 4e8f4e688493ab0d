//! Who may call what: docs/access.md lists every route of the source with what it answers a stranger and each role.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use heard::{
    model::role::{Privilege, Role, Scope},
    web::openapi_yaml,
};
use regex::Regex;
use reqwest::{Method, RequestBuilder, StatusCode, header};

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
    ("GET /invitation/{token}", "whoever has the link of an invitation; looking changes nothing"),
    ("GET /login", "anybody: the form that asks for a password or the admin token"),
    ("GET /login/provider", "anybody: it leads to the company's own sign-in, if there is one"),
    ("GET /login/provider/back", "whoever the company's own sign-in knows and an admin has invited"),
    ("GET /openapi.yaml", "anybody: the API's description"),
    ("GET /readyz", "anybody: whether it takes requests"),
    ("POST /c/{token}", "whoever has the link of a message"),
    ("POST /invitation/{token}", "whoever has the link of an invitation, once"),
    ("POST /login", "whoever knows a password or the admin token; wrong ones wait"),
    ("POST /logout", "anybody; it ends the session of the browser that asks"),
];

/// A route that the source declares, and the right that its handler asks for.
struct Route {
    /// Method and path.
    name: String,
    right: Option<Privilege>,
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Every route that the source declares.
fn routes() -> Vec<Route> {
    let single = Regex::new(r#"\.route\(\s*"(/[^"]*)",\s*web::(get|post|put|patch|delete)\(\)\.to\((\w+)\)"#).unwrap();
    let foreign = Regex::new(r#"\.route\(\s*"(/[^"]*)",\s*web::(get|post|put|patch|delete)\(\)"#).unwrap();
    let resource =
        Regex::new(r#"web::resource\("(/[^"]*)"\)((?:\s*\.route\(web::(?:get|post)\(\)[^)]*\)\))+)"#).unwrap();
    let method = Regex::new(r"web::(get|post)\(\)").unwrap();
    let described = Regex::new(r#"#\[(get|post|put|patch|delete)\("(/[^"]*)"\)\]\s*async fn (\w+)"#).unwrap();
    let mut routes: BTreeMap<String, Option<Privilege>> = BTreeMap::new();
    for path in files(&["src/web"], &["rs"]) {
        let text = read(&path);
        for found in foreign.captures_iter(&text) {
            routes.entry(format!("{} {}", found[2].to_uppercase(), &found[1])).or_default();
        }
        for found in resource.captures_iter(&text) {
            for way in method.captures_iter(&found[2]) {
                routes.entry(format!("{} {}", way[1].to_uppercase(), &found[1])).or_default();
            }
        }
        for found in single.captures_iter(&text) {
            routes.insert(format!("{} {}", found[2].to_uppercase(), &found[1]), right_of(&text, &found[3]));
        }
        for found in described.captures_iter(&text) {
            let name = format!("{} /api/v1{}", found[1].to_uppercase(), &found[2]);
            routes.insert(name, right_of(&text, &found[3]));
        }
    }
    routes.into_iter().map(|(name, right)| Route { name, right }).collect()
}

/// The right that a handler's first argument names.
fn right_of(text: &str, handler: &str) -> Option<Privilege> {
    let signature = Regex::new(&format!(r"async fn {handler}\(\s*May \{{[^}}]*\}}: May<right::(\w+)>")).unwrap();
    let named = signature.captures(text)?[1].to_owned();
    Privilege::ALL.iter().copied().find(|privilege| format!("{privilege:?}") == named)
}

/// A route with something in place of what its path asks for.
fn request(world: &World, route: &str) -> RequestBuilder {
    let (method, path) = route.split_once(' ').unwrap();
    let filled = path
        .replace("{connection}", "acme")
        .replace("{id}", "0197a000-0000-7000-8000-000000000000")
        .replace("{ticket}", "0197a000-0000-7000-8000-000000000000")
        .replace("{token}", "nobody-was-ever-sent-this")
        .replace("{secret}", "nobody-was-ever-told-this")
        .replace("{name}", "heard.css");
    let method: Method = method.parse().unwrap();
    world.anonymous().request(method, format!("{}{filled}", world.url())).body("")
}

/// By what a caller is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// A session of the console.
    Session,
    /// A bearer token.
    Bearer,
    /// Something else, or nothing.
    Other,
}

/// Who may call a route, by what it answers somebody with no credentials at all, or with the admin token alone.
async fn who(world: &World, route: &str) -> (String, Door) {
    let path = route.split_once(' ').unwrap().1;
    let stranger = request(world, route).send().await.unwrap();
    let holder = request(world, route).bearer_auth(ADMIN).send().await.unwrap();
    let to_login = stranger.headers().get(header::LOCATION).is_some_and(|to| to.as_bytes().starts_with(b"/login?"))
        || stranger.headers().get(header::LOCATION).is_some_and(|to| to == "/login") && path != "/logout";
    let turned_away = stranger.status() == 401;
    if turned_away && stranger.headers().contains_key(header::WWW_AUTHENTICATE) {
        assert_ne!(holder.status(), 401, "the admin token opens {route}");
        return ("the admin token, or a token with the right".to_owned(), Door::Bearer);
    }
    if to_login {
        return ("a session of the console with the right".to_owned(), Door::Session);
    }
    if turned_away && path.starts_with("/hooks/") {
        assert_eq!(holder.status(), 401, "the admin token is no signature: {route}");
        let by = if path.contains("{secret}") { "the secret in its address" } else { "its signature" };
        return (format!("a sender who is known by {by}"), Door::Other);
    }
    let why = OPEN.iter().find(|(open, _)| *open == route).map(|(_, why)| *why);
    let why =
        why.unwrap_or_else(|| panic!("{route} answers a stranger {}, and nobody says that it may", stranger.status()));
    (why.to_owned(), Door::Other)
}

/// Somebody of each role, with a session and a token that may write.
async fn everybody(world: &World) -> Vec<(Role, String, String)> {
    let mut everybody = Vec::new();
    for role in Role::ALL {
        let cookie = world.joins_team(role.name(), *role).await.cookie;
        let token = world.makes_token(&cookie, "access", *role, "write").await;
        everybody.push((*role, cookie, token));
    }
    everybody
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_listed_with_who_may_call_it_and_each_role_may_what_the_table_says() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let mut doors = Vec::new();
    for route in routes() {
        let (who, door) = who(&world, &route.name).await;
        doors.push((route, who, door));
    }
    // Only now: the admin token has ended every session on its way through the routes.
    let everybody = everybody(&world).await;
    let mut listed: Vec<(String, String)> = Vec::new();
    for (route, who, door) in doors {
        let mut cells = String::new();
        for (role, cookie, token) in &everybody {
            let asked = request(&world, &route.name);
            let (asked, may) = match (door, route.right) {
                (Door::Other, _) => {
                    cells.push_str(" |");
                    continue;
                }
                (Door::Session, right) => (asked.header("cookie", cookie), right.is_none_or(|right| role.may(right))),
                (Door::Bearer, right) => {
                    let may = |right: Privilege| role.may(right) && Scope::Write.reaches(right);
                    (asked.bearer_auth(token), right.map_or(route.name == "GET /metrics", may))
                }
            };
            let status = asked.send().await.unwrap().status();
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{} with {role}", route.name);
            assert_eq!(status != StatusCode::FORBIDDEN, may, "{} with {role}: {status}", route.name);
            cells.push_str(if may { " yes |" } else { " – |" });
        }
        if door != Door::Other && route.right.is_none() {
            let alone = ["GET /", "GET /metrics"];
            assert!(alone.contains(&route.name.as_str()), "{} asks for no right", route.name);
        }
        let (method, path) = route.name.split_once(' ').unwrap();
        listed.push((path.to_owned(), format!("| {method} | `{path}` | {who} |{cells}")));
    }
    listed.sort();
    let mut text = "# Who may call what\n\n\
        <!-- Written by `UPDATE=1 cargo test --test it access` from what a running Heard answers. -->\n\n\
        Every address that Heard serves, and what it answers each role: in the console somebody who signed in, in the API a token\n\
        of that role that may write. The admin token may everything; what says \u{201c}\u{2013}\u{201d} for every role is for it alone, so that no token\n\
        that was stolen makes others. [people.md](people.md) says what the roles are for. A session ends after twelve hours. A form\n\
        that changes something is taken from Heard's own pages only. With `metrics_listen`, `/metrics` is also served without a\n\
        token at that address.\n\n\
        | method | path | who | agent | product | engineer | admin |\n|---|---|---|---|---|---|---|\n"
        .to_owned();
    for (_, line) in &listed {
        writeln!(text, "{line}").unwrap();
    }
    expect_document("docs/access.md", &text);
    for (open, _) in OPEN {
        let path = open.split_once(' ').unwrap().1;
        assert!(listed.iter().any(|(listed, _)| listed == path), "{open} is no route");
    }
}

#[test]
fn the_page_on_people_says_what_each_role_may_do() {
    const BEGIN: &str = "<!-- Written by `UPDATE=1 cargo test --test it access` from src/model/role.rs. -->\n\n";
    let mut table = String::from("| right | agent | product | engineer | admin |\n|---|---|---|---|---|\n");
    for privilege in Privilege::ALL {
        write!(table, "| {} |", privilege.sentence()).unwrap();
        for role in Role::ALL {
            table.push_str(if role.may(*privilege) { " yes |" } else { " – |" });
        }
        table.push('\n');
    }
    let page = read(Path::new("docs/people.md"));
    let (before, rest) = page.split_once(BEGIN).expect("docs/people.md says where the table begins");
    let (_, after) = rest.split_once("\n\n").expect("something follows the table");
    expect_document("docs/people.md", &format!("{before}{BEGIN}{table}\n{after}"));
}

#[test]
fn every_operation_of_the_apis_description_is_among_the_routes_and_asks_for_a_right() {
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
            let name = format!("{} /api/{path}", method.to_uppercase());
            let known = routes.iter().any(|route| route.name == name && route.right.is_some());
            missing.extend((!known).then_some(name));
        }
    }
    assert!(missing.is_empty(), "the tests of access do not see {missing:?}, or they ask for no right");
}

#[test]
fn every_address_that_can_be_read_is_measured() {
    let asked = read(Path::new("benches/pages/routes.rs"));
    let routes = routes();
    let paths = routes.iter().filter_map(|route| route.name.strip_prefix("GET "));
    let is_asked = |path: &str| asked.contains(&format!("{path:?}"));
    let forgotten: Vec<&str> =
        paths.filter(|path| !is_asked(path) && !is_asked(path.strip_prefix("/api/v1").unwrap_or(path))).collect();
    assert!(forgotten.is_empty(), "benches/pages/routes.rs does not say with what {forgotten:?} are asked");
}
