//! A distinct word in every input, then every place searched where it must not be: the log at its loudest, the metrics, the
//! health page, the settings, the failures, and for secrets the database and a backup of it. Heard sends no traces anywhere.

use std::{process::Command, sync::Arc};

use reqwest::Client;
use serde_json::json;

use crate::{
    crash::{
        process::Process,
        scene::{PATIENCE, Scene, settings, until, until_some},
    },
    databases,
    story::page_in,
    web::filled,
    world::{ADMIN, Options, World, browserless},
};

/// What customers and agents write, and who they are.
const THEIRS: [&str; 10] = [
    "Canarina",
    "Quetzalbird",
    "robin.wren@aviary.test",
    "subjectfinch",
    "bodysparrow",
    "replystarling",
    "notemagpie",
    "pageheron",
    "brokenostrich",
    "sharedwagtail",
];
/// What is secret.
const PATH_SECRET: &str = "path-secret-nightingale";
const OPTION: &str = "option-secret-kestrel";
const GUESS: &str = "wrong-token-cormorant";
const TYPED: &str = "typed-token-nightjar";

/// A Heard that logs everything.
async fn loud(scene: &Scene, database: &str) -> Process {
    let desk = format!(
        "[[connections]]\nname = \"desk\"\nhelpdesk = \"generic\"\nurl = \"http://127.0.0.1:9\"\n\
         path_secret = {PATH_SECRET:?}\ntoken = {OPTION:?}\n[connections.reply]\npath = \"/tickets/{{ticket}}?apikey={OPTION}\"\n\
         json = {{ body = \"{{text}}\" }}\nheaders = {{ \"x-auth\" = {OPTION:?} }}\n"
    );
    let mut heard = Process::prepare(|listen| {
        let usual = settings((&scene.helpdesk, &scene.github), listen, database, "in_progress = \"silent\"");
        usual.replace("level = \"info\"", "level = \"trace\"").replace("[grouping]", &format!("{desk}[grouping]"))
    });
    scene.helpdesk.send_webhooks_to(&format!("{}/hooks/acme", heard.url));
    scene.github.send_webhooks_to(&format!("{}/hooks/github", heard.url));
    heard.starts().await;
    heard
}

/// A customer's whole way, with a word of its own in each place. Gives the key of the customer's page.
async fn everybody_writes(scene: &Scene, heard: &Process) -> String {
    let desk = &scene.helpdesk;
    let sam = desk.agent("Sam Okafor");
    let customer = desk.customer("Canarina Quetzalbird").email("robin.wren@aviary.test").add();
    let ticket = desk.ticket_from(customer).subject("The subjectfinch export is missing its last row");
    let ticket = ticket.body("My bodysparrow export loses its last row, with sharedwagtail.").assigned_to(sam).send();
    // The word that both have in common stands in the reasons of the decision about the second.
    let like_it = desk.ticket_from(customer).subject("Export and sharedwagtail");
    like_it.body("With sharedwagtail the export loses its last row again.").send();
    desk.agent_notes(sam, ticket, "Looks like the notemagpie again.");
    desk.agent_tags(sam, ticket, "escalate");
    let product = scene.github.repository("acme/product");
    let issue = until_some("there is an issue", || product.issues().first().map(|issue| issue.number)).await;
    let pull_request = product.pull_request("Mend it").fixing(issue).open();
    let fix = product.merge(pull_request, simulator::MergeMethod::Squash).unwrap();
    product.release("v1.0.0").at(&fix).publish();
    until("the customer is told", || !desk.replies_by_heard(ticket).is_empty()).await;
    desk.customer_replies(ticket, "Thank you, says the replystarling.");
    let page = page_in(&desk.replies_by_heard(ticket)[0].plain_body);
    let key = page.rsplit('/').next().unwrap().to_owned();
    say_on(&browserless(), &page).await;
    // Time for what follows of it.
    scene.webhooks_settle().await;
    let (http, base) = (browserless(), &heard.url);
    for path in ["//c/KEY", "/%63/KEY", "/C/KEY", "/./c/KEY", "/x/c/KEY", "/c/KEY/more", "/c/KEY?answer=KEY", "/KEY"] {
        let _ = http.get(format!("{base}{}", path.replace("KEY", &key))).send().await.unwrap();
    }
    key
}

