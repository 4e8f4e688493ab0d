//! The first account, an invitation and a sign-in, in a real browser.

use fantoccini::{Client, Locator};
use serde_json::json;

use super::{WIDER_THAN_THE_SCREEN, driver, picture, sign_in};
use crate::{databases, people::PASSWORD, world::World};

/// Types into a field.
async fn types(window: &Client, id: &str, text: &str) {
    window.find(Locator::Id(id)).await.unwrap().send_keys(text).await.unwrap();
}

/// Presses the button of a form of the page's own part.
async fn presses(window: &Client, form: &str) {
    window.find(Locator::Css(&format!("{form} button"))).await.unwrap().click().await.unwrap();
}

async fn waits_for(window: &Client, what: &str) {
    window.wait().for_element(Locator::Css(what)).await.unwrap();
}

async fn fits(window: &Client, name: &str) {
    let wide = window.execute(WIDER_THAN_THE_SCREEN, vec![]).await.unwrap();
    assert_eq!(wide, json!([]), "{name} scrolls sideways");
    picture(window, name).await;
}

/// Chooses a password on the page that an invitation leads to.
async fn chooses_a_password(window: &Client) {
    waits_for(window, "#again").await;
    types(window, "password", PASSWORD).await;
    types(window, "again", PASSWORD).await;
    presses(window, "main form").await;
    waits_for(window, ".side").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_invites_somebody_who_signs_in_at_a_desk_and_on_a_phone() {
    let Some(driver) = driver() else { return };
    for (screen, width, dark) in [("desk", 1440, false), ("phone", 390, true)] {
        let database = databases::sqlite();
        let world = World::new(&database.url).await;
        let window = driver.window(dark).await;
        window.set_window_size(width, 900).await.unwrap();
        sign_in(&window, &world).await;
        window.goto(&format!("{}/people", world.url())).await.unwrap();
        fits(&window, &format!("first-account-{screen}")).await;
        types(&window, "name", "Ada Byron").await;
        types(&window, "login", "ada@acme.test").await;
        presses(&window, "form[action='/people']").await;
        fits(&window, &format!("set-password-{screen}")).await;
        chooses_a_password(&window).await;

        window.goto(&format!("{}/people", world.url())).await.unwrap();
        types(&window, "name", "Maya Lindgren").await;
        types(&window, "login", "maya@acme.test").await;
        presses(&window, "form[action='/people']").await;
        waits_for(&window, "#invitation").await;
        let link = window.find(Locator::Id("invitation")).await.unwrap().text().await.unwrap();
        fits(&window, &format!("people-{screen}")).await;
        for (path, name) in [("/audit", "audit"), ("/account", "account")] {
            window.goto(&format!("{}{path}", world.url())).await.unwrap();
            fits(&window, &format!("{name}-{screen}")).await;
        }

        let hers = driver.window(dark).await;
        hers.set_window_size(width, 900).await.unwrap();
        hers.goto(&link).await.unwrap();
        chooses_a_password(&hers).await;
        hers.delete_all_cookies().await.unwrap();
        hers.goto(&format!("{}/topics", world.url())).await.unwrap();
        waits_for(&hers, "#login").await;
        fits(&hers, &format!("sign-in-{screen}")).await;
        types(&hers, "login", "maya@acme.test").await;
        types(&hers, "password", PASSWORD).await;
        presses(&hers, "main form").await;
        waits_for(&hers, ".side").await;
        let page = hers.source().await.unwrap();
        assert!(
            page.contains("Maya Lindgren") && !page.contains("href=\"/people\""),
            "an agent is not offered the team"
        );
        for window in [window, hers] {
            window.close().await.unwrap();
        }
    }
}
