//! What counts as a fix, each rule as a sentence.

use super::*;
use crate::{
    base::clock::Time,
    model::{
        fix::{Closing, PullRequestClaims},
        issue::{IssueRef, Repository},
    },
};

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn at(minutes: i64) -> Time {
    Time::from_seconds(1_000_000 + minutes * 60)
}

fn issue(number: i64) -> IssueRef {
    IssueRef::new(product(), number)
}

fn pull(number: i64) -> PullRequestRef {
    PullRequestRef { repository: product(), number }
}

/// A pull request merged into `main` at minute `number`. Its merge commit is its number in 40 digits.
fn merged(number: i64, says: PullRequestClaims) -> PullRequest {
    PullRequest {
        at: pull(number),
        title: "A change".into(),
        open: false,
        merged_at: Some(at(number)),
        merge_sha: Some(sha(number)),
        base: "main".into(),
        head: None,
        default_branch: Some("main".into()),
        says,
        by_writer: true,
    }
}

fn closes(number: i64) -> PullRequestClaims {
    PullRequestClaims { closes: vec![issue(number)], ..PullRequestClaims::default() }
}

fn reverts(number: i64) -> PullRequestClaims {
    PullRequestClaims { reverts: vec![pull(number)], ..PullRequestClaims::default() }
}

fn sha(number: i64) -> String {
    format!("{number:040}")
}

fn evidence(pulls: Vec<PullRequest>) -> FixEvidence {
    FixEvidence { pulls, ..FixEvidence::new(issue(7)) }
}

fn set(pulls: Vec<PullRequest>) -> FixSet {
    assemble(&evidence(pulls))
}

fn summary(set: &FixSet) -> Vec<(String, FixSource, bool, bool)> {
    set.fixes.iter().map(|fix| (fix.sha.clone(), fix.source, fix.sure, fix.stands_for.is_some())).collect()
}

#[test]
fn a_merged_pull_request_on_the_default_branch_that_says_fixes_is_proof() {
    assert_eq!(
        summary(&set(vec![merged(1, closes(7)), merged(2, closes(8))])),
        [(sha(1), FixSource::Keyword, true, false)]
    );
}

#[test]
fn a_pull_request_that_was_closed_and_not_merged_is_no_fix() {
    let unmerged = PullRequest { merged_at: None, merge_sha: None, ..merged(1, closes(7)) };
    assert!(set(vec![unmerged]).fixes.is_empty());
}

#[test]
fn the_commit_of_a_foreign_merge_bot_is_the_fix() {
    let unmerged = PullRequest { merged_at: None, merge_sha: None, ..merged(1, closes(7)) };
    let closers = vec![Closer::Commit { repository: product(), sha: sha(9), at: Some(at(9)) }];
    let set = assemble(&FixEvidence { closers, ..evidence(vec![unmerged]) });
    assert_eq!(summary(&set), [(sha(9), FixSource::ClosingCommit, true, false)]);
}

#[test]
fn every_one_of_several_pull_requests_is_required() {
    assert_eq!(set(vec![merged(1, closes(7)), merged(2, closes(7))]).fixes.len(), 2);
}

#[test]
fn a_merge_into_a_feature_branch_is_no_proof_and_not_required_for_ever() {
    let feature = PullRequest { base: "big-rewrite".into(), ..merged(1, closes(7)) };
    assert_eq!(summary(&set(vec![feature])), [(sha(1), FixSource::OtherBranch, false, false)]);
    let develop = PullRequest { base: "develop".into(), ..merged(1, closes(7)) };
    assert_eq!(summary(&set(vec![develop])), [(sha(1), FixSource::Keyword, false, false)], "it is merged as it is");
}

/// JiRaska/open-bank-oss#9713, aicokleinovink/anthem#30
#[test]
fn what_was_merged_into_another_pull_requests_branch_comes_with_that_one() {
    let from = |number: i64, head: &str, base: &str| PullRequest {
        head: Some(head.into()),
        base: base.into(),
        ..merged(number, PullRequestClaims::default())
    };
    let lower = PullRequest { base: "second".into(), ..merged(1, closes(7)) };
    let stack = vec![lower.clone(), from(2, "second", "first"), from(3, "first", "main")];
    assert_eq!(
        summary(&set(stack)),
        [(sha(1), FixSource::OtherBranch, false, false), (sha(3), FixSource::Backport, false, true)]
    );
    let open = PullRequest { open: true, merged_at: None, merge_sha: None, ..from(3, "first", "main") };
    let waits = set(vec![lower.clone(), from(2, "second", "first"), open]);
    assert_eq!(summary(&waits), [(sha(1), FixSource::Stacked, false, false)]);
    assert!(waits.under_way);
    let earlier = set(vec![PullRequest { merged_at: Some(at(9)), ..lower }, from(3, "second", "main")]);
    assert_eq!(earlier.fixes.len(), 1, "the branch was brought on before it had the fix");
}

