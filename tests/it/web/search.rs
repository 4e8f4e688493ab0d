//! Finding anything: on the page, which needs no script, and through the API.

use heard::store::{Session as _, StoreError};
use reqwest::header;
use serde_json::Value;

use super::{a_ticket, session};
use crate::{databases, world::World};

/// What the API finds.
async fn found(world: &World, q: &str) -> Value {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    world.get(&format!("/api/v1/search?{query}")).await
}

fn names(list: &Value, name: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one[name].as_str().unwrap_or_default().to_owned()).collect()
}

/// The page without a script.
async fn page(world: &World, cookie: &str, q: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    let request = world.anonymous().get(format!("{}/search?{query}", world.url())).header(header::COOKIE, cookie);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{q}");
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_is_found_by_the_beginnings_of_its_words() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let zofie = world.helpdesk.customer("Žofie Müller").email("zofie@example.test").of("Lovelace Ltd").add();
        let ticket = world.helpdesk.ticket_from(zofie).subject("Export loses a row").body("Its last row.").send();
        let topic = world.topic_of(ticket).await;
        world.rests().await;
        for q in ["expo ROW", "row export", "  loses  "] {
            let found = found(&world, q).await;
            assert_eq!(names(&found["topics"], "id"), [topic["id"].as_str().unwrap()], "{q}: {found}");
            assert_eq!(names(&found["tickets"], "external_id"), [ticket.to_string()], "{q}: {found}");
            assert_eq!(found["topics"][0]["customer_count"], 1);
        }
        for q in ["zofie", "MULLER", "mül", "example.test", "zofie@example"] {
            assert_eq!(names(&found(&world, q).await["customers"], "name"), ["Žofie Müller"], "{q}");
        }
        assert_eq!(names(&found(&world, "lovel").await["organizations"], "name"), ["Lovelace Ltd"]);
        for nothing in ["%", "_", "export nothing", "xport", "\\", "'; --"] {
            let found = found(&world, nothing).await;
            let count =
                ["topics", "tickets", "customers", "organizations"].map(|kind| found[kind].as_array().unwrap().len());
            assert_eq!(count, [0; 4], "{nothing}: {found}");
        }
        let cookie = session(&world).await;
        let html = page(&world, &cookie, "export").await;
        assert!(html.contains(&format!("href=\"/topics/{}\"", topic["id"].as_str().unwrap())), "{html}");
        assert!(html.contains("1 customer") && html.contains("Tickets"), "{html}");
        let hostile = page(&world, &cookie, "<script>alert(1)</script>\"'").await;
        assert!(!hostile.contains("<script>alert") && hostile.contains("Nothing has all of these words"), "{hostile}");
        assert!(page(&world, &cookie, "").await.contains("Find anything"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_or_a_pasted_address_leads_to_the_ticket_or_the_issue() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.rests().await;
        let ticket = world.get("/api/v1/tickets").await["tickets"][0].clone();
        let number = ticket["external_id"].as_str().unwrap();
        let issue = complaint.issue;
        for q in [
            format!("#{issue}"),
            format!("acme/product#{issue}"),
            format!("ACME/Product#{issue}"),
            format!("https://github.test/acme/product/issues/{issue}"),
            format!("{}/topics/{}", world.url(), complaint.topic),
        ] {
            let found = found(&world, &q).await;
            assert_eq!(names(&found["topics"], "id"), [complaint.topic.as_str()], "{q}: {found}");
        }
        assert!(found(&world, &format!("acme/other#{issue}")).await["topics"].as_array().unwrap().is_empty());
        let address = ticket["url"].as_str().map(str::to_owned);
        for q in [number.to_owned(), format!("#{number}"), ticket["id"].as_str().unwrap().to_owned()]
            .into_iter()
            .chain(address)
        {
            let found = found(&world, &q).await;
            assert_eq!(names(&found["tickets"], "id"), [ticket["id"].as_str().unwrap()], "{q}: {found}");
        }
    })
    .await;
}

/// What is redacted, renamed or gone is found no more; what is internal is found by its number only, without its words.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_and_what_is_internal_is_not_found_by_its_words() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ana Sousa", "Zanzibar loses a row", "The export loses its last row.").await;
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.rests().await;
        assert_eq!(found(&world, "zanzibar").await["tickets"].as_array().unwrap().len(), 1);
        let renamed = world.anonymous().patch(format!("{}/api/v1/topics/{topic}", world.url()));
        let renamed = renamed.bearer_auth(crate::world::ADMIN).json(&serde_json::json!({ "title": "Quagga" }));
        assert!(renamed.send().await.unwrap().status().is_success());
        assert!(found(&world, "zanzibar").await["topics"].as_array().unwrap().is_empty(), "it is called otherwise");
        assert_eq!(names(&found(&world, "quagga").await["topics"], "id"), [topic.as_str()]);

        turn_internal(&world, true).await.unwrap();
        let by_words = found(&world, "zanzibar").await;
        assert!(by_words["tickets"].as_array().unwrap().is_empty(), "{by_words}");
        let by_number = found(&world, &ticket.to_string()).await;
        assert_eq!(names(&by_number["tickets"], "subject"), [""], "{by_number}");
        assert!(!by_number.to_string().contains("Zanzibar"), "{by_number}");
        turn_internal(&world, false).await.unwrap();

        let customer = world.get("/api/v1/customers").await["customers"][0]["id"].as_str().unwrap().to_owned();
        let erased = world.anonymous().delete(format!("{}/api/v1/customers/{customer}", world.url()));
        assert!(erased.bearer_auth(crate::world::ADMIN).send().await.unwrap().status().is_success());
        for q in ["zanzibar", "ana", "sousa"] {
            let found = found(&world, q).await;
            let count = ["tickets", "customers"].map(|kind| found[kind].as_array().unwrap().len());
            assert_eq!(count, [0; 2], "{q}: {found}");
        }
        let mut conn = world.app().database.read().await.unwrap();
        let (left,) = conn
            .query("SELECT count(*) FROM search_word WHERE word IN ('zanzibar', 'ana', 'sousa')")
            .one::<(i64,)>()
            .await
            .unwrap();
        assert_eq!(left, 0, "no word of theirs is kept");
    })
    .await;
}

/// As a sweep finds that nothing in a ticket is public, or that something is.
async fn turn_internal(world: &World, internal: bool) -> Result<(), StoreError> {
    let mut tx = world.app().database.begin().await?;
    tx.query("UPDATE ticket SET internal = $1").bind(internal).execute().await?;
    tx.commit().await
}

/// Whatever is asked, each statement goes by an index: nothing reads all tickets.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_reads_no_table_from_end_to_end() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let mut conn = world.app().database.read().await.unwrap();
    for (statement, index) in [
        (
            "EXPLAIN QUERY PLAN SELECT word, id FROM search_word WHERE noun = 'ticket' AND word >= 'a' AND word < 'b'
             ORDER BY word, id DESC LIMIT 10",
            "search_word_found",
        ),
        ("EXPLAIN QUERY PLAN SELECT id FROM ticket WHERE external_id = '7'", "ticket_number"),
        ("EXPLAIN QUERY PLAN SELECT topic_id FROM issue WHERE number = 7", "issue_by_number"),
    ] {
        let plan = conn.query(statement).all::<(i64, i64, i64, String)>().await.unwrap();
        let plan: Vec<String> = plan.into_iter().map(|(.., step)| step).collect();
        assert!(plan.iter().any(|step| step.contains(index)), "{statement}: {plan:?}");
        assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{statement}: {plan:?}");
    }
}
