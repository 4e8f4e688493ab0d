//! Finding anything: on the page, which needs no script, and through the API.

use heard::store::{Conn, Session as _, StoreError, customers, requesters};
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
        assert_eq!(kept_of_tickets(&mut conn, "zanzibar").await, 0, "nor of what they wrote");
    })
    .await;
}

/// In how many places a word of a ticket is kept: beside it, and on SQLite in the bytes of the index too.
async fn kept_of_tickets(conn: &mut Conn, word: &'static str) -> i64 {
    let beside = "SELECT count(*) FROM ticket_text WHERE words LIKE '%' || $1 || '%'";
    let (mut kept,) = conn.query(beside).bind(word).one::<(i64,)>().await.unwrap();
    if matches!(conn, Conn::Sqlite(_)) {
        let indexed = "SELECT count(*) FROM ticket_text_index_data WHERE instr(block, CAST($1 AS BLOB)) > 0";
        kept += conn.query(indexed).bind(word).one::<(i64,)>().await.unwrap().0;
    }
    kept
}

/// What customers wrote is found, in whatever script; what agents wrote, or noted among themselves, is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_found_by_what_its_customer_wrote_and_by_nobody_elses_words() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let body = "It stops with E1042 (ECONNRESET) at 100%_done. 請求書が届かないエラー";
        let ticket = a_ticket(&world, "Ana Sousa", "Export loses a row", body).await;
        let other = a_ticket(&world, "Bob Stone", "Dark theme", "I wish for one. 書類を求める").await;
        world.helpdesk.agent_replies(agent, ticket, "Have you tried the kookaburra build?");
        world.helpdesk.agent_notes(agent, ticket, "They are on the wombat plan.");
        world.helpdesk.customer_replies(ticket, "Still the same with the pademelon setting, and \"quoted\".");
        world.settles().await;
        for q in [
            "e1042",
            "E10",
            "econnreset export",
            "100 done",
            "請求書",
            "求書",
            "請求",
            "届",
            "エラー",
            "pademel",
            "\"quoted\"",
            "row AND NOT NEAR(",
        ] {
            let found = found(&world, q).await;
            let expected = if q.contains("NEAR") { vec![] } else { vec![ticket.to_string()] };
            assert_eq!(names(&found["tickets"], "external_id"), expected, "{q}: {found}");
            assert_eq!(found["more"], false, "{q}");
        }
        assert_eq!(names(&found(&world, "書類 theme").await["tickets"], "external_id"), [other.to_string()]);
        for q in ["kookaburra", "wombat", "求請", "書請", "nnreset", "E1042 theme"] {
            let found = found(&world, q).await;
            assert_eq!(found["tickets"].as_array().unwrap().len(), 0, "{q}: {found}");
        }

        world.helpdesk.agent_redacts(agent, ticket, "pademelon");
        world.settles().await;
        assert!(names(&found(&world, "pademelon").await["tickets"], "id").is_empty(), "it was redacted");
        let mut conn = world.app().database.read().await.unwrap();
        assert_eq!(kept_of_tickets(&mut conn, "pademelon").await, 0);
        assert_eq!(names(&found(&world, "E1042").await["tickets"], "external_id"), [ticket.to_string()]);
        is_sound(&world, database).await;
    })
    .await;
}

/// The index says the same as what it was made of. SQLite finds nothing wrong with the file where it does not.
async fn is_sound(world: &World, database: &str) {
    if database.starts_with("sqlite:") {
        let check = "INSERT INTO ticket_text_index (ticket_text_index, rank) VALUES ('integrity-check', 1)";
        let mut tx = world.app().database.begin().await.unwrap();
        tx.query(check).execute().await.unwrap();
    }
}

