//! Cases in which real projects failed, each as a sentence.

use std::collections::BTreeMap;

use super::*;
use crate::{
    base::clock::Time,
    model::fix::{Containment, FixSource},
    shipping::{
        commits_to_compare,
        contents::{CommitsSince, FixStanding},
    },
};

const HOUR: i64 = 3_600;

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn at(hours: i64) -> Time {
    Time::from_seconds(1_000_000 + hours * HOUR)
}

fn fix(sha: &str) -> ComponentFix {
    with(sha, |_| {})
}

/// A fix with one thing changed.
fn with(sha: &str, change: impl FnOnce(&mut Fix)) -> ComponentFix {
    let mut fix = Fix {
        repository: product(),
        sha: sha.into(),
        pull_request: None,
        title: None,
        merged_at: Some(at(1)),
        source: FixSource::ClosingCommit,
        sure: true,
        doubt: None,
        stands_for: None,
        reverted_by: None,
    };
    change(&mut fix);
    ComponentFix { fix, component: None, made_of: Vec::new() }
}

/// A stable release at that hour, which contains these commits and no others of `a` to `e`.
fn release(version: &str, hours: i64, commits: &[&str]) -> ReleaseContents {
    let known = ["a", "b", "c", "d", "e"];
    let says = |sha: &str| if commits.contains(&sha) { Containment::Contained } else { Containment::NotContained };
    let release = Release {
        id: ReleaseId::generate(at(hours)),
        repository: product().to_string(),
        version: version.into(),
        sha: Some(format!("tip of {version}")),
        url: None,
        component: None,
        environment: None,
        prerelease: false,
        marked: false,
        moved: false,
        bare: false,
        source: ReleaseSource::Releases,
        published_at: at(hours),
        withdrawn_at: None,
    };
    let contains = known.iter().map(|sha| ((*sha).to_owned(), says(sha))).collect();
    let since = CommitsSince { complete: true, ..CommitsSince::default() };
    ReleaseContents { release, contains, since, packages: Vec::new() }
}

/// The release with one thing changed.
fn but(mut contents: ReleaseContents, change: impl FnOnce(&mut Release)) -> ReleaseContents {
    change(&mut contents.release);
    contents
}

fn policy() -> ReleasePolicy {
    ReleasePolicy { source: ReleaseSource::Releases, prereleases: false, environment: "production".into() }
}

fn judged(fixes: &[ComponentFix], releases: &[ReleaseContents]) -> ShippingVerdict {
    judge(fixes, releases, &policy())
}

/// The version that ships it, and how sure that is.
#[track_caller]
fn shipped(verdict: &ShippingVerdict, releases: &[ReleaseContents]) -> (String, Confidence) {
    match verdict {
        ShippingVerdict::Shipped { release, confidence, .. } => {
            let found = releases.iter().find(|contents| contents.release.id == *release).unwrap();
            (found.release.version.clone(), *confidence)
        }
        other => panic!("not shipped: {other:?}"),
    }
}

/// What ships these fixes under the usual policy.
#[track_caller]
fn ships(fixes: &[ComponentFix], releases: &[ReleaseContents]) -> (String, Confidence) {
    shipped(&judged(fixes, releases), releases)
}

fn proven(version: &str) -> (String, Confidence) {
    (version.to_owned(), Confidence::Proven)
}

fn not_yet(why: &str) -> ShippingVerdict {
    ShippingVerdict::NotYet(why.to_owned())
}

fn taken_back(verdict: &ShippingVerdict) -> bool {
    matches!(verdict, ShippingVerdict::TakenBack(_))
}

fn is_not_out(verdict: &ShippingVerdict) -> bool {
    matches!(verdict, ShippingVerdict::NotYet(_))
}

#[test]
fn the_earliest_stable_release_that_has_every_commit_ships_it() {
    let releases = [release("v2.5.0", 9, &["a", "b"]), release("v2.3.0", 2, &["a"]), release("v2.4.0", 5, &["a", "b"])];
    assert_eq!(ships(&[fix("a"), fix("b")], &releases), proven("v2.4.0"));
}

