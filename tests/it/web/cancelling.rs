//! Cancelling one update asks first, says what follows, and can be taken back.

use serde_json::json;

use super::{filled, session};
use crate::{
    databases,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_one_update_asks_says_what_follows_and_can_be_taken_back() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { hold_minutes: 30, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let held = world.update_that_is("shipped", "held").await;
        let id = held["id"].as_str().unwrap();
        let cookie = session(&world).await;
        let page = async |state: &str| {
            let address = format!("{}/updates?state={state}&id={id}", world.url());
            world.anonymous().get(address).header("cookie", &cookie).send().await.unwrap().text().await.unwrap()
        };
        let asked = page("held").await;
        let form = format!("<form class=\"flow gap\" method=\"post\" action=\"/updates/{id}/cancel\">");
        assert!(asked.contains(&format!("<details><summary>Cancel</summary>{form}")), "one click only asks: {asked}");
        for words in ["Ana Sousa will not be told.", "take that back until the topic moves on"] {
            assert!(asked.contains(words), "{words}: {asked}");
        }
        let sends = async |act: &str| {
            let request = world.anonymous().post(format!("{}/updates/{id}/{act}", world.url()));
            let request = request.header("cookie", &cookie).header("origin", world.url());
            assert_eq!(filled(request, &[]).send().await.unwrap().status(), 303, "{act}");
        };
        sends("cancel").await;
        world.update_that_is("shipped", "cancelled").await;
        let cancelled = page("cancelled").await;
        assert!(cancelled.contains("Tell Ana Sousa after all"), "it stands on a list: {cancelled}");
        sends("restore").await;
        let draft = world.update_that_is("shipped", "draft").await;
        assert_eq!(draft["id"], json!(id), "it waits for a person again");
    })
    .await;
}