/// Tickets before and after one that is there, and words that they have.
const MANY: [(&str, &str); 4] = [
    (
        "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                             requester_external_id)
         WITH RECURSIVE other (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM other WHERE number < 3000)
         SELECT randomblob(16), connection, 'new' || number, '', 'merged', tags, customer_id, channel, created_at + number, changed_at,
                read_at, requester_external_id
         FROM ticket CROSS JOIN other WHERE external_id = $1",
        "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                             requester_external_id)
         SELECT gen_random_uuid(), connection, 'new' || number, '', 'merged', tags, customer_id, channel,
                created_at + number * interval '1 second', changed_at, read_at, requester_external_id
         FROM ticket CROSS JOIN generate_series(1, 3000) AS other (number) WHERE external_id = $1",
    ),
    (
        "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                             requester_external_id)
         WITH RECURSIVE other (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM other WHERE number < 2001)
         SELECT randomblob(16), connection, 'old' || number, '', 'merged', tags, customer_id, channel, created_at - number, changed_at,
                read_at, requester_external_id
         FROM ticket CROSS JOIN other WHERE external_id = $1",
        "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                             requester_external_id)
         SELECT gen_random_uuid(), connection, 'old' || number, '', 'merged', tags, customer_id, channel,
                created_at - number * interval '1 second', changed_at, read_at, requester_external_id
         FROM ticket CROSS JOIN generate_series(1, 2001) AS other (number) WHERE external_id = $1",
    ),
    (
        "INSERT INTO ticket_text (ticket_id, words) SELECT id, 'ab numbat zz' FROM ticket WHERE external_id LIKE 'old%' AND $1 = $1",
        "INSERT INTO ticket_text (ticket_id, words) SELECT id, 'ab numbat zz' FROM ticket WHERE external_id LIKE 'old%' AND $1 = $1",
    ),
    (
        "INSERT INTO ticket_text (ticket_id, words) SELECT id, 'filler loses' FROM ticket WHERE external_id LIKE 'new%' AND $1 = $1",
        "INSERT INTO ticket_text (ticket_id, words) SELECT id, 'filler loses' FROM ticket WHERE external_id LIKE 'new%' AND $1 = $1",
    ),
];

/// What is not among the newest tickets is found by the index, and of what very many have a part is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_ticket_is_found_and_a_word_of_very_many_costs_no_more() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ana Sousa", "Zanzibar loses a row", "Its last numbat, ui too.").await;
        world.rests().await;
        let mut tx = world.app().database.begin().await.unwrap();
        for (on_sqlite, on_postgres) in MANY {
            let sql = if database.starts_with("sqlite:") { on_sqlite } else { on_postgres };
            tx.query(sql).bind(ticket.to_string()).execute().await.unwrap();
        }
        tx.commit().await.unwrap();
        // Most have one of the words. One letter or two are looked for as a whole word there.
        for q in ["zanzi", "zanzibar loses numb", "ui zanzibar", "a zanzibar"] {
            let found = found(&world, q).await;
            assert_eq!(names(&found["tickets"], "external_id"), [ticket.to_string()], "{q}: {found}");
            assert_eq!(found["more"], false, "{q}");
        }
        assert_eq!(names(&found(&world, "zanzibar filler").await["tickets"], "id"), Vec::<String>::new());
        let common = found(&world, "numbat").await;
        assert_eq!(common["tickets"].as_array().unwrap().len(), 50);
        assert_eq!(common["more"], true);
        is_sound(&world, database).await;
    })
    .await;
}

/// Names with a word, as many as a search looks at, and then one more.
const NAMES: [(&str, &str); 2] = [
    (
        "INSERT INTO search_word (id, word, noun)
         WITH RECURSIVE other (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM other WHERE number < 1000)
         SELECT randomblob(16), 'bilby', 'customer' FROM other",
        "INSERT INTO search_word (id, word, noun)
         SELECT gen_random_uuid(), 'bilby', 'customer' FROM generate_series(1, 1000)",
    ),
    (
        "INSERT INTO search_word (id, word, noun) VALUES (randomblob(16), 'bilby', 'customer')",
        "INSERT INTO search_word (id, word, noun) VALUES (gen_random_uuid(), 'bilby', 'customer')",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_search_says_where_more_names_have_a_word_than_it_looks_at() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for ((on_sqlite, on_postgres), more) in NAMES.into_iter().zip([false, true]) {
            let sql = if database.starts_with("sqlite:") { on_sqlite } else { on_postgres };
            let mut tx = world.app().database.begin().await.unwrap();
            tx.query(sql).execute().await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(found(&world, "bilby").await["more"], more);
        }
    })
    .await;
}

