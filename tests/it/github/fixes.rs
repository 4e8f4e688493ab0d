//! What the fix set, the releases and the comparisons are read from.

use heard::{
    base::{clock::Time, secret::Secret},
    model::{
        fix::{Containment, FixDoubt, FixSet, FixSource, PullRequestRef},
        issue::Repository,
        release::ReleaseSource,
        tracker::TrackerAccess,
    },
    shipping,
    tracker::Tracker,
};
use serde_json::{Value, json};

use super::{APP_KEY, OpenGithub as _, client, issue, product, seven, signing_in};
use crate::double::{Double, Seen, missing, ok};

fn pull(number: i64, body: &str) -> Value {
    json!({
        "number": number, "state": "closed", "title": "A change", "body": body, "user": null, "draft": false, "author_association": "MEMBER",
        "merged_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z",
        "base": { "ref": "main", "repo": { "full_name": "acme/product", "default_branch": "main" } },
    })
}

/// The fix set of issue 7.
async fn fix_set(github: &dyn Tracker) -> FixSet {
    shipping::assemble(&github.fix_evidence(&seven()).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ahead_and_identical_mean_contained() {
    let double = Double::start(|seen, _| {
        let status = seen.path.split("...").nth(1).and_then(|tip| tip.split('?').next()).unwrap_or_default();
        if status == "gone" { missing() } else { ok(json!({ "status": status, "commits": [] })) }
    });
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
async fn a_releases_tag_is_followed_to_its_commit() {
    let release = |id: i64, tag: &str| {
        let at = "2026-03-02T10:00:00Z";
        json!({ "id": id, "tag_name": tag, "published_at": at, "created_at": at })
    };
    let double = Double::start(move |seen, _| match seen.path.split('?').next().unwrap() {
        "/repos/acme/product/releases" => {
            ok(json!([release(1, "release/2.0"), release(2, "main"), release(3, "nothing"), release(4, "../..")]))
        }
        "/repos/acme/product/git/ref/tags/release/2.0" => ok(json!({ "object": { "type": "tag", "sha": "t1" } })),
        "/repos/acme/product/git/tags/t1" => ok(json!({ "object": { "type": "commit", "sha": "c1" } })),
        "/repos/acme/product/commits/main" => ok(json!({ "sha": "c2" })),
        "/repos/acme/product/commits/nothing" => {
            (422, Vec::new(), json!({ "message": "No commit found for SHA: nothing" }))
        }
        _ => missing(),
    });
    let since = Time::from_seconds(0);
    let found = double.token().releases(&product(), ReleaseSource::Releases, "", since).await.unwrap();
    let commits: Vec<_> = found.found.iter().map(|release| release.sha.as_deref()).collect();
    assert_eq!(commits, [Some("c1"), Some("c2"), None, None]);
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
                { "event": "cross-referenced", "source": { "issue": { "number": 4, "pull_request": {},
                  "body": "Fixes acme/product#7", "repository_url": format!("{base}/repos/stranger/fork") } } },
                { "event": "cross-referenced", "source": { "issue": { "number": 3, "pull_request": {},
                  "repository_url": format!("{base}/repos/acme/secret") } } },
            ])),
            "/repos/acme/product/pulls" if seen.path.contains("state=closed") => {
                ok(json!([pull(12, "Fixes #7"), pull(13, "See #7")]))
            }
            "/repos/acme/product/pulls" => ok(
                json!([{ "number": 14, "state": "open", "draft": true, "body": "Closes #7", "author_association": "MEMBER",
                "updated_at": "2026-03-02T10:00:00Z" }]),
            ),
            // Newer versions of the API leave the merge commit out of the pull request.
            "/repos/acme/product/issues/12/events" => ok(json!([{ "event": "merged", "commit_id": "c12" }])),
            _ => missing(),
        }
    });
    let github = double.token();
    let set = fix_set(&*github).await;
    let found: Vec<_> = set.fixes.iter().map(|fix| (fix.sha.as_str(), fix.repository.as_str(), fix.source)).collect();
    assert_eq!(found, [("c12", "acme/product", FixSource::Keyword), ("c9", "acme/engine", FixSource::ClosingCommit)]);
    assert!(set.under_way);
    let secret = PullRequestRef { repository: Repository::parse("acme/secret").unwrap(), number: 3 };
    assert_eq!(set.doubts, [FixDoubt::Unreadable(secret)]);
    let _ = fix_set(&*github).await;
    assert_eq!(double.seen("POST", "/graphql").len(), 1, "what is not there is not asked for twice");
}