#[test]
fn a_release_that_lacks_a_commit_says_how_many() {
    let fixes = [fix("a"), fix("b"), fix("c")];
    assert_eq!(judged(&fixes, &[release("2.4.0", 5, &["a"])]), not_yet("2.4.0 lacks 2 of 3 commits"));
    assert_eq!(judged(&[fix("a")], &[release("2.4.0", 5, &[])]), not_yet("2.4.0 lacks the commit"));
}

#[test]
fn a_release_cut_before_the_merge_and_published_after_it_is_no_fix() {
    let cut_before = but(release("2.4.0", 50, &[]), |release| release.published_at = at(50));
    assert!(is_not_out(&judged(&[fix("a")], &[cut_before])));
}

#[test]
fn without_a_commit_nothing_is_proven() {
    let why = "no commit is known that fixes this, so no release can prove it";
    assert_eq!(judged(&[], &[release("2.4.0", 5, &["a"])]), not_yet(why));
}

#[test]
fn prereleases_and_withdrawn_releases_ship_nothing() {
    let pre = but(release("2.4.0-rc.1", 4, &["a"]), |release| release.prerelease = true);
    let gone = but(release("2.4.0", 5, &["a"]), |release| release.withdrawn_at = Some(at(6)));
    for (release, why) in [(pre, "2.4.0-rc.1 is a prerelease"), (gone, "2.4.0 was withdrawn")] {
        assert_eq!(judged(&[fix("a")], &[release]), not_yet(why));
    }
}

#[test]
fn a_release_that_had_the_fix_has_fallen_once_it_was_withdrawn_demoted_or_moved() {
    let stands = release("2.4.1", 6, &["a"]);
    let changes: [fn(&mut ReleaseContents); 3] = [
        |named| named.release.withdrawn_at = Some(at(7)),
        |named| named.release.prerelease = true,
        |named| {
            named.contains.insert("a".into(), Containment::NotContained);
        },
    ];
    for change in changes {
        let mut named = release("2.4.0", 5, &["a"]);
        assert!(fallen(&[fix("a")], &[named.clone(), stands.clone()], &policy()).is_empty());
        change(&mut named);
        assert_eq!(fallen(&[fix("a")], &[named.clone(), stands.clone()], &policy()), [named.release.id]);
        assert_eq!(ships(&[fix("a")], &[named, stands.clone()]), proven("2.4.1"));
    }
}

#[test]
fn a_prerelease_that_was_promoted_ships_it() {
    let pre = but(release("2.4.0", 4, &["a"]), |release| release.prerelease = true);
    let promoted = but(pre.clone(), |release| release.prerelease = false);
    assert!(is_not_out(&judged(&[fix("a")], &[pre])));
    assert_eq!(ships(&[fix("a")], &[promoted]), proven("2.4.0"));
}

#[test]
fn of_rewritten_history_a_person_is_asked() {
    let mut release = release("2.4.0", 5, &["a"]);
    release.contains.insert("a".into(), Containment::Unknown);
    match judged(&[fix("a")], std::slice::from_ref(&release)) {
        ShippingVerdict::Shipped { confidence: Confidence::Likely, doubt: Some(doubt), .. } => {
            assert!(doubt.contains("cannot be compared"), "{doubt}");
        }
        other => panic!("a person is asked: {other:?}"),
    }
    let before = but(release, |release| release.published_at = at(0));
    assert!(is_not_out(&judged(&[fix("a")], &[before])), "it came out before the fix was merged");
}

