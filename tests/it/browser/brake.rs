//! The brake, pulled and let go in a real browser, at a desk and on a phone.

use std::time::Duration;

use fantoccini::{Client, Locator};
use serde_json::json;

use super::{WIDER_THAN_THE_SCREEN, clicks, driver, picture, sign_in};
use crate::{
    databases,
    world::{Options, World},
};

/// Presses the button that sends a form somewhere, where it is seen. A page that is still on its way is waited for.
async fn presses(window: &Client, form: &str) {
    for _ in 0..300 {
        for button in window.find_all(Locator::Css(&format!("form[action='{form}'] button"))).await.unwrap_or_default()
        {
            if button.is_displayed().await.unwrap_or_default() && button.click().await.is_ok() {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no button of {form} is seen");
}

/// Waits until it is so, and until the page that the button led to says it.
async fn is_paused(world: &World, window: &Client, what: usize) {
    world
        .until("it is so", async || {
            let said = window.find_all(Locator::Css(".brakes")).await.map(|said| said.len());
            world.get("/api/v1/pauses").await["pauses"].as_array().unwrap().len() == what
                && said.is_ok_and(|said| said == what)
        })
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
        is_paused(&world, &window, 1).await;
        for (path, name) in [(from, "list"), (topic.as_str(), "topic"), ("/triage", "triage"), ("/health", "health")] {
            window.goto(&format!("{}{path}", world.url())).await.unwrap();
            let said = window.find(Locator::Css(".brakes")).await.unwrap().text().await.unwrap();
            assert!(said.contains("Sending is paused") && said.contains("Nothing goes to customers"), "{path}: {said}");
            let wide = window.execute(WIDER_THAN_THE_SCREEN, vec![]).await.unwrap();
            assert_eq!(wide, json!([]), "{path} scrolls sideways at {width} pixels");
            picture(&window, &format!("paused-{name}-{screen}")).await;
        }
        presses(&window, "/pauses/end").await;
        is_paused(&world, &window, 0).await;
        window.goto(&format!("{}{from}", world.url())).await.unwrap();
        assert!(window.find_all(Locator::Css(".brakes")).await.unwrap().is_empty());
        picture(&window, &format!("sending-{screen}")).await;
        window.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_step_are_held_and_written_to_by_clicks_at_a_desk_and_on_a_phone() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::with(&database.url, Options { hold_minutes: 30, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    let (_, bobs) = world.complains("Bob Stone");
    world.support_says_they_are_the_same(bobs, complaint.ticket).await;
    world.settles().await;
    world.ships(complaint.issue, "v2.4.0");
    let held = async || {
        let all = world.updates().await.into_iter();
        all.filter(|one| one["state"] == "held").collect::<Vec<_>>()
    };
    world.until("both are held", async || held().await.len() == 2).await;
    let fits = async |window: &Client, name: &str| {
        let wide = window.execute(WIDER_THAN_THE_SCREEN, vec![]).await.unwrap();
        assert_eq!(wide, json!([]), "{name} scrolls sideways");
        picture(window, name).await;
    };
    let mut edited = 0;
    for (screen, width, dark) in [("desk", 1440, false), ("phone", 390, true)] {
        let window = driver.window(dark).await;
        window.set_window_size(width, 900).await.unwrap();
        sign_in(&window, &world).await;
        window.goto(&format!("{}/updates?topic={}", world.url(), complaint.topic)).await.unwrap();
        fits(&window, &format!("step-{screen}")).await;
        for summary in window.find_all(Locator::Css(".tools details > summary")).await.unwrap() {
            summary.click().await.unwrap();
        }
        fits(&window, &format!("step-open-{screen}")).await;
        window.find(Locator::Css(".tools button[value='hour']")).await.unwrap().click().await.unwrap();
        world.until("a person holds both", async || held().await.iter().all(|one| one["held_by"] == "admin")).await;
        window.goto(&format!("{}/updates?topic={}", world.url(), complaint.topic)).await.unwrap();
        fits(&window, &format!("step-held-{screen}")).await;
        window.find(Locator::Css("a[href*='/updates/text']")).await.unwrap().click().await.unwrap();
        window.wait().for_element(Locator::Id("text")).await.unwrap();
        fits(&window, &format!("text-{screen}")).await;
        clicks(&window, "form[action$='/preview'] button").await;
        window.wait().for_element(Locator::Css("button[formaction]")).await.unwrap();
        fits(&window, &format!("text-seen-{screen}")).await;
        clicks(&window, "button[formaction]").await;
        edited += 2;
        let count = "SELECT count(*) FROM audit WHERE action = 'edit_all'";
        world.until("both have the text", async || world.counts(count).await == edited).await;
        window.close().await.unwrap();
    }
}
