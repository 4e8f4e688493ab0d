//! Connecting on the console's pages, as an admin meets it who has no shell: a running Heard that is connected with nothing yet, a
//! simulated Zendesk and a simulated GitHub, on both databases.

pub mod newcomer;

use std::fs;

use heard::model::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use simulator::{Github, GithubOptions};

use self::newcomer::{Newcomer, micros, registration, value};
use super::workshop::{APP_KEY, CONVERSION, TOKEN, mode, no_secret as no_secret_of_github, posts};
use crate::databases;

/// The token of the simulated Zendesk.
const ZENDESK_TOKEN: &str = "zendesk-token";

#[tokio::test(flavor = "multi_thread")]
async fn zendesk_is_connected_on_a_page_and_a_ticket_is_heard_after_the_restart() {
    databases::for_each(async |database| {
        let mut office = Newcomer::new(database).await;
        let before = office.settings();
        let shown = office.sends("/connect/zendesk/plan", &office.zendesk()).await;
        assert!(shown.contains("make the webhook") && shown.contains("heard-secrets/acme-token"), "{shown}");
        assert!(shown.contains("file:heard-secrets/acme-webhook-secret"), "{shown}");
        assert_eq!((office.settings(), office.writes_at_zendesk()), (before.clone(), 0), "nothing was done yet");

        let plan = value(&shown, "name=\"plan\" value=\"");
        let done = office.sends("/connect/zendesk/do", &[("plan", &plan)]).await;
        for sentence in ["Start Heard again", "Signed in as", "Its webhook is set up.", "to a signed test delivery"] {
            assert!(done.contains(sentence), "{sentence}: {done}");
        }
        let after = office.settings();
        assert!(after.starts_with(before.trim_end()), "comments and order stay: {after}");
        assert!(after.contains("token = \"file:heard-secrets/acme-token\""), "{after}");
        assert_eq!(mode(&office.path("heard-secrets")), 0o700);
        for file in ["acme-token", "acme-webhook-secret"] {
            assert_eq!(mode(&office.path("heard-secrets").join(file)), 0o600, "{file}");
        }
        let acts = office.asks("/api/v1/audit").await.to_string();
        assert!(acts.contains("\"connect\"") && acts.contains("\"acme\""), "{acts}");
        for text in [&shown, &done, &after, &acts] {
            assert!(
                !text.contains(ZENDESK_TOKEN) && !text.contains("zendesk-webhook-secret"),
                "a secret is shown: {text}"
            );
        }
        let (status, again) = office.answers_to("/connect/zendesk/do", &[("plan", &plan)]).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(again.contains("this was done already"), "{again}");
        assert!(office.opens("/connect").await.contains("written; start Heard again"));

        office.starts_again().await;
        office.hears_of_a_ticket().await;
        let page = office.opens("/connect").await;
        assert!(page.contains("connected") && !page.contains("written; start Heard again"), "{page}");
        // What is there already is found, with the token of the settings.
        let mut form = office.zendesk();
        form.retain(|(name, _)| *name != "token");
        let found = office.sends("/connect/zendesk/plan", &form).await;
        assert!(found.contains("Everything is there already"), "{found}");
        office.stops().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_registered_at_github_and_the_way_back_counts_for_the_session_that_set_out() {
    databases::for_each(async |database| {
        let mut office = Newcomer::new(database).await;
        let answer = office.posts("/connect/github/plan", &office.github()).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains(&format!("; form-action 'self' {};", office.github.url())), "{policy}");
        let shown = answer.text().await.unwrap();
        assert!(shown.contains("It is allowed issues: write, contents: read"), "{shown}");
        let (action, manifest) = registration(&shown);
        assert!(action.starts_with(&format!("{}/organizations/acme/settings/apps/new?state=", office.github.url())));
        let state = action.split("state=").nth(1).unwrap().to_owned();

        // Another state, none, and another admin's session bring nothing, and take nothing away.
        for query in ["code=a&state=guessed", "code=a", "state=guessed", ""] {
            let back = office.opening(&office.cookie, &format!("/connect/github/back?{query}")).await;
            assert_eq!(back.status(), StatusCode::CONFLICT, "{query}");
        }
        let other = office.joins("Olga Other", Role::Admin).await;
        let stolen = office.opening(&other, &format!("/connect/github/back?code=a&state={state}")).await;
        assert_eq!(stolen.status(), StatusCode::CONFLICT);
        let nobody = office.opening("", &format!("/connect/github/back?code=a&state={state}")).await;
        assert_eq!(nobody.status(), StatusCode::SEE_OTHER);
        assert_eq!(office.github.faults().count(CONVERSION), 0);
        assert!(!office.settings().contains("[github]"));

        let back = posts(&action, &manifest).await.headers()["location"].to_str().unwrap().to_owned();
        let back = back.strip_prefix(&office.url).expect("GitHub leads back to Heard").to_owned();
        let done = office.opens(&back).await;
        assert!(done.contains("/apps/heard-for-acme/installations/new"), "{done}");
        assert!(done.contains("Start Heard again") && done.contains("Install the App now"), "{done}");
        no_secret_of_github(&done);
        let settings = office.settings();
        let id = office.github.app()["id"].to_string();
        assert!(
            settings.contains(&format!("app_id = {id}")) && settings.contains("name = \"acme/product\""),
            "{settings}"
        );
        no_secret_of_github(&settings);
        let key = office.path("heard-secrets/github-app.pem");
        assert_eq!((mode(&key), fs::read_to_string(&key).unwrap().trim()), (0o600, APP_KEY.trim()));
        assert!(!office.path("heard-secrets/github-app-new.json").exists());
        let twice = office.opening(&office.cookie, &back).await;
        assert_eq!(twice.status(), StatusCode::CONFLICT, "the state was used");
        assert_eq!(office.github.faults().count(CONVERSION), 1);
        assert!(office.asks("/api/v1/audit").await.to_string().contains("\"connect\""));

        office.github.installs_app(None);
        let found = office.sends("/connect/github/plan", &office.github()).await;
        assert!(
            found.contains("the App reaches acme/product") && found.contains("Everything is there already"),
            "{found}"
        );
        office.starts_again().await;
        office.hears_of_an_issue().await;
        office.stops().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_typed_once_and_makes_the_webhooks() {
    databases::for_each(async |database| {
        let mut office = Newcomer::new(database).await;
        let mut form = office.github();
        form.push(("token", TOKEN.to_owned()));
        let shown = office.sends("/connect/github/plan", &form).await;
        assert!(shown.contains("make a webhook in acme/product"), "{shown}");
        let plan = value(&shown, "name=\"plan\" value=\"");
        let done = office.sends("/connect/github/do", &[("plan", &plan)]).await;
        assert!(done.contains("acme/product can be written"), "{done}");
        for text in [&shown, &done, &office.settings()] {
            no_secret_of_github(text);
        }
        let made = office.github.webhooks_of("acme/product");
        assert_eq!((made.len(), &made[0]["config"]["url"]), (1, &json!(format!("{}/hooks/github", office.url))));
        let kept = fs::read_to_string(office.path("heard-secrets/github-token")).unwrap();
        assert_eq!(kept.trim(), TOKEN);

        // What the settings have for this GitHub goes to no other.
        office.starts_again().await;
        let elsewhere = Github::start(GithubOptions::new(micros())).unwrap();
        let mut form = office.github();
        form.retain(|(name, _)| *name != "url");
        form.push(("url", elsewhere.url().to_owned()));
        for token in ["", "ghp_somebody-elses"] {
            let form = [&form[..], &[("token", token.to_owned())]].concat();
            let (status, refused) = office.answers_to("/connect/github/plan", &form).await;
            assert_eq!(status, StatusCode::CONFLICT, "{refused}");
            assert!(!refused.contains("ghp_"), "{refused}");
        }
        assert_eq!(elsewhere.faults().calls().len(), 0);
        office.stops().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_admin_connects_nothing() {
    databases::for_each(async |database| {
        let office = Newcomer::new(database).await;
        for role in [Role::Agent, Role::Product, Role::Engineer] {
            let cookie = office.joins(role.name(), role).await;
            for path in ["/connect", "/connect/zendesk", "/connect/github", "/connect/github/back?code=a&state=b"] {
                assert_eq!(office.opening(&cookie, path).await.status(), StatusCode::FORBIDDEN, "{path} with {role}");
            }
            let plan = office.posting(&cookie, "/connect/zendesk/plan", &office.zendesk()).await;
            assert_eq!(plan.status(), StatusCode::FORBIDDEN, "{role}");
            let topics = office.opening(&cookie, "/topics").await.text().await.unwrap();
            assert!(topics.contains("What to do next") && !topics.contains("href=\"/connect"), "{topics}");
        }
        assert_eq!(office.desk.faults().calls().len(), 0);
        office.stops().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_written_the_admin_copies_it() {
    databases::for_each(async |database| {
        let office = Newcomer::new(database).await;
        // Tests may run as root, whom no rights keep out: the folder of secrets is a file.
        fs::write(office.path("heard-secrets"), "").unwrap();
        let before = office.settings();
        assert!(office.opens("/connect").await.contains("Heard cannot write its settings here"));
        let shown = office.sends("/connect/zendesk/plan", &office.zendesk()).await;
        assert!(shown.contains("Heard cannot write here") && shown.contains("You copy this into"), "{shown}");
        let plan = value(&shown, "name=\"plan\" value=\"");
        let done = office.sends("/connect/zendesk/do", &[("plan", &plan)]).await;
        for words in [
            "Copy this: Heard could not write it",
            "[[connections]]",
            "heard-secrets/acme-token",
            "HEARD_CONNECTIONS_ACME_TOKEN",
            "the token that you typed",
            "zendesk-webhook-secret",
        ] {
            assert!(done.contains(words), "{words}: {done}");
        }
        assert!(!done.contains(ZENDESK_TOKEN), "{done}");

        let (action, manifest) = registration(&office.sends("/connect/github/plan", &office.github()).await);
        let back = posts(&action, &manifest).await.headers()["location"].to_str().unwrap().to_owned();
        let back = back.strip_prefix(&office.url).unwrap().to_owned();
        let done = office.opens(&back).await;
        assert!(done.contains("app_id = ") && done.contains("PRIVATE KEY"), "the key comes once: {done}");
        let again = office.opening(&office.cookie, &back).await.text().await.unwrap();
        assert!(!again.contains("PRIVATE KEY"), "{again}");
        assert_eq!(office.settings(), before);
        office.stops().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_the_plan_was_shown_is_shown_again_and_nothing_is_done() {
    databases::for_each(async |database| {
        let office = Newcomer::new(database).await;
        let first = office.sends("/connect/zendesk/plan", &office.zendesk()).await;
        let second = office.sends("/connect/zendesk/plan", &office.zendesk()).await;
        office.sends("/connect/zendesk/do", &[("plan", &value(&second, "name=\"plan\" value=\""))]).await;
        let writes = office.writes_at_zendesk();
        let late = office.sends("/connect/zendesk/do", &[("plan", &value(&first, "name=\"plan\" value=\""))]).await;
        assert!(
            late.contains("something else is there by now") && late.contains("Everything is there already"),
            "{late}"
        );
        assert_eq!(office.writes_at_zendesk(), writes);
        office.stops().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_the_form_has_everything_but_the_token() {
    databases::for_each(async |database| {
        let office = Newcomer::new(database).await;
        let filled_in = |field: &str, text: &str| {
            let mut form = office.zendesk();
            for (name, value) in &mut form {
                if *name == field {
                    text.clone_into(value);
                }
            }
            form
        };
        for (field, text, sentence) in [
            ("name", "Acme", "name is wrong: expected lower-case letters"),
            ("url", "http://acme.zendesk.com", "unencrypted: give it as https://"),
            ("url", "acme", "address is wrong"),
            ("token", "another", "does not let us in"),
            ("token", "", "the API token is missing"),
        ] {
            let (status, page) = office.answers_to("/connect/zendesk/plan", &filled_in(field, text)).await;
            assert_eq!(status, StatusCode::CONFLICT, "{field} {text}");
            assert!(page.contains(sentence) && page.contains("value=\"heard@acme.test\""), "{sentence}: {page}");
            assert!(!page.contains(ZENDESK_TOKEN) && !page.contains("value=\"another\""), "{page}");
        }
        assert_eq!(office.writes_at_zendesk(), 0);
        office.stops().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_console_says_what_to_do_next_in_order_and_ticks_what_is_done() {
    databases::for_each(async |database| {
        let mut office = Newcomer::new(database).await;
        for path in ["/topics", "/triage", "/updates"] {
            let page = office.opens(path).await;
            let places: Vec<_> = [
                "Connect your helpdesk",
                "heard connect zendesk",
                "Connect GitHub",
                "heard connect github",
                "Wait for the first ticket",
                "What is planned for customers stands under Updates",
            ]
            .iter()
            .map(|words| page.find(words).unwrap_or_else(|| panic!("{path} does not say {words:?}: {page}")))
            .collect();
            assert!(places.is_sorted(), "{path}: {places:?}");
            assert!(page.contains("href=\"/connect\"") && page.contains("href=\"/connect/github\""), "{page}");
        }
        let shown = office.sends("/connect/zendesk/plan", &office.zendesk()).await;
        office.sends("/connect/zendesk/do", &[("plan", &value(&shown, "name=\"plan\" value=\""))]).await;
        office.starts_again().await;
        let page = office.opens("/triage").await;
        assert!(page.contains("The helpdesk is connected") && page.contains("Connect GitHub"), "{page}");
        office.hears_of_a_ticket().await;
        let page = office.opens("/topics").await;
        assert!(
            page.contains("Connect GitHub.") && !page.contains("What to do next"),
            "the board is there by now: {page}"
        );
        office.stops().await;
    })
    .await;
}
