//! The GitHub client against a server that answers as GitHub does, rightly and wrongly, over real HTTP.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::StatusCode, web};
use heard::{
    base::{
        clock::{Clock, Time},
        http::Origin,
        secret::Secret,
    },
    github::{Containment, Credentials, Edit, Found, Github, How, Kind, Marker, NewIssue, Permission, Trouble, Wait},
    model::{
        id::{EffectId, TopicId},
        issue::{Repository, State},
    },
};
use serde_json::{Value, json};

/// A throw-away key, made for this test and used nowhere else.
const APP_KEY: &str = include_str!("github_app_test_key.pem");

/// One request as it arrived.
#[derive(Clone, Debug)]
struct Seen {
    method: String,
    /// Path and query.
    path: String,
    authorization: String,
}

type Answer = (u16, Vec<(&'static str, String)>, Value);

/// A server that answers by a function of the request, and remembers every request.
struct Double {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    handle: ServerHandle,
}

impl Double {
    async fn start(answer: impl Fn(&Seen, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (answer, remembered, base) = (Arc::new(answer), seen.clone(), url.clone());
        let server = HttpServer::new(move || {
            let (answer, remembered, base) = (answer.clone(), remembered.clone(), base.clone());
            App::new().default_service(web::to(move |request: HttpRequest| {
                let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
                let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
                let authorization = header("authorization").unwrap_or_default().to_owned();
                let one = Seen { method: request.method().to_string(), path, authorization };
                remembered.lock().unwrap().push(one.clone());
                let (status, headers, body) = answer(&one, &base);
                let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
                for (name, value) in headers {
                    response.insert_header((name, value));
                }
                let response = response.json(body);
                async move { response }
            }))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url, seen, handle }
    }

    fn token(&self) -> Github {
        client(&self.url, Kind::Token(Secret::new("tok")))
    }

    fn app(&self) -> Github {
        client(&self.url, Kind::App { id: 12345, private_key: Secret::new(APP_KEY) })
    }

    /// The requests of this method whose path begins so.
    fn seen(&self, method: &str, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.method == method && seen.path.starts_with(path)).cloned().collect()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

fn client(url: &str, kind: Kind) -> Github {
    Github::new(Credentials { api_url: Origin::parse(url).unwrap(), kind }).unwrap()
}

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn new_issue() -> NewIssue {
    NewIssue { title: "Export fails".into(), body: "3 customers".into(), labels: vec!["heard".into()] }
}

fn issue(number: i64, body: &str) -> Value {
    json!({
        "id": 70 + number, "node_id": "I_7", "number": number, "title": "Export fails", "body": body, "state": "open",
        "html_url": format!("https://github.test/acme/product/issues/{number}"), "user": null, "labels": [{"name": "bug"}],
        "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "a_field_of_next_year": {"x": 1},
    })
}

fn ok(body: Value) -> Answer {
    (200, Vec::new(), body)
}

fn missing() -> Answer {
    (404, Vec::new(), json!({ "message": "Not Found" }))
}

/// What every GitHub App needs before it can do anything.
fn signing_in(seen: &Seen, token: &str) -> Option<Answer> {
    if seen.path.ends_with("/installation") {
        return Some(ok(json!({ "id": 100, "account": null, "permissions": { "issues": "write" } })));
    }
    let minting = seen.path == "/app/installations/100/access_tokens";
    minting.then(|| (201, Vec::new(), json!({ "token": token, "permissions": {}, "expires_at": "2099-01-01T00:00:00Z" })))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_asked_for_once_even_when_the_answer_is_lost() {
    let double = Double::start(|_, _| (502, Vec::new(), json!({}))).await;
    let trouble = double.token().create_issue(&product(), &new_issue()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::Unclear(_)), "{trouble:?}");
    assert_eq!(double.seen("POST", "/").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_unclear_and_one_that_was_never_made_is_not_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let github = client(&url, Kind::Token(Secret::new("tok")));
    let hangs_up = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut first = [0; 64];
        let _ = tokio::io::AsyncReadExt::read(&mut socket, &mut first).await;
        drop(socket);
        drop(listener);
    });
    let broken = github.create_issue(&product(), &new_issue()).await.unwrap_err();
    hangs_up.await.unwrap();
    assert!(matches!(broken, Trouble::Unclear(_)), "{broken:?}");
    let refused = github.create_issue(&product(), &new_issue()).await.unwrap_err();
    assert!(matches!(refused, Trouble::NotSent(_)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_calls_at_once_mint_one_token() {
    let double = Double::start(|seen, _| signing_in(seen, "minted").unwrap_or_else(|| ok(issue(7, "")))).await;
    let github = double.app();
    let calls = (0..20).map(|_| {
        let github = github.clone();
        tokio::spawn(async move { github.issue(&product(), 7).await.is_ok() })
    });
    for call in futures::future::join_all(calls).await {
        assert!(call.unwrap());
    }
    assert_eq!(double.seen("POST", "/app/installations").len(), 1);
    assert_eq!(double.seen("GET", "/repos/acme/product/installation").len(), 1);
    assert!(double.seen("GET", "/repos/acme/product/issues/7").iter().all(|seen| seen.authorization == "Bearer minted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_revoked_is_minted_again() {
    let revoked = Arc::new(Mutex::new(true));
    let double = Double::start(move |seen, _| {
        signing_in(seen, "minted").unwrap_or_else(|| {
            let mut revoked = revoked.lock().unwrap();
            if std::mem::take(&mut *revoked) { (401, Vec::new(), json!({ "message": "Bad credentials" })) } else { ok(issue(7, "")) }
        })
    })
    .await;
    assert!(matches!(double.app().issue(&product(), 7).await, Ok(Found::Here(_))));
    assert_eq!(double.seen("POST", "/app/installations").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_not_installed_is_told_so() {
    let double = Double::start(|_, _| missing()).await;
    let trouble = double.app().issue(&product(), 7).await.unwrap_err();
    assert_eq!(trouble, Trouble::Unauthorized("the GitHub App is not installed in acme/product".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_carries_the_credentials_and_stays_on_the_configured_host() {
    let double = Double::start(|seen, _| {
        signing_in(seen, "minted").unwrap_or_else(|| {
            let second = seen.path.contains("page=2");
            // The link names a host that does not exist: only its path may be followed.
            let next = "<http://elsewhere.invalid/repos/acme/product/issues?page=2>; rel=\"next\", <x>; rel=\"last\"";
            let headers = if second { Vec::new() } else { vec![("link", next.to_owned())] };
            let page = if second { json!([issue(8, "")]) } else { json!([issue(7, ""), { "number": "broken" }]) };
            (200, headers, page)
        })
    })
    .await;
    let issues = double.app().issues_changed_since(&product(), Time::from_seconds(0)).await.unwrap();
    assert_eq!(issues.iter().map(|issue| issue.number).collect::<Vec<_>>(), [7, 8]);
    let asked = double.seen("GET", "/repos/acme/product/issues");
    assert!(asked.len() == 2 && asked.iter().all(|seen| seen.authorization == "Bearer minted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_found_by_its_marker_on_any_page_and_a_copy_of_it_is_not_taken() {
    let key = Secret::new("key");
    let marker = Marker::topic(&key, TopicId::generate(Time::from_seconds(1)));
    let other = Marker::topic(&Secret::new("guess"), TopicId::generate(Time::from_seconds(1)));
    let (ours, forged) = (marker.render(), other.render());
    let double = Double::start(move |seen, base| {
        if seen.path == "/user" {
            return ok(json!({ "login": "heard-bot" }));
        }
        if !seen.path.contains("page=2") {
            let next = format!("<{base}/repos/acme/product/issues?page=2>; rel=\"next\"");
            let mut copy = issue(6, &ours);
            copy["user"] = json!({ "login": "mallory" });
            copy["created_at"] = json!("2020-01-01T00:00:00Z");
            return (200, vec![("link", next)], json!([issue(5, &forged), copy]));
        }
        let mut own = issue(9, &ours);
        own["user"] = json!({ "login": "heard-bot" });
        ok(json!([own]))
    })
    .await;
    let found = double.token().find_issue(&product(), &marker, Time::from_seconds(0)).await.unwrap();
    assert_eq!(found.unwrap().number, 9);
    let unknown = Marker::topic(&key, TopicId::generate(Time::from_seconds(2)));
    assert_eq!(double.token().find_issue(&product(), &unknown, Time::from_seconds(0)).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_found_by_its_marker() {
    let key = Secret::new("key");
    let marker = Marker::comment(&key, EffectId::generate(Time::from_seconds(1)));
    let text = format!("n of m\n{}", marker.render());
    let double = Double::start(move |_, _| ok(json!([{ "id": 1, "body": null }, { "id": 2, "body": text.clone() }]))).await;
    let since = Time::from_micros(1_767_225_600_123_456);
    assert_eq!(double.token().find_comment(&product(), 7, &marker, since).await, Ok(Some(2)));
    assert!(double.seen("GET", "/")[0].path.ends_with("since=2026-01-01T00:00:00Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_parks_us_for_as_long_as_github_says() {
    let double = Double::start(|_, _| (403, vec![("retry-after", "17".to_owned())], json!({ "message": "secondary rate limit" }))).await;
    match double.token().comment(&product(), 7, "Hi").await.unwrap_err() {
        Trouble::Limited { wait, .. } => assert_eq!(wait, Wait::For(Duration::from_secs(17))),
        other => panic!("{other:?}"),
    }
    assert_eq!(double.seen("POST", "/").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_apart() {
    let double = Double::start(|seen, _| {
        let status = seen.path.rsplit('/').next().unwrap().parse().unwrap_or(410);
        (status, Vec::new(), json!({ "message": "no" }))
    })
    .await;
    let github = double.token();
    let edit = Edit { state: Some(State::Closed), ..Edit::default() };
    assert!(matches!(github.edit_issue(&product(), 422, &edit).await, Err(Trouble::Invalid(_))));
    assert!(matches!(github.edit_issue(&product(), 401, &edit).await, Err(Trouble::Unauthorized(_))));
    assert!(matches!(github.edit_issue(&product(), 403, &edit).await, Err(Trouble::Unauthorized(_))));
    assert!(matches!(github.edit_issue(&product(), 500, &edit).await, Err(Trouble::Unclear(_))));
    for gone in [404, 410] {
        assert_eq!(github.issue(&product(), gone).await, Ok(Found::Gone));
    }
    assert!(matches!(github.create_issue(&product(), &new_issue()).await, Err(Trouble::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_followed_when_read_and_named_when_written() {
    let double = Double::start(|seen, base| {
        let moved = |path: &str| (301, vec![("location", format!("{base}{path}"))], json!({ "message": "Moved Permanently" }));
        match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", "/repos/acme/product") => moved("/repositories/1"),
            ("GET", "/repositories/1") => ok(json!({ "id": 1, "full_name": "acme/renamed", "default_branch": "main" })),
            (_, "/repos/acme/product/issues/7") => moved("/repositories/1/issues/7"),
            ("GET", "/repositories/1/issues/7") => {
                let mut issue = issue(3, "");
                issue["repository_url"] = json!(format!("{base}/repos/acme/renamed"));
                ok(issue)
            }
            _ => moved("/repositories/1/issues"),
        }
    })
    .await;
    let (github, renamed) = (double.token(), Repository::parse("acme/renamed").unwrap());
    assert_eq!(github.repository(&product()).await.unwrap().full_name, renamed);
    let moved = Found::Moved { repository: renamed.clone(), number: 3 };
    assert_eq!(github.issue(&product(), 7).await, Ok(moved));
    let edited = github.edit_issue(&product(), 7, &Edit::default()).await.unwrap_err();
    assert!(matches!(edited, Trouble::Moved { repository: Some(name), .. } if name == renamed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_a_redirect_turned_into_a_reading_created_nothing() {
    let double = Double::start(|seen, base| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", _) => (301, vec![("location", format!("{base}/repositories/1/issues"))], json!({})),
        ("GET", "/repositories/1/issues") => ok(json!([issue(1, "")])),
        _ => ok(json!({ "id": 1, "full_name": "acme/renamed" })),
    })
    .await;
    let trouble = double.token().create_issue(&product(), &new_issue()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::Moved { repository: Some(_), .. }), "{trouble:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ahead_and_identical_mean_contained() {
    let double = Double::start(|seen, _| {
        let status = seen.path.split("...").nth(1).and_then(|tip| tip.split('?').next()).unwrap_or_default();
        if status == "gone" { missing() } else { ok(json!({ "status": status, "commits": [] })) }
    })
    .await;
    let github = double.token();
    for (tip, says) in [
        ("ahead", Containment::Contained),
        ("identical", Containment::Contained),
        ("behind", Containment::NotContained),
        ("diverged", Containment::NotContained),
        ("gone", Containment::Unknown),
        ("sideways", Containment::Unknown),
    ] {
        assert_eq!(github.contains(&product(), "abc", tip).await, Ok(says), "{tip}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotated_tag_is_followed_to_its_commit() {
    let double = Double::start(|seen, _| match seen.path.as_str() {
        "/repos/acme/product/git/ref/tags/release/2.0" => ok(json!({ "object": { "type": "tag", "sha": "t1" } })),
        "/repos/acme/product/git/tags/t1" => ok(json!({ "object": { "type": "commit", "sha": "c1" } })),
        "/repos/acme/product/commits/main" => ok(json!({ "sha": "c2" })),
        "/repos/acme/product/commits/nothing" => (422, Vec::new(), json!({ "message": "No commit found for SHA: nothing" })),
        _ => missing(),
    })
    .await;
    let github = double.token();
    assert_eq!(github.resolve(&product(), "release/2.0").await, Ok(Some("c1".into())));
    assert_eq!(github.resolve(&product(), "main").await, Ok(Some("c2".into())));
    assert_eq!(github.resolve(&product(), "nothing").await, Ok(None));
    assert_eq!(github.resolve(&product(), "../..").await, Ok(None));
}

fn pull(number: i64, body: &str) -> Value {
    json!({
        "number": number, "state": "closed", "title": "A change", "body": body, "user": null, "draft": false,
        "merged_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z",
        "base": { "ref": "main", "repo": { "full_name": "acme/product", "default_branch": "main" } },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn without_graphql_the_fix_set_is_read_from_timeline_keywords_and_merges() {
    let double = Double::start(|seen, base| {
        let path = seen.path.split('?').next().unwrap();
        match path {
            "/repos/acme/product/issues/7" => ok(issue(7, "")),
            "/repos/acme/product/issues/7/timeline" => ok(json!([
                { "event": "opened_in_a_new_way" },
                { "event": "closed", "commit_id": "c9", "created_at": "2026-03-03T10:00:00Z",
                  "commit_url": format!("{base}/repos/acme/engine/commits/c9") },
                { "event": "cross-referenced", "source": { "issue": { "number": 3, "pull_request": {},
                  "repository_url": format!("{base}/repos/acme/secret") } } },
            ])),
            "/repos/acme/product/pulls" if seen.path.contains("state=closed") => {
                ok(json!([pull(12, "Fixes #7"), pull(13, "See #7")]))
            }
            "/repos/acme/product/pulls" => ok(json!([{ "number": 14, "state": "open", "draft": true, "body": "Closes #7",
                "updated_at": "2026-03-02T10:00:00Z" }])),
            // Newer versions of the API leave the merge commit out of the pull request.
            "/repos/acme/product/issues/12/events" => ok(json!([{ "event": "merged", "commit_id": "c12" }])),
            _ => missing(),
        }
    })
    .await;
    let github = double.token();
    let set = github.fix_set(&product(), 7).await.unwrap();
    let found: Vec<_> = set.fixes.iter().map(|fix| (fix.sha.as_str(), fix.repository.as_str(), fix.how)).collect();
    assert_eq!(found, [("c12", "acme/product", How::Keyword), ("c9", "acme/engine", How::ClosingCommit)]);
    assert!(set.open_pull_requests.len() == 1 && set.open_pull_requests[0].draft);
    assert_eq!(set.doubts, ["Heard may not read acme/secret#3, which mentions the issue"]);
    let _ = github.fix_set(&product(), 7).await.unwrap();
    assert_eq!(double.seen("POST", "/graphql").len(), 1, "what is not there is not asked for twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_closed_as_not_planned_has_no_fix_whatever_was_merged() {
    let double = Double::start(|seen, _| match seen.path.split('?').next().unwrap() {
        "/repos/acme/product/issues/7" => {
            let mut issue = issue(7, "");
            issue["state"] = json!("closed");
            issue["state_reason"] = json!("not_planned");
            ok(issue)
        }
        "/repos/acme/product/pulls" => ok(json!([pull(12, "Fixes #7")])),
        _ => missing(),
    })
    .await;
    let set = double.token().fix_set(&product(), 7).await.unwrap();
    assert!(set.fixes.is_empty() && !set.doubts.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_server_keeps_graphql_elsewhere_and_knows_the_closing_pull_request() {
    let double = Double::start(|seen, _| {
        let path = seen.path.split('?').next().unwrap();
        let Some(path) = path.strip_prefix("/api/v3") else {
            assert_eq!((path, seen.authorization.as_str()), ("/api/graphql", "Bearer minted"));
            let pull = json!({ "number": 12, "state": "MERGED", "mergedAt": "2026-03-02T10:00:00Z", "baseRefName": "next",
                "mergeCommit": { "oid": "c12" }, "repository": { "nameWithOwner": "acme/product" } });
            let closed = json!({ "nodes": [{ "createdAt": "2026-03-02T10:00:01Z", "closer": pull }] });
            return ok(json!({ "data": { "repository": { "issue": { "timelineItems": closed } } }, "errors": [{}] }));
        };
        let seen = Seen { path: path.to_owned(), ..seen.clone() };
        signing_in(&seen, "minted").unwrap_or_else(|| match path {
            "/repos/acme/product/issues/7" => ok(issue(7, "")),
            "/repos/acme/product" => ok(json!({ "id": 1, "full_name": "acme/product", "default_branch": "main" })),
            _ => ok(json!([])),
        })
    })
    .await;
    let kind = Kind::App { id: 12345, private_key: Secret::new(APP_KEY) };
    let set = client(&format!("{}/api/v3", double.url), kind).fix_set(&product(), 7).await.unwrap();
    assert_eq!(set.fixes.len(), 1);
    assert!(set.fixes[0].how == How::ClosingPullRequest && set.fixes[0].sure);
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_drafts_and_deployments_become_candidates() {
    let double = Double::start(|seen, _| match seen.path.split('?').next().unwrap() {
        "/repos/acme/product/releases" => ok(json!([
            { "id": 3, "tag_name": "untagged-1", "draft": true, "created_at": "2026-03-03T10:00:00Z" },
            { "id": 2, "tag_name": "v2.4.0", "published_at": "2026-03-02T10:00:00Z", "created_at": "2026-03-02T10:00:00Z" },
            { "id": 1, "tag_name": "v2.3.0", "published_at": "2026-02-01T10:00:00Z", "created_at": "2026-02-01T10:00:00Z" },
        ])),
        "/repos/acme/product/git/ref/tags/v2.4.0" => ok(json!({ "object": { "type": "commit", "sha": "c24" } })),
        "/repos/acme/product/tags" => ok(json!([{ "name": "v3.0.0-rc.1", "commit": { "sha": "c30" } }])),
        "/repos/acme/product/deployments" => ok(json!([
            { "id": 9, "sha": "d9", "ref": "main", "environment": "production" },
            { "id": 8, "sha": "d8", "ref": "main", "environment": "production" },
        ])),
        "/repos/acme/product/deployments/8/statuses" => ok(json!([
            { "state": "inactive" }, { "state": "success", "created_at": "2026-03-02T10:00:00Z", "environment_url": "" },
        ])),
        "/repos/acme/product/deployments/9/statuses" => ok(json!([{ "state": "failure" }])),
        _ => missing(),
    })
    .await;
    let github = double.token();
    let since = Time::parse("2026-03-01T00:00:00Z");
    let releases = github.releases(&product(), since).await.unwrap();
    let found: Vec<_> = releases.iter().map(|found| (found.external_id.as_str(), found.sha.as_deref(), found.draft)).collect();
    assert_eq!(found, [("release:3", None, true), ("release:2", Some("c24"), false)]);
    let tags = github.tags(&product()).await.unwrap();
    assert!(tags.len() == 1 && tags[0].prerelease && tags[0].sha.as_deref() == Some("c30"));
    let deployments = github.deployments(&product(), "production").await.unwrap();
    assert_eq!(deployments.iter().map(|found| found.external_id.as_str()).collect::<Vec<_>>(), ["deployment:8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_between_two_releases_is_seen() {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let message = format!("Revert \"Fix\"\n\nThis reverts commit {sha}.");
    let double = Double::start(move |seen, _| match seen.path.split('?').next().unwrap() {
        "/repos/acme/product/issues/7" => ok(issue(7, "")),
        "/repos/acme/product/pulls" if seen.path.contains("closed") => {
            let mut merged = pull(12, "Fixes #7");
            merged["merge_commit_sha"] = json!(sha);
            ok(json!([merged]))
        }
        "/repos/acme/product/compare/v1...v2" => {
            let commits = json!([{ "sha": "r1", "commit": { "message": message } }, { "sha": "x", "commit": null }]);
            ok(json!({ "status": "ahead", "total_commits": 2, "commits": commits }))
        }
        path if path.starts_with("/repos/acme/product/pulls") => ok(json!([])),
        _ => missing(),
    })
    .await;
    let github = double.token();
    let fixes = github.fix_set(&product(), 7).await.unwrap().fixes;
    assert_eq!(github.reverts(&product(), "v1", "v2", &fixes).await, Ok(vec![sha.to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_push_give_commands() {
    let double = Double::start(|seen, _| {
        let login = seen.path.split('/').nth(5).unwrap().to_owned();
        if login == "stranger" { missing() } else { ok(json!({ "permission": login })) }
    })
    .await;
    let github = double.token();
    for (login, permission) in
        [("admin", Permission::Admin), ("write", Permission::Write), ("read", Permission::Read), ("stranger", Permission::None)]
    {
        assert_eq!(github.permission(&product(), login).await, Ok(permission));
    }
    assert!(Permission::Write.may_write() && !Permission::Read.may_write());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_says_what_to_do_about_each_finding() {
    let double = Double::start(|seen, _| match seen.path.as_str() {
        "/user" => (200, vec![("date", "Sun, 22 Nov 2026 13:00:00 GMT".to_owned())], json!({ "login": "ana" })),
        "/repos/acme/product" => ok(json!({ "id": 1, "full_name": "acme/product", "has_issues": false, "permissions": { "push": false } })),
        _ => missing(),
    })
    .await;
    let missing = Repository::parse("acme/missing").unwrap();
    let findings = double.token().check(&[product(), missing], Clock::system().now()).await;
    let told: Vec<&str> = findings.iter().filter(|finding| !finding.ok).map(|finding| finding.sentence.as_str()).collect();
    let all = told.join("\n");
    for part in ["issues turned off", "may not write issues in acme/product", "acme/missing does not exist"] {
        assert!(all.contains(part), "{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_cannot_be_right_are_refused_at_the_start() {
    let api_url = Origin::parse("http://127.0.0.1:9").unwrap();
    let kind = Kind::App { id: 1, private_key: Secret::new("not a key") };
    let refused = Github::new(Credentials { api_url, kind }).unwrap_err();
    assert_eq!(refused, "the GitHub App's private key is no RSA key in PEM form");
}
