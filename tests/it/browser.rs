//! The pages in a real browser: Chromium, driven through chromedriver, where both are installed.
//!
//! Every page is opened at the width of a desk and of a phone, in light and in dark: none may scroll sideways, and none may
//! lead to an address that does not answer. `HEARD_SHOTS=FOLDER` keeps a picture of each.

mod accessible;
mod brake;
mod connecting;
mod daily;
mod keys;
mod people;
mod scriptless;

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use simulator::RepositoryOptions;

use crate::{
    databases,
    world::{ADMIN, Options, World},
};

/// The driver, ended with the test.
struct Driver {
    child: Child,
    url: String,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Driver {
    /// Starts chromedriver, or says why there is none.
    fn start() -> Result<Self, String> {
        let chromium =
            ["chromium", "google-chrome"].into_iter().any(|name| Command::new(name).arg("--version").output().is_ok());
        if !chromium {
            return Err("Chromium is not installed".to_owned());
        }
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver cannot be started: {error}"))?;
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = said.by_ref().map_while(Result::ok).find_map(|line| {
            let port = line.rsplit_once("on port ")?.1.trim_end_matches('.').to_owned();
            line.contains("successfully").then_some(port)
        });
        // Whatever it says later is read and forgotten, so that it never waits for us.
        std::thread::spawn(move || said.for_each(drop));
        let port = port.ok_or("chromedriver did not say its port")?;
        Ok(Self { child, url: format!("http://127.0.0.1:{port}") })
    }

    /// A browser window, dark or light.
    async fn window(&self, dark: bool) -> Client {
        self.window_with(dark, &[]).await
    }

    /// A browser window of a phone of this width. A window of a desk may not become that narrow.
    async fn phone(&self, dark: bool, width: u32) -> Client {
        let metrics = json!({ "width": width, "height": 780, "pixelRatio": 1.0, "touch": false, "mobile": false });
        self.window_with(dark, &[("mobileEmulation", json!({ "deviceMetrics": metrics }))]).await
    }

    /// A browser window in which no page's script runs.
    async fn scriptless(&self) -> Client {
        self.window_with(false, &[("prefs", json!({ "profile.managed_default_content_settings.javascript": 2 }))]).await
    }

    async fn window_with(&self, dark: bool, more: &[(&str, Value)]) -> Client {
        let scheme = u8::from(!dark);
        let args = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--force-device-scale-factor=1".to_owned(),
            format!("--blink-settings=preferredColorScheme={scheme}"),
        ];
        let mut options = json!({ "args": args });
        for (name, value) in more {
            options[*name] = value.clone();
        }
        let Value::Object(capabilities) = json!({ "goog:chromeOptions": options }) else { unreachable!() };
        ClientBuilder::rustls().unwrap().capabilities(capabilities).connect(&self.url).await.unwrap()
    }
}

/// The driver, unless it is missing and may be.
fn driver() -> Option<Driver> {
    match Driver::start() {
        Ok(driver) => Some(driver),
        Err(why) => {
            assert!(!databases::must_have_all(), "a browser is needed here: {why}");
            eprintln!("SKIPPED: the pages were not opened in a browser, because {why}");
            None
        }
    }
}

/// What waits for a review.
const PAID_TWICE: &str = "Overtime is paid twice for nights";

