//! How a fix reaches users on the simulated GitHub: history, pull requests, releases, deployments.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{MergeMethod, RepositoryOptions};

use super::github::Hub;

#[tokio::test]
async fn lists_of_pull_requests_do_not_say_whether_they_were_merged_but_when() {
    let hub = Hub::new().await;
    let pull = hub.product().pull_request("Fix").open();
    hub.product().merge(pull, MergeMethod::Merge);
    let list = hub.get("/repos/acme/product/pulls?state=closed").await;
    assert!(list[0].get("merged").is_none());
    assert!(list[0]["merged_at"].is_string());
}

#[tokio::test]
async fn a_merged_fix_closes_its_issue_and_is_in_the_next_release_but_not_in_the_last() {
    for method in [MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase] {
        let hub = Hub::new().await;
        let product = hub.product();
        let issue = product.files_issue("Export fails", "It says 500");
        product.release("v1").publish();
        let pull = product.pull_request("Stream the export").fixing(issue).open();
        let fix = product.merge(pull, method).unwrap();
        let seen = product.issue(issue).unwrap();
        assert_eq!((seen.state, seen.state_reason.as_deref()), ("closed", Some("completed")), "{method:?}");
        product.release("v2").publish();
        assert_eq!(hub.compare(&fix, "v2").await, "identical", "{method:?}");
        assert_eq!(hub.compare(&fix, "v1").await, "behind", "{method:?}");
        product.commit_on_main("More");
        product.annotated_tag("v3", "main");
        assert_eq!(hub.compare(&fix, "v3").await, "ahead", "{method:?}");
        let shown = hub.get(&format!("/repos/acme/product/pulls/{pull}")).await;
        assert_eq!((&shown["merged"], &shown["merge_commit_sha"]), (&json!(true), &json!(fix)));
        let of_commit = hub.get(&format!("/repos/acme/product/commits/{fix}/pulls")).await;
        assert_eq!(of_commit[0]["number"], json!(pull));
    }
}

#[tokio::test]
async fn the_webhooks_of_a_fix_and_its_release_come_in_githubs_order() {
    let hub = Hub::new().await;
    let product = hub.product();
    let issue = product.files_issue("Export fails", "It says 500");
    let pull = product.pull_request("Stream it").fixing(issue).open();
    product.merge(pull, MergeMethod::Merge);
    product.release("v1").publish();
    let expected = [
        "issues.opened",
        "pull_request.opened",
        "pull_request.closed",
        "issues.closed",
        "push",
        "create",
        "push",
        "release.created",
        "release.published",
        "release.released",
    ];
    assert_eq!(hub.events().await, expected);
    let merged = hub.receiver.received()[2].json();
    assert_eq!(merged["pull_request"]["merged"], true);
}

#[tokio::test]
async fn a_pull_request_into_another_branch_closes_nothing_until_its_commits_reach_the_default_branch() {
    let hub = Hub::new().await;
    let product = hub.product();
    let issue = product.files_issue("Export fails", "It says 500");
    let pull = product.pull_request("Stream it").fixing(issue).into("next").open();
    let fix = product.merge(pull, MergeMethod::Squash).unwrap();
    assert_eq!(product.issue(issue).unwrap().state, "open");
    assert!(!product.contains("main", &fix));
    let onward = product.pull_request("Next").from("next").open();
    product.merge(onward, MergeMethod::Merge);
    assert!(product.contains("main", &fix));
    assert_eq!(product.issue(issue).unwrap().state, "closed");
    let timeline = hub.get(&format!("/repos/acme/product/issues/{issue}/timeline")).await;
    let closed = timeline.as_array().unwrap().iter().find(|moment| moment["event"] == "closed").unwrap();
    assert_eq!(closed["commit_id"], json!(fix));
}