/// GitHub closes in the name of whoever merged, a second or two later and without a commit (kamp-us/phoenix#5806). Lists do not say who
/// that was.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_an_issue_counts_as_who_closed_it_by_a_merge_only_where_github_says_that_they_merged() {
    for (author, merged_by, closed_at, sure) in [
        ("robin", json!({ "login": "robin", "type": "User" }), "2026-03-02T10:00:02Z", true),
        ("robin", json!({ "login": "robin", "type": "User" }), "2026-03-02T10:01:01Z", false),
        ("robin", json!({ "login": "robin", "type": "User" }), "2026-03-02T09:59:59Z", false),
        ("robin", json!({ "login": "sam", "type": "User" }), "2026-03-02T10:00:02Z", false),
        ("robin", Value::Null, "2026-03-02T10:00:02Z", false),
        // What an App files, it also closes, whatever it merges at that time.
        ("tidy[bot]", json!({ "login": "tidy[bot]", "type": "Bot" }), "2026-03-02T10:00:02Z", false),
    ] {
        let case = format!("{author} closed it at {closed_at}, merged by {merged_by}");
        let double = Double::start(move |seen, _| {
            let by_an_outsider = |mut pull: Value| {
                pull["author_association"] = json!("CONTRIBUTOR");
                pull["merge_commit_sha"] = json!("c12");
                pull
            };
            match seen.path.split('?').next().unwrap() {
                "/repos/acme/product/issues/7" => {
                    let mut issue = issue(7, "");
                    issue["state"] = json!("closed");
                    issue["state_reason"] = json!("completed");
                    issue["user"] = json!({ "login": author });
                    issue["author_association"] = json!("MEMBER");
                    ok(issue)
                }
                "/repos/acme/product/issues/7/timeline" => {
                    ok(json!([{ "event": "closed", "actor": { "login": author }, "created_at": closed_at }]))
                }
                "/repos/acme/product/pulls" if seen.path.contains("state=closed") => {
                    ok(json!([by_an_outsider(pull(12, "Fixes #7"))]))
                }
                "/repos/acme/product/pulls" => ok(json!([])),
                "/repos/acme/product/pulls/12" => {
                    let mut whole = by_an_outsider(pull(12, "Fixes #7"));
                    whole["merged_by"] = merged_by.clone();
                    ok(whole)
                }
                _ => missing(),
            }
        });
        let set = fix_set(&*double.token()).await;
        assert_eq!(set.fixes.iter().map(|fix| fix.sure).collect::<Vec<_>>(), [sure], "{case}: {set:?}");
    }
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
    });
    let set = fix_set(&*double.token()).await;
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
    });
    let access = TrackerAccess::App { id: 12345, private_key: Secret::new(APP_KEY) };
    let set = fix_set(&*client(&format!("{}/api/v3", double.url), access)).await;
    assert_eq!(set.fixes.len(), 1);
    assert!(set.fixes[0].source == FixSource::ClosingPullRequest && set.fixes[0].sure);
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
    });
    let github = double.token();
    let list = async |source| {
        let since = Time::parse("2026-03-01T00:00:00Z").unwrap();
        github.releases(&product(), source, "production", since).await.unwrap().found
    };
    let releases = list(ReleaseSource::Releases).await;
    let found: Vec<_> =
        releases.iter().map(|found| (found.external_id.as_str(), found.sha.as_deref(), found.draft)).collect();
    assert_eq!(found, [("release:3", None, true), ("release:2", Some("c24"), false)]);
    let tags = list(ReleaseSource::Tags).await;
    assert!(tags.len() == 1 && tags[0].prerelease && tags[0].sha.as_deref() == Some("c30"));
    let deployments = list(ReleaseSource::Deployments).await;
    let found: Vec<_> = deployments.iter().map(|found| (found.external_id.as_str(), found.version.as_str())).collect();
    assert_eq!(found, [("deployment:8", "d8")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commits_between_two_releases_are_read_with_what_they_say() {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let message = format!("Revert \"Fix\"\n\nThis reverts commit {sha}.");
    let double = Double::start(move |seen, _| match seen.path.split('?').next().unwrap() {
        "/repos/acme/product/compare/v1...v2" => {
            let commits = json!([{ "sha": "r1", "commit": { "message": message } }, { "sha": "x", "commit": null }]);
            ok(json!({ "status": "ahead", "total_commits": 2, "commits": commits }))
        }
        _ => missing(),
    });
    let github = double.token();
    let between = github.commits_between(&product(), "v1", "v2").await.unwrap();
    let read: Vec<(&str, &str)> = between.commits.iter().map(|one| (one.sha.as_str(), one.subject())).collect();
    assert_eq!((read, between.complete), (vec![("r1", "Revert \"Fix\""), ("x", "")], true));
    let unknown = github.commits_between(&product(), "v0", "v2").await.unwrap();
    assert!(unknown.commits.is_empty() && !unknown.complete, "GitHub does not know v0");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_more_commits_than_are_read_it_is_not_known_whether_one_takes_a_fix_back() {
    let double = Double::start(move |seen, _| match seen.path.split('?').next().unwrap() {
        "/repos/acme/product/compare/v1...v2" => {
            let commits: Vec<_> = (0..100).map(|n| json!({ "sha": format!("c{n}"), "commit": null })).collect();
            ok(json!({ "status": "ahead", "total_commits": 1_001, "commits": commits }))
        }
        _ => missing(),
    });
    let between = double.token().commits_between(&product(), "v1", "v2").await.unwrap();
    assert!(!between.complete);
    assert_eq!(double.seen("GET", "/repos/acme/product/compare").len(), 10);
}
