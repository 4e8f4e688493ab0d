//! For which kind of topic a message was written is said beside it, and can be put right there.

use heard::store::Session;
use serde_json::{Value, json};

use crate::{
    databases,
    story::Complaint,
    web::{filled, session},
    world::{Options, World},
};

async fn a_draft(database: &str) -> (World, Complaint, Value) {
    let world = World::with(database, Options { tell: "shipped = \"draft\"\n", ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    world.ships(complaint.issue, "v2.4.0");
    let draft = world.update_that_is("shipped", "draft").await;
    world.settles().await;
    (world, complaint, draft)
}

async fn reads(world: &World, cookie: &str, path: &str) -> String {
    let request = world.anonymous().get(format!("{}{path}", world.url())).header("cookie", cookie);
    request.send().await.unwrap().text().await.unwrap()
}

/// Says of a topic which kind it is, beside an update. Where that leads.
async fn says(world: &World, cookie: &str, (topic, update): (&str, &str), kind: &str) -> String {
    let request = world.anonymous().post(format!("{}/topics/{topic}/kind", world.url())).header("cookie", cookie);
    let answer = filled(request, &[("text", kind), ("update", update)]).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_says_for_which_kind_it_was_written_and_is_written_again_for_another() {
    databases::for_each(async |database| {
        let (world, complaint, draft) = a_draft(database).await;
        let id = draft["id"].as_str().unwrap();
        let cookie = session(&world).await;
        let path = format!("/updates?topic={}&id={id}", complaint.topic);
        let page = reads(&world, &cookie, &path).await;
        assert!(page.contains("Written as for a bug."), "{page}");
        assert!(draft["text"].as_str().unwrap().contains("That is fixed."), "{draft:#}");
        let led = says(&world, &cookie, (&complaint.topic, id), "feature_request").await;
        assert_eq!(led, format!("{path}&said=kind"));
        let draft = world.update_that_is("shipped", "draft").await;
        let text = draft["text"].as_str().unwrap();
        assert!(text.contains("That is there now.") && !text.contains("That is fixed."), "{text}");
        let page = reads(&world, &cookie, &path).await;
        assert!(page.contains("Written as for a feature request."), "{page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_wrote_stays_when_the_kind_is_set() {
    databases::for_each(async |database| {
        let (world, complaint, draft) = a_draft(database).await;
        let id = draft["id"].as_str().unwrap();
        let cookie = session(&world).await;
        let words = "Hi Ana,\n\nyour file is whole again.";
        world.does(&format!("/api/v1/updates/{id}/edit"), &json!({ "text": words })).await;
        says(&world, &cookie, (&complaint.topic, id), "question").await;
        let draft = world.update_that_is("shipped", "draft").await;
        assert!(draft["text"].as_str().unwrap().contains("your file is whole again."), "{draft:#}");
        let page = reads(&world, &cookie, &format!("/updates?topic={}&id={id}", complaint.topic)).await;
        assert!(!page.contains("Written as for"), "a person wrote it: {page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_that_its_words_fit_both_where_the_kind_is_not_sure() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let mut tx = world.app().database.begin().await.unwrap();
        assert_eq!(tx.query("UPDATE topic SET kind_is_sure = FALSE").execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        let cookie = session(&world).await;
        let page = reads(&world, &cookie, &format!("/topics/{}/recipients?text=9.9.9", complaint.topic)).await;
        assert!(page.contains("fits a bug and a wish alike, because it is not sure that this is a bug"), "{page}");
        assert!(page.contains("We have changed something about it"), "{page}");
        let page = reads(&world, &cookie, &format!("/topics/{}", complaint.topic)).await;
        assert!(page.contains("not sure</span>"), "{page}");
    })
    .await;
}
