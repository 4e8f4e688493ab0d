//! What each webhook hints at.

use serde_json::json;

use super::*;

fn hint(event: &str, payload: &Value) -> TrackerHint {
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

fn seven() -> IssueRef {
    IssueRef::new(product(), 7)
}

#[test]
fn an_issue_is_a_hint_whatever_happened_to_it() {
    for action in ["opened", "closed", "typed", "field_added", "something_of_next_year"] {
        let payload =
            about(json!({ "action": action, "issue": { "number": 7, "id": 70, "user": null, "body": null } }));
        assert_eq!(hint("issues", &payload), TrackerHint::Issue { at: seven(), body: String::new() });
    }
}

#[test]
fn an_issue_that_was_deleted_or_transferred_is_gone_from_where_it_was() {
    let changes = json!({ "new_issue": { "number": 3 }, "new_repository": { "full_name": "acme/engine" } });
    let payload = about(json!({ "action": "transferred", "issue": { "number": 7 }, "changes": changes }));
    assert_eq!(hint("issues", &payload), TrackerHint::IssueGone(seven()));
    let payload = about(json!({ "action": "deleted", "issue": { "number": 7 } }));
    assert_eq!(hint("issues", &payload), TrackerHint::IssueGone(seven()));
}

#[test]
fn a_comment_is_a_persons_unless_a_robot_or_an_app_wrote_it() {
    let by_person = |comment: Value, sender: Value| {
        let mut payload = about(json!({ "action": "created", "issue": { "number": 7 }, "comment": comment }));
        payload["sender"] = sender;
        match hint("issue_comment", &payload) {
            TrackerHint::Comment { by_person, comment, new, .. } => {
                assert_eq!((comment, new), (9, true));
                by_person
            }
            other => panic!("{other:?}"),
        }
    };
    let ana = json!({ "login": "ana", "type": "User" });
    let app = json!({ "id": 9, "body": "Hi", "performed_via_github_app": { "id": 12345 } });
    let robot = json!({ "login": "heard[bot]", "type": "Bot" });
    assert!(by_person(json!({ "id": 9, "body": "Hi" }), ana.clone()));
    assert!(!by_person(app, ana));
    assert!(!by_person(json!({ "id": 9 }), robot.clone()));
    assert!(!by_person(json!({ "id": 9, "user": robot }), Value::Null));
}

#[test]
fn a_comment_on_a_pull_request_is_ignored() {
    let issue = json!({ "number": 7, "pull_request": { "url": "x" } });
    let payload = about(json!({ "action": "created", "issue": issue, "comment": { "id": 9 } }));
    assert_eq!(hint("issue_comment", &payload), TrackerHint::Ignored("issue_comment.created".into()));
}

#[test]
fn a_pull_request_leads_to_the_issues_that_it_closes() {
    let pull = json!({ "number": 12, "state": "closed", "merged": false, "body": "Fixes #7" });
    let payload = about(json!({ "action": "closed", "pull_request": pull }));
    assert_eq!(
        hint("pull_request", &payload),
        TrackerHint::PullRequest { repository: product(), closes: vec![seven()] }
    );
}

fn released(source: ReleaseSource) -> TrackerHint {
    TrackerHint::Release { repository: product(), source }
}

#[test]
fn a_release_is_a_hint_by_any_action_but_a_withdrawal() {
    let release = json!({ "id": 5, "tag_name": "v2.4.0" });
    for action in ["published", "released", "edited", "created", "prereleased"] {
        let payload = about(json!({ "action": action, "release": release }));
        assert_eq!(hint("release", &payload), released(ReleaseSource::Releases));
    }
    for action in ["deleted", "unpublished"] {
        let payload = about(json!({ "action": action, "release": release }));
        let withdrawn = TrackerHint::ReleaseWithdrawn { repository: product(), external_id: "release:5".into() };
        assert_eq!(hint("release", &payload), withdrawn);
    }
}

#[test]
fn tags_come_by_three_events() {
    for event in ["create", "delete"] {
        assert_eq!(hint(event, &about(json!({ "ref": "v1", "ref_type": "tag" }))), released(ReleaseSource::Tags));
    }
    assert_eq!(hint("push", &about(json!({ "ref": "refs/tags/v1" }))), released(ReleaseSource::Tags));
    for branch in ["refs/heads/main", "refs/heads/x"] {
        assert_eq!(hint("push", &about(json!({ "ref": branch }))), TrackerHint::Ignored("push".into()));
    }
}

#[test]
fn a_deployment_is_a_hint_whatever_became_of_it() {
    let payload = about(json!({ "deployment": { "sha": "abc" }, "deployment_status": { "state": "failure" } }));
    assert_eq!(hint("deployment_status", &payload), released(ReleaseSource::Deployments));
}

#[test]
fn a_repository_that_turns_public_is_told() {
    let hint = |payload: Value| hint("repository", &about(payload));
    let changed = |renamed_from| TrackerHint::Repository { repository: product(), renamed_from };
    assert_eq!(hint(json!({ "action": "publicized" })), changed(None));
    let renamed = json!({ "action": "renamed", "changes": { "repository": { "name": { "from": "old" } } } });
    assert_eq!(hint(renamed), changed(Repository::parse("acme/old")));
}

#[test]
fn an_unknown_event_is_ignored_by_name_and_what_is_no_webhook_is_unreadable() {
    assert_eq!(hint("star", &json!({ "action": "created" })), TrackerHint::Ignored("star.created".into()));
    assert_eq!(hint("", &json!({})), TrackerHint::Ignored(String::new()));
    for body in [&b"not json"[..], b"[1]", b"", b"\xff\xfe"] {
        assert!(read("issues", body).is_err());
    }
    assert!(read("issues", b"{}").is_err());
}

#[test]
fn a_webhook_set_to_send_forms_is_read_too() {
    let body = "payload=%7B%22action%22%3A%22created%22%7D";
    assert_eq!(read("star", body.as_bytes()).unwrap(), [TrackerHint::Ignored("star.created".into())]);
}

proptest::proptest! {
    #[test]
    fn no_body_breaks_the_reading(event in "issues|release|push|repository|[a-z_]{0,12}", body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = read(&event, &body);
    }
}