/// What is called just so comes first, and otherwise what is newer, or pays more.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_called_just_as_was_typed_comes_first() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for (name, email, company) in [
            ("Ana Lima", "ana.lima@example.test", "Quagga"),
            ("Ana Lima Torres", "torres@example.test", "Quagga Pumps"),
        ] {
            let customer = world.helpdesk.customer(name).email(email).of(company).add();
            let ticket = world.helpdesk.ticket_from(customer).subject(company).body("It does.").send();
            world.topic_of(ticket).await;
        }
        world.rests().await;
        assert_eq!(names(&found(&world, "ana").await["customers"], "name"), ["Ana Lima Torres", "Ana Lima"]);
        for q in ["ANA lima", "Ana.Lima@example.test"] {
            assert_eq!(names(&found(&world, q).await["customers"], "name")[0], "Ana Lima", "{q}");
        }
        let found = found(&world, "quagga").await;
        assert_eq!(names(&found["organizations"], "name")[0], "Quagga");
        assert_eq!(names(&found["topics"], "title")[0], "Quagga", "{found}");
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
            "EXPLAIN QUERY PLAN SELECT word, id FROM search_word WHERE noun = 'customer' AND word >= 'a' AND word < 'b'
             ORDER BY word, id DESC LIMIT 10",
            "search_word_found",
        ),
        ("EXPLAIN QUERY PLAN SELECT id FROM ticket WHERE external_id = '7'", "ticket_number"),
        ("EXPLAIN QUERY PLAN SELECT ticket.id FROM ticket ORDER BY ticket.created_at DESC LIMIT 9", "ticket_created"),
        (
            "EXPLAIN QUERY PLAN SELECT ticket_text.ticket_id FROM ticket_text_index CROSS JOIN ticket_text
             WHERE ticket_text_index MATCH '\"a\"*' AND ticket_text.number = ticket_text_index.rowid
             ORDER BY ticket_text_index.rowid DESC LIMIT 9",
            "VIRTUAL TABLE INDEX",
        ),
        ("EXPLAIN QUERY PLAN SELECT topic_id FROM issue WHERE number = 7", "issue_by_number"),
    ] {
        let plan = conn.query(statement).all::<(i64, i64, i64, String)>().await.unwrap();
        let plan: Vec<String> = plan.into_iter().map(|(.., step)| step).collect();
        assert!(plan.iter().any(|step| step.contains(index)), "{statement}: {plan:?}");
        assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{statement}: {plan:?}");
    }
}

/// The words of who is called as before are left alone.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_called_something_else_is_found_by_that_and_not_by_what_they_were_called() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let now = world.app().clock.now();
        let before = ("Ada Byron", "Difference Works");
        for (customer, organization) in [before, before, ("Ada Lovelace", "Analytical Works")] {
            let record = requesters::Requester {
                connection: "zendesk",
                external_id: "7",
                name: customer,
                email: Some("ada@example.test"),
                verified: false,
                company_id: None,
                locale: None,
                time_zone: None,
                standing: None,
            };
            let none = customers::Attributes::default();
            let mut tx = world.app().database.begin().await.unwrap();
            requesters::behind(&mut tx, &record, now).await.unwrap();
            customers::organization(&mut tx, "zendesk", "8", organization, &none, now).await.unwrap();
            tx.commit().await.unwrap();
            for q in customer.split(' ') {
                assert_eq!(names(&found(&world, q).await["customers"], "name"), [customer], "{q}");
            }
            for q in organization.split(' ') {
                assert_eq!(names(&found(&world, q).await["organizations"], "name"), [organization], "{q}");
            }
        }
        for (gone, of) in [("byron", "customers"), ("difference", "organizations")] {
            assert_eq!(names(&found(&world, gone).await[of], "name"), [""; 0], "{gone}");
        }
    })
    .await;
}
