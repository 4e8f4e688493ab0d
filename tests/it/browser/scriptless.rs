//! The console in a browser in which no script runs: signing in, reading, escalating, telling, pausing, correcting and taking back.

use fantoccini::{Client, Locator};
use serde_json::Value;

use super::{driver, sign_in};
use crate::{databases, world::World};

/// Clicks, without a script of the test's own: the driver scrolls there itself.
async fn clicks(window: &Client, on: &str) {
    window.wait().for_element(Locator::Css(on)).await.unwrap().click().await.unwrap();
}

async fn counts(world: &World, topic: &str) -> i64 {
    world.get(&format!("/api/v1/topics/{topic}")).await["ticket_count"].as_i64().unwrap()
}

async fn drafts(world: &World) -> Vec<Value> {
    world.updates().await.into_iter().filter(|update| update["state"] == "draft").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_script_one_reads_escalates_tells_pauses_corrects_and_takes_back() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let mut numbers = Vec::new();
    for (name, subject) in [
        ("Ana Sousa", "Export loses its last row"),
        ("Bob Stone", "The month is incomplete in the file"),
        ("Dora Lind", "Dark colours at night"),
    ] {
        let customer = world.helpdesk.customer(name).email(&format!("{}@example.test", name[..3].to_lowercase())).add();
        let ticket = world.helpdesk.ticket_from(customer).subject(subject).body(subject).send();
        world.topic_of(ticket).await;
        numbers.push(ticket);
    }
    world.support_says_they_are_the_same(numbers[1], numbers[0]).await;
    world.rests().await;
    let export = world.topic_of(numbers[0]).await["id"].as_str().unwrap().to_owned();
    let dark = world.topic_of(numbers[2]).await["id"].as_str().unwrap().to_owned();

    let window = driver.scriptless().await;
    window.set_window_size(1440, 900).await.unwrap();
    sign_in(&window, &world).await;
    assert!(window.find_all(Locator::Css("html.keys")).await.unwrap().is_empty(), "the console's script did not run");
    let title = world.topic_of(numbers[0]).await["title"].as_str().unwrap().to_owned();
    window.find(Locator::LinkText(&title)).await.unwrap().click().await.unwrap();
    window.wait().for_element(Locator::Css("form[action$='/escalate'] button")).await.unwrap();
    let read = window.find(Locator::Css("main")).await.unwrap().text().await.unwrap();
    assert!(read.contains("What customers wrote") && read.contains("The month is incomplete in the file"), "{read}");

    // Escalated.
    clicks(&window, "form[action$='/escalate'] button").await;
    world.until("it is escalated", async || world.topic_of(numbers[0]).await["state"] == "escalated").await;
    world.rests().await;

    // Told: a way around, which waits for approval.
    window.goto(&format!("{}/topics/{export}", world.url())).await.unwrap();
    let folded = "//details[.//textarea[@id='workaround']]/summary";
    window.find(Locator::XPath(folded)).await.unwrap().click().await.unwrap();
    let field = window.find(Locator::Id("workaround")).await.unwrap();
    field.send_keys("Export each week by itself.").await.unwrap();
    clicks(&window, "form[action$='/workaround'] button").await;
    world.until("both wait as drafts", async || drafts(&world).await.len() == 2).await;
    window.goto(&format!("{}/updates?state=draft", world.url())).await.unwrap();
    clicks(&window, "form[action$='/approve'] button").await;
    world.until("one is approved", async || drafts(&world).await.len() == 1).await;

    // Paused, and on again.
    clicks(&window, ".side form[action='/pauses'] button").await;
    window.wait().for_element(Locator::Css(".brakes form[action='/pauses/end'] button")).await.unwrap();
    assert_eq!(world.get("/api/v1/pauses").await["pauses"].as_array().unwrap().len(), 1);
    clicks(&window, ".brakes form[action='/pauses/end'] button").await;
    world.until("it goes on", async || world.get("/api/v1/pauses").await["pauses"] == serde_json::json!([])).await;

    // Corrected: one ticket is moved where it does not belong, and back.
    window.goto(&format!("{}/topics/{export}", world.url())).await.unwrap();
    clicks(&window, "input[form='several']").await;
    window.find(Locator::Css("#several input[name='find']")).await.unwrap().send_keys("dark").await.unwrap();
    clicks(&window, "#several button[formmethod='get']").await;
    window.wait().for_element(Locator::Css(&format!("#to option[value='{dark}']"))).await.unwrap();
    clicks(&window, "#several button[value='move']").await;
    window.wait().for_element(Locator::Css(".toast form[action='/undo'] button")).await.unwrap();
    assert_eq!((counts(&world, &export).await, counts(&world, &dark).await), (1, 2));
    clicks(&window, ".toast form[action='/undo'] button").await;
    window.wait().for_url(&format!("{}/topics/{export}?said=undone", world.url()).parse().unwrap()).await.unwrap();
    assert_eq!((counts(&world, &export).await, counts(&world, &dark).await), (2, 1));

    // Out.
    clicks(&window, ".side form[action='/logout'] button").await;
    window.wait().for_element(Locator::Id("token")).await.unwrap();
    window.close().await.unwrap();
}
