//! Several tickets corrected at once, without a script, and one Undo that takes all of it back and leads to where somebody was.

use reqwest::header;
use serde_json::json;

use super::{a_ticket, filled, session};
use crate::{databases, world::World};

/// Three tickets in one topic, and one of another: the topics, and the three tickets' ids.
async fn three_and_one(world: &World) -> (String, String, Vec<String>) {
    let mut numbers = Vec::new();
    for (name, subject, body) in [
        ("Ana", "Export loses a row", "The export loses its last row."),
        ("Bob", "Month is incomplete", "Thirty days in the file, not thirty-one."),
        ("Cem", "Where is the 31st", "October ends on the 30th in our file."),
        ("Dora", "Dark colours at night", "I would like dark colours at night."),
    ] {
        numbers.push(a_ticket(world, name, subject, body).await);
    }
    for number in &numbers[1..3] {
        world.support_says_they_are_the_same(*number, numbers[0]).await;
    }
    world.rests().await;
    let topic = world.topic_of(numbers[0]).await["id"].as_str().unwrap().to_owned();
    let other = world.topic_of(numbers[3]).await["id"].as_str().unwrap().to_owned();
    let mut ids = Vec::new();
    for number in &numbers[..3] {
        let found = world.get(&format!("/api/v1/tickets?connection=acme&external_id={number}")).await;
        ids.push(found["tickets"][0]["id"].as_str().unwrap().to_owned());
    }
    (topic, other, ids)
}

async fn tickets_of(world: &World, topic: &str) -> i64 {
    world.get(&format!("/api/v1/topics/{topic}")).await["ticket_count"].as_i64().unwrap()
}

/// The value of a hidden field of the form that takes something back.
fn hidden(html: &str, name: &str) -> String {
    let (_, form) = html.split_once("action=\"/undo\"").expect("there is an Undo");
    let (_, field) = form.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    field.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_tickets_are_moved_split_off_or_marked_at_once_and_one_undo_takes_it_back() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (topic, other, ids) = three_and_one(&world).await;
        let cookie = session(&world).await;
        let send = async |path: &str, fields: &[(&str, &str)]| {
            let request = world.anonymous().post(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
            let answer = filled(request, fields).send().await.unwrap();
            let place = answer.headers().get("location").map(|place| place.to_str().unwrap().to_owned());
            (answer.status().as_u16(), place.unwrap_or_default())
        };
        let open = async |path: &str| {
            let request = world.anonymous().get(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        let path = format!("/topics/{topic}/tickets");
        let chosen = [("ticket", ids[0].as_str()), ("ticket", ids[1].as_str())];
        assert_eq!(tickets_of(&world, &topic).await, 3);
        for (act, left) in [("move", 1), ("split", 1), ("not_same", 1)] {
            let mut fields = chosen.to_vec();
            fields.extend([("act", act), ("to", other.as_str())]);
            // To split off takes the right to merge, so it has an address of its own.
            let to = if act == "split" { format!("/topics/{topic}/split") } else { path.clone() };
            let (status, place) = send(&to, &fields).await;
            assert_eq!(status, 303, "{act}");
            world.rests().await;
            assert_eq!(tickets_of(&world, &topic).await, left, "{act}");
            assert_eq!(tickets_of(&world, &other).await, if act == "move" { 3 } else { 1 }, "{act}");
            let html = open(&place).await;
            let undo =
                [("topic", hidden(&html, "topic")), ("since", hidden(&html, "since")), ("at", hidden(&html, "at"))];
            let fields: Vec<(&str, &str)> = undo.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(send("/undo", &fields).await, (303, format!("/topics/{topic}?said=undone")), "{act}");
            world.rests().await;
            assert_eq!(tickets_of(&world, &topic).await, 3, "{act} is taken back whole");
            assert_eq!(tickets_of(&world, &other).await, 1, "{act}");
            assert_eq!(send("/undo", &fields).await.0, 409, "whoever presses it again takes nothing older back");
            assert_eq!(tickets_of(&world, &topic).await, 3, "{act}");
        }
        for (fields, status) in [
            (vec![("act", "move"), ("to", other.as_str())], 409),
            (vec![chosen[0], ("act", "move"), ("to", "")], 409),
            (vec![chosen[0], ("act", "move"), ("to", topic.as_str())], 409),
            (vec![chosen[0], ("act", "dance")], 409),
            (vec![("ticket", "no ticket"), ("act", "not_same")], 404),
        ] {
            assert_eq!(send(&path, &fields).await.0, status, "{fields:?}");
        }
        assert_eq!(tickets_of(&world, &topic).await, 3, "what is refused moves nothing");
    })
    .await;
}

/// Who has no script looks for a topic by sending the form, and the boxes stay ticked.
#[tokio::test(flavor = "multi_thread")]
async fn the_boxes_stay_ticked_while_somebody_looks_for_a_topic() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let (topic, other, ids) = three_and_one(&world).await;
    let cookie = session(&world).await;
    let path = format!("{}/topics/{topic}?ticket={}&ticket={}&find=dark", world.url(), ids[0], ids[2]);
    let html = world.anonymous().get(path).header(header::COOKIE, &cookie).send().await.unwrap().text().await.unwrap();
    let ticked = |id: &str| html.contains(&format!("value=\"{id}\" form=\"several\" checked"));
    assert_eq!([ticked(&ids[0]), ticked(&ids[1]), ticked(&ids[2])], [true, false, true], "{html}");
    assert!(html.contains(&format!("<option value=\"{other}\">")), "and the topic is offered");
}

/// Somebody else's topic of another brand is no place, and a ticket that has left meanwhile moves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_not_there_any_more_moves_none_of_them() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (topic, other, ids) = three_and_one(&world).await;
        world.does(&format!("/api/v1/tickets/{}/move", ids[0]), &json!({ "topic": other })).await;
        let cookie = session(&world).await;
        let request = world.anonymous().post(format!("{}/topics/{topic}/tickets", world.url()));
        let fields =
            [("ticket", ids[0].as_str()), ("ticket", ids[1].as_str()), ("act", "move"), ("to", other.as_str())];
        let answer = filled(request.header(header::COOKIE, &cookie), &fields).send().await.unwrap();
        assert_eq!(answer.status(), 409);
        assert!(answer.text().await.unwrap().contains("Some of the tickets are not in this topic"));
        assert_eq!(tickets_of(&world, &topic).await, 2);
    })
    .await;
}