async fn say_on(http: &Client, page: &str) {
    let shown = http.get(page).send().await.unwrap().text().await.unwrap();
    let update = shown.split("name=\"update\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let said = [("update", update), ("act", "still_broken"), ("words", "No, says the pageheron.")];
    let answer = filled(http.post(page), &said).send().await.unwrap();
    assert!(answer.status().as_u16() < 400, "{}", answer.status());
}

/// Strangers, and senders who have an address slightly wrong.
async fn knock_everywhere(heard: &Process) {
    let (http, base) = (browserless(), &heard.url);
    let broken = r#"{"id": "evt-1", "ticket": {"subject": "brokenostrich"#;
    let ticket = json!({"id": "7", "subject": "brokenostrich", "requester": {"name": "brokenostrich"}});
    let unknown = json!({"id": "evt-2", "event": "brokenostrich", "ticket": ticket}).to_string();
    for path in [
        "/hooks/desk/S",
        "//hooks/desk/S",
        "/hooks/desk/S/",
        "/%68ooks/desk/S",
        "/x/hooks/desk/S",
        "/hooks/S/desk",
        "/S",
    ] {
        for body in [broken, &unknown, "\u{0}brokenostrich"] {
            let request = http.post(format!("{base}{}", path.replace('S', PATH_SECRET)));
            request.header("content-type", "application/json").body(body.to_owned()).send().await.unwrap();
        }
    }
    for path in ["/api/v1/topics?q=subjectfinch", "/metrics", "/api/v1/customers/brokenostrich"] {
        http.get(format!("{base}{path}")).bearer_auth(GUESS).send().await.unwrap();
        http.get(format!("{base}{path}")).bearer_auth(ADMIN).send().await.unwrap();
    }
    filled(http.post(format!("{base}/login")), &[("token", GUESS), ("next", "/brokenostrich")]).send().await.unwrap();
    let password = [("login", "brokenostrich@acme.test"), ("password", GUESS)];
    filled(http.post(format!("{base}/login")), &password).send().await.unwrap();
    filled(http.post(format!("{base}/invitation/{GUESS}")), &password).send().await.unwrap();
    let raw = format!("GET /{PATH_SECRET} brokenostrich\r\n{GUESS}\u{0}\r\n\r\n");
    let mut stream = std::net::TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    std::io::Write::write_all(&mut stream, raw.as_bytes()).unwrap();
}

/// An admin types tokens where something is connected, and a browser brings a code.
async fn types_tokens(scene: &Scene, base: &str, cookie: &str) {
    let http = browserless();
    let zendesk = [("url", scene.helpdesk.url()), ("name", "typed"), ("user", "heard@acme.test"), ("public_url", base)];
    let github = [("repositories", "acme/product"), ("public_url", base)];
    for (path, fields) in [("/connect/zendesk/plan", &zendesk[..]), ("/connect/github/plan", &github[..])] {
        let fields = [fields, &[("token", TYPED)]].concat();
        let answer = filled(http.post(format!("{base}{path}")), &fields).header("cookie", cookie).send().await.unwrap();
        assert_eq!(answer.status(), 409, "{path}");
        assert!(!answer.text().await.unwrap().contains(TYPED), "{path}");
    }
    let back = format!("{base}/connect/github/back?code={TYPED}&state={TYPED}");
    let answer = http.get(back).header("cookie", cookie).send().await.unwrap();
    assert_eq!(answer.status(), 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_anybody_is_where_operators_look() {
    databases::for_each(search_everywhere).await;
}

async fn search_everywhere(database: &str) {
    let scene: Arc<Scene> = Scene::new();
    let mut heard = loud(&scene, database).await;
    let key = everybody_writes(&scene, &heard).await;
    knock_everywhere(&heard).await;
    let (http, base) = (browserless(), heard.url.clone());
    let asked = async |path: &str| {
        http.get(format!("{base}{path}")).bearer_auth(ADMIN).send().await.unwrap().text().await.unwrap()
    };
    // What waits to be read is kept as it came.
    let begun = std::time::Instant::now();
    while asked("/api/v1/deliveries?state=received").await.contains("\"id\"") {
        assert!(begun.elapsed() < PATIENCE, "every delivery is read at some time");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let metrics = asked("/metrics").await;
    let deliveries = asked("/api/v1/deliveries").await;
    let signed_in = filled(http.post(format!("{base}/login")), &[("token", ADMIN)]).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let health =
        http.get(format!("{base}/health")).header("cookie", &cookie).send().await.unwrap().text().await.unwrap();
    assert!(health.contains("desk"), "{health}");
    types_tokens(&scene, &base, &cookie).await;
    heard.stops().await;
    let log = std::fs::read_to_string(heard.folder().join("log")).unwrap();
    assert!(log.contains("TRACE") && log.contains("POST"), "it logs everything");
    let config = heard.folder().join("heard.toml");
    let shown = Command::new(env!("CARGO_BIN_EXE_heard")).args(["settings", "--config"]).arg(config).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("connections.desk.reply"), "{shown}");

    let desk = scene.helpdesk.options();
    let hub = scene.github.options();
    let session = cookie.split('=').nth(1).unwrap();
    let secrets = [
        ADMIN,
        &desk.token,
        &desk.webhook_secret,
        &hub.token,
        &hub.webhook_secret,
        PATH_SECRET,
        OPTION,
        GUESS,
        TYPED,
        &key,
        session,
    ];
    let places = [
        ("log", &log),
        ("metrics", &metrics),
        ("deliveries", &deliveries),
        ("health page", &health),
        ("settings", &shown),
    ];
    let mut found = Vec::new();
    for (place, text) in places {
        for word in THEIRS.iter().chain(&secrets) {
            if let Some(line) = text.lines().find(|line| line.contains(*word)) {
                found.push(format!("{word} in the {place}: {}", line.chars().take(400).collect::<String>()));
            }
        }
    }
    for (place, kept) in [("database", databases::files(database)), ("backup", databases::backup(database).await)] {
        for secret in secrets {
            if databases::stands_in(&kept, secret) {
                found.push(format!("{secret} in the {place}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A subject cannot turn round the row it stands in (L5 of the attack: U+202E and U+2066).
#[tokio::test(flavor = "multi_thread")]
async fn a_subject_stays_in_its_place() {
    let database = databases::sqlite();
    let world = World::with(&database.url, Options::default()).await;
    let customer = world.helpdesk.customer("Ana \u{202e}Sousa").add();
    let subject = "Export \u{202e}\u{2066}loses\u{2069} a row \u{202d}now\u{202c}";
    let ticket = world.helpdesk.ticket_from(customer).subject(subject).body("It does, \u{202b}really.").send();
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    let cookie = crate::web::session(&world).await;
    for path in ["/topics".to_owned(), format!("/topics/{topic}"), "/triage".to_owned(), "/updates".to_owned()] {
        let page =
            world.anonymous().get(format!("{}{path}", world.url())).header("cookie", &cookie).send().await.unwrap();
        let page = page.text().await.unwrap();
        assert!(!page.contains(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')), "{path}");
    }
    let listed = world.get("/api/v1/topics").await.to_string();
    assert!(listed.contains("Export"), "{listed}");
}

/// 4,000 characters are what the page's own field takes, in any script.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_pages_field_takes_is_taken() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let complaint = world.an_escalated_complaint().await;
    world.ships(complaint.issue, "v2.4.0");
    let page = page_in(&world.told_in(complaint.ticket).await);
    let shown = world.anonymous().get(&page).send().await.unwrap().text().await.unwrap();
    let update = shown.split("name=\"update\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    for words in ["語".repeat(4_000), "я".repeat(4_000), "\u{1f600}".repeat(2_000), "\r\n".repeat(2_000)] {
        let said = [("update", update), ("act", "still_broken"), ("words", words.as_str())];
        let answer = filled(world.anonymous().post(&page), &said).send().await.unwrap();
        assert!(answer.status().as_u16() < 400, "{} for {:?}", answer.status(), words.chars().next());
    }
}

/// Whatever rights the file had before, such as an empty one made by hand.
#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_reads_the_database() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heard.db");
    for suffix in ["", "-wal", "-shm"] {
        let file = folder.path().join(format!("heard.db{suffix}"));
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let database = heard::store::Database::open(&format!("sqlite:{}", path.display())).await.unwrap();
    heard::store::migrate(&database).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} is {mode:o}", file.file_name());
    }
    database.close().await;
}
