//! Subjects and texts as engineers write them, each with what it takes back.

use super::*;

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

fn home() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn read(message: &str) -> Option<Undoing> {
    undone(&message.replace("SHA8", &SHA[..8]).replace("SHA", SHA), &home())
}

/// Messages that take something back, with what each names of: change 2, the commit, the title "Write the last row".
const TAKING_BACK: &[(&str, &str)] = &[
    // git, and trackers' buttons
    ("Revert \"Write the last row (#2)\"\n\nThis reverts commit SHA.", "commit title number"),
    ("Revert \"Write the last row (#2)\"", "title number"),
    ("Revert \"Write the last row\" (#99)", "title"),
    ("Revert \"Write the last row\" (#99)\n\nReverts acme/product#2", "title pull"),
    ("Merge pull request #99 from acme/revert-2-work-2\n\nRevert \"Write the last row\"", "title number"),
    ("Revert \"Write the last\u{2026}\" (#99)", "title"),
    ("This reverts commits SHA and 89abcde0123.", "commit"),
    ("Revert two commits\n\nThis reverts commits SHA and 0123456789abcdef0123456789abcdef01234568.", "commit"),
    ("Revert several commits\n\nThis reverts the following commits:\n- SHA8 one\n- 1234abc two", "hash"),
    (
        "Revert merge of the export\n\nThis reverts commit SHA, reversing\nchanges made to 1234567890123456789012345678901234567890.",
        "commit",
    ),
    // free wordings
    ("Revert #2: it broke the billing export", "number"),
    ("Revert #2: it broke the billing export (#99)", "number"),
    ("This reverts pull request #2.", "number"),
    ("Back out SHA8: the billing export is empty", "hash"),
    ("Backed out changeset SHA8 (bug 17) for test failures", "hash"),
    ("revert: write the last row", "words"),
    ("revert(export): Write the last row", "words"),
    ("fix(export): revert \"Write the last row\"", "title"),
    ("[hotfix] Revert PR #2", "number"),
    ("hotfix: back out PR 2", "number"),
    ("Rollback of #2", "number"),
    ("Rolling back PR #2 until Monday", "number"),
    ("Roll back \"Write the last row\"", "title"),
    ("\u{23ea} Undo #2", "number"),
    (":rewind: Reverting changes SHA8", "hash"),
    ("Undo the change of SHA8", "hash"),
    ("Partially revert #2", "number"),
    ("Temporarily revert #2", "number"),
    ("Billing export broken: revert #2", "number"),
    ("Repair billing\n\nThe export was empty, so this backs out #2 for now.", "number"),
    ("Un-merge acme/product#2", "number"),
    ("Revert GH-2", "number"),
    ("Revert https://github.com/acme/product/pull/2", "number"),
    ("Revert !2", "number"),
    ("Drop #2", "number"),
    ("Remove the changes of PR #2", "number"),
    ("Disable the fix from SHA8", "hash"),
    ("chore: unship #2 (#99)", "number"),
    ("Revert \"fix: Write the last row (#2)\" (#99)", "title number"),
    ("REVERT 'Write the last row'", "title"),
    // other languages
    ("R\u{fc}ckg\u{e4}ngig: Write the last row", "words"),
    ("Macht #2 r\u{fc}ckg\u{e4}ngig", "number"),
    ("Annule \u{ab}Write the last row\u{bb}", "title"),
    ("Revierte #2", "number"),
    ("Reverte \"Write the last row\"", "title"),
    ("Cofnij #2", "number"),
    ("\u{41e}\u{442}\u{43a}\u{430}\u{442} #2", "number"),
    ("\u{56de}\u{6eda} #2", "number"),
    ("#2 \u{3092}\u{30ea}\u{30d0}\u{30fc}\u{30c8}", "number"),
    ("\u{64a4}\u{9500} \"Write the last row\"", "title"),
    ("#2 \u{b864}\u{bc31}", "number"),
    // nameless
    ("Revert the export changes of last week", ""),
    ("Roll back to the old exporter", ""),
];

