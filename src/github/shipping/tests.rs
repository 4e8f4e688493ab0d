//! The failure cases of real projects, each as a sentence.

use std::time::Duration;

use super::*;
use crate::github::Containment;

const HOUR: i64 = 3_600;

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn at(hours: i64) -> Time {
    Time::from_seconds(1_000_000 + hours * HOUR)
}

fn fix(sha: &str) -> FixState {
    FixState {
        repository: product(),
        sha: sha.into(),
        merged_at: Some(at(1)),
        sure: true,
        stands_for: None,
        reverted_by: None,
        component: None,
    }
}

/// A stable release at that hour which contains these commits and none of `a` to `e` besides.
fn release(version: &str, hours: i64, commits: &[&str]) -> ReleaseState {
    let known = ["a", "b", "c", "d", "e"];
    let says = |sha: &str| if commits.contains(&sha) { Containment::Contained } else { Containment::NotContained };
    ReleaseState {
        id: version.into(),
        repository: product(),
        version: version.into(),
        component: None,
        environment: None,
        prerelease: false,
        draft: false,
        withdrawn: false,
        stated: false,
        published_at: at(hours),
        contains: known.iter().map(|sha| ((*sha).to_owned(), says(sha))).collect(),
        reverted: Vec::new(),
    }
}

fn policy() -> Policy {
    Policy {
        source: ReleaseSource::Releases,
        prereleases: false,
        environment: "production".into(),
        hold: Duration::from_mins(30),
    }
}

fn judged(fixes: &[FixState], releases: &[ReleaseState]) -> Verdict {
    judge(fixes, releases, &policy(), at(1_000))
}

fn shipped(verdict: Verdict) -> (String, Confidence) {
    match verdict {
        Verdict::Shipped { release, confidence, .. } => (release, confidence),
        other => panic!("not shipped: {other:?}"),
    }
}

fn proven(version: &str) -> (String, Confidence) {
    (version.to_owned(), Confidence::Proven)
}

#[test]
fn the_earliest_stable_release_that_has_every_commit_ships_it() {
    let releases = [release("v2.5.0", 9, &["a", "b"]), release("v2.3.0", 2, &["a"]), release("v2.4.0", 5, &["a", "b"])];
    assert_eq!(shipped(judged(&[fix("a"), fix("b")], &releases)), proven("v2.4.0"));
}

#[test]
fn a_release_that_lacks_a_commit_says_how_many() {
    let fixes = [fix("a"), fix("b"), fix("c")];
    assert_eq!(judged(&fixes, &[release("2.4.0", 5, &["a"])]), Verdict::NotYet("2.4.0 lacks 2 of 3 commits".into()));
    assert_eq!(judged(&[fix("a")], &[release("2.4.0", 5, &[])]), Verdict::NotYet("2.4.0 lacks the commit".into()));
}

#[test]
fn a_release_cut_before_the_merge_and_published_after_it_is_no_fix() {
    let cut_before = ReleaseState { published_at: at(50), ..release("2.4.0", 50, &[]) };
    assert!(matches!(judged(&[fix("a")], &[cut_before]), Verdict::NotYet(_)));
}

#[test]
fn a_closed_issue_without_a_commit_is_for_a_person_to_judge() {
    assert!(matches!(judged(&[], &[release("2.4.0", 5, &["a"])]), Verdict::AskAPerson(_)));
}

#[test]
fn drafts_prereleases_and_withdrawn_releases_ship_nothing() {
    let draft = ReleaseState { draft: true, ..release("untagged-1", 3, &["a"]) };
    let pre = ReleaseState { prerelease: true, ..release("2.4.0-rc.1", 4, &["a"]) };
    let gone = ReleaseState { withdrawn: true, ..release("2.4.0", 5, &["a"]) };
    for (release, why) in
        [(draft, "untagged-1 is a draft"), (pre, "2.4.0-rc.1 is a prerelease"), (gone, "2.4.0 was withdrawn")]
    {
        assert_eq!(judged(&[fix("a")], &[release]), Verdict::NotYet(why.into()));
    }
}

#[test]
fn a_prerelease_that_was_promoted_ships_it() {
    let pre = ReleaseState { prerelease: true, ..release("2.4.0", 4, &["a"]) };
    let promoted = ReleaseState { prerelease: false, ..pre.clone() };
    assert!(matches!(judged(&[fix("a")], &[pre]), Verdict::NotYet(_)));
    assert_eq!(shipped(judged(&[fix("a")], &[promoted])), proven("2.4.0"));
}

#[test]
fn a_release_is_held_until_it_can_have_reached_people() {
    let verdict = judge(&[fix("a")], &[release("2.4.0", 5, &["a"])], &policy(), at(5));
    let until = at(5).plus(Duration::from_mins(30));
    assert!(matches!(verdict, Verdict::Holding { until: held, .. } if held == until));
    assert_eq!(shipped(judge(&[fix("a")], &[release("2.4.0", 5, &["a"])], &policy(), until)), proven("2.4.0"));
}

