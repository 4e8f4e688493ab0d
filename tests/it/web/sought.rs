//! Topics found by words, on the board and through the API: few of them by an index, and the same ones where very many have the words.

use std::collections::BTreeSet;

use heard::store::Session as _;
use serde_json::json;

use super::{a_ticket, session};
use crate::{
    databases,
    world::{ADMIN, World},
};

/// The topics with these words: the API's list, and whether the board has a topic.
async fn found(world: &World, cookie: &str, q: &str, topic: &str) -> (Vec<String>, bool) {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    let list = world.get(&format!("/api/v1/topics?{query}")).await["topics"].clone();
    let ids = list.as_array().unwrap().iter().map(|topic| topic["id"].as_str().unwrap().to_owned()).collect();
    let page = world.opens_page(cookie, &format!("/topics?{query}")).await.text().await.unwrap();
    (ids, page.contains(&format!("href=\"/topics/{topic}\"")))
}

/// A title, a summary, and two words of a ticket, whole or begun, in any order; and what no topic has.
const THERE: [&str; 6] = ["numb", "WOMBAT", "wombat numbat", "row zanzibar", "quokka", "zanzi quok"];
const NOT_THERE: [&str; 6] = ["anzibar", "numbat quokka", "dark zanzibar", "%", "_", "pademelon"];

async fn is_found_by_its_words(world: &World, cookie: &str, topic: &str) {
    for q in THERE {
        assert_eq!(found(world, cookie, q, topic).await, (vec![topic.to_owned()], true), "{q}");
    }
    for q in NOT_THERE {
        assert_eq!(found(world, cookie, q, topic).await, (vec![], false), "{q}");
    }
}

/// As if very many had the words: more tickets than are looked up, and more titles.
const MANY: [(&str, &str); 3] = [
    (
        "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                             requester_external_id)
         WITH RECURSIVE other (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM other WHERE number < 40)
         SELECT randomblob(16), connection, 'new' || number, '', 'merged', tags, customer_id, channel, created_at + number, changed_at,
                read_at, requester_external_id
         FROM ticket CROSS JOIN other WHERE external_id = $1",
        "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                             requester_external_id)
         SELECT gen_random_uuid(), connection, 'new' || number, '', 'merged', tags, customer_id, channel,
                created_at + number * interval '1 second', changed_at, read_at, requester_external_id
         FROM ticket CROSS JOIN generate_series(1, 40) AS other (number) WHERE external_id = $1",
    ),
    (
        "INSERT INTO ticket_text (ticket_id, words)
         SELECT id, 'numbat quokka row wombat zanzibar' FROM ticket WHERE external_id LIKE 'new%' AND $1 = $1",
        "INSERT INTO ticket_text (ticket_id, words)
         SELECT id, 'numbat quokka row wombat zanzibar' FROM ticket WHERE external_id LIKE 'new%' AND $1 = $1",
    ),
    (
        "INSERT INTO search_word (id, word, noun)
         WITH RECURSIVE other (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM other WHERE number < 2001)
         SELECT randomblob(16), word, 'topic' FROM other CROSS JOIN (SELECT 'numbat' AS word UNION SELECT 'wombat') said WHERE $1 = $1",
        "INSERT INTO search_word (id, word, noun)
         SELECT gen_random_uuid(), word, 'topic'
         FROM generate_series(1, 2001) AS other (number) CROSS JOIN (SELECT 'numbat' AS word UNION SELECT 'wombat') said WHERE $1 = $1",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_found_by_its_words_and_what_one_customer_wrote_however_many_have_them() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ana Sousa", "Zanzibar loses a row", "The export drops its quokka.").await;
        a_ticket(&world, "Bob Stone", "Dark colours, please", "I would like dark colours at night.").await;
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.rests().await;
        let agent = world.helpdesk.agent("Sam Okafor");
        world.helpdesk.agent_notes(agent, ticket, "They have a pademelon.");
        let named = world.anonymous().patch(format!("{}/api/v1/topics/{topic}", world.url())).bearer_auth(ADMIN);
        let named = named.json(&json!({ "title": "Numbat", "summary": "The last wombat is there." }));
        assert!(named.send().await.unwrap().status().is_success());
        world.settles().await;
        let cookie = session(&world).await;
        is_found_by_its_words(&world, &cookie, &topic).await;

        run(&world, database, ticket, &MANY).await;
        is_found_by_its_words(&world, &cookie, &topic).await;
    })
    .await;
}

