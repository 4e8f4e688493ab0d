//! With what each route is asked. The routes are those of docs/access.md, which a test compares with what is served, so none is
//! forgotten: one that nobody has written down here ends the run.

use uuid::Uuid;

use heard::model::{
    ranking::TopicOrder,
    search::SearchNoun,
    topic::{TopicKind, TopicState},
    update::UpdateState,
};

use super::places::{LINK, Places};

/// Routes that are not asked, because what they lead to or are for is elsewhere.
const ELSEWHERE: [&str; 5] =
    ["/connect/github/back", "/favicon.ico", "/invitation/{token}", "/login/provider", "/login/provider/back"];
/// A word that many texts have.
const USUAL: &str = "export";

/// Every route that may be read.
pub fn listed() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access.md");
    let table = std::fs::read_to_string(path).expect("docs/access.md");
    let routes = table.lines().filter_map(|line| line.strip_prefix("| GET | `")?.split('`').next());
    routes.filter(|route| !ELSEWHERE.contains(route)).map(str::to_owned).collect()
}

/// Whether it answers with all of a list, however long that is.
pub fn is_whole(route: &str) -> bool {
    let (exports, ends) = (["/export/", "/api/v1/exports/"], ["/audit.csv", "/audit.json", "/audit/verify", "/export"]);
    exports.iter().any(|begin| route.starts_with(begin)) || ends.iter().any(|end| route.ends_with(end))
}

/// What a route is asked with.
pub fn addresses(route: &str, places: &Places) -> Vec<String> {
    let plain = || vec![route.to_owned()];
    if let Some(addresses) = of_the_console(route, places).or_else(|| of_the_api(route, places)) {
        return addresses;
    }
    match route {
        "/" | "/account" | "/connect" | "/connect/github" | "/connect/zendesk" | "/docs" | "/healthz" | "/login"
        | "/metrics" | "/openapi.yaml" | "/people" | "/readyz" | "/api/v1/pauses" | "/api/v1/people"
        | "/api/v1/sessions" | "/api/v1/tokens" => plain(),
        "/assets/{name}" => vec!["/assets/heard.css".to_owned()],
        "/c/{token}" => vec![route.replace("{token}", LINK)],
        _ => panic!("benches/pages/routes.rs does not say with what {route} is asked"),
    }
}

fn of_the_console(route: &str, places: &Places) -> Option<Vec<String>> {
    let Places { large, common, told, customer, organization, update, rare, .. } = places;
    let last = places.topics / 50;
    let after = &places.ticket_in_the_middle.after;
    let with = |queries: &[String]| -> Vec<String> { queries.iter().map(|query| format!("{route}{query}")).collect() };
    Some(match route {
        "/topics" => {
            board(route, places, &[String::from("?page=1"), format!("?page={}", last / 2), format!("?page={last}")])
        }
        "/topics/{id}" => {
            let mut all = of_topics(route, places);
            all.push(format!("/topics/{large}?find={rare}"));
            all.push(format!("/topics/{large}?find={USUAL}"));
            all
        }
        "/topics/{id}/customers" | "/topics/{id}/issue" | "/export/topics/{id}/customers" => of_topics(route, places),
        "/topics/{id}/recipients" => {
            of_topics(route, places).into_iter().map(|address| format!("{address}?text={}", places.version)).collect()
        }
        "/topics/{id}/updates/text" => {
            of_topics(route, places).into_iter().map(|address| format!("{address}?milestone=shipped")).collect()
        }
        "/tickets" => with(&[
            String::new(),
            "?sort=oldest".to_owned(),
            format!("?after={after}"),
            format!("?sort=oldest&after={after}"),
            "?connection=acme".to_owned(),
            format!("?customer={customer}"),
            format!("?customer={customer}&sort=oldest&after={after}"),
            format!("?organization={organization}"),
            format!("?organization={organization}&after={after}"),
            format!("?topic={large}"),
            format!("?topic={large}&after={after}"),
            format!("?topic={common}"),
            format!("?topic={told}&sort=oldest"),
        ]),
        "/tickets/{id}" => of_tickets(route, places),
        "/triage" => {
            with(&[String::new(), format!("?topic={large}"), format!("?find={USUAL}"), format!("?find={rare}")])
        }
        "/search" => searches(route, places),
        "/updates" => {
            let mut all = of_states(route, "?");
            all.extend(with(&[
                String::new(),
                "?state=unclear".to_owned(),
                format!("?topic={told}"),
                format!("?topic={large}"),
                format!("?id={update}"),
            ]));
            all
        }
        "/health" => with(&[
            String::new(),
            "?deliveries=forgotten".to_owned(),
            "?deliveries=ignored".to_owned(),
            format!("?before={}", places.delivery_in_the_middle),
        ]),
        "/deliveries/{id}" => vec![route.replace("{id}", &places.delivery_in_the_middle.to_string())],
        "/audit" => with(&[
            String::new(),
            "?action=escalate".to_owned(),
            "?actor=admin".to_owned(),
            "?q=nobody-did-this".to_owned(),
            "?before=100".to_owned(),
        ]),
        "/audit.csv" | "/audit.json" => with(&[String::new()]),
        "/export/topics" => with(&[String::new(), format!("?q={USUAL}")]),
        "/export/tickets" => with(&[format!("?topic={large}"), format!("?customer={customer}")]),
        "/export/updates" => with(&["?state=sent".to_owned(), format!("?topic={told}")]),
        _ => return None,
    })
}

