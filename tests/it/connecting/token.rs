//! `heard connect github` with a token: a webhook in each repository, or none where the token may not.

use std::{fs, process::Output};

use serde_json::{Value, json};

use super::workshop::{TOKEN, Workshop, said, text, wrong};

impl Workshop {
    fn with_token(&self, more: &[&str]) -> Output {
        self.command(more).env("HEARD_GITHUB_TOKEN", TOKEN).output().unwrap()
    }

    fn files(&self) -> usize {
        fs::read_dir(self.folder.path()).unwrap().count()
    }
}

const PRODUCT: [&str; 2] = ["--repository", "acme/product"];

#[tokio::test(flavor = "multi_thread")]
async fn a_token_makes_a_webhook_in_each_repository_and_heard_takes_what_it_sends() {
    let shop = Workshop::new();
    let both = ["--repository", "acme/product", "--repository", "acme/docs"];
    let shown = said(&shop.with_token(&[&both[..], &["--dry-run"]].concat()));
    assert!(shown.contains("To do: make a webhook in acme/docs, which tells 9 kinds of events to"), "{shown}");
    assert_eq!(shop.with_token(&both).status.code(), Some(2), "nobody was asked");
    assert_eq!((shop.files(), shop.writes()), (0, 0));

    let first = said(&shop.with_token(&[&both[..], &["--yes"]].concat()));
    assert!(first.contains("Signed in at"), "{first}");
    let settings = shop.settings();
    assert!(settings.contains("token = \"file:heard-secrets/github-token\""), "{settings}");
    assert!(settings.contains("name = \"acme/product\"\ndefault = true"), "{settings}");
    assert!(settings.contains("admin_token = \"file:heard-secrets/admin-token\""), "{settings}");
    let secret = fs::read_to_string(shop.path("heard-secrets/github-webhook-secret")).unwrap();
    assert!(!settings.contains(secret.trim()) && !first.contains(secret.trim()), "{settings}{first}");
    for repository in ["acme/product", "acme/docs"] {
        let made = shop.github.webhooks_of(repository);
        assert_eq!((made.len(), &made[0]["config"]["url"]), (1, &json!(shop.endpoint())), "{made:?}");
        assert_eq!(made[0]["config"]["content_type"], "json");
        assert_eq!(shop.github.webhook_secrets_of(repository), [Some(secret.trim().to_owned())]);
    }

    let writes = shop.writes();
    let again = said(&shop.heard(&["connect", "github"]).output().unwrap());
    assert!(
        again.contains("There already: a webhook of acme/docs goes to") && again.contains("Nothing was changed."),
        "{again}"
    );
    assert_eq!((shop.settings(), shop.writes()), (settings, writes));
    assert!(shop.checked().contains("acme/product can be written"));

    let _served = shop.serve();
    shop.answers().await;
    shop.github.repository("acme/docs").files_issue("A page is missing", "Which one?");
    shop.github.hooks().settled().await;
    let log = shop.github.hooks().log();
    let last = log.iter().rev().find(|sent| sent.event == "issues.opened").expect("GitHub told of it");
    assert_eq!(last.attempts.last().unwrap().outcome, Ok(202), "{last:?}");
    assert!(said(&shop.heard(&["connect", "github"]).output().unwrap()).contains("took a signed test delivery"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_there_is_mended_and_not_doubled() {
    let shop = Workshop::new();
    shop.github.webhook_by_hand("acme/product", &by_hand(&shop));
    let first = said(&shop.with_token(&[&PRODUCT[..], &["--yes"]].concat()));
    assert!(first.contains("To do: mend the webhook of acme/product: switch it on; let it send JSON"), "{first}");
    let mended = shop.github.webhooks_of("acme/product");
    assert_eq!((mended.len(), &mended[0]["active"]), (1, &json!(true)));
    let events = mended[0]["events"].as_array().unwrap();
    assert!(events.contains(&json!("push")) && events.contains(&json!("release")), "what it had stays: {events:?}");
    let secret = fs::read_to_string(shop.path("heard-secrets/github-webhook-secret")).unwrap();
    assert_eq!(shop.github.webhook_secrets_of("acme/product"), [Some(secret.trim().to_owned())]);

    // GitHub did not list it, and says so only when it is made again.
    let shop = Workshop::new();
    shop.github.webhook_by_hand("acme/product", &by_hand(&shop));
    shop.github.hides_webhooks_once();
    said(&shop.with_token(&[&PRODUCT[..], &["--yes"]].concat()));
    let mended = shop.github.webhooks_of("acme/product");
    assert_eq!((mended.len(), &mended[0]["active"]), (1, &json!(true)));
}

fn by_hand(shop: &Workshop) -> Value {
    json!({"active": false, "events": ["push"], "config": {"url": shop.endpoint(), "content_type": "form"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_token_may_make_no_webhook_heard_asks_and_says_so() {
    for status in [404, 403] {
        let shop = Workshop::new();
        shop.github.token_may_not_make_webhooks(status);
        let told = said(&shop.with_token(&[&PRODUCT[..], &["--yes"]].concat()));
        assert!(
            told.contains("the token may make no webhook in acme/product, so Heard asks for changes there"),
            "{told}"
        );
        assert!(told.contains("Done.") && !told.contains("test delivery"), "{told}");
        assert!(!shop.settings().contains("webhook_secret"), "{}", shop.settings());
        assert!(!shop.path("heard-secrets/github-webhook-secret").exists());
        assert!(shop.checked().contains("acme/product can be written"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_webhooks_to_heard_are_deleted_and_the_settings_stay() {
    let shop = Workshop::new();
    said(&shop.with_token(&[&PRODUCT[..], &["--yes"]].concat()));
    let other = json!({"events": ["push"], "config": {"url": "https://ci.test/", "content_type": "json"}});
    shop.github.webhook_by_hand("acme/product", &other);
    let settings = shop.settings();
    let shown = said(&shop.heard(&["connect", "github", "--remove", "--dry-run"]).output().unwrap());
    assert!(shown.contains("To do: delete the webhook of acme/product to"), "{shown}");
    assert_eq!(shop.github.webhooks_of("acme/product").len(), 2);
    let removed = said(&shop.heard(&["connect", "github", "--remove", "--yes"]).output().unwrap());
    assert!(removed.contains("heard.toml was left alone: take the section [github]"), "{removed}");
    let left = shop.github.webhooks_of("acme/product");
    assert_eq!((left.len(), &left[0]["config"]["url"]), (1, &json!("https://ci.test/")));
    assert_eq!(shop.settings(), settings);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_token_cannot_do_is_said_in_one_sentence() {
    let shop = Workshop::new();
    assert!(wrong(&shop.with_token(&[])).contains("--repository is missing"));
    // A name that was mistyped would stand in the settings, as the default once the right one comes.
    for more in ["--dry-run", "--yes"] {
        let sentence = wrong(&shop.with_token(&["--repository", "acme/prodct", more]));
        let seen = "acme/prodct does not exist, or the token may not see it; it sees acme/product, acme/docs. Nothing was written";
        assert!(sentence.contains(seen), "{sentence}");
    }
    assert_eq!((shop.files(), shop.writes()), (0, 0));
    let mut other = shop.command(&PRODUCT);
    let refused = wrong(&other.env("HEARD_GITHUB_TOKEN", "another-token").output().unwrap());
    assert!(
        refused.contains("Signing in failed")
            && refused.contains("check the number of the App and its key, or the token")
    );
    fs::write(shop.path("heard.toml"), "[github]\napp_id = 7\n").unwrap();
    let both = shop.with_token(&PRODUCT);
    assert!(text(&both.stderr).contains("Heard takes one of them"), "{}", text(&both.stderr));
}
