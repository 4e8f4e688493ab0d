//! What counts as a fix, each rule as a sentence.

use super::*;

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn at(minutes: i64) -> Time {
    Time::from_seconds(1_000_000 + minutes * 60)
}

/// A pull request merged into `main` at minute `number`, whose merge commit is its number in 40 digits.
fn merged(number: i64, body: &str) -> PullRequest {
    PullRequest {
        repository: product(),
        number,
        url: String::new(),
        title: "A change".into(),
        body: body.into(),
        open: false,
        draft: false,
        merged_at: Some(at(number)),
        merge_sha: Some(sha(number)),
        base: "main".into(),
        default_branch: Some("main".into()),
        author_login: None,
        updated_at: at(number),
    }
}

fn sha(number: i64) -> String {
    format!("{number:040}")
}

fn set(pulls: Vec<PullRequest>) -> FixSet {
    assemble(&Evidence { pulls, ..Evidence::new(product(), 7) })
}

fn summary(set: &FixSet) -> Vec<(String, How, bool, bool)> {
    set.fixes.iter().map(|fix| (fix.sha.clone(), fix.how, fix.sure, fix.stands_for.is_some())).collect()
}

#[test]
fn a_merged_pull_request_on_the_default_branch_that_says_fixes_is_proof() {
    assert_eq!(
        summary(&set(vec![merged(1, "Fixes #7"), merged(2, "Fixes #8")])),
        [(sha(1), How::Keyword, true, false)]
    );
}

#[test]
fn a_pull_request_that_was_closed_and_not_merged_is_no_fix() {
    let unmerged = PullRequest { merged_at: None, merge_sha: None, ..merged(1, "Fixes #7") };
    assert!(set(vec![unmerged]).fixes.is_empty());
}

#[test]
fn the_commit_of_a_foreign_merge_bot_is_the_fix() {
    let unmerged = PullRequest { merged_at: None, merge_sha: None, ..merged(1, "Fixes #7") };
    let closers = vec![Closer::Commit { repository: product(), sha: sha(9), at: Some(at(9)) }];
    let set = assemble(&Evidence { closers, pulls: vec![unmerged], ..Evidence::new(product(), 7) });
    assert_eq!(summary(&set), [(sha(9), How::ClosingCommit, true, false)]);
}

#[test]
fn every_one_of_several_pull_requests_is_required() {
    assert_eq!(set(vec![merged(1, "Fixes #7"), merged(2, "closes #7")]).fixes.len(), 2);
}

#[test]
fn a_merge_into_a_feature_branch_is_required_but_no_proof() {
    let feature = PullRequest { base: "big-rewrite".into(), ..merged(1, "Fixes #7") };
    assert_eq!(summary(&set(vec![feature])), [(sha(1), How::Keyword, false, false)]);
}

#[test]
fn a_merge_into_a_release_line_is_the_same_fix_on_another_line() {
    let line = PullRequest { base: "release/1.x".into(), ..merged(2, "Fixes #7") };
    assert_eq!(
        summary(&set(vec![merged(1, "Fixes #7"), line])),
        [(sha(1), How::Keyword, true, false), (sha(2), How::Backport, false, true)]
    );
}

#[test]
fn a_cherry_pick_that_names_its_origin_is_proof_and_a_backport_that_says_so_is_likely() {
    let picked = PullRequest {
        base: "1.x".into(),
        ..merged(2, &format!("Back to 1.x\n\n(cherry picked from commit {})", sha(1)))
    };
    let said = PullRequest { base: "2.x".into(), ..merged(3, "Automated cherry pick of #1") };
    assert_eq!(
        summary(&set(vec![merged(1, "Fixes #7"), picked, said])),
        [
            (sha(1), How::Keyword, true, false),
            (sha(2), How::Backport, true, true),
            (sha(3), How::Backport, false, true)
        ]
    );
}

#[test]
fn a_pull_request_in_another_repository_counts_there() {
    let other = Repository::parse("acme/engine").unwrap();
    let elsewhere = PullRequest { repository: other.clone(), ..merged(1, "Fixes acme/product#7") };
    let unrelated = PullRequest { repository: other.clone(), ..merged(2, "Fixes #7") };
    let set = set(vec![elsewhere, unrelated]);
    assert_eq!(set.fixes.len(), 1);
    assert_eq!(set.fixes[0].repository, other);
}

#[test]
fn what_was_merged_before_the_issue_was_reopened_did_not_fix_it() {
    let evidence = Evidence {
        reopened_at: Some(at(5)),
        pulls: vec![merged(1, "Fixes #7"), merged(6, "Fixes #7")],
        closers: vec![Closer::PullRequest { repository: product(), number: 1 }],
        ..Evidence::new(product(), 7)
    };
    assert_eq!(summary(&assemble(&evidence)), [(sha(6), How::Keyword, true, false)]);
}

#[test]
fn a_fix_that_was_taken_back_says_by_what() {
    let reverted = set(vec![merged(1, "Fixes #7"), merged(2, "Reverts acme/product#1")]);
    assert_eq!(reverted.fixes[0].reverted_by, Some(sha(2)));
    let again =
        set(vec![merged(1, "Fixes #7"), merged(2, "Reverts acme/product#1"), merged(3, "Reverts acme/product#2")]);
    assert_eq!((again.fixes[0].reverted_by.clone(), again.fixes[0].sure), (None, false));
}

#[test]
fn a_link_by_hand_counts_like_a_keyword() {
    let evidence = Evidence { linked: vec![(product(), 1)], pulls: vec![merged(1, "")], ..Evidence::new(product(), 7) };
    assert_eq!(summary(&assemble(&evidence)), [(sha(1), How::ClosingPullRequest, true, false)]);
}

#[test]
fn open_pull_requests_and_drafts_are_told_apart() {
    let open = PullRequest { open: true, merged_at: None, merge_sha: None, ..merged(1, "Fixes #7") };
    let draft = PullRequest { number: 2, draft: true, ..open.clone() };
    let drafts: Vec<bool> = set(vec![open, draft]).open_pull_requests.iter().map(|pull| pull.draft).collect();
    assert_eq!(drafts, [false, true]);
}

#[test]
fn a_merge_without_its_commit_is_a_doubt_and_not_a_fix() {
    let set = set(vec![PullRequest { merge_sha: None, ..merged(1, "Fixes #7") }]);
    assert!(set.fixes.is_empty());
    assert_eq!(set.doubts, ["GitHub does not say which commit merged acme/product#1"]);
}

#[test]
fn a_release_line_is_known_by_its_name_and_in_doubt_a_branch_is_none() {
    for line in ["release/2.x", "releases/v2.4", "1.4-stable", "v3", "2.4", "lts", "hotfix-2.4.1", "stable_2"] {
        assert!(is_release_line(line), "{line}");
    }
    for branch in ["main", "develop", "2fa", "support-chat", "release-notes", "feature/2.0", "hotfix/login", ""] {
        assert!(!is_release_line(branch), "{branch}");
    }
}