/// What was written, by whom, for whom they write, and what the others of the same topic wrote.
const WRITTEN: &[(&str, &str, &str, u64, &str, &str)] = &[
    (
        "Ben Achterberg",
        "Greenfinch Schools",
        "Business",
        18_000,
        "Timesheet export loses the last day of the month",
        "Every time I export October for our bookkeeper, Saturday the 31st is simply not there. The screen shows it, the file does not. The code is TS-EXP-7.",
    ),
    (
        "Marek Dvořák",
        "Castellan Hotels",
        "Business",
        96_000,
        "Timesheet export loses the last day of the month",
        "Every time I export October, Saturday the 31st is not there. The screen shows it, the file does not. TS-EXP-7.",
    ),
    (
        "Amina Diallo",
        "Mbeki Logistics",
        "Enterprise",
        240_000,
        "Timesheet export loses the last day",
        "Our payroll total is one day short since September: the timesheet export loses the last day of the month. TS-EXP-7 is in the log.",
    ),
    (
        "Wen Jiayi",
        "Castellan Hotels",
        "Business",
        96_000,
        "Export drops the 31st",
        "The csv drops the last day. We run payroll on it, so somebody adds the day by hand for 140 people.",
    ),
    (
        "Priya Raman",
        "Lumen Dental",
        "Team",
        4_800,
        "Only 30 lines for October?",
        "Is it normal that the export has only 30 lines for October?",
    ),
    (
        "Rosa Quispe",
        "Andes Care",
        "Business",
        31_000,
        "Copy a rota to another location",
        "We open a third home in spring. I would love to copy a rota to another location instead of typing it again.",
    ),
    (
        "Tomás Echeverría",
        "Echeverría e Hijos",
        "Team",
        7_200,
        "Copy a rota to another location please",
        "Please let me copy a rota to another location. I do it by hand every Sunday evening.",
    ),
    (
        "Hanne Mikkelsen",
        "Nordlys",
        "Team",
        9_900,
        "How do I change who approves overtime?",
        "Our new manager should approve overtime from Monday. Where do I change who approves overtime?",
    ),
    (
        "Kwame Osei",
        "Osei & Daughters",
        "Business",
        18_000,
        PAID_TWICE,
        "For two of our carers the payslip of October has the overtime twice. Both work from 21:00 to 06:00 and take their break at five to midnight.\n\nIn the app the line reads OT-2 on both dates. We are on 4.17.2.",
    ),
    (
        "Fatima Al-Sayed",
        "Brightwater Clinics",
        "Enterprise",
        171_000,
        "Sign-in loops back to the login page",
        "With single sign-on the page loops back to the login page. It began this morning, for everybody.",
    ),
];

/// An example that has something on every page: a shipped fix that two confirmed, a draft, an open issue.
async fn example(world: &World) -> Value {
    let maya = world.helpdesk.agent("Maya Lindgren");
    let mut tickets = Vec::new();
    for (name, company, plan, revenue, subject, body) in WRITTEN {
        let email = format!("{}@{}.test", name.split(' ').next().unwrap().to_lowercase(), tickets.len());
        let customer = world.helpdesk.customer(name).email(&email).of(company).plan(plan).revenue(*revenue).add();
        let ticket = world.helpdesk.ticket_from(customer).subject(subject).body(body).assigned_to(maya);
        let ticket = if *subject == PAID_TWICE { ticket.tag("payroll").send() } else { ticket.send() };
        world.topic_of(ticket).await;
        tickets.push(ticket);
    }
    let topic = async |ticket: u64| world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    let export = topic(tickets[0]).await;
    for ticket in [&tickets[1], &tickets[3], &tickets[4]] {
        let other = topic(*ticket).await;
        if other != export {
            world.post(&format!("/api/v1/topics/{other}/merge"), &json!({ "into": export })).await;
        }
    }
    let (rota, rota_too) = (topic(tickets[5]).await, topic(tickets[6]).await);
    if rota != rota_too {
        world.post(&format!("/api/v1/topics/{rota_too}/merge"), &json!({ "into": rota })).await;
    }
    world.post(&format!("/api/v1/topics/{export}/escalate"), &json!({})).await;
    world.post(&format!("/api/v1/topics/{}/escalate", topic(tickets[9]).await), &json!({})).await;
    let issue = world
        .until_some("the issue is filed", async || {
            world.get(&format!("/api/v1/topics/{export}")).await["issue"]["number"].as_u64()
        })
        .await;
    let fix = world.an_engineer_merges_the_fix_of(issue);
    world.until("the fix is merged", async || world.topic_of(tickets[0]).await["state"] == "fix_merged").await;
    world.product().release("v4.18.0").at(&fix).publish();
    let mut links = Vec::new();
    for ticket in [tickets[0], tickets[3], tickets[4]] {
        let told = world.told_in(ticket).await;
        let link = told.split_whitespace().find(|word| word.contains("/c/")).unwrap();
        links.push(link.split('?').next().unwrap().trim_matches(|c: char| "<>().,".contains(c)).to_owned());
    }
    world.rests().await;
    let sent = world.get("/api/v1/updates?state=sent").await["updates"].clone();
    let works =
        sent.as_array().unwrap().iter().find(|update| update["text"].as_str().unwrap().contains("Hi Wen")).unwrap();
    let fields =
        [("act", "works"), ("update", works["id"].as_str().unwrap()), ("words", "All 31 days are there. Thank you!")];
    super::web::filled(world.anonymous().post(&links[1]), &fields).send().await.unwrap();
    let cookie = super::web::session(world).await;
    let decline = world.anonymous().post(format!("{}/topics/{}/decline", world.url(), topic(tickets[7]).await));
    let why = [("text", "Only the owner of the account can do this, and we have decided to keep it that way.")];
    super::web::filled(decline.header("cookie", cookie), &why).send().await.unwrap();
    world.rests().await;
    let payroll = topic(tickets[8]).await;
    world.does(&format!("/api/v1/topics/{payroll}/escalate"), &json!({})).await;
    let declined = topic(tickets[7]).await;
    json!({ "topic": export, "rota": rota, "payroll": payroll, "declined": declined, "links": links })
}