#[test]
fn a_merge_into_a_release_line_is_the_same_fix_on_another_line() {
    let line = PullRequest { base: "release/1.x".into(), ..merged(2, closes(7)) };
    assert_eq!(
        summary(&set(vec![merged(1, closes(7)), line])),
        [(sha(1), FixSource::Keyword, true, false), (sha(2), FixSource::Backport, false, true)]
    );
}

#[test]
fn a_cherry_pick_that_names_its_origin_is_proof_and_a_backport_that_says_so_is_likely() {
    let from = PullRequestClaims { picked_from: vec![sha(1)], ..PullRequestClaims::default() };
    let picked = PullRequest { base: "1.x".into(), ..merged(2, from) };
    let of = PullRequestClaims { backports: vec![pull(1)], ..PullRequestClaims::default() };
    let said = PullRequest { base: "2.x".into(), ..merged(3, of) };
    assert_eq!(
        summary(&set(vec![merged(1, closes(7)), picked, said])),
        [
            (sha(1), FixSource::Keyword, true, false),
            (sha(2), FixSource::Backport, true, true),
            (sha(3), FixSource::Backport, false, true)
        ]
    );
}

#[test]
fn a_pull_request_in_another_repository_counts_there() {
    let other = Repository::parse("acme/engine").unwrap();
    let there = |number| PullRequestRef { repository: other.clone(), number };
    let elsewhere = PullRequest { at: there(1), ..merged(1, closes(7)) };
    let its_own = PullRequestClaims { closes: vec![IssueRef::new(other.clone(), 7)], ..PullRequestClaims::default() };
    let unrelated = PullRequest { at: there(2), ..merged(2, its_own) };
    let set = set(vec![elsewhere, unrelated]);
    assert_eq!(set.fixes.len(), 1);
    assert_eq!(set.fixes[0].repository, other);
}

#[test]
fn what_was_merged_before_the_issue_was_reopened_did_not_fix_it() {
    let evidence = FixEvidence {
        reopened_at: Some(at(5)),
        closers: vec![Closer::PullRequest(pull(1))],
        ..evidence(vec![merged(1, closes(7)), merged(6, closes(7))])
    };
    assert_eq!(summary(&assemble(&evidence)), [(sha(6), FixSource::Keyword, true, false)]);
}

#[test]
fn a_fix_that_was_taken_back_says_by_what() {
    let reverted = set(vec![merged(1, closes(7)), merged(2, reverts(1))]);
    assert_eq!(reverted.fixes[0].reverted_by, Some(sha(2)));
    let again = set(vec![merged(1, closes(7)), merged(2, reverts(1)), merged(3, reverts(2))]);
    assert_eq!((again.fixes[0].reverted_by.clone(), again.fixes[0].sure), (None, false));
    let anew = set(vec![merged(1, closes(7)), merged(2, reverts(1)), merged(3, reverts(2)), merged(4, reverts(3))]);
    assert_eq!((anew.fixes[0].reverted_by.clone(), anew.fixes[0].sure), (Some(sha(4)), false), "to its end");
    let before = set(vec![merged(2, closes(7)), merged(1, reverts(2))]);
    assert_eq!(
        (before.fixes[0].reverted_by.clone(), before.fixes[0].sure),
        (None, true),
        "nothing is reverted before it is there"
    );
}

#[test]
fn a_text_that_denies_what_its_keyword_says_is_a_doubt() {
    let denies = PullRequestClaims { denies: vec![issue(7)], ..closes(7) };
    let evidence = FixEvidence { closers: vec![Closer::PullRequest(pull(1))], ..evidence(vec![merged(1, denies)]) };
    let found = assemble(&evidence).fixes.remove(0);
    assert!(!found.sure && found.doubt.is_some_and(|doubt| doubt.contains("denies")));
}

#[test]
fn a_fix_set_never_shrinks_because_a_source_was_silent() {
    let told = FixEvidence {
        linked: vec![pull(2)],
        links_known: true,
        ..evidence(vec![merged(1, closes(7)), merged(2, PullRequestClaims::default())])
    };
    let before = assemble(&told).fixes;
    let mut silent =
        assemble(&FixEvidence { doubts: vec![FixDoubt::HalfAnswer], ..evidence(vec![merged(1, closes(7))]) });
    silent.keep_known(&before);
    assert!(silent.fixes.len() == 2 && silent.fixes.iter().all(|fix| !fix.sure), "{silent:?}");
    let mut gone = assemble(&evidence(vec![merged(1, closes(7))]));
    gone.keep_known(&before);
    assert_eq!(gone.fixes.len(), 2, "what only the tracker itself knew is not forgotten without it");
    let mut unlinked = assemble(&FixEvidence { links_known: true, ..evidence(vec![merged(1, closes(7))]) });
    unlinked.keep_known(&before);
    assert!(unlinked.fixes.len() == 1 && unlinked.fixes[0].sure, "people may take a link away");
}

