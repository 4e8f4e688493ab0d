//! The simulated GitHub against GitHub's documented behaviour, with octocrab where the product uses it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use simulator::{CloseReason, Failure, Github, GithubOptions, MergeMethod, Repository, RepositoryOptions};

use super::{Hand, Receiver, client};

/// A Github, the product's client for it, and the receiver of its webhooks.
pub(super) struct Hub {
    pub(super) github: Github,
    hand: Hand,
    pub(super) receiver: Receiver,
    client: Client,
    token: String,
}

impl Hub {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut GithubOptions)) -> Self {
        let hand = Hand::new();
        let mut options = GithubOptions::new(hand.clock());
        change(&mut options);
        let github = Github::start(options).unwrap();
        let receiver = Receiver::start().await;
        github.send_webhooks_to(&receiver.url);
        Self { github, hand, receiver, client: client(), token: "github-token".to_owned() }
    }

    pub(super) fn product(&self) -> Repository<'_> {
        self.github.repository("acme/product")
    }

    pub(super) async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{path}", self.github.url())).bearer_auth(&self.token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(super) async fn compare(&self, base: &str, head: &str) -> String {
        let body = self.get(&format!("/repos/acme/product/compare/{base}...{head}?per_page=1")).await;
        body["status"].as_str().unwrap().to_owned()
    }

    /// The events that came in, in order.
    pub(super) async fn events(&self) -> Vec<String> {
        self.github.hooks().settled().await;
        let name = |one: super::Received| match one.json()["action"].as_str() {
            Some(action) => format!("{}.{action}", one.header("x-github-event").unwrap()),
            None => one.header("x-github-event").unwrap(),
        };
        self.receiver.received().into_iter().map(name).collect()
    }

    /// Becomes the app: a token of its installation instead of the personal one.
    async fn through_the_app(mut self) -> Self {
        self.token = app_jwt(12_345);
        let (status, body) = self.call(Method::POST, "/app/installations/100/access_tokens", Value::Null).await;
        assert_eq!(status, 201, "{body}");
        body["token"].as_str().unwrap().clone_into(&mut self.token);
        self
    }
}

/// A JWT in form; the simulated GitHub has no key to check its signature with.
fn app_jwt(app_id: u64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signature = URL_SAFE_NO_PAD.encode([7; 256]);
    let claims = json!({"iat": 1_748_779_140, "exp": 1_748_779_680, "iss": app_id});
    format!("{}.{}.{signature}", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims))
}

#[tokio::test]
async fn an_issue_filed_with_octocrab_is_there_and_announced_with_githubs_signature() {
    let hub = Hub::new().await;
    let crab = octocrab::Octocrab::builder()
        .base_uri(hub.github.url())
        .unwrap()
        .personal_token("github-token".to_owned())
        .build()
        .unwrap();
    let issue =
        Box::pin(crab.issues("acme", "product").create("Export fails").body("Counts only").send()).await.unwrap();
    let comment = crab.issues("acme", "product").create_comment(issue.number, "Three more").await.unwrap();
    assert_eq!(comment.body.as_deref(), Some("Three more"));
    let seen = hub.product().issue(issue.number).unwrap();
    assert_eq!((seen.title.as_str(), seen.body.as_str()), ("Export fails", "Counts only"));
    assert_eq!(seen.comments, [("heard-bot".to_owned(), "Three more".to_owned())]);
    assert_eq!(hub.github.issues_filed_by_heard(), 1);
    assert_eq!(hub.events().await, ["issues.opened", "issue_comment.created"]);
    let first = hub.receiver.received().remove(0);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"github-webhook-secret").unwrap();
    mac.update(first.body.as_bytes());
    let expected = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(first.header("x-hub-signature-256"), Some(expected));
    assert_eq!(first.header("x-github-delivery").map(|id| id.len()), Some(36));
    assert_eq!(first.json()["repository"]["id"], json!(hub.product().id()));
    assert_eq!(first.json()["installation"]["id"], 100);
}