/// Runs statements about a ticket, each in an engine's spelling.
async fn run(world: &World, database: &str, ticket: u64, statements: &[(&'static str, &'static str)]) {
    let mut tx = world.app().database.begin().await.unwrap();
    for (on_sqlite, on_postgres) in statements {
        let sql = if database.starts_with("sqlite:") { on_sqlite } else { on_postgres };
        tx.query(sql).bind(ticket.to_string()).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// A topic that a person named, of one ticket with other words.
async fn a_named_topic(world: &World) -> (u64, String) {
    let ticket = a_ticket(world, "Ana Sousa", "Zanzibar loses a row", "The export drops its quokka.").await;
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    world.rests().await;
    let named = world.anonymous().patch(format!("{}/api/v1/topics/{topic}", world.url())).bearer_auth(ADMIN);
    assert!(named.json(&json!({ "title": "Numbat" })).send().await.unwrap().status().is_success());
    world.settles().await;
    (ticket, topic)
}

/// Five hundred newer tickets without words.
const NEWER: (&str, &str) = (
    "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                         requester_external_id)
     WITH RECURSIVE other (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM other WHERE number < 500)
     SELECT randomblob(16), connection, 'pad' || number, '', 'merged', tags, customer_id, channel, created_at + number, changed_at, read_at,
            requester_external_id
     FROM ticket CROSS JOIN other WHERE external_id = $1",
    "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, channel, created_at, changed_at, read_at,
                         requester_external_id)
     SELECT gen_random_uuid(), connection, 'pad' || number, '', 'merged', tags, customer_id, channel,
            created_at + number * interval '1 second', changed_at, read_at, requester_external_id
     FROM ticket CROSS JOIN generate_series(1, 500) AS other (number) WHERE external_id = $1",
);

/// All of them but one count in the topic of the ticket, and then that one.
const COUNT: [&str; 2] = [
    "INSERT INTO impact_ticket (ticket_id, sure, topic_id, customer_id, organization_id, created_at, speaks, in_public, asked)
     SELECT pad.id, 1, said.topic_id, said.customer_id, said.organization_id, pad.created_at, 1, 1, 0
     FROM ticket own JOIN impact_ticket said ON said.ticket_id = own.id AND said.sure = 1 CROSS JOIN ticket pad
     WHERE own.external_id = $1 AND pad.external_id LIKE 'pad%' AND pad.external_id <> 'pad1'",
    "INSERT INTO impact_ticket (ticket_id, sure, topic_id, customer_id, organization_id, created_at, speaks, in_public, asked)
     SELECT pad.id, 1, said.topic_id, said.customer_id, said.organization_id, pad.created_at, 1, 1, 0
     FROM ticket own JOIN impact_ticket said ON said.ticket_id = own.id AND said.sure = 1 CROSS JOIN ticket pad
     WHERE own.external_id = $1 AND pad.external_id = 'pad1'",
];

/// A topic of many thousands would be read to its end each time.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_very_many_have_are_looked_for_in_the_newest_500_tickets_of_a_topic() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (ticket, topic) = a_named_topic(&world).await;
        let cookie = session(&world).await;
        let is_there = (vec![topic.clone()], true);
        let [but_one, the_last] = COUNT.map(|sql| (sql, sql));
        run(&world, database, ticket, &[NEWER, but_one]).await;
        run(&world, database, ticket, &MANY).await;
        assert_eq!(found(&world, &cookie, "zanzi quok", &topic).await, is_there);
        run(&world, database, ticket, &[the_last]).await;
        assert_eq!(found(&world, &cookie, "zanzi quok", &topic).await, (vec![], false));
        assert_eq!(
            found(&world, &cookie, "numb", &topic).await,
            is_there,
            "its name is read however many tickets it has"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_few_have_is_found_in_any_ticket_of_a_topic() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (ticket, topic) = a_named_topic(&world).await;
        let cookie = session(&world).await;
        let [but_one, the_last] = COUNT.map(|sql| (sql, sql));
        run(&world, database, ticket, &[NEWER, but_one, the_last]).await;
        assert_eq!(found(&world, &cookie, "zanzi quok", &topic).await, (vec![topic.clone()], true));
    })
    .await;
}

/// Many of them have one of two words, and none has both.
const APART: &str = "INSERT INTO ticket_text (ticket_id, words)
    SELECT id, CASE WHEN external_id LIKE 'pad1%' THEN 'zanzibar' ELSE 'quokka' END FROM ticket
    WHERE (external_id LIKE 'pad1%' OR external_id LIKE 'pad2%') AND $1 = $1";

