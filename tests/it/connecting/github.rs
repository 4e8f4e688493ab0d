//! `heard connect github` with an App, as an operator meets it.

use std::fs;

use serde_json::{Value, json};
use simulator::Failure;

use super::workshop::{
    APP_KEY, CONVERSION, Workshop, form, mode, no_secret, origin, posts, presses, registers, said, text, wrong,
};
use crate::world::browserless;

#[tokio::test(flavor = "multi_thread")]
async fn one_click_registers_an_app_and_an_issues_webhook_is_taken() {
    let shop = Workshop::new();
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    let page = running.page().await;
    let shown = running.said();
    assert!(
        shown.contains("To do: register the App \"Heard for acme\" at") && shown.contains("for acme, by one click"),
        "{shown}"
    );
    assert!(shown.contains("It is allowed issues: write, contents: read"), "{shown}");
    let shows = registers(&page).await;
    assert!(
        shows.contains("The App is registered") && shows.contains("/apps/heard-for-acme/installations/new"),
        "{shows}"
    );
    running.says("To do by you: install the App").await;
    assert_eq!(shop.github.app()["owner"]["login"], "acme");
    shop.github.installs_app(None);
    let (code, said_all) = running.ends().await;
    assert_eq!(code, 0, "{said_all}");
    assert!(said_all.contains("There already: the App reaches acme/product."), "{said_all}");
    assert!(said_all.contains(&format!("Nothing answers at {} yet. Next: `heard serve`", shop.url)), "{said_all}");

    let settings = shop.settings();
    let id = shop.github.app()["id"].to_string();
    for line in [
        format!("app_id = {id}"),
        format!("api_url = \"{}/api/v3\"", shop.github.url()),
        "private_key = \"file:heard-secrets/github-app.pem\"".to_owned(),
        "webhook_secret = \"file:heard-secrets/github-webhook-secret\"".to_owned(),
        "name = \"acme/product\"".to_owned(),
        "admin_token = \"file:heard-secrets/admin-token\"".to_owned(),
    ] {
        assert!(settings.contains(&line), "{line} is not in {settings}");
    }
    no_secret(&settings);
    assert_eq!(mode(&shop.path("heard-secrets")), 0o700);
    for file in ["github-app.pem", "github-webhook-secret"] {
        assert_eq!(mode(&shop.path("heard-secrets").join(file)), 0o600, "{file}");
    }
    let key = fs::read_to_string(shop.path("heard-secrets/github-app.pem")).unwrap();
    assert_eq!(key.trim(), APP_KEY.trim());
    assert!(!shop.path("heard-secrets/github-app-new.json").exists());
    let checked = shop.checked();
    assert!(checked.contains(&format!("The App's webhook goes to {}.", shop.endpoint())), "{checked}");
    assert!(checked.contains("acme/product can be written"), "{checked}");

    // An Enterprise Server has its API below its own address, and its pages beside it.
    let calls = shop.github.faults().calls();
    let beside = |path: &str| path.starts_with("/api/v3/") || path.starts_with("/organizations/acme/settings/apps/new");
    assert!(calls.iter().all(|call| beside(&call.path)), "{calls:?}");

    let _served = shop.serve();
    shop.answers().await;
    shop.github.repository("acme/product").files_issue("Export fails", "It says 500");
    shop.github.hooks().settled().await;
    let log = shop.github.hooks().log();
    let last = log.iter().rev().find(|sent| sent.event == "issues.opened").expect("GitHub told of it");
    assert_eq!(last.attempts.last().unwrap().outcome, Ok(202), "{last:?}");
    let again = said(&shop.connect(&[]));
    assert!(again.contains(&format!("Heard at {} took a signed test delivery", shop.url)), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_run_finds_everything_and_changes_nothing() {
    let shop = Workshop::new();
    shop.connected().await;
    let (settings, writes) = (shop.settings(), shop.writes());
    for more in [&[][..], &["--yes"], &["--dry-run"], &["--repository", "acme/product"]] {
        let again = said(&shop.connect(more));
        assert!(again.contains("There already: the App's webhook goes to"), "{again}");
        assert!(!again.contains("To do"), "{again}");
    }
    // What it needs is in the settings by now.
    assert!(said(&shop.heard(&["connect", "github"]).output().unwrap()).contains("Nothing was changed."));
    assert_eq!((shop.settings(), shop.writes()), (settings, writes));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_brings_another_state_or_another_name_is_refused_and_nothing_is_written() {
    let shop = Workshop::new();
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    let page = running.page().await;
    let http = browserless();
    for query in ["code=a&state=guessed", "code=a", "state=guessed", ""] {
        let answer = http.get(format!("{}/back?{query}", origin(&page))).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{query}");
    }
    // Whoever else uses this machine sees that something listens, and does not see the terminal (mozilla-ai/cq#348).
    for path in ["", "/", "/index.html"] {
        let seen = http.get(format!("{}{path}", origin(&page))).send().await.unwrap();
        assert_eq!(seen.status(), 404, "{path}");
        assert!(!seen.text().await.unwrap().contains("manifest"), "{path}");
    }
    let elsewhere = http.get(&page).header("host", "evil.test").send().await.unwrap();
    assert_eq!(elsewhere.status(), 421);
    assert!(!elsewhere.text().await.unwrap().contains("state"));
    let shown = http.get(&page).send().await.unwrap();
    let policy = shown.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains(&format!("form-action {};", shop.github.url())), "{policy}");
    assert_eq!(shop.github.faults().count(CONVERSION), 0);
    assert!(!shop.path("heard.toml").exists() && !shop.path("heard-secrets/github-app.pem").exists());
}

/// Somebody who has the state all the same brings an App of their own.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_belongs_to_somebody_else_is_not_kept() {
    let shop = Workshop::new();
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    let page = running.page().await;
    let (action, manifest) = form(&page).await;
    let state = action.split("state=").nth(1).unwrap();
    // Registered with their own account in place of acme.
    let own = format!("{}/settings/apps/new?state={state}", shop.github.url());
    let back = posts(&own, &manifest).await.headers()["location"].to_str().unwrap().to_owned();
    let shows = browserless().get(back).send().await.unwrap().text().await.unwrap();
    assert!(shows.contains("and not to acme. It was not kept"), "{shows}");
    assert!(!shop.path("heard.toml").exists() && !shop.path("heard-secrets/github-app.pem").exists());
    assert!(registers(&page).await.contains("The App is registered"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_used_brings_nothing_and_a_person_begins_again() {
    let shop = Workshop::new();
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    let page = running.page().await;
    let back = presses(&page).await.unwrap();
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let convert = format!("{}/api/v3/app-manifests/{code}/conversions", shop.github.url());
    assert_eq!(browserless().post(convert).send().await.unwrap().status(), 201);
    let shows = browserless().get(&back).send().await.unwrap().text().await.unwrap();
    assert!(shows.contains("it was used, or is older than an hour"), "{shows}");
    assert!(!shop.path("heard.toml").exists());
    assert!(registers(&page).await.contains("The App is registered"));
    running.says("To do by you: install the App").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_refused_once_is_tried_again_and_a_lost_answer_is_said() {
    let shop = Workshop::new();
    shop.github.faults().next(1, CONVERSION, Failure::Status(401));
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    assert!(registers(&running.page().await).await.contains("The App is registered"));
    drop(running);

    let shop = Workshop::new();
    shop.github.faults().next(1, CONVERSION, Failure::ResponseLost);
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    let shows = registers(&running.page().await).await;
    assert!(shows.contains("its key did not arrive: ") && shows.contains("/settings/apps, and begin again"), "{shows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_after_the_key_came_is_finished_by_the_next() {
    let shop = Workshop::new();
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    registers(&running.page().await).await;
    running.says("To do by you: install the App").await;
    drop(running);
    shop.github.installs_app(None);
    let next = said(&shop.connect(&["--yes"]));
    assert!(next.contains("There already: the App reaches acme/product."), "{next}");
    assert_eq!(shop.github.faults().count(CONVERSION), 1);

    // In between: the key has come, and a person is writing in the settings.
    let shop = Workshop::new();
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    let page = running.page().await;
    fs::write(shop.path("heard.toml"), "listen = \n").unwrap();
    registers(&page).await;
    let (code, ended) = running.ends().await;
    assert!(code == 1 && ended.contains("heard.toml is not TOML"), "{ended}");
    assert_eq!(mode(&shop.path("heard-secrets/github-app-new.json")), 0o600);
    fs::write(shop.path("heard.toml"), "listen = \"127.0.0.1:8080\" # ours\n").unwrap();
    shop.github.installs_app(None);
    let next = said(&shop.connect(&["--repository", "acme/product", "--yes"]));
    assert!(next.contains("There already: an App that heard.toml does not name yet"), "{next}");
    assert_eq!(shop.github.faults().count(CONVERSION), 1);
    assert!(shop.settings().starts_with("listen = \"127.0.0.1:8080\" # ours\n"), "{}", shop.settings());
    assert!(!shop.path("heard-secrets/github-app-new.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_the_app_does_not_reach_is_said_and_a_single_one_is_taken() {
    let shop = Workshop::new();
    let running = shop.starts(&["--organization", "acme", "--yes"]);
    registers(&running.page().await).await;
    running.says("To do by you: install the App").await;
    shop.github.installs_app(None);
    let (code, ended) = running.ends().await;
    assert!(
        code == 1 && ended.contains("the App reaches 2 repositories: name the one where issues are filed"),
        "{ended}"
    );
    assert!(ended.contains("acme/docs") && !shop.settings().contains("[[repositories]]"), "{ended}");

    shop.github.installs_app(Some(&["acme/docs"]));
    let sentence = wrong(&shop.connect(&["--repository", "acme/product", "--yes"]));
    assert!(sentence.contains("the App does not reach acme/product: add it to its repositories at"), "{sentence}");
    assert!(sentence.contains("; it reaches acme/docs. Nothing was written"), "{sentence}");
    let sentence = wrong(&shop.connect(&["--repository", "other/product", "--yes"]));
    assert!(sentence.contains("it is not installed with other"), "{sentence}");
    assert!(!shop.settings().contains("[[repositories]]"), "{}", shop.settings());
    let only = said(&shop.connect(&["--yes"]));
    assert!(only.contains("    name = \"acme/docs\"") && shop.settings().contains("name = \"acme/docs\""), "{only}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_person_can_do_is_said_with_the_page_for_it() {
    let shop = Workshop::new();
    shop.connected().await;
    let settings = shop.settings();
    shop.github.installation_lacks("contents");
    let sentence = wrong(&shop.connect(&[]));
    assert!(sentence.contains("contents: read is not accepted yet in acme: accept it at"), "{sentence}");
    shop.github.app_lacks("deployments", "deployment_status");
    let sentence = wrong(&shop.connect(&[]));
    let page = format!("{}/organizations/acme/settings/apps/heard-for-acme/permissions", shop.github.url());
    assert!(
        sentence.contains(&format!("deployments: read, to see what was deployed: grant it at {page}")),
        "{sentence}"
    );
    assert!(sentence.contains("the App is not told of deployment_status: subscribe it at"), "{sentence}");
    let checked = shop.heard(&["check"]).env("HEARD_GROUPING_MODEL", "none").output().unwrap();
    let checked = text(&checked.stdout);
    assert!(checked.contains("the App needs deployments: read"), "{checked}");
    assert!(checked.contains("The App is not told of deployment_status"), "{checked}");
    shop.github.suspend_installation(true);
    let sentence = wrong(&shop.connect(&[]));
    assert!(
        sentence.contains("the App is suspended in acme, and does nothing there until its owner resumes it"),
        "{sentence}"
    );
    assert_eq!(shop.settings(), settings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_goes_elsewhere_is_mended() {
    let shop = Workshop::new();
    shop.connected().await;
    shop.github.send_webhooks_to("https://old.test/hooks/github");
    let shown = said(&shop.connect(&["--dry-run"]));
    assert!(shown.contains("To do: let the App's webhook send JSON to"), "{shown}");
    assert_eq!(shop.connect(&[]).status.code(), Some(2), "nobody was asked");
    said(&shop.connect(&["--yes"]));
    assert_eq!(shop.github.webhook_address(), Some(shop.endpoint()));
    let _served = shop.serve();
    shop.answers().await;
    assert!(said(&shop.connect(&[])).contains("took a signed test delivery"), "the secret is the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_where_nobody_agreed() {
    let shop = Workshop::new();
    let shown = said(&shop.connect(&["--repository", "acme/product", "--dry-run"]));
    assert!(shown.contains("To do: register the App") && shown.contains("Nothing was done"), "{shown}");
    let nobody = shop.connect(&["--repository", "acme/product"]);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(text(&nobody.stderr).contains("--yes"), "{}", text(&nobody.stderr));
    assert_eq!(shop.writes(), 0);
    assert_eq!(fs::read_dir(shop.folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_said_by_github_and_nobody_comes_back() {
    let shop = Workshop::new();
    shop.github.has_an_app_called("Heard for acme");
    let running = shop.starts(&["--repository", "acme/product", "--yes"]);
    let page = running.page().await;
    assert_eq!(presses(&page).await, None);
    // On GitHub's page the person chooses another name.
    let (action, manifest) = form(&page).await;
    let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
    manifest["name"] = json!("Heard of acme");
    let answer = posts(&action, &manifest.to_string()).await;
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    let shows = browserless().get(back).send().await.unwrap().text().await.unwrap();
    assert!(shows.contains("/apps/heard-of-acme/installations/new"), "{shows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contradicts_itself_is_said_before_anything_is_asked() {
    let shop = Workshop::new();
    let sentence = wrong(&shop.connect(&["--repository", "acme/product", "--repository", "other/docs"]));
    assert!(sentence.contains("have two owners"), "{sentence}");
    let sentence = wrong(&shop.connect(&["--repository", "acme/product", "--organization", "other"]));
    assert!(sentence.contains("the repositories belong to acme and not to other"), "{sentence}");
    let arguments = ["connect", "github", "--url", "http://github.acme.test", "--public-url", &shop.url];
    assert!(wrong(&shop.heard(&arguments).output().unwrap()).contains("unencrypted: give it as https://"));
    for (option, value) in
        [("--organization", "https://github.com/acme"), ("--listen", "0.0.0.0:4000"), ("--repository", "product")]
    {
        assert_eq!(shop.connect(&[option, value]).status.code(), Some(2), "{option} {value}");
    }
    assert_eq!(shop.github.faults().calls().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_is_taken_out_of_the_account_and_a_person_deletes_it() {
    let shop = Workshop::new();
    assert!(said(&shop.connect(&["--remove"])).contains("names no App: there is nothing to take away"));
    shop.connected().await;
    let settings = shop.settings();
    assert!(said(&shop.connect(&["--remove", "--dry-run"])).contains("To do: take the App Heard for acme out of acme"));
    assert_eq!(shop.connect(&["--remove"]).status.code(), Some(2), "nobody was asked");
    assert!(shop.github.app_is_installed());
    let removed = said(&shop.connect(&["--remove", "--yes"]));
    let page = format!("{}/organizations/acme/settings/apps/heard-for-acme/advanced", shop.github.url());
    assert!(removed.contains(&format!("Only a person can delete the App itself: at {page}")), "{removed}");
    assert!(!shop.github.app_is_installed());
    assert_eq!(shop.settings(), settings);
    assert!(said(&shop.connect(&["--remove", "--yes"])).contains("is installed nowhere"));
}
