//! Issues and comments: found again, and followed where they went.

use heard::{
    base::{clock::Time, secret::Secret},
    model::{
        id::{OutboxMessageId, TopicId},
        issue::{IssueEdit, IssueLookup, IssueRef, Repository},
        tracker::{Permission, error::TrackerError},
    },
    tracker::Marker,
};
use serde_json::json;

use super::{OpenGithub as _, issue, new_issue, product, seven};
use crate::double::{Double, missing, ok};

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
    });
    let found = double.token().find_issue(&product(), &marker, Time::from_seconds(0)).await.unwrap();
    assert_eq!(found.unwrap().at.number, 9);
    let unknown = Marker::topic(&key, TopicId::generate(Time::from_seconds(2)));
    assert_eq!(double.token().find_issue(&product(), &unknown, Time::from_seconds(0)).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_found_by_its_marker() {
    let key = Secret::new("key");
    let marker = Marker::comment(&key, OutboxMessageId::generate(Time::from_seconds(1)));
    let text = format!("n of m\n{}", marker.render());
    let double = Double::start(move |_, _| ok(json!([{ "id": 1, "body": null }, { "id": 2, "body": text.clone() }])));
    let since = Time::from_micros(1_767_225_600_123_456);
    assert_eq!(double.token().find_comment(&seven(), &marker, since).await, Ok(Some(2)));
    assert!(double.seen("GET", "/")[0].path.ends_with("since=2026-01-01T00:00:00Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_followed_when_read_and_named_when_written() {
    let double = Double::start(|seen, base| {
        let moved =
            |path: &str| (301, vec![("location", format!("{base}{path}"))], json!({ "message": "Moved Permanently" }));
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
    });
    let (github, renamed) = (double.token(), Repository::parse("acme/renamed").unwrap());
    assert_eq!(github.repository(&product()).await.unwrap().name, renamed);
    let moved = IssueLookup::Moved(IssueRef::new(renamed.clone(), 3));
    assert_eq!(github.issue(&seven()).await, Ok(moved));
    let edited = github.edit_issue(&seven(), &IssueEdit::default()).await.unwrap_err();
    assert!(matches!(edited, TrackerError::Moved { repository: Some(name), .. } if name == renamed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_a_redirect_turned_into_a_reading_created_nothing() {
    let double = Double::start(|seen, base| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", _) => (301, vec![("location", format!("{base}/repositories/1/issues"))], json!({})),
        ("GET", "/repositories/1/issues") => ok(json!([issue(1, "")])),
        _ => ok(json!({ "id": 1, "full_name": "acme/renamed" })),
    });
    let error = double.token().create_issue(&product(), &new_issue()).await.unwrap_err();
    assert!(matches!(error, TrackerError::Moved { repository: Some(_), .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_push_give_commands() {
    let double = Double::start(|seen, _| {
        let login = seen.path.split('/').nth(5).unwrap().to_owned();
        if login == "stranger" { missing() } else { ok(json!({ "permission": login })) }
    });
    let github = double.token();
    for (login, permission) in [
        ("admin", Permission::Admin),
        ("write", Permission::Write),
        ("read", Permission::Read),
        ("stranger", Permission::None),
    ] {
        assert_eq!(github.permission(&product(), login).await, Ok(permission));
    }
    assert!(Permission::Write.may_write() && !Permission::Read.may_write());
}