/// Otherwise all topics would be asked for the few that have them.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_many_have_and_few_have_together_are_found_in_any_ticket_of_a_topic() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (ticket, topic) = a_named_topic(&world).await;
        let cookie = session(&world).await;
        let [but_one, the_last] = COUNT.map(|sql| (sql, sql));
        run(&world, database, ticket, &[NEWER, but_one, the_last, (APART, APART)]).await;
        assert_eq!(found(&world, &cookie, "zanzi quok", &topic).await, (vec![topic.clone()], true));
    })
    .await;
}

/// A board of more topics than are asked one by one, all with a word.
const NUMBATS: [(&str, &str); 3] = [
    (
        "INSERT INTO topic (id, kind, kind_by, kind_is_sure, title, title_by, brand, state, cycle, first_seen_at, last_seen_at,
                            desired_version, observed_version, looked)
         WITH RECURSIVE other (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM other WHERE number < 1019)
         SELECT randomblob(16), kind, kind_by, kind_is_sure, 'Numbat ' || number, title_by, brand, state, cycle, first_seen_at,
                last_seen_at, 0, 0, 0
         FROM topic CROSS JOIN other WHERE topic.title = 'Numbat' AND $1 = $1",
        "INSERT INTO topic (id, kind, kind_by, kind_is_sure, title, title_by, brand, state, cycle, first_seen_at, last_seen_at,
                            desired_version, observed_version, looked)
         SELECT gen_random_uuid(), kind, kind_by, kind_is_sure, 'Numbat ' || number, title_by, brand, state, cycle, first_seen_at,
                last_seen_at, 0, 0, 0
         FROM topic CROSS JOIN generate_series(1, 1019) AS other (number) WHERE topic.title = 'Numbat' AND $1 = $1",
    ),
    (
        "INSERT INTO impact (topic_id, listed, kind, state, first_seen_at, last_seen_at)
         SELECT id, 1, kind, state, first_seen_at, last_seen_at FROM topic WHERE title LIKE 'Numbat %' AND $1 = $1",
        "INSERT INTO impact (topic_id, listed, kind, state, first_seen_at, last_seen_at)
         SELECT id, 1, kind, state, first_seen_at, last_seen_at FROM topic WHERE title LIKE 'Numbat %' AND $1 = $1",
    ),
    (
        "INSERT INTO search_word (id, word, noun) SELECT id, 'numbat', 'topic' FROM topic WHERE title LIKE 'Numbat %' AND $1 = $1",
        "INSERT INTO search_word (id, word, noun) SELECT id, 'numbat', 'topic' FROM topic WHERE title LIKE 'Numbat %' AND $1 = $1",
    ),
];

/// How many topics the API lists by a word, and on how many pages.
async fn listed(world: &World, q: &str) -> (usize, usize) {
    let (mut ids, mut pages, mut after) = (BTreeSet::new(), 0, String::new());
    loop {
        let page = world.get(&format!("/api/v1/topics?q={q}&limit=170{after}")).await;
        pages += 1;
        ids.extend(page["topics"].as_array().unwrap().iter().map(|topic| topic["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { return (ids.len(), pages) };
        after = format!("&after={next}");
    }
}

/// To ask each for a number that nobody needs would take longer than the page.
#[tokio::test(flavor = "multi_thread")]
async fn topics_with_a_word_that_very_many_have_are_counted_as_far_as_they_are_shown() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (ticket, _) = a_named_topic(&world).await;
        let cookie = session(&world).await;
        let says = async |page: &str, expected: &str| {
            let html = world.opens_page(&cookie, &format!("/topics?q=numbat&page={page}")).await.text().await.unwrap();
            assert!(html.contains(&format!(">{expected}<")), "{page}: {html}");
            html
        };
        says("0", "1 topic").await;
        // The index gives them all.
        run(&world, database, ticket, &NUMBATS).await;
        assert!(says("0", "1020 topics").await.contains("page=1\""));
        assert_eq!(listed(&world, "numbat").await, (1020, 6));
        run(&world, database, ticket, &MANY).await;
        assert!(says("0", "more than 50 topics").await.contains("page=1\""));
        assert!(says("1", "more than 100 topics").await.contains("page=2\""));
        assert!(!says("20", "1020 topics").await.contains("page=21"));
        assert_eq!(listed(&world, "numbat").await, (1020, 6), "nothing twice, nothing left out, and no empty page");
    })
    .await;
}
