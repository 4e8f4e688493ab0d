//! Conditions of a mapping where a helpdesk wraps its values, or says yes in another word (G6, nothing private leaves).

use serde_json::{Value, json};

use super::{ANN, ann, connection, server::Desk, ticket};
use crate::{
    databases,
    world::{Options, World},
};

const MAPPED: &str = r#"
[connections.map]
key = "id"
[connections.map.ticket]
id = "ticket.id"
subject = "ticket.subject"
created_at = "ticket.created_at"
changed_at = "ticket.changed_at"
shared_when = [{ at = "ticket.cc", contains = ["@"] }]
requester = { id = "ticket.requester.id", name = "ticket.requester.name" }
[connections.map.messages]
each = "messages"
id = "id"
ignore = [{ at = "to", contains = ["@internal.acme.test"] }, { at = "hidden", in = [true] }]
customer_when = [{ at = "by", same_as = "$.ticket.requester" }]
public = "public"
body = "body"
created_at = "created_at"
"#;

/// A ticket of Ann's, with people in copy and a second message.
fn told(nth: u32, cc: &Value, message: &Value) -> Value {
    let mut body = ticket(nth, &nth.to_string(), &ann(), ANN, &json!({ "cc": cc }));
    body["messages"][0]["by"] = ann();
    let mut second = json!({"id": format!("second{nth}"), "by": ann(), "public": true, "body": "The key is under the mat",
        "created_at": "2026-11-22T03:30:00Z"});
    second.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
    body["messages"].as_array_mut().unwrap().push(second);
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_takes_the_safe_side_whatever_the_value_is_wrapped_in() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &(connection(&desk) + MAPPED), ..Options::default() }).await;
        let alone = [json!(null), json!([]), json!("")];
        let copied = [
            json!("ben@other.test"),
            json!(["ben@other.test"]),
            json!([{"mail": "ben@other.test"}]),
            json!({"ben@other.test": {}}),
        ];
        for (nth, cc) in (10..).zip(alone.iter().chain(&copied)) {
            world.desk_says(&told(nth, cc, &json!({}))).await;
        }
        let [shared] = [world.counts("SELECT count(*) FROM ticket WHERE reaches_others").await];
        assert_eq!(shared, i64::try_from(copied.len()).unwrap());
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE author = 'customer' AND public").await, 14);

        // What is for colleagues, or may be, is none of the customer's public words.
        let to_colleagues = [
            json!({"to": "ops@internal.acme.test"}),
            json!({"to": ["ops@internal.acme.test"]}),
            json!({"to": [{"mail": "ops@internal.acme.test"}]}),
            json!({"to": {"ops@internal.acme.test": {}}}),
            json!({"hidden": "True"}),
            json!({"hidden": 1}),
            json!({"hidden": "from all"}),
        ];
        for (nth, message) in (30..).zip(&to_colleagues) {
            world.desk_says(&told(nth, &json!(null), message)).await;
        }
        let public = "SELECT count(*) FROM message WHERE external_id >= 'second3' AND public";
        assert_eq!(world.counts(public).await, 0);

        // Another record is not the customer's, also where both are objects.
        for (nth, by) in (50..).zip([
            json!({"id": "84", "name": "Sam Hill"}),
            json!({"id": "42", "name": "Sam"}),
            json!(["42", "84"]),
        ]) {
            world.desk_says(&told(nth, &json!(null), &json!({ "by": by }))).await;
        }
        let of_ann = "SELECT count(*) FROM message WHERE external_id >= 'second5' AND author <> 'agent'";
        assert_eq!(world.counts(of_ann).await, 0);
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_shared_in_every_spelling_of_yes_and_where_it_is_neither() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        let shared = [
            json!(true),
            json!("true"),
            json!("True"),
            json!("yes"),
            json!(1),
            json!("1"),
            json!(["ben"]),
            json!("with Ben"),
        ];
        let own = [json!(false), json!("false"), json!("No"), json!(0), json!("0"), json!(null), json!("")];
        for (nth, value) in (10..).zip(shared.iter().chain(&own)) {
            world.desk_says(&ticket(nth, &nth.to_string(), &ann(), ANN, &json!({ "shared": value }))).await;
        }
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 15);
        let all = "SELECT count(*) FROM ticket WHERE reaches_others";
        assert_eq!(world.counts(all).await, i64::try_from(shared.len()).unwrap());
        let first = "SELECT count(*) FROM ticket WHERE reaches_others AND external_id < '18'";
        assert_eq!(world.counts(first).await, i64::try_from(shared.len()).unwrap());
    })
    .await;
}