#[tokio::test]
async fn the_app_gets_a_token_for_its_jwt_and_writes_as_its_bot() {
    let hub = Hub::new().await.through_the_app().await;
    let (status, issue) = hub.call(Method::POST, "/repos/acme/product/issues", json!({"title": "One"})).await;
    assert_eq!(status, 201);
    assert_eq!(issue["user"]["login"], "heard[bot]");
    assert_eq!(issue["performed_via_github_app"]["id"], 12_345);
    hub.events().await;
    let echo = hub.receiver.received()[0].json();
    assert_eq!(echo["sender"]["type"], "Bot");
    assert_eq!(echo["issue"]["performed_via_github_app"]["slug"], "heard");
}

#[tokio::test]
async fn octocrab_works_as_the_app_page_after_page() {
    // A key made for this test; the simulated GitHub accepts any, for it has no public key.
    let key = include_bytes!("app-key.pem");
    // Octocrab judges a token's life by the real clock, far ahead of ours.
    let hub = Hub::with(|options| options.token_lifetime_s = 100 * 365 * 86_400).await;
    let crab = octocrab::Octocrab::builder().base_uri(hub.github.url()).unwrap();
    let crab = crab.app_from_rsa_pem(octocrab::models::AppId(12_345), key).unwrap().build().unwrap();
    let crab = crab.installation(octocrab::models::InstallationId(100)).unwrap();
    let repo: Value = crab.get("/repos/acme/product", None::<&()>).await.unwrap();
    assert_eq!(repo["id"], json!(hub.product().id()));
    let created = Box::pin(crab.issues("acme", "product").create("One").send()).await.unwrap();
    assert_eq!(created.user.login, "heard[bot]");
    let pull = hub.product().pull_request("Fix").fixing(created.number).open();
    hub.product().merge(pull, MergeMethod::Squash);
    hub.product().release("v1").publish();
    let pull = crab.pulls("acme", "product").get(pull).await.unwrap();
    assert!(pull.merged_at.is_some());
    let latest = crab.repos("acme", "product").releases().get_latest().await.unwrap();
    assert_eq!(latest.tag_name, "v1");
    assert_eq!(hub.github.faults().count("POST /app/installations/*/access_tokens"), 1);
}

#[tokio::test]
async fn a_token_that_expired_or_a_foreign_jwt_is_refused() {
    let mut hub = Hub::new().await.through_the_app().await;
    assert_eq!(hub.call(Method::GET, "/repos/acme/product", Value::Null).await.0, 200);
    hub.hand.passes_s(3_601);
    assert_eq!(hub.call(Method::GET, "/repos/acme/product", Value::Null).await.0, 401);
    hub = hub.through_the_app().await;
    hub.github.expire_tokens();
    assert_eq!(hub.call(Method::GET, "/repos/acme/product", Value::Null).await.0, 401);
    hub.token = app_jwt(1);
    assert_eq!(hub.call(Method::GET, "/app", Value::Null).await.0, 401);
    hub.token = app_jwt(12_345);
    assert_eq!(hub.get("/repos/acme/product/installation").await["id"], 100);
    hub.github.suspend_installation(true);
    assert_eq!(hub.call(Method::POST, "/app/installations/100/access_tokens", Value::Null).await.0, 403);
    assert_eq!(hub.events().await, ["installation.suspend"]);
}

