//! Daily use in a real browser: the palette, tickets chosen and moved, one Undo, and what was just said, which covers nothing.

use fantoccini::Locator;
use serde_json::{Value, json};

use super::{WIDER_THAN_THE_SCREEN, driver, picture, sign_in};
use crate::{databases, world::World};

const CONTROL: &str = "\u{e009}";
const NULL: &str = "\u{e000}";
const DOWN: &str = "\u{e015}";
const UP: &str = "\u{e013}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

/// Two topics: one of two customers, and one of another.
async fn two_topics(world: &World) -> (String, String) {
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
    let id = async |number: u64| world.topic_of(number).await["id"].as_str().unwrap().to_owned();
    (id(numbers[0]).await, id(numbers[2]).await)
}

async fn tickets_of(world: &World, topic: &str) -> i64 {
    world.get(&format!("/api/v1/topics/{topic}")).await["ticket_count"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn control_k_finds_anything_and_the_arrows_and_enter_open_it() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let (export, _) = two_topics(&world).await;
    let window = driver.window(false).await;
    window.set_window_size(1440, 900).await.unwrap();
    sign_in(&window, &world).await;
    let press = async |keys: &str| window.active_element().await.unwrap().send_keys(keys).await.unwrap();
    let is_open = async || window.execute("return document.getElementById('palette').open", vec![]).await.unwrap();
    window.goto(&format!("{}/health", world.url())).await.unwrap();
    assert_eq!(is_open().await, json!(false));
    press(&format!("{CONTROL}k{NULL}")).await;
    assert_eq!(is_open().await, json!(true));
    press("expo").await;
    window.wait().for_element(Locator::Css("#palette [data-hit]")).await.unwrap();
    picture(&window, "palette-desk").await;
    press(DOWN).await;
    let at = "return document.activeElement.getAttribute('href')";
    assert_eq!(window.execute(at, vec![]).await.unwrap(), json!(format!("/topics/{export}")), "the first is a topic");
    press(DOWN).await;
    let second = window.execute(at, vec![]).await.unwrap();
    assert!(second.as_str().unwrap().starts_with("/tickets/"), "and its ticket follows: {second}");
    press(UP).await;
    press(UP).await;
    assert_eq!(window.execute("return document.activeElement.name", vec![]).await.unwrap(), json!("q"));
    press(ENTER).await;
    window.wait().for_url(&format!("{}/topics/{export}", world.url()).parse().unwrap()).await.unwrap();
    press(&format!("{CONTROL}k{NULL}")).await;
    press(ESCAPE).await;
    assert_eq!(is_open().await, json!(false), "Escape closes it");

    window.set_window_size(390, 844).await.unwrap();
    window.goto(&format!("{}/search?q=export", world.url())).await.unwrap();
    let wide = window.execute(WIDER_THAN_THE_SCREEN, vec![]).await.unwrap();
    assert_eq!(wide, json!([]), "what was found scrolls sideways on a phone");
    picture(&window, "search-phone").await;
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_tickets_are_moved_by_typing_and_undo_is_never_covered() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let (export, dark) = two_topics(&world).await;
    let window = driver.window(false).await;
    window.set_window_size(1440, 900).await.unwrap();
    sign_in(&window, &world).await;
    window.goto(&format!("{}/topics/{export}", world.url())).await.unwrap();
    window.find(Locator::Css("input[form='several']")).await.unwrap().click().await.unwrap();
    window.find(Locator::Css("#several input[name='find']")).await.unwrap().send_keys("dark").await.unwrap();
    window.wait().for_element(Locator::Css(&format!("#to option[value='{dark}']"))).await.unwrap();
    world
        .until("only what has the words is offered", async || {
            let offered =
                window.execute("return document.querySelectorAll('#to option').length", vec![]).await.unwrap();
            offered == json!(1)
        })
        .await;
    picture(&window, "several-desk").await;
    window.find(Locator::Css("#several button[value='move']")).await.unwrap().click().await.unwrap();
    window.wait().for_element(Locator::Css(".toast")).await.unwrap();
    assert_eq!((tickets_of(&world, &export).await, tickets_of(&world, &dark).await), (1, 2));
    let covered = "
        const undos = [...document.querySelectorAll('button')].filter(one => one.textContent.includes('Undo') && one.checkVisibility());
        return undos.filter(undo => {
            undo.scrollIntoView({ block: 'center' });
            const box = undo.getBoundingClientRect();
            const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            return !(there && (there === undo || undo.contains(there)));
        }).map(undo => undo.outerHTML);";
    for (width, height) in [(1440, 900), (390, 844)] {
        window.set_window_size(width, height).await.unwrap();
        let found: Value = window.execute(covered, vec![]).await.unwrap();
        assert_eq!(found, json!([]), "an Undo is covered at {width} pixels");
    }
    window.set_window_size(1440, 900).await.unwrap();
    window.find(Locator::Css(".toast button")).await.unwrap().click().await.unwrap();
    window.wait().for_url(&format!("{}/topics/{export}?said=undone", world.url()).parse().unwrap()).await.unwrap();
    assert_eq!((tickets_of(&world, &export).await, tickets_of(&world, &dark).await), (2, 1));
    // It goes by itself: its end is what a browser that waits would come to.
    let gone = "
        const toast = document.querySelector('.toast');
        toast.getAnimations().forEach(one => one.finish());
        return getComputedStyle(toast).visibility;";
    assert_eq!(window.execute(gone, vec![]).await.unwrap(), json!("hidden"));
    window.close().await.unwrap();
}
