//! What is shown, as a file: the same filters, nothing that a spreadsheet runs, and a line in the audit log.

use heard::store::Session as _;
use reqwest::header;
use serde_json::{Value, json};

use super::{a_ticket, session};
use crate::{
    databases,
    world::{ADMIN, World},
};

/// A file that the console serves: its text, and its type.
async fn file(world: &World, cookie: &str, path: &str) -> (String, String) {
    let request = world.anonymous().get(format!("{}{path}", world.url())).header(header::COOKIE, cookie);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let named = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(named.starts_with("attachment; filename=\"heard-"), "{named}");
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap(), kind)
}

/// The rows that the API exports.
async fn rows(world: &World, path: &str) -> Vec<Value> {
    let answer = world.anonymous().get(format!("{}{path}", world.url())).bearer_auth(ADMIN).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How often somebody exported this, by the audit log.
async fn audited(world: &World, subject: &str) -> i64 {
    let mut conn = world.app().database.read().await.unwrap();
    let count = conn.query("SELECT count(*) FROM audit WHERE action = 'export_list' AND subject = $1").bind(subject);
    count.one::<(i64,)>().await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_exported_with_its_filters_and_nothing_in_it_is_a_formula() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let formula = "=HYPERLINK(\"http://evil.test\")";
        let ticket = a_ticket(&world, "Ana Sousa", formula, "The export loses its last row.").await;
        a_ticket(&world, "Bob Stone", "Dark colours, please", "I would like dark colours at night.").await;
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.rests().await;
        let cookie = session(&world).await;

        let (csv, kind) = file(&world, &cookie, "/export/tickets?format=csv").await;
        assert!(kind.starts_with("text/csv"), "{kind}");
        assert!(csv.starts_with("\u{feff}id,connection,external_id,subject,"), "{csv}");
        assert_eq!(csv.matches("\r\n").count(), 3, "a heading and two rows: {csv}");
        assert!(csv.contains("\"'=HYPERLINK(\"\"http://evil.test\"\")\""), "{csv}");
        assert!(csv.contains("\"Dark colours, please\""), "{csv}");

        let (board, _) = file(&world, &cookie, "/export/topics?q=dark&format=csv").await;
        assert!(board.contains("Dark colours") && !board.contains("HYPERLINK"), "{board}");
        let (board, kind) = file(&world, &cookie, "/export/topics?sort=first_seen&format=jsonl").await;
        assert_eq!((kind.as_str(), board.lines().count()), ("application/x-ndjson", 2));
        let first: Value = serde_json::from_str(board.lines().next().unwrap()).unwrap();
        assert_eq!((&first["title"], &first["customers"]), (&json!(formula), &json!(1)), "{first}");

        let customers = rows(&world, &format!("/api/v1/exports/topics/{topic}/customers")).await;
        assert_eq!(customers.len(), 1);
        assert_eq!((&customers[0]["name"], &customers[0]["tickets"]), (&json!("Ana Sousa"), &json!(1)));
        assert_eq!(customers[0]["organization"], "Lovelace Ltd");
        let of_topic = rows(&world, &format!("/api/v1/exports/tickets?topic={topic}")).await;
        assert_eq!(of_topic.len(), 1);
        assert_eq!(of_topic[0]["subject"], formula, "a program gets it as it is");
        assert_eq!(rows(&world, "/api/v1/exports/tickets?connection=nobody").await.len(), 0);
        let oldest = rows(&world, "/api/v1/exports/tickets?sort=oldest").await;
        assert_eq!(oldest[0]["external_id"], ticket.to_string());

        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        world.rests().await;
        assert!(rows(&world, &format!("/api/v1/exports/updates?topic={topic}")).await.len() <= 1);
        assert_eq!(rows(&world, "/api/v1/exports/updates?state=sent").await.len(), 0);

        assert_eq!(audited(&world, "topics").await, 2);
        assert_eq!(audited(&world, "tickets").await, 4);
        assert_eq!(audited(&world, &topic).await, 1);
        for (wrong, status) in [
            ("/api/v1/exports/topics?format=xlsx", 400),
            ("/api/v1/exports/updates", 409),
            ("/api/v1/exports/tickets?sort=loudest", 400),
            ("/api/v1/exports/tickets?customer=x&topic=y", 409),
        ] {
            let answer =
                world.anonymous().get(format!("{}{wrong}", world.url())).bearer_auth(ADMIN).send().await.unwrap();
            assert_eq!(answer.status(), status, "{wrong}");
        }
        assert_eq!(audited(&world, "topics").await, 2, "what is refused is no export");
    })
    .await;
}

/// More rows than are read at a time come once each, in order.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_exported_page_by_page_and_each_row_once() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ana Sousa", "Export loses a row", "The export loses its last row.").await;
        world.rests().await;
        let mut tx = world.app().database.begin().await.unwrap();
        for copy in 0..1_203_i64 {
            tx.query(
                "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                                     requester_external_id)
                 SELECT $1, connection, 'copy ' || CAST($2 AS TEXT), subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                        requester_external_id FROM ticket WHERE external_id = $3",
            )
            .bind(uuid::Uuid::now_v7())
            .bind(copy)
            .bind(ticket.to_string())
            .execute()
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        for sort in ["newest", "oldest"] {
            let found = rows(&world, &format!("/api/v1/exports/tickets?sort={sort}")).await;
            let mut ids: Vec<String> = found.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
            assert_eq!(ids.len(), 1_204, "{sort}");
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), 1_204, "each once, although all were written at the same moment: {sort}");
        }
    })
    .await;
}

/// Filters, order and columns stand in the address.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_what_its_address_says() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let ticket = a_ticket(&world, "Ana Sousa", "Export loses a row", "The export loses its last row.").await;
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    let cookie = session(&world).await;
    let open = async |path: &str| {
        let request = world.anonymous().get(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (_, all) = open("/topics").await;
    let (_, some) = open("/topics?column=score&column=state&sort=score").await;
    assert!(all.contains(">Age<") && all.contains("12 weeks</th>"), "{all}");
    assert!(!some.contains("12 weeks</th>") && some.contains("aria-sort=\"descending\""), "{some}");
    assert!(some.contains("column=score&amp;column=state") || some.contains("column=score&#38;column=state"), "{some}");
    let (_, list) = open("/tickets?column=customer").await;
    assert!(
        list.contains("Export loses a row") && list.contains(">Customer</th>") && !list.contains(">Status</th>"),
        "{list}"
    );
    let customer = world.get("/api/v1/customers").await["customers"][0]["id"].as_str().unwrap().to_owned();
    let (_, theirs) = open(&format!("/tickets?customer={customer}")).await;
    assert!(theirs.contains("Ana Sousa") && theirs.contains(&format!("customer={customer}&")), "{theirs}");
    let (_, people) = open(&format!("/topics/{topic}/customers")).await;
    assert!(people.contains("Ana Sousa") && people.contains("Lovelace Ltd"), "{people}");
    for path in
        ["/tickets?customer=nobody", "/tickets?topic=0197a000-0000-7000-8000-000000000000", "/topics/x/customers"]
    {
        assert_eq!(open(path).await.0, 404, "{path}");
    }
}
