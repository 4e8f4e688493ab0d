//! A page of a list that is longer than one answer may be: GitHub takes 65,536 characters of up to four bytes, and shows a hundred
//! on a page, so anybody can make one.

use serde_json::{Value, json};

use super::{OpenGithub as _, seven};
use crate::double::{Double, Seen, missing, ok};

/// Whose page of a hundred is too long. Pages of ten are as ever.
fn lists(seen: &Seen, short: &Value) -> crate::double::Answer {
    if seen.path.contains("per_page=100") {
        return ok(json!([{ "number": 1, "body": "\u{1f980}".repeat(5_000_000) }]));
    }
    if seen.path.contains("page=1") { ok(short.clone()) } else { ok(json!([])) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_too_long_is_read_in_shorter_ones() {
    let pull = json!({
        "number": 9, "state": "closed", "title": "Write the last row", "body": "Fixes #7", "user": null, "draft": false,
        "author_association": "MEMBER", "merged_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z",
        "merge_commit_sha": "0123456789012345678901234567890123456789",
        "base": { "ref": "main", "repo": { "full_name": "acme/product", "default_branch": "main" } },
    });
    let double = Double::start(move |seen, _| match seen.path.split('?').next().unwrap() {
        "/repos/acme/product/issues/7" => ok(json!({
            "id": 77, "number": 7, "title": "Export fails", "body": "", "state": "open", "user": null, "labels": [],
            "html_url": "https://github.test/acme/product/issues/7",
            "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z",
        })),
        "/repos/acme/product/issues/7/timeline" => ok(json!([])),
        "/repos/acme/product/pulls" => lists(seen, &json!([pull])),
        _ => missing(),
    });
    let github = double.token();
    let evidence = github.fix_evidence(&seven()).await.unwrap();
    assert!(evidence.doubts.is_empty(), "{:?}", evidence.doubts);
    assert_eq!(evidence.pulls.first().map(|pull| pull.at.number), Some(9), "{:?}", evidence.pulls);
    let asked = double.seen("GET", "/repos/acme/product/pulls");
    assert!(asked.iter().any(|one| one.path.contains("per_page=10&page=1")), "{asked:?}");
}