/// Every decline waits as a draft, and what is tagged `payroll` goes where a person reviews each issue.
const REVIEWED_ELSEWHERE: &str = r#"
declined = "draft"
[[repositories]]
name = "acme/payroll"
review = true
route = [{ tag = "payroll" }]
"#;

/// The address of a page, and its name.
type Page = (String, &'static str);

async fn pages(world: &World, example: &Value) -> Vec<Page> {
    let ticket = world.get("/api/v1/tickets").await["tickets"][7]["id"].as_str().unwrap().to_owned();
    let link = example["links"][0].as_str().unwrap().trim_start_matches(world.url()).to_owned();
    let topic = |name: &str| format!("/topics/{}", example[name].as_str().unwrap());
    let delivery = world.get("/api/v1/deliveries").await["deliveries"][0]["id"].as_str().unwrap().to_owned();
    vec![
        ("/topics".to_owned(), "topics"),
        (topic("topic"), "topic"),
        (topic("rota"), "topic-new"),
        (topic("payroll"), "topic-in-review"),
        (format!("{}/issue", topic("payroll")), "review"),
        (format!("/tickets/{ticket}"), "ticket"),
        ("/triage".to_owned(), "triage"),
        ("/updates".to_owned(), "updates"),
        ("/updates?state=sent".to_owned(), "updates-sent"),
        ("/health".to_owned(), "health"),
        (format!("/deliveries/{delivery}"), "delivery"),
        ("/search".to_owned(), "search-empty"),
        ("/search?q=export".to_owned(), "search"),
        ("/tickets".to_owned(), "tickets"),
        (format!("{}/customers", topic("topic")), "customers"),
        (format!("{}/recipients?text=4.19.0", topic("rota")), "recipients"),
        (format!("{}/updates/text?milestone=declined", topic("declined")), "updates-text"),
        ("/people".to_owned(), "people-list"),
        ("/account".to_owned(), "account-page"),
        ("/audit".to_owned(), "audit-page"),
        ("/connect".to_owned(), "connect"),
        ("/connect/zendesk".to_owned(), "connect-zendesk"),
        ("/connect/github".to_owned(), "connect-github"),
        ("/topics/unknown".to_owned(), "sorry"),
        ("/docs".to_owned(), "docs"),
        (link.clone(), "own-page"),
        (format!("{link}?answer=still_broken"), "own-page-broken"),
        ("/c/unknown".to_owned(), "own-page-unknown"),
    ]
}

/// What makes a page scroll sideways, if it does.
const WIDER_THAN_THE_SCREEN: &str = "
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > root.clientWidth + 1);
    const outside = wide.filter(one => !one.closest('.scroll')).slice(0, 8).map(one => one.tagName + '.' + one.getAttribute('class'));
    return outside.length ? outside : ['something inside of .scroll'];";

/// Clicks on what is in the middle of the screen by then: on a phone the tabs at the bottom lie over what is below them.
async fn clicks(window: &Client, on: &str) {
    let element = window.wait().for_element(Locator::Css(on)).await.unwrap();
    let into_view = "document.querySelector(arguments[0]).scrollIntoView({block: 'center'})";
    window.execute(into_view, vec![json!(on)]).await.unwrap();
    element.click().await.unwrap();
}

