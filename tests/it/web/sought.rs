//! Topics found by words, on the board and through the API: few of them by an index, and the same ones where very many have the words.

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

        let mut tx = world.app().database.begin().await.unwrap();
        for (on_sqlite, on_postgres) in MANY {
            let sql = if database.starts_with("sqlite:") { on_sqlite } else { on_postgres };
            tx.query(sql).bind(ticket.to_string()).execute().await.unwrap();
        }
        tx.commit().await.unwrap();
        is_found_by_its_words(&world, &cookie, &topic).await;
    })
    .await;
}
