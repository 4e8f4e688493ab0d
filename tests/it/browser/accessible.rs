//! What axe finds on the pages: nothing, at the widths of a phone, a tablet and a desk, in light and in dark. And nobody who has
//! signed in is kept from signing out by the width of their screen.
//!
//! axe-core is installed by tests/axe/install. It is asked for what WCAG 2.2 demands at the levels A and AA.

use std::{collections::BTreeSet, path::Path};

use fantoccini::{Client, Locator};
use serde_json::json;
use simulator::RepositoryOptions;

use super::{Page, REVIEWED_ELSEWHERE, WIDER_THAN_THE_SCREEN, driver, example, pages, sign_in};
use crate::{
    databases,
    world::{Options, World},
};

/// The tags of the rules that WCAG demands.
const RULES: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const FINDINGS: &str = "
    const [tags, done] = arguments;
    axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], preload: false }).then(
        (found) => done(found.violations.flatMap((one) => one.nodes.map((node) => one.id + ' ' + node.target.join(' ') + ': ' + node.failureSummary))),
        (error) => done(['axe failed: ' + error]),
    );";
/// The widest that is a phone to the stylesheet is 768.
const PHONES: [u32; 2] = [360, 768];
const DESK: u32 = 1280;

/// The source of axe, unless it is missing and may be.
fn axe() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/node_modules/axe-core/axe.min.js");
    match std::fs::read_to_string(&file) {
        Ok(source) => Some(source),
        Err(error) => {
            assert!(
                !databases::must_have_all(),
                "axe is needed here: {}: {error}; run tests/axe/install",
                file.display()
            );
            eprintln!("SKIPPED: axe did not look at the pages, because tests/axe/install was not run");
            None
        }
    }
}

/// What axe finds on the page that is open.
async fn findings(window: &Client, axe: &str) -> Vec<String> {
    window.execute(axe, vec![]).await.unwrap();
    let found = window.execute_async(FINDINGS, vec![json!(RULES)]).await.unwrap();
    found.as_array().unwrap().iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

/// Opens every page at one width, and says what is wrong there.
async fn looks(window: &Client, world: &World, paths: &[String], axe: &str, width: u32) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    for path in paths {
        window.goto(&format!("{}{path}", world.url())).await.unwrap();
        let real = window.execute("return window.innerWidth", vec![]).await.unwrap();
        assert_eq!(real, json!(width), "the window is as wide as it should be");
        let wide = window.execute(WIDER_THAN_THE_SCREEN, vec![]).await.unwrap();
        if wide != json!([]) {
            wrong.insert(format!("{path} at {width}: scrolls sideways by {wide}"));
        }
        for finding in findings(window, axe).await {
            wrong.insert(format!("{path} at {width}: {finding}"));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_any_page_at_any_width_in_light_and_dark() {
    let (Some(driver), Some(axe)) = (driver(), axe()) else { return };
    let database = databases::sqlite();
    let world = World::with(&database.url, Options { tell: REVIEWED_ELSEWHERE, ..Options::default() }).await;
    world.github.add_repository(&RepositoryOptions::private("acme/payroll"));
    let example = example(&world).await;
    let mut paths: Vec<String> = pages(&world, &example).await.into_iter().map(|(path, _)| path).collect();
    let export = example["topic"].as_str().unwrap();
    paths.push(format!("/topics?said=moved&undoes={export}&since=1&from=/topics"));
    let mut wrong = BTreeSet::new();
    for dark in [false, true] {
        // What is seen in the dark differs in colours only: the desk has all of them. The long run looks at the phones, too.
        let phones = PHONES.into_iter().filter(|_| !dark || std::env::var_os("HEARD_LONG").is_some());
        for width in phones {
            let window = driver.phone(dark, width).await;
            window.goto(&format!("{}/login", world.url())).await.unwrap();
            wrong.extend(findings(&window, &axe).await.into_iter().map(|found| format!("/login at {width}: {found}")));
            sign_in(&window, &world).await;
            wrong.extend(looks(&window, &world, &paths, &axe, width).await);
            window.close().await.unwrap();
        }
        let window = driver.window(dark).await;
        window.set_window_size(DESK, 800).await.unwrap();
        sign_in(&window, &world).await;
        wrong.extend(looks(&window, &world, &paths, &axe, DESK).await);
        window.close().await.unwrap();
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The pages of docs/access.md that are not among these.
pub(super) fn left_out(pages: &[Page]) -> Vec<String> {
    // They answer with a file, or lead elsewhere.
    const NO_PAGES: [&str; 8] = [
        "/",
        "/audit.csv",
        "/audit.json",
        "/connect/github/back",
        "/export/tickets",
        "/export/topics",
        "/export/topics/{id}/customers",
        "/export/updates",
    ];
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/access.md");
    let access = std::fs::read_to_string(document).unwrap();
    let of_console = |line: &&str| line.starts_with("| GET |") && line.contains("a session of the console");
    let routes: Vec<&str> = access.lines().filter(of_console).filter_map(|line| line.split('`').nth(1)).collect();
    assert!(routes.len() > 15, "{routes:?}");
    let fits = |route: &str, path: &str| {
        let parts = |text: &str| text.split('?').next().unwrap().split('/').map(str::to_owned).collect::<Vec<_>>();
        let (route, path) = (parts(route), parts(path));
        route.len() == path.len() && route.iter().zip(&path).all(|(one, other)| one == other || one.starts_with('{'))
    };
    let is_opened = |route: &str| pages.iter().any(|(path, _)| fits(route, path));
    routes.into_iter().filter(|route| !NO_PAGES.contains(route) && !is_opened(route)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_signed_in_can_sign_out_and_pause_at_every_width() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    for width in [360, 768, 900, 1280] {
        let window = if width <= 768 { driver.phone(false, width).await } else { driver.window(false).await };
        if width > 768 {
            window.set_window_size(width, 800).await.unwrap();
        }
        sign_in(&window, &world).await;
        window.goto(&format!("{}/updates", world.url())).await.unwrap();
        let mut can_pause = false;
        for button in window.find_all(Locator::Css("form[action='/pauses'] button")).await.unwrap() {
            can_pause |= button.is_displayed().await.unwrap();
        }
        assert!(can_pause, "there is no brake at {width} pixels");
        window.goto(&format!("{}/topics", world.url())).await.unwrap();
        let mut account = None;
        for link in window.find_all(Locator::Css(".side a[href='/account']")).await.unwrap() {
            if account.is_none() && link.is_displayed().await.unwrap() {
                account = Some(link);
            }
        }
        account.unwrap_or_else(|| panic!("nothing leads to the account at {width} pixels")).click().await.unwrap();
        window
            .wait()
            .for_element(Locator::Css("main form[action='/logout'] button"))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        window.wait().for_element(Locator::Id("token")).await.unwrap();
        window.close().await.unwrap();
    }
}
