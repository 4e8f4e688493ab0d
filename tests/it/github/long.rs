//! A page of a list that is longer than one answer may be: GitHub takes 65,536 characters of up to four bytes, and shows a hundred
//! on a page, so anybody can make one.

use serde_json::{Value, json};

use heard::model::fix::FixDoubt;

use super::{OpenGithub as _, seven};
use crate::double::{Answer, Double, Seen, missing, ok};

/// Whose page of a hundred is too long. Pages of ten are as ever.
fn lists(seen: &Seen, short: &Value) -> Answer {
    if seen.path.contains("per_page=100") {
        return too_long();
    }
    if seen.path.contains("page=1") { ok(short.clone()) } else { ok(json!([])) }
}

fn too_long() -> Answer {
    ok(json!([{ "number": 1, "body": "\u{1f980}".repeat(5_000_000) }]))
}

fn issue() -> Answer {
    ok(json!({
        "id": 77, "number": 7, "title": "Export fails", "body": "", "state": "open", "user": null, "labels": [],
        "html_url": "https://github.test/acme/product/issues/7",
        "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z",
    }))
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
        "/repos/acme/product/issues/7" => issue(),
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

/// A page of ten, and where the next one is.
fn tenth(seen: &Seen, base: &str) -> Answer {
    let page = seen.path.split_once("&page=").and_then(|(_, page)| page.parse::<u64>().ok()).unwrap_or(1);
    let next = seen.path.replace(&format!("&page={page}"), &format!("&page={}", page + 1));
    (200, vec![("link", format!("<{base}{next}>; rel=\"next\""))], json!([]))
}

/// A look has twenty seconds, and begins anew if they are not enough.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_makes_every_page_too_long_makes_no_look_last_longer() {
    let double =
        Double::start(|seen, base| match seen.path.split('?').next().unwrap() {
            "/repos/acme/product" => {
                ok(json!({ "full_name": "acme/product", "default_branch": "main", "private": false }))
            }
            "/repos/acme/product/issues/7" => issue(),
            "/repos/acme/product/issues/7/timeline" | "/repos/acme/product/pulls" => {
                if seen.path.contains("per_page=100") { too_long() } else { tenth(seen, base) }
            }
            _ => missing(),
        });
    let evidence = double.token().fix_evidence(&seven()).await.unwrap();
    assert_eq!(evidence.doubts, [FixDoubt::MoreThanRead]);
    let timeline = double.seen("GET", "/repos/acme/product/issues/7/timeline");
    assert!(timeline.len() < 15, "{timeline:#?}");
    let again = timeline.iter().filter(|one| one.path.contains("per_page=100")).map(|one| one.path.as_str());
    let again: Vec<&str> = again.filter(|path| path.contains("&page=")).collect();
    assert!(again.iter().all(|path| path.ends_with("&page=2")), "{again:?}");
    assert!(double.seen("GET", "/repos/acme/product/pulls").len() < 30);
}
