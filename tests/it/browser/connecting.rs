//! An App is registered at GitHub from a page, in a real browser: the page's policy lets the form go there, and the way back finds the
//! session.

use fantoccini::Locator;
use serde_json::json;

use super::{WIDER_THAN_THE_SCREEN, clicks, driver, picture};
use crate::{connecting::page::newcomer::Newcomer, databases, world::ADMIN};

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_goes_to_github_and_comes_back_with_the_app() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let office = Newcomer::new(&database.url).await;
    let window = driver.window(false).await;
    window.set_window_size(390, 844).await.unwrap();
    window.goto(&format!("{}/topics", office.url)).await.unwrap();
    window.find(Locator::Id("token")).await.unwrap().send_keys(ADMIN).await.unwrap();
    window.find(Locator::Css("form button")).await.unwrap().click().await.unwrap();
    window.wait().for_element(Locator::Css(".side")).await.unwrap();
    let fits = async |name: &str| {
        let wide = window.execute(WIDER_THAN_THE_SCREEN, vec![]).await.unwrap();
        assert_eq!(wide, json!([]), "{name} scrolls sideways");
        picture(&window, name).await;
    };
    fits("first-steps").await;

    window.goto(&format!("{}/connect/github", office.url)).await.unwrap();
    for (id, text) in [("repositories", "acme/product"), ("url", office.github.url())] {
        window.find(Locator::Id(id)).await.unwrap().send_keys(text).await.unwrap();
    }
    clicks(&window, "main form button").await;
    let to_github = "main form[action^='http'] button";
    window.wait().for_element(Locator::Css(to_github)).await.unwrap();
    fits("connect-plan").await;
    clicks(&window, to_github).await;
    window.wait().for_element(Locator::Id("now")).await.unwrap();
    fits("connect-done").await;
    assert!(office.settings().contains("app_id = "), "{}", office.settings());
    window.close().await.unwrap();
    office.stops().await;
}
