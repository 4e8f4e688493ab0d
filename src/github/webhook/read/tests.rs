//! What each webhook hints at.

use serde_json::json;

use super::*;

fn hint(event: &str, payload: &Value) -> Hint {
    read(event, payload.to_string().as_bytes()).unwrap().remove(0)
}

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn about(mut payload: Value) -> Value {
    payload["repository"] = json!({ "full_name": "acme/product", "default_branch": "main" });
    payload["sender"] = json!({ "login": "ana", "type": "User" });
    payload
}

#[test]
fn an_issue_is_a_hint_whatever_happened_to_it() {
    for action in ["opened", "closed", "typed", "field_added", "something_of_next_year"] {
        let payload =
            about(json!({ "action": action, "issue": { "number": 7, "id": 70, "user": null, "body": null } }));
        let expected = Hint::Issue {
            repository: product(),
            number: 7,
            id: 70,
            action: action.into(),
            by: By { login: Some("ana".into()), app: None, bot: false },
            body: String::new(),
        };
        assert_eq!(hint("issues", &payload), expected);
    }
}

#[test]
fn a_transfer_says_where_the_issue_went() {
    let changes = json!({ "new_issue": { "number": 3 }, "new_repository": { "full_name": "acme/engine" } });
    let payload = about(json!({ "action": "transferred", "issue": { "number": 7 }, "changes": changes }));
    let to = Repository::parse("acme/engine").unwrap();
    assert_eq!(hint("issues", &payload), Hint::IssueMoved { from: product(), from_number: 7, to, to_number: 3 });
    let payload = about(json!({ "action": "deleted", "issue": { "number": 7 } }));
    assert_eq!(hint("issues", &payload), Hint::IssueDeleted { repository: product(), number: 7 });
}

#[test]
fn our_own_comment_names_our_app() {
    let comment = json!({ "id": 9, "body": "Hi", "performed_via_github_app": { "id": 12345 } });
    let payload = about(json!({ "action": "created", "issue": { "number": 7 }, "comment": comment }));
    match hint("issue_comment", &payload) {
        Hint::Comment { by, comment_id, new, .. } => assert_eq!((by.app, comment_id, new), (Some(12345), 9, true)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_who_closes_our_issue_is_not_taken_for_us() {
    let issue = json!({ "number": 7, "performed_via_github_app": { "id": 12345 } });
    let by = |action: &str| match hint("issues", &about(json!({ "action": action, "issue": issue }))) {
        Hint::Issue { by, .. } => by.app,
        other => panic!("{other:?}"),
    };
    assert_eq!((by("opened"), by("closed")), (Some(12345), None));
}

#[test]
fn a_comment_on_a_pull_request_is_ignored() {
    let issue = json!({ "number": 7, "pull_request": { "url": "x" } });
    let payload = about(json!({ "action": "created", "issue": issue, "comment": { "id": 9 } }));
    assert_eq!(hint("issue_comment", &payload), Hint::Ignored("issue_comment.created".into()));
}

#[test]
fn only_a_merged_pull_request_says_merged() {
    let pull = json!({ "number": 12, "state": "closed", "merged": false, "merge_commit_sha": "abc" });
    match hint("pull_request", &about(json!({ "action": "closed", "pull_request": pull }))) {
        Hint::PullRequest { merged, open, .. } => assert_eq!((merged, open), (false, false)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_release_is_a_hint_by_any_action_but_a_withdrawal() {
    let release = json!({ "id": 5, "tag_name": "v2.4.0" });
    for action in ["published", "released", "edited", "created", "prereleased"] {
        let payload = about(json!({ "action": action, "release": release }));
        assert_eq!(hint("release", &payload), Hint::Release { repository: product(), id: 5, tag: "v2.4.0".into() });
    }
    for action in ["deleted", "unpublished"] {
        let payload = about(json!({ "action": action, "release": release }));
        assert!(matches!(hint("release", &payload), Hint::ReleaseWithdrawn { id: 5, .. }));
    }
}

#[test]
fn tags_come_by_three_events() {
    let tag = |deleted| Hint::Tag { repository: product(), name: "v1".into(), deleted };
    assert_eq!(hint("create", &about(json!({ "ref": "v1", "ref_type": "tag" }))), tag(false));
    assert_eq!(hint("delete", &about(json!({ "ref": "v1", "ref_type": "tag" }))), tag(true));
    assert_eq!(hint("push", &about(json!({ "ref": "refs/tags/v1" }))), tag(false));
    assert_eq!(hint("push", &about(json!({ "ref": "refs/heads/main" }))), Hint::Push { repository: product() });
    assert_eq!(hint("push", &about(json!({ "ref": "refs/heads/x" }))), Hint::Ignored("push".into()));
}

#[test]
fn a_repository_that_turns_public_is_told() {
    let change = |payload: Value| match hint("repository", &about(payload)) {
        Hint::Repository { change, .. } => change,
        other => panic!("{other:?}"),
    };
    assert_eq!(change(json!({ "action": "publicized" })), RepositoryChange::Publicized);
    let renamed = json!({ "action": "renamed", "changes": { "repository": { "name": { "from": "old" } } } });
    assert_eq!(change(renamed), RepositoryChange::Renamed(Repository::parse("acme/old").unwrap()));
}

#[test]
fn an_unknown_event_is_ignored_by_name_and_what_is_no_webhook_is_unreadable() {
    assert_eq!(hint("star", &json!({ "action": "created" })), Hint::Ignored("star.created".into()));
    assert_eq!(hint("", &json!({})), Hint::Ignored(String::new()));
    for body in [&b"not json"[..], b"[1]", b"", b"\xff\xfe"] {
        assert!(read("issues", body).is_err());
    }
    assert!(read("issues", b"{}").is_err());
}

#[test]
fn a_webhook_set_to_send_forms_is_read_too() {
    let body = "payload=%7B%22action%22%3A%22created%22%7D";
    assert_eq!(read("star", body.as_bytes()).unwrap(), [Hint::Ignored("star.created".into())]);
}

proptest::proptest! {
    #[test]
    fn no_body_breaks_the_reading(event in "issues|release|push|repository|[a-z_]{0,12}", body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = read(&event, &body);
    }
}
