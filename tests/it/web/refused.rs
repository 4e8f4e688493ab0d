//! A form that is refused stands on its page again, opened, with what was written and with what to do.

use reqwest::header;
use serde_json::json;

use super::{a_ticket, filled, session};
use crate::{databases, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_keeps_what_was_written_and_says_what_to_do_on_its_page() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let number = a_ticket(&world, "Ana", "Export loses a row", "The export loses its last row.").await;
        a_ticket(&world, "Bob", "Dark colours", "I would like dark colours at night.").await;
        let topic = world.topic_of(number).await["id"].as_str().unwrap().to_owned();
        let ticket = world.get("/api/v1/tickets").await["tickets"][0]["id"].as_str().unwrap().to_owned();
        let cookie = session(&world).await;
        let send = async |path: &str, fields: &[(&str, &str)]| {
            let request = world.anonymous().post(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
            let answer = filled(request, fields).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let long = "4.18 ".repeat(40);
        for (path, words, says, field) in [
            (format!("/topics/{topic}/title"), "   ", "Please write something first.", "value=\"   \""),
            (format!("/topics/{topic}/shipped"), long.as_str(), "", long.as_str()),
            (
                format!("/topics/{topic}/merge"),
                topic.as_str(),
                "Both are the same topic already.",
                "name=\"text\" aria-invalid",
            ),
            (format!("/tickets/{ticket}/link_issue"), "my issue", "", "value=\"my issue\""),
        ] {
            let (status, html) = send(&path, &[("text", words)]).await;
            assert_eq!(status, 409, "{path}");
            assert!(html.contains(says) && html.contains(field), "{path}: {html}");
            assert_eq!(html.matches("aria-invalid=\"true\"").count(), 1, "{path}: {html}");
            assert!(html.contains("id=\"refused\" role=\"alert\""), "{path}: {html}");
            assert!(html.contains("Export loses a row"), "it is the page itself: {path}");
        }
        let (status, html) = send(&format!("/topics/{topic}/title"), &[("text", "   ")]).await;
        assert!(status == 409 && html.contains("<details open><summary>Rename</summary>"), "{html}");

        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        let why = [("text", "It would slow every file down.")];
        assert_eq!(send(&format!("/topics/{topic}/decline"), &why).await.0, 303);
        world.rests().await;
        let draft = world.get("/api/v1/updates?state=draft").await["updates"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(send(&format!("/updates/{draft}/cancel"), &[]).await.0, 303);
        let (status, html) = send(&format!("/updates/{draft}/edit"), &[("text", "My careful <words>")]).await;
        assert_eq!(status, 409);
        assert!(html.contains("My careful") && !html.contains("<words>") && html.contains("Try again"), "{html}");
    })
    .await;
}