#[tokio::test]
async fn the_timeline_tells_which_pull_request_spoke_of_the_issue() {
    let hub = Hub::new().await;
    let product = hub.product();
    let issue = product.files_issue("Export fails", "It says 500");
    let pull = product.pull_request("Stream it").fixing(issue).open();
    product.comments_on(issue, "Looking");
    product.merge(pull, MergeMethod::Merge);
    let timeline = hub.get(&format!("/repos/acme/product/issues/{issue}/timeline")).await;
    let kinds: Vec<&str> =
        timeline.as_array().unwrap().iter().map(|moment| moment["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["cross-referenced", "commented", "closed"]);
    assert_eq!(timeline[0]["source"]["issue"]["number"], json!(pull));
    assert!(timeline[0]["source"]["issue"]["pull_request"]["merged_at"].is_string());
    assert_eq!(timeline[2]["commit_id"], Value::Null);
}

#[tokio::test]
async fn a_revert_names_what_it_takes_back_and_rewritten_history_is_not_found() {
    let hub = Hub::new().await;
    let product = hub.product();
    let fix = product.commit_on_main("Fix it");
    let revert = product.revert(&fix);
    let shown = hub.get(&format!("/repos/acme/product/commits/{revert}")).await;
    assert_eq!(shown["commit"]["message"], json!(format!("Revert \"Fix it\"\n\nThis reverts commit {fix}.")));
    product.rewrite_history();
    let (status, _) = hub.call(Method::GET, &format!("/repos/acme/product/compare/{fix}...main"), Value::Null).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn drafts_and_prereleases_are_told_apart_from_releases() {
    let hub = Hub::new().await;
    let product = hub.product();
    let draft = product.release("v1").save_draft();
    assert_eq!(product.sha_of("v1"), None);
    assert_eq!(hub.call(Method::GET, "/repos/acme/product/releases/tags/v1", Value::Null).await.0, 404);
    product.publish_draft(draft);
    let candidate = product.release("v2").prerelease().publish();
    assert_eq!(hub.get("/repos/acme/product/releases/latest").await["tag_name"], "v1");
    product.promote(candidate);
    assert_eq!(hub.get("/repos/acme/product/releases/latest").await["tag_name"], "v2");
    product.delete_release(candidate);
    assert_eq!(product.release("v3").at("nowhere").publish(), 0);
    let kinds = hub.events().await;
    let releases: Vec<&str> = kinds.iter().filter_map(|kind| kind.strip_prefix("release.")).collect();
    let expected =
        ["created", "published", "released", "created", "published", "prereleased", "edited", "released", "deleted"];
    assert_eq!(releases, expected);
    assert_eq!(hub.get("/repos/acme/product/releases").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn tags_and_refs_resolve_to_the_commit_even_when_annotated() {
    let hub = Hub::new().await;
    let product = hub.product();
    let sha = product.commit_on_main("One");
    product.annotated_tag("app/v1", &sha);
    let reference = hub.get("/repos/acme/product/git/ref/tags/app/v1").await;
    assert_eq!(reference["object"]["type"], "tag");
    let object = reference["object"]["sha"].as_str().unwrap();
    assert_eq!(hub.get(&format!("/repos/acme/product/git/tags/{object}")).await["object"]["sha"], json!(sha));
    assert_eq!(hub.get("/repos/acme/product/commits/app%2Fv1").await["sha"], json!(sha));
    let later = product.commit_on_main("Two");
    product.tag("app/v1", &later);
    assert_eq!(hub.get("/repos/acme/product/tags").await[0]["commit"]["sha"], json!(later));
    assert_eq!(hub.events().await, ["push", "create", "push", "push", "push"]);
}

#[tokio::test]
async fn a_deployment_tells_its_environment_and_success() {
    let hub = Hub::new().await;
    let product = hub.product();
    let sha = product.commit_on_main("One");
    let id = product.deploy("production", "main").unwrap();
    let list = hub.get("/repos/acme/product/deployments?environment=production").await;
    assert_eq!((&list[0]["sha"], &list[0]["production_environment"]), (&json!(sha), &json!(true)));
    let statuses = hub.get(&format!("/repos/acme/product/deployments/{id}/statuses")).await;
    assert_eq!(statuses[0]["state"], "success");
    assert_eq!(hub.events().await, ["push", "deployment.created", "deployment_status.created"]);
}

#[tokio::test]
async fn graphql_is_not_there_unless_switched_on_and_then_tells_what_it_is_asked() {
    let ask = "query { repository { issue { timelineItems { nodes { closer { mergeCommit { oid } } } } } } }";
    let query = json!({"query": ask, "variables": {"owner": "acme", "name": "product", "number": 1}});
    let without = Hub::new().await;
    assert_eq!(without.call(Method::POST, "/graphql", query.clone()).await.0, 404);
    let hub = Hub::with(|options| options.graphql = true).await;
    let issue = hub.product().files_issue("One", "");
    let pull = hub.product().pull_request("Fix").fixing(issue).open();
    let fix = hub.product().merge(pull, MergeMethod::Merge).unwrap();
    let (status, body) = hub.call(Method::POST, "/graphql", query).await;
    assert_eq!(status, 200);
    let closed = json!({"timelineItems": {"nodes": [{"closer": {"mergeCommit": {"oid": fix}}}]}});
    assert_eq!(body["data"]["repository"]["issue"], closed);
}

#[tokio::test]
async fn a_pull_request_linked_by_hand_closes_its_issue_silently() {
    let hub = Hub::with(|options| options.graphql = true).await;
    let issue = hub.product().files_issue("One", "");
    let pull = hub.product().pull_request("Fix").open();
    hub.product().links(pull, issue);
    assert_eq!(hub.events().await, ["issues.opened", "pull_request.opened"]);
    let ask = "query { repository { issue { closedByPullRequestsReferences { nodes { number } } } } }";
    let query = json!({"query": ask, "variables": {"owner": "acme", "name": "product", "number": issue}});
    let (_, body) = hub.call(Method::POST, "/graphql", query).await;
    let linked = &body["data"]["repository"]["issue"]["closedByPullRequestsReferences"]["nodes"];
    assert_eq!(linked, &json!([{"number": pull}]));
    hub.product().merge(pull, MergeMethod::Merge);
    assert_eq!(hub.product().issue(issue).unwrap().state, "closed");
}

/// What a release script does with git's objects, without a clone.
#[tokio::test]
async fn a_fix_can_be_made_and_released_through_the_api_alone() {
    let hub = Hub::new().await;
    let issue = hub.product().files_issue("Export fails", "");
    let post = async |path: &str, body: Value| {
        let (status, answer) = hub.call(Method::POST, &format!("/repos/acme/product/{path}"), body).await;
        assert_eq!(status, 201, "{path}: {answer}");
        answer
    };
    let head = hub.get("/repos/acme/product/git/ref/heads/main").await["object"]["sha"].clone();
    post("git/refs", json!({"ref": "refs/heads/fix", "sha": head})).await;
    let tree = post("git/trees", json!({"tree": [{"path": "src/export.rs"}]})).await["sha"].clone();
    let commit = post("git/commits", json!({"message": "Work", "tree": tree, "parents": [head]})).await["sha"].clone();
    hub.call(Method::PATCH, "/repos/acme/product/git/refs/heads/fix", json!({"sha": commit})).await;
    let body = json!({"title": "Fix", "body": format!("Fixes #{issue}"), "head": "fix", "base": "main"});
    let pull = post("pulls", body).await["number"].clone();
    assert_eq!(hub.get(&format!("/repos/acme/product/pulls/{pull}/files")).await[0]["filename"], "src/export.rs");
    let (status, merged) = hub
        .call(Method::PUT, &format!("/repos/acme/product/pulls/{pull}/merge"), json!({"merge_method": "squash"}))
        .await;
    assert_eq!((status, &merged["merged"]), (200, &json!(true)));
    post("git/refs", json!({"ref": "refs/tags/v1", "sha": merged["sha"]})).await;
    post("releases", json!({"tag_name": "v1", "target_commitish": "main"})).await;
    assert_eq!(hub.product().issue(issue).unwrap().state, "closed");
    assert_eq!(hub.compare(merged["sha"].as_str().unwrap(), "v1").await, "identical");
}

#[tokio::test]
async fn a_fix_in_one_repository_closes_the_issue_of_another() {
    let hub = Hub::with(|options| options.repositories.push(RepositoryOptions::public("acme/engine"))).await;
    let (product, engine) = (hub.product(), hub.github.repository("acme/engine"));
    let issue = product.files_issue("Export fails", "");
    let pull = engine.pull_request("Stream it").fixing_in("acme/product", issue).open();
    engine.merge(pull, MergeMethod::Squash);
    assert_eq!(product.issue(issue).unwrap().state, "closed");
    let timeline = hub.get(&format!("/repos/acme/product/issues/{issue}/timeline")).await;
    assert_eq!(timeline[0]["source"]["issue"]["repository"]["full_name"], "acme/engine");
}

#[tokio::test]
async fn a_commit_on_the_default_branch_closes_what_its_message_says() {
    let hub = Hub::new().await;
    let issue = hub.product().files_issue("Export fails", "");
    let sha = hub.product().commit_on_main(&format!("Stream the export, closes #{issue}"));
    assert_eq!(hub.product().issue(issue).unwrap().state, "closed");
    let events = hub.get(&format!("/repos/acme/product/issues/{issue}/events")).await;
    assert_eq!((&events[0]["event"], &events[0]["commit_id"]), (&json!("closed"), &json!(sha)));
}

#[tokio::test]
async fn the_closed_event_can_be_told_to_name_the_merge() {
    let hub = Hub::with(|options| options.closed_event_names_commit = true).await;
    let issue = hub.product().files_issue("Export fails", "");
    let pull = hub.product().pull_request("Stream it").fixing(issue).open();
    let sha = hub.product().merge(pull, MergeMethod::Merge);
    let events = hub.get(&format!("/repos/acme/product/issues/{issue}/events")).await;
    assert_eq!(events[0]["commit_id"], json!(sha));
}

#[tokio::test]
async fn a_pull_request_that_was_closed_is_not_merged() {
    let hub = Hub::new().await;
    let issue = hub.product().files_issue("Export fails", "");
    let pull = hub.product().pull_request("Stream it").fixing(issue).open();
    hub.product().close_pull_request(pull);
    assert_eq!(hub.product().merge(pull, MergeMethod::Merge), None);
    assert_eq!(hub.product().issue(issue).unwrap().state, "open");
    assert_eq!(hub.get(&format!("/repos/acme/product/pulls/{pull}")).await["merged"], false);
    assert_eq!(hub.events().await, ["issues.opened", "pull_request.opened", "pull_request.closed"]);
}

#[tokio::test]
async fn a_milestone_counts_its_issues_and_tells_when_it_closes() {
    let hub = Hub::new().await;
    let issue = hub.product().files_issue("Export fails", "");
    let milestone = hub.product().milestone("2.0");
    hub.product().plans(issue, milestone);
    hub.product().close_milestone(milestone);
    let shown = hub.get(&format!("/repos/acme/product/milestones/{milestone}")).await;
    assert_eq!((&shown["state"], &shown["open_issues"]), (&json!("closed"), &json!(1)));
    assert_eq!(hub.events().await, ["issues.opened", "milestone.created", "issues.milestoned", "milestone.closed"]);
}
