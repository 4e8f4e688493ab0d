//! One text for all, and quiet hours, where the helpdesk is any that sends JSON.

use heard::base::clock::{Clock, Time};
use serde_json::json;

use super::{ANN, ann, connection, server::Desk, ticket};
use crate::{
    databases,
    world::{Options, World},
};

/// A text for all that greets each by name is not sent to several before a person has seen it (G6, nothing private leaves).
#[tokio::test(flavor = "multi_thread")]
async fn a_text_for_all_waits_where_others_begin_to_read_the_ticket() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = connection(&desk).replace("shipped = \"send\"", "shipped = \"draft\"");
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        world.ships(issue, "v2.4.0");
        let draft = world.update_that_is("shipped", "draft").await;
        world.settles().await;
        let text = "{% if name %}{{ name }}, all{% else %}All{% endif %} is well.\n\n=> {{ works_url }} Yes\n=> {{ still_broken_url }} No";
        let body = json!({ "milestone": "shipped", "language": "en", "text": text });
        let path = format!("/api/v1/topics/{}/updates/text", draft["topic"].as_str().unwrap());
        let preview = world.does(&format!("{path}/preview"), &body).await;
        assert!(preview["recipients"][0]["text"].as_str().unwrap().contains("Ann, all is well."), "{preview:#}");
        let mut kept = body.clone();
        kept["seen"] = preview["seen"].clone();
        assert_eq!(world.does(&path, &kept).await["done"], 1);
        world.desk_says(&ticket(4, "7", &ann(), ANN, &json!({ "shared": true }))).await;
        world.approves(&draft).await;
        let address = format!("/api/v1/updates/{}", draft["id"].as_str().unwrap());
        let waiting = world
            .until_some("it waits with its reason", async || {
                let now = world.get(&address).await;
                let says_why = now["reason"].as_str().unwrap_or_default().contains("Others read");
                (now["state"] == "draft" && says_why).then_some(now)
            })
            .await;
        assert!(!waiting["text"].as_str().unwrap().contains("Ann"), "{waiting:#}");
        assert!(desk.replies().is_empty());
        // Written once more while they read along, it has no name in it from the beginning.
        let preview = world.does(&format!("{path}/preview"), &body).await;
        let read = preview["recipients"][0]["text"].as_str().unwrap();
        assert!(read.contains("All is well.") && !read.contains("Ann") && !read.contains("/c/"), "{read}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_are_where_the_customer_is_as_a_delivery_says() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let clock = Clock::at(Time::parse("2026-11-23T12:00:00Z").unwrap());
        let tell = format!("quiet_hours = \"20:00-22:00\"\n{}", connection(&desk));
        let world = World::with(database, Options { tell: &tell, clock, ..Options::default() }).await;
        let mut ann = ann();
        ann["time_zone"] = json!("Asia/Tokyo");
        world.desk_says(&ticket(1, "7", &ann, ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        world.ships(issue, "v2.4.0");
        let held = world
            .until_some("it is held", async || {
                let held = world.update_that_is("shipped", "held").await;
                held["reason"].is_string().then_some(held)
            })
            .await;
        assert_eq!(held["due_at"], "2026-11-23T13:00:00Z", "22:00 in Tokyo: {held:#}");
        let known = world.get("/api/v1/customers?email=ann@acme.test").await;
        assert_eq!(known["customers"][0]["time_zone"], "Asia/Tokyo");
        assert!(desk.replies().is_empty());
    })
    .await;
}
