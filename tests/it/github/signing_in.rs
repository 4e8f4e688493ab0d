//! Signing in, and every way a call can fail.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use heard::{
    base::{
        clock::{Clock, Time},
        secret::Secret,
    },
    model::{
        issue::{IssueEdit, IssueLookup, IssueRef, IssueState, Repository},
        tracker::{
            TrackerAccess,
            error::{RetryAfter, TrackerError},
        },
    },
    tracker::Tracker,
};
use serde_json::json;

use super::{OpenGithub as _, client, issue, new_issue, open, product, seven, signing_in};
use crate::double::{Double, missing, ok};

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_asked_for_once_even_when_the_answer_is_lost() {
    let double = Double::start(|_, _| (502, Vec::new(), json!({})));
    let error = double.token().create_issue(&product(), &new_issue()).await.unwrap_err();
    assert!(matches!(error, TrackerError::Unclear(_)), "{error:?}");
    assert_eq!(double.seen("POST", "/").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_unclear_and_one_that_was_never_made_is_not_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let github = client(&url, TrackerAccess::Token(Secret::new("tok")));
    let hangs_up = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut first = [0; 64];
        let _ = tokio::io::AsyncReadExt::read(&mut socket, &mut first).await;
        drop(socket);
        drop(listener);
    });
    let broken = github.create_issue(&product(), &new_issue()).await.unwrap_err();
    hangs_up.await.unwrap();
    assert!(matches!(broken, TrackerError::Unclear(_)), "{broken:?}");
    let refused = github.create_issue(&product(), &new_issue()).await.unwrap_err();
    assert!(matches!(refused, TrackerError::NotSent(_)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_calls_at_once_mint_one_token() {
    let double = Double::start(|seen, _| signing_in(seen, "minted").unwrap_or_else(|| ok(issue(7, ""))));
    let github: Arc<dyn Tracker> = Arc::from(double.app());
    let calls = (0..20).map(|_| {
        let github = github.clone();
        tokio::spawn(async move { github.issue(&seven()).await.is_ok() })
    });
    for call in futures::future::join_all(calls).await {
        assert!(call.unwrap());
    }
    assert_eq!(double.seen("POST", "/app/installations").len(), 1);
    assert_eq!(double.seen("GET", "/repos/acme/product/installation").len(), 1);
    assert!(
        double.seen("GET", "/repos/acme/product/issues/7").iter().all(|seen| seen.authorization == "Bearer minted")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_revoked_is_minted_again() {
    let revoked = Arc::new(Mutex::new(true));
    let double = Double::start(move |seen, _| {
        signing_in(seen, "minted").unwrap_or_else(|| {
            let mut revoked = revoked.lock().unwrap();
            if std::mem::take(&mut *revoked) {
                (401, Vec::new(), json!({ "message": "Bad credentials" }))
            } else {
                ok(issue(7, ""))
            }
        })
    });
    assert!(matches!(double.app().issue(&seven()).await, Ok(IssueLookup::Here(_))));
    assert_eq!(double.seen("POST", "/app/installations").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_not_installed_is_told_so() {
    let double = Double::start(|_, _| missing());
    let error = double.app().issue(&seven()).await.unwrap_err();
    assert!(matches!(error, TrackerError::Unauthorized(_)), "{error:?}");
    assert_eq!(error.to_string(), "the GitHub App is not installed in acme/product");
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
    });
    let issues = double.app().issues_changed_since(&product(), Time::from_seconds(0)).await.unwrap();
    assert_eq!(issues.iter().map(|issue| issue.at.number).collect::<Vec<_>>(), [7, 8]);
    let asked = double.seen("GET", "/repos/acme/product/issues");
    assert!(asked.len() == 2 && asked.iter().all(|seen| seen.authorization == "Bearer minted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_stops_us_for_as_long_as_github_says() {
    let double = Double::start(|_, _| {
        (403, vec![("retry-after", "17".to_owned())], json!({ "message": "secondary rate limit" }))
    });
    match double.token().comment(&seven(), "Hi").await.unwrap_err() {
        TrackerError::Limited { retry_after, .. } => assert_eq!(retry_after, RetryAfter::In(Duration::from_secs(17))),
        other => panic!("{other:?}"),
    }
    assert_eq!(double.seen("POST", "/").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_apart() {
    let double = Double::start(|seen, _| {
        let status = seen.path.rsplit('/').next().unwrap().parse().unwrap_or(410);
        (status, Vec::new(), json!({ "message": "no" }))
    });
    let github = double.token();
    let edit = IssueEdit { state: Some(IssueState::Closed), ..IssueEdit::default() };
    let at = |number| IssueRef::new(product(), number);
    assert!(matches!(github.edit_issue(&at(422), &edit).await, Err(TrackerError::Invalid(_))));
    assert!(matches!(github.edit_issue(&at(401), &edit).await, Err(TrackerError::Unauthorized(_))));
    assert!(matches!(github.edit_issue(&at(403), &edit).await, Err(TrackerError::Unauthorized(_))));
    assert!(matches!(github.edit_issue(&at(500), &edit).await, Err(TrackerError::Unclear(_))));
    for gone in [404, 410] {
        assert_eq!(github.issue(&at(gone)).await, Ok(IssueLookup::Gone));
    }
    assert!(matches!(github.create_issue(&product(), &new_issue()).await, Err(TrackerError::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_says_what_to_do_about_each_finding() {
    let double = Double::start(|seen, _| match seen.path.as_str() {
        "/user" => (200, vec![("date", "Sun, 22 Nov 2026 13:00:00 GMT".to_owned())], json!({ "login": "ana" })),
        "/repos/acme/product" => {
            ok(json!({ "id": 1, "full_name": "acme/product", "has_issues": false, "permissions": { "push": false } }))
        }
        _ => missing(),
    });
    let missing = Repository::parse("acme/missing").unwrap();
    let findings = double.token().check(&[product(), missing], Clock::system().now()).await;
    let told: Vec<&str> =
        findings.iter().filter(|finding| !finding.ok).map(|finding| finding.sentence.as_str()).collect();
    let all = told.join("\n");
    for part in ["issues turned off", "may not write issues in acme/product", "acme/missing does not exist"] {
        assert!(all.contains(part), "{all}");
    }
}

/// A fine-grained token says nowhere what it may do: GitHub refuses what it may not.
#[tokio::test(flavor = "multi_thread")]
async fn the_check_names_what_a_token_may_not_read_and_what_its_webhook_does_not_tell() {
    let double = Double::start(|seen, _| match seen.path.split('?').next().unwrap_or_default() {
        "/user" => ok(json!({ "login": "ana" })),
        "/repos/acme/product" => {
            ok(json!({ "id": 1, "full_name": "acme/product", "has_issues": true, "permissions": { "push": true } }))
        }
        "/repos/acme/product/issues" | "/repos/acme/product/releases" => ok(json!([])),
        "/repos/acme/product/pulls" => {
            (403, Vec::new(), json!({ "message": "Resource not accessible by personal access token" }))
        }
        "/repos/acme/product/hooks" => {
            let events = json!(["issues", "issue_comment", "pull_request", "release", "create", "delete"]);
            let config = json!({ "url": "https://heard.test/hooks/github", "content_type": "json" });
            ok(json!([{ "id": 1, "active": true, "events": events, "config": config }]))
        }
        _ => missing(),
    });
    let findings = double.token().check(&[product()], Clock::system().now()).await;
    let wrong: Vec<&str> =
        findings.iter().filter(|finding| !finding.ok).map(|finding| finding.sentence.as_str()).collect();
    let all = wrong.join("\n");
    assert!(all.contains("In acme/product the token needs pull_requests: read"), "{all}");
    assert!(all.contains("does not tell of milestone, deployment_status, repository:"), "{all}");
    assert!(!all.contains("issues: read") && !all.contains("contents: read"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_cannot_be_right_are_refused_at_the_start() {
    let access = TrackerAccess::App { id: 1, private_key: Secret::new("not a key") };
    let refused = open("http://127.0.0.1:9", access).err().unwrap();
    assert_eq!(refused, "the GitHub App's private key is no RSA key in PEM form");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_app_may_do_is_asked_again_after_a_refusal() {
    let granted = Arc::new(Mutex::new(false));
    let double = Double::start(move |seen, _| {
        signing_in(seen, "minted").unwrap_or_else(|| {
            let before = std::mem::replace(&mut *granted.lock().unwrap(), true);
            if before { ok(issue(7, "")) } else { (403, Vec::new(), json!({ "message": "Resource not accessible" })) }
        })
    });
    let github = double.app();
    assert!(matches!(github.issue(&seven()).await, Err(TrackerError::Unauthorized(_))));
    assert!(matches!(github.issue(&seven()).await, Ok(IssueLookup::Here(_))));
    assert_eq!(double.seen("POST", "/app/installations").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_never_arrived_is_asked_for_again_but_not_for_ever() {
    let double = Double::start(|seen, _| {
        if seen.method == "POST" {
            return (202, Vec::new(), json!({}));
        }
        let one = |id: i64, guid: &str, code: i64| json!({ "id": id, "guid": guid, "status_code": code, "delivered_at": "2026-03-02T10:00:00Z" });
        let old = json!({ "id": 1, "guid": "old", "status_code": 500, "delivered_at": "2026-02-01T10:00:00Z" });
        ok(json!([
            one(9, "arrived at last", 202),
            one(8, "arrived at last", 503),
            one(7, "lost", 0),
            one(6, "hopeless", 401),
            one(5, "hopeless", 401),
            one(4, "hopeless", 401),
            old,
        ]))
    });
    let since = Time::parse("2026-03-01T00:00:00Z").unwrap();
    assert_eq!(double.app().resend_missed(since).await, Ok(1));
    assert_eq!(double.seen("POST", "/app/hook/deliveries/7/attempts").len(), 1);
    assert_eq!(double.token().resend_missed(since).await, Ok(0));
}