/// apricote/releaser-pleaser#462, robgonnella/releasaurus#283
#[test]
fn a_fix_that_no_release_contains_is_asked_about_after_two() {
    let mut out = vec![release("2.3.0", 0, &[]), release("2.3.1", 2, &[])];
    assert!(is_not_out(&judged(&[fix("a")], &out)), "one may have been cut before it was merged");
    out.push(but(release("2.3.1-again", 3, &[]), |other| other.sha = Some("tip of 2.3.1".into())));
    assert!(is_not_out(&judged(&[fix("a")], &out)), "the same commit once more is no second release");
    out.push(release("2.3.2", 4, &[]));
    match judged(&[fix("a")], &out) {
        ShippingVerdict::PassedBy { release, doubt } => {
            assert_eq!(release, out[3].release.id);
            assert!(doubt.starts_with("2.3.1 and 2.3.2 came out after the fix was merged"), "{doubt}");
        }
        other => panic!("a person is asked: {other:?}"),
    }
    out.push(release("2.4.0", 5, &["a"]));
    assert_eq!(ships(&[fix("a")], &out), proven("2.4.0"));
}

#[test]
fn tags_of_which_many_were_learned_at_once_say_nothing_about_when_they_were_made() {
    let policy = ReleasePolicy { source: ReleaseSource::Tags, ..policy() };
    let tag = |name: &str, hours| but(release(name, hours, &[]), |release| release.source = ReleaseSource::Tags);
    let mut all: Vec<_> = (0..9).map(|nth| tag(&format!("v1.{nth}.0"), 5)).collect();
    assert!(is_not_out(&judge(&[fix("a")], &all, &policy)));
    all.extend([tag("v1.9.0", 6), tag("v1.10.0", 7)]);
    assert!(matches!(judge(&[fix("a")], &all, &policy), ShippingVerdict::PassedBy { .. }));
}

#[test]
fn deployments_of_the_first_day_that_lack_the_fix_were_begun_before_it() {
    let policy = ReleasePolicy { source: ReleaseSource::Deployments, ..policy() };
    let mut all = vec![deployment("d1", 2, "production", &[]), deployment("d2", 3, "production", &[])];
    assert!(is_not_out(&judge(&[fix("a")], &all, &policy)));
    all.extend([deployment("d3", 30, "production", &[]), deployment("d4", 40, "production", &[])]);
    assert!(matches!(judge(&[fix("a")], &all, &policy), ShippingVerdict::PassedBy { .. }));
}

/// JiRaska/open-bank-oss#9713, chrisuthe/SendspinDroid#250
#[test]
fn what_was_merged_into_a_branch_of_its_own_is_asked_about_and_not_waited_for() {
    let elsewhere = with("b", |fix| {
        (fix.source, fix.sure) = (FixSource::OtherBranch, false);
        fix.doubt = Some("acme/product#2 was merged into feature-a".into());
    });
    let out = [release("2.3.0", 0, &["a"]), release("2.4.0", 5, &["a"])];
    for fixes in [vec![elsewhere.clone()], vec![fix("a"), elsewhere.clone()]] {
        match judged(&fixes, &out) {
            ShippingVerdict::Shipped { release, confidence: Confidence::Likely, doubt: Some(doubt), .. } => {
                assert_eq!(release, out[1].release.id, "not the one before it was merged");
                assert!(doubt.contains("feature-a, and 2.4.0 does not contain commit b"), "{doubt}");
            }
            other => panic!("a person is asked: {other:?}"),
        }
    }
    assert!(is_not_out(&judged(&[fix("e"), elsewhere.clone()], &out[1..])), "the fix itself is missing");
    let carrier = with("c", |fix| (fix.sure, fix.stands_for) = (false, Some("b".into())));
    assert!(is_not_out(&judged(&[elsewhere.clone(), carrier.clone()], &out)), "its branch is merged by now");
    assert_eq!(ships(&[elsewhere, carrier], &[release("2.5.0", 6, &["c"])]), ("2.5.0".into(), Confidence::Likely));
    let stacked = with("b", |fix| (fix.source, fix.sure) = (FixSource::Stacked, false));
    assert!(is_not_out(&judged(&[stacked], &out)), "an open pull request brings it on");
}

