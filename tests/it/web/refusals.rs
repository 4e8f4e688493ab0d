//! What cannot be done, as programs tell it apart.

use serde_json::json;

use super::a_ticket;
use crate::{databases, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn a_program_can_tell_why_something_was_refused() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ann Doe", "CSV export", "A row is missing.").await;
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        for (act, body, why, sentence) in [
            ("merge", json!({ "into": topic }), "already-merged", "Both are the same topic already."),
            ("undo", json!({}), "nothing-to-undo", "There is no decision of a person left to undo."),
            (
                "split",
                json!({ "tickets": [] }),
                "split-out-of-bounds",
                "Name between 1 and 1000 tickets that leave the topic.",
            ),
        ] {
            let (status, problem) = world.post(&format!("/api/v1/topics/{topic}/{act}"), &body).await;
            assert_eq!(status, 409, "{act}: {problem}");
            assert_eq!(problem["type"], format!("urn:heard:problem:refused:{why}"), "{problem}");
            assert_eq!(problem["detail"], sentence, "{problem}");
            let docs =
                world.anonymous().get(format!("{}/docs", world.url())).send().await.unwrap().text().await.unwrap();
            assert!(docs.contains(&format!("<code>{why}</code>")), "{docs}");
        }
    })
    .await;
}