/// Messages that speak of taking back, or of the fix, and take nothing back.
const MENTIONING: &[&str] = &[
    "Write the last row (#2)",
    "Follow-up to #2: write the heading too",
    "Add a revert button to orders (#99)",
    "Revert button: show it for drafts (#99)",
    "Undo history: keep fifty steps",
    "Undo/redo for the editor",
    "Rollback on failed migrations (#99)",
    "Rollback support for deployments",
    "docs: how to revert a release",
    "Document how to roll back #2",
    "Do not revert #2",
    "We fixed it forward instead of reverting #2",
    "Improve #2\n\nThere is no need to revert #2.",
    "Test that the export works when we revert SHA8",
    "Make migrations reversible",
    "Irrevertible state is refused",
    "Remove dead code that #2 left behind",
    "Drop support for Node 16",
    "Disable autoplay",
    "Remove the old exporter",
    "Cancel orders by number (#2)",
    "Merge pull request #99 from acme/reverse-proxy\n\nAdd a reverse proxy",
    "Merge branch 'main' into export",
    "Bump serde from 1.0.1 to 1.0.2 (#98)",
    "Release v2.4.0",
    "Fix the undo stack",
    "Explain why the rollback of SHA8 failed",
    "Speed up the reverted-index builder",
];

#[test]
fn what_takes_something_back_is_heard_however_it_is_worded_with_what_it_names() {
    for (message, names) in TAKING_BACK {
        let found = read(message).unwrap_or_else(|| panic!("{message:?} takes something back"));
        let title = found.titles.iter().any(|title| same_title(title, "Write the last row"));
        let words = found.words.as_deref().is_some_and(|words| plain(words).contains("write the last row"));
        let is = [
            ("commit", found.commits.iter().any(|sha| sha == SHA)),
            ("pull", found.pulls == [2]),
            ("hash", found.hashes.iter().any(|hash| SHA.starts_with(hash.as_str()))),
            ("number", found.numbers.contains(&2)),
            ("title", title),
            ("words", words),
        ];
        let named: Vec<&str> = is.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        let wanted: Vec<&str> = names.split_whitespace().collect();
        assert!(
            wanted.iter().all(|name| named.contains(name)),
            "{message:?} names {wanted:?}, not {named:?}: {found:?}"
        );
        assert_eq!(found.is_nameless(), names.is_empty() || *names == "words", "{message:?}: {found:?}");
        assert!(!found.numbers.contains(&99), "{message:?} is change 99 itself");
    }
}

#[test]
fn what_only_speaks_of_it_takes_nothing_back() {
    for message in MENTIONING {
        assert_eq!(read(message), None, "{message:?}");
    }
}

#[test]
fn what_was_taken_back_is_put_back_by_its_own_words() {
    for message in [
        "Reapply \"Write the last row\"\n\nThis reverts commit SHA.",
        "Reland #2",
        "Re-land \"Write the last row\" (#99)",
        "Unrevert #2",
    ] {
        assert!(read(message).is_some_and(|found| found.restores), "{message:?}");
    }
    let twice = read("Revert \"Revert \"Write the last row\"\" (#100)").unwrap();
    assert_eq!(twice.titles, ["Revert \"Write the last row\""]);
    assert!(!twice.restores);
}

#[test]
fn numbers_of_other_repositories_and_trailers_name_nothing_here() {
    let elsewhere = read("Revert \"Other\"\n\nReverts acme/engine#2").unwrap();
    assert!(elsewhere.pulls.is_empty() && elsewhere.numbers.is_empty(), "{elsewhere:?}");
    let trailed = read("Revert \"Other\"\n\nChange-Id: I0123456789ab\nFixes: SHA8").unwrap();
    assert!(trailed.hashes.is_empty(), "{trailed:?}");
}

proptest::proptest! {
    #[test]
    fn no_message_breaks_the_reading(message in "\\PC{0,80}|(revert|Revert|undo|\u{130}|\"|#|12|!|\\(|\\)| |\n|:|\u{56de}\u{6eda}|0123abc){0,20}") {
        let _ = undone(&message, &home());
    }
}