#[test]
fn a_release_that_has_it_comes_before_an_earlier_one_that_only_may_have_it() {
    let mut doubted = release("2.4.0", 5, &["a"]);
    doubted.since.standing.insert("a".into(), FixStanding::Doubted("commit b says \u{201c}Revert #2\u{201d}".into()));
    let both = [doubted, release("2.4.1", 6, &["a"])];
    assert_eq!(ships(&[fix("a")], &both[..1]), ("2.4.0".into(), Confidence::Likely));
    assert_eq!(ships(&[fix("a")], &both), proven("2.4.1"));
}

#[test]
fn of_several_names_of_one_commit_the_most_exact_is_told_and_without_a_version_a_tag_ships_nothing() {
    let policy = ReleasePolicy { source: ReleaseSource::Tags, ..policy() };
    let tag = |name: &str, hours| {
        but(release(name, hours, &["a"]), |release| {
            (release.source, release.sha) = (ReleaseSource::Tags, Some("tip".into()));
        })
    };
    for name in ["nightly", "deployed-to-staging", "latest"] {
        assert!(is_not_out(&judge(&[fix("a")], &[tag(name, 4)], &policy)), "{name}");
    }
    let all = [tag("nightly", 4), tag("v2", 5), tag("v2.4", 5), tag("v2.4.0", 6)];
    assert_eq!(shipped(&judge(&[fix("a")], &all, &policy), &all), proven("v2.4.0"));
    let moved = [but(tag("v2.4.0", 5), |release| release.moved = true)];
    assert_eq!(shipped(&judge(&[fix("a")], &moved, &policy), &moved).1, Confidence::Likely);
}

#[test]
fn the_case_of_an_environments_name_makes_no_difference() {
    let policy = ReleasePolicy { source: ReleaseSource::Deployments, ..policy() };
    let out = [deployment("d1", 3, "Production", &["a"])];
    assert_eq!(shipped(&judge(&[fix("a")], &out, &policy), &out), proven("d1"));
}

#[test]
fn a_fix_that_is_not_sure_makes_the_whole_no_more_than_likely() {
    let guess = with("b", |fix| fix.sure = false);
    let verdict = ships(&[fix("a"), guess], &[release("2.4.0", 5, &["a", "b"])]);
    assert_eq!(verdict, ("2.4.0".into(), Confidence::Likely));
}

#[test]
fn a_backport_does_not_hold_up_the_fix_on_its_own_line() {
    let backport = with("b", |fix| fix.stands_for = Some("a".into()));
    let releases = [release("2.4.0", 5, &["a"]), release("1.9.1", 6, &["b"]), release("2.4.1", 7, &["a"])];
    assert_eq!(ships(&[fix("a"), backport.clone()], &releases), proven("2.4.0"));
    assert_eq!(ships(&[fix("a"), backport], &[release("1.9.1", 6, &["b"])]), proven("1.9.1"));
}

#[test]
fn a_backport_that_only_says_so_is_likely_on_its_line() {
    let backport = with("b", |fix| (fix.stands_for, fix.sure) = (Some("a".into()), false));
    let verdict = ships(&[fix("a"), backport], &[release("1.9.1", 6, &["b"])]);
    assert_eq!(verdict, ("1.9.1".into(), Confidence::Likely));
}

#[test]
fn a_fix_that_was_taken_back_before_the_release_is_not_in_it() {
    let reverted = with("a", |fix| fix.reverted_by = Some("b".into()));
    assert!(is_not_out(&judged(std::slice::from_ref(&reverted), &[release("2.4.0", 5, &["a", "b"])])));
    let mut by_commit = release("2.4.0", 5, &["a"]);
    by_commit.since.standing.insert("a".into(), FixStanding::TakenBack("commit b says so".into()));
    assert!(is_not_out(&judged(&[fix("a")], &[by_commit])));
    assert_eq!(ships(&[reverted], &[release("2.4.0", 5, &["a"])]), proven("2.4.0"));
}