#[tokio::test]
async fn issues_are_listed_by_state_creator_and_time_in_pages() {
    let hub = Hub::new().await;
    let product = hub.product();
    for number in 0..5 {
        product.files_issue(&format!("Number {number}"), "");
        hub.hand.passes_s(10);
    }
    hub.call(Method::POST, "/repos/acme/product/issues", json!({"title": "Ours"})).await;
    product.close_as(1, CloseReason::NotPlanned);
    let ours = hub.get("/repos/acme/product/issues?creator=heard-bot").await;
    assert_eq!(ours.as_array().unwrap().len(), 1);
    let since = hub.get("/repos/acme/product/issues?state=all&since=2025-06-01T12:00:40Z").await;
    assert_eq!(since.as_array().unwrap().len(), 3);
    let page = hub.client.get(format!("{}/repos/acme/product/issues?state=all&per_page=4", hub.github.url()));
    let page = page.bearer_auth("github-token").send().await.unwrap();
    let link = page.headers()["link"].to_str().unwrap().to_owned();
    assert!(link.contains("page=2>; rel=\"next\""), "{link}");
    let second = hub.get("/repos/acme/product/issues?state=all&per_page=4&page=2").await;
    assert_eq!(second.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_unchanged_list_is_answered_304() {
    let hub = Hub::new().await;
    let url = format!("{}/repos/acme/product/issues", hub.github.url());
    let first = hub.client.get(&url).bearer_auth("github-token").send().await.unwrap();
    let etag = first.headers()["etag"].clone();
    let again = || hub.client.get(&url).bearer_auth("github-token").header("if-none-match", etag.clone()).send();
    assert_eq!(again().await.unwrap().status().as_u16(), 304);
    hub.product().files_issue("New", "");
    assert_eq!(again().await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_transferred_issue_redirects_and_a_deleted_one_is_gone() {
    let hub = Hub::with(|options| options.repositories.push(RepositoryOptions::public("acme/site"))).await;
    let (product, site) = (hub.product(), hub.github.repository("acme/site"));
    let (moved, deleted) = (product.files_issue("One", ""), product.files_issue("Two", ""));
    product.comments_on(moved, "Goes along");
    let number = product.transfers(moved, &site).unwrap();
    assert_eq!(product.moved_to(moved), Some(("acme/site".to_owned(), number)));
    assert_eq!(site.issue(number).unwrap().comments.len(), 1);
    assert_eq!(hub.get(&format!("/repositories/{}/issues/{number}", site.id())).await["title"], "One");
    let (status, body) = hub.call(Method::GET, &format!("/repos/acme/product/issues/{moved}"), Value::Null).await;
    assert_eq!(
        (status, body["url"].clone()),
        (301, json!(format!("{}/repositories/{}/issues/{number}", hub.github.url(), site.id())))
    );
    product.deletes(deleted);
    assert_eq!(hub.call(Method::GET, &format!("/repos/acme/product/issues/{deleted}"), Value::Null).await.0, 410);
    let kinds = hub.events().await;
    assert_eq!(kinds[3..], ["issues.transferred", "issues.opened", "issues.deleted"]);
}

#[tokio::test]
async fn a_renamed_repository_redirects_by_name_and_answers_by_id() {
    let hub = Hub::new().await;
    let id = hub.product().id();
    hub.product().renames_to("app");
    let (status, body) = hub.call(Method::GET, "/repos/acme/product/issues", Value::Null).await;
    assert_eq!((status, body["url"].clone()), (301, json!(format!("{}/repositories/{id}/issues", hub.github.url()))));
    assert_eq!(hub.get(&format!("/repositories/{id}")).await["full_name"], "acme/app");
    assert_eq!(hub.get("/api/v3/repos/acme/app").await["id"], json!(id));
}

/// "If you do, redirects to the renamed repository will no longer work."
#[tokio::test]
async fn a_repository_that_takes_an_old_name_ends_its_redirect_and_has_ids_of_its_own() {
    let hub = Hub::new().await;
    let number = hub.product().files_issue("One", "");
    let (id, before) = (hub.product().id(), hub.get(&format!("/repos/acme/product/issues/{number}")).await);
    hub.product().renames_to("app");
    let anew = hub.github.add_repository(&RepositoryOptions::private("acme/product"));
    assert_eq!(anew.files_issue("Another", ""), number);
    let after = hub.get(&format!("/repos/acme/product/issues/{number}")).await;
    assert_eq!((&after["title"], after["id"] == before["id"]), (&json!("Another"), false));
    assert_ne!(hub.get("/repos/acme/product").await["id"], json!(id));
    assert_eq!(hub.get(&format!("/repositories/{id}")).await["full_name"], "acme/app");
    assert_eq!(hub.get(&format!("/repositories/{id}/issues/{number}")).await["id"], before["id"]);
}

#[tokio::test]
async fn a_repository_without_issues_or_archived_refuses_writes() {
    let hub = Hub::new().await;
    hub.product().disables_issues();
    let create = || hub.call(Method::POST, "/repos/acme/product/issues", json!({"title": "One"}));
    assert_eq!(create().await.0, 410);
    hub.product().is_archived();
    assert_eq!(create().await.0, 403);
}

#[tokio::test]
async fn only_those_with_permission_are_said_to_have_it() {
    let hub = Hub::with(|options| options.repositories.push(RepositoryOptions::public("acme/site"))).await;
    hub.product().with_engineer("grace", "write");
    hub.product().with_stranger("mallory");
    let permission = async |repository: &str, login: &str| {
        let path = format!("/repos/acme/{repository}/collaborators/{login}/permission");
        hub.get(&path).await["permission"].as_str().unwrap().to_owned()
    };
    assert_eq!(permission("product", "octocat").await, "admin");
    assert_eq!(permission("product", "grace").await, "write");
    assert_eq!(permission("product", "mallory").await, "none");
    assert_eq!(permission("site", "mallory").await, "read");
}

#[tokio::test]
async fn too_much_content_in_a_minute_is_refused_and_recorded() {
    let hub = Hub::with(|options| options.content_per_minute = 2).await;
    let create = || hub.call(Method::POST, "/repos/acme/product/issues", json!({"title": "One"}));
    assert_eq!((create().await.0, create().await.0), (201, 201));
    let (status, body) = create().await;
    assert_eq!(status, 403);
    assert!(body["message"].as_str().unwrap().contains("secondary rate limit"));
    assert_eq!(hub.github.faults().violations().len(), 1);
    hub.hand.passes_s(61);
    assert_eq!(create().await.0, 201);
    assert_eq!(hub.product().issues().len(), 3);
}

#[tokio::test]
async fn the_primary_limit_says_when_it_ends_and_nothing_else() {
    let hub = Hub::new().await;
    hub.github.faults().limit_per_minute(Some(1));
    hub.get("/rate_limit").await;
    let refused =
        hub.client.get(format!("{}/rate_limit", hub.github.url())).bearer_auth("github-token").send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 403);
    assert_eq!(refused.headers()["x-ratelimit-remaining"], "0");
    assert_eq!(refused.headers()["x-ratelimit-reset"], (1_748_779_200 + 61).to_string().as_str());
    assert!(refused.headers().get("retry-after").is_none());
}

#[tokio::test]
async fn a_filed_issue_whose_answer_was_lost_is_found_in_the_list() {
    let hub = Hub::new().await;
    hub.github.faults().next(1, "POST /repos/*/*/issues", Failure::ResponseLost);
    let request =
        hub.client.post(format!("{}/repos/acme/product/issues", hub.github.url())).bearer_auth("github-token");
    assert!(request.json(&json!({"title": "One", "body": "<!-- marker -->"})).send().await.is_err());
    let list = hub.get("/repos/acme/product/issues?state=all&creator=heard-bot").await;
    assert_eq!(list[0]["body"], "<!-- marker -->");
    assert_eq!(hub.github.faults().count("POST /repos/*/*/issues"), 1);
}

#[tokio::test]
async fn failed_deliveries_stand_in_the_apps_log_and_can_be_sent_again() {
    let mut hub = Hub::new().await;
    hub.receiver.answers(503);
    hub.product().files_issue("One", "");
    hub.events().await;
    hub.receiver.answers(202);
    hub.product().files_issue("Two", "");
    hub.events().await;
    hub.token = app_jwt(12_345);
    let failed = hub.get("/app/hook/deliveries?status=failure").await;
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&failed[0]["event"], &failed[0]["action"], &failed[0]["status_code"]),
        (&json!("issues"), &json!("opened"), &json!(503))
    );
    let id = &failed[0]["id"];
    assert_eq!(hub.call(Method::POST, &format!("/app/hook/deliveries/{id}/attempts"), Value::Null).await.0, 202);
    hub.github.hooks().settled().await;
    let ids: Vec<_> = hub.receiver.received().into_iter().map(|one| one.header("x-github-delivery")).collect();
    assert_eq!(ids[0], ids[2]);
}

#[tokio::test]
async fn an_edited_body_a_label_and_a_reopening_are_announced() {
    let hub = Hub::new().await.through_the_app().await;
    let path = "/repos/acme/product/issues";
    hub.call(Method::POST, path, json!({"title": "One", "body": "a", "labels": ["heard"]})).await;
    hub.call(
        Method::PATCH,
        &format!("{path}/1"),
        json!({"body": "b", "state": "closed", "state_reason": "not_planned"}),
    )
    .await;
    let (status, body) = hub.call(Method::PATCH, &format!("{path}/1"), json!({"state": "open"})).await;
    assert_eq!((status, &body["state_reason"]), (200, &json!("reopened")));
    hub.call(Method::POST, &format!("{path}/1/labels"), json!({"labels": ["bug"]})).await;
    hub.product().labels(1, "no-heard");
    assert_eq!(hub.product().issue(1).unwrap().labels, ["bug", "heard", "no-heard"]);
    let expected =
        ["issues.opened", "issues.edited", "issues.closed", "issues.reopened", "issues.labeled", "issues.labeled"];
    assert_eq!(hub.events().await, expected);
    assert_eq!(hub.receiver.received()[1].json()["changes"]["body"]["from"], "a");
    let (status, _) = hub.call(Method::PATCH, &format!("{path}/1"), json!({"body": "x".repeat(65_537)})).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn strange_requests_are_answered_and_leave_the_hub_working() {
    let hub = Hub::new().await;
    hub.product().files_issue("One", "");
    let huge = u64::MAX;
    let paths = [
        format!("/repos/acme/product/issues?page={huge}&per_page={huge}"),
        format!("/repos/acme/product/compare/main...main?page={huge}"),
        "/repos/acme/product/compare/main".to_owned(),
        format!("/repos/acme/product/issues/{huge}"),
        "/repos/acme/product/issues/1/labels/%2F".to_owned(),
        "/repos/acme/product/pulls/1".to_owned(),
        "/repos/acme/product/releases/x".to_owned(),
        "/repositories/x/issues".to_owned(),
        "/repositories".to_owned(),
        "/".to_owned(),
    ];
    for path in paths {
        for (method, body) in [(Method::GET, Value::Null), (Method::PATCH, json!([1])), (Method::POST, json!({}))] {
            let (status, _) = hub.call(method, &path, body).await;
            assert!(status < 500, "{path} answered {status}");
        }
    }
    assert_eq!(hub.call(Method::GET, "/rate_limit", Value::Null).await.0, 200);
}

#[tokio::test]
async fn the_app_may_write_issues_and_nothing_else() {
    let hub = Hub::new().await.through_the_app().await;
    let (status, body) = hub.call(Method::POST, "/repos/acme/product/releases", json!({"tag_name": "v1"})).await;
    assert_eq!((status, body["message"].as_str()), (403, Some("Resource not accessible by integration")));
    assert_eq!(hub.call(Method::POST, "/repos/acme/product/issues", json!({"title": "One"})).await.0, 201);
}

#[tokio::test]
async fn a_new_issue_can_be_missing_from_lists_for_a_while() {
    let hub = Hub::with(|options| options.list_lag_s = 20).await;
    let issue = hub.product().files_issue("One", "");
    assert_eq!(hub.get("/repos/acme/product/issues?state=all").await, json!([]));
    assert_eq!(hub.get(&format!("/repos/acme/product/issues/{issue}")).await["title"], "One");
    hub.hand.passes_s(20);
    assert_eq!(hub.get("/repos/acme/product/issues?state=all").await.as_array().unwrap().len(), 1);
}