#[test]
fn rewritten_history_is_unknown_and_never_shipped() {
    let mut release = release("2.4.0", 5, &["a"]);
    release.contains.insert("a".into(), Containment::Unknown);
    match judged(&[fix("a")], std::slice::from_ref(&release)) {
        Verdict::NotYet(why) => assert!(why.contains("a person has to say"), "{why}"),
        other => panic!("{other:?}"),
    }
    release.contains.clear();
    assert!(matches!(judged(&[fix("a")], &[release]), Verdict::NotYet(_)));
}

#[test]
fn a_fix_that_is_not_sure_makes_the_whole_no_more_than_likely() {
    let guess = FixState { sure: false, ..fix("b") };
    let verdict = judged(&[fix("a"), guess], &[release("2.4.0", 5, &["a", "b"])]);
    assert_eq!(shipped(verdict), ("2.4.0".into(), Confidence::Likely));
}

#[test]
fn a_backport_ships_its_line_and_does_not_hold_up_the_others() {
    let backport = FixState { stands_for: Some("a".into()), ..fix("b") };
    let releases = [release("2.4.0", 5, &["a"]), release("1.9.1", 6, &["b"]), release("2.4.1", 7, &["a"])];
    match judged(&[fix("a"), backport], &releases) {
        Verdict::Shipped { release, confidence, lines, .. } => {
            assert_eq!((release, confidence), proven("2.4.0"));
            assert_eq!(lines, ["1.9.1"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_backport_that_only_says_so_is_likely_on_its_line() {
    let backport = FixState { stands_for: Some("a".into()), sure: false, ..fix("b") };
    let verdict = judged(&[fix("a"), backport], &[release("1.9.1", 6, &["b"])]);
    assert_eq!(shipped(verdict), ("1.9.1".into(), Confidence::Likely));
}

#[test]
fn a_fix_that_was_taken_back_before_the_release_is_not_in_it() {
    let reverted = FixState { reverted_by: Some("b".into()), ..fix("a") };
    assert!(matches!(judged(std::slice::from_ref(&reverted), &[release("2.4.0", 5, &["a", "b"])]), Verdict::NotYet(_)));
    let mut by_commit = release("2.4.0", 5, &["a"]);
    by_commit.reverted = vec!["a".into()];
    assert!(matches!(judged(&[fix("a")], &[by_commit]), Verdict::NotYet(_)));
    assert_eq!(shipped(judged(&[reverted], &[release("2.4.0", 5, &["a"])])), proven("2.4.0"));
}

#[test]
fn a_fix_taken_back_in_the_next_release_of_its_line_is_taken_back() {
    let reverted = FixState { reverted_by: Some("b".into()), ..fix("a") };
    let releases = [release("2.4.0", 5, &["a"]), release("2.4.1", 6, &["a", "b"])];
    assert!(
        matches!(judged(&[reverted], &releases), Verdict::TakenBack { release, by, .. } if release == "2.4.0" && by == "2.4.1")
    );
}

#[test]
fn a_later_release_of_an_older_line_takes_nothing_back() {
    let releases = [release("2.4.0", 5, &["a"]), release("1.9.2", 6, &[]), release("2.3.9", 7, &[])];
    assert_eq!(shipped(judged(&[fix("a")], &releases)), proven("2.4.0"));
}

fn deployment(version: &str, hours: i64, environment: &str, commits: &[&str]) -> ReleaseState {
    ReleaseState { environment: Some(environment.into()), ..release(version, hours, commits) }
}

#[test]
fn only_production_counts_and_a_rollback_takes_back() {
    let policy = Policy { source: ReleaseSource::Deployments, ..policy() };
    let judged = |releases: &[ReleaseState]| judge(&[fix("a")], releases, &policy, at(1_000));
    let staging = deployment("d1", 2, "staging", &["a"]);
    assert_eq!(judged(std::slice::from_ref(&staging)), Verdict::NotYet("d1 went to staging, not to production".into()));
    let out = deployment("d2", 3, "production", &["a"]);
    assert_eq!(shipped(judged(&[staging.clone(), out.clone()])), proven("d2"));
    let back = deployment("d3", 4, "production", &[]);
    assert!(
        matches!(judged(&[staging.clone(), out.clone(), back.clone()]), Verdict::TakenBack { by, .. } if by == "d3")
    );
    let again = deployment("d4", 5, "production", &["a"]);
    assert_eq!(shipped(judged(&[staging, out, back, again])), proven("d2"));
}

#[test]
fn a_release_is_no_deployment_and_a_deployment_is_no_release() {
    let deployments = Policy { source: ReleaseSource::Deployments, ..policy() };
    assert!(matches!(judge(&[fix("a")], &[release("2.4.0", 5, &["a"])], &deployments, at(99)), Verdict::NotYet(_)));
    assert!(matches!(judged(&[fix("a")], &[deployment("d1", 5, "production", &["a"])]), Verdict::NotYet(_)));
}

#[test]
fn the_tag_of_another_component_of_the_repository_ships_nothing() {
    let ui = FixState { component: Some("ui".into()), ..fix("a") };
    let of = |component: &str| ReleaseState {
        component: Some(component.into()),
        ..release(&format!("{component}@2.0.0"), 5, &["a"])
    };
    assert!(matches!(judged(std::slice::from_ref(&ui), &[of("server")]), Verdict::NotYet(_)));
    assert_eq!(shipped(judged(&[ui], &[of("server"), of("ui")])), proven("ui@2.0.0"));
    assert_eq!(shipped(judged(&[fix("a")], &[of("ui")])).1, Confidence::Likely);
}

#[test]
fn a_fix_of_two_components_is_out_when_both_have_released() {
    let in_component = |component: &str| FixState { component: Some(component.into()), ..fix("a") };
    let of = |component: &str, hours| ReleaseState {
        component: Some(component.into()),
        ..release(&format!("{component}@2.0.0"), hours, &["a"])
    };
    let fixes = [in_component("ui"), in_component("server")];
    assert!(matches!(judged(&fixes, &[of("ui", 5)]), Verdict::NotYet(_)));
    let both = judged(&fixes, &[of("ui", 5), of("server", 7)]);
    assert!(
        matches!(&both, Verdict::Shipped { why, .. } if why == "server@2.0.0 contains the commit of the fix"),
        "{both:?}"
    );
}

#[test]
fn a_tag_of_no_component_ships_none_unless_somebody_says_so() {
    let ui = FixState { component: Some("ui".into()), ..fix("a") };
    let nightly = release("nightly-5", 5, &["a"]);
    assert!(matches!(judged(std::slice::from_ref(&ui), std::slice::from_ref(&nightly)), Verdict::NotYet(_)));
    let stated = ReleaseState { stated: true, ..nightly };
    assert_eq!(shipped(judged(&[ui], &[stated])).0, "nightly-5");
}

#[test]
fn fixes_in_two_repositories_are_out_when_both_have_released() {
    let engine = Repository::parse("acme/engine").unwrap();
    let there = FixState { repository: engine.clone(), ..fix("b") };
    let first = release("2.4.0", 5, &["a"]);
    let second = ReleaseState { repository: engine, ..release("7.0.0", 8, &["b"]) };
    assert!(matches!(judged(&[fix("a"), there.clone()], std::slice::from_ref(&first)), Verdict::NotYet(_)));
    assert_eq!(shipped(judged(&[fix("a"), there], &[first, second])), proven("7.0.0"));
}

#[test]
fn what_ci_states_is_out_is_still_compared() {
    let stated = |commits: &[&str]| ReleaseState { stated: true, ..release("2.4.0", 5, commits) };
    assert!(matches!(judged(&[fix("a")], &[stated(&[])]), Verdict::NotYet(_)));
    assert_eq!(shipped(judged(&[fix("a")], &[stated(&["a"])])), proven("2.4.0"));
}

#[test]
fn only_a_repository_of_stated_releases_takes_a_statement_for_what_cannot_be_compared() {
    let mut unknown = ReleaseState { stated: true, ..release("2.4.0", 5, &[]) };
    unknown.contains.clear();
    assert!(matches!(judged(&[fix("a")], std::slice::from_ref(&unknown)), Verdict::NotYet(_)));
    let by_statement = Policy { source: ReleaseSource::Stated, ..policy() };
    let verdict = judge(&[fix("a")], std::slice::from_ref(&unknown), &by_statement, at(99));
    assert_eq!(shipped(verdict), ("2.4.0".into(), Confidence::Stated));
    let later = FixState { merged_at: Some(at(6)), ..fix("a") };
    assert!(matches!(judge(&[later], &[unknown], &by_statement, at(99)), Verdict::NotYet(_)));
}

#[test]
fn the_commits_to_compare_are_those_of_fixes_and_reverts() {
    let fixes = [FixState { reverted_by: Some("b".into()), ..fix("a") }, fix("c"), fix("a")];
    assert_eq!(commits_to_compare(&fixes), ["a", "b", "c"]);
}

proptest::proptest! {
    #[test]
    fn nothing_is_shipped_by_a_release_that_lacks_a_commit(
        has in proptest::collection::vec(proptest::collection::vec(proptest::prelude::any::<bool>(), 3), 0..6),
    ) {
        let names = ["a", "b", "c"];
        let fixes: Vec<FixState> = names.iter().map(|sha| fix(sha)).collect();
        let releases: Vec<ReleaseState> = has.iter().enumerate().map(|(nth, has)| {
            let commits: Vec<&str> = names.iter().zip(has).filter(|(_, has)| **has).map(|(sha, _)| *sha).collect();
            release(&format!("1.{nth}.0"), i64::try_from(nth).unwrap(), &commits)
        }).collect();
        match judged(&fixes, &releases) {
            Verdict::Shipped { release, .. } => {
                let nth: usize = release.split('.').nth(1).unwrap().parse().unwrap();
                proptest::prop_assert!(has[nth].iter().all(|has| *has));
                proptest::prop_assert!(has[..nth].iter().all(|has| !has.iter().all(|has| *has)));
            }
            Verdict::TakenBack { .. } => proptest::prop_assert!(has.iter().any(|has| has.iter().all(|has| *has))),
            _ => proptest::prop_assert!(has.iter().all(|has| !has.iter().all(|has| *has))),
        }
    }
}