#[test]
fn where_not_every_commit_since_the_fix_could_be_read_its_release_is_likely_and_not_proven() {
    let mut long = release("2.4.0", 5, &["a"]);
    long.since.complete = false;
    assert_eq!(ships(&[fix("a")], &[long]), ("2.4.0".into(), Confidence::Likely));
}

#[test]
fn a_fix_taken_back_in_the_next_release_of_its_line_is_taken_back() {
    let reverted = with("a", |fix| fix.reverted_by = Some("b".into()));
    let releases = [release("2.4.0", 5, &["a"]), release("2.4.1", 6, &["a", "b"])];
    let why = "2.4.0 had the fix, but 2.4.1 contains the fix and the commit that takes it back: commit b reverts it";
    assert_eq!(judged(&[reverted], &releases), ShippingVerdict::TakenBack(why.to_owned()));
}

#[test]
fn a_later_release_of_an_older_line_takes_nothing_back() {
    let releases = [release("2.4.0", 5, &["a"]), release("1.9.2", 6, &[]), release("2.3.9", 7, &[])];
    assert_eq!(ships(&[fix("a")], &releases), proven("2.4.0"));
}

fn deployment(version: &str, hours: i64, environment: &str, commits: &[&str]) -> ReleaseContents {
    but(release(version, hours, commits), |release| {
        (release.source, release.environment) = (ReleaseSource::Deployments, Some(environment.into()));
    })
}

#[test]
fn only_production_counts_and_a_rollback_takes_back() {
    let policy = ReleasePolicy { source: ReleaseSource::Deployments, ..policy() };
    let judged = |releases: &[ReleaseContents]| judge(&[fix("a")], releases, &policy);
    let staging = deployment("d1", 2, "staging", &["a"]);
    assert_eq!(judged(std::slice::from_ref(&staging)), not_yet("d1 went to staging, not to production"));
    let out = deployment("d2", 3, "production", &["a"]);
    let mut all = vec![staging, out];
    assert_eq!(shipped(&judged(&all), &all), proven("d2"));
    all.push(deployment("d3", 4, "production", &[]));
    assert!(taken_back(&judged(&all)));
    all.push(deployment("d4", 5, "production", &["a"]));
    assert_eq!(shipped(&judged(&all), &all), proven("d2"));
}

#[test]
fn a_release_is_no_deployment_and_a_deployment_is_no_release() {
    let deployments = ReleasePolicy { source: ReleaseSource::Deployments, ..policy() };
    assert!(is_not_out(&judge(&[fix("a")], &[release("2.4.0", 5, &["a"])], &deployments)));
    assert!(is_not_out(&judged(&[fix("a")], &[deployment("d1", 5, "production", &["a"])])));
}

fn in_component(component: &str) -> ComponentFix {
    ComponentFix { component: Some(component.into()), ..fix("a") }
}

fn of_component(component: &str, hours: i64) -> ReleaseContents {
    let contents = release(&format!("{component}@2.0.0"), hours, &["a"]);
    but(contents, |release| release.component = Some(component.into()))
}

#[test]
fn the_tag_of_another_component_of_the_repository_ships_nothing() {
    let server = of_component("server", 5);
    assert!(is_not_out(&judged(&[in_component("ui")], std::slice::from_ref(&server))));
    let both = [server, of_component("ui", 5)];
    assert_eq!(ships(&[in_component("ui")], &both), proven("ui@2.0.0"));
    assert_eq!(ships(&[fix("a")], &[of_component("ui", 5)]).1, Confidence::Likely);
}

#[test]
fn a_fix_of_two_components_is_out_when_both_have_released() {
    let fixes = [in_component("ui"), in_component("server")];
    assert!(is_not_out(&judged(&fixes, &[of_component("ui", 5)])));
    let both = judged(&fixes, &[of_component("ui", 5), of_component("server", 7)]);
    assert!(
        matches!(&both, ShippingVerdict::Shipped { why, .. } if why == "server@2.0.0 contains the commit of the fix"),
        "{both:?}"
    );
}

