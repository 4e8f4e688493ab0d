//! Chains of commits as projects really have them, each with what became of the fix.

use super::*;
use crate::model::fix::{Fix, FixSource};

const FIX: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1";

fn home() -> Repository {
    Repository::parse("acme/product").unwrap()
}

/// A hash that begins like this.
fn sha(start: &str) -> String {
    format!("{start:0<40}")
}

fn commit(start: &str, message: &str) -> CommitWords {
    CommitWords { sha: sha(start), message: message.replace("FIX", FIX) }
}

/// Pull request 2, "Write the last row", merged over these commits of its branch.
fn fix(parts: &[&str]) -> ComponentFix {
    let fix = Fix {
        repository: home(),
        sha: FIX.into(),
        pull_request: Some(2),
        title: Some("Write the last row".into()),
        merged_at: None,
        source: FixSource::Keyword,
        sure: true,
        doubt: None,
        stands_for: None,
        reverted_by: None,
    };
    let parts = parts.iter().map(|part| commit(part, &format!("Part {part} of it")));
    let made_of = parts.chain([CommitWords { sha: FIX.into(), message: "Write the last row (#2)".into() }]).collect();
    ComponentFix { fix, component: None, made_of }
}

fn since(parts: &[&str], commits: Vec<CommitWords>) -> CommitsSince {
    commits_since(&[fix(parts)], &CommitList { commits, complete: true }, &BTreeMap::new(), &home())
}

fn standing(commits: &[(&str, &str)]) -> FixStanding {
    let commits = commits.iter().map(|(sha, message)| commit(sha, message)).collect();
    since(&["c1", "c2"], commits).standing.get(FIX).cloned().unwrap_or_default()
}

fn stands(commits: &[(&str, &str)]) -> bool {
    standing(commits) == FixStanding::Stands
}

fn doubted(commits: &[(&str, &str)]) -> bool {
    matches!(standing(commits), FixStanding::Doubted(_))
}

fn taken_back(commits: &[(&str, &str)]) -> bool {
    matches!(standing(commits), FixStanding::TakenBack(_))
}

const REVERT: (&str, &str) = ("b1", "Revert \"Write the last row (#2)\"\n\nThis reverts commit FIX.");

#[test]
fn gits_own_sentence_takes_the_whole_fix_back_and_one_part_of_it_is_a_doubt() {
    assert!(stands(&[("d1", "Tidy up"), ("d2", "Speed up #2")]));
    assert!(taken_back(&[("d1", "Tidy up"), REVERT]));
    let part = format!("Revert \"Part c1 of it\"\n\nThis reverts commit {}.", sha("c1"));
    assert!(doubted(&[("b1", &part)]));
}

#[test]
fn a_revert_of_a_revert_is_followed_to_its_end_however_long_the_chain_is() {
    let reverts = |of: &str| format!("Revert \"Something\"\n\nThis reverts commit {}.", sha(of));
    let reapply = format!("Reapply \"Write the last row (#2)\"\n\nThis reverts commit {}.", sha("b1"));
    assert!(stands(&[REVERT, ("b2", &reapply)]));
    assert!(taken_back(&[REVERT, ("b2", &reapply), ("b3", &reverts("b2"))]));
    assert!(stands(&[REVERT, ("b2", &reverts("b1")), ("b3", &reverts("b2")), ("b4", &reverts("b3"))]));
    assert!(taken_back(&[REVERT, ("b2", &reverts("b1")), ("b9", REVERT.1)]), "and anew");
}

#[test]
fn a_chain_in_free_words_is_a_doubt_at_every_length() {
    let titled = ("b1", "Revert \"Write the last row\" (#99)");
    let back = ("b2", "Revert \"Revert \"Write the last row\"\" (#100)");
    assert!(doubted(&[titled]));
    assert!(doubted(&[titled, back]));
    assert!(doubted(&[titled, back, ("b3", "Revert #100")]));
    assert!(doubted(&[REVERT, ("b2", "Reland #2")]));
    assert!(doubted(&[REVERT, ("b2", "Bring back \"Write the last row\"")]), "put back in words");
}

#[test]
fn what_names_something_else_takes_nothing_from_this_fix() {
    let other = format!("Revert \"Dark mode (#3)\"\n\nThis reverts commit {}.", sha("e1"));
    assert!(stands(&[("b1", &other), ("b2", "Revert #3"), ("b3", "Revert \"Dark mode\""), ("b4", "Revert 1234abc")]));
}

#[test]
fn a_taking_back_without_a_name_is_a_doubt_where_it_touches_the_same_files() {
    let commits =
        || CommitList { commits: vec![commit("b1", "Revert the export changes of last week")], complete: true };
    assert_eq!(nameless(&commits(), &home()), [sha("b1")]);
    let judged = |theirs: &str| {
        let files =
            BTreeMap::from([(sha("b1"), vec![theirs.to_owned()]), (FIX.to_owned(), vec!["export.rs".to_owned()])]);
        commits_since(&[fix(&[])], &commits(), &files, &home()).standing[FIX].clone()
    };
    assert!(matches!(judged("export.rs"), FixStanding::Doubted(_)));
    assert_eq!(judged("billing.rs"), FixStanding::Stands);
    assert!(doubted(&[("b1", "Roll back to the old exporter")]), "of which the files are not known");
}

#[test]
fn a_pull_request_that_is_known_to_revert_it_does_so_whatever_its_commit_says() {
    let mut reverted = fix(&[]);
    reverted.fix.reverted_by = Some(sha("b1"));
    let list = CommitList { commits: vec![commit("b1", "Billing is right again")], complete: true };
    let found = commits_since(&[reverted], &list, &BTreeMap::new(), &home());
    assert!(matches!(found.standing[FIX], FixStanding::TakenBack(_)), "{found:?}");
}

#[test]
fn what_is_picked_to_another_line_is_carried_over_and_may_be_taken_back_there() {
    let carried = |commits: Vec<CommitWords>| since(&["c1", "c2"], commits).carriers;
    let picked = |of: &str| format!("Write the last row\n\n(cherry picked from commit {of})");
    let whole = carried(vec![commit("f1", &picked(FIX))]);
    assert!(whole.len() == 1 && whole[0].doubt.is_none());
    let half = carried(vec![commit("f1", &picked(&sha("c1")))]);
    assert!(half.iter().all(|one| one.doubt.is_some()) && half.len() == 1);
    let parts = carried(vec![commit("f1", &picked(&sha("c1"))), commit("f2", &picked(&sha("c2")))]);
    assert!(parts.iter().any(|one| one.doubt.is_none()), "both of its commits");
    for words in
        ["Backport 1/1 commits from #2.", "[2.3] Write the last row (backport of #2)", "Backport aaaaaaaa from #2."]
    {
        let said = carried(vec![commit("f1", words)]);
        assert!(said.len() == 1 && said[0].doubt.is_some(), "{words}");
    }
    let undone = format!("Revert \"Write the last row\"\n\nThis reverts commit {}.", sha("f1"));
    let back = since(&[], vec![commit("f1", &picked(FIX)), commit("f2", &undone)]);
    assert!(matches!(back.standing[FIX], FixStanding::TakenBack(_)));
}