#[test]
fn a_link_by_hand_counts_like_a_keyword() {
    let silent = merged(1, PullRequestClaims::default());
    let evidence = FixEvidence { linked: vec![pull(1)], ..evidence(vec![silent]) };
    assert_eq!(summary(&assemble(&evidence)), [(sha(1), FixSource::ClosingPullRequest, true, false)]);
}

#[test]
fn an_open_pull_request_that_closes_it_is_under_way_and_no_fix() {
    let open = |says| PullRequest { open: true, merged_at: None, merge_sha: None, ..merged(1, says) };
    let under_way = set(vec![open(closes(7))]);
    assert!(under_way.under_way && under_way.fixes.is_empty());
    assert!(!set(vec![open(closes(8))]).under_way);
}

#[test]
fn a_merge_without_its_commit_is_a_doubt_and_not_a_fix() {
    let set = set(vec![PullRequest { merge_sha: None, ..merged(1, closes(7)) }]);
    assert!(set.fixes.is_empty());
    assert_eq!(set.doubts, [FixDoubt::UnknownMerge(pull(1))]);
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

/// Whoever may only propose changes can edit the text of a pull request of theirs after it was merged, and GitHub closes nothing
/// then.
#[test]
fn what_a_stranger_says_in_a_pull_request_is_believed_only_as_far_as_the_tracker_acted_on_it() {
    let by_stranger = |says: PullRequestClaims| PullRequest { by_writer: false, ..merged(1, says) };
    let by = |by: &str, closed_at: Vec<Time>| {
        let closings = closed_at.into_iter().map(|at| Closing { at, by: Some(by.to_owned()) }).collect();
        let author = Some("heard[bot]".to_owned());
        FixEvidence { author, closings, ..evidence(vec![by_stranger(closes(7))]) }
    };
    let closed = |closed_at: Vec<Time>| assemble(&by("robin", closed_at)).fixes[0].clone();
    let edited = closed(Vec::new());
    assert!(!edited.sure && edited.doubt.is_some_and(|why| why.contains("was not closed when it was merged")));
    assert!(!closed(vec![at(0), at(30)]).sure, "it was closed by somebody at some other time");
    assert!(closed(vec![at(1)]).sure, "the tracker closed it at the merge");
    let by_its_author = by("heard[bot]", vec![at(1)]);
    let doubted = assemble(&by_its_author).fixes[0].clone();
    assert!(!doubted.sure, "whoever wrote it may close it");
    assert!(
        doubted.doubt.is_some_and(|why| why.ends_with("may have been closed by something else")),
        "it was closed at the merge"
    );
    let merged_by_author = |number| FixEvidence { merged_by_author: vec![pull(number)], ..by_its_author.clone() };
    assert!(assemble(&merged_by_author(1)).fixes[0].sure, "whoever wrote it merged it, and the tracker closed it so");
    assert!(!assemble(&merged_by_author(2)).fixes[0].sure, "they merged another one");
    let told = FixEvidence { links_known: true, ..by("robin", vec![at(1)]) };
    assert!(!assemble(&told).fixes[0].sure, "the tracker says itself what closed it");
    let by_link = FixEvidence { linked: vec![pull(1)], ..evidence(vec![by_stranger(closes(7))]) };
    assert!(!assemble(&by_link).fixes[0].sure, "a keyword makes a link, whenever it is written");

    let beside = set(vec![by_stranger(closes(7)), merged(2, closes(7))]);
    assert_eq!(beside.fixes.iter().map(|fix| fix.pull_request).collect::<Vec<_>>(), [Some(2)], "it holds nothing up");
    assert!(beside.fixes[0].sure);
    let older = FixEvidence { opened_at: Some(at(2)), ..evidence(vec![by_stranger(closes(7))]) };
    assert_eq!(assemble(&older).fixes, [], "nobody fixed what was not reported yet");

    let open = |by_writer: bool| PullRequest { open: true, merged_at: None, by_writer, ..merged(2, closes(7)) };
    assert!(set(vec![open(true)]).under_way && !set(vec![open(false)]).under_way, "anybody may open one");

    let taken_back = set(vec![merged(1, closes(7)), PullRequest { by_writer: false, ..merged(2, reverts(1)) }]);
    assert_eq!(
        (taken_back.fixes[0].sure, taken_back.fixes[0].reverted_by.clone()),
        (true, None),
        "their commits say it"
    );
    let picked = PullRequestClaims { picked_from: vec![sha(1)], ..PullRequestClaims::default() };
    let carried = set(vec![merged(1, closes(7)), PullRequest { by_writer: false, ..merged(2, picked) }]);
    assert_eq!(carried.fixes.len(), 1, "it may be anything");
    let beside = |pull: PullRequest| set(vec![merged(1, closes(7)), pull]).fixes.len();
    let develop = |by_writer: bool| PullRequest { base: "develop".into(), by_writer, ..merged(2, closes(7)) };
    assert_eq!((beside(develop(true)), beside(develop(false))), (2, 1), "into whatever branch");
}