#[test]
fn a_tag_of_no_component_ships_none_unless_somebody_says_so() {
    let nightly = release("nightly-5", 5, &["a"]);
    assert!(is_not_out(&judged(&[in_component("ui")], std::slice::from_ref(&nightly))));
    let stated = but(nightly, |release| release.source = ReleaseSource::Stated);
    assert_eq!(ships(&[in_component("ui")], &[stated]).0, "nightly-5");
}

#[test]
fn fixes_in_two_repositories_are_out_when_both_have_released() {
    let engine = Repository::parse("acme/engine").unwrap();
    let there = with("b", |fix| fix.repository = engine.clone());
    let first = release("2.4.0", 5, &["a"]);
    let second = but(release("7.0.0", 8, &["b"]), |release| release.repository = engine.to_string());
    assert!(is_not_out(&judged(&[fix("a"), there.clone()], std::slice::from_ref(&first))));
    assert_eq!(ships(&[fix("a"), there], &[first, second]), proven("7.0.0"));
}

fn stated(commits: &[&str]) -> ReleaseContents {
    but(release("2.4.0", 5, commits), |release| release.source = ReleaseSource::Stated)
}

#[test]
fn what_ci_states_is_out_is_still_compared() {
    assert!(is_not_out(&judged(&[fix("a")], &[stated(&[])])));
    assert_eq!(ships(&[fix("a")], &[stated(&["a"])]), proven("2.4.0"));
}

#[test]
fn only_a_repository_of_stated_releases_takes_a_statement_for_what_cannot_be_compared() {
    let unknown = [ReleaseContents { contains: BTreeMap::new(), ..stated(&[]) }];
    assert_eq!(ships(&[fix("a")], &unknown).1, Confidence::Likely);
    let by_statement = ReleasePolicy { source: ReleaseSource::Stated, ..policy() };
    let verdict = judge(&[fix("a")], &unknown, &by_statement);
    assert_eq!(shipped(&verdict, &unknown), ("2.4.0".into(), Confidence::Stated));
    let later = with("a", |fix| fix.merged_at = Some(at(6)));
    assert!(is_not_out(&judge(&[later], &unknown, &by_statement)));
}

#[test]
fn the_commits_to_compare_are_those_of_fixes_and_reverts() {
    let fixes = [with("a", |fix| fix.reverted_by = Some("b".into())), fix("c"), fix("a")];
    assert_eq!(commits_to_compare(&fixes), ["a", "b", "c"]);
}

proptest::proptest! {
    #[test]
    fn nothing_is_shipped_by_a_release_that_lacks_a_commit(
        has in proptest::collection::vec(proptest::collection::vec(proptest::prelude::any::<bool>(), 3), 0..6),
    ) {
        let names = ["a", "b", "c"];
        let fixes: Vec<ComponentFix> = names.iter().map(|sha| fix(sha)).collect();
        let releases: Vec<ReleaseContents> = has.iter().enumerate().map(|(nth, has)| {
            let commits: Vec<&str> = names.iter().zip(has).filter(|(_, has)| **has).map(|(sha, _)| *sha).collect();
            release(&format!("1.{nth}.0"), i64::try_from(nth).unwrap(), &commits)
        }).collect();
        match judged(&fixes, &releases) {
            ShippingVerdict::Shipped { release, .. } => {
                let nth = releases.iter().position(|contents| contents.release.id == release).unwrap();
                proptest::prop_assert!(has[nth].iter().all(|has| *has));
                proptest::prop_assert!(has[..nth].iter().all(|has| !has.iter().all(|has| *has)));
            }
            ShippingVerdict::TakenBack(_) => proptest::prop_assert!(has.iter().any(|has| has.iter().all(|has| *has))),
            ShippingVerdict::PassedBy { .. } | ShippingVerdict::NotYet(_) => proptest::prop_assert!(has.iter().all(|has| !has.iter().all(|has| *has))),
        }
    }
}