fn of_the_api(route: &str, places: &Places) -> Option<Vec<String>> {
    let Places { large, customer, organization, update, told, .. } = places;
    let with = |queries: &[String]| -> Vec<String> { queries.iter().map(|query| format!("{route}{query}")).collect() };
    let for_each = |id: &dyn std::fmt::Display| vec![route.replace("{id}", &id.to_string())];
    Some(match route.strip_prefix("/api/v1")? {
        "/audit" => with(&[
            String::new(),
            "?action=escalate".to_owned(),
            "?q=nobody-did-this".to_owned(),
            format!("?after={}", cursor_at(100)),
        ]),
        "/audit/verify" | "/exports/topics" | "/issues/in_review" | "/promises" => with(&[String::new()]),
        "/releases" => with(&[String::new(), "?limit=200".to_owned()]),
        "/customers" => with(&[
            String::new(),
            "?limit=200".to_owned(),
            format!("?after={}", places.customer_in_the_middle),
            format!("?email={}", places.email),
            "?email=nobody@example.net".to_owned(),
        ]),
        "/customers/{id}" | "/customers/{id}/export" => for_each(customer),
        "/deliveries" => with(&[
            String::new(),
            "?state=forgotten&limit=200".to_owned(),
            "?state=unreadable".to_owned(),
            format!("?after={}", places.delivery_in_the_middle),
        ]),
        "/deliveries/{id}" => for_each(&places.delivery_in_the_middle),
        "/exports/tickets" => with(&[format!("?topic={large}"), format!("?customer={customer}")]),
        "/exports/topics/{id}/customers" | "/topics/{id}" | "/topics/{id}/issue" => of_topics(route, places),
        "/exports/updates" => with(&["?state=sent".to_owned(), format!("?topic={told}")]),
        "/organizations" => {
            with(&[String::new(), "?limit=200".to_owned(), format!("?after={}", places.organization_in_the_middle)])
        }
        "/organizations/{id}" => for_each(organization),
        "/search" => searches(route, places),
        "/tickets" => with(&[
            String::new(),
            "?limit=200".to_owned(),
            format!("?after={}", places.ticket_in_the_middle.id),
            "?connection=acme".to_owned(),
            format!("?connection=acme&external_id={}", places.number),
        ]),
        "/tickets/{id}" => of_tickets(route, places),
        "/topics" => {
            board(route, places, &["?limit=200".to_owned(), format!("?after={}", cursor_at(places.topics / 2))])
        }
        "/topics/{id}/recipients" => of_topics(route, places)
            .into_iter()
            .map(|address| format!("{address}?version={}", places.version))
            .collect(),
        "/topics/{id}/updates/text" => {
            of_topics(route, places).into_iter().map(|address| format!("{address}?milestone=shipped")).collect()
        }
        "/updates" => {
            let mut all = of_states(route, "?limit=200&");
            all.extend(with(&[String::new(), format!("?after={}", places.update_in_the_middle)]));
            all
        }
        "/updates/{id}" => for_each(update),
        _ => return None,
    })
}

/// The board and its list in the API: in each order, of each kind and state, by words, and far down.
fn board(route: &str, places: &Places, pages: &[String]) -> Vec<String> {
    let mut queries = vec![String::new()];
    queries.extend(TopicOrder::ALL.iter().map(|order| format!("?sort={order}")));
    queries.extend(TopicKind::ALL.iter().map(|kind| format!("?kind={kind}")));
    queries.extend(TopicState::ALL.iter().map(|state| format!("?state={state}")));
    queries.extend([places.rare.as_str(), USUAL, "e"].map(|words| format!("?q={words}")));
    queries.push(format!("?q={USUAL}&state=open&kind=bug&sort=score"));
    queries.extend(pages.iter().cloned());
    queries.into_iter().map(|query| format!("{route}{query}")).collect()
}

/// The largest topic, one of which was heard last, one whose customers were told, and one with an issue.
fn of_topics(route: &str, places: &Places) -> Vec<String> {
    let topics = [places.large, places.common, places.told, places.issue.0];
    topics.map(|topic| route.replace("{id}", &topic.to_string())).to_vec()
}

fn of_tickets(route: &str, places: &Places) -> Vec<String> {
    [places.ticket, places.ticket_in_the_middle.id].map(|ticket| route.replace("{id}", &ticket.to_string())).to_vec()
}

fn of_states(route: &str, begin: &str) -> Vec<String> {
    UpdateState::ALL.iter().map(|state| format!("{route}{begin}state={state}")).collect()
}

/// Words that few, many or no texts have, beginnings, names, addresses and numbers.
fn searches(route: &str, places: &Places) -> Vec<String> {
    let mut asked = vec![
        places.rare.clone(),
        USUAL.to_owned(),
        format!("{USUAL} {}", places.rare),
        "export invoice error page".to_owned(),
        "e".to_owned(),
        "ex".to_owned(),
        "nobodywroteso".to_owned(),
        "ana sousa".to_owned(),
        places.email.clone(),
        "example.com".to_owned(),
        places.organization_name.clone(),
        "company".to_owned(),
        places.number.clone(),
        format!("#{}", places.issue.1),
        format!("acme/product#{}", places.issue.1),
        format!("/topics/{}", places.large),
    ];
    // The words by which Heard itself calls what it finds are as common as any.
    asked.extend(SearchNoun::ALL.iter().map(SearchNoun::to_string));
    let encoded = |words: String| url::form_urlencoded::byte_serialize(words.as_bytes()).collect::<String>();
    asked.into_iter().map(|words| format!("{route}?q={}", encoded(words))).collect()
}

/// The cursor of a list whose rows are found by a number.
fn cursor_at(place: i64) -> Uuid {
    Uuid::from_u128(u128::try_from(place).unwrap_or(0))
}
