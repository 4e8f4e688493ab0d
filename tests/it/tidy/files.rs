//! What holds for each file: it says what it is, and it is short enough to be read in one go.

use std::path::Path;

use super::{EVERYWHERE, Finding, expect_none, read};
use crate::source::files;

const LINES_MAX: usize = 500;

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let long = files(EVERYWHERE, &["rs"]).into_iter().filter_map(|path| {
        let text = read(&path);
        let count = text.lines().count();
        let sentence = format!("{count} lines; divide it by what it is about ({LINES_MAX} at most)");
        is_long(&text).then_some(Finding { path, line: count, sentence })
    });
    expect_none("A file is too long:", &long.collect::<Vec<_>>());
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let silent = files(EVERYWHERE, &["rs"]).into_iter().filter(|path| !says_what_it_is(&read(path)));
    let sentence = "begin with //! and say what this is, why, and what always holds";
    let findings: Vec<_> = silent.map(|path| Finding { path, line: 1, sentence: sentence.to_owned() }).collect();
    expect_none("A file does not say what it is:", &findings);
}

/// A file of tests that nobody declares is never compiled, and its tests never run.
#[test]
fn every_file_of_tests_is_part_of_its_binary() {
    let main = read(Path::new("tests/it/main.rs"));
    let beside = files(&["tests/it"], &["rs"]).into_iter().filter(|path| path.parent() == Some(Path::new("tests/it")));
    let lost = beside.filter(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        name != "main" && !main.contains(&format!("mod {name};"))
    });
    let sentence = "add it to tests/it/main.rs, or its tests never run";
    let findings: Vec<_> = lost.map(|path| Finding { path, line: 1, sentence: sentence.to_owned() }).collect();
    expect_none("A file of tests is in no binary:", &findings);
}

fn is_long(text: &str) -> bool {
    text.lines().count() > LINES_MAX
}

fn says_what_it_is(text: &str) -> bool {
    text.starts_with("//! ")
}

#[test]
fn a_long_file_and_a_silent_one_are_seen() {
    assert!(is_long(&"line\n".repeat(LINES_MAX + 1)) && !is_long(&"line\n".repeat(LINES_MAX)));
    assert!(says_what_it_is("//! What this is.\n") && !says_what_it_is("use std::fs;\n") && !says_what_it_is("//!\n"));
    assert!(files(EVERYWHERE, &["rs"]).iter().any(|path| path == Path::new(file!())), "this file is read too");
}
