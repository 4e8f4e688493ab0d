//! A helpdesk that says in one answer what was written, and in another who reads it.

use std::time::Duration;

use serde_json::json;

use super::{ANN, ann, connection, server::Desk, ticket};
use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

const LOOK_UP: &str = r#"
[connections.look_up]
messages = "/tickets/{ticket}/texts"
map = { each = "items", id = "entry", body = "text", public = { at = "written.kind", words = { comment = "false" }, default = "true" } }
[[connections.look_up.join]]
path = "/tickets/{ticket}/history"
as = "written"
by = "entry"
each = "items"
key = "id"
"#;

/// An agent's comment with the customer's link in it was taken for the reply, and the customer was never told.
#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_repeats_a_lost_reply_is_not_taken_for_it() {
    for kind in ["reply", "comment"] {
        databases::for_each(async |database| a_reply_is_lost_and_its_words_stand_in_a(kind, database).await).await;
    }
}

async fn a_reply_is_lost_and_its_words_stand_in_a(kind: &str, database: &str) {
    let desk = Desk::start();
    let tell = [connection(&desk).as_str(), LOOK_UP].concat();
    let world = World::with(database, Options { tell: &tell, clock: stopped_clock(), ..Options::default() }).await;
    world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
    let issue = world.desk_escalates("7").await;
    desk.answers(Some(500));
    desk.shows(json!({"texts": {"items": []}, "history": {"items": []}}));
    world.ships(issue, "v2.4.0");
    world.until("the answer is lost", async || !desk.replies().is_empty()).await;
    world.fails("send", "looking for the reply").await;
    desk.answers(None);
    let said = desk.replies()[0].body["text"].clone();
    desk.shows(
        json!({"texts": {"items": [{"entry": 5, "text": said}]}, "history": {"items": [{"id": 5, "kind": kind}]}}),
    );
    world
        .until("it is told", async || {
            world.clock.advance(Duration::from_secs(31));
            world.rests().await;
            !world.get("/api/v1/updates?state=sent").await["updates"].as_array().unwrap().is_empty()
        })
        .await;
    assert_eq!(desk.replies().len(), if kind == "reply" { 1 } else { 2 }, "{kind}");
}
