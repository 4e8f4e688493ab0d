//! The brake, pulled and let go in a real browser, at a desk and on a phone.

use fantoccini::{Client, Locator};
use serde_json::json;

use super::{WIDER_THAN_THE_SCREEN, driver, picture, sign_in};
use crate::{databases, world::World};

/// Presses the button that sends a form somewhere, if it is seen.
async fn presses(window: &Client, form: &str) {
    for button in window.find_all(Locator::Css(&format!("form[action='{form}'] button"))).await.unwrap() {
        if button.is_displayed().await.unwrap() {
            button.click().await.unwrap();
            return;
        }
    }
    panic!("no button of {form} is seen");
}

async fn is_paused(world: &World, what: usize) {
    world
        .until("it is so", async || world.get("/api/v1/pauses").await["pauses"].as_array().unwrap().len() == what)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_is_paused_and_goes_on_by_one_click_at_a_desk_and_on_a_phone() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let complaint = world.an_escalated_complaint().await;
    let topic = format!("/topics/{}", complaint.topic);
    for (screen, width, dark, from) in [("desk", 1440, false, "/topics"), ("phone", 390, true, "/updates")] {
        let window = driver.window(dark).await;
        window.set_window_size(width, 900).await.unwrap();
        sign_in(&window, &world).await;
        window.goto(&format!("{}{from}", world.url())).await.unwrap();
        presses(&window, "/pauses").await;
        is_paused(&world, 1).await;
        for (path, name) in [(from, "list"), (topic.as_str(), "topic"), ("/triage", "triage"), ("/health", "health")] {
            window.goto(&format!("{}{path}", world.url())).await.unwrap();
            let said = window.find(Locator::Css(".brakes")).await.unwrap().text().await.unwrap();
            assert!(said.contains("Sending is paused") && said.contains("Nothing goes to customers"), "{path}: {said}");
            let wide = window.execute(WIDER_THAN_THE_SCREEN, vec![]).await.unwrap();
            assert_eq!(wide, json!([]), "{path} scrolls sideways at {width} pixels");
            picture(&window, &format!("paused-{name}-{screen}")).await;
        }
        presses(&window, "/pauses/end").await;
        is_paused(&world, 0).await;
        window.goto(&format!("{}{from}", world.url())).await.unwrap();
        assert!(window.find_all(Locator::Css(".brakes")).await.unwrap().is_empty());
        picture(&window, &format!("sending-{screen}")).await;
        window.close().await.unwrap();
    }
}