async fn picture(window: &Client, name: &str) {
    if let Some(folder) = std::env::var_os("HEARD_SHOTS").map(PathBuf::from) {
        std::fs::create_dir_all(&folder).unwrap();
        let png = window.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
}

async fn sign_in(window: &Client, world: &World) {
    window.goto(&format!("{}/topics", world.url())).await.unwrap();
    window.find(Locator::Id("token")).await.unwrap().send_keys(ADMIN).await.unwrap();
    window.find(Locator::Css("form button")).await.unwrap().click().await.unwrap();
    window.wait().for_element(Locator::Css(".side")).await.unwrap();
}

/// As the demo's link does it. The token leaves the address, and nothing is sent before the button is pressed.
async fn sign_in_by_link(window: &Client, world: &World) {
    window.goto(&format!("{}/login#token={ADMIN}", world.url())).await.unwrap();
    let button = window.wait().for_element(Locator::Css("form button:focus")).await.unwrap();
    assert_eq!(window.current_url().await.unwrap().as_str(), format!("{}/login", world.url()));
    button.click().await.unwrap();
    window.wait().for_element(Locator::Css(".side")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_every_screen_and_leads_somewhere() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::with(&database.url, Options { tell: REVIEWED_ELSEWHERE, ..Options::default() }).await;
    world.github.add_repository(&RepositoryOptions::private("acme/payroll"));
    let example = example(&world).await;
    let pages = pages(&world, &example).await;
    assert_eq!(accessible::left_out(&pages), Vec::<String>::new(), "pages that no test opens");
    let mut led_to = BTreeMap::new();
    for dark in [false, true] {
        let window = driver.window(dark).await;
        let theme = if dark { "dark" } else { "light" };
        window.set_window_size(1440, 900).await.unwrap();
        window.goto(&format!("{}/login", world.url())).await.unwrap();
        picture(&window, &format!("login-{theme}")).await;
        sign_in(&window, &world).await;
        for (width, height, screen) in [(1440, 900, "desk"), (390, 844, "phone")] {
            window.set_window_size(width, height).await.unwrap();
            for (path, name) in &pages {
                window.goto(&format!("{}{path}", world.url())).await.unwrap();
                let wide = window.execute(WIDER_THAN_THE_SCREEN, vec![]).await.unwrap();
                assert_eq!(wide, json!([]), "{path} scrolls sideways at {width} pixels");
                let links = "return [...document.querySelectorAll(`a[href]:not([href^='#'])`)].map(a => a.href)";
                for link in window.execute(links, vec![]).await.unwrap().as_array().unwrap() {
                    led_to.insert(link.as_str().unwrap().split('#').next().unwrap().to_owned(), path);
                }
                picture(&window, &format!("{name}-{screen}-{theme}")).await;
            }
        }
        window.close().await.unwrap();
    }
    let cookie = super::web::session(&world).await;
    let open = async |address: &str| world.anonymous().get(address).header("cookie", &cookie).send().await.unwrap();
    for (address, page) in led_to.iter().filter(|(address, _)| address.starts_with(world.url())) {
        let status = open(address).await.status();
        if status == 409 {
            // What could be done when the page was shown was done since. Then nothing leads there any more.
            let now = open(&format!("{}{page}", world.url())).await.text().await.unwrap();
            assert!(!now.contains(address.trim_start_matches(world.url())), "{page} leads to {address}: {status}");
            continue;
        }
        assert!(status.is_success() || status.is_redirection(), "{address} answers {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn support_and_a_customer_close_the_loop_by_clicking() {
    let Some(driver) = driver() else { return };
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let ana = world.helpdesk.customer("Ana Sousa").email("ana@lovelace.test").add();
    let subject = "Export loses its last row";
    let ticket = world.helpdesk.ticket_from(ana).subject(subject).body("The export loses its last row.").send();
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    let window = driver.window(false).await;
    sign_in_by_link(&window, &world).await;
    window.find(Locator::LinkText(subject)).await.unwrap().click().await.unwrap();
    window.wait().for_element(Locator::Css("form[action$='/escalate'] button")).await.unwrap().click().await.unwrap();
    window.wait().for_element(Locator::Css(".toast")).await.unwrap();
    let issue = world
        .until_some("the issue is filed", async || {
            world.get(&format!("/api/v1/topics/{topic}")).await["issue"]["number"].as_u64()
        })
        .await;
    let fix = world.an_engineer_merges_the_fix_of(issue);
    world.until("the fix is merged", async || world.topic_of(ticket).await["state"] == "fix_merged").await;
    world.product().release("v2.4.0").at(&fix).publish();
    let told = world.told_in(ticket).await;
    world.rests().await;
    let link = told.split_whitespace().find(|word| word.contains("answer=still_broken")).unwrap();
    let link = link.trim_matches(|c: char| "<>().,".contains(c));

    window.goto(link).await.unwrap();
    let field = window.find(Locator::Css("details[open] textarea")).await.unwrap();
    field.send_keys("The last row is still not there.").await.unwrap();
    window.find(Locator::Css("button[value='still_broken']")).await.unwrap().click().await.unwrap();
    window.wait().for_element(Locator::Css(".thanks")).await.unwrap();
    world.until("the topic is open again", async || world.topic_of(ticket).await["state"] == "escalated").await;
    window.goto(&format!("{}/topics/{topic}", world.url())).await.unwrap();
    let page = window.source().await.unwrap();
    assert!(page.contains("The last row is still not there."), "what the customer said stands on the topic's page");
    window.close().await.unwrap();
}
